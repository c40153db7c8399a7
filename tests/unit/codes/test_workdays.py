"""Working days: Monday to Friday but for the arrangement of the year."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidui.codes import workdays
from tidui.codes.faults import BadValue

DAY = dt.date


@pytest.mark.parametrize(
    ("day", "working"),
    [
        (DAY(2026, 2, 13), True),
        (DAY(2026, 2, 14), True),  # a Saturday that is worked before the Spring Festival
        (DAY(2026, 2, 16), False),  # a Monday off
        (DAY(2026, 2, 28), True),
        (DAY(2026, 3, 1), False),  # a plain Sunday
        (DAY(2026, 10, 7), False),
        (DAY(2026, 10, 8), True),
        (DAY(2026, 10, 10), True),
    ],
)
def test_holidays_and_the_weekends_worked_for_them(day: dt.date, working: bool) -> None:
    assert workdays.built_in().is_working(day) is working


def test_a_notice_of_ten_working_days_steps_over_the_national_holiday() -> None:
    # 29 and 30 September, then 8, 9, 10 (a Saturday worked), 12 to 16 October
    assert workdays.built_in().after(DAY(2026, 9, 28), 10) == DAY(2026, 10, 16)


def test_the_day_itself_does_not_count() -> None:
    calendar = workdays.built_in()

    assert calendar.after(DAY(2026, 6, 1), 0) == DAY(2026, 6, 1)
    assert calendar.after(DAY(2026, 6, 5), 1) == DAY(2026, 6, 8)


def test_a_year_not_yet_announced_is_provisional_and_has_its_statutory_days() -> None:
    calendar = workdays.built_in()

    assert calendar.is_provisional(DAY(2027, 3, 1)) and not calendar.is_provisional(DAY(2026, 3, 1))
    assert not calendar.is_working(DAY(2027, 10, 1))


@pytest.mark.parametrize("count", [-1, 2001])
def test_a_count_beyond_any_clock_is_refused(count: int) -> None:
    with pytest.raises(BadValue):
        workdays.built_in().after(DAY(2026, 1, 1), count)


@given(st.dates(DAY(2024, 1, 1), DAY(2026, 12, 31)), st.integers(1, 60))
def test_counting_back_gives_the_count(first: dt.date, count: int) -> None:
    calendar = workdays.built_in()

    last = calendar.after(first, count)

    assert calendar.is_working(last)
    assert calendar.between(first, last) == count == -calendar.between(last, first)


@pytest.mark.parametrize(("year", "count"), [(2024, 251), (2025, 248), (2026, 248)])
def test_the_working_days_of_an_announced_year(year: int, count: int) -> None:
    """Counted by hand from the arrangements: weekdays, less those off, plus the weekend days worked."""
    assert workdays.built_in().between(DAY(year - 1, 12, 31), DAY(year, 12, 31)) == count
