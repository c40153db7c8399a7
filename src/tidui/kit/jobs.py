"""Work behind a page, with a progress bar that survives a reload.

An app registers what can be done; a view starts it and sends the person to the job's page. The row and the task are
written in the caller's transaction, so a job exists exactly when what asked for it does. A job may run more than once:
the worker that had it may be killed. What it does must be safe to repeat.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Final

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django_tasks import task

from tidui.kit.models import ENDED, Job, JobState

logger = logging.getLogger(__name__)

Work = Callable[..., "Mapping[str, Any] | None"]
#: Seconds between two notes of progress: the bar is smooth and the database left alone.
EVERY: Final = 0.5
#: A job that took this many workers with it is given up.
MOST_ATTEMPTS: Final = 3

_kinds: dict[str, Work] = {}
_pages: dict[str, Callable[[Job], str]] = {}


class JobFailed(Exception):
    """The job cannot be done; the text is shown to the person who asked for it."""


class Cancelled(Exception):
    """The person asked to stop; raised from `Progress.done`."""


class Progress:
    """How a job tells how far it is. Call it outside of transactions, or the page sees nothing until the commit."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self._told = 0.0

    def total(self, count: int) -> None:
        """There are this many steps."""
        self.job.total = count
        self._tell(note=self.job.note)

    def done(self, count: int, note: str = "") -> None:
        """So many of them are done. Raises Cancelled when the person has asked to stop."""
        self.job.done = count
        if time.monotonic() - self._told >= EVERY or note not in ("", self.job.note):
            self._tell(note=note or self.job.note)

    def _tell(self, *, note: str) -> None:
        self._told = time.monotonic()
        self.job.note = note[:200]
        Job.objects.filter(pk=self.job.pk).update(
            total=self.job.total, done=self.job.done, note=self.job.note, heartbeat_at=timezone.now()
        )
        if Job.objects.filter(pk=self.job.pk, cancel_asked=True).exists():
            raise Cancelled


def job(kind: str, page: Callable[[Job], str] | None = None) -> Callable[[Work], Work]:
    """Register a kind of job: `work(job, progress, **arguments) -> result`; `page(job)` shows the result."""

    def registered(work: Work) -> Work:
        if kind in _kinds:
            raise ValueError(f"two jobs are called {kind}")
        _kinds[kind] = work
        if page is not None:
            _pages[kind] = page
        return work

    return registered


def start(kind: str, *, by: Any, title: str, arguments: Mapping[str, Any] | None = None, at: dt.datetime) -> Job:
    """Ask for a job; a worker takes it up after the commit. KeyError for a kind that nobody registered."""
    if kind not in _kinds:
        raise KeyError(kind)
    with transaction.atomic():
        made = Job.objects.create(
            kind=kind, title=title[:200], owner=by, arguments=dict(arguments or {}), created_at=at
        )
        run_job.enqueue(str(made.pk), translation.get_language() or "zh-hans")
    return made


def result_page(made: Job) -> str | None:
    """The address at which the result of a finished job is shown, if its kind has one."""
    page = _pages.get(made.kind)
    return page(made) if page is not None and made.state == JobState.DONE else None


def cancel(made: Job) -> None:
    """Ask a job to stop; one that has not begun never does."""
    now = timezone.now()
    waiting = Job.objects.filter(pk=made.pk, state=JobState.WAITING)
    if not waiting.update(state=JobState.CANCELLED, cancel_asked=True, finished_at=now):
        Job.objects.filter(pk=made.pk, state=JobState.RUNNING).update(cancel_asked=True)


@task()
def run_job(job_id: str, language: str = "zh-hans") -> None:
    """What the worker does with a job; a job that has ended is left alone, so that a task run twice does no harm."""
    taken = _take(uuid.UUID(job_id))
    if taken is None:
        return
    try:
        with translation.override(language):
            result = _kinds[taken.kind](taken, Progress(taken), **taken.arguments)
    except Cancelled:
        _end(taken, JobState.CANCELLED)
    except JobFailed as failure:
        _end(taken, JobState.FAILED, error=str(failure))
    except Exception:
        # The person is told that it failed and under which number; what happened is for the operator's log.
        logger.exception("job %s (%s) failed", taken.pk, taken.kind)
        with translation.override(language):
            _end(taken, JobState.FAILED, error=_("系统出错，请把编号 %(id)s 告诉管理员。") % {"id": taken.pk})
    else:
        _end(taken, JobState.DONE, result=dict(result or {}))


def _take(job_id: uuid.UUID) -> Job | None:
    now = timezone.now()
    with transaction.atomic():
        found = Job.objects.select_for_update().filter(pk=job_id).first()
        if found is None or found.state in ENDED:
            return None
        if found.attempts >= MOST_ATTEMPTS:
            _end(found, JobState.FAILED, error=_("已试过 %(count)s 次，仍未完成。") % {"count": found.attempts})
            return None
        found.state = JobState.RUNNING
        found.attempts += 1
        found.started_at = found.started_at or now
        found.heartbeat_at = now
        found.save(update_fields=["state", "attempts", "started_at", "heartbeat_at"])
    return found


def _end(made: Job, state: str, *, result: Mapping[str, Any] | None = None, error: str = "") -> None:
    Job.objects.filter(pk=made.pk).update(
        state=state, result=dict(result or {}), error=error, done=made.done, finished_at=timezone.now()
    )


def work_off() -> int:
    """Run every waiting job here and now, oldest first; how many ran. For tests and the command line."""
    count = 0
    for waiting in Job.objects.filter(state=JobState.WAITING).order_by("created_at", "pk"):
        run_job.call(str(waiting.pk))
        count += 1
    return count
