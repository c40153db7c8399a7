"""Working days: Monday to Friday, but for the days that the State Council's yearly arrangement moves.

Years whose arrangement is not announced yet are provisional: only the statutory holidays are taken off then, and a
date counted through such a year may still move.
"""

from __future__ import annotations

import csv
import datetime as dt
import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final

from tidui.codes.faults import BadValue

_DAY: Final = dt.timedelta(days=1)
#: No clock of the programme runs longer; a larger count is a slip.
LONGEST: Final = 2_000


@dataclass(frozen=True)
class SpecialDay:
    """A weekday off, or a Saturday or Sunday worked, with the name of the holiday."""

    day: dt.date
    working: bool
    name: str


@dataclass(frozen=True)
class WorkCalendar:
    """The days that differ from Monday to Friday, and the years whose arrangement is announced."""

    special: Mapping[dt.date, SpecialDay] = field(default_factory=dict)
    announced: frozenset[int] = frozenset()

    @classmethod
    def of(cls, days: Iterable[SpecialDay], announced: Iterable[int]) -> WorkCalendar:
        """A calendar of these days; a later entry for the same day replaces an earlier one."""
        return cls(MappingProxyType({one.day: one for one in days}), frozenset(announced))

    def is_working(self, day: dt.date) -> bool:
        """Is it a working day?"""
        special = self.special.get(day)
        return special.working if special is not None else day.weekday() < 5

    def is_provisional(self, day: dt.date) -> bool:
        """Does the day lie in a year whose arrangement is not announced?"""
        return day.year not in self.announced

    def after(self, day: dt.date, count: int) -> dt.date:
        """The day on which `count` working days have passed, the day after `day` counting first.

        BadValue for a count that is negative or longer than any clock of the programme.
        """
        if not 0 <= count <= LONGEST:
            raise BadValue(f"{count} working days cannot be counted", f"give 0 to {LONGEST}")
        while count:
            day += _DAY
            count -= self.is_working(day)
        return day

    def between(self, first: dt.date, last: dt.date) -> int:
        """How many working days lie after `first`, up to and including `last`; negative if `last` comes first."""
        if last < first:
            return -self.between(last, first)
        days = (first + _DAY * step for step in range(1, (last - first).days + 1))
        return sum(self.is_working(day) for day in days)


@functools.cache
def built_in() -> WorkCalendar:
    """The arrangements that were announced when this version was made, and the statutory days of the year after."""
    days: list[SpecialDay] = []
    announced: set[int] = set()
    with Path(__file__).with_name("workdays.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            first, last = dt.date.fromisoformat(row["first"]), dt.date.fromisoformat(row["last"])
            working = row["working"] == "1"
            days += [
                SpecialDay(first + _DAY * step, working, row["name"]) for step in range((last - first).days + 1)
            ]
            if row["announced"] == "1":
                announced.add(first.year)
    return WorkCalendar.of(days, announced)
