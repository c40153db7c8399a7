"""Reading dates as people and spreadsheets write them. A date is a day in Asia/Shanghai."""

from __future__ import annotations

import datetime as dt
import re
from itertools import pairwise
from typing import Final

from tidui.codes import numbers
from tidui.codes.faults import BadValue, quoted
from tidui.facts.catalogue import FIRST_YEAR, LAST_YEAR

#: China keeps one time, without summer time since 1992.
SHANGHAI: Final = dt.timezone(dt.timedelta(hours=8), "Asia/Shanghai")
MAX_DATES: Final = 1000

_WRITTEN: Final = re.compile(
    r"(?P<year>[0-9]{4})(?:(?P<sign>[-/.])(?P<month>[0-9]{1,2})(?P=sign)(?P<day>[0-9]{1,2})"
    r"|\s*年\s*(?P<month_zh>[0-9]{1,2})\s*月\s*(?P<day_zh>[0-9]{1,2})\s*日)"
    r"(?:[T\s]+(?P<time>[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?)(?:\.[0-9]+)?\s*(?P<zone>Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_COMPACT: Final = re.compile(r"(?P<year>(?:19|20|21)[0-9]{2})(?P<month>[0-9]{2})(?P<day>[0-9]{2})")
_BETWEEN: Final = re.compile(r"[;,、|\n]+")
_ADVICE: Final = "write it as 2023-01-05"


def parse(raw: object) -> dt.date:
    """The day of a date, a moment (in Shanghai), '2023-01-05', '2023/1/5', '2023年1月5日' or 20230105.

    Raises BadValue for what is not a day, or none between 1949 and 2100.
    """
    if isinstance(raw, dt.datetime):
        day = _day_of_moment(raw)
    elif isinstance(raw, dt.date):
        day = raw
    elif isinstance(raw, int | float) and not isinstance(raw, bool):
        day = _of_number(raw)
    elif isinstance(raw, str):
        day = _of_text(raw)
    else:
        raise BadValue(f"{quoted(raw)} is not a date", _ADVICE)
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise BadValue(f"{day} is not between {FIRST_YEAR} and {LAST_YEAR}", "check the year")
    return dt.date(day.year, day.month, day.day)


def _day_of_moment(moment: dt.datetime) -> dt.date:
    try:
        return moment.date() if moment.tzinfo is None else moment.astimezone(SHANGHAI).date()
    except (OverflowError, ValueError):
        raise BadValue(f"{quoted(moment)} is not a date", _ADVICE) from None


def _of_number(raw: int | float) -> dt.date:
    value = numbers.parse(raw)
    found = _COMPACT.fullmatch(str(value)) if isinstance(value, int) and 0 < value < 10**8 else None
    if found:
        return _calendar_day(found["year"], found["month"], found["day"], raw)
    if 18_264 <= value < 73_416:
        day = dt.date(1899, 12, 30) + dt.timedelta(days=int(value))
        raise BadValue(f"{quoted(raw)} looks like the day number of a spreadsheet", f"write {day} if that is meant")
    raise BadValue(f"{quoted(raw)} is not a date", _ADVICE)


def _of_text(raw: str) -> dt.date:
    if len(raw) > 200:
        raise BadValue(f"{quoted(raw)} is not a date", _ADVICE)
    text = numbers.plain(raw)
    found = _COMPACT.fullmatch(text)
    if found:
        return _calendar_day(found["year"], found["month"], found["day"], raw)
    found = _WRITTEN.fullmatch(text)
    if found is None:
        raise BadValue(f"{quoted(raw)} is not a date", _advice(text))
    day = _calendar_day(found["year"], found["month"] or found["month_zh"], found["day"] or found["day_zh"], raw)
    if found["zone"]:
        return _zoned(day, found["time"], found["zone"], raw)
    return day


def _zoned(day: dt.date, time: str, zone: str, raw: str) -> dt.date:
    hours, minutes = (int(part) for part in time.split(":")[:2])
    offset = 0
    if zone != "Z":
        digits = zone[1:].replace(":", "")
        offset = (int(digits[:2]) * 60 + int(digits[2:])) * (-1 if zone[0] == "-" else 1)
    if hours > 24 or minutes > 59 or abs(offset) > 24 * 60:
        raise BadValue(f"{quoted(raw)} is not a moment of a day", _ADVICE)
    passed = hours * 60 + minutes - offset + 8 * 60
    try:
        return day + dt.timedelta(days=passed // (24 * 60))
    except OverflowError:
        raise BadValue(f"{quoted(raw)} is not a date", _ADVICE) from None


def _calendar_day(year: str, month: str, day: str, raw: object) -> dt.date:
    try:
        return dt.date(int(year), int(month), int(day))
    except ValueError:
        raise BadValue(f"{quoted(raw)} is not a day of the calendar", _ADVICE) from None


def _advice(text: str) -> str:
    if re.fullmatch(r"[0-9]{4}\s*[-/.年]\s*[0-9]{1,2}月?", text) or re.fullmatch(r"[0-9]{4}年?", text):
        return "write the day too, as 2023-01-05"
    if re.fullmatch(r"[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{2,4}", text):
        return "write the year first, as 2023-01-05"
    return _ADVICE


def parse_many(raw: object) -> tuple[dt.date, ...]:
    """The days of a list, of one date, or of a cell with dates between ; , 、 or new lines; oldest first.

    Raises BadValue for a bad one, or one given twice.
    """
    items: list[object]
    if isinstance(raw, str):
        if len(raw) > 50 * MAX_DATES:
            raise BadValue(f"{quoted(raw)} is too long", f"write at most {MAX_DATES} dates")
        items = [part for part in _BETWEEN.split(_list_text(raw)) if part.strip()]
    elif isinstance(raw, list | tuple | set | frozenset):
        items = list(raw)
    else:
        items = [raw]
    if not items:
        raise BadValue(f"{quoted(raw)} has no date", _ADVICE)
    if len(items) > MAX_DATES:
        raise BadValue(f"has {len(items)} dates", f"write at most {MAX_DATES}")
    days = sorted(parse(item) for item in items)
    for first, second in pairwise(days):
        if first == second:
            raise BadValue(f"{first} is given twice", "write every date once")
    return tuple(days)


def _list_text(raw: str) -> str:
    """A cell's text with plain separators, without the brackets and quotation marks of a list."""
    return numbers.plain(raw).strip("[]()").replace('"', "").replace("'", "")
