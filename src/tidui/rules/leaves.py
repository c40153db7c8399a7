"""From a fact's value to what the graph reads of it, for one enterprise."""

from __future__ import annotations

import calendar
import datetime as dt
from fractions import Fraction
from typing import Any, Final

from tidui.rules.nodes import Context, Leaf, Step
from tidui.rules.values import NONE, FactType, Value, day_number, day_of

UNKNOWN_STATE: Final = 0
VALUE_STATE: Final = 1
NONE_STATE: Final = 2


def context_value(expression: Context, on: dt.date, year: int) -> int:
    """The whole number (a day number for dates) of an expression of `on` and the year assessed."""
    op, *args = expression
    if op == "on":
        return day_number(on)
    if op == "assessed":
        return year + int(args[0])
    if op == "number":
        return int(args[0])
    values = [context_value(arg, on, year) for arg in args]
    return int(_CONTEXT[str(op)](*values))


_CONTEXT: Final[dict[str, Any]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "year": lambda a: day_of(a).year,
    "month_index": lambda a: _month_index(day_of(a)),
    "day_of_month": lambda a: day_of(a).day,
    "first_day": lambda y: day_number(dt.date(min(max(y, 1), 9999), 1, 1)),
    "last_day": lambda y: day_number(dt.date(min(max(y, 1), 9999), 12, 31)),
}


def _month_index(day: dt.date) -> int:
    return day.year * 12 + day.month - 1


def _add_months(day: dt.date, months: int) -> dt.date:
    index = _month_index(day) + months
    year, month = divmod(index, 12)
    if not 1 <= year <= 9999:
        return dt.date.max if year > 9999 else dt.date.min
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def read(leaf: Leaf, value: Value | None, kind: FactType, on: dt.date, year: int) -> tuple[int | Fraction, int]:
    """What the graph reads: a number (scaled by the fact's `scale`; days for a date; 0 or 1 for a boolean) and a state.

    The number is 0 unless the state is 1; a number that is no whole multiple of 1/scale stays a Fraction.
    """
    for step in leaf.steps:
        value = _apply(step, value, on, year)
    if value is None:
        return 0, UNKNOWN_STATE
    if value is NONE:
        return 0, NONE_STATE
    if isinstance(value, bool):
        return int(value), VALUE_STATE
    if isinstance(value, dt.date):
        return day_number(value), VALUE_STATE
    if not isinstance(value, int | Fraction):
        raise TypeError(f"{leaf.fact}: {value!r} is not something the graph can read")
    scaled = value * (1 if leaf.steps else kind.scale)
    return (int(scaled) if scaled.denominator == 1 else scaled), VALUE_STATE


def _apply(step: Step, value: Any, on: dt.date, year: int) -> Value | None:
    name, *args = step
    if value is None:
        return None
    return _STEPS[str(name)](value, args, on, year)  # type: ignore[no-any-return]


def _items(value: Any) -> tuple[Any, ...]:
    return () if value is NONE else value


def _within(value: Any, args: list[Any], on: dt.date, year: int) -> bool:
    first, last = (context_value(arg, on, year) for arg in args)
    return any(first <= day_number(day) <= last for day in _items(value))


def _matching(value: Any, filters: Any, on: dt.date, year: int) -> list[dict[str, Any]]:
    """The records that fit every filter; a field that is unknown or none fits no filter."""
    rows = [dict(record) for record in _items(value)]
    return [row for row in rows if all(_fits(row.get(name), test, on, year) for name, test in filters)]


def _fits(value: Any, test: Any, on: dt.date, year: int) -> bool:
    how, *args = test
    if value is None or value is NONE:
        return False
    if how == "in":
        return value in args
    number = day_number(value) if isinstance(value, dt.date) else value
    if how == "equals":
        return bool(number == context_value(args[0], on, year))
    return bool(context_value(args[0], on, year) <= number <= context_value(args[1], on, year))


def _fields(value: Any, args: list[Any], on: dt.date, year: int) -> list[Any]:
    field, filters = args
    found = [row.get(field) for row in _matching(value, filters, on, year)]
    return [item for item in found if item is not NONE]


def _total(value: Any, args: list[Any], on: dt.date, year: int) -> Any:
    found = _fields(value, args, on, year)
    return None if any(item is None for item in found) else sum(found)


def _extreme(value: Any, args: list[Any], on: dt.date, year: int, pick: Any) -> Any:
    found = _fields(value, args, on, year)
    if any(item is None for item in found):
        return None
    return pick(found) if found else NONE


def _of_date(function: Any) -> Any:
    return lambda value, args, on, year: NONE if value is NONE else function(value, *args)


_STEPS: Final[dict[str, Any]] = {
    "first": lambda value, args, on, year: _items(value)[0] if _items(value) else NONE,
    "last": lambda value, args, on, year: _items(value)[-1] if _items(value) else NONE,
    "count": lambda value, args, on, year: len(_items(value)),
    "within": _within,
    "year": _of_date(lambda day: day.year),
    "month_index": _of_date(_month_index),
    "day_of_month": _of_date(lambda day: day.day),
    "add_months": _of_date(_add_months),
    "starts": lambda value, args, on, year: value is not NONE and value.startswith(tuple(args)),
    "in": lambda value, args, on, year: value is not NONE and value in args,
    "has": lambda value, args, on, year: value is not NONE and value != (),
    "total": _total,
    "tally": lambda value, args, on, year: len(_matching(value, args[0], on, year)),
    "earliest": lambda value, args, on, year: _extreme(value, args, on, year, min),
    "latest": lambda value, args, on, year: _extreme(value, args, on, year, max),
}
