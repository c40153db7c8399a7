"""An expert's sheet: opened, declared clear, marked field by field, signed. A signature locks it for good."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tidui.accounts.models import User
from tidui.audit import events
from tidui.kit import access, clock
from tidui.kit.access import NotAllowed, Refused
from tidui.kit.classified import REFUSAL, marked_short
from tidui.review import marks, recusing, seating
from tidui.review.enums import ReviewState, SeatState, SheetState
from tidui.review.models import File, Seat, Sheet
from tidui.review.permissions import NOT_YOUR_SHEET
from tidui.review.scheme import Scheme, scheme

NOT_OPEN: Final = Refused("review-not-open", _("评审没有在进行，不能评分。"))
ANSWER_FIRST: Final = Refused("answer-first", _("请先答复评审邀请。"))
DECLARE_FIRST: Final = Refused("declare-first", _("请先声明与申报单位有无利害关系。"))
SIGNED: Final = Refused("sheet-signed", _("评分表已经签署，不能再改。"))
NO_SUCH_FIELD: Final = Refused("no-such-field", _("评分表没有这一项。"))
TOO_LONG: Final = Refused("too-long", _("内容太长，没有保存。"))
INCOMPLETE: Final = Refused("incomplete", _("评分表还没有填完，不能签署。"))


@dataclass(frozen=True, slots=True)
class Kept:
    """A field that was saved: its version."""

    version: int


@dataclass(frozen=True, slots=True)
class Newer:
    """The field was changed meanwhile, in another window; nothing was saved."""

    version: int
    text: str
    at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Wrong:
    """What was typed is no mark; nothing was saved."""

    text: str


def held_file(file: File | int) -> File:
    """The file as it is now, held until the transaction ends: its sheets and its form are signed one after another."""
    key = file.pk if isinstance(file, File) else file
    rows = File.objects.select_for_update(of=("self",)).select_related("review", "application")
    return rows.get(pk=key)


def still_open(file: File) -> None:
    """NotAllowed unless the file is still under review; one that was opened again after the end is."""
    if file.done_at is not None or file.review.state not in (ReviewState.REVIEWING, ReviewState.CLOSED):
        raise NotAllowed(NOT_OPEN)


@transaction.atomic
def open_sheet(*, seat: Seat, file: File, by: User, at: dt.datetime) -> Sheet:
    """An expert's sheet of a file, made when it is opened first. It shows no content before the declaration."""
    access.require("review.seat", by, seat)
    found = held_file(file)
    mine = seating.seat_at(found, seat.expert_id)
    if mine is None or mine.pk != seat.pk:
        raise NotAllowed(NOT_YOUR_SHEET)
    there = Sheet.objects.filter(file=found, expert=seat.expert_id).exclude(state=SheetState.VOID).first()
    if there is not None:
        return there
    still_open(found)
    if mine.state == SeatState.CALLED:
        raise NotAllowed(ANSWER_FIRST)
    made = Sheet.objects.create(file=found, seat=mine, expert_id=mine.expert_id, kind=mine.kind)
    events.record("review.open_sheet", actor=by, subject=made, at=at, details={"file": found.pk, "code": found.code})
    return made


def held_sheet(sheet: Sheet | int, by: User) -> Sheet:
    """The sheet as it is now, held; NotAllowed unless it is the person's own and may still be written."""
    key = sheet.pk if isinstance(sheet, Sheet) else sheet
    rows = Sheet.objects.select_for_update(of=("self",)).select_related(
        "seat", "expert", "file__review", "file__application"
    )
    found = rows.get(pk=key)
    access.require("review.mark", by, found)
    if found.state == SheetState.SIGNED:
        raise NotAllowed(SIGNED)
    still_open(found.file)
    return found


@transaction.atomic
def declare_clear(*, sheet: Sheet, by: User, at: dt.datetime) -> Sheet:
    """The expert says that nothing ties them to the applicant; from now on the content is shown.

    What is known to tie them all the same takes them off the file instead: the sheet that comes back is void.
    """
    held = held_sheet(sheet, by)
    if held.declared_at is None and recusing.recused(held.expert, held.file.application, clock.day_of(at)):
        recusing.recheck(held.expert, at)
        held.refresh_from_db()
        return held
    if held.declared_at is None:
        held.declared_at = at
        held.save(update_fields=["declared_at"])
        events.record("review.declare_clear", actor=by, subject=held, at=at, details={"file": held.file_id})
    return held


@transaction.atomic
def save_mark(
    *, sheet: Sheet, field: str, text: str, base: int, by: User, at: dt.datetime, bands: marks.Bands
) -> Kept | Newer | Wrong:
    """Keep one field of a sheet, unless it was changed since version `base` of it."""
    held = held_sheet(sheet, by)
    answer = _put(held, field, text, base, bands)
    if isinstance(answer, Kept):
        _save(held, at)
    return answer


