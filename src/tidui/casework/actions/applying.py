"""What the applicant does: begins, submits, submits again after a correction, withdraws."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext_lazy

from tidui.accounts.models import Organisation, User
from tidui.accounts.queries import recommending_unit
from tidui.audit import rows
from tidui.casework import hooks, judging
from tidui.casework.actions import moving
from tidui.casework.enums import CallState, State, Turn
from tidui.casework.models import Application, Attachment, Call, Step, Submission
from tidui.casework.programme import WITHDRAWN, Move, Programme, programme
from tidui.casework.queries import running_of, under
from tidui.casework.series import next_number
from tidui.facts import catalogue
from tidui.facts.factset import FactSet, Key, plain
from tidui.kit import access, clock
from tidui.kit.access import NotAllowed, Refused
from tidui.kit.lang import Pair
from tidui.kit.prepared import Change
from tidui.registry.actions import file_returns
from tidui.registry.enums import Source
from tidui.registry.facts import File, by_place
from tidui.rules.values import Value

NOT_YET: Final = Refused("call-not-open", gettext_lazy("申报尚未开始。"))
CLOSED: Final = Refused("call-closed", gettext_lazy("申报已经截止。"))
NOT_FOR_YOU: Final = Refused("not-for-you", gettext_lazy("这项业务不受理该类单位的申报。"))
BEGUN: Final = Refused("begun", gettext_lazy("本单位已有这项业务的申报，请打开原申报继续填写。"))
STALE: Final = Refused("stale", gettext_lazy("这份申报刚刚由同事提交或撤回了，请刷新页面查看。"))
NO_AGENCY: Final = Refused("no-agency", gettext_lazy("请选择评价机构。"))

_TYPED: Final = frozenset({"answers"})

#: Higher rooms may guard it by name, like any move.
WITHDRAW: Final = Move("withdraw", Pair("撤回", "withdraw"), WITHDRAWN, reason=True)  # tidui: data


class NotPassing(NotAllowed):
    """By the rules it does not pass, and nobody said that it is to be submitted all the same."""

    def __init__(self) -> None:
        super().__init__(Refused("not-passing", gettext_lazy("测算结果不是“符合”，还没有提交")))


@dataclass(frozen=True, slots=True)
class Submitted:
    """What a submission made."""

    application: Application
    submission: Submission
    step: Step


def accepts(call: Call, at: dt.datetime) -> Refused | None:
    """May an application under this call be begun or submitted at a moment? The server's clock decides."""
    if call.state != CallState.PUBLISHED:
        return CLOSED if call.state == CallState.CLOSED else NOT_YET
    if at < call.opens_at:
        return NOT_YET
    return CLOSED if at > call.closes_at else None


@transaction.atomic
def begin(*, call: Call, organisation: Organisation, by: User, at: dt.datetime) -> Application:
    """Begin an application: an empty form over the facts of the file. NotAllowed where one is begun already."""
    return _begun(unbegun(call=call, organisation=organisation, by=by, at=at), by, at)


def _begun(new: Application, by: User, at: dt.datetime) -> Application:
    """The same within a transaction that is open, for an application that is not saved."""
    call, organisation = new.call, new.organisation
    access.require("casework.apply", by, organisation)
    owner = programme(call.programme)
    refused = accepts(call, at)
    if refused is not None:
        raise NotAllowed(refused)
    if organisation.kind not in owner.applicants:
        raise NotAllowed(NOT_FOR_YOU)
    _may_enter(call, organisation, at)
    new.unit = recommending_unit(organisation, clock.day_of(at))
    if not rows.insert_unless_there(new):
        raise NotAllowed(BEGUN)
    new.entered_at, new.attached_now = at, []
    hooks.begun(new, at)
    return new


def unbegun(*, call: Call, organisation: Organisation, by: User, at: dt.datetime) -> Application:
    """An application as it would be begun, not saved: a page can show its form before anything of it is kept."""
    first = programme(call.programme).route(call.settings)[0]
    return Application(
        call=call, programme=call.programme, organisation=organisation, stage=first.name, turn=Turn.APPLICANT,
        holder=organisation, begun_by=by, begun_at=at, changed_at=at,
    )  # fmt: skip


