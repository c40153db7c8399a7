"""kill -9 at any moment of a submission, of the reading of answers and of an export: nothing lost, doubled or stuck.

Two ways: a process that dies at a chosen statement (many points, cheaply), and real web and worker processes that are
killed at random moments while people submit.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from benchmarks.web.submission import Site, Unwelcome
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connection, connections
from django.test import Client
from django.utils import timezone
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from tests.casework import ANSWERS, accepted, answer_file, confirmed, facts_of_form, make_call
from tests.integration.site.test_worker import ROOT, StartWorker, eventually, worker  # noqa: F401  the fixture
from tests.people import World, make_member, make_organisation, make_user
from tests.ports import free_port
from tidui.accounts.models import Organisation
from tidui.casework import actions, invariants
from tidui.casework.actions import answering, calls, exchanging
from tidui.casework.enums import State
from tidui.casework.models import AnswerFile, Application, Batch, Call, Exchange, ExchangeRow, HeldAnswer, Submission
from tidui.kit import clock, files, jobs
from tidui.kit.models import Job, JobState, StoredFile
from tidui.recognition.actions import notices
from tidui.recognition.models import Recognition

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
#: The same points in every run of the same code.
CHANCE = random.Random(20260605)


def unharmed() -> list[str]:
    """What does not hold."""
    return [str(one) for one in invariants.broken()]


def dying(work: Callable[[], object], at_statement: int) -> bool:
    """Do it in a process that is killed before its n-th statement; did it live to the end?"""
    connections.close_all()
    child = os.fork()
    if child == 0:
        counted = [0]

        def execute(inner: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            counted[0] += 1
            if counted[0] == at_statement:
                os.kill(os.getpid(), signal.SIGKILL)
            return inner(sql, params, many, context)

        try:
            with connection.execute_wrapper(execute):
                work()
            os._exit(0)
        except BaseException:
            os._exit(1)
    _pid, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "it failed by itself"
    return not os.WIFSIGNALED(status)


def statements(work: Callable[[], object]) -> int:
    """How many statements the work takes; it is done and stays done."""
    counted = [0]

    def execute(inner: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        counted[0] += 1
        return inner(sql, params, many, context)

    with connection.execute_wrapper(execute):
        work()
    return counted[0]


def firms(world: World, count: int) -> list[tuple[Organisation, Any]]:
    """Enterprises with a clerk each."""
    made = []
    for number in range(count):
        one = make_organisation("enterprise", f"兰州考验{number}号有限公司", "620102", number=7_000_000 + number)
        clerk = make_user(f"clerk-{number}", f"小{number}")
        make_member(clerk, one, "administrator")
        made.append((one, clerk))
    return made


def submission(call: Call, world: World, firm: Organisation, clerk: Any) -> None:
    """What a complete submission does."""
    now = timezone.now()
    held = Application.objects.filter(call=call, organisation=firm).first()
    if held is None:
        held = actions.begin(call=call, organisation=firm, by=clerk, at=now)
    if held.state == State.DRAFT:
        actions.submit(
            application=held, stated=facts_of_form(clock.day_of(now).year - 1), answers=dict(ANSWERS), by=clerk, at=now,
            seen=held.version, agency=world.agency,
        )  # fmt: skip


def test_a_submission_killed_at_any_statement_is_whole_or_not_there(world: World) -> None:
    call = make_call(world)
    (first, clerk), *others = firms(world, 13)
    whole = statements(lambda: submission(call, world, first, clerk))
    points = sorted({2, whole - 1, whole, *CHANCE.sample(range(3, whole - 1), 8)})
    for point, (firm, person) in zip(points, others, strict=False):
        dying(lambda firm=firm, person=person: submission(call, world, firm, person), point)
        assert unharmed() == [], f"killed before statement {point} of {whole}"
        found = Application.objects.filter(call=call, organisation=firm).first()
        assert found is None or found.state == State.DRAFT or found.submissions.count() == 1
        submission(call, world, firm, person)

    done = Application.objects.filter(call=call, state=State.ACTIVE)
    assert (done.count(), Submission.objects.count()) == (len(points) + 1, len(points) + 1)
    assert unharmed() == []


# ---------------------------------------------------------------------- answers
@pytest.fixture
def at_platform(world: World) -> Exchange:
    """A list of eight enterprises that was sent to the platform."""
    call = make_call(world, tax_first=False, **{"days.notice": 1})
    officer, now = world.department_officer, timezone.now()
    for firm, clerk in firms(world, 8):
        submission(call, world, firm, clerk)
        confirmed(world, accepted(world, Application.objects.get(call=call, organisation=firm)))
    batch = calls.close_batch(batch=Batch.objects.get(), by=officer, at=now)
    notice = notices.publish_notice(notice=notices.draft_notice(batch=batch, by=officer, at=now), by=officer, at=now)
    assert notice.ends_on is not None
    later = clock.start_of(notice.ends_on) + 2 * (clock.start_of(notice.ends_on) - clock.start_of(clock.day_of(now)))
    notices.end_notice(notice=notice, by=officer, at=max(later, timezone.now()))
    jobs.work_off()
    made = exchanging.prepare(purpose="platform", by=officer, at=now, batch=batch)
    exchanging.write_files(exchange=made, by=officer, at=now)
    return exchanging.send(exchange=made, by=officer, at=now, way="专网")


def answers(exchange: Exchange, world: World) -> AnswerFile:
    """The platform's file: numbers for all, but a refusal for the first."""
    held = Exchange.objects.select_related("call").get(pk=exchange.pk)
    letter = "0" if clock.today() <= clock.today().replace(month=5, day=31) else "A"
    places = itertools.count()

    def said(row: dict[str, str]) -> list[dict[str, str]]:
        place = next(places)
        if place == 0:
            return [row | {"回复结论": "不予登记", "原因说明": "不一致"}]
        return [row | {"回复结论": "赋号", "入库登记编号": f"{held.call.year}620102{letter}{place:07d}"}]

    received = answer_file(held, said, "platform.csv")
    return answering.read_answers(exchange=held, received=received, by=world.department_officer, at=timezone.now())


