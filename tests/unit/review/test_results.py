"""Means are exact, parts are capped, the line is the line; alarms say why a panel looks again."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidui.kit.lang import Pair
from tidui.review import marks, results
from tidui.review.enums import ExpertKind
from tidui.review.models import Sheet
from tidui.review.scheme import Item, Part, Scheme

TECHNICAL, FINANCIAL = ExpertKind.TECHNICAL, ExpertKind.FINANCIAL
P = Pair("一", "one")


def item(name: str, most: int, kind: str = TECHNICAL, **more: Any) -> Item:
    return Item(name, P, most, kind, "第一条", **more)  # type: ignore[arg-type]


SCHEME = Scheme(
    "t", P, "cn/hte",
    (
        Part("ip", P, 10, (item("a", 8), item("b", 2), item("bonus", 2, bonus=True))),
        Part("money", P, 10, (item("m", 10, FINANCIAL),)),
    ),
    line=15,
)  # fmt: skip


def sheet(kind: str = TECHNICAL, state: str = "signed", **given: int) -> Sheet:
    """A sheet in memory with these marks."""
    held = {name: {"mark": mark, "reason": "", "band": None} for name, mark in given.items()}
    made = Sheet(pk=len(given) + 1, kind=kind, state=state, marks=held)
    made.total = marks.total_of(SCHEME, made)
    return made


def test_a_mean_is_taken_over_the_experts_who_mark_the_item_and_is_not_rounded() -> None:
    rows = [sheet(a=6, b=1, bonus=0), sheet(a=7, b=1, bonus=0), sheet(a=7, b=2, bonus=0), sheet(FINANCIAL, m=9)]
    found = results.of_sheets(SCHEME, rows)
    assert found is not None
    assert found.means == {"a": Fraction(20, 3), "b": Fraction(4, 3), "bonus": 0, "m": 9}
    assert (found.total, found.shown, found.millionths) == (Fraction(17), "17", 17_000_000)


def test_a_bonus_does_not_lift_the_most_of_its_part() -> None:
    found = results.of_sheets(SCHEME, [sheet(a=8, b=2, bonus=2), sheet(FINANCIAL, m=5)])
    assert found is not None and found.parts == {"ip": 10, "money": 5} and not found.recommended


def test_sheets_that_are_not_signed_do_not_count_and_an_item_without_marks_gives_no_result() -> None:
    rows = [sheet(a=8, b=2, bonus=0), sheet(FINANCIAL, "draft", m=5)]
    assert results.of_sheets(SCHEME, rows) is None
    assert results.of_sheets(SCHEME, []) is None


@pytest.mark.parametrize(("over", "total", "said"), [(True, 15, False), (False, 15, True), (True, 16, True)])
def test_the_line_is_passed_or_reached_as_the_scheme_says(over: bool, total: int, said: bool) -> None:
    from dataclasses import replace

    assert results.above(replace(SCHEME, over=over), Fraction(total)) is said


def test_a_hair_above_the_line_is_above_and_shown_without_rounding_up() -> None:
    assert results.above(SCHEME, Fraction(15) + Fraction(1, 1_000_000))
    assert marks.shown(Fraction(14_999_999, 1_000_000)) == "14.99"
    assert marks.shown(Fraction(211, 3)) == "70.33" and marks.exact(Fraction(211, 3)) == "211/3"
    assert marks.shown(Fraction(265, 4)) == "66.25" and marks.exact(Fraction(265, 4)) == ""
    assert marks.shown(None) == "—"


@given(st.lists(st.integers(0, 8), min_size=1, max_size=9))
def test_the_mean_is_the_mean(given_marks: list[int]) -> None:
    rows = [sheet(a=one, b=0, bonus=0) for one in given_marks] + [sheet(FINANCIAL, m=0)]
    found = results.of_sheets(SCHEME, rows)
    assert found is not None and found.means["a"] * len(given_marks) == sum(given_marks)
    assert 0 <= found.total <= 20


# ---------------------------------------------------------------------- bands
@pytest.mark.parametrize(
    ("mark", "band", "outside"),
    [(7, (7, 8), False), (8, (7, 8), False), (6, (7, 8), True), (9, [7, 8], True), (None, (7, 8), False), (1, None, False)],
)
def test_a_mark_is_outside_only_where_the_facts_give_a_band(mark: Any, band: Any, outside: bool) -> None:
    assert marks.is_outside(mark, band) is outside


@pytest.mark.parametrize("text", ["9", "-1", "7.0", "七", "1e0", "٣", "0008"])
def test_what_is_no_whole_mark_of_the_item_is_refused(text: str) -> None:
    value, fault = marks.read_mark(item("a", 8), text)
    assert (value, bool(fault)) == (None, True)


@pytest.mark.parametrize(("text", "value"), [("8", 8), (" 0 ", 0), ("", None), ("007", 7)])
def test_whole_marks_and_blanks_are_read(text: str, value: int | None) -> None:
    assert marks.read_mark(item("a", 8), text) == (value, "")


class _Found:
    none = False

    def __init__(self, low: Any, high: Any) -> None:
        self.low, self.high = low, high


@pytest.mark.parametrize(
    ("low", "high", "band"),
    [
        (Fraction(7), Fraction(8), (7, 8)), (Fraction(5), None, (5, 8)), (None, Fraction(3), (0, 3)), (None, None, None),
        (Fraction(0), Fraction(8), None), (Fraction(13, 2), Fraction(15, 2), (7, 7)),
    ],
)  # fmt: skip
def test_a_range_of_a_rule_becomes_whole_marks(low: Any, high: Any, band: Any) -> None:
    assert marks._ends(item("a", 8), _Found(low, high)) == band


def test_what_a_signature_waits_for() -> None:
    one = sheet(a=3, b=1)
    one.opinion = " "
    said = [fault.field for fault in marks.faults_of(SCHEME, one, {"a": (7, 8)})]
    assert said == ["reason.a", "mark.bonus", "opinion"]
    one.marks["a"]["reason"] = "失效"
    one.marks["bonus"] = {"mark": 0}
    one.opinion = "同意"
    assert marks.faults_of(SCHEME, one, {"a": (7, 8)}) == []


# ---------------------------------------------------------------------- alarms
def test_a_spread_larger_than_allowed_within_a_kind_is_an_alarm_and_an_equal_one_is_none() -> None:
    rows = [sheet(a=8, b=1, bonus=0), sheet(a=3, b=1, bonus=0), sheet(FINANCIAL, m=0)]
    assert results.alarms_of(SCHEME, 5, rows) == []
    assert results.alarms_of(SCHEME, 4, rows) == [
        {"what": "spread", "kind": "technical", "low": 4, "high": 9, "most": 4}
    ]


def test_a_signed_mark_outside_its_band_is_an_alarm() -> None:
    one = sheet(a=3, b=1, bonus=0)
    one.marks["a"]["band"] = [7, 8]
    assert results.alarms_of(SCHEME, 20, [one]) == [
        {"what": "outside", "item": "a", "sheet": one.pk, "mark": 3, "band": [7, 8]}
    ]
