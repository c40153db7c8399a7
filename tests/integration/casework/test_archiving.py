"""The package of a case: complete, with an index and digests that fit, and for those who may have it."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.casework import ANSWERS, accepted, confirmed, make_call, submitted
from tests.integration.casework.test_calls import page_of, post_to
from tests.integration.casework.test_printing import returned, sent_again, stamp
from tests.people import World
from tidui.accounts.models import User
from tidui.audit.models import Event
from tidui.casework import actions, archiving, printing
from tidui.casework.enums import FindingKind, Scope, Weight
from tidui.casework.models import Application, Archive, Finding
from tidui.kit import clock, files, jobs
from tidui.kit.models import Job, JobState

pytestmark = pytest.mark.django_db


def case(world: World) -> Application:
    """A case with two submissions, stamped pages and a finding."""
    sent = submitted(world, make_call(world), employees=123)
    again = sent_again(world, returned(world, sent), employees=124)
    stamp(world, again, printing.mark_of(again.submissions.get(number=2)))
    Finding.objects.create(
        application=again, kind=FindingKind.WARNING, weight=Weight.NOTE, key="test", source="秘密来源",
        params={}, found_at=timezone.now(),
    )  # fmt: skip
    return Application.objects.get(pk=again.pk)


def opened(made: Archive) -> zipfile.ZipFile:
    """The package."""
    return zipfile.ZipFile(files.path(made.file))


def texts(archive: zipfile.ZipFile) -> str:
    """All texts of a package."""
    names = [name for name in archive.namelist() if name.endswith((".csv", ".json", ".txt"))]
    return "\n".join(archive.read(name).decode("utf-8-sig") for name in names)


def packed(world: World, held: Application, by: User) -> Archive:
    """The package that the job makes for this person."""
    assert post_to(by, "archive", held.pk).status_code == 302
    jobs.work_off()
    job = Job.objects.filter(kind=archiving.JOB).latest("created_at")
    assert job.state == JobState.DONE, job.error
    return Archive.objects.get(pk=job.result["archive"])


def test_a_package_holds_every_submission_attachment_and_step_and_its_digests_fit(world: World) -> None:
    held = case(world)
    made = packed(world, held, world.department_officer)
    archive = opened(made)
    names = archive.namelist()
    for wanted in (
        "01-申报书/第1次提交.pdf", "01-申报书/第2次提交.pdf", "01-申报书/第2次提交.json", "03-盖章页/01-盖章页.pdf",
        "04-办理记录/办理记录.csv", "05-核查/核查发现.csv", "目录.csv", "目录.pdf", "sha256sums.txt",
    ):  # fmt: skip
        assert wanted in names
    sums = dict(reversed(line.split("  ", 1)) for line in archive.read("sha256sums.txt").decode().splitlines())
    assert set(sums) == set(names) - {"sha256sums.txt"}
    for name, digest in sums.items():
        assert hashlib.sha256(archive.read(name)).hexdigest() == digest
    assert len(sums) == made.entries
    steps = list(csv.reader(io.StringIO(archive.read("04-办理记录/办理记录.csv").decode("utf-8-sig"))))
    assert len(steps) == 1 + held.steps.count()
    assert json.loads(archive.read("01-申报书/第1次提交.json"))["digest"] == held.submissions.get(number=1).digest
    assert archive.read("目录.pdf")[:5] == archive.read("01-申报书/第1次提交.pdf")[:5] == b"%PDF-"
    index = list(csv.reader(io.StringIO(archive.read("目录.csv").decode("utf-8-sig"))))
    assert {row[2] for row in index[1:]} == set(names) - {"目录.csv", "目录.pdf", "sha256sums.txt"}


def test_a_package_holds_what_its_maker_may_see_and_is_read_by_no_more(world: World) -> None:
    held = case(world)
    own = packed(world, held, world.clerk_a)
    agency = packed(world, held, world.agency_clerk)
    whole = packed(world, held, world.department_officer)
    assert (own.scope, agency.scope, whole.scope) == (Scope.OWN, Scope.SEEN, Scope.WHOLE)
    assert "秘密来源" not in texts(opened(own))
    assert "秘密来源" in texts(opened(agency))
    assert world.agency_clerk.name not in texts(opened(own))
    assert world.agency_clerk.name in texts(opened(whole))
    readers = {
        name: {one.scope for one in (own, agency, whole) if files.may_read(person, one.file)}
        for name, person in world.people()
    }
    everything = {Scope.OWN, Scope.SEEN, Scope.WHOLE}
    assert {name: scopes for name, scopes in readers.items() if scopes} == {
        "department_officer": everything, "department_leader": everything, "inspector": everything,
        "administrator_a": {Scope.OWN}, "clerk_a": {Scope.OWN}, "agency_clerk": {Scope.SEEN},
    }  # fmt: skip


def test_a_job_that_runs_again_packs_nothing_twice(world: World) -> None:
    held = case(world)
    first = packed(world, held, world.department_officer)
    job = Job.objects.get(kind=archiving.JOB)
    said = archiving.run(job, jobs.Progress(job), application=held.pk)
    assert said["archive"] == first.pk
    assert Archive.objects.count() == 1


def test_a_download_and_the_making_are_recorded(world: World) -> None:
    held = case(world)
    made = packed(world, held, world.department_officer)
    client = Client(headers={"host": "localhost"})
    client.force_login(world.department_officer)
    answer: Any = client.get(files.url(made.file))
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content)[:2] == b"PK"
    verbs = set(Event.objects.values_list("verb", flat=True))
    assert {"casework.archive", "kit.download"} <= verbs


def test_a_package_says_until_when_it_is_kept_and_that_the_case_went_on(world: World) -> None:
    held = case(world)
    made = packed(world, held, world.department_officer)
    today = clock.today()
    assert made.keep_until.year == today.year + 10
    assert not made.final
    assert "办理中的案卷" in page_of(world.department_officer, "archive", held.pk).content.decode()
    actions.withdraw(application=held, reason="不报了", by=world.clerk_a, at=timezone.now(), seen=held.version)
    assert "之后又有办理" in page_of(world.department_officer, "archive", held.pk).content.decode()
    last = packed(world, held, world.department_officer)
    assert last.final
    assert "办结案卷" in page_of(world.department_officer, "archive", held.pk).content.decode()


def test_a_case_that_nobody_submitted_has_no_package(world: World) -> None:
    begun = actions.begin(call=make_call(world), organisation=world.a, by=world.clerk_a, at=timezone.now())
    assert page_of(world.clerk_a, "archive", begun.pk).status_code == 403
    assert post_to(world.clerk_a, "archive", begun.pk).status_code == 422


def test_a_stranger_finds_no_case_and_inspection_makes_no_package(world: World) -> None:
    held = case(world)
    assert page_of(world.clerk_b, "archive", held.pk).status_code == 404
    assert page_of(world.inspector, "archive", held.pk).status_code == 200
    assert post_to(world.inspector, "archive", held.pk).status_code == 422


def test_what_a_confirmed_case_is_called_does_not_matter_to_its_package(world: World) -> None:
    """A batch, a number and an agency with names that a spreadsheet might run are texts."""
    held = confirmed(world, accepted(world, submitted(world, make_call(world))))
    held.organisation.name = "=HYPERLINK(1)"
    held.organisation.save()
    made = packed(world, held, world.department_officer)
    assert "\n=HYPERLINK" not in texts(opened(made))


def test_a_case_that_has_ended_is_packed_by_the_system_once_and_again_when_it_went_on(world: World) -> None:
    held = case(world)
    ended = timezone.now()
    step = actions.withdraw(application=held, reason="不报了", by=world.clerk_a, at=ended, seen=held.version)
    later = ended + archiving.PAUSE
    assert archiving.pack_ended(ended) == 0
    assert (archiving.pack_ended(later), archiving.pack_ended(later)) == (1, 0)
    made = Archive.objects.get()
    assert (made.made_by, made.scope, made.final, made.version) == (None, Scope.WHOLE, True, step.number)
    assert "秘密来源" in texts(opened(made))
    assert "系统" in page_of(world.department_officer, "archive", held.pk).content.decode()
    assert not files.may_read(world.clerk_a, made.file)
    Application.objects.filter(pk=held.pk).update(version=step.number + 1)
    assert archiving.pack_ended(later) == 1


def test_a_case_that_cannot_be_packed_holds_up_no_other(world: World, caplog: pytest.LogCaptureFixture) -> None:
    call = make_call(world)
    lost = submitted(world, call)
    files.path(stamp(world, lost, printing.mark_of(lost.submissions.get())).file).unlink()
    for sent, clerk in ((lost, world.clerk_a), (submitted(world, call, world.b, world.clerk_b), world.clerk_b)):
        actions.withdraw(application=sent, reason="不报了", by=clerk, at=timezone.now(), seen=sent.version)
    later = timezone.now() + archiving.PAUSE
    assert (archiving.pack_ended(later), archiving.pack_ended(later)) == (1, 0)
    assert Archive.objects.get().application.organisation == world.b
    assert caplog.text.count("could not be packed") == 1


def test_a_submission_that_no_font_can_print_is_in_the_package_as_data(world: World) -> None:
    sent = submitted(world, make_call(world), answers=ANSWERS | {"products": "传感器\U0001fabf"})
    archive = opened(packed(world, sent, world.department_officer))
    assert "U+1FABF" in archive.read("01-申报书/第1次提交.txt").decode()
    assert "01-申报书/第1次提交.json" in archive.namelist()


def test_a_draft_that_was_never_submitted_is_no_case(world: World) -> None:
    begun = actions.begin(call=make_call(world), organisation=world.a, by=world.clerk_a, at=timezone.now())
    actions.withdraw(application=begun, reason="不报了", by=world.clerk_a, at=timezone.now(), seen=begun.version)
    assert archiving.pack_ended(timezone.now() + archiving.PAUSE) == 0
