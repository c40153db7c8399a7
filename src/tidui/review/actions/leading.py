"""The leader's form: it waits for all sheets of a file and for second looks; signed, it is the panel's result."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Final

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as said
from django.utils.translation import gettext_lazy as _

from tidui.accounts.models import User
from tidui.audit import events
from tidui.casework import judging
from tidui.casework.models import Application
from tidui.kit import access, outbox
from tidui.kit.access import NotAllowed, Refused
from tidui.kit.classified import require_open
from tidui.review import marks, recusing, results, seating
from tidui.review.actions.marking import TOO_LONG, Kept, Newer, Wrong, classified, held_file, still_open
from tidui.review.enums import SEATED, LookState, ReviewState, SeatState, SheetState
from tidui.review.models import File, PanelForm, Seat, SecondLook, Sheet
from tidui.review.queries import expert_of
from tidui.review.scheme import scheme

NOT_THE_LEADER: Final = Refused("not-the-leader", _("只有该组组长可以填写评审组意见。"))
NOT_ALL_SIGNED: Final = Refused("not-all-signed", _("组内还有评分表没有签署。"))
LOOK_FIRST: Final = Refused("second-look", _("请先答复复议。"))
NO_OPINION: Final = Refused("no-opinion", _("请写明评审组意见。"))
NO_ANSWER: Final = Refused("no-answer", _("请写明复议情况。"))
NOBODY: Final = Refused("nobody", _("请选择请哪些专家重新评分。"))
NOT_MARKED: Final = Refused("not-marked", _("有的项目没有专家评分，不能汇总。"))
LOOKED: Final = Refused("looked", _("这次复议已经答复。"))
SIGNED: Final = Refused("form-signed", _("评审组意见已经签署，不能再改。"))
NO_REASON: Final = Refused("no-reason", _("请写明理由。"))


def sheets_of(file: File) -> list[Sheet]:
    """The sheets of a file that count, by expert."""
    rows = Sheet.objects.filter(file=file).exclude(state=SheetState.VOID).select_related("expert", "seat")
    return list(rows.order_by("kind", "seat", "pk"))


def all_signed(file: File, panel: Iterable[Seat] | None = None) -> bool:
    """Has everybody of the panel signed?"""
    seats = list(seating.panel_of(file) if panel is None else panel)
    signed = set(Sheet.objects.filter(file=file, state=SheetState.SIGNED).values_list("expert", flat=True))
    return bool(seats) and all(seat.expert_id in signed for seat in seats)


def require_leader(file: File, by: User) -> Seat:
    """The seat from which a person leads the panel of a file; NotAllowed for anybody else."""
    access.require("review.seat", by)
    seat = seating.leader_of(seating.panel_of(file))
    mine = expert_of(by)
    if seat is None or mine is None or seat.expert_id != mine.pk:
        raise NotAllowed(NOT_THE_LEADER)
    return seat


def after_signature(file: File, at: dt.datetime) -> SecondLook | None:
    """When the last sheet of a file is signed: a second look where marks give cause, and the leader is told."""
    panel = seating.panel_of(file)
    if not all_signed(file, panel):
        return None
    alarms = results.alarms_of(scheme(file.review.scheme), file.review.alarm, sheets_of(file))
    look = None
    answered = SecondLook.objects.filter(file=file, state=LookState.KEPT, alarms=alarms).exists() if alarms else False
    if alarms and not answered:
        look, _new = SecondLook.objects.get_or_create(
            file=file, state=LookState.OPEN, defaults={"alarms": alarms, "asked_at": at}
        )
        events.record("review.ask_second_look", actor=None, subject=look, at=at, details={"alarms": alarms})
    leader = seating.leader_of(panel)
    if leader is not None and leader.expert.user is not None:
        outbox.notify(
            to=[leader.expert.user], template="review.second_look" if look else "review.all_signed",
            context={"code": file.code}, at=at, link=reverse("review:panel_form", args=[file.pk]),
        )  # fmt: skip
    return look


@transaction.atomic
def save_opinion(*, file: File, text: str, base: int, by: User, at: dt.datetime) -> Kept | Newer | Wrong:
    """Keep the panel's opinion as the leader types it."""
    held = held_file(file)
    seat = require_leader(held, by)
    still_open(held)
    if len(text) > marks.MOST_OPINION:
        raise NotAllowed(TOO_LONG)
    typed = text.replace("\x00", "").replace("\r\n", "\n")
    if fault := classified(typed):
        return Wrong(fault)
    form, _new = PanelForm.objects.get_or_create(file=held, defaults={"seat": seat})
    if typed != form.opinion:
        if base < form.version:
            return Newer(form.version, form.opinion, None)
        form.opinion, form.version, form.seat = typed, form.version + 1, seat
        form.save(update_fields=["opinion", "version", "seat"])
    return Kept(form.version)


