"""Calls: drafted, published with the settings of the day, prolonged, closed early; and the batches under them.

Whether a call is open follows from its times by the server's clock. A draft that was not submitted in time lapses; it
comes back as it was when the call is prolonged.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max, Q
from django.utils.translation import gettext_lazy as _

from tidui.accounts.models import User
from tidui.audit import events
from tidui.casework import hooks, parameters
from tidui.casework.actions import moving
from tidui.casework.enums import CallState, State, Turn
from tidui.casework.models import Application, Batch, Call
from tidui.casework.programme import Programme, programme
from tidui.kit import access, classified, clock
from tidui.kit.access import NotAllowed, Refused

NOT_A_DRAFT: Final = Refused("not-a-draft", _("申报通知已经发布，不能再改；可以延长或者提前截止。"))
NOT_PUBLISHED: Final = Refused("not-published", _("申报通知尚未发布，或者已经截止。"))
PUBLISHED: Final = Refused("published", _("申报通知已经发布，不能删除；可以提前截止。"))
ONLY_LONGER: Final = Refused("only-longer", _("只能延后截止时间；要提前结束请用“提前截止”。"))
BATCH_OPEN: Final = Refused("batch-open", _("还有未封闭的批次，请先封闭。"))
BATCH_EMPTY: Final = Refused("batch-empty", _("批次里还没有申报。"))
BATCH_CLOSED: Final = Refused("batch-closed", _("批次已经封闭。"))
#: A draft stays for so long after its call has closed: whoever was writing can still read, copy and be told.
GRACE: Final = dt.timedelta(days=3)


@transaction.atomic
def draft_call(
    *, programme_name: str, year: int, title: str, text: str, opens_at: dt.datetime, closes_at: dt.datetime,
    by: User, at: dt.datetime, document_number: str = "",
) -> Call:  # fmt: skip
    """Draft a call; nobody but the department sees it yet. ValidationError for times that do not fit."""
    access.require("casework.manage_calls", by)
    classified.require_open(title, text, document_number)
    programme(programme_name)
    _fits(opens_at, closes_at)
    made = Call.objects.create(
        programme=programme_name, year=year, title=title.strip(), text=text.strip(), opens_at=opens_at,
        closes_at=closes_at, document_number=document_number.strip(), created_by=by, created_at=at,
    )  # fmt: skip
    events.record("casework.draft_call", actor=by, subject=made, at=at, details={"title": made.title})
    return made


def _fits(opens_at: dt.datetime, closes_at: dt.datetime) -> None:
    if closes_at <= opens_at:
        raise ValidationError({"closes_at": _("截止时间须晚于开始时间。")})


@transaction.atomic
def edit_call(
    *, call: Call, programme_name: str, year: int, title: str, text: str, opens_at: dt.datetime, closes_at: dt.datetime,
    by: User, at: dt.datetime, document_number: str = "",
) -> Call:  # fmt: skip
    """Change a draft of a call. ValidationError for times that do not fit."""
    access.require("casework.manage_calls", by)
    classified.require_open(title, text, document_number)
    programme(programme_name)
    _fits(opens_at, closes_at)
    held = Call.objects.select_for_update().get(pk=call.pk)
    if held.state != CallState.DRAFT:
        raise NotAllowed(NOT_A_DRAFT)
    held.programme, held.year, held.title, held.text = programme_name, year, title.strip(), text.strip()
    held.opens_at, held.closes_at, held.document_number = opens_at, closes_at, document_number.strip()
    held.save()
    events.record("casework.edit_call", actor=by, subject=held, at=at, details={"title": held.title})
    return held


@transaction.atomic
def discard_call(*, call: Call, by: User, at: dt.datetime) -> None:
    """Throw a draft of a call away; what was published stays."""
    access.require("casework.manage_calls", by)
    held = Call.objects.select_for_update().get(pk=call.pk)
    if held.state != CallState.DRAFT:
        raise NotAllowed(PUBLISHED)
    events.record("casework.discard_call", actor=by, subject=held, at=at, details={"title": held.title})
    held.delete()


def settings_on(owner: Programme, day: dt.date) -> dict[str, Any]:
    """What a call of a programme fixes that is published on a day: its settings, and the days of every stage."""
    days = {f"days.{stage.name}": stage.days for stage in owner.stages if stage.days is not None}
    return parameters.settings_of(owner, day) | days


@transaction.atomic
def publish_call(*, call: Call, by: User, at: dt.datetime, settings: Mapping[str, Any] | None = None) -> Call:
    """Publish a call: its settings are those of the programme today, with `settings` over them, and stay so.

    ValidationError for one that would have ended already.
    """
    access.require("casework.manage_calls", by)
    held = Call.objects.select_for_update().get(pk=call.pk)
    if held.state != CallState.DRAFT:
        raise NotAllowed(NOT_A_DRAFT)
    if held.closes_at <= at:
        raise ValidationError(_("截止时间已过，请先修改申报通知的时间。"))
    held.settings = settings_on(programme(held.programme), clock.day_of(at)) | dict(settings or {})
    held.state, held.published_by, held.published_at = CallState.PUBLISHED, by, at
    held.save()
    events.record(
        "casework.publish_call", actor=by, subject=held, at=at,
        details={"title": held.title, "settings": held.settings, "closes_at": held.closes_at.isoformat()},
    )  # fmt: skip
    return held


@transaction.atomic
def prolong_call(*, call: Call, closes_at: dt.datetime, reason: str, by: User, at: dt.datetime) -> Call:
    """Move the end of a published call later; drafts that had lapsed by then can be written again."""
    access.require("casework.manage_calls", by)
    classified.require_open(reason)
    held = Call.objects.select_for_update().get(pk=call.pk)
    if held.state != CallState.PUBLISHED:
        raise NotAllowed(NOT_PUBLISHED)
    if closes_at <= held.closes_at:
        raise NotAllowed(ONLY_LONGER)
    before, held.closes_at = held.closes_at, closes_at
    held.save(update_fields=["closes_at"])
    events.record(
        "casework.prolong_call", actor=by, subject=held, at=at,
        details={"from": before.isoformat(), "to": closes_at.isoformat(), "reason": reason},
    )  # fmt: skip
    if closes_at > at:
        _revive(held, at)
    return held


@transaction.atomic
def close_call(*, call: Call, reason: str, by: User, at: dt.datetime) -> Call:
    """End a published call now; what was submitted goes on."""
    access.require("casework.manage_calls", by)
    classified.require_open(reason)
    held = Call.objects.select_for_update().get(pk=call.pk)
    if held.state != CallState.PUBLISHED:
        raise NotAllowed(NOT_PUBLISHED)
    held.state = CallState.CLOSED
    held.save(update_fields=["state"])
    events.record("casework.close_call", actor=by, subject=held, at=at, details={"reason": reason})
    return held


def lapse_drafts(at: dt.datetime) -> int:
    """End the drafts of calls that closed three days ago, or early, each in a transaction of its own; how many.

    Safe to repeat. A call that was prolonged meanwhile is looked at again under the lock.
    """
    over = Q(call__closes_at__lt=at - GRACE) | Q(call__state=CallState.CLOSED)
    count = 0
    for key in Application.objects.filter(over, state=State.DRAFT).order_by("pk").values_list("pk", flat=True):
        count += _lapse(key, at)
    return count


@transaction.atomic
def _lapse(key: int, at: dt.datetime) -> bool:
    held = moving.locked(key)
    call = held.call
    if held.state != State.DRAFT or (call.state == CallState.PUBLISHED and call.closes_at >= at - GRACE):
        return False
    before = {name: getattr(held, name) for name in moving.KEPT}
    moving.end(held, State.LAPSED, at)
    moving.write(held, move="lapse", to="lapsed", by=None, unit=None, at=at, stage=held.stage, before=before)
    return True


def _revive(call: Call, at: dt.datetime) -> None:
    """Let lapsed drafts be drafts again, but for those whose enterprise has begun another one."""
    taken = call.applications.exclude(state__in=[State.WITHDRAWN, State.LAPSED, State.REFUSED]).values("organisation")
    lapsed = call.applications.filter(state=State.LAPSED).exclude(organisation__in=taken)
    for key in dict(lapsed.order_by("organisation", "pk").values_list("organisation", "pk")).values():
        held = moving.locked(key)
        before = {name: getattr(held, name) for name in moving.KEPT}
        held.state, held.turn, held.holder, held.ended_at = State.DRAFT, Turn.APPLICANT, held.organisation, None
        moving.write(held, move="revive", to=held.stage, by=None, unit=None, at=at, stage=held.stage, before=before)


@transaction.atomic
def open_batch(*, call: Call, title: str, by: User, at: dt.datetime) -> Batch:
    """Open the next batch of a call, into which confirmations go; one is open at a time."""
    access.require("casework.batches", by)
    classified.require_open(title)
    Call.objects.select_for_update().get(pk=call.pk)
    if Batch.objects.filter(call=call, closed_at__isnull=True).exists():
        raise NotAllowed(BATCH_OPEN)
    last = Batch.objects.filter(call=call).aggregate(last=Max("number"))["last"] or 0
    made = Batch.objects.create(call=call, number=last + 1, title=title.strip(), made_by=by, made_at=at)
    events.record("casework.open_batch", actor=by, subject=made, at=at, details={"call": call.pk, "title": made.title})
    return made


@transaction.atomic
def close_batch(*, batch: Batch, by: User, at: dt.datetime) -> Batch:
    """Close a batch: what is in it goes on together from here, and nothing more comes in."""
    access.require("casework.batches", by)
    held = Batch.objects.select_for_update().get(pk=batch.pk)
    if held.closed_at is not None:
        raise NotAllowed(BATCH_CLOSED)
    first = held.applications.filter(ended_at__isnull=True).order_by("pk").first()
    if first is None:
        raise NotAllowed(BATCH_EMPTY)
    held.closed_at, held.closed_by, held.stage = at, by, first.stage
    held.save()
    events.record("casework.close_batch", actor=by, subject=held, at=at, details={"count": held.applications.count()})
    hooks.closed(held, at)
    return held
