"""Helpers for tests of marking: a review under way with a panel that has accepted, sheets that are filled in or signed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils import timezone

from tests.people import World
from tests.review import at_stage, make_experts
from tidui.accounts.models import User
from tidui.casework.models import Application, Batch
from tidui.kit import clock
from tidui.review import marks, reading
from tidui.review.actions import leading, marking
from tidui.review.enums import DrawState, ExpertKind, Per, ReviewState, SeatState, SheetState
from tidui.review.models import Draw, Expert, File, Group, Review, Seat, Sheet
from tidui.review.scheme import scheme

#: Marks that lie within what the facts of `tests.review.facts_of_form` give, by item.
GIVEN = {
    "advancement": 6, "support": 6, "count": 7, "acquisition": 5, "standards": 0, "conversion": 14, "management": 5,
    "institution": 5, "incentives": 3, "talent": 3, "assets": 6, "sales": 6,
}  # fmt: skip


def make_review(world: World, batch: Batch, *, per: str = Per.GROUP, **fields: Any) -> Review:
    """A review of a batch that is under way and due in ten days."""
    now = timezone.now()
    return Review.objects.create(**{
        "batch": batch, "scheme": "provincial-2024", "state": ReviewState.REVIEWING, "per": per, "size": 5,
        "technical": 4, "opens_on": clock.today(), "due_on": clock.today() + dt.timedelta(days=10),
        "made_by": world.department_officer, "made_at": now, **fields,
    })  # fmt: skip


def make_draw(world: World, review: Review) -> Draw:
    """A draw for seats to point at; how it was made is no matter here."""
    return Draw.objects.create(
        review=review, number=review.draws.count() + 1, state=DrawState.PREPARED, public_source="test",
        public_on=clock.today(), made_by=world.department_officer, made_at=timezone.now(),
    )  # fmt: skip


def make_group(
    world: World, review: Review, applications: Iterable[Application], experts: Iterable[Expert], *, number: int = 1,
    state: str = SeatState.ACCEPTED,
) -> tuple[list[File], list[Seat]]:  # fmt: skip
    """A group of files with its panel; the first technical expert leads."""
    group = Group.objects.create(review=review, number=number, title=f"第{number}组", fields=["803"])
    files = [
        File.objects.create(review=review, application=one, group=group, code=f"P{number}{place:03d}")
        for place, one in enumerate(applications, start=1)
    ]
    draw = make_draw(world, review)
    panel = list(experts)
    leader = next((one for one in panel if one.kind == ExpertKind.TECHNICAL), None)
    seats = [
        Seat.objects.create(
            review=review, group=group, expert=one, kind=one.kind, leader=one is leader, draw=draw, state=state,
            called_at=timezone.now(),
        )
        for one in panel
    ]  # fmt: skip
    return files, seats


def panel_of_five(
    world: World, count: int = 1, **fields: Any
) -> tuple[Review, list[File], list[Seat]]:
    """A review of so many files by four technical experts and a financial one."""
    batch, applications = at_stage(world, "review", count)
    review = make_review(world, batch, **fields)
    experts = [*make_experts(world, 4), *make_experts(world, 1, ExpertKind.FINANCIAL)]
    files, seats = make_group(world, review, applications, experts)
    return review, files, seats


def person_of(seat: Seat) -> User:
    """The account of whoever sits there."""
    assert seat.expert.user is not None
    return seat.expert.user


def opened(file: File, seat: Seat) -> Sheet:
    """A sheet that was opened and declared clear."""
    sheet = marking.open_sheet(seat=seat, file=file, by=person_of(seat), at=timezone.now())
    return marking.declare_clear(sheet=sheet, by=person_of(seat), at=timezone.now())


def filled(file: File, seat: Seat, changed: Mapping[str, int] | None = None, reason: str = "") -> Sheet:
    """A sheet with every mark and an opinion."""
    sheet = opened(file, seat)
    by = scheme(file.review.scheme)
    texts = {f"mark.{item.name}": str((changed or {}).get(item.name, GIVEN[item.name])) for item in by.marked_by(seat.kind)}
    for name in changed or {}:
        if reason:
            texts[f"reason.{name}"] = reason
    refused = marking.save_marks(
        sheet=sheet, texts={**texts, "opinion": "材料齐全，同意。"}, bases={}, by=person_of(seat), at=timezone.now(),
        bands=marks.given_bands(by, reading.newest(file)),
    )  # fmt: skip
    assert refused == {}
    return Sheet.objects.get(pk=sheet.pk)


def signed(file: File, seat: Seat, changed: Mapping[str, int] | None = None, reason: str = "") -> Sheet:
    """A signed sheet."""
    sheet = filled(file, seat, changed, reason)
    bands = marks.given_bands(scheme(file.review.scheme), reading.newest(file))
    return marking.sign(sheet=sheet, by=person_of(seat), at=timezone.now(), bands=bands)


def all_signed(file: File, seats: Iterable[Seat], totals: Mapping[int, Mapping[str, int]] | None = None) -> None:
    """The whole panel signs; `totals` gives the marks of some by their place."""
    for place, seat in enumerate(seats):
        changed = {k: v for k, v in (totals or {}).get(place, {}).items() if k in {i.name for i in scheme(file.review.scheme).marked_by(seat.kind)}}
        signed(file, seat, changed, "按附件核定" if changed else "")


def done(file: File, seats: list[Seat], totals: Mapping[int, Mapping[str, int]] | None = None) -> File:
    """A file whose leader has signed."""
    all_signed(file, seats, totals)
    leader = next(one for one in seats if one.leader)
    leading.save_opinion(file=file, text="同意推荐。", base=0, by=person_of(leader), at=timezone.now())
    leading.sign_form(file=file, by=person_of(leader), at=timezone.now())
    return File.objects.get(pk=file.pk)


def plant_signed(file: File, seat: Seat, total: int, marks_of: Mapping[str, int] | None = None) -> Sheet:
    """A signed sheet written straight into the table, for pages with very many."""
    now = timezone.now()
    held = {
        name: {"mark": mark, "version": 1, "reason": "", "reason_version": 0, "band": None}
        for name, mark in (marks_of or {}).items()
    }
    return Sheet.objects.create(
        file=file, seat=seat, expert=seat.expert, kind=seat.kind, marks=held, opinion="同意", total=total,
        state=SheetState.SIGNED, declared_at=now, changed_at=now, signed_at=now, digest="0" * 64,
    )  # fmt: skip
