"""Meetings: written down, decided one by one or in bulk, confirmed by another, sealed, published."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tidui.accounts.models import User
from tidui.audit import events
from tidui.casework.actions.moving import SAME_PERSON
from tidui.casework.models import Application, Batch
from tidui.kit import access, clock, jobs
from tidui.kit.access import NotAllowed, Refused
from tidui.kit.models import Job
from tidui.recognition import deciding, documents, lines
from tidui.recognition.enums import DocumentKind
from tidui.recognition.models_decisions import Decision, Meeting, MeetingState, Outcome

BATCH_OPEN: Final = Refused("batch-open", gettext_lazy("请先封闭批次，再组织厅务会。"))
NOTHING: Final = Refused("nothing-to-decide", gettext_lazy("批次里没有等待厅务会审定的申报。"))
RUNNING: Final = Refused("meeting-running", gettext_lazy("该批次已有尚未公布的厅务会记录。"))
NOT_A_DRAFT: Final = Refused("not-a-draft", gettext_lazy("会议记录已提交复核或者已经审定，不能再改。"))
NOT_PROPOSED: Final = Refused("not-proposed", gettext_lazy("会议记录没有在等待复核。"))
NOT_DECIDED: Final = Refused("not-decided", gettext_lazy("会议还没有审定，或者已经公布。"))
NOT_PUBLISHED: Final = Refused("not-published", gettext_lazy("审定结果还没有公布。"))
OPEN_DECISIONS: Final = Refused("open-decisions", gettext_lazy("还有申报没有记录审定意见；本次不议的请选“暂缓”。"))
NO_REASON: Final = Refused("no-reason", gettext_lazy("请写明理由。"))
WRONG_DAY: Final = Refused("wrong-day", gettext_lazy("会议日期不能晚于今天。"))
NOT_HERE: Final = Refused("not-here", gettext_lazy("该申报不在等待审定的名单里。"))
STALE: Final = Refused("stale", gettext_lazy("会议记录刚刚有了变动，您的修改没有保存。请查看最新情况。"))
BROKEN: Final = Refused("broken", gettext_lazy("审定意见与复核时不一致，不能公布。请查阅防篡改日志。"))


@dataclass(frozen=True, slots=True)
class Votes:
    """The count of a vote; None where none was taken."""

    yes: int | None = None
    no: int | None = None
    abstained: int | None = None


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of one application of a bulk decision: `reason` is empty where it went well."""

    application: int
    reason: str = ""


@transaction.atomic
def draft(
    *, batch: Batch, title: str, held_on: dt.date, place: str, chair: str, present: Sequence[str],
    absent: Sequence[str], note: str, by: User, at: dt.datetime,
) -> Meeting:  # fmt: skip
    """Write down a meeting about the applications of a batch that wait for it."""
    access.require("recognition.decide", by)
    held = Batch.objects.select_for_update(of=("self",)).select_related("call").get(pk=batch.pk)
    if held.closed_at is None:
        raise NotAllowed(BATCH_OPEN)
    if held_on > clock.day_of(at):
        raise NotAllowed(WRONG_DAY)
    waiting = list(lines.at_decision(held).order_by("number", "pk").values_list("pk", flat=True))
    if not waiting:
        raise NotAllowed(NOTHING)
    try:
        with transaction.atomic():
            made = Meeting.objects.create(
                batch=held, title=title.strip(), held_on=held_on, place=place.strip(), chair=chair.strip(),
                present=list(present), absent=list(absent), note=note.strip(), made_by=by, made_at=at,
            )  # fmt: skip
    except IntegrityError:
        raise NotAllowed(RUNNING) from None
    Decision.objects.bulk_create([Decision(meeting=made, application_id=key) for key in waiting])
    _record("recognition.draft_meeting", made, by, at, {"batch": held.pk, "count": len(waiting)})
    return made


@transaction.atomic
def edit(
    *, meeting: Meeting, title: str, held_on: dt.date, place: str, chair: str, present: Sequence[str],
    absent: Sequence[str], note: str, by: User, at: dt.datetime, seen: int,
) -> Meeting:  # fmt: skip
    """Change what was written of a meeting before it is confirmed."""
    held = _held(meeting, by, MeetingState.DRAFT, NOT_A_DRAFT, seen)
    if held_on > clock.day_of(at):
        raise NotAllowed(WRONG_DAY)
    held.title, held.held_on, held.place, held.chair = title.strip(), held_on, place.strip(), chair.strip()
    held.present, held.absent, held.note = list(present), list(absent), note.strip()
    _save(held)
    _record("recognition.edit_meeting", held, by, at, {"held_on": held_on.isoformat()})
    return held


