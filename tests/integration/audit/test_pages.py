"""The pages of inspection and audit: who reads what, and what they say."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.integration.audit.attacks import behind
from tests.people import World
from tidui.accounts.models import User
from tidui.audit import events, seals
from tidui.audit.acting import acting
from tidui.audit.models import Event, Publication, Seal, TamperRow
from tidui.kit import jobs
from tidui.kit.models import Job, Message
from tidui.kit.visibility import visible_to

pytestmark = pytest.mark.django_db

BACKEND = "tidui.accounts.signin.backends.PasswordBackend"
PAGES = ("audit", "audit_events", "audit_seals", "audit_personal_data")


@pytest.fixture(autouse=True)
def home(settings: LazySettings, tmp_path: Path) -> None:
    """A home of its own for published heads."""
    settings.HOME = tmp_path


def signed_in(person: User) -> Client:
    """A browser in which this person has signed in."""
    client = Client()
    client.force_login(person, BACKEND)
    return client


def did(world: World) -> Event:
    """Something that was done for enterprise `a`."""
    return events.record(
        "accounts.invite", actor=world.administrator_a, subject=world.a, at=timezone.now(),
        organisation_id=world.a.pk, details={"note": "请小白加入", "mobile": "13912345678"},
    )  # fmt: skip


def test_inspection_reads_all_pages(world: World) -> None:
    did(world)
    client = signed_in(world.inspector)

    assert {name: client.get(reverse(f"accounts:{name}")).status_code for name in PAGES} == dict.fromkeys(PAGES, 200)


@pytest.mark.parametrize("who", ["clerk_a", "county_officer", "department_officer", "stranger"])
def test_nobody_else_reads_them(world: World, who: str) -> None:
    did(world)
    person = getattr(world, who)
    client = signed_in(person)

    assert {client.get(reverse(f"accounts:{name}")).status_code for name in PAGES} == {403}
    assert client.get(reverse("accounts:audit_record", args=["accounts.Organisation", world.a.pk])).status_code == 403
    for model in (Event, TamperRow, Seal):
        assert not visible_to(person, model).exists()


def test_the_administrator_of_the_department_checks_the_chain_but_reads_no_events(world: World) -> None:
    client = signed_in(world.department_administrator)

    answers = [client.get(reverse(f"accounts:{name}")).status_code for name in PAGES]
    assert answers == [200, 403, 200, 200]


def test_the_list_of_events_says_who_did_what_and_hides_telephones(world: World) -> None:
    did(world)
    page = signed_in(world.inspector).get(reverse("accounts:audit_events")).content.decode()

    assert "白总" in page and "邀请成员" in page and world.a.name in page and "请小白加入" in page
    assert "13912345678" not in page and "139****5678" in page


def test_events_can_be_cut_to_a_person_an_organisation_and_a_verb(world: World) -> None:
    did(world)
    events.record("accounts.sign_in", actor=world.clerk_b, subject=world.clerk_b, at=timezone.now())
    client = signed_in(world.inspector)

    of_person = client.get(reverse("accounts:audit_person", args=[world.clerk_b.pk])).content.decode()
    of_organisation = client.get(reverse("accounts:audit_organisation", args=[world.a.pk])).content.decode()
    of_verb = client.get(reverse("accounts:audit_events") + "?verb=accounts.sign_in").content.decode()

    assert "请小白加入" not in of_person and "小黄" in of_person
    assert "请小白加入" in of_organisation and "小黄" not in of_organisation
    assert "请小白加入" not in of_verb and "小黄" in of_verb


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_of_events_asks_the_same_number_of_queries_for_any_number(world: World, rows: int) -> None:
    client = signed_in(world.inspector)
    for _ in range(rows):
        did(world)
    client.get(reverse("accounts:audit_events"))
    with CaptureQueriesContext(connection) as asked:
        client.get(reverse("accounts:audit_events"))
    assert len([one for one in asked if "audit_event" in one["sql"]]) == 2  # which rows, and the rows: all of them are on the page


def test_the_history_of_a_record_shows_events_and_changes_with_old_and_new(world: World) -> None:
    with acting(world.county_officer.pk):
        User.objects.filter(pk=world.clerk_a.pk).update(name="小白白", mobile="13712345678")
    page = signed_in(world.inspector).get(reverse("accounts:audit_record", args=["accounts.User", world.clerk_a.pk]))

    said = page.content.decode()
    assert "<del>小白</del> → 小白白" in said and "孙丽华" in said
    assert "13712345678" not in said


@pytest.mark.parametrize(
    "address", ["accounts.User/999999/", "no.Model/1/", "accounts.User/x/", "nonsense/1/", "kit.Job/x/"]
)
def test_a_record_that_never_was_is_not_found(world: World, address: str) -> None:
    assert signed_in(world.inspector).get(f"/audit/records/{address}").status_code == 404


def test_a_search_finds_people_and_organisations(world: World) -> None:
    client = signed_in(world.inspector)

    assert "孙丽华" in client.get(reverse("accounts:audit"), {"q": "孙丽华"}).content.decode()
    assert world.a.name in client.get(reverse("accounts:audit"), {"q": world.a.uscc}).content.decode()
    assert "没有找到" in client.get(reverse("accounts:audit"), {"q": "无此人"}).content.decode()


def test_a_verification_runs_as_a_job_and_its_page_says_what_it_found(world: World) -> None:
    client = signed_in(world.inspector)
    behind("UPDATE accounts_user SET mobile = %s WHERE id = %s", "13800000000", world.clerk_a.pk)

    answer = client.post(reverse("accounts:audit_verify"))
    job = Job.objects.get(kind="audit.verify")
    assert answer["Location"] == reverse("kit:job", args=[job.pk])
    assert jobs.work_off() == 1

    page = client.get(reverse("accounts:audit_verification", args=[job.pk])).content.decode()
    assert f"accounts_user #{world.clerk_a.pk}" in page and "mobile" in page
    checked = Event.objects.get(verb="audit.verify")
    assert (checked.actor_id, checked.details) == (world.inspector.pk, {"sound": False, "findings": 1})
    assert "发现 1 处问题" in client.get(reverse("accounts:audit")).content.decode()
    assert signed_in(world.department_administrator).get(
        reverse("accounts:audit_verification", args=[job.pk])
    ).status_code == 404  # fmt: skip


def test_the_heads_are_open_to_the_public(world: World) -> None:
    did(world)
    seals.publish(day=dt.date(2026, 6, 30), at=timezone.now(), patience=60)
    digest = Publication.objects.get().digest

    page = Client().get(reverse("accounts:audit_heads")).content.decode()
    assert "2026-06-30" in page and digest in page and seals.short(digest) in page


def test_every_night_inspection_is_told_of_what_was_found(world: World) -> None:
    from tidui.accounts.auditing import nightly

    nightly.verify_all(timezone.now())
    assert not Message.objects.exists()

    behind("UPDATE accounts_user SET mobile = %s WHERE id = %s", "13800000000", world.clerk_a.pk)
    nightly.verify_all(timezone.now())

    told = Message.objects.filter(kind="accounts.tampered")
    assert {message.recipient for message in told} == {world.inspector, world.department_administrator}
    assert "accounts_user" in told[0].body


def test_the_worker_seals_and_publishes(world: World) -> None:
    from tidui.accounts.auditing import nightly

    did(world)
    nightly.seal(timezone.now())
    nightly.publish(dt.datetime(2026, 6, 30, 16, 30, tzinfo=dt.UTC))

    assert Seal.objects.count() == 1
    assert [one.day for one in Publication.objects.all()] == [dt.date(2026, 7, 1)]


def test_every_verb_that_the_code_records_has_words() -> None:
    import re

    import tidui
    from tidui.accounts.auditing.words import VERBS

    source = Path(tidui.__file__).parent
    recorded = {
        verb
        for path in source.rglob("*.py")
        for verb in re.findall(r'\brecord\(\s*"([a-z_]+\.[a-z_]+)"', path.read_text("utf-8"))
    }
    assert len(recorded) > 30
    assert recorded - set(VERBS) == set()
