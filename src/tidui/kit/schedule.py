"""Periodic work: sealing, expiring, reminding, sending. Apps register it in AppConfig.ready(); a worker runs it.

One worker at a time runs a piece of work, however many there are. It gets the moment at which it was due to begin, must
be safe to repeat (the worker may be killed in the middle), and should take what is there in rounds, not all at once.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from django.db import transaction
from django.db.models import F

from tidui.kit import clock
from tidui.kit.models import PeriodicRun

logger = logging.getLogger(__name__)

Work = Callable[[dt.datetime], object]
#: What a worker began and did not end within this time is begun again, by whichever worker comes first.
LEASE: Final = dt.timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Periodic:
    """Work that is due `every` so often, or each day at the time `daily` of Asia/Shanghai."""

    name: str
    work: Work
    every: dt.timedelta | None = None
    daily: dt.time | None = None

    def after(self, moment: dt.datetime) -> dt.datetime:
        """When it is due next."""
        if self.daily is None:
            assert self.every is not None
            return moment + self.every
        day = clock.day_of(moment)
        due = dt.datetime.combine(day, self.daily, clock.LEGAL_ZONE)
        return due if due > moment else due + dt.timedelta(days=1)


_known: dict[str, Periodic] = {}


def every(
    *, name: str, seconds: int = 0, minutes: int = 0, hours: int = 0
) -> Callable[[Work], Work]:
    """Register work that is due again so long after it ended; ValueError if the name is taken."""
    return _register(name, every=dt.timedelta(seconds=seconds, minutes=minutes, hours=hours))


def daily(*, name: str, at: dt.time) -> Callable[[Work], Work]:
    """Register work that is due each day at this time of Asia/Shanghai; ValueError if the name is taken."""
    return _register(name, daily=at)


def _register(name: str, *, every: dt.timedelta | None = None, daily: dt.time | None = None) -> Callable[[Work], Work]:
    if every is not None and every <= dt.timedelta(0):
        raise ValueError(f"{name}: how often?")

    def registered(work: Work) -> Work:
        if name in _known:
            raise ValueError(f"two pieces of periodic work are called {name}")
        _known[name] = Periodic(name, work, every, daily)
        return work

    return registered


def known() -> Mapping[str, Periodic]:
    """All periodic work, by name."""
    return MappingProxyType(_known)


def run_due(at: dt.datetime) -> list[str]:
    """Run what is due at this moment and nobody else runs; the names of what ran. An error is logged and kept."""
    rows = {row.name: row for row in PeriodicRun.objects.filter(name__in=_known)}
    missing = [periodic for name, periodic in _known.items() if name not in rows]
    if missing:
        # Work that runs every so often is due at once; daily work at its time.
        fresh = [PeriodicRun(name=new.name, due_at=at if new.every else new.after(at)) for new in missing]
        PeriodicRun.objects.bulk_create(fresh, ignore_conflicts=True)
        rows |= {row.name: row for row in fresh}
    return [name for name, periodic in _known.items() if rows[name].due_at <= at and _run(periodic, at)]


def _run(periodic: Periodic, at: dt.datetime) -> bool:
    row = PeriodicRun.objects.filter(name=periodic.name)
    if not row.filter(due_at__lte=at).update(due_at=at + LEASE, started_at=at):
        return False  # another worker was faster
    try:
        periodic.work(at)
    except Exception as error:
        logger.exception("periodic work %s failed", periodic.name)
        if transaction.get_connection().in_atomic_block:
            raise
        said = f"{type(error).__name__}: {error}"[:300]
        row.update(due_at=periodic.after(at), failures=F("failures") + 1, error=said)
    else:
        row.update(due_at=periodic.after(at), finished_at=clock.now(), failures=0, error="")
    return True
