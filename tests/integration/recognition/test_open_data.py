"""Announcements, and the open data that they make."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.integration.recognition.noticing import batch_at_notice, numbered, shown
from tests.people import World
from tidui.casework.enums import State
from tidui.casework.models import Application, Batch, Step
from tidui.kit import clock, jobs
from tidui.kit.access import NotAllowed
from tidui.recognition import announcing
from tidui.recognition.actions import announcements, revocation
from tidui.recognition.enums import Ground
from tidui.recognition.models import Document, Recognition

pytestmark = pytest.mark.django_db


def with_numbers(world: World) -> tuple[Batch, list[Recognition]]:
    """A batch whose two applications have their numbers and wait for the announcement."""
    batch, made = batch_at_notice(world)
    shown(world, batch)
    year = clock.today().year
    return batch, [numbered(world, one, f"{year}620102000000{place}2") for place, one in enumerate(made, start=1)]


def announced(world: World, batch: Batch, **changed: Any) -> announcements.Announced:
    """Announce what there is."""
    given = {"batch": batch, "title": "关于入库企业名单的公告", "text": "现予公告。", "by": world.department_officer}
    return announcements.announce(**{**given, "at": timezone.now(), **changed})


def test_an_announcement_lists_the_numbers_and_a_job_ends_the_applications(world: World) -> None:
    batch, rows = with_numbers(world)
    made = announced(world, batch)
    assert [one["number"] for one in made.document.content["entries"]] == [one.number for one in rows]
    assert {one.announcement for one in Recognition.objects.all()} == {made.document}
    jobs.work_off()
    assert {one.state for one in Application.objects.filter(batch=batch)} == {State.ACCEPTED}
    assert Batch.objects.get(pk=batch.pk).ended_at is not None


def test_a_number_is_announced_once_and_a_late_one_gets_an_announcement_of_its_own(world: World) -> None:
    batch, rows = with_numbers(world)
    Recognition.objects.filter(pk=rows[1].pk).update(application=None)
    announced(world, batch)
    with pytest.raises(NotAllowed) as told:
        announced(world, batch)
    assert told.value.refused.code == "nothing-to-announce"
    Recognition.objects.filter(pk=rows[1].pk).update(application=Application.objects.get(organisation=world.b))
    late = announced(world, batch).document
    assert [one["number"] for one in late.content["entries"]] == [rows[1].number]
    assert late.number.endswith("2号")


def revoked(world: World, held: Recognition) -> None:
    """The number is revoked, all the way."""
    now, by = timezone.now(), world.department_officer
    made = revocation.open_revocation(recognition=held, ground=Ground.CONDITIONS, evidence="条件不符", by=by, at=now)
    revocation.tell(revocation=made, by=by, at=now)
    revocation.reply(revocation=made, text="属实", by=world.clerk_a, at=now)
    revocation.propose(revocation=made, opinion="撤销", by=by, at=now)
    revocation.decide(revocation=made, agree=True, by=world.department_leader, at=now)


def test_a_number_revoked_before_its_announcement_ends_its_case_at_once_and_is_not_listed(world: World) -> None:
    batch, rows = with_numbers(world)
    revoked(world, rows[0])
    step = Step.objects.get(move="unannounced")
    assert (step.application.organisation, step.application.state) == (world.a, State.ACCEPTED)
    made = announced(world, batch)
    assert [one["number"] for one in made.document.content["entries"]] == [rows[1].number]
    jobs.work_off()
    assert Batch.objects.get(pk=batch.pk).ended_at is not None


def test_a_batch_of_which_no_number_is_left_to_announce_ends(world: World) -> None:
    """One was revoked in the browser, one before the system ended such cases: that one goes in the night."""
    batch, rows = with_numbers(world)
    Recognition.objects.filter(pk=rows[1].pk).update(revoked_on=clock.today())
    revoked(world, rows[0])
    assert Batch.objects.get(pk=batch.pk).ended_at is None
    assert announcing.move_on_left_behind(timezone.now()) == 1
    assert announcing.move_on_left_behind(timezone.now()) == 0
    assert {one.state for one in Application.objects.filter(batch=batch)} == {State.ACCEPTED}
    assert Batch.objects.get(pk=batch.pk).ended_at is not None


def test_a_list_that_changed_since_it_was_seen_is_not_announced(world: World) -> None:
    batch, _rows = with_numbers(world)
    with pytest.raises(NotAllowed) as told:
        announced(world, batch, count=1)
    assert told.value.refused.code == "list-changed"
    assert not Recognition.objects.filter(announced_at__isnull=False).exists()


def test_only_the_departments_officers_announce(world: World) -> None:
    batch, _rows = with_numbers(world)
    for person in (world.inspector, world.county_officer, world.clerk_a, world.department_administrator):
        with pytest.raises(NotAllowed):
            announced(world, batch, by=person)


def test_the_night_moves_on_what_a_job_left_and_does_so_once(world: World) -> None:
    batch, _rows = with_numbers(world)
    announced(world, batch)
    assert announcing.move_on_left_behind(timezone.now()) == 2
    assert announcing.move_on_left_behind(timezone.now()) == 0


def test_the_page_announces_and_everybody_reads_it(world: World, client: Client) -> None:
    batch, rows = with_numbers(world)
    client.force_login(world.department_officer)
    form = client.get(f"/batches/{batch.pk}/announce/")
    assert rows[0].number in form.content.decode()
    given = {"title": "公告", "text": "现予公告。", "count": 1}
    assert client.post(f"/batches/{batch.pk}/announce/", given).status_code == 422
    assert client.post(f"/batches/{batch.pk}/announce/", {**given, "count": 2}).status_code == 302
    client.logout()
    document = Document.objects.get(kind="announcement")
    assert rows[1].number in client.get(f"/documents/{document.pk}/").content.decode()
    assert document.number in client.get("/announcements/").content.decode()


# ---------------------------------------------------------------------- open data
def test_csv_and_json_hold_the_same_announced_numbers(world: World, client: Client) -> None:
    batch, rows = with_numbers(world)
    announced(world, batch)
    year = clock.today().year
    raw = client.get(f"/open/tech-sme/{year}.csv")
    assert raw.content.startswith(b"\xef\xbb\xbf")
    lines = list(csv.reader(io.StringIO(raw.content.decode("utf-8-sig"))))
    told = json.loads(client.get(f"/open/tech-sme/{year}.json").content)
    assert told["layout"] == "tidui/recognitions/1.0" and told["count"] == 2
    assert [line[0] for line in lines[1:]] == [one["number"] for one in told["recognitions"]] == [one.number for one in rows]
    assert lines[1] == [str(value or "") for value in told["recognitions"][0].values()]


def test_what_a_spreadsheet_might_run_is_made_harmless_in_the_csv(world: World, client: Client) -> None:
    batch, _rows = with_numbers(world)
    world.a.name = "=cmd|' /C calc'!A0"
    world.a.save()
    announced(world, batch)
    said = client.get(f"/open/tech-sme/{clock.today().year}.csv").content.decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(said)))[1][1] == "'=cmd|' /C calc'!A0"


def test_a_file_that_did_not_change_is_not_sent_again(world: World, client: Client) -> None:
    batch, rows = with_numbers(world)
    announced(world, batch)
    url = f"/open/tech-sme/{clock.today().year}.json"
    first = client.get(url)
    assert client.get(url, headers={"If-None-Match": first["ETag"]}).status_code == 304
    Recognition.objects.filter(pk=rows[0].pk).update(revoked_on=clock.today())
    again = client.get(url, headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 200 and "Last-Modified" not in again
    assert json.loads(again.content)["recognitions"][0]["revoked_on"] == clock.today().isoformat()


def test_what_is_not_announced_is_in_no_file(world: World, client: Client) -> None:
    with_numbers(world)
    year = clock.today().year
    assert [client.get(f"/open/{one}").status_code for one in (f"tech-sme/{year}.csv", f"tech-sme/{year}.json", f"nothing/{year}.csv")] == [404] * 3
    assert "tech-sme" not in client.get("/open/").content.decode()


def test_the_files_ask_the_same_for_one_and_for_two(world: World, client: Client, django_assert_num_queries: Any) -> None:
    batch, rows = with_numbers(world)
    Recognition.objects.filter(pk=rows[1].pk).update(application=None)
    announced(world, batch)
    url = f"/open/tech-sme/{clock.today().year}.csv"
    with django_assert_num_queries(1):
        client.get(url)
    Recognition.objects.filter(pk=rows[1].pk).update(announced_at=timezone.now())
    with django_assert_num_queries(1):
        client.get(url)


def test_the_files_are_listed_with_their_numbers(world: World, client: Client) -> None:
    batch, _rows = with_numbers(world)
    announced(world, batch)
    said = client.get("/open/").content.decode()
    assert f"/open/tech-sme/{clock.today().year}.json" in said