@transaction.atomic
def take_in(*, meeting: Meeting, by: User, at: dt.datetime) -> int:
    """Put what has come to this stage since on the list of the meeting; how many."""
    held = _held(meeting, by, MeetingState.DRAFT, NOT_A_DRAFT)
    keys = list(newcomers(held).values_list("pk", flat=True))
    Decision.objects.bulk_create([Decision(meeting=held, application_id=key) for key in keys])
    _save(held)
    _record("recognition.take_into_meeting", held, by, at, {"count": len(keys)})
    return len(keys)


def newcomers(meeting: Meeting) -> QuerySet[Application]:
    """What waits for a meeting and is not on its list."""
    listed = meeting.decisions.values("application")
    return lines.at_decision(meeting.batch).exclude(pk__in=listed).order_by("number", "pk")


@transaction.atomic
def discard(*, meeting: Meeting, by: User, at: dt.datetime) -> None:
    """Throw a draft away, with what was decided in it."""
    held = _held(meeting, by, MeetingState.DRAFT, NOT_A_DRAFT)
    _record("recognition.discard_meeting", held, by, at, {"batch": held.batch_id})
    held.delete()


@transaction.atomic
def decide(
    *, meeting: Meeting, applications: Sequence[int], outcome: str, by: User, at: dt.datetime, reason: str = "",
    condition: str = "", votes: Votes | None = None, recused: Sequence[str] = (), seen: int | None = None,
) -> list[RowResult]:  # fmt: skip
    """Write down what the meeting decided of some applications, with what stood before it; again until it is confirmed.

    An application that cannot be approved (a joint check is missing, a finding stops it) says why and stays open.
    """
    held = _held(meeting, by, MeetingState.DRAFT, NOT_A_DRAFT, seen)
    chosen = Outcome(outcome)
    if chosen != Outcome.APPROVE and not reason.strip():
        raise NotAllowed(NO_REASON)
    rows = {one.application_id: one for one in held.decisions.filter(application__in=list(applications))}
    shown = {one.application.pk: one for one in lines.lines(held.batch, clock.day_of(at), rows.values(), only=rows)}
    found, written = [], []
    for key in applications:
        line = shown.get(key)
        refused = NOT_HERE if line is None else line.against if chosen == Outcome.APPROVE else None
        found.append(RowResult(key, str(refused.reason) if refused is not None else ""))
        if refused is None and line is not None:
            written.append(_written(rows[key], line, chosen, reason, condition, votes or Votes(), recused, by, at))
    Decision.objects.bulk_update(
        written,
        ["outcome", "reason", "condition", "votes_for", "votes_against", "abstentions", "recused", "seen",
         "decided_by", "decided_at"],
    )  # fmt: skip
    _save(held)
    # What was decided is not in the history yet: inspection reads that, and learns of decisions when they are public.
    _record("recognition.write_decisions", held, by, at, {"count": len(written)})
    return found


def _written(
    row: Decision, line: lines.Line, chosen: Outcome, reason: str, condition: str, votes: Votes,
    recused: Sequence[str], by: User, at: dt.datetime,
) -> Decision:  # fmt: skip
    row.outcome, row.reason = chosen, reason.strip()
    row.condition = condition.strip() if chosen == Outcome.APPROVE else ""
    row.votes_for, row.votes_against, row.abstentions = votes.yes, votes.no, votes.abstained
    row.recused, row.seen = list(recused), deciding.seen_of(line)
    row.decided_by, row.decided_at = by, at
    return row


@transaction.atomic
def propose(*, meeting: Meeting, by: User, at: dt.datetime, seen: int | None = None) -> Meeting:
    """Ask a colleague to confirm: from now on nothing of it changes unless it is sent back."""
    held = _held(meeting, by, MeetingState.DRAFT, NOT_A_DRAFT, seen)
    _left_alone(held)
    if held.decisions.filter(outcome="").exists():
        raise NotAllowed(OPEN_DECISIONS)
    held.state, held.proposed_by, held.proposed_at, held.answer = MeetingState.PROPOSED, by, at, ""
    _save(held)
    _record("recognition.propose_meeting", held, by, at, {"digest": deciding.digest_of(held)})
    return held


