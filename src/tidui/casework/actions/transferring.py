"""An enterprise moves to another recommending unit, and what it has applied for goes with it.

What is only a draft follows at once. What has been submitted is shown to the department and to the unit that has it:
one of them hands it over, and a step says so.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tidui.accounts.models import Organisation, User
from tidui.accounts.queries import officers_of, recommending_unit
from tidui.accounts.standing import standing
from tidui.audit import events
from tidui.casework import clocks
from tidui.casework.actions import moving
from tidui.casework.actions.batches import overtake
from tidui.casework.actions.moving import Stale
from tidui.casework.enums import ENDED, State, Turn
from tidui.casework.models import Application, Step
from tidui.casework.units import units_of
from tidui.kit import access, clock, outbox
from tidui.kit.access import NotAllowed, Refused

NOT_MOVED: Final = Refused("not-moved", _("企业的推荐单位没有变化，不需要转交。"))
ENDED_ALREADY: Final = Refused("ended", _("这份申报已经办结。"))


def follow(*, at: dt.datetime) -> int:
    """Look at all applications that have not ended: drafts follow their enterprise, others are marked; how many.

    Called in the transaction of whatever changes who recommends whom, and each night for changes of that day. Four
    queries, and one for each application that changes.
    """
    waiting = Application.objects.exclude(state__in=ENDED)
    rows = list(waiting.select_related("organisation__zone").order_by("pk"))
    found = units_of((row.organisation for row in rows), clock.day_of(at))
    changed = 0
    for row in rows:
        unit = found[row.organisation_id]
        key = unit.pk if unit is not None else None
        if row.state == State.DRAFT:
            changed += key != row.unit_id and _follow_draft(row, unit, at)
        elif key != row.unit_id:
            changed += (row.unit_changed_at is None or row.unit_now_id != key) and _mark(row, unit, at)
        elif row.unit_changed_at is not None:
            changed += _mark(row, None, None)
    return changed


def _follow_draft(row: Application, unit: Organisation | None, at: dt.datetime) -> int:
    """A draft only changes its unit: its version stays, so that whoever writes it does not notice."""
    before = row.unit_id
    count = Application.objects.filter(pk=row.pk, state=State.DRAFT).update(unit=unit)
    events.record(
        "casework.follow_unit", actor=None, subject=row, at=at, organisation_id=row.organisation_id,
        details={"from": before, "to": unit.pk if unit else None},
    )  # fmt: skip
    return count


def _mark(row: Application, unit: Organisation | None, at: dt.datetime | None) -> int:
    return Application.objects.filter(pk=row.pk).update(unit_now=unit, unit_changed_at=at)


@transaction.atomic
def transfer(*, application: Application, by: User, at: dt.datetime, seen: int, reason: str = "") -> Step:
    """Hand an application over to the unit that recommends its enterprise today.

    At a stage where it is the unit's turn the new unit holds it, and its clock begins anew; elsewhere only the unit
    changes. NotAllowed where nothing has moved.
    """
    held = moving.locked(application)
    access.require("casework.transfer", by, held)
    if held.version != seen:
        raise Stale(held.steps.select_related("by").order_by("-number").first())
    if held.state in ENDED:
        raise NotAllowed(ENDED_ALREADY)
    day = clock.day_of(at)
    unit, old = recommending_unit(held.organisation, day), held.unit
    if (unit and unit.pk) == held.unit_id:
        raise NotAllowed(NOT_MOVED)
    before = {name: getattr(held, name) for name in moving.KEPT}
    held.unit, held.unit_now, held.unit_changed_at = unit, None, None
    overtake(held, by, at)
    _hand_over(held, day)
    step = moving.write(
        held, move="transfer", to="", by=by, unit=_for_whom(by, old), at=at, stage=held.stage, before=before,
        reason=reason, details={"from": old and old.pk, "to": unit and unit.pk},
    )  # fmt: skip
    _tell(held, unit, old, at)
    return step


def _hand_over(held: Application, day: dt.date) -> None:
    """The new unit has it, with the whole time of the stage; a stage that waits for a correction is given it then."""
    stage = moving.stage_of(held)
    if stage.turn != Turn.UNIT:
        return
    days = clocks.days_of(moving.programme_of(held), stage, held.call.settings)
    if held.state == State.ACTIVE:
        held.holder = moving.holder_of(held, stage)
        held.due_on = clocks.due(day, days)
    elif held.state == State.CORRECTION:
        held.days_left = days


def _for_whom(by: User, old: Organisation | None) -> Organisation:
    if old is not None and old.pk in standing(by).deciding_units:
        return old
    return moving.department()


def _tell(held: Application, unit: Organisation | None, old: Organisation | None, at: dt.datetime) -> None:
    """The officers of the unit that has it now are told."""
    receiving = unit or moving.department()
    owner = moving.programme_of(held)
    outbox.notify(
        to=list(officers_of(receiving)), template="casework.transferred", at=at,
        link=reverse("casework:case", args=[held.pk]),
        context={
            "programme": str(owner.title), "enterprise": held.organisation.name, "number": held.number or "",
            "unit": receiving.name, "from": old.name if old else moving.department().name,
            "due": held.due_on.isoformat() if held.due_on else "",
        },
    )  # fmt: skip
