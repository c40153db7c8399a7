"""An application leaves its batch: taken out of an open one, or moved on into the next one, always with a reason."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tidui.accounts.models import User
from tidui.casework import hooks
from tidui.casework.actions import moving
from tidui.casework.actions.calls import BATCH_CLOSED
from tidui.casework.actions.moving import Stale
from tidui.casework.hooks import Moving
from tidui.casework.models import Application, Batch, Step
from tidui.casework.programme import Move
from tidui.kit import access, clock
from tidui.kit.access import NotAllowed, Refused
from tidui.kit.lang import Pair

NOT_IN_A_BATCH: Final = Refused("not-in-a-batch", _("该申报不在批次中。"))
CLOSED_STAYS: Final = Refused("batch-closed", _("批次已经封闭，不能再移出；可以移到下一批次。"))
GONE_ON: Final = Refused("gone-on", _("该申报已经进入后面的环节，不能再换批次。"))
OTHER_CALL: Final = Refused("other-call", _("只能移到同一申报通知的批次。"))
SAME_BATCH: Final = Refused("same-batch", _("该申报已在这个批次中。"))

#: Higher rooms may guard them by name, like any move.
TAKE_OUT: Final = Move("take_out", Pair("移出批次", "take out of the batch"), reason=True)  # tidui: data
REBATCH: Final = Move("rebatch", Pair("移到下一批次", "move to the next batch"), reason=True)  # tidui: data


@transaction.atomic
def take_out(*, application: Application, reason: str, by: User, at: dt.datetime, seen: int) -> Step:
    """Take an application out of an open batch: it goes back to the stage that put it in."""
    access.require("casework.batches", by)
    held, batch = _held(application, seen, reason)
    if batch.closed_at is not None:
        raise NotAllowed(CLOSED_STAYS)
    put_in = _put_in(held)
    _guarded(held, TAKE_OUT, by, at)
    before = {name: getattr(held, name) for name in moving.KEPT}
    stage, held.batch = held.stage, None
    overtake(held, by, at)
    moving.enter(held, moving.programme_of(held).stage(put_in.stage), clock.day_of(at))
    return moving.write(
        held, move=TAKE_OUT.name, to=held.stage, by=by, unit=moving.department(), at=at, stage=stage, before=before,
        reason=reason, details={"batch": batch.pk},
    )  # fmt: skip


@transaction.atomic
def rebatch(*, application: Application, to: Batch, reason: str, by: User, at: dt.datetime, seen: int) -> Step:
    """Move an application that has not gone on from the stage where its batch began into another, open batch."""
    access.require("casework.batches", by)
    held, batch = _held(application, seen, reason)
    target = Batch.objects.select_for_update().get(pk=to.pk)
    for wrong, refused in (
        (target.call_id != held.call_id, OTHER_CALL),
        (target.pk == batch.pk, SAME_BATCH),
        (target.closed_at is not None, BATCH_CLOSED),
    ):
        if wrong:
            raise NotAllowed(refused)
    _put_in(held)
    _guarded(held, REBATCH, by, at, target)
    before = {name: getattr(held, name) for name in moving.KEPT}
    held.batch = target
    overtake(held, by, at)
    return moving.write(
        held, move=REBATCH.name, to="", by=by, unit=moving.department(), at=at, stage=held.stage, before=before,
        reason=reason, details={"from": batch.pk, "to": target.pk},
    )  # fmt: skip


def overtake(held: Application, by: User, at: dt.datetime) -> None:
    """End a proposal that still waits for a second pair of eyes: what it was about has moved."""
    held.proposals.filter(ended_at__isnull=True).update(ended_by=by, ended_at=at)


def _held(application: Application, seen: int, reason: str) -> tuple[Application, Batch]:
    held = moving.locked(application)
    if held.version != seen:
        raise Stale(held.steps.select_related("by").order_by("-number").first())
    if not reason.strip():
        raise NotAllowed(moving.NO_REASON)
    if held.batch_id is None or held.ended_at is not None:
        raise NotAllowed(NOT_IN_A_BATCH)
    return held, Batch.objects.select_for_update().get(pk=held.batch_id)


def _put_in(held: Application) -> Step:
    """The step that put it into a batch and where it still is; NotAllowed if it has gone on since."""
    last = held.steps.filter(to=held.stage, reversed_by__isnull=True).order_by("-number").first()
    if last is None or last.before.get("batch_id") is not None:
        raise NotAllowed(GONE_ON)
    return last


def _guarded(held: Application, move: Move, by: User, at: dt.datetime, batch: Batch | None = None) -> None:
    refused = hooks.refusal(Moving(held, moving.stage_of(held), move, by, at, batch))
    if refused is not None:
        raise NotAllowed(refused)
