"""Helpers for tests of meetings and certificates: a batch before the meeting, decided, published, at its issue."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils import timezone

from tests.people import World
from tests.review import at_stage
from tidui.casework import joint
from tidui.casework.models import Application, Batch
from tidui.kit import clock, jobs
from tidui.recognition.actions import meetings
from tidui.recognition.models_decisions import Meeting


def before_meeting(
    world: World, count: int, monkeypatch: Any = None, **changed: Any
) -> tuple[Batch, list[Application]]:
    """A batch whose applications wait for the meeting; with `monkeypatch`, no joint check is asked for."""
    if monkeypatch is not None:
        monkeypatch.setattr(joint, "asks", lambda owner: ())
    return at_stage(world, "meeting", count, **changed)


def drafted(world: World, batch: Batch, at: dt.datetime | None = None) -> Meeting:
    """A meeting written down by the department's officer."""
    now = at or timezone.now()
    return meetings.draft(
        batch=batch, title="第三次厅务会", held_on=clock.day_of(now), place="三楼会议室", chair="马国梁",
        present=["马国梁", "程志远", "罗静"], absent=["安康"], note="会议听取了评审情况汇报。", by=world.department_officer,
        at=now,
    )  # fmt: skip


def decided(
    world: World, meeting: Meeting, refused: int = 0, deferred: int = 0, at: dt.datetime | None = None
) -> Meeting:
    """The first few are refused, the next deferred, the others approved; confirmed by the leader, not published."""
    now = at or timezone.now()
    keys = list(meeting.decisions.order_by("application").values_list("application", flat=True))
    parts = (
        ("refuse", keys[:refused]),
        ("defer", keys[refused : refused + deferred]),
        ("approve", keys[refused + deferred :]),
    )
    for outcome, chosen in parts:
        if chosen:
            reason = "" if outcome == "approve" else f"会议认为{outcome}"
            results = meetings.decide(
                meeting=meeting, applications=chosen, outcome=outcome, reason=reason, by=world.department_officer, at=now,
                votes=meetings.Votes(3, 0, 0),
            )  # fmt: skip
            assert not any(one.reason for one in results), results
    meetings.propose(meeting=meeting, by=world.department_officer, at=now)
    return meetings.confirm(meeting=meeting, by=world.department_leader, at=now)


def published(world: World, meeting: Meeting, at: dt.datetime | None = None) -> Meeting:
    """Its decisions are carried out."""
    meetings.publish(meeting=meeting, by=world.department_officer, at=at or timezone.now())
    jobs.work_off()
    return Meeting.objects.get(pk=meeting.pk)
