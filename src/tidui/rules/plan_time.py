"""What only time can meet: the first later day on which some truths hold, all else being equal.

The truths are pieces of a verdict's words. They are read again on every day on which they may change: the firsts of
months, and the days that lie as far from a known date as the text says (365 days after, three years after).
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from tidui.rules import leaves as leaf_values
from tidui.rules.answers import read_leaves
from tidui.rules.integers import Word, order
from tidui.rules.pycode import PythonReading
from tidui.rules.values import Catalogue, Facts, day_number, day_of

YEARS_AHEAD: Final = 5
_LONGEST: Final = 366 * 30
_DATE_STEPS: Final = ("first", "last", "add_months", "earliest", "latest")


class Timed:
    """Some truths, ready to be read on many days."""

    def __init__(self, truths: Sequence[Word], catalogue: Catalogue) -> None:
        self.truths = tuple(truths)
        self.reading = PythonReading(self.truths)
        self.kinds = [catalogue[leaf.fact] for leaf in self.reading.leaves]
        words = order(list(self.truths))
        contexts = [word.value for word in words if word.op == "context"]
        stepped = [place for place, leaf in enumerate(self.reading.leaves) if _reads_day(leaf.steps)]
        self.changing = [(place, self.reading.leaves[place], self.kinds[place]) for place in stepped]
        self.depends_on_day = bool(stepped) or any(_reads_day(context) for context in contexts)
        numbers = {abs(word.value) for word in words if word.op == "const"}
        written = [*contexts, *(leaf.steps for leaf in self.reading.leaves)]
        numbers |= {abs(number) for item in written for number in _numbers(item)}
        self.distances = sorted({0, *(number for number in numbers if number <= _LONGEST)})
        #: Numbers that may be fixed days of the text.
        self.days = sorted(number for number in numbers if number > _LONGEST)

    def read(self, facts: Facts, days: Iterable[dt.date], year: int) -> Iterator[tuple[dt.date, tuple[bool, ...]]]:
        """The truths on each of these days."""
        values: list[Any] = []
        states: list[int] = []
        for day in days:
            if not values and not states:
                values, states = read_leaves(self.reading.leaves, self.kinds, facts, day, year)
            else:
                for place, leaf, kind in self.changing:
                    raw = facts.get(leaf.fact, None if leaf.offset is None else year + leaf.offset)
                    values[place], states[place] = leaf_values.read(leaf, raw, kind, day, year)
            yield day, self.reading(values, states, day, year)

    def turning_days(self, facts: Facts, on: dt.date, year: int) -> list[dt.date]:
        """The days after `on`, up to five years ahead, on which the truths may change; earliest first."""
        last = later(on, YEARS_AHEAD)
        found: set[dt.date] = set()
        known = set(self._known_days(facts, on, year))
        known |= {day_of(number) for number in self.days if abs(number - day_number(on)) <= _LONGEST}
        for day in known:
            for distance in self.distances:
                for away in (distance, -distance):
                    found |= {shifted(day, away), shifted(day, away + 1)}
        month = on.replace(day=1)
        while month <= last:
            found.add(month)
            length = calendar.monthrange(month.year, month.month)[1]
            for day in known:
                same = month.replace(day=min(day.day, length))
                found |= {same, shifted(same, 1)}
            month = (month + dt.timedelta(days=31)).replace(day=1)
        return sorted(day for day in found if on < day <= last)

    def _known_days(self, facts: Facts, on: dt.date, year: int) -> Iterator[dt.date]:
        for leaf, kind in zip(self.reading.leaves, self.kinds, strict=True):
            raw = facts.get(leaf.fact, None if leaf.offset is None else year + leaf.offset)
            yield from _days_in(raw)
            if leaf.steps and leaf.steps[-1][0] in _DATE_STEPS:
                value, state = leaf_values.read(leaf, raw, kind, on, year)
                if state == leaf_values.VALUE_STATE:
                    yield day_of(int(value))


def _days_in(value: Any) -> Iterator[dt.date]:
    if isinstance(value, dt.date):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from _days_in(item)


def _reads_day(expression: object) -> bool:
    if isinstance(expression, tuple):
        return expression == ("on",) or any(_reads_day(item) for item in expression)
    return False


def _numbers(expression: object) -> Iterator[int]:
    if isinstance(expression, tuple):
        for item in expression:
            yield from _numbers(item)
    elif isinstance(expression, int) and not isinstance(expression, bool):
        yield expression


def later(day: dt.date, years: int) -> dt.date:
    """The same day so many years later; 28 February for the 29th."""
    year = min(day.year + years, dt.MAXYEAR)
    return day.replace(year=year, day=min(day.day, calendar.monthrange(year, day.month)[1]))


def shifted(day: dt.date, days: int) -> dt.date:
    """So many days later, within the calendar."""
    number = min(max(day.toordinal() + days, dt.date.min.toordinal()), dt.date.max.toordinal())
    return dt.date.fromordinal(number)
