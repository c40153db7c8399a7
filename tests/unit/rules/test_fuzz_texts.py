"""A hostile text gets a clear error: never a hang, never a crash."""

from __future__ import annotations

import contextlib
import string

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.unit.rules.invented import CATALOGUE, ON, YEAR, policy
from tidui.rules import policyfile, syntax
from tidui.rules.answers import Explainer
from tidui.rules.errors import NoVersion, PolicyError, TextError
from tidui.rules.program import Program

WORDS = [
    "cash", "profit[-1]", "staff", "part", "listed", "trade", "until", "accidents", "losses", "mark", "on", "assessed",
    "ratio(", "bands(", "sum(", "min(", "first_known(", "within(", "total(", "of(", "if_zero:", "steps", "enough", "(",
    ")", ",", "+", "-", "*", "/", ">=", "<", "==", "and", "or", "not", "if", "else", "in", "{", "}", "'C16'", "0", "0.1",
    "1e309", "9" * 30, "[", "]", "-1", "true", "day(", "2024", "\n", " ", "\x00", "é", "梯", "lambda", ":", "=", ".", "#", "\\",
]  # fmt: skip
RELAXED = settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))


def survives(data: bytes) -> None:
    """Loads, compiles and lowers what loads; anything but a policy's own errors is a crash."""
    try:
        file = policyfile.loads(data, "hostile.yaml")
        Explainer(Program(file, CATALOGUE, None, on=ON, year=YEAR))
    except (PolicyError, NoVersion) as error:
        said = str(error)
    else:
        said = "read"
    assert said


@RELAXED
@given(st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join))
@example("not " * 900 + "listed")
@example("-" * 3_000 + "1")
@example("(" * 39 + "cash" + ")" * 39)
@example("((" * 2_000)
@example("cash" + " + cash" * 550)
@example("max(" + ", ".join(["cash"] * 660) + ")")
@example("cash if " * 400 + "listed")
@example("1" * 4_000)
@example("x" * 4_000)
@example("listed" + " and listed" * 330)
def test_no_text_made_of_the_grammar_s_own_words_crashes(text: str) -> None:
    with contextlib.suppress(TextError):  # its only exception
        syntax.parse(text)
    survives(policy("  - {id: r, is: " + repr_yaml(text) + "}\n"))


@RELAXED
@given(st.text(alphabet=string.printable + "梯队，。", max_size=300))
def test_no_text_at_all_crashes(text: str) -> None:
    survives(policy("  - {id: r, is: " + repr_yaml(text) + "}\n"))


@RELAXED
@given(st.binary(max_size=400), st.integers(0, 900), st.integers(0, 60))
def test_no_damaged_file_crashes(noise: bytes, at: int, cut: int) -> None:
    whole = policy('  - {id: r, is: "sum_years(cash, -2, 0) > enough"}\n')
    survives(whole[:at] + noise + whole[at + cut :])


def repr_yaml(text: str) -> str:
    return '"' + "".join(c if (c.isalnum() and ord(c) < 128) or c in " ()" else f"\\U{ord(c):08X}" for c in text) + '"'


@pytest.mark.parametrize("growth", ["(a{0} + a{0})", "(a{0} * a{0})", "max(a{0}, -1 * a{0})", "(a{0} if listed else a{0} + a{0})"])
def test_rules_that_double_each_other_stay_small_or_are_refused(growth: str) -> None:
    """Fifty rules that each name the one before twice are fifty shared nodes, not 2^50."""
    rules = ['  - {id: a0, is: "part"}\n'] + [
        f'  - {{id: a{n + 1}, is: "{growth.format(n)}"}}\n' for n in range(50)
    ]
    survives(policy("".join(rules)))


def test_a_thousand_rules_are_refused() -> None:
    with pytest.raises(PolicyError, match="the limit is 500"):
        policyfile.loads(policy("".join(f'  - {{id: r{n}, is: "cash"}}\n' for n in range(1_000))), "hostile.yaml")
