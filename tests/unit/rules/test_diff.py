"""Two versions over one population: who flips, by which conditions; a null change flips nobody."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.rules.invented import CATALOGUE, ON, YEAR, Plain, cells, conditions, facts, policy, program
from tests.unit.rules.planning import judged
from tidui.rules import policyfile
from tidui.rules.answers import Explainer
from tidui.rules.columns import batch_of
from tidui.rules.diff import COLUMNS, Diff, Flip, Shift, diff, flip_row, summary_json
from tidui.rules.program import Program

RULES = """
  - {{id: large, kind: condition, cites: 第一条, is: staff >= few, label: {{zh: 大, en: large}}}}
  - {{id: good, kind: condition, cites: 第三条, is: mark >= {mark}, label: {{zh: 好, en: good}}}}
{more}
  - {{id: verdict, kind: verdict, cites: 第一条, is: large and good{joined}, label: {{zh: 结论, en: verdict}}}}
"""
TIDY = "  - {id: tidy, kind: condition, cites: 第四条, is: clean, label: {zh: 整洁, en: tidy}}"


def version(mark: int = 6, *, tidy: bool = False) -> Explainer:
    """A version of one policy: the mark that it asks for, and whether it has a third condition."""
    return Explainer(program(RULES.format(mark=mark, more=TIDY if tidy else "", joined=" and tidy" if tidy else "")))


def firm(**values: Any) -> Plain:
    """A firm with these facts."""
    return Plain({(name, None): value for name, value in values.items()})


PEOPLE = [
    ("a", firm(staff=12, mark=6, clean=True)),
    ("b", firm(staff=12, mark=8, clean=True)),
    ("c", firm(staff=12, mark=8, clean=False)),
    ("d", firm(staff=2, mark=6, clean=False)),
    ("e", firm(staff=12, clean=True)),
]


def test_a_stricter_mark_flips_those_between_and_names_the_condition() -> None:
    flips, summary = diff(version(6), version(7), PEOPLE, on=ON, year=YEAR)
    assert flips == [Flip("a", "pass", "fail", (Shift("good", "pass", "fail"),), ())]
    assert summary_json(summary) == {
        "rows": 5,
        "flips": 1,
        "verdicts": [
            {"old": "pass", "new": "pass", "rows": 2},
            {"old": "fail", "new": "fail", "rows": 1},
            {"old": "pass", "new": "fail", "rows": 1},
            {"old": "unknown", "new": "unknown", "rows": 1},
        ],
        "conditions": [{"id": "good", "rows": 1}],
    }


def test_a_new_condition_flips_those_who_do_not_meet_it() -> None:
    flips, _ = diff(version(), version(tidy=True), PEOPLE, on=ON, year=YEAR)
    assert flips == [Flip("c", "pass", "fail", (Shift("tidy", "absent", "fail"),), ())]
    back, _ = diff(version(tidy=True), version(), PEOPLE, on=ON, year=YEAR)
    assert back == [Flip("c", "fail", "pass", (Shift("tidy", "fail", "absent"),), ())]


def test_a_flip_is_one_row_of_the_output() -> None:
    [flip], _ = diff(version(6), version(7), PEOPLE, on=ON, year=YEAR)
    assert tuple(flip_row(flip)) == COLUMNS
    assert list(flip_row(flip).values()) == ["a", "pass", "fail", "good: pass → fail", ""]


def test_a_policy_without_a_verdict_flips_by_its_amounts() -> None:
    line = "  - {{id: tax, kind: amount, cites: 第一条, is: cash * {rate}, label: {{zh: 税, en: tax}}}}\n"
    old, new = (Explainer(program(line.format(rate=rate))) for rate in ("0.25", "0.15"))
    rich, poor = (Plain({("cash", YEAR): fen}) for fen in (100_000, 0))
    flips, summary = diff(old, new, [("rich", rich), ("poor", poor)], on=ON, year=YEAR)
    assert flips == [Flip("rich", None, None, (), (Shift("tax", "250.00", "150.00"),))]
    assert (summary.rows, summary.flips) == (2, 1)


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(conditions(2), st.lists(facts(), min_size=1, max_size=4))
def test_a_null_change_flips_nobody(text: str, values: list[Any]) -> None:
    same = [judged(text), judged(text)]
    people = [(str(place), Plain(one)) for place, one in enumerate(values)]
    flips, summary = diff(same[0], same[1], people, on=ON, year=YEAR)
    assert (flips, summary.rows, summary.flips) == ([], len(values), 0)


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(conditions(1), conditions(1), st.lists(facts(), min_size=1, max_size=4))
def test_a_batch_flips_as_its_rows_do(first: str, second: str, values: list[Any]) -> None:
    old, new = judged(first), judged(second)
    rows = [Plain(one) for one in values]
    names = [str(place) for place in range(len(rows))]
    batch = batch_of(rows, list(offsets()), catalogue=CATALOGUE, year=YEAR, ids=names)
    by_row, by_batch = Diff(old, new, on=ON, year=YEAR), Diff(old, new, on=ON, year=YEAR)
    assert list(by_batch.flips(batch)) == list(by_row.flips(zip(names, rows, strict=True)))
    assert by_batch.summary == by_row.summary


def offsets() -> Any:
    """Every fact of the invented catalogue at its year offset."""
    return ((name, None if year is None else year - YEAR) for name, year in cells())


def test_a_dated_row_alone_makes_a_difference() -> None:
    text = policy(
        "  - {id: verdict, kind: verdict, cites: 第一条, is: staff >= many, label: {zh: 结论, en: verdict}}\n",
        parameters="  many: {unit: people, cites: 第一条, rows: "
        "[{from: 2020-01-01, value: 10}, {from: 2025-01-01, value: 20}]}\n",
    )
    days = (dt.date(2024, 6, 30), dt.date(2025, 6, 30))
    file = policyfile.loads(text, "invented.yaml")
    old, new = (Explainer(Program(file, CATALOGUE, None, on=day, year=YEAR)) for day in days)
    flips, _ = diff(old, new, [("a", firm(staff=15)), ("b", firm(staff=25))], on=ON, year=YEAR)
    assert [(flip.id, flip.old, flip.new) for flip in flips] == [("a", "pass", "fail")]
