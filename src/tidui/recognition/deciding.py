"""What meetings say: their minutes, what was seen before a decision, and how decisions are carried out."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from tidui.accounts.models import User
from tidui.audit import events
from tidui.casework.actions import advance
from tidui.casework.batching import follow, stages_of
from tidui.casework.judging import digest
from tidui.casework.models import Application
from tidui.kit import clock, formats, jobs
from tidui.kit.access import NotAllowed
from tidui.kit.models import Job
from tidui.recognition.documents import day_in_words
from tidui.recognition.kinds import DECISION
from tidui.recognition.lines import Line
from tidui.recognition.models_decisions import Decision, Meeting, MeetingState, Outcome
from tidui.recognition.noticing import paragraphs

#: How many failures a job names.
_NAMED: Final = 20


def seen_of(line: Line) -> dict[str, Any]:
    """What stood before the meeting when it decided, kept with the decision."""
    return {
        "verdict": line.verdict, "today": line.today, "total": str(line.result.total) if line.result else "",
        "shown": line.result.shown if line.result else "",
        "recommended": line.result.recommended if line.result else None,
        "spread": line.spread, "warned": line.warned, "flips": line.flips, "visit": line.visited,
        "visit_after": line.visit.after if line.visit else "",
        "differing": len(line.visit.differing) if line.visit else 0,
        "joint": line.joint, "joint_days": line.joint_days, "findings": line.open_findings,
    }  # fmt: skip


def digest_of(meeting: Meeting) -> str:
    """Over everything that was decided, in the order of the applications: what the history holds until it is public."""
    rows = meeting.decisions.order_by("application")
    return digest({
        "meeting": meeting.pk, "held_on": meeting.held_on.isoformat(), "place": meeting.place, "chair": meeting.chair,
        "present": meeting.present, "absent": meeting.absent, "note": meeting.note,
        "decisions": [
            {
                "application": one.application_id, "outcome": one.outcome, "reason": one.reason,
                "condition": one.condition, "for": one.votes_for, "against": one.votes_against,
                "abstentions": one.abstentions, "recused": one.recused, "seen": one.seen,
            }
            for one in rows
        ],
    })  # fmt: skip


# ---------------------------------------------------------------------- minutes
def minutes_of(meeting: Meeting) -> dict[str, Any]:
    """The content of the minutes, in Chinese."""
    rows = meeting.decisions.select_related("application__organisation").order_by("application__number", "pk")
    decided: dict[str, list[Decision]] = {}
    for one in rows:
        decided.setdefault(one.outcome, []).append(one)
    with override("zh-hans"):
        who = [
            _("会议时间：%(day)s") % {"day": day_in_words(meeting.held_on)},
            _("会议地点：%(place)s") % {"place": meeting.place},
            _("主持人：%(name)s") % {"name": meeting.chair},
            _("出席：%(names)s") % {"names": formats.listed(meeting.present)},
            _("缺席：%(names)s") % {"names": formats.listed(meeting.absent) if meeting.absent else _("无")},
        ]
        counted = {one.value: len(decided.get(one.value, ())) for one in Outcome}
        said = _(
            "会议审议了%(batch)s的%(count)s件申报：同意认定%(approve)s件，不予认定%(refuse)s件，暂缓%(defer)s件。"
        ) % {"batch": meeting.batch.title, "count": sum(counted.values()), **counted}
        sections = [
            {"heading": _heading(outcome), **_table(decided[outcome.value])}
            for outcome in Outcome
            if outcome.value in decided
        ]
        return {
            "lead": [*who, *paragraphs(meeting.note), said], "sections": sections, "meeting": meeting.pk,
            "end": [_("记录：%(made)s　提交复核：%(proposed)s　复核：%(confirmed)s") % {
                "made": meeting.made_by.name, "proposed": meeting.proposed_by.name if meeting.proposed_by else "",
                "confirmed": meeting.confirmed_by.name if meeting.confirmed_by else "",
            }],
        }  # fmt: skip


def _heading(outcome: Outcome) -> str:
    return str(outcome.label)


def _table(rows: list[Decision]) -> dict[str, Any]:
    columns = [
        _("序号"),
        _("企业名称"),
        _("受理编号"),
        _("评审均分"),
        _("表决（同意／反对／弃权）"),
        _("理由、条件和回避"),
    ]
    return {
        "columns": columns, "widths": [1, 5, 4, 2, 3, 6],
        "rows": [
            [
                str(place), one.application.organisation.name, one.application.number or "",
                one.seen.get("shown") or formats.NOTHING, votes_of(one) or formats.NOTHING, remarks_of(one),
            ]
            for place, one in enumerate(rows, start=1)
        ],
    }  # fmt: skip


def votes_of(decision: Decision) -> str:
    """The votes, or nothing where it was decided without a count."""
    if decision.votes_for is None:
        return ""
    return f"{decision.votes_for}／{decision.votes_against or 0}／{decision.abstentions or 0}"  # tidui: data


def remarks_of(decision: Decision) -> str:
    """Reason, condition and who left the room, in one text."""
    said = [decision.reason, decision.condition and _("附带条件：%(text)s") % {"text": decision.condition}]
    if decision.recused:
        said.append(_("回避：%(names)s") % {"names": formats.listed(decision.recused)})
    return _("；").join(one for one in said if one)


# ---------------------------------------------------------------------- carried out
@jobs.job("recognition.publish_decisions", lambda job: reverse("recognition:meeting", args=[job.arguments["meeting"]]))
def publish_job(job: Job, progress: jobs.Progress, *, meeting: int) -> dict[str, Any]:
    """Carry out what a meeting decided; safe to repeat after the worker was killed."""
    found = Meeting.objects.select_related("batch__call").get(pk=meeting)
    return carry_out(found, at=clock.now(), by=job.owner, progress=progress)


def carry_out(
    meeting: Meeting, *, at: dt.datetime, by: User | None = None, progress: jobs.Progress | None = None
) -> dict[str, Any]:
    """Move every application as it was decided, each in a transaction of its own. What cannot be moved says why."""
    if meeting.state != MeetingState.PUBLISHED:
        return {"moved": 0, "left": 0, "failures": []}
    rows = meeting.decisions.filter(published_at__isnull=True).exclude(outcome=Outcome.DEFER).order_by("pk")
    keys = list(rows.values_list("pk", flat=True))
    if progress:
        progress.total(len(keys))
    moved, failures = 0, []
    for place, key in enumerate(keys, start=1):
        try:
            moved += _carry_out(key, meeting, at, by)
        except NotAllowed as refused:
            failures.append([key, str(refused.refused.reason)])
        if progress:
            progress.done(place)
    follow(meeting.batch, at)
    return {"moved": moved, "left": len(failures), "failures": failures[:_NAMED]}


@transaction.atomic
def _carry_out(key: int, meeting: Meeting, at: dt.datetime, by: User | None) -> bool:
    """One application; what left the meeting meanwhile, for it was withdrawn, is left alone. Did it move?"""
    held = Decision.objects.select_for_update(of=("self",)).select_related("application").get(pk=key)
    if held.published_at is not None:
        return False
    names = stages_of(meeting.batch.call, DECISION.name)
    step = advance(
        application=Application(pk=held.application_id), name=held.outcome, at=at, by=by, expect=names[0],
        reason=held.reason if held.outcome == Outcome.REFUSE else held.condition,
        details={"meeting": meeting.pk, "decision": held.pk},
    )  # fmt: skip
    held.published_at = at
    held.save(update_fields=["published_at"])
    if step is not None:
        events.record(
            "recognition.carry_out", actor=by, subject=held, at=at, organisation_id=held.application.organisation_id,
            details={"application": held.application_id, "outcome": held.outcome, "meeting": meeting.pk},
        )  # fmt: skip
    return step is not None
