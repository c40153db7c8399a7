"""The numbering rule of technology SMEs: eighteen characters, and what they say of an enterprise."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidui.codes import sme_numbers
from tidui.codes.faults import BadValue

FOUNDED = dt.date(2015, 5, 20)
SPRING, SUMMER = dt.date(2026, 5, 31), dt.date(2026, 6, 1)


def _faults(number: str, *, founded: dt.date | None = FOUNDED, on: dt.date = SPRING, division: str = "620102") -> list[str]:
    return [one.what for one in sme_numbers.check(number, division=division, founded_on=founded, submitted_on=on)]


def test_a_number_is_taken_apart() -> None:
    """Year, division, mark, serial."""
    parts = sme_numbers.parse("2026 6201 02 0a000123".replace("0a", "0A"))
    assert (parts.year, parts.division, parts.mark, parts.serial) == (2026, "620102", "0", "A000123")
    assert str(parts) == "2026620102" + "0" + "A000123"


@pytest.mark.parametrize(
    ("number", "what"),
    [
        ("2026620102000001", "length"), ("20266201020000001234", "length"), ("", "length"),
        ("2026620102C0000123", "form"), ("1999620102A0000123", "form"), ("20266201O2A0000123", "form"),
        ("2026620102A00001-3", "length"), ("2026620102A00001*3", "form"),
    ],
)  # fmt: skip
def test_what_is_no_number_is_said_to_be_none(number: str, what: str) -> None:
    """Nothing else is compared then."""
    found = sme_numbers.check(number, division="620102", founded_on=FOUNDED, submitted_on=SPRING)
    assert [(one.what, one.malformed) for one in found] == [(what, True)]
    with pytest.raises(BadValue):
        sme_numbers.parse(number)


def test_full_width_and_small_letters_are_read() -> None:
    """As people type them."""
    assert sme_numbers.parse("２０２６６２０１０２ａ0000123").mark == "A"


@pytest.mark.parametrize(
    ("founded", "on", "mark"),
    [
        (dt.date(2025, 12, 31), SPRING, "0"), (dt.date(2025, 12, 31), SUMMER, "A"), (dt.date(2026, 1, 1), SPRING, "B"),
        (dt.date(2026, 1, 1), SUMMER, "B"), (dt.date(2026, 8, 1), dt.date(2026, 9, 30), "B"),
    ],
)  # fmt: skip
def test_the_eleventh_character_follows_founding_and_the_31_may_line(founded: dt.date, on: dt.date, mark: str) -> None:
    """0 until 31 May, A from 1 June, B for those founded in the year."""
    assert sme_numbers.mark_of(2026, founded, on) == mark
    for other in sme_numbers.MARKS:
        expected = [] if other == mark else ["mark"]
        assert _faults(f"2026620102{other}0000123", founded=founded, on=on) == expected


def test_a_number_of_another_year_or_place_is_doubtful_but_a_number() -> None:
    """Such faults say what would fit."""
    found = sme_numbers.check("202562010200000123"[:18], division="620103", founded_on=FOUNDED, submitted_on=SPRING)
    assert [(one.what, one.found, one.expected) for one in found] == [
        ("year", "2025", "2026"), ("division", "620102", "620103"),
    ]  # fmt: skip
    assert not any(one.malformed for one in found)


@pytest.mark.parametrize(
    ("written", "own", "fits"),
    [
        ("620102", "620102", True), ("620100", "620102", True), ("620171", "620121", True), ("620200", "620102", False),
        ("622101", "620981", True), ("620103", "620102", False), ("620201", "620102", False), ("110101", "620102", False),
    ],
)  # fmt: skip
def test_the_division_fits_by_its_old_code_its_prefecture_or_a_statistics_code(written: str, own: str, fits: bool) -> None:
    """兰州新区 is 620171 in the numbers and lies in 永登县."""
    assert (_faults(f"2026{written}00000123"[:18], division=own) == []) is fits


def test_without_a_founding_day_only_the_form_of_the_mark_is_asked() -> None:
    """Nothing is compared with what is not known."""
    assert _faults("2026620102B0000123", founded=None) == []


@given(
    st.dates(dt.date(2000, 1, 1), dt.date(2026, 12, 31)), st.dates(dt.date(2026, 1, 1), dt.date(2026, 12, 31)),
    st.integers(0, 9_999_999),
)  # fmt: skip
def test_a_number_made_by_the_rule_fits(founded: dt.date, on: dt.date, serial: int) -> None:
    """And with any other mark it does not."""
    mark = sme_numbers.mark_of(2026, founded, on)
    assert _faults(f"2026620102{mark}{serial:07d}", founded=founded, on=on) == []
    assert {one for one in sme_numbers.MARKS if not _faults(f"2026620102{one}{serial:07d}", founded=founded, on=on)} == {mark}