@transaction.atomic
def sign_form(*, file: File, by: User, at: dt.datetime) -> PanelForm:
    """Sign the means, the total and the recommendation that follows from them, with the panel's opinion."""
    held = held_file(file)
    seat = require_leader(held, by)
    if held.done_at is not None:
        raise NotAllowed(SIGNED)
    still_open(held)
    if not all_signed(held):
        raise NotAllowed(NOT_ALL_SIGNED)
    if SecondLook.objects.filter(file=held, state=LookState.OPEN).exists():
        raise NotAllowed(LOOK_FIRST)
    form = PanelForm.objects.select_for_update().filter(file=held).first()
    if form is None or not form.opinion.strip():
        raise NotAllowed(NO_OPINION)
    sheets = sheets_of(held)
    found = results.of_sheets(scheme(held.review.scheme), sheets)
    if found is None:
        raise NotAllowed(NOT_MARKED)
    form.means = {name: str(mean) for name, mean in found.means.items()}
    form.total, form.recommended, form.seat = str(found.total), found.recommended, seat
    form.signed_by, form.signed_at = by, at
    form.digest = _digest(form, sheets)
    form.save()
    held.total, held.recommended, held.done_at = found.millionths, found.recommended, at
    held.save(update_fields=["total", "recommended", "done_at"])
    events.record(
        "review.sign_form", actor=by, subject=form, at=at,
        details={
            "file": held.pk, "code": held.code, "total": form.total, "recommended": found.recommended,
            "digest": form.digest,
        },
    )  # fmt: skip
    return form


def _digest(form: PanelForm, sheets: Iterable[Sheet]) -> str:
    signed = form.signed_at.isoformat() if form.signed_at else ""
    return judging.digest({
        "file": form.file_id, "means": form.means, "total": form.total, "recommended": form.recommended,
        "opinion": form.opinion, "signed_by": form.signed_by_id, "signed_at": signed,
        "sheets": sorted(one.digest for one in sheets if one.state == SheetState.SIGNED),
    })  # fmt: skip


# ---------------------------------------------------------------------- second looks
@transaction.atomic
def ask_look(*, file: File, reason: str, by: User, at: dt.datetime) -> SecondLook:
    """The department asks a panel to look again at a file that its leader has not signed."""
    access.require("review.prepare", by)
    held = held_file(file)
    still_open(held)
    if not reason.strip():
        raise NotAllowed(NO_REASON)
    require_open(reason)
    if not all_signed(held):
        raise NotAllowed(NOT_ALL_SIGNED)
    look, new = SecondLook.objects.get_or_create(
        file=held, state=LookState.OPEN,
        defaults={"alarms": [{"what": "asked", "reason": reason.strip()[:300]}], "asked_by": by, "asked_at": at},
    )  # fmt: skip
    if not new:
        look.alarms = [*look.alarms, {"what": "asked", "reason": reason.strip()[:300]}]
        look.save(update_fields=["alarms"])
    events.record("review.ask_second_look", actor=by, subject=look, at=at, details={"reason": reason.strip()[:300]})
    leader = seating.leader_of(seating.panel_of(held))
    if leader is not None and leader.expert.user is not None:
        outbox.notify(
            to=[leader.expert.user], template="review.second_look", context={"code": held.code}, at=at,
            link=reverse("review:panel_form", args=[held.pk]),
        )  # fmt: skip
    return look


