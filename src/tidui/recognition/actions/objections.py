"""Objections: filed by anybody under their real name, taken up or not, looked into, dismissed or upheld."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tidui.accounts.models import User
from tidui.audit import events
from tidui.casework import batching
from tidui.casework.actions import advance, locked
from tidui.casework.batching import follow
from tidui.casework.enums import ENDED as ENDED_STATES
from tidui.kit import access, classified, clock, files
from tidui.kit.access import NotAllowed, Refused
from tidui.recognition import noticing, objecting
from tidui.recognition.enums import NoticeState, ObjectionState
from tidui.recognition.kinds import NOTICE
from tidui.recognition.models import Notice, Objection

TOO_LATE: Final = Refused("notice-over", gettext_lazy("公示期已经结束，不再受理异议；可以向省科技厅书面反映。"))
NOT_LISTED: Final = Refused("not-listed", gettext_lazy("公示名单中没有这家企业，请重新选择。"))
NO_REASON: Final = Refused("no-reason", gettext_lazy("请写明理由。"))
NO_ANSWER: Final = Refused("no-answer", gettext_lazy("请写明对异议人的答复。"))
NOT_NOW: Final = Refused("not-now", gettext_lazy("这件异议现在不能这样办理，请刷新页面查看。"))
NAMES_PERSON: Final = Refused(
    "names-person", gettext_lazy("告知企业的理由中出现了异议人的姓名、单位或电话，请删去后再提交。")
)


@transaction.atomic
def file_objection(
    *, notice: Notice, application: int, name: str, mobile: str, employer: str, text: str, at: dt.datetime,
    evidence: files.Received | None = None, by: User | None = None,
) -> Objection:  # fmt: skip
    """Object to one entry of a notice while it is shown. Whoever objects need not sign in: `receipt` is theirs."""
    access.require("recognition.object", by)
    held = Notice.objects.select_for_update(of=("self",)).select_related("batch__call").get(pk=notice.pk)
    today = clock.day_of(at)
    if not noticing.in_force(held, today):
        raise NotAllowed(TOO_LATE)
    if application not in {one["application"] for one in held.entries}:
        raise NotAllowed(NOT_LISTED)
    classified.require_open(name, employer, text)
    made = Objection.objects.create(
        notice=held, application_id=application, name=name.strip(), mobile=mobile.strip(), employer=employer.strip(),
        text=text.strip(), receipt=objecting.new_receipt(), due_on=objecting.due_on(held.batch.call, today),
        filed_at=at,
    )  # fmt: skip
    if evidence is not None:
        made.evidence = files.keep(evidence, by=by, at=at, about=made)
        made.save(update_fields=["evidence"])
    # The chain is read by many: it says that somebody objected, never who, whoever is signed in.
    events.record(
        "recognition.object", actor=None, subject=made, at=at,
        details={"notice": held.pk, "application": application, "due_on": made.due_on},
    )  # fmt: skip
    objecting.tell_department(made, at)
    return made


@transaction.atomic
def accept_objection(*, objection: Objection, by: User, at: dt.datetime, seen: int) -> Objection:
    """Take an objection up: it is looked into from now on."""
    held = _held(objection, by, seen, ObjectionState.FILED)
    held.state, held.handled_by = ObjectionState.ACCEPTED, by
    _save(held)
    events.record("recognition.accept_objection", actor=by, subject=held, at=at, details=_named(held))
    return held


@transaction.atomic
def reject_objection(*, objection: Objection, reason: str, by: User, at: dt.datetime, seen: int) -> Objection:
    """Do not take an objection up, with the reason: it is anonymous, about something else, or says nothing."""
    held = _held(objection, by, seen, ObjectionState.FILED)
    if not reason.strip():
        raise NotAllowed(NO_REASON)
    classified.require_open(reason)
    _end(held, ObjectionState.NOT_ACCEPTED, reason, by, at)
    events.record(
        "recognition.reject_objection", actor=by, subject=held, at=at, details=_named(held) | {"reason": reason.strip()}
    )
    _go_on(held, by, at)
    return held


@transaction.atomic
def investigate(*, objection: Objection, text: str, by: User, at: dt.datetime, seen: int) -> Objection:
    """Write down what was looked into, for the department's own file."""
    held = _held(objection, by, seen, ObjectionState.ACCEPTED)
    if not text.strip():
        raise NotAllowed(NO_REASON)
    classified.require_open(text)
    held.notes = [*held.notes, {"at": at.isoformat(), "by": by.pk, "text": text.strip()}]
    held.handled_by = by
    _save(held)
    events.record("recognition.investigate", actor=by, subject=held, at=at, details=_named(held))
    return held


