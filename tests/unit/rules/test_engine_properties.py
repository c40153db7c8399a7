"""What must hold of every text and all facts: explain agrees with a plain interpreter, and unknown never lies."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.unit.rules.invented import (
    CATALOGUE,
    FACTS,
    MONEY,
    ON,
    YEAR,
    Plain,
    conditions,
    facts,
    numbers,
    program,
    rule,
    shares,
    values_of,
)  # fmt: skip
from tests.unit.rules.reference import NOTHING, UNKNOWN, Interpreter
from tidui.rules.answers import Explainer, Range
from tidui.rules.errors import PolicyError

RELAXED = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))


OUTCOME = {"kind": "outcome", "cites": "第四条", "label": "{zh: 结果, en: result}"}


def compiled(truth: str, number: str, share: str) -> Explainer:
    try:
        texts = {"truth": truth, "number": number, "share": share}
        return Explainer(program("".join(rule(name, text, **OUTCOME) for name, text in texts.items())))
    except PolicyError as error:
        assume("bare number" not in str(error))  # the generator may write 0.8 * 1000 where a parameter belongs
        raise


def results(explainer: Explainer, known: dict[tuple[str, int | None], Any]) -> tuple[bool | None, list[Range]]:
    answer = explainer(Plain(known), on=ON, year=YEAR)
    return answer.truth("truth"), [answer.number(name) for name in ("number", "share")]


texts = st.tuples(conditions(2), numbers(MONEY, 2), shares(2))


@RELAXED
@given(texts, facts(complete=True))
def test_with_all_facts_known_explain_is_the_plain_interpreter(texts: Any, known: Any) -> None:
    explainer = compiled(*texts)
    truth, ranges = results(explainer, known)
    plain = Interpreter(CATALOGUE, Plain(known), ON, YEAR)
    rules = explainer.program.rules
    expected = plain.value(rules["truth"].node)
    if expected != UNKNOWN:
        assert truth is expected
    for name, ends in zip(("number", "share"), ranges, strict=True):
        value = plain.value(rules[name].node)
        if value == NOTHING:
            assert ends.none
        elif value != UNKNOWN:
            assert ends.exact == value


@RELAXED
@given(texts, facts(), st.data())
def test_what_is_decided_with_gaps_stays_decided_however_the_gaps_are_filled(texts: Any, known: Any, data: Any) -> None:
    assume("first_known" not in str(texts) and "known(" not in str(texts))  # these ask what is known: they may change
    explainer = compiled(*texts)
    truth, ranges = results(explainer, known)
    full = dict(known)
    for name, kind in FACTS.items():
        for year in (YEAR, YEAR - 1, YEAR - 2) if kind.yearly else (None,):
            if (name, year) not in full:
                full[name, year] = data.draw(values_of(kind))
    full_truth, full_ranges = results(explainer, full)
    if truth is not None:
        assert full_truth is truth
    for before, after in zip(ranges, full_ranges, strict=True):
        if after.none:
            continue
        assert not before.none
        if before.low is not None:
            assert after.low is not None and after.low >= before.low
        if before.high is not None:
            assert after.high is not None and after.high <= before.high


@RELAXED
@given(texts, facts(), st.data())
def test_filling_in_the_facts_that_do_not_matter_decides_nothing(texts: Any, known: Any, data: Any) -> None:
    assume("first_known" not in str(texts) and "known(" not in str(texts))
    explainer = compiled(*texts)
    before = explainer(Plain(known), on=ON, year=YEAR)
    missing = {(leaf.fact, None if leaf.offset is None else YEAR + leaf.offset): m for leaf, m in before.missing()}
    assert not set(missing) & set(known)
    idle = {cell: data.draw(values_of(FACTS[cell[0]])) for cell, matters in missing.items() if not matters}
    after = explainer(Plain({**known, **idle}), on=ON, year=YEAR)
    assert after.truth("truth") is before.truth("truth")
    for name in ("number", "share"):
        assert (after.number(name).exact is None) is (before.number(name).exact is None)


def test_the_reference_and_the_engine_can_disagree() -> None:
    """Guards the property above: a wrong expectation is noticed."""
    explainer = compiled("cash >= enough", "cash", "part")
    truth, _ = results(explainer, {("cash", YEAR): 99_999})
    assert truth is False
    truth, _ = results(explainer, {("cash", YEAR): 100_000})
    assert truth is True
    with pytest.raises(AssertionError):
        assert truth is False
