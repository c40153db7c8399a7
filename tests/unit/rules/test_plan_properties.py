"""Plans of random small policies: as cheap as trying everything finds, checked, minimal; waiting days are the first."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytest.importorskip("ortools")

from tests.unit.rules import planning
from tests.unit.rules.invented import BOOLS, ON, YEAR, Plain, cells, conditions, facts
from tidui.rules.plan import Plan, cheapest, plan
from tidui.rules.plan_time import later
from tidui.rules.values import NONE

QUIET = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))

#: Texts that levers can move, beside what random texts hold.
TARGETS = st.sampled_from([
    "ratio(cash, cash[-1] + cash, if_zero: 0) >= 0.6", "bands(part, steps) + mark >= 12", "staff >= few and patents >= 3",
    "bands(ratio(cash, sum_years(cash, -1, 0), if_zero: 0), steps) >= 5", "max(bands(part, steps), mark) >= 8",
    "cash * part >= enough", "min(mark, bands(part, steps)) > 2", "(mark if clean else 0) >= 4", "clean or listed",
    "ratio(staff, patents, if_zero: 0) < few", "not (cash > enough) and clean", "bands(cash, jagged) <= 0.03",
    "ratio(cash, patents * enough, if_zero: unknown) >= part", "count(clean, listed, patents >= 2) >= 2",
])  # fmt: skip
SCORES = st.permutations([
    "mark", "bands(part, steps)", "bands(ratio(cash, sum_years(cash, -1, 0), if_zero: 0), steps)", "(6 if clean else 1)",
    "min(bands(part, steps), mark)", "max(mark, bands(ratio(cash, enough, if_zero: 0), steps))", "(2 if patents > 2 else 0)",
]).flatmap(lambda parts: st.tuples(st.just(" + ".join(parts[:3])), st.integers(8, 22)))  # fmt: skip
TEXTS = st.one_of(
    TARGETS,
    SCORES.map(lambda t: f"{t[0]} > {t[1]}"),
    st.tuples(SCORES, TARGETS).map(lambda t: f"{t[0][0]} >= {t[0][1]} and {t[1]}"),
    st.tuples(TARGETS, TARGETS).map(" and ".join),
    st.tuples(TARGETS, conditions(1)).map(lambda t: f"{t[0]} and {t[1]}"),
    st.tuples(TARGETS, BOOLS).map(lambda t: f"({t[0]}) or ({t[1]})"),
    conditions(2),
)


@st.composite
def near(draw: Any) -> dict[Any, Any]:
    """Facts, most of them known, of a size that the levers matter to; some are unknown or none."""
    found = draw(facts())
    nearby = {
        "cash": st.integers(0, 150_000), "staff": st.sampled_from([7, 8, Fraction(17, 2), 9, 10]),
        "patents": st.integers(0, 3), "part": st.sampled_from([Fraction(1, 12), Fraction(1, 7), Fraction(1, 4), Fraction(9, 10)]),
        "mark": st.sampled_from([0, 3, Fraction(22, 3), 8]), "clean": st.sampled_from([False, False, True]),
    }  # fmt: skip
    for name, year in cells():
        if name in nearby and found.get((name, year)) is not NONE and draw(st.integers(0, 9)):
            found[name, year] = draw(nearby[name])
    return found


FACTS = st.one_of(near(), near(), near(), facts())


@QUIET
@given(TEXTS, FACTS, st.permutations(planning.LEVERS).map(lambda levers: tuple(levers[:4])))
def test_a_plan_costs_what_trying_everything_finds(text: str, drawn: Any, levers: Any) -> None:
    explainer, values = planning.judged(text), drawn
    found = plan(explainer, Plain(values), levers, on=ON, year=YEAR)
    least = planning.best(explainer, values, levers)
    assert (found.status == "qualified") is planning.passes(explainer, values)
    today = [one for one in found.alternatives if one.holds_from == ON]
    if found.status == "qualified" or not found.exact:
        return
    assert [one.cost for one in today[:1]] == ([] if least is None else [least])
    excluded: list[set[Any]] = []
    for one in today:
        assert one.cost == planning.best(explainer, values, levers, excluded)
        excluded.append({step.lever for step in one.steps})
    if today and len(today) < 3:
        assert planning.best(explainer, values, levers, excluded) is None


@QUIET
@given(TEXTS, FACTS, st.permutations(planning.LEVERS).map(lambda levers: tuple(levers[:4])))
def test_every_plan_passes_and_no_step_can_be_dropped(text: str, drawn: Any, levers: Any) -> None:
    explainer, values = planning.judged(text), drawn
    for one in plan(explainer, Plain(values), levers, on=ON, year=YEAR).alternatives:
        units = {step.lever: step.units for step in one.steps}
        assert verdict(explainer, values, units, one.holds_from)
        assert one.verdict == "pass"
        for step in one.steps:
            fewer = {other: count for other, count in units.items() if other is not step.lever}
            assert not verdict(explainer, values, fewer, one.holds_from)


def verdict(explainer: Any, values: Any, units: Any, day: dt.date) -> bool:
    """Whether the facts pass on a day once these levers are pulled."""
    after = planning.pulled(values, units)
    assert after is not None
    return explainer(Plain(after), on=day, year=YEAR).truth("verdict") is True


@QUIET
@given(
    st.one_of(BOOLS, conditions(1), conditions(2), st.lists(BOOLS, min_size=2, max_size=3).map(" and ".join)), facts()
)
def test_waiting_ends_on_the_first_day_that_passes(text: str, values: Any) -> None:
    explainer = planning.judged(text)
    found = plan(explainer, Plain(values), (), on=ON, year=YEAR)
    ahead = [ON + dt.timedelta(days=days) for days in range((later(ON, 5) - ON).days + 1)]
    reads = (day for day in ahead if explainer(Plain(values), on=day, year=YEAR).truth("verdict") is True)
    first = next(reads, None)
    expected = None if first == ON else first
    assert {one.holds_on for one in found.time if found.status == "wait"} == ({expected} - {None})
    assert (found.status == "qualified") is (first == ON)


@QUIET
@given(TEXTS, FACTS)
def test_the_short_form_agrees_with_the_plan(text: str, drawn: Any) -> None:
    explainer, values = planning.judged(text), Plain(drawn)
    whole: Plan = plan(explainer, values, planning.LEVERS, on=ON, year=YEAR, alternatives=1)
    short = cheapest(explainer, values, planning.LEVERS, on=ON, year=YEAR)
    assert short.status == whole.status
    if whole.alternatives:
        assert (short.cost, short.ready_on) == (whole.alternatives[0].cost, whole.alternatives[0].ready_on)
    if whole.blocked:
        assert short.reason == whole.blocked[0].condition
