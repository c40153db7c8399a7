"""Meetings: what they decide is written down by one, confirmed by another, sealed, and carried out when published."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.meetings import before_meeting, decided, drafted, published
from tests.people import World
from tidui.audit.models import Event
from tidui.casework.enums import State
from tidui.casework.models import Application, Batch
from tidui.kit import clock, jobs
from tidui.kit.access import NotAllowed
from tidui.kit.visibility import visible_to
from tidui.recognition import deciding, lines
from tidui.recognition.actions import meetings
from tidui.recognition.enums import DocumentKind
from tidui.recognition.models import Document
from tidui.recognition.models_decisions import Decision, Meeting, MeetingState

pytestmark = pytest.mark.django_db


def test_a_meeting_goes_from_its_list_to_published_decisions(world: World, monkeypatch: Any) -> None:
    batch, rows = before_meeting(world, 3, monkeypatch)
    meeting = decided(world, drafted(world, batch), refused=1, deferred=1)
    assert meeting.state == MeetingState.DECIDED and meeting.minutes is not None
    assert meeting.minutes.kind == DocumentKind.MINUTES and not meeting.minutes.public
    assert [one.stage for one in Application.objects.filter(batch=batch)] == ["meeting"] * 3

    meeting = published(world, meeting)

    first, second, third = Application.objects.filter(pk__in=[one.pk for one in rows]).order_by("pk")
    assert (first.state, second.stage, third.stage) == (State.REFUSED, "meeting", "notice")
    assert Document.objects.filter(application=first, kind=DocumentKind.REFUSAL).count() == 1
    assert Batch.objects.get(pk=batch.pk).stage == "meeting"  # one is still to be decided
    assert first.steps.latest("number").reason == "会议认为refuse"


def test_whoever_proposed_does_not_confirm(world: World, monkeypatch: Any) -> None:
    batch, _rows = before_meeting(world, 1, monkeypatch)
    meeting = drafted(world, batch)
    keys = list(meeting.decisions.values_list("application", flat=True))
    meetings.decide(
        meeting=meeting, applications=keys, outcome="approve", by=world.department_officer, at=timezone.now()
    )
    meetings.propose(meeting=meeting, by=world.department_officer, at=timezone.now())

    with pytest.raises(NotAllowed) as refused:
        meetings.confirm(meeting=meeting, by=world.department_officer, at=timezone.now())

    assert refused.value.refused.code == "same-person"
    assert Meeting.objects.get().state == MeetingState.PROPOSED


def test_nothing_is_proposed_while_an_application_is_not_decided(world: World, monkeypatch: Any) -> None:
    batch, _rows = before_meeting(world, 2, monkeypatch)
    meeting = drafted(world, batch)
    key = meeting.decisions.values_list("application", flat=True)[0]
    meetings.decide(
        meeting=meeting, applications=[key], outcome="approve", by=world.department_officer, at=timezone.now()
    )
    with pytest.raises(NotAllowed) as refused:
        meetings.propose(meeting=meeting, by=world.department_officer, at=timezone.now())
    assert refused.value.refused is meetings.OPEN_DECISIONS


def test_without_its_joint_checks_nothing_is_approved_but_it_may_be_refused(world: World) -> None:
    batch, (one,) = before_meeting(world, 1)
    meeting = drafted(world, batch)
    by, now = world.department_officer, timezone.now()
    (found,) = meetings.decide(meeting=meeting, applications=[one.pk], outcome="approve", by=by, at=now)
    assert "还没有送" in found.reason and Decision.objects.get().outcome == ""
    (found,) = meetings.decide(meeting=meeting, applications=[one.pk], outcome="refuse", reason="不符合", by=by, at=now)
    assert not found.reason and Decision.objects.get().outcome == "refuse"


def test_publishing_twice_moves_and_writes_nothing_twice(world: World, monkeypatch: Any) -> None:
    batch, _rows = before_meeting(world, 3, monkeypatch)
    meeting = published(world, decided(world, drafted(world, batch), refused=1))
    before = [(one.pk, one.version) for one in Application.objects.order_by("pk")]
    letters = Document.objects.count()

    result = deciding.carry_out(meeting, at=timezone.now(), by=world.department_officer)
    meetings.publish_again(meeting=meeting, by=world.department_officer, at=timezone.now())
    jobs.work_off()

    assert result["moved"] == 0
    assert [(one.pk, one.version) for one in Application.objects.order_by("pk")] == before
    assert Document.objects.count() == letters
    with pytest.raises(NotAllowed):
        meetings.publish(meeting=meeting, by=world.department_officer, at=timezone.now())


def test_what_a_killed_job_left_is_done_by_the_next_run(world: World, monkeypatch: Any) -> None:
    batch, _rows = before_meeting(world, 3, monkeypatch)
    meeting = decided(world, drafted(world, batch))
    meetings.publish(meeting=meeting, by=world.department_officer, at=timezone.now())
    whole, calls = deciding.advance, []

    def killed(**given: Any) -> Any:
        calls.append(given)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return whole(**given)

    monkeypatch.setattr(deciding, "advance", killed)
    meeting = Meeting.objects.get()
    with pytest.raises(KeyboardInterrupt):
        deciding.carry_out(meeting, at=timezone.now())
    assert Application.objects.filter(batch=batch, stage="notice").count() == 1
    monkeypatch.setattr(deciding, "advance", whole)

    assert deciding.carry_out(meeting, at=timezone.now())["moved"] == 2
    assert Application.objects.filter(batch=batch, stage="notice").count() == 3


def test_the_one_who_withdrew_meanwhile_stays_withdrawn(world: World, monkeypatch: Any) -> None:
    from tidui.casework import actions

    batch, rows = before_meeting(world, 2, monkeypatch)
    meeting = decided(world, drafted(world, batch))
    first = Application.objects.get(pk=rows[0].pk)
    person = first.begun_by
    actions.withdraw(application=first, reason="不报了", by=person, at=timezone.now(), seen=first.version)
    published(world, meeting)
    assert Application.objects.get(pk=first.pk).state == State.WITHDRAWN
    assert Application.objects.get(pk=rows[1].pk).stage == "notice"


def test_a_sealed_decision_that_was_changed_in_the_database_is_not_published(world: World, monkeypatch: Any) -> None:
    batch, _rows = before_meeting(world, 1, monkeypatch)
    meeting = decided(world, drafted(world, batch))
    Decision.objects.update(outcome="refuse", reason="改过")
    with pytest.raises(NotAllowed) as refused:
        meetings.publish(meeting=meeting, by=world.department_officer, at=timezone.now())
    assert refused.value.refused is meetings.BROKEN


def test_until_it_is_published_only_the_department_knows(world: World, monkeypatch: Any) -> None:
    batch, _rows = before_meeting(world, 2, monkeypatch)
    meeting = decided(world, drafted(world, batch), refused=1)
    outside = [person for name, person in world.people() if not name.startswith("department")]
    for person in outside:
        assert not visible_to(person, Meeting).exists() and not visible_to(person, Decision).exists(), person
        assert not visible_to(person, Document).filter(kind=DocumentKind.MINUTES).exists(), person
    assert visible_to(world.department_officer, Decision).count() == 2
    told = " ".join(Event.objects.filter(verb__startswith="recognition.").values_list("details_text", flat=True))
    assert "refuse" not in told and "approve" not in told and "会议认为" not in told

    published(world, meeting)

    assert visible_to(world.inspector, Decision).count() == 2
    assert not visible_to(world.county_officer, Decision).exists()


@pytest.mark.parametrize("count", [1, 3])
def test_the_lines_of_a_batch_take_the_same_number_of_questions_however_many_there_are(
    world: World, monkeypatch: Any, count: int
) -> None:
    batch, _rows = before_meeting(world, count, monkeypatch)
    lines.lines(batch, clock.today())
    batch = Batch.objects.select_related("call").get(pk=batch.pk)
    with CaptureQueriesContext(connection) as asked:
        assert len(lines.lines(batch, clock.today())) == count
    # applications, review, sheets, calibration, visits, joint checks, submissions, findings
    assert len(asked) == 8, [one["sql"][:120] for one in asked]


def test_the_pages_of_the_list_and_of_the_meeting_do_so_too(world: World, monkeypatch: Any, client: Client) -> None:
    counted: dict[str, list[int]] = {}
    client.force_login(world.department_officer)
    for count in (1, 3):
        batch, _rows = before_meeting(world, count, monkeypatch)
        meeting = drafted(world, batch)
        for name, address in (("list", f"/batches/{batch.pk}/review-list/"), ("meeting", f"/meetings/{meeting.pk}/")):
            client.get(address)
            with CaptureQueriesContext(connection) as asked:
                assert client.get(address).status_code == 200
            counted.setdefault(name, []).append(len(asked))
    assert counted["list"][0] == counted["list"][1] and counted["meeting"][0] == counted["meeting"][1], counted
    assert max(counted["list"] + counted["meeting"]) < 36, counted


def test_the_list_is_filtered_sorted_printed_and_exported(world: World, monkeypatch: Any, client: Client) -> None:
    batch, rows = before_meeting(world, 2, monkeypatch)
    client.force_login(world.department_officer)
    address = f"/batches/{batch.pk}/review-list"
    page = client.get(f"{address}/?sort=-name&verdict=pass&q={rows[0].organisation.name}")
    assert rows[0].organisation.name in page.content.decode() and rows[1].organisation.name not in page.content.decode()
    assert b"".join(client.get(f"{address}.xlsx").streaming_content)[:2] == b"PK"  # type: ignore[attr-defined]
    assert client.get(f"{address}.pdf").content[:5] == b"%PDF-"
    assert Event.objects.filter(verb="kit.export").count() == 2


def test_a_meeting_is_held_by_its_pages(world: World, monkeypatch: Any, client: Client) -> None:
    batch, rows = before_meeting(world, 2, monkeypatch)
    client.force_login(world.department_officer)
    given = {
        "title": "第三次厅务会", "held_on": timezone.localdate().isoformat(), "place": "三楼", "chair": "马国梁",
        "present": "马国梁、程志远\n罗静", "absent": "", "note": "",
    }  # fmt: skip
    assert "厅务会审定" in client.get(f"/batches/{batch.pk}/").content.decode()
    made = client.post(f"/batches/{batch.pk}/meeting/", given)
    meeting = Meeting.objects.get()
    assert made.status_code == 302 and meeting.present == ["马国梁", "程志远", "罗静"]
    here = f"/meetings/{meeting.pk}/"
    preview = client.post(f"{here}decide/", {"ids": [rows[0].pk], "outcome": "approve", "seen": meeting.version})
    assert "将记录" in preview.content.decode() and not Decision.objects.exclude(outcome="").exists()
    bad = client.post(
        f"{here}decide/", {"ids": [rows[0].pk], "outcome": "refuse", "confirmed": "1", "seen": meeting.version}
    )
    assert bad.status_code == 422
    client.post(f"{here}decide/", {
        "ids": [rows[0].pk], "outcome": "approve", "confirmed": "1", "seen": meeting.version, "votes_for": "2",
        "recused": "罗静",
    })  # fmt: skip
    one = f"{here}applications/{rows[1].pk}/"
    assert client.get(one).status_code == 200
    seen = Meeting.objects.get().version
    stale = client.post(one, {"outcome": "refuse", "reason": "不符合", "seen": seen - 1})
    assert stale.status_code == 422 and "刚刚有了变动" in stale.content.decode()
    client.post(one, {"outcome": "refuse", "reason": "不符合", "seen": seen})
    client.post(f"{here}propose/", {"confirmed": "1", "seen": seen + 1})
    client.force_login(world.department_leader)
    client.post(f"{here}confirm/", {"confirmed": "1"})
    page = client.get(here).content.decode()
    assert "2／0／0" in page and "公布前" in page
    assert client.post(f"{here}publish/", {"confirmed": "1"}).status_code == 302
    jobs.work_off()
    assert [row.outcome for row in Decision.objects.order_by("application")] == ["approve", "refuse"]
    assert "会议纪要" in client.get(here).content.decode()