def numbered() -> tuple[int, int, int, int]:
    """Numbers given, refusals, rows still open, answers held back."""
    refused = Application.objects.filter(state=State.REFUSED).count()
    waiting = ExchangeRow.objects.filter(purpose="platform", open=True).count()
    return Recognition.objects.count(), refused, waiting, HeldAnswer.objects.count()


def test_answers_read_by_a_process_that_dies_again_and_again_are_each_taken_once(
    world: World, at_platform: Exchange
) -> None:
    made = answers(at_platform, world)
    for _attempt in range(12):
        if dying(lambda: answering.take_file(AnswerFile.objects.get(pk=made.pk)), CHANCE.randrange(5, 160)):
            break
        assert unharmed() == []
    answering.take_file(AnswerFile.objects.get(pk=made.pk))

    assert numbered() == (7, 1, 0, 0)
    assert unharmed() == []
    assert AnswerFile.objects.get(pk=made.pk).report["taken"] == 8


def test_answers_whose_worker_is_killed_are_read_by_the_next(
    world: World, at_platform: Exchange, worker: StartWorker  # noqa: F811
) -> None:
    made = answers(at_platform, world)
    first = worker()
    eventually(lambda: ExchangeRow.objects.filter(purpose="platform").exclude(outcome="").exists())
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert unharmed() == []
    second = worker("--until-idle")

    assert second.wait(240) == 0
    made.refresh_from_db()
    assert made.job is not None and made.job.state == JobState.DONE
    assert (numbered(), made.report["taken"]) == ((7, 1, 0, 0), 8)
    assert unharmed() == []
    stuck = DBTaskResult.objects.exclude(status=TaskResultStatus.SUCCESSFUL)
    assert [(row.task_path, row.status) for row in stuck] == []


def test_an_export_whose_worker_is_killed_is_whole(world: World, at_platform: Exchange, worker: StartWorker) -> None:  # noqa: F811
    arguments = {"name": "casework.all", "query": "", "scope": {}}
    made = jobs.start("kit.export", by=world.department_officer, title="导出", arguments=arguments, at=timezone.now())
    first = worker()
    eventually(lambda: Job.objects.get(pk=made.pk).state != JobState.WAITING)
    first.send_signal(signal.SIGKILL)
    first.wait()
    second = worker("--until-idle")

    assert second.wait(240) == 0
    made.refresh_from_db()
    assert (made.state, made.result["rows"]) == (JobState.DONE, 8)
    assert files.path(StoredFile.objects.get(pk=made.result["file"])).stat().st_size > 1000