@transaction.atomic
def answer_look(
    *, look: SecondLook, answer: str, again: Iterable[int] = (), by: User, at: dt.datetime
) -> SecondLook:
    """The leader answers a second look: the marks stay, or these sheets are marked again (by their keys).

    A sheet that is marked again is void and stays in the history; its expert gets a fresh one with the same marks.
    """
    file = held_file(look.file_id)
    require_leader(file, by)
    still_open(file)
    held = SecondLook.objects.select_for_update(of=("self",)).get(pk=look.pk)
    if held.state != LookState.OPEN:
        raise NotAllowed(LOOKED)
    if not answer.strip():
        raise NotAllowed(NO_ANSWER)
    require_open(answer)
    chosen = set(again)
    sheets = [
        one
        for one in sheets_of(file)
        if one.pk in chosen and one.state == SheetState.SIGNED and one.seat.state in SEATED
    ]
    held.state = LookState.CHANGED if chosen else LookState.KEPT
    if chosen and not sheets:
        raise NotAllowed(NOBODY)
    held.answer, held.answered_by, held.answered_at = answer.strip()[: marks.MOST_OPINION], by, at
    held.save(update_fields=["state", "answer", "answered_by", "answered_at"])
    fresh = [_again(one, file) for one in sheets]
    events.record(
        "review.answer_second_look", actor=by, subject=held, at=at,
        details={"state": held.state, "again": [one.pk for one in sheets], "fresh": [one.pk for one in fresh]},
    )  # fmt: skip
    for one in fresh:
        if one.expert.user is not None:
            outbox.notify(
                to=[one.expert.user], template="review.mark_again", context={"code": file.code}, at=at,
                link=reverse("review:sheet", args=[one.pk]),
            )  # fmt: skip
    return held


def _again(old: Sheet, file: File) -> Sheet:
    Sheet.objects.filter(pk=old.pk).update(state=SheetState.VOID)
    Seat.objects.filter(pk=old.seat_id, state=SeatState.DONE).update(state=SeatState.ACCEPTED)
    return Sheet.objects.create(
        file=file, seat_id=old.seat_id, expert=old.expert, kind=old.kind, marks=old.marks, opinion=old.opinion,
        opinion_version=old.opinion_version, version=old.version, declared_at=old.declared_at,
    )  # fmt: skip


# ---------------------------------------------------------------------- a conflict that is found late
@recusing.when_recused
def open_again(seat: Seat, application: Application, at: dt.datetime) -> None:
    """A file from which an expert is taken has no result any more: its leader signs anew what the others marked.

    What was signed before stays in the event. While others still have to sign nothing is to be done but to look
    whether the one who left was the last.
    """
    file = File.objects.filter(application=application).first()
    if file is None or file.review_id != seat.review_id:
        return
    held = held_file(file)
    if held.review.state not in (ReviewState.REVIEWING, ReviewState.CLOSED):
        return
    form = PanelForm.objects.select_for_update().filter(file=held).first()
    if form is not None and form.signed_at is not None:
        events.record(
            "review.reopen_form", actor=None, subject=form, at=at,
            details={
                "file": held.pk, "means": form.means, "total": form.total, "recommended": form.recommended,
                "opinion": form.opinion, "digest": form.digest, "signed_at": form.signed_at,
                "signed_by": form.signed_by_id,
            },
        )  # fmt: skip
        form.means, form.total, form.recommended, form.digest = {}, "", None, ""
        form.signed_by, form.signed_at = None, None
        form.save()
        held.total, held.recommended, held.done_at = None, None, None
        held.save(update_fields=["total", "recommended", "done_at"])
    SecondLook.objects.filter(file=held, state=LookState.OPEN, asked_by__isnull=True).update(
        state=LookState.CHANGED, answered_at=at, answer=said("组内专家回避，按其余专家的评分重新汇总。")
    )
    if held.done_at is None:
        after_signature(held, at)

