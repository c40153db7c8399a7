"""The legal clock."""

from __future__ import annotations

import datetime as dt
from typing import Final
from zoneinfo import ZoneInfo

from django.utils import timezone

#: Days, deadlines and years of the programme are those of this zone.
LEGAL_ZONE: Final = ZoneInfo("Asia/Shanghai")


def now() -> dt.datetime:
    """The moment, aware."""
    return timezone.now()


def day_of(moment: dt.datetime) -> dt.date:
    """The day in Asia/Shanghai on which a moment falls."""
    return moment.astimezone(LEGAL_ZONE).date()


def today() -> dt.date:
    """The day in Asia/Shanghai."""
    return day_of(now())


def start_of(day: dt.date) -> dt.datetime:
    """The first moment of a day in Asia/Shanghai."""
    return dt.datetime.combine(day, dt.time.min, LEGAL_ZONE)
