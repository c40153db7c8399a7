"""Takes up tasks, one after the other; gives up none because a process was killed.

django-tasks-db keeps a task RUNNING for ever when its worker is killed. Here a task names the worker that has it; when
that worker no longer lives, the task is READY again, at most `MOST_ATTEMPTS` times. So a task may run more than once,
and whatever it does must be safe to repeat.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections.abc import Callable
from typing import Any, Final

from django.db import OperationalError, close_old_connections, transaction
from django.utils import timezone
from django_tasks.base import TaskContext, TaskResultStatus
from django_tasks.signals import task_finished, task_started
from django_tasks_db.models import DBTaskResult

from tidui.kit import schedule
from tidui.site.work.pulse import Pulse, living

logger = logging.getLogger(__name__)

MOST_ATTEMPTS: Final = 5
#: Seconds between two looks for tasks, for what is due, for the dead.
LOOK: Final = 0.5
LOOK_FOR_DUE: Final = 5.0
LOOK_FOR_DEAD: Final = 15.0


class GivenUp(Exception):
    """The task took so many workers with it that nobody tries again."""


def take_back() -> int:
    """Make the tasks of dead workers READY again, or FAILED after too many; how many there were."""
    found = 0
    rows = list(DBTaskResult.objects.running().order_by("pk"))
    alive = living() if rows else set()  # asked after the tasks: whoever had one by then, had a pulse
    for row in rows:
        if row.worker_ids and row.worker_ids[-1] in alive:
            continue
        # Only the row as it was read: two workers may look at the same time.
        same = DBTaskResult.objects.filter(
            pk=row.pk, status=TaskResultStatus.RUNNING, worker_ids=row.worker_ids, started_at=row.started_at
        )
        if len(row.worker_ids) >= MOST_ATTEMPTS:
            with transaction.atomic():
                if same.select_for_update().exists():
                    found += 1
                    row.set_failed(GivenUp(f"{len(row.worker_ids)} workers ended while they ran it"))
            logger.error("task %s (%s) is given up", row.pk, row.task_path)
        elif same.update(status=TaskResultStatus.READY, started_at=None):
            found += 1
            logger.warning("task %s (%s) is taken up again: its worker is gone", row.pk, row.task_path)
    return found


def claim(worker: str) -> DBTaskResult[Any, Any] | None:
    """The task that comes next, now RUNNING in this worker's name; None when there is none."""
    ready = DBTaskResult.objects.ready()
    if not ready.exists():  # a look costs no write
        return None
    with transaction.atomic():
        row: DBTaskResult[Any, Any] | None = ready.get_locked()
        if row is not None:
            row.claim(worker)
    return row


def perform(row: DBTaskResult[Any, Any]) -> None:
    """Run a task and write down how it ended; an error is the task's, not the worker's."""
    try:
        task, result = row.task, row.task_result
        sender = type(task.get_backend())
        task_started.send(sender=sender, task_result=result)
        context = [TaskContext(task_result=result)] if task.takes_context else []
        value = task.call(*context, *result.args, **result.kwargs)
    except OperationalError as error:  # the database went away in the middle, which the task cannot help
        if not _again(row, error):
            _failed(row, error)
    except Exception as error:
        _failed(row, error)
    else:
        if _still_mine(row):
            row.set_successful(value)
            task_finished.send(sender=sender, task_result=row.task_result)


def _still_mine(row: DBTaskResult[Any, Any]) -> bool:
    mine = DBTaskResult.objects.filter(pk=row.pk, status=TaskResultStatus.RUNNING, worker_ids=row.worker_ids)
    return mine.exists()


def _again(row: DBTaskResult[Any, Any], error: Exception) -> bool:
    attempts = len(row.worker_ids)
    if attempts >= MOST_ATTEMPTS:
        return False
    logger.warning("task %s (%s) is tried again: %s", row.pk, row.task_path, error)
    close_old_connections()
    DBTaskResult.objects.filter(pk=row.pk, worker_ids=row.worker_ids).update(
        status=TaskResultStatus.READY, run_after=timezone.now() + dt.timedelta(seconds=2**attempts)
    )
    return True


def _failed(row: DBTaskResult[Any, Any], error: Exception) -> None:
    logger.error("task %s (%s) failed", row.pk, row.task_path, exc_info=error)
    if not _still_mine(row):
        return
    row.set_failed(error)
    try:
        task_finished.send(sender=type(row.task.get_backend()), task_result=row.task_result)
    except ImportError:
        logger.warning("task %s: %s is no longer there", row.pk, row.task_path)


class Worker:
    """One process that works: `run` returns after `stop`, when the task in hand is done."""

    def __init__(self) -> None:
        self._pulse = Pulse()
        self._over = threading.Event()
        self._clock = threading.Thread(target=self._periodic, name="clock", daemon=True)

    def stop(self) -> None:
        """Take up nothing more."""
        self._over.set()

    def run(self, *, until_idle: bool = False) -> None:
        """Work until stopped, or with `until_idle` until nothing waits."""
        self._pulse.start()
        if not until_idle:
            self._clock.start()
        looked = -LOOK_FOR_DEAD
        try:
            while not self._over.is_set():
                close_old_connections()
                if time.monotonic() - looked >= LOOK_FOR_DEAD:
                    self._attempt(take_back)
                    looked = time.monotonic()
                if self._attempt(self._one):
                    continue
                if until_idle:
                    break
                self._over.wait(LOOK)
        finally:
            self._over.set()
            if self._clock.is_alive():
                self._clock.join()
            self._pulse.stop()

    def _one(self) -> bool:
        row = claim(self._pulse.name)
        if row is not None:
            perform(row)
        return row is not None

    def _periodic(self) -> None:
        while not self._over.wait(LOOK_FOR_DUE):
            self._attempt(lambda: bool(schedule.run_due(timezone.now())))
            close_old_connections()

    def _attempt(self, work: Callable[[], object]) -> bool:
        """A database that is away for a while (a restart, a full queue) does not end the worker."""
        try:
            return bool(work())
        except OperationalError as error:
            logger.warning("the database does not answer: %s", error)
            close_old_connections()
            self._over.wait(LOOK_FOR_DUE)
            return False
