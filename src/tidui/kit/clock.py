"""The legal clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final
from zoneinfo import ZoneInfo

from django.utils import timezone

#: Days, deadlines and years of the programme are those of this zone.
LEGAL_ZONE: Final = ZoneInfo("Asia/Shanghai")


_stands: Final[ContextVar[dt.datetime | None]] = ContextVar("stands", default=None)


def now() -> dt.datetime:
    """The moment, aware."""
    return _stands.get() or timezone.now()


@contextmanager
def standing_at(moment: dt.datetime) -> Iterator[None]:
    """Let what runs inside, jobs above all, take this for now: for the demonstration, and for tests of long ways."""
    before = _stands.set(moment)
    try:
        yield
    finally:
        _stands.reset(before)


def day_of(moment: dt.datetime) -> dt.date:
    """The day in Asia/Shanghai on which a moment falls."""
    return moment.astimezone(LEGAL_ZONE).date()


def today() -> dt.date:
    """The day in Asia/Shanghai."""
    return day_of(now())


def start_of(day: dt.date) -> dt.datetime:
    """The first moment of a day in Asia/Shanghai."""
    return dt.datetime.combine(day, dt.time.min, LEGAL_ZONE)
