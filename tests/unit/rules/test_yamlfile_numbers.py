"""Numbers in a policy file are exact; one that would take for ever to write out is refused, in no time."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from tidui.policies import cases, levers
from tidui.rules import yamlfile
from tidui.rules.errors import PolicyError

BOMBS = ["1.0e+999999999", "1e999999999", "1.0e-999999999", "1e-1000", "9" * 61, "1/" + "9" * 60]


@pytest.mark.parametrize("text", BOMBS)
def test_a_number_without_end_is_no_number(text: str) -> None:
    assert yamlfile.exact(text) is None
    assert not isinstance(yamlfile.loads(f"a: {text}".encode(), "policy.yaml")["a"], Fraction)
    assert not cases.agrees(Fraction(1), text)
    assert not cases.agrees("1.00", text)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0.80", Fraction(4, 5)),
        ("1.5e+6", Fraction(1_500_000)),
        ("22/3", Fraction(22, 3)),
        (" -1_000.5 ", Fraction(-2001, 2)),
    ],
)
def test_a_number_is_read_exactly(text: str, number: Fraction) -> None:
    assert yamlfile.exact(text) == number


@pytest.mark.parametrize("cost", ["1.0e+999999999", '"1e999999999"'])
def test_a_lever_without_a_price_that_can_be_written_is_refused(cost: str, tmp_path: Path) -> None:
    path = tmp_path / "levers.yaml"
    path.write_text(f"- {{id: st_hire, cost_yuan: {cost}}}\n", "utf-8")
    with pytest.raises(PolicyError, match="cost_yuan: expected a number from 0 up"):
        levers.load(path)
