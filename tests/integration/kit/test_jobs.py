"""Jobs: written with what asks for them, run by a worker, told to the page, safe to run twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from tests.people import World

from tidui.kit import jobs
from tidui.kit.models import Job, JobState

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def kinds() -> Iterator[None]:
    """Kinds of jobs that only these tests know."""
    before = dict(jobs._kinds)

    @jobs.job("test.count")
    def count(job: Job, progress: jobs.Progress, to: int) -> Mapping[str, Any]:
        progress.total(to)
        for step in range(to):
            progress.done(step + 1, note=f"step {step + 1}")
        return {"counted": to}

    @jobs.job("test.refuse")
    def refuse(job: Job, progress: jobs.Progress) -> None:
        raise jobs.JobFailed("the file is empty")

    @jobs.job("test.crash")
    def crash(job: Job, progress: jobs.Progress) -> None:
        raise RuntimeError("secret detail")

    @jobs.job("test.cancelled_on_the_way")
    def cancelled(job: Job, progress: jobs.Progress) -> None:
        progress.total(10)
        jobs.cancel(job)
        progress.done(4, note="four")
        raise AssertionError("the job went on")

    yield
    jobs._kinds.clear()
    jobs._kinds.update(before)


def start(world: World, kind: str, **arguments: Any) -> Job:
    """A job that a person of the world asks for."""
    return jobs.start(kind, by=world.department_officer, title="a job", arguments=arguments, at=timezone.now())


def test_a_job_that_is_done_has_its_result(world: World) -> None:
    job = start(world, "test.count", to=3)

    assert jobs.work_off() == 1

    job.refresh_from_db()
    assert (job.state, job.total, job.done, job.percent) == (JobState.DONE, 3, 3, 100)
    assert job.result == {"counted": 3} and job.attempts == 1


def test_a_refusal_is_told_and_a_crash_tells_only_its_number(world: World) -> None:
    refused, crashed = start(world, "test.refuse"), start(world, "test.crash")

    jobs.work_off()

    refused.refresh_from_db()
    crashed.refresh_from_db()
    assert (refused.state, refused.error) == (JobState.FAILED, "the file is empty")
    assert crashed.state == JobState.FAILED
    assert str(crashed.pk) in crashed.error and "secret" not in crashed.error


def test_a_task_run_twice_runs_the_job_once(world: World) -> None:
    job = start(world, "test.count", to=1)

    jobs.run_job.call(str(job.pk))
    jobs.run_job.call(str(job.pk))

    job.refresh_from_db()
    assert job.attempts == 1


def test_a_job_whose_workers_were_killed_is_given_up_after_three(world: World) -> None:
    job = start(world, "test.count", to=1)
    Job.objects.filter(pk=job.pk).update(state=JobState.RUNNING, attempts=jobs.MOST_ATTEMPTS)

    jobs.run_job.call(str(job.pk))

    job.refresh_from_db()
    assert job.state == JobState.FAILED and "3" in job.error


def test_a_job_waiting_or_running_can_be_cancelled_and_one_that_ended_cannot(world: World) -> None:
    waiting, running, done = (
        start(world, "test.count", to=1), start(world, "test.cancelled_on_the_way"), start(world, "test.count", to=2),
    )  # fmt: skip
    jobs.cancel(waiting)
    jobs.work_off()
    jobs.cancel(done)

    states = {job.pk: job for job in Job.objects.all()}
    assert states[waiting.pk].state == JobState.CANCELLED and states[waiting.pk].attempts == 0
    assert states[running.pk].state == JobState.CANCELLED and states[running.pk].done == 4
    assert states[done.pk].state == JobState.DONE


def test_a_job_exists_exactly_when_what_asked_for_it_does(world: World) -> None:
    from django_tasks_db.models import DBTaskResult

    with pytest.raises(RuntimeError), transaction.atomic():  # noqa: PT012  what fails comes after
        start(world, "test.count", to=1)
        raise RuntimeError

    assert Job.objects.count() == 0 and DBTaskResult.objects.count() == 0


def test_nobody_else_sees_or_stops_a_job(world: World, client: Client) -> None:
    job = start(world, "test.count", to=1)
    client.force_login(world.department_leader)

    assert client.get(f"/jobs/{job.pk}/").status_code == 404
    assert client.post(f"/jobs/{job.pk}/cancel/").status_code == 404
    assert "a job" not in client.get("/jobs/").content.decode()
    job.refresh_from_db()
    assert job.state == JobState.WAITING


def test_the_page_asks_again_until_the_job_has_ended(world: World, client: Client) -> None:
    job = start(world, "test.count", to=1)
    client.force_login(world.department_officer)

    assert client.get(f"/jobs/{job.pk}/")["Refresh"] == "5"
    jobs.work_off()
    after = client.get(f"/jobs/{job.pk}/")
    part = client.get(f"/jobs/{job.pk}/", headers={"HX-Request": "true"})

    assert "Refresh" not in after.headers and "已完成" in after.content.decode()
    assert part.status_code == 286 and "<html" not in part.content.decode()
