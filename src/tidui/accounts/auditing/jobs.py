"""Verifying as a job: it reads everything, which takes its time, and writes nothing but its progress."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Mapping
from typing import Any, Final

from django.db import connection, connections
from django.db.models import Model
from django.urls import reverse
from django.utils import timezone

from tidui.audit import events, telling, verify
from tidui.audit.findings import Report
from tidui.audit.models import Event, TamperRow
from tidui.kit import jobs
from tidui.kit.formats import desensitise
from tidui.kit.models import Job

#: Findings that the page of the result shows.
SHOWN: Final = 200


class _Teller:
    """Tells the progress on a connection of its own: the verification reads one state of the database in one go."""

    EVERY = 1.0

    def __init__(self, progress: jobs.Progress) -> None:
        self._progress, self._ended = progress, threading.Event()
        self._count = 0
        self._stop: BaseException | None = None
        self._thread = threading.Thread(target=self._tell, daemon=True)

    def __enter__(self) -> _Teller:
        if not connection.in_atomic_block:  # inside a transaction nobody would see it, and SQLite would wait for itself
            self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    def checked(self, count: int) -> None:
        """So many rows have been checked; raises Cancelled when the person has asked to stop."""
        self._count = count
        if self._stop is not None:
            raise self._stop

    def _tell(self) -> None:
        try:
            while not self._ended.wait(self.EVERY):
                self._progress.done(self._count)
        except jobs.Cancelled as stop:
            self._stop = stop
        finally:
            connections.close_all()


@jobs.job("audit.verify", page=lambda job: reverse("accounts:audit_verification", args=[job.pk]))
def verify_history(job: Job, progress: jobs.Progress, **arguments: Any) -> Mapping[str, Any]:
    """Check all histories and watched tables; the result holds the lines that the page shows."""
    # Every event and log row is read once, and the row that it is about about once more.
    progress.total(2 * (Event.objects.count() + TamperRow.objects.count()))
    with _Teller(progress) as teller:
        report = verify.verify(tell=teller.checked)
    progress.job.done = progress.job.total
    record(report, by=job.owner, subject=job, at=timezone.now())
    return result_of(report)


def record(report: Report, *, by: Any, subject: Model, at: dt.datetime) -> None:
    """Write down that everything was checked, and whether it was sound."""
    count = len(report.findings) + report.left_out
    events.record("audit.verify", actor=by, subject=subject, at=at, details={"sound": report.sound, "findings": count})


def result_of(report: Report) -> dict[str, Any]:
    """What is kept of a verification: numbers, and the findings in words."""
    return {
        "sound": report.sound,
        "findings": [desensitise(finding.text()) for finding in report.findings[:SHOWN]],
        "left_out": report.left_out + max(0, len(report.findings) - SHOWN),
        "lines": list(telling.report_lines(report))[:1],
        "events": report.events, "tampers": report.tampers, "seals": report.seals, "tables": report.tables,
        "heads": report.heads, "unsealed_events": report.unsealed_events,
        "unsealed_tampers": report.unsealed_tampers,
    }  # fmt: skip
