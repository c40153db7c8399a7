"""The working days of the programme: the built-in arrangements, and what an administrator entered over them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction

from tidui.audit import events
from tidui.codes import workdays
from tidui.codes.workdays import SpecialDay, WorkCalendar
from tidui.kit import access, stamp
from tidui.kit.models import CalendarDay, CalendarYear


def _load() -> WorkCalendar:
    base = workdays.built_in()
    own = [SpecialDay(row.day, row.working, row.name) for row in CalendarDay.objects.order_by("day")]
    years = CalendarYear.objects.order_by("year").values_list("year", flat=True)
    return WorkCalendar.of([*base.special.values(), *own], base.announced | frozenset(years))


_kept = stamp.Remembered(_load)


def calendar() -> WorkCalendar:
    """The calendar of today's knowledge."""
    return _kept.get()


@transaction.atomic
def set_day(*, day: dt.date, working: bool, name: str, by: Any, at: dt.datetime) -> CalendarDay:
    """Say that a day is, or is not, a working day; name is why (国庆节调休)."""
    access.require("kit.administer", by)
    row, _made = CalendarDay.objects.update_or_create(
        day=day, defaults={"working": working, "name": name, "set_by": by, "set_at": at}
    )
    details = {"day": str(day), "working": working, "name": name}
    events.record("kit.set_calendar_day", actor=by, subject=row, at=at, details=details)
    stamp.changed()
    return row


@transaction.atomic
def announce(*, year: int, document: str, by: Any, at: dt.datetime) -> CalendarYear:
    """Say that the arrangement of a year is announced and entered, so that dates in it no longer are provisional."""
    access.require("kit.administer", by)
    row, _made = CalendarYear.objects.update_or_create(
        year=year, defaults={"document": document, "set_by": by, "set_at": at}
    )
    details = {"year": year, "document": document}
    events.record("kit.announce_calendar_year", actor=by, subject=row, at=at, details=details)
    stamp.changed()
    return row
