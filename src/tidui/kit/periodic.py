"""What the kit does again and again: sends what waits in the outbox, forgets tasks that ended long ago."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django_tasks_db.models import DBTaskResult

from tidui.kit import outbox, schedule

#: What became of a job stands in the job itself; its task is kept for whoever looks for a fault.
KEEP_TASKS: Final = dt.timedelta(days=30)


@schedule.every(name="kit.deliver", minutes=1)
def deliver(at: dt.datetime) -> None:
    """Send what is due."""
    outbox.deliver(at)


@schedule.daily(name="kit.forget_tasks", at=dt.time(3, 40))
def forget_tasks(at: dt.datetime) -> None:
    """Remove tasks that ended long ago."""
    DBTaskResult.objects.finished().filter(finished_at__lt=at - KEEP_TASKS).delete()