@transaction.atomic
def dismiss_objection(*, objection: Objection, answer: str, by: User, at: dt.datetime, seen: int) -> Objection:
    """An objection proved wrong: its application goes on, at once where the notice has ended."""
    held = _held(objection, by, seen, ObjectionState.ACCEPTED)
    if not answer.strip():
        raise NotAllowed(NO_ANSWER)
    classified.require_open(answer)
    _end(held, ObjectionState.DISMISSED, answer, by, at)
    events.record("recognition.dismiss_objection", actor=by, subject=held, at=at, details=_named(held))
    _go_on(held, by, at)
    return held


@transaction.atomic
def uphold_objection(
    *, objection: Objection, answer: str, reason: str, by: User, at: dt.datetime, seen: int
) -> Objection:
    """An objection proved right: its application is refused for `reason`, which the enterprise reads.

    `answer` is for whoever objected. NotAllowed where the reason names them.
    """
    held = _held(objection, by, seen, ObjectionState.ACCEPTED)
    if not answer.strip():
        raise NotAllowed(NO_ANSWER)
    if not reason.strip():
        raise NotAllowed(NO_REASON)
    classified.require_open(answer, reason)
    if objecting.betrays(reason, held):
        raise NotAllowed(NAMES_PERSON)
    _end(held, ObjectionState.UPHELD, answer, by, at)
    application = locked(held.application_id)
    stages = batching.stages_of(application.call, NOTICE.name)
    if application.stage in stages and application.state not in ENDED_STATES:
        advance(
            application=application, name="upheld", by=by, at=at, reason=reason, expect=application.stage,
            details={"notice": held.notice_id},
        )  # fmt: skip
        follow(held.notice.batch, at)
    events.record(
        "recognition.uphold_objection", actor=by, subject=held, at=at, details=_named(held) | {"reason": reason.strip()}
    )
    return held


def _held(objection: Objection, by: User, seen: int, *states: str) -> Objection:
    """The objection as it is now, held with its notice; told who was faster where it is not as it was seen."""
    access.require("recognition.handle_objection", by)
    # The notice first: what ends a notice holds it too, so that an answer and an end never miss one another.
    Notice.objects.select_for_update().get(pk=objection.notice_id)
    rows = Objection.objects.select_for_update(of=("self",))
    held = rows.select_related("notice__batch__call", "handled_by").get(pk=objection.pk)
    if held.version != seen:
        named = held.handled_by.name if held.handled_by else ""
        raise NotAllowed(
            Refused("stale", _("%(who)s刚刚办理了这件异议，您的办理没有保存。请查看最新情况。") % {"who": named})
        )
    if held.state not in states:
        raise NotAllowed(NOT_NOW)
    return held


def _end(held: Objection, state: str, answer: str, by: User, at: dt.datetime) -> None:
    held.state, held.answer, held.handled_by, held.ended_at = state, answer.strip(), by, at
    _save(held)


def _save(held: Objection) -> None:
    held.version += 1
    held.save()


def _named(held: Objection) -> dict[str, Any]:
    return {"notice": held.notice_id, "application": held.application_id}


def _go_on(held: Objection, by: User, at: dt.datetime) -> None:
    """Where the notice has ended and nothing else holds the application up, it moves on."""
    if held.notice.state != NoticeState.ENDED or objecting.waiting_for(held.application).exists():
        return
    application = locked(held.application_id)
    if application.stage in batching.stages_of(application.call, NOTICE.name):
        advance(application=application, name="end", by=by, at=at, expect=application.stage)
        follow(held.notice.batch, at)
