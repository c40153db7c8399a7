"""A sealed decision is told to nobody outside the department: every page that the others may open is read for it."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from tests.meetings import before_meeting, decided, drafted, published
from tests.people import World, make_member, make_organisation, make_user
from tests.review import make_experts
from tidui.accounts.enums import OrganisationKind as Kind
from tidui.accounts.enums import Role
from tidui.accounts.models import User
from tidui.audit.models import Event
from tidui.casework.models import Application
from tidui.kit import clock, jobs
from tidui.kit.models import Message
from tidui.recognition.actions import meetings, notices, objections
from tidui.recognition.enums import DocumentKind
from tidui.recognition.models import Document, Notice
from tidui.recognition.models_decisions import Meeting

pytestmark = pytest.mark.django_db

#: What only the decision says.
SECRETS = ("秘而不宣的理由", "须在年内整改", "第三次厅务会", "甘科纪", "不予认定", "同意认定", "暂缓")


def addresses(world: World, batch: int, rows: list[Application], meeting: Meeting) -> list[str]:
    """Every page that could tell: those of the case, of lists, counts, documents, figures, and the meeting's own."""
    assert meeting.minutes is not None
    own = [f"/applications/{one.pk}/" for one in rows]
    return [
        *own, "/", "/applications/", "/applications/mine/", "/notices/", "/announcements/", "/documents/", "/open/",
        "/recognitions/", "/figures/", "/statistics/", "/desk/", "/messages/", "/jobs/", f"/batches/{batch}/", "/batches/",
        f"/batches/{batch}/review-list/", f"/batches/{batch}/review-list.xlsx", f"/batches/{batch}/review-list.pdf",
        "/meetings/", f"/meetings/{meeting.pk}/", f"/meetings/{meeting.pk}/applications/{rows[0].pk}/",
        f"/documents/{meeting.minutes_id}/", f"/documents/{meeting.minutes_id}/pdf/", "/verify/", "/audit/", "/audit/events/",
        f"/organisations/{rows[0].organisation_id}/", f"/enterprises/{rows[0].organisation_id}/file/", "/calls/",
        f"/calls/{rows[0].call_id}/", "/review/", "/me/",
    ]  # fmt: skip


def strangers(world: World, rows: list[Application]) -> dict[str, User | None]:
    """The applicant, another enterprise, counties, a prefecture, an expert, an institution, inspection, a passer-by."""
    institution = make_organisation(Kind.SITE_INSTITUTION, "陇中检测评估中心", "620102")
    visitor = make_user("visitor", "考察员")
    make_member(visitor, institution, Role.OFFICER)
    (expert,) = make_experts(world, 1)
    return {
        "applicant": rows[0].begun_by, "rival": world.clerk_a, "county": world.county_officer,
        "other county": world.other_county_officer, "prefecture": world.prefecture_officer, "expert": expert.user,
        "institution": visitor, "agency": world.agency_clerk, "inspection": world.inspector, "anonymous": None,
    }  # fmt: skip


def read(client: Client, address: str) -> str:
    answer = client.get(address, follow=True)
    if getattr(answer, "streaming", False):
        return b"".join(answer.streaming_content).decode("latin-1")  # type: ignore[attr-defined]
    return answer.content.decode("utf-8", "replace")


def sealed_meeting(world: World, monkeypatch: Any) -> tuple[Any, list[Application], Meeting]:
    """One is refused and one approved, with words that stand nowhere else."""
    batch, rows = before_meeting(world, 2, monkeypatch)
    meeting, by, now = drafted(world, batch), world.department_officer, timezone.now()
    meetings.decide(
        meeting=meeting, applications=[rows[0].pk], outcome="refuse", reason="秘而不宣的理由", by=by, at=now
    )
    meetings.decide(
        meeting=meeting, applications=[rows[1].pk], outcome="approve", condition="须在年内整改", by=by, at=now
    )
    meetings.propose(meeting=meeting, by=by, at=now)
    return batch, rows, meetings.confirm(meeting=meeting, by=world.department_leader, at=now)


