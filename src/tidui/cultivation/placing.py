"""Working out where enterprises stand, many at a time, and writing it down."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from django.db import transaction

from tidui.accounts.models import Organisation
from tidui.audit.rows import put
from tidui.cultivation.bulk import BulkLadder, Placed
from tidui.cultivation.models import Placement
from tidui.cultivation.rules import policies
from tidui.kit import clock
from tidui.policies.ladder import Place
from tidui.registry import columns, hot
from tidui.registry.models import Enterprise
from tidui.rules.columns import Batch

#: More enterprises than this are read from the hot file, fewer from the database.
FEW: Final = 2_000
#: Placements written in one transaction: no writer waits for long.
CHUNK: Final = 2_000
_FIELDS: Final = (
    "on", "year", "rung", "held", "unclear", "next", "verdict", "open", "open_count", "only", "score_low",
    "score_high", "placed_at",
)  # fmt: skip


def place_all(
    organisations: Sequence[int], *, on: dt.date, at: dt.datetime, told: Callable[[int], None] | None = None
) -> int:
    """Place these organisations on a day and write it down; `told` hears how many are done. How many there were."""
    done = 0
    for year, keys in _assessed(organisations, on).items():
        with BulkLadder(policies(), on, year) as ladder:
            for part, batch in _read(keys, year):
                rows = [_row(key, one, on, year, at) for key, one in zip(part, ladder.place(batch), strict=True)]
                for start in range(0, len(rows), CHUNK):
                    done += write(rows[start : start + CHUNK])
                    if told is not None:
                        told(done)
    return done


def _assessed(organisations: Sequence[int], on: dt.date) -> dict[int, list[int]]:
    """The organisations by the fiscal year that they are assessed for: those founded this year by this year."""
    young = {
        key
        for start in range(0, len(organisations), FEW)
        for key in Enterprise.objects.filter(
            pk__in=organisations[start : start + FEW], established_on__year__gte=on.year
        ).values_list("pk", flat=True)
    }
    years: dict[int, list[int]] = {}
    for key in organisations:
        years.setdefault(on.year if key in young else on.year - 1, []).append(key)
    return years


def _read(keys: Sequence[int], year: int) -> Iterator[tuple[Sequence[int], Batch]]:
    if len(keys) > FEW:
        yield from hot.batches(year, keys)
    else:
        yield keys, columns.columns(keys, year)


def write(rows: Sequence[Placement]) -> int:
    """Write placements, each over the one before it; how many."""
    if len(rows) == 1:
        put(rows[0])
        return 1
    with transaction.atomic(savepoint=False):
        Placement.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["organisation"], update_fields=_FIELDS, batch_size=500
        )
    return len(rows)


def _row(organisation: int, placed: Placed, on: dt.date, year: int, at: dt.datetime) -> Placement:
    low, high = placed.score or (None, None)
    return Placement(
        organisation_id=organisation, on=on, year=year, rung=placed.rung or "", held=list(placed.held),
        unclear=list(placed.unclear), next=placed.next or "", verdict=placed.verdict or "", score_low=low,
        score_high=high, placed_at=at, **_open(placed.verdict, placed.open),
    )  # fmt: skip


def row_of(organisation: int, place: Place, on: dt.date, year: int, at: dt.datetime) -> Placement:
    """The same row from the explained reading of one enterprise."""
    low, high = place.score or (None, None)
    return Placement(
        organisation_id=organisation, on=on, year=year, rung=place.rung.id if place.rung else "",
        held=list(place.held), unclear=list(place.unclear), next=place.next.id if place.next else "",
        verdict=place.verdict or "", score_low=low, score_high=high, placed_at=at,
        **_open(place.verdict, tuple(reason["id"] for reason in place.reasons)),
    )  # fmt: skip


def _open(verdict: str | None, conditions: tuple[str, ...]) -> dict[str, Any]:
    """What is open, and the one condition that fails where it is the only one."""
    only = conditions[0] if verdict == "fail" and len(conditions) == 1 else ""
    return {"open": list(conditions), "open_count": len(conditions), "only": only}


def place_every_enterprise(at: dt.datetime) -> int:
    """Place all enterprises as of today: statuses end and windows move with the days. Run every night."""
    kept = Organisation.objects.filter(file__isnull=False, active=True).order_by("pk")
    keys = list(kept.values_list("pk", flat=True))
    return place_all(keys, on=clock.day_of(at), at=at)
