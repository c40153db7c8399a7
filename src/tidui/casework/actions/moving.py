"""Moving an application: decided by a person, confirmed by a colleague, done by the system, taken back.

Every move holds the application's row until it is done. A person's move names the version that they saw: of two who
decide at once, one wins and the other is told what happened.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tidui.accounts.enums import OrganisationKind
from tidui.accounts.models import Organisation, User
from tidui.accounts.standing import standing
from tidui.audit import events, rows
from tidui.casework import clocks, hooks, judging
from tidui.casework.enums import ENDED, State, Turn
from tidui.casework.hooks import Moving
from tidui.casework.models import Application, Batch, Call, Proposal, Step
from tidui.casework.parameters import UNDO_DAYS
from tidui.casework.permissions import NOT_YOUR_TURN, may_work
from tidui.casework.programme import ACCEPTED, CORRECTION, ENDS, NEXT, Move, Programme, Stage, programme
from tidui.kit import access, classified, clock, parameters
from tidui.kit.access import NotAllowed, Refused
from tidui.kit.prepared import Prepared

NO_SUCH_MOVE: Final = Refused("no-such-move", gettext_lazy("现在不能这样办理，请刷新页面查看当前环节。"))
NO_REASON: Final = Refused("no-reason", gettext_lazy("请写明理由。"))
TOO_LATE: Final = Refused("call-closed", gettext_lazy("申报已经截止，该业务不允许截止后补正。"))
TOO_OFTEN: Final = Refused("too-many-corrections", gettext_lazy("退回补正已达次数上限，请作出决定。"))
NO_AGENCY: Final = Refused("no-agency", gettext_lazy("申报没有选择评价机构。"))
NOT_LAST: Final = Refused("not-the-last-step", gettext_lazy("只能撤销最近一步，且下一环节尚未办理。"))
UNDO_TOO_LATE: Final = Refused("too-late", gettext_lazy("已超过可以自行撤销的期限。"))
BEGUN_AGAIN: Final = Refused("begun-again", gettext_lazy("该单位已经重新申报，不能再撤销。"))
NOT_YOUR_STEP: Final = Refused("not-your-step", gettext_lazy("只能由本人或者本单位撤销。"))
SAME_PERSON: Final = Refused("same-person", gettext_lazy("复核须由另一位同事进行。"))
OVERTAKEN: Final = Refused("overtaken", gettext_lazy("申报已经有了新的变动，这项复核已失效。"))
WAITS_FOR_SECOND: Final = Refused("waits-for-second", gettext_lazy("已有同事提出办理意见，正等待复核。"))

#: What a step keeps of how the application stood before.
KEPT: Final = ("stage", "state", "turn", "holder_id", "due_on", "days_left", "batch_id", "corrections", "ended_at")
_MOMENTS: Final = {"due_on": dt.date.fromisoformat, "ended_at": dt.datetime.fromisoformat}


class Stale(NotAllowed):
    """The application moved since the person looked; `step` is what happened meanwhile, if it was a step."""

    def __init__(self, step: Step | None) -> None:
        said = _("该申报刚刚有了变动，您的办理没有保存。请查看最新情况。")
        if step is not None:
            named = step.by.name if step.by else _("系统")
            said = _("%(who)s已于 %(when)s 办理了该申报，您的办理没有保存。请查看最新情况。") % {
                "who": named, "when": step.at.astimezone(clock.LEGAL_ZONE).strftime("%Y-%m-%d %H:%M"),
            }  # fmt: skip
        super().__init__(Refused("stale", said))
        self.step = step


def locked(application: Application | int) -> Application:
    """The application as it is now, held until the transaction ends."""
    key = application.pk if isinstance(application, Application) else application
    found = _locked.first(key)
    if found is None:
        raise Application.DoesNotExist(f"there is no application {key}")
    return found


_locked: Prepared[Application] = Prepared(
    lambda key: Application.objects.select_for_update(of=("self",)).select_related("call", "organisation")
    .filter(pk=key)
)  # fmt: skip


@transaction.atomic
def move(
    *, application: Application, name: str, by: User, at: dt.datetime, seen: int, reason: str = "",
    fields: Sequence[str] = (), batch: Batch | None = None,
) -> Step | Proposal:  # fmt: skip
    """Decide on an application whose turn it is. A move that needs four eyes gives a Proposal, and nothing moves yet.

    `seen` is the version that the person looked at: Stale where it is no longer that. `fields` names what is to be
    corrected. NotAllowed with a reason code for everything else that stands against it.
    """
    held = locked(application)
    if held.version != seen:
        raise Stale(held.steps.select_related("by").order_by("-number").first())
    access.require("casework.decide", by, held)
    stage, chosen = _chosen(held, name)
    if not chosen.by_hand:
        raise NotAllowed(NO_SUCH_MOVE)
    if chosen.reason and not reason.strip():
        raise NotAllowed(NO_REASON)
    if held.proposals.filter(ended_at__isnull=True).exists():
        raise NotAllowed(WAITS_FOR_SECOND)
    before = _guarded(Moving(held, stage, chosen, by, at, batch))
    unit = _unit_of(held, by)
    if chosen.second:
        return _propose(held, chosen, by, unit, at, reason, fields)
    return _apply(
        held, stage, chosen, before, by=by, unit=unit, at=at, reason=reason, fields=fields, details=_rules(held, at)
    )


@transaction.atomic
def confirm(*, proposal: Proposal, agree: bool, by: User, at: dt.datetime, answer: str = "") -> Step | None:
    """A colleague confirms or declines what was proposed; None where it is declined."""
    held = locked(proposal.application_id)
    proposal = Proposal.objects.select_related("by", "by_unit").get(pk=proposal.pk)
    access.require("casework.decide", by, held)
    if proposal.ended_at is not None or held.version != proposal.version:
        raise NotAllowed(OVERTAKEN)
    if proposal.by_id == by.pk:
        raise NotAllowed(SAME_PERSON)
    if not agree and not answer.strip():
        raise NotAllowed(NO_REASON)
    classified.require_open(answer)
    proposal.ended_by, proposal.ended_at, proposal.confirmed, proposal.answer = by, at, agree, answer.strip()
    proposal.save()
    if not agree:
        events.record(
            "casework.decline", actor=by, subject=proposal, at=at, organisation_id=held.organisation_id,
            details={"application": held.pk, "move": proposal.move, "answer": answer.strip()},
        )  # fmt: skip
        return None
    stage, chosen = _chosen(held, proposal.move)
    before = _guarded(Moving(held, stage, chosen, by, at))
    return _apply(
        held, stage, chosen, before, by=proposal.by, unit=proposal.by_unit, at=at, reason=proposal.reason,
        fields=proposal.fields, second=by, details=_rules(held, at),
    )  # fmt: skip


def _rules(held: Application, at: dt.datetime) -> dict[str, Any]:
    """What the rules of the day say when a person decides, kept with the step."""
    newest = held.submissions.order_by("-number").first()
    found = judging.again(newest, clock.day_of(at)) if newest is not None else None
    return {"rules": found} if found is not None else {}


@transaction.atomic
def advance(
    *, application: Application, name: str, at: dt.datetime, by: User | None = None, reason: str = "",
    details: Mapping[str, Any] | None = None, expect: str = "",
) -> Step | None:  # fmt: skip
    """Move by the system, or by an action of a higher room that has asked for its own permission.

    With `expect` (a stage's name) an application that is no longer there is left alone and None is the answer, so that
    work that runs again after a crash moves nothing twice.
    """
    held = locked(application)
    if expect and (held.stage != expect or held.state != State.ACTIVE):
        return None
    stage, chosen = _chosen(held, name)
    before = _guarded(Moving(held, stage, chosen, by, at))
    unit = department() if by is not None else None
    return _apply(held, stage, chosen, before, by=by, unit=unit, at=at, reason=reason, details=details)


@transaction.atomic
def undo(*, step: Step, reason: str, by: User, at: dt.datetime) -> Step:
    """Take back the last step, by whoever made it or their unit, while nothing followed; both steps stay on record."""
    held = locked(step.application_id)
    if not reason.strip():
        raise NotAllowed(NO_REASON)
    last = held.steps.order_by("-number").first()
    if last is None or last.pk != step.pk or step.reverses_id or step.by_id is None or not step.to:
        raise NotAllowed(NOT_LAST)
    if step.by_unit_id is None or not may_work(standing(by), step.by_unit_id):
        raise NotAllowed(NOT_YOUR_STEP)
    if Batch.objects.filter(pk__in=_batches(held, step), closed_at__isnull=False).exists():
        raise NotAllowed(NOT_LAST)
    _still_to_undo(held, step, at)
    before = {name: getattr(held, name) for name in KEPT}
    for name in KEPT:
        raw = step.before.get(name)
        setattr(held, name, _MOMENTS[name](raw) if raw is not None and name in _MOMENTS else raw)
    made = write(
        held, move="undo", to=held.stage, by=by, unit=step.by_unit, at=at, reason=reason, before=before,
        reverses=step, stage=step.to,
    )  # fmt: skip
    return made


def _batches(held: Application, step: Step) -> list[int]:
    """The batch that it is in, and the one that it would go back into: locked, so that neither closes meanwhile."""
    keys = {key for key in (held.batch_id, step.before.get("batch_id")) if key is not None}
    return list(Batch.objects.select_for_update().filter(pk__in=keys).order_by("pk").values_list("pk", flat=True))


def _still_to_undo(held: Application, step: Step, at: dt.datetime) -> None:
    today = clock.day_of(at)
    if (clocks.left(clock.day_of(step.at), today) or 0) > int(parameters.get(UNDO_DAYS, today)):
        raise NotAllowed(UNDO_TOO_LATE)
    others = Application.objects.filter(call=held.call_id, organisation=held.organisation_id).exclude(pk=held.pk)
    if held.state in ENDED and others.exclude(state__in=ENDED - {State.ACCEPTED}).exists():
        raise NotAllowed(BEGUN_AGAIN)


# ---------------------------------------------------------------------- parts
def programme_of(application: Application) -> Programme:
    """The declarations that an application follows."""
    return programme(application.programme)


def stage_of(application: Application) -> Stage:
    """The stage that it is at."""
    return programme_of(application).stage(application.stage)


def department() -> Organisation:
    """The department. LookupError while there is none."""
    found = _first_at_work.first(OrganisationKind.DEPARTMENT.value)
    if found is None:
        raise LookupError("there is no department yet")
    return found


_first_at_work: Prepared[Organisation] = Prepared(
    lambda kind: Organisation.objects.filter(kind=kind, active=True).order_by("pk")[:1]
)


def holder_of(application: Application, stage: Stage) -> Organisation:
    """The organisation whose turn it is at a stage; what lies with others outside is kept by the department."""
    if stage.turn == Turn.APPLICANT:
        return application.organisation
    if stage.turn == Turn.AGENCY:
        if application.agency is None:
            raise NotAllowed(NO_AGENCY)
        return application.agency
    if stage.turn == Turn.UNIT and application.unit is not None:
        return application.unit
    return department()


def _chosen(held: Application, name: str) -> tuple[Stage, Move]:
    stage = stage_of(held)
    chosen = stage.move(name)
    if chosen is None or held.state in ENDED:
        raise NotAllowed(NO_SUCH_MOVE)
    return stage, chosen


def _guarded(moving: Moving) -> dict[str, Any]:
    """How the application stood before; NotAllowed if a guard refuses. A guard may put it into a batch."""
    before = {name: getattr(moving.application, name) for name in KEPT}
    if moving.move.to == CORRECTION:
        owner = programme_of(moving.application)
        if not owner.late_correction and moving.at > moving.application.call.closes_at:
            raise NotAllowed(TOO_LATE)
        if moving.application.corrections >= owner.most_corrections:
            raise NotAllowed(TOO_OFTEN)
    refused = hooks.refusal(moving)
    if refused is not None:
        raise NotAllowed(refused)
    return before


def _unit_of(held: Application, by: User) -> Organisation:
    """For which of their organisations the person decides: the holder."""
    if held.holder is None or not may_work(standing(by), held.holder_id or 0):
        raise NotAllowed(NOT_YOUR_TURN)
    return held.holder


def _propose(
    held: Application, chosen: Move, by: User, unit: Organisation, at: dt.datetime, reason: str, fields: Sequence[str]
) -> Proposal:
    classified.require_open(reason)
    made = Proposal.objects.create(
        application=held, version=held.version, move=chosen.name, reason=reason.strip(), fields=list(fields), by=by,
        by_unit=unit, at=at,
    )  # fmt: skip
    events.record(
        "casework.propose", actor=by, subject=made, at=at, organisation_id=held.organisation_id,
        details={"application": held.pk, "move": chosen.name, "reason": reason.strip()},
    )  # fmt: skip
    return made


def _apply(
    held: Application, stage: Stage, chosen: Move, before: Mapping[str, Any], *, by: User | None,
    unit: Organisation | None, at: dt.datetime, reason: str = "", fields: Sequence[str] = (),
    details: Mapping[str, Any] | None = None, second: User | None = None,
) -> Step:  # fmt: skip
    owner, today = programme_of(held), clock.day_of(at)
    target = chosen.to
    if target == NEXT:
        following = owner.after(stage.name, held.call.settings)
        target = following.name if following else ACCEPTED
    if target == CORRECTION:
        _send_back(held, owner, today)
    elif target in ENDS:
        end(held, ENDS[target], at)
    else:
        enter(held, owner.stage(target), today)
    return write(
        held, move=chosen.name, to=target, by=by, unit=unit, at=at, reason=reason, fields=fields, details=details,
        before=before, second=second, stage=stage.name,
    )  # fmt: skip


def enter(held: Application, stage: Stage, today: dt.date) -> None:
    """Put an application at a stage, with its clock beginning today. Not saved."""
    held.stage, held.state, held.turn = stage.name, State.ACTIVE, stage.turn
    held.holder = holder_of(held, stage)
    held.due_on = clocks.due(today, clocks.days_of(programme_of(held), stage, held.call.settings))
    held.days_left = None


def _send_back(held: Application, owner: Programme, today: dt.date) -> None:
    """The stage's clock stops with what is left of it; the applicant's begins."""
    held.days_left = clocks.left(today, held.due_on)
    held.state, held.turn, held.holder = State.CORRECTION, Turn.APPLICANT, held.organisation
    held.due_on = clocks.due(today, owner.correction_days)
    held.corrections += 1


def resume(held: Application, today: dt.date) -> None:
    """Put a corrected application back to the stage that returned it, with the clock going on. Not saved."""
    stage, rest = stage_of(held), held.days_left
    enter(held, stage, today)
    if rest is not None:
        held.due_on = clocks.due(today, max(rest, 1))


def end(held: Application, state: State, at: dt.datetime) -> None:
    """End an application. Not saved."""
    held.state, held.turn, held.holder = state, Turn.NOBODY, None
    held.due_on, held.days_left, held.ended_at = None, None, at


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date | dt.datetime) else value


#: What a move may change: all but what was typed, which is long and which no move touches.
_MOVED: Final = frozenset(
    one.name for one in Application._meta.concrete_fields if not one.primary_key and one.name != "answers"
)


def write(
    held: Application, *, move: str, to: str, by: User | None, unit: Organisation | None, at: dt.datetime, stage: str,
    before: Mapping[str, Any], reason: str = "", fields: Sequence[str] = (), details: Mapping[str, Any] | None = None,
    second: User | None = None, reverses: Step | None = None, more: frozenset[str] = frozenset(),
    number: Callable[[], str] | None = None,
) -> Step:  # fmt: skip
    """Save the application with its next version (`more`: what else of it), write the step, its event, tell listeners.

    `number` gives it its number, as late as can be: others who submit wait from there on. NotAllowed for a reason that
    is classified: every reason that is kept of a case passes here or at a proposal.
    """
    classified.require_open(reason)
    held.version += 1
    held.changed_at = at
    held.sent_back_by = _waiting(held, unit, to)
    if any(one.second for place in programme_of(held).stages for one in place.moves):
        # What a colleague was still to confirm is overtaken: it was about the version before.
        held.proposals.filter(ended_at__isnull=True).update(ended_at=at)
    made = rows.insert(
        Step(
            application=held, number=held.version, stage=stage, move=move, to=to, reason=reason.strip(),
            fields=list(fields), details=dict(details or {}), by=by, by_unit=unit, second=second, at=at,
            reverses=reverses, before={name: _plain(value) for name, value in before.items()},
        )
    )  # fmt: skip
    hooks.tell_ahead(held, made, at)
    if number is not None:
        rows.send()
        held.number = number()
    rows.update(held, _MOVED | more)
    events.record(
        "casework.move", actor=by, subject=made, at=at, organisation_id=held.organisation_id,
        details={
            "application": held.pk, "number": held.number, "stage": stage, "move": move, "to": to,
            "reason": reason.strip(), "second": second.pk if second else None,
        },
    )  # fmt: skip
    hooks.tell(held, made, at)
    return made


def _waiting(held: Application, unit: Organisation | None, to: str) -> Organisation | None:
    """Who waits for its correction: who sent it back, or the desk to which it comes back after any other step."""
    if held.state != State.CORRECTION:
        return None
    return unit if to == CORRECTION else holder_of(held, stage_of(held))


def open_batch(call: Call) -> Batch | None:
    """The batch of a call that still takes applications in, if there is one."""
    return Batch.objects.filter(call=call, closed_at__isnull=True).order_by("-number").first()