def test_no_page_that_anybody_else_may_open_tells_of_a_sealed_decision(world: World, monkeypatch: Any) -> None:
    batch, rows, meeting = sealed_meeting(world, monkeypatch)
    opened, told = 0, []
    for name, person in strangers(world, rows).items():
        client = Client()
        if person is not None:
            client.force_login(person)
        for address in addresses(world, batch.pk, rows, meeting):
            text = read(client, address)
            opened += 1
            # Inspection reads in the history that a meeting was held, and the digest of what it decided: no more.
            history = name == "inspection" and address.startswith("/audit/")
            told += [(name, address, secret) for secret in SECRETS[: 2 if history else 4] if secret in text]
            if name in ("applicant", "county", "anonymous"):
                told += [(name, address, secret) for secret in SECRETS[4:] if secret in text]
    assert not told, told
    assert opened > 250


def test_no_message_event_or_job_tells_of_it_either(world: World, monkeypatch: Any) -> None:
    _batch, rows, meeting = sealed_meeting(world, monkeypatch)
    said = json.dumps(list(Message.objects.values_list("subject", "body", "link")), ensure_ascii=False)
    assert "秘而不宣" not in said and "/meetings/" not in said and not mail.outbox
    written = json.dumps(list(Event.objects.values_list("verb", "subject_text", "details_text")), ensure_ascii=False)
    assert "秘而不宣的理由" not in written and "须在年内整改" not in written
    assert {one.version for one in rows} == {
        one.version for one in Application.objects.filter(pk__in=[r.pk for r in rows])
    }
    assert meeting.digest in written  # the history holds the digest, so that nothing can be changed unseen


def test_the_department_reads_it_all(world: World, monkeypatch: Any, client: Client) -> None:
    _batch, rows, meeting = sealed_meeting(world, monkeypatch)
    client.force_login(world.department_leader)
    assert "秘而不宣的理由" in read(client, f"/meetings/{meeting.pk}/applications/{rows[0].pk}/")
    assert "秘而不宣的理由" in read(client, f"/documents/{meeting.minutes_id}/")
    assert "未公布" in read(client, f"/applications/{rows[0].pk}/")


def test_once_published_the_applicant_reads_the_reason_and_inspection_the_minutes(
    world: World, monkeypatch: Any, client: Client
) -> None:
    _batch, rows, meeting = sealed_meeting(world, monkeypatch)
    published(world, meeting)
    client.force_login(rows[0].begun_by)
    assert "秘而不宣的理由" in read(client, f"/applications/{rows[0].pk}/")
    assert Document.objects.filter(organisation=rows[0].organisation, kind=DocumentKind.REFUSAL).exists()
    client.force_login(world.inspector)
    assert "秘而不宣的理由" in read(client, f"/documents/{meeting.minutes_id}/")
    client.force_login(world.county_officer)
    assert client.get(f"/documents/{meeting.minutes_id}/").status_code == 404


def test_after_the_meeting_the_notice_takes_over_and_an_upheld_objection_refuses(
    world: World, monkeypatch: Any
) -> None:
    batch, rows = before_meeting(world, 3, monkeypatch)
    published(world, decided(world, drafted(world, batch)))
    by, now = world.department_officer, timezone.now()
    drafted_notice = notices.draft_notice(batch=batch, by=by, at=now)
    assert "拟认定" in drafted_notice.title and drafted_notice.working_days == 10
    notice = notices.publish_notice(notice=drafted_notice, by=by, at=now)
    filed = objections.file_objection(
        notice=notice, application=rows[0].pk, name="石坚", mobile="13812340000", employer="",
        text="该企业研发费用与其公开的年报不一致，请核实。", at=now,
    )  # fmt: skip
    taken_up = objections.accept_objection(objection=filed, by=by, at=now, seen=filed.version)
    assert notice.ends_on is not None
    later = clock.start_of(notice.ends_on) + dt.timedelta(days=1, hours=9)
    notices.end_notice(notice=notice, by=by, at=later)
    jobs.work_off()
    stages = {one.pk: one.stage for one in Application.objects.filter(batch=batch)}
    assert stages == {rows[0].pk: "notice", rows[1].pk: "issue", rows[2].pk: "issue"}
    objections.uphold_objection(
        objection=taken_up, answer="属实", reason="研发费用不实", by=by, at=later, seen=taken_up.version
    )
    refused = Application.objects.get(pk=rows[0].pk)
    assert refused.state == "refused" and Notice.objects.get().state == "ended"
