"""Who marks which file: the seats of its group or its own, without those whom a recusal keeps off it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from django.db.models import Q

from tidui.review.enums import SEATED, ExpertKind
from tidui.review.models import File, Recusal, Seat


def panels_of(files: Iterable[File]) -> dict[int, list[Seat]]:
    """The seats that mark each file, the leader first, by the key of the file. Two queries, however many files."""
    rows = list(files)
    groups = {one.group_id for one in rows if one.group_id is not None}
    seats = (
        Seat.objects.filter(Q(group__in=groups) | Q(file__in=[one.pk for one in rows]), state__in=SEATED)
        .select_related("expert").order_by("-leader", "pk")
    )  # fmt: skip
    kept_off = set(
        Recusal.objects.filter(application__in=[one.application_id for one in rows], lifted_at__isnull=True)
        .values_list("application", "expert")
    )  # fmt: skip
    by_group: Mapping[int | None, list[Seat]] = defaultdict(list)
    by_file: Mapping[int | None, list[Seat]] = defaultdict(list)
    for seat in seats:
        (by_group[seat.group_id] if seat.group_id is not None else by_file[seat.file_id]).append(seat)
    return {
        one.pk: [
            seat
            for seat in [*(by_group.get(one.group_id, []) if one.group_id else []), *by_file.get(one.pk, [])]
            if (one.application_id, seat.expert_id) not in kept_off
        ]
        for one in rows
    }


def panel_of(file: File) -> list[Seat]:
    """The seats that mark a file, the leader first."""
    return panels_of([file])[file.pk]


def leader_of(seats: Iterable[Seat]) -> Seat | None:
    """Who leads: the drawn leader, or the technical expert who was drawn first where a recusal keeps the leader off."""
    held = list(seats)
    drawn = next((one for one in held if one.leader), None)
    return drawn or next((one for one in held if one.kind == ExpertKind.TECHNICAL), None)


def seat_at(file: File, expert: int) -> Seat | None:
    """An expert's seat at a file; None for nobody of its panel."""
    return next((one for one in panel_of(file) if one.expert_id == expert), None)


def files_of(seat: Seat) -> Q:
    """The files that a seat is for, as a condition on files."""
    return Q(group=seat.group_id) if seat.group_id is not None else Q(pk=seat.file_id)
