"""An expert's desk: the invitations, the files of their panels, and what is next. Counted so that it stays quick."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q
from django.urls import NoReverseMatch, reverse

from tidui.kit.visibility import visible_to
from tidui.review import marks, seating
from tidui.review.enums import LookState, ReviewState, SeatState, SheetState
from tidui.review.models import File, Review, Seat, SecondLook, Sheet
from tidui.review.queries import expert_of
from tidui.review.reading import name_of
from tidui.review.scheme import scheme
from tidui.review.sheet_page import Mine


@dataclass(slots=True)
class Desk:
    """What lies with an expert in one review."""

    review: Review
    title: str
    files: list[Mine] = field(default_factory=list)

    @property
    def signed(self) -> int:
        """How many sheets are signed."""
        return sum(one.sheet is not None and one.sheet.state == SheetState.SIGNED for one in self.files)

    @property
    def leads(self) -> bool:
        """Whether the expert leads any of the panels."""
        return any(one.leads for one in self.files)


def invitations(user: Any) -> list[tuple[Seat, str]]:
    """Seats that wait for an answer, with where it is given. One query."""
    rows = visible_to(user, Seat).filter(expert=expert_of(user), state=SeatState.CALLED)
    found = rows.select_related("review__batch__call", "group", "file").order_by("called_at", "pk")
    return [(seat, answer_url(seat)) for seat in found]


def answer_url(seat: Seat) -> str:
    """Where an invitation is answered; empty while there is no such page."""
    try:
        return reverse("review:answer_seat", args=[seat.pk])
    except NoReverseMatch:
        return ""


def desks(user: Any, *, review: int | None = None) -> list[Desk]:
    """What lies with an expert: unfinished reviews first, then by the day they are due. Seven queries in all."""
    seats = list(
        visible_to(user, Seat).filter(expert=expert_of(user), state__in=[SeatState.ACCEPTED, SeatState.DONE])
        .exclude(review__state__in=[ReviewState.PREPARING, ReviewState.DRAWING])
        .filter(**({"review": review} if review is not None else {}))
        .select_related("review__batch__call").order_by("review__due_on", "review", "pk")
    )  # fmt: skip
    files = _files(user, seats)
    own = visible_to(user, Sheet).filter(expert=expert_of(user), file__in=[file.pk for file in files])
    sheets = {one.file_id: one for one in own.exclude(state=SheetState.VOID)}
    leads = _led(files, seats)
    found: dict[int, Desk] = {}
    for seat in seats:
        found.setdefault(seat.review_id, Desk(seat.review, str(seat.review.batch)))
    of_group: dict[int | None, Seat] = {one.group_id: one for one in seats if one.group_id is not None}
    of_file: dict[int | None, Seat] = {one.file_id: one for one in seats if one.file_id is not None}
    for file in files:
        mine = of_file.get(file.pk) or of_group.get(file.group_id)
        if mine is not None:
            file.review = mine.review
            found[mine.review_id].files.append(_mine(file, mine, sheets.get(file.pk), leads))
    return sorted((one for one in found.values() if one.files), key=lambda one: one.signed == len(one.files))


def _files(user: Any, seats: Sequence[Seat]) -> list[File]:
    groups = {one.group_id for one in seats if one.group_id is not None}
    single = {one.file_id for one in seats if one.file_id is not None}
    rows = visible_to(user, File).filter(Q(group__in=groups) | Q(pk__in=single))
    return list(rows.select_related("application__organisation", "group").order_by("group__number", "code", "pk"))


def _led(files: Sequence[File], seats: Sequence[Seat]) -> dict[int, str]:
    """The files that the expert leads, with how the form stands: `open`, `look`, `ready`, `done`."""
    if not files:
        return {}
    mine = {one.pk for one in seats}
    panels = seating.panels_of(files)
    led = [
        file for file in files if (leader := seating.leader_of(panels[file.pk])) is not None and leader.pk in mine
    ]
    signed: dict[int, set[int]] = defaultdict(set)
    rows = Sheet.objects.filter(file__in=[file.pk for file in led], state=SheetState.SIGNED)
    for key, expert in rows.values_list("file", "expert"):
        signed[key].add(expert)
    asked = SecondLook.objects.filter(file__in=[file.pk for file in led], state=LookState.OPEN)
    looks = set(asked.values_list("file", flat=True))
    found = {}
    for file in led:
        ready = all(seat.expert_id in signed[file.pk] for seat in panels[file.pk])
        waiting = "look" if file.pk in looks else "ready"
        found[file.pk] = "done" if file.done_at else waiting if ready else "open"
    return found


def _mine(file: File, seat: Seat, sheet: Sheet | None, leads: dict[int, str]) -> Mine:
    if sheet is not None:
        sheet.seat = seat
    by = scheme(seat.review.scheme)
    done, items = marks.marked(by, sheet) if sheet is not None else (0, len(by.marked_by(seat.kind)))
    return Mine(file, seat, sheet, name_of(file), file.pk in leads, done, items, leads.get(file.pk, ""))


def neighbours(user: Any, file: File) -> tuple[Mine | None, Mine | None, int, int]:
    """The files before and after one in its review, its place, and how many there are."""
    rows = [one for desk in desks(user, review=file.review_id) for one in desk.files]
    place = next((place for place, one in enumerate(rows) if one.file.pk == file.pk), None)
    if place is None:
        return None, None, 0, len(rows)
    before = rows[place - 1] if place else None
    after = rows[place + 1] if place + 1 < len(rows) else None
    return before, after, place + 1, len(rows)