def opened(application: Application, by: User, at: dt.datetime) -> Application:
    """An application that something is to be kept of, held until the transaction ends; begun now if it is not yet.

    Where a colleague began one since the page was made, that one; STALE where they have ended it again.
    """
    if application.is_begun:
        return moving.locked(application)
    call, organisation = application.call, application.organisation
    if application.newest_now > application.newest_before:
        raise NotAllowed(STALE)
    new = unbegun(call=call, organisation=organisation, by=by, at=at)
    new.follows = application.follows
    try:
        return _begun(new, by, at)
    except NotAllowed as refused:
        running = running_of(under(call, organisation)) if refused.refused == BEGUN else None
        if running is None:
            raise
        return moving.locked(running)


def _may_enter(call: Call, organisation: Organisation, at: dt.datetime) -> None:
    refused = hooks.entry_refusal(call, organisation, at)
    if refused is not None:
        raise NotAllowed(refused)


@transaction.atomic
def submit(
    *, application: Application, stated: Mapping[Key, Value | None], answers: Mapping[str, Any], by: User,
    at: dt.datetime, seen: int, agency: Organisation | None = None, despite: bool = True,
) -> Submitted:  # fmt: skip
    """Submit, for the first time or after a correction.

    `stated` are the facts that the form says (None: not known); they are filed as a return of the enterprise, and the
    snapshot is the accepted facts with them on top. `answers` are those to the form's own questions. `at` is when the
    submission arrived at the server. Raises Faults for facts that cannot be filed, and NotPassing where the rules say
    anything but pass and it is not to be submitted `despite` that; nothing is changed then.
    """
    return submit_held(
        moving.locked(application), stated=stated, answers=answers, by=by, at=at, seen=seen, agency=agency,
        despite=despite,
    )  # fmt: skip


def submit_held(
    held: Application, *, stated: Mapping[Key, Value | None], answers: Mapping[str, Any], by: User, at: dt.datetime,
    seen: int, agency: Organisation | None = None, despite: bool = True, file: File | None = None,
    foreseen: judging.Foreseen | None = None,
) -> Submitted:  # fmt: skip
    """The same for a locked application. `file`: its enterprise's, read before.

    `foreseen`: what the rules say of the facts as they were before the lock, so that nobody waits for them to say it.
    """
    if held.version != seen:
        raise NotAllowed(STALE)
    access.require("casework.write", by, held)
    owner = programme(held.programme)
    first_time = held.state == State.DRAFT
    if held.entered_at != at:  # who has begun it in this very action has been asked
        _may_enter(held.call, held.organisation, at)
    for message in hooks.answer_faults(held, answers).values():
        raise NotAllowed(Refused("answers", message))
    if first_time:
        refused = accepts(held.call, at)
        if refused is not None:
            raise NotAllowed(refused)
        if owner.agency:
            held.agency = agency or held.agency
            if held.agency is None:
                raise NotAllowed(NO_AGENCY)
    elif not owner.late_correction and at > held.call.closes_at:
        raise NotAllowed(moving.TOO_LATE)
    accepted = _file(held.organisation, stated, by, at, file)
    made = held.submitted_now = _snapshot(
        held, owner, accepted, stated, answers, by, at, despite=despite, foreseen=foreseen
    )
    held.submitted_at = held.submitted_at or at
    held.answers = {}  # what was typed is in the submission now; a correction is written over that
    _submit_documents(held, made)
    step = _forward(held, owner, by, at, first_time=first_time)
    return Submitted(held, made, step)


def _submit_documents(held: Application, made: Submission) -> None:
    """What was attached belongs to the submission now."""
    if held.attached_now is None:
        _documents_of(held.pk, made.pk)
        return
    for one in held.attached_now:  # all that there are: it was begun in this very action
        one.submission = made
        rows.update(one, _SUBMISSION)


_SUBMISSION: Final = frozenset({"submission"})
_documents_of = Change(
    lambda application, submission: (
        Attachment.objects.filter(application=application, submission__isnull=True, removed_at__isnull=True),
        {"submission": submission},
    )
)


def _file(
    organisation: Organisation, stated: Mapping[Key, Value | None], by: User, at: dt.datetime, read: File | None
) -> FactSet:
    """File what the form says as the enterprise's own returns; gives the facts that are accepted then."""
    return file_returns(
        organisation=organisation, parts=by_place(stated), source=Source.SELF, by=by, at=at, filed_for=organisation,
        read=read,
    ).file.facts  # fmt: skip


