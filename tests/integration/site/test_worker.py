"""A worker may be killed at any moment: its task is done by the next one, and none is stuck or run for ever."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.utils import timezone
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from tests.integration.site import tasks
from tidui.kit import periodic as kit_periodic
from tidui.kit import schedule
from tidui.kit.models import PeriodicRun, WorkerPulse
from tidui.site.work import pulse
from tidui.site.work.worker import MOST_ATTEMPTS, take_back

ROOT = Path(__file__).resolve().parents[3]
StartWorker = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def worker(database_url: str) -> Iterator[StartWorker]:
    """Starts worker processes on the test database; none outlives the test."""
    started = []

    def start(*arguments: str) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "DATABASE_URL": database_url, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "tidui", "worker", *arguments]
        started.append(subprocess.Popen(command, env=environment, cwd=ROOT, stderr=subprocess.DEVNULL))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def eventually(true: Callable[[], object], seconds: float = 240) -> None:
    """Waits until something is so."""
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.05)


def said(file: Path) -> list[str]:
    """What the tasks wrote down."""
    return file.read_text("utf-8").splitlines() if file.exists() else []


def test_the_task_of_a_killed_worker_is_done_by_the_next(worker: StartWorker, tmp_path: Path) -> None:
    file = tmp_path / "said"
    asked = tasks.slow_at_first.enqueue(str(file))
    first = worker()
    eventually(lambda: said(file))
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert DBTaskResult.objects.get(pk=asked.id).status == TaskResultStatus.RUNNING
    second = worker("--until-idle")

    assert second.wait(240) == 0
    row = DBTaskResult.objects.get(pk=asked.id)
    assert (row.status, row.return_value, len(row.worker_ids)) == (TaskResultStatus.SUCCESSFUL, "done", 2)
    assert said(file) == [f"begun {first.pid}", f"begun {second.pid}", "ended"]
    assert not WorkerPulse.objects.exists()


def test_a_living_worker_keeps_its_task_however_long_it_is_silent(worker: StartWorker, tmp_path: Path) -> None:
    file = tmp_path / "said"
    tasks.slow_at_first.enqueue(str(file))
    worker()
    eventually(lambda: said(file))
    WorkerPulse.objects.update(seen_at=timezone.now() - dt.timedelta(days=1))

    assert take_back() == 0


def test_a_task_that_takes_every_worker_with_it_is_given_up(worker: StartWorker, tmp_path: Path) -> None:
    file = tmp_path / "said"
    asked = tasks.deadly.enqueue(str(file))
    for _attempt in range(MOST_ATTEMPTS):
        assert worker("--until-idle").wait(240) == -signal.SIGKILL
    assert worker("--until-idle").wait(240) == 0

    row = DBTaskResult.objects.get(pk=asked.id)
    assert row.status == TaskResultStatus.FAILED
    assert row.exception_class_path == "tidui.site.work.worker.GivenUp"
    assert said(file) == ["begun"] * MOST_ATTEMPTS


def test_a_worker_told_to_stop_ends_after_the_task_in_hand(worker: StartWorker, tmp_path: Path) -> None:
    process = worker()
    eventually(WorkerPulse.objects.exists)
    process.terminate()

    assert process.wait(240) == 0
    assert not WorkerPulse.objects.exists()


def test_a_fault_of_the_task_ends_the_task_and_not_the_worker(worker: StartWorker, tmp_path: Path) -> None:
    broken = tasks.broken.enqueue(str(tmp_path / "broken"))
    away = tasks.database_away_at_first.enqueue(str(tmp_path / "away"))
    process = worker()
    eventually(lambda: DBTaskResult.objects.successful().filter(pk=away.id).exists())

    assert process.poll() is None
    row = DBTaskResult.objects.get(pk=broken.id)
    assert (row.status, row.exception_class_path) == (TaskResultStatus.FAILED, "builtins.ValueError")
    assert (said(tmp_path / "broken"), said(tmp_path / "away")) == (["begun"], ["begun"] * 2)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("place", "born", "silent", "lives"),
    [
        ("here", "mine", dt.timedelta(days=1), True),
        ("here", "another", dt.timedelta(0), False),
        ("elsewhere", "another", pulse.SILENCE - dt.timedelta(seconds=30), True),
        ("elsewhere", "mine", pulse.SILENCE + dt.timedelta(seconds=1), False),
    ],
)
def test_who_lives_is_known_by_the_process_here_and_by_silence_elsewhere(
    place: str, born: str, silent: dt.timedelta, lives: bool
) -> None:
    mine = pulse.born(os.getpid())
    assert mine is not None
    now = timezone.now()
    WorkerPulse.objects.create(
        name="w", pid=os.getpid(), place=pulse.place() if place == "here" else place,
        born=mine if born == "mine" else "1", since=now, seen_at=now - silent,
    )  # fmt: skip

    assert pulse.living() == ({"w"} if lives else set())
    assert WorkerPulse.objects.exists() == lives


@pytest.fixture
def periodic(monkeypatch: pytest.MonkeyPatch) -> list[dt.datetime]:
    """Periodic work of this test alone, which writes down when it ran."""
    monkeypatch.setattr(schedule, "_known", {})
    return []


@pytest.mark.django_db
def test_periodic_work_runs_when_it_is_due_and_once(periodic: list[dt.datetime]) -> None:
    schedule.every(name="t.often", minutes=10)(periodic.append)
    now = timezone.now()
    moments = [now + dt.timedelta(minutes=minutes) for minutes in (0, 0, 9, 10, 11, 21)]

    assert [schedule.run_due(moment) for moment in moments] == [["t.often"], [], [], ["t.often"], [], ["t.often"]]
    assert periodic == [moments[0], moments[3], moments[5]]


@pytest.mark.django_db
def test_daily_work_waits_for_its_time_in_shanghai(periodic: list[dt.datetime]) -> None:
    schedule.daily(name="t.daily", at=dt.time(3))(periodic.append)
    evening = dt.datetime(2026, 3, 1, 18, 59, tzinfo=dt.UTC)  # 02:59 of the second of March in Shanghai

    ran = [schedule.run_due(evening + dt.timedelta(minutes=minutes)) for minutes in (0, 1, 2, 24 * 60, 24 * 60 + 1)]

    assert ran == [[], ["t.daily"], [], [], ["t.daily"]]


@pytest.mark.django_db(transaction=True)
def test_periodic_work_that_fails_says_so_and_runs_again(periodic: list[dt.datetime]) -> None:
    def failing(at: dt.datetime) -> None:
        periodic.append(at)
        if len(periodic) == 1:
            raise ValueError("not today")

    schedule.every(name="t.failing", minutes=10)(failing)
    now = timezone.now()
    schedule.run_due(now)
    row = PeriodicRun.objects.get()
    assert (row.failures, row.error, row.finished_at) == (1, "ValueError: not today", None)
    schedule.run_due(now + dt.timedelta(minutes=10))

    row = PeriodicRun.objects.get()
    assert (row.failures, row.error, len(periodic)) == (0, "", 2)


@pytest.mark.django_db
def test_periodic_work_that_a_killed_worker_began_is_begun_again(periodic: list[dt.datetime]) -> None:
    schedule.every(name="t.killed", hours=24)(periodic.append)
    now = timezone.now()
    PeriodicRun.objects.create(name="t.killed", due_at=now + schedule.LEASE, started_at=now)

    assert schedule.run_due(now + schedule.LEASE - dt.timedelta(seconds=1)) == []
    assert schedule.run_due(now + schedule.LEASE) == ["t.killed"]


@pytest.mark.django_db
def test_tasks_that_ended_long_ago_are_forgotten(tmp_path: Path) -> None:
    at = timezone.now()
    old, young, waiting = (tasks.broken.enqueue(str(tmp_path / "none")) for _task in range(3))
    ended = DBTaskResult.objects.filter(pk__in=[old.id, young.id])
    ended.update(status=TaskResultStatus.SUCCESSFUL, finished_at=at - kit_periodic.KEEP_TASKS)
    DBTaskResult.objects.filter(pk=old.id).update(finished_at=at - kit_periodic.KEEP_TASKS - dt.timedelta(seconds=1))

    kit_periodic.forget_tasks(at)

    assert {str(pk) for pk in DBTaskResult.objects.values_list("pk", flat=True)} == {young.id, waiting.id}