# ---------------------------------------------------------------------- the web processes
class Web:
    """Gunicorn on the database of the test, whose processes can be killed."""

    def __init__(self, database_url: str) -> None:
        self.port = free_port()
        command = [
            sys.executable, "-m", "gunicorn", "-b", f"127.0.0.1:{self.port}", "-k", "gthread", "-w", "2", "--threads",
            "8", "--log-level", "critical", "tidui.site.wsgi:application",
        ]  # fmt: skip
        environment = {**os.environ, "DATABASE_URL": database_url, "PYTHONPATH": str(ROOT)}
        self.log = Path(os.environ["TIDUI_HOME"]) / f"web-{self.port}.log"
        with self.log.open("wb") as log:
            self.master = subprocess.Popen(command, env=environment, cwd=ROOT, stderr=log, stdout=log)

    def answers(self) -> bool:
        """Does it answer?"""
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=10):
            return bool(self.children())
        return False

    def children(self) -> list[int]:
        """Its worker processes."""
        found = Path(f"/proc/{self.master.pid}/task/{self.master.pid}/children").read_text("ascii").split()
        return [int(one) for one in found]


@pytest.fixture
def web(database_url: str) -> Iterator[Web]:
    """A running site; it ends with the test."""
    made = Web(database_url)
    eventually(made.answers)
    yield made
    made.master.terminate()
    try:
        made.master.wait(60)
    except subprocess.TimeoutExpired:
        made.master.kill()
        made.master.wait()


class Killing:
    """Kills a process of the site after every fifth submission, while the others are in the midst of theirs.

    It goes by what was submitted and not by the clock, so that a fast machine sees as many as a slow one.
    """

    def __init__(self, web: Web) -> None:
        self.web = web
        self.done: list[int] = []
        self.kills = 0
        self._lock = threading.Lock()

    def submitted(self, enterprise: int) -> None:
        """One more."""
        with self._lock:
            self.done.append(enterprise)
            due = len(self.done) % 5 == 0
        if due:
            time.sleep(CHANCE.uniform(0, 0.05))
            eventually(lambda: bool(self.web.children()))
            with contextlib.suppress(ProcessLookupError):
                os.kill(CHANCE.choice(self.web.children()), signal.SIGKILL)
                self.kills += 1


def persistent(site: Site, killing: Killing, trouble: list[str]) -> None:
    """People of the site submit until there is nobody left; whoever meets a dead server comes again."""
    while True:
        try:
            browser, enterprise = site.next()
        except StopIteration:
            return
        until = time.monotonic() + 600
        while time.monotonic() < until:
            try:
                site.submit_as(browser, enterprise)
                killing.submitted(enterprise)
                break
            except (OSError, ValueError, Unwelcome) as error:
                trouble.append(repr(error))
            browser.close()
            if Application.objects.filter(organisation=enterprise, submitted_at__isnull=False).exists():
                killing.submitted(enterprise)
                break
            time.sleep(0.05)
        browser.close()
        connection.close()


def test_people_whose_web_process_is_killed_lose_nothing_and_submit_once(world: World, web: Web) -> None:
    call = make_call(world)
    people = firms(world, 25)
    sessions = []
    for _firm, clerk in people:
        client = Client()
        client.force_login(clerk, backend=settings.AUTHENTICATION_BACKENDS[-1])
        sessions.append(client.cookies[settings.SESSION_COOKIE_NAME].value)
    site = Site(web.port, {
        "call": call.pk, "agency": world.agency.pk, "sessions": sessions, "cookie": settings.SESSION_COOKIE_NAME,
        "csrf": settings.CSRF_COOKIE_NAME, "enterprises": [firm.pk for firm, _clerk in people],
    })  # fmt: skip
    site.learn()
    killing = Killing(web)
    trouble: list[str] = []
    crowd = [threading.Thread(target=persistent, args=(site, killing, trouble)) for _one in range(6)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()

    done = killing.done
    assert killing.kills >= 3 and trouble, "nothing was killed"
    submitted = Application.objects.filter(call=call, submitted_at__isnull=False)
    told = [*trouble[-3:], web.log.read_text("utf-8")[-3000:]]
    assert (len(done), len(set(done)), submitted.count()) == (24, 24, 24), told
    assert set(submitted.values_list("submissions__number", flat=True)) == {1}
    assert unharmed() == []
    assert get_user_model().objects.filter(username__startswith="clerk-").count() == 25