@transaction.atomic
def send_back(*, meeting: Meeting, reason: str, by: User, at: dt.datetime) -> Meeting:
    """A colleague sends it back with a reason."""
    held = _held(meeting, by, MeetingState.PROPOSED, NOT_PROPOSED)
    if held.proposed_by_id == by.pk:
        raise NotAllowed(SAME_PERSON)
    if not reason.strip():
        raise NotAllowed(NO_REASON)
    held.state, held.answer, held.proposed_by, held.proposed_at = MeetingState.DRAFT, reason.strip(), None, None
    _save(held)
    _record("recognition.send_meeting_back", held, by, at, {"reason": reason.strip()})
    return held


@transaction.atomic
def confirm(*, meeting: Meeting, by: User, at: dt.datetime) -> Meeting:
    """Another confirms: the minutes get their number. What was decided is sealed until it is published."""
    held = _held(meeting, by, MeetingState.PROPOSED, NOT_PROPOSED)
    if held.proposed_by_id == by.pk:
        raise NotAllowed(SAME_PERSON)
    _left_alone(held)
    _still_passes(held, at)
    held.confirmed_by, held.confirmed_at, held.state = by, at, MeetingState.DECIDED
    held.digest = deciding.digest_of(held)
    held.minutes = documents.issue(
        kind=DocumentKind.MINUTES, title=held.title, content=deciding.minutes_of(held), by=by, at=at, batch=held.batch,
    )  # fmt: skip
    _save(held)
    _record("recognition.confirm_meeting", held, by, at, {"number": held.minutes.number, "digest": held.digest})
    return held


def _left_alone(held: Meeting) -> None:
    """What was withdrawn while the meeting was written down is none of its business any more."""
    held.decisions.exclude(application__in=lines.at_decision(held.batch).values("pk")).delete()


def _still_passes(held: Meeting, at: dt.datetime) -> None:
    """What stood in nobody's way when it was written down may do so today."""
    approved = list(held.decisions.filter(outcome=Outcome.APPROVE))
    shown = lines.lines(held.batch, clock.day_of(at), approved, only=[one.application_id for one in approved])
    stopped = [(one, refused) for one in shown if (refused := one.against) is not None]
    if stopped:
        line, why = stopped[0]
        said = _("“%(name)s”等%(count)s件现在不能同意认定：%(why)s请退回后修改。") % {
            "name": line.application.organisation.name, "count": len(stopped), "why": why.reason,
        }  # fmt: skip
        raise NotAllowed(Refused("stopped", said))


@transaction.atomic
def publish(*, meeting: Meeting, by: User, at: dt.datetime) -> Job:
    """Publish what was decided; a job moves the applications, and the enterprises learn of it by that."""
    held = _held(meeting, by, MeetingState.DECIDED, NOT_DECIDED)
    if deciding.digest_of(held) != held.digest:
        raise NotAllowed(BROKEN)
    held.state, held.published_by, held.published_at = MeetingState.PUBLISHED, by, at
    _save(held)
    counts = {one.value: held.decisions.filter(outcome=one).count() for one in Outcome}
    _record("recognition.publish_meeting", held, by, at, {"digest": held.digest, **counts})
    return _job(held, by, at)


@transaction.atomic
def publish_again(*, meeting: Meeting, by: User, at: dt.datetime) -> Job:
    """Carry out what an earlier run left, after what stood against it was dealt with."""
    held = _held(meeting, by, MeetingState.PUBLISHED, NOT_PUBLISHED)
    _record("recognition.publish_meeting_again", held, by, at, {})
    return _job(held, by, at)


def _job(held: Meeting, by: User, at: dt.datetime) -> Job:
    return jobs.start(
        "recognition.publish_decisions", by=by, title=_("公布审定结果：%(title)s") % {"title": held.title},
        arguments={"meeting": held.pk}, at=at,
    )  # fmt: skip


def _held(meeting: Meeting, by: User, state: str, otherwise: Refused, seen: int | None = None) -> Meeting:
    access.require("recognition.decide", by)
    rows = Meeting.objects.select_for_update(of=("self",)).select_related("batch__call", "made_by", "proposed_by")
    held = rows.get(pk=meeting.pk)
    if held.state != state:
        raise NotAllowed(otherwise)
    if seen is not None and seen != held.version:
        raise NotAllowed(STALE)
    return held


def _save(held: Meeting) -> None:
    held.version += 1
    held.save()


def _record(verb: str, held: Meeting, by: User, at: dt.datetime, details: Mapping[str, Any]) -> None:
    events.record(verb, actor=by, subject=held, at=at, details=details)