def _snapshot(
    held: Application, owner: Programme, accepted: FactSet, stated: Mapping[Key, Value | None],
    answers: Mapping[str, Any], by: User, at: dt.datetime, *, despite: bool, foreseen: judging.Foreseen | None,
) -> Submission:  # fmt: skip
    said = {key: value for key, value in stated.items() if value is not None}
    facts = accepted.with_values(said)
    today = clock.day_of(at)
    year = judging.year_of(held, facts, today)
    found = foreseen.of(owner.policy, facts, today, year) if foreseen is not None else None
    if found is None:
        found = judging.judge(owner.policy, facts, on=today, year=year)
    if found.verdict != "pass" and not despite:
        raise NotPassing
    number = held.submissions.count() + 1 if held.submitted_at is not None else 1
    content = {"application": held.pk, "number": number, "facts": facts.to_mapping(), "answers": dict(answers)}
    held.verdict, held.score_low, held.score_high = found.verdict, found.score_low, found.score_high
    return rows.insert(
        Submission(
            **content | {"application": held}, stated=_plain(said), differs=_differs(accepted, said),
            policy=found.policy, policy_version=found.version, policy_hash=found.hash, on=found.on, year=found.year,
            verdict=found.verdict, result=found.result, form_version=owner.form.version,
            digest=judging.digest(content), submitted_by=by, submitted_at=at,
        )
    )  # fmt: skip


def path(key: Key) -> str:
    """A fact by name, with its year where it has one: `sales_revenue.2025`."""
    return key[0] if key[1] is None else f"{key[0]}.{key[1]}"


def _plain(said: Mapping[Key, Value]) -> dict[str, Any]:
    known = catalogue.load()
    return {path(key): plain(known[key[0]], value) for key, value in said.items()}


def _differs(accepted: FactSet, said: Mapping[Key, Value]) -> list[dict[str, Any]]:
    """The stated facts whose accepted value is another one: field, accepted, stated."""
    known = catalogue.load()
    return [
        {
            "field": path(key), "accepted": plain(known[key[0]], accepted.get(*key)),
            "stated": plain(known[key[0]], value),
        }
        for key, value in said.items()
        if accepted.get(*key) is not None and accepted.get(*key) != value
    ]


def _next_number(held: Application) -> str:
    """The next of the programme's year, held until the transaction ends."""
    owner, year = programme(held.programme), held.call.year
    return f"{owner.prefix}{year}{next_number(f'casework.{owner.prefix}.{year}'):06d}"


def _forward(held: Application, owner: Programme, by: User, at: dt.datetime, *, first_time: bool) -> Step:
    today = clock.day_of(at)
    before = {name: getattr(held, name) for name in moving.KEPT}
    if first_time:
        following = owner.after(held.stage, held.call.settings)
        stage = held.stage
        if following is None:
            raise LookupError(f"{owner.name} has nothing after {stage}")
        moving.enter(held, following, today)
        return moving.write(
            held, move="submit", to=following.name, by=by, unit=held.organisation, at=at, before=before, stage=stage,
            more=_TYPED, number=lambda: _next_number(held),
        )  # fmt: skip
    moving.resume(held, today)
    return moving.write(
        held, move="resubmit", to=held.stage, by=by, unit=held.organisation, at=at, before=before, stage=held.stage,
        more=_TYPED,
    )  # fmt: skip


@transaction.atomic
def withdraw(*, application: Application, reason: str, by: User, at: dt.datetime, seen: int) -> Step:
    """The applicant withdraws what has not ended; the reason stays on record."""
    held = moving.locked(application)
    access.require("casework.withdraw", by, held)
    if held.version != seen:
        raise NotAllowed(STALE)
    if not reason.strip():
        raise NotAllowed(moving.NO_REASON)
    refused = withdrawal_refused(held, by, at)
    if refused is not None:
        raise NotAllowed(refused)
    before = {name: getattr(held, name) for name in moving.KEPT}
    stage = held.stage
    moving.end(held, State.WITHDRAWN, at)
    return moving.write(
        held, move=WITHDRAW.name, to="withdrawn", by=by, unit=held.organisation, at=at, before=before, stage=stage,
        reason=reason,
    )  # fmt: skip


def withdrawal_refused(application: Application, by: User, at: dt.datetime) -> Refused | None:
    """What stands against a withdrawal by whoever may withdraw: it has ended, or a higher room says why not."""
    if application.ended_at is not None:
        return moving.NO_SUCH_MOVE
    return hooks.refusal(hooks.Moving(application, moving.stage_of(application), WITHDRAW, by, at))
