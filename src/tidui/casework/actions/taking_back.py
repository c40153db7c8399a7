"""What a unit does when nothing comes back: an overdue correction is taken back or refused, a proposal retracted."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.db import transaction
from django.utils.translation import gettext_lazy

from tidui.accounts.models import Organisation, User
from tidui.accounts.standing import standing
from tidui.audit import events
from tidui.casework.actions import moving
from tidui.casework.enums import State
from tidui.casework.models import Application, Proposal, Step
from tidui.casework.programme import REFUSED, Stage
from tidui.kit import access, clock
from tidui.kit.access import NotAllowed, Refused

NOT_BY_YOU: Final = Refused("not-by-you", gettext_lazy("本环节不能作出不予通过的决定；可以收回后按现有材料办理。"))
NOT_YOUR_PROPOSAL: Final = Refused("not-your-proposal", gettext_lazy("只能撤回自己提出的办理意见。"))


@transaction.atomic
def recall(*, application: Application, by: User, at: dt.datetime, seen: int, reason: str = "") -> Step:
    """Take an overdue correction back on the desk that returned it; its clock goes on with what was left of it."""
    held, stage = _held(application, by, seen)
    before = {name: getattr(held, name) for name in moving.KEPT}
    unit = moving.holder_of(held, stage)
    moving.resume(held, clock.day_of(at))
    return moving.write(
        held, move="recall", to=stage.name, by=by, unit=unit, at=at, before=before, stage=stage.name, reason=reason
    )


@transaction.atomic
def refuse_overdue(*, application: Application, reason: str, by: User, at: dt.datetime, seen: int) -> Step:
    """Refuse what was not corrected in time: by a stage that may refuse, or by the department."""
    held, stage = _held(application, by, seen)
    if not may_refuse(stage, by):
        raise NotAllowed(NOT_BY_YOU)
    if not reason.strip():
        raise NotAllowed(moving.NO_REASON)
    before = {name: getattr(held, name) for name in moving.KEPT}
    unit = _unit(held, stage, by)
    moving.end(held, State.REFUSED, at)
    return moving.write(
        held, move="refuse_overdue", to=REFUSED, by=by, unit=unit, at=at, before=before, stage=stage.name,
        reason=reason,
    )  # fmt: skip


def may_refuse(stage: Stage, by: User) -> bool:
    """May this person refuse at this stage what was not corrected?"""
    may = any(move.to == REFUSED and move.by_hand for move in stage.moves)
    return may or standing(by).decides_for_department


@transaction.atomic
def retract(*, proposal: Proposal, by: User, at: dt.datetime) -> Proposal:
    """Whoever proposed a decision takes it back before a colleague has answered; the file can be decided anew."""
    held = moving.locked(proposal.application_id)
    access.require("casework.decide", by, held)
    kept = Proposal.objects.get(pk=proposal.pk)
    if kept.ended_at is not None:
        raise NotAllowed(moving.OVERTAKEN)
    if kept.by_id != by.pk:
        raise NotAllowed(NOT_YOUR_PROPOSAL)
    kept.ended_by, kept.ended_at = by, at
    kept.save(update_fields=["ended_by", "ended_at"])
    events.record(
        "casework.retract", actor=by, subject=kept, at=at, organisation_id=held.organisation_id,
        details={"application": held.pk, "move": kept.move},
    )  # fmt: skip
    return kept


def _held(application: Application, by: User, seen: int) -> tuple[Application, Stage]:
    held = moving.locked(application)
    if held.version != seen:
        raise moving.Stale(held.steps.select_related("by").order_by("-number").first())
    access.require("casework.take_back", by, held)
    return held, moving.stage_of(held)


def _unit(held: Application, stage: Stage, by: User) -> Organisation:
    """For whom the person acts: the returning unit if they are of it, else the department."""
    unit = moving.holder_of(held, stage)
    return unit if unit.pk in standing(by).ids else moving.department()