@transaction.atomic
def save_marks(
    *, sheet: Sheet, texts: Mapping[str, str], bases: Mapping[str, int], by: User, at: dt.datetime, bands: marks.Bands
) -> dict[str, Newer | Wrong]:
    """Keep a whole form that was sent at once; what could not be kept, by field."""
    held = held_sheet(sheet, by)
    refused: dict[str, Newer | Wrong] = {}
    changed = False
    for field, text in texts.items():
        answer = _put(held, field, text, bases.get(field, 0), bands)
        if isinstance(answer, Kept):
            changed = True
        else:
            refused[field] = answer
    if changed:
        _save(held, at)
    return refused


def _save(held: Sheet, at: dt.datetime) -> None:
    held.version += 1
    held.changed_at = at
    held.save(update_fields=["marks", "opinion", "opinion_version", "version", "changed_at"])


def _put(held: Sheet, field: str, text: str, base: int, bands: marks.Bands) -> Kept | Newer | Wrong:
    """Set one field of a sheet, not saved."""
    if held.declared_at is None:
        raise NotAllowed(DECLARE_FIRST)
    typed = text.replace("\x00", "").replace("\r\n", "\n")
    if field == marks.OPINION:
        return _put_opinion(held, typed, base)
    what, _dot, name = field.partition(".")
    by = scheme(held.file.review.scheme)
    if what not in ("mark", "reason") or name not in {item.name for item in by.marked_by(held.kind)}:
        raise NotAllowed(NO_SUCH_FIELD)
    row = dict(held.marks.get(name, {"mark": None, "version": 0, "reason": "", "reason_version": 0, "band": None}))
    counted = "version" if what == "mark" else "reason_version"
    value: int | str | None
    if what == "mark":
        value, fault = marks.read_mark(by.item(name), typed)
        if fault:
            return Wrong(fault)
    else:
        if len(typed) > marks.MOST_REASON:
            raise NotAllowed(TOO_LONG)
        if fault := classified(typed):
            return Wrong(fault)
        value = typed.strip()
    if row[what] != value:
        if base < row[counted]:
            return Newer(row[counted], "" if row[what] is None else str(row[what]), held.changed_at)
        row[what], row[counted] = value, row[counted] + 1
    band = bands.get(name)
    row["band"] = list(band) if band is not None else None
    held.marks = {**held.marks, name: row}
    return Kept(row[counted])


def classified(typed: str) -> str:
    """Why a text may not be kept; empty where it may."""
    return str(REFUSAL) if marked_short(typed) else ""


def _put_opinion(held: Sheet, typed: str, base: int) -> Kept | Newer | Wrong:
    if len(typed) > marks.MOST_OPINION:
        raise NotAllowed(TOO_LONG)
    if fault := classified(typed):
        return Wrong(fault)
    if typed != held.opinion:
        if base < held.opinion_version:
            return Newer(held.opinion_version, held.opinion, held.changed_at)
        held.opinion, held.opinion_version = typed, held.opinion_version + 1
    return Kept(held.opinion_version)


@transaction.atomic
def sign(*, sheet: Sheet, by: User, at: dt.datetime, bands: marks.Bands) -> Sheet:
    """Sign a complete sheet: its content is locked, and its digest kept. The last one of a panel wakes the leader."""
    from tidui.review.actions import leading

    file = held_file(sheet.file_id)
    held = held_sheet(sheet, by)
    if held.declared_at is None:
        raise NotAllowed(DECLARE_FIRST)
    by_scheme: Scheme = scheme(file.review.scheme)
    if marks.faults_of(by_scheme, held, bands):
        raise NotAllowed(INCOMPLETE)
    for item in by_scheme.marked_by(held.kind):
        band = bands.get(item.name)
        held.marks[item.name]["band"] = list(band) if band is not None else None
    held.total = marks.total_of(by_scheme, held)
    held.state, held.signed_at = SheetState.SIGNED, at
    held.digest = marks.digest_of(held)
    held.save(update_fields=["marks", "total", "state", "signed_at", "digest"])
    events.record(
        "review.sign_sheet", actor=by, subject=held, at=at,
        details={"file": file.pk, "code": file.code, "total": held.total, "digest": held.digest},
    )  # fmt: skip
    _seat_done(held.seat)
    leading.after_signature(file, at)
    return held


def _seat_done(seat: Seat) -> None:
    """A seat is done when everything that it marks is signed."""
    recused = seat.expert.recusals.filter(lifted_at__isnull=True).values("application")
    mine = File.objects.filter(seating.files_of(seat)).exclude(application__in=recused)
    signed = Sheet.objects.filter(seat=seat, state=SheetState.SIGNED).values("file")
    if seat.state == SeatState.ACCEPTED and not mine.exclude(pk__in=signed).exists():
        Seat.objects.filter(pk=seat.pk, state=SeatState.ACCEPTED).update(state=SeatState.DONE)
        seat.state = SeatState.DONE
