"""Seats after the draw: an expert accepts or declines, somebody does not come, somebody is recused late."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Final

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from tidui.accounts.models import User
from tidui.audit import events
from tidui.casework.models import Application
from tidui.kit import access
from tidui.kit.access import NotAllowed, Refused
from tidui.review import gathering, recusing, seating
from tidui.review.actions import drawing, leading
from tidui.review.enums import SEATED, ReviewState, SeatState
from tidui.review.models import File, Review, Seat

ANSWERED: Final = Refused("answered", _("您已经答复。如需改变，请联系省科技厅。"))
NO_REASON: Final = Refused("no-reason", _("请写明理由。"))
NOT_SEATED: Final = Refused("not-seated", _("该专家已不在这个席位上。"))
FINISHED: Final = Refused("finished", _("评审已经结束。"))


def together(seat: Seat) -> QuerySet[Seat]:
    """The seats to which an expert was called by the same draw: they are answered together."""
    return Seat.objects.filter(draw=seat.draw_id, expert=seat.expert_id)


def unfinished(seats: QuerySet[Seat]) -> QuerySet[Seat]:
    """Those of some seats that are taken and have a file that is not done: its leader has still to sign for all."""
    here = Q(pk=OuterRef("file")) | Q(group=OuterRef("group"))
    return seats.filter(Exists(File.objects.filter(here, done_at__isnull=True)), state__in=SEATED)


def _held(seat: Seat) -> Seat:
    """The seat as it is now, held; its files before it, as by whoever signs."""
    files = File.objects.filter(Q(seats=seat.pk) | Q(group__seats=seat.pk)).values("pk")
    list(File.objects.select_for_update(of=("self",)).filter(pk__in=files).order_by("pk"))
    return Seat.objects.select_for_update(of=("self",)).select_related("review__batch__call", "expert").get(pk=seat.pk)


def _go_on(seats: Iterable[Seat], at: dt.datetime) -> None:
    """Where everybody else has signed, whoever left was the last: the alarms are looked at, and the leader is told."""
    for seat in seats:
        for file in File.objects.filter(seating.files_of(seat), done_at__isnull=True).select_related("review"):
            leading.after_signature(file, at)


@transaction.atomic
def answer(*, seat: Seat, accept: bool, by: User, at: dt.datetime, reason: str = "") -> Seat:
    """Accept, or say why not: a declined seat is vacant, and the department is told."""
    access.require("review.seat", by, seat)
    row = _held(seat)
    if row.review.state == ReviewState.CLOSED:
        raise NotAllowed(FINISHED)
    if row.state != SeatState.CALLED:
        raise NotAllowed(ANSWERED)
    if not accept and not reason.strip():
        raise NotAllowed(NO_REASON)
    rows = together(row).filter(state=SeatState.CALLED)
    left = list(rows)
    said = {"answered_at": at, "reason": reason.strip()[:300]}
    if accept:
        count = rows.update(state=SeatState.ACCEPTED, **said)
    else:
        count = rows.update(state=SeatState.DECLINED, leader=False, **said)
    events.record(
        "review.accept_seat" if accept else "review.decline_seat", actor=by, subject=row, at=at,
        details={"seats": count, "reason": reason.strip()},
    )  # fmt: skip
    if not accept:
        tell(row, at, SeatState.DECLINED.label)
        _go_on(left, at)
    row.refresh_from_db()
    return row


@transaction.atomic
def no_show(*, seat: Seat, reason: str, by: User, at: dt.datetime) -> Seat:
    """Somebody did not come, or stopped: what they signed stays, the rest of their seats is vacant.

    So did somebody who signed all sheets, as long as a file waits for its leader: another leads it then.
    """
    access.require("review.prepare", by)
    row = _held(seat)
    left = list(unfinished(Seat.objects.filter(review=row.review_id, expert=row.expert_id)))
    if row not in left:
        raise NotAllowed(FINISHED if row.review.state == ReviewState.CLOSED else NOT_SEATED)
    if not reason.strip():
        raise NotAllowed(NO_REASON)
    rows = Seat.objects.filter(pk__in=[one.pk for one in left])
    count = rows.update(state=SeatState.NO_SHOW, answered_at=at, reason=reason.strip()[:300], leader=False)
    events.record(
        "review.no_show", actor=by, subject=row, at=at, details={"seats": count, "reason": reason.strip()}
    )  # fmt: skip
    _go_on(left, at)
    row.refresh_from_db()
    return row


def tell(seat: Seat, at: dt.datetime, why: object) -> None:
    """Tell the department whose panels lack somebody now."""
    review: Review = seat.review
    count = sum(len(one.files) for one in gathering.missing(review))
    if count:
        drawing.tell_officers(review, at, expert=seat.expert.name, why=why, count=count)


@recusing.when_recused
def offer_again(seat: Seat, application: Application, at: dt.datetime) -> None:
    """Somebody was recused late: the file lacks an expert, and the department is offered a further draw."""
    if seat.review.state != ReviewState.CLOSED:
        drawing.tell_officers(seat.review, at, expert=seat.expert.name, why=_("须回避"), count=1)
