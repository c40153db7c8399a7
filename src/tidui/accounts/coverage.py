"""The department's check of reach: enterprises that no unit recommends, or that two recommend with the same right."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db.models import Count, Q

from tidui.accounts.enums import OrganisationKind, ReachKind
from tidui.accounts.models import Organisation, Reach
from tidui.accounts.queries import foremost
from tidui.accounts.standing import in_force_on, row_reaches

#: One thing is enough to be listed by itself.
NAMED: Final = ReachKind.ORGANISATION


@dataclass(frozen=True, slots=True)
class Gap:
    """Enterprises in one place (or one enterprise named) that no unit recommends, or several do."""

    division: str
    zone: Organisation | None
    affiliation: Organisation | None
    named: Organisation | None
    count: int
    units: tuple[Organisation, ...]

    @property
    def doubled(self) -> bool:
        """Do several units recommend them, or none?"""
        return bool(self.units)


def gaps(on: dt.date) -> list[Gap]:
    """All places and named enterprises whose recommending unit is not exactly one, the most enterprises first.

    Four queries, however many enterprises: they are counted by place, not read.
    """
    rows = list(
        Reach.objects.filter(in_force_on(on), unit__active=True).select_related("unit", "target").order_by("pk")
    )
    named: dict[int, list[Reach]] = defaultdict(list)
    for row in rows:
        if row.kind == NAMED and row.target is not None and row.target.kind == OrganisationKind.ENTERPRISE:
            named[row.target.pk].append(row)
    placed = [row for row in rows if row.kind not in (NAMED, ReachKind.PROVINCE)]
    found = [_gap(one, placed) for one in _places(named)]
    for alike in named.values():
        units, target = foremost(alike), alike[0].target
        if len(units) > 1 and target is not None:
            found.append(Gap(target.division, None, None, target, 1, units))
    return sorted((gap for gap in found if len(gap.units) != 1), key=lambda gap: (-gap.count, gap.division))


@dataclass(frozen=True, slots=True)
class _Place:
    like: Organisation
    count: int


def _places(named: Iterable[int]) -> list[_Place]:
    enterprises = Organisation.objects.filter(kind=OrganisationKind.ENTERPRISE, active=True).exclude(
        Q(pk__in=list(named))
    )
    counted = list(
        enterprises.values("division", "zone", "affiliation").annotate(count=Count("pk")).order_by("division")
    )
    keys = {row[name] for row in counted for name in ("zone", "affiliation")} - {None}
    units = Organisation.objects.in_bulk(keys)
    return [
        _Place(
            Organisation(
                kind=OrganisationKind.ENTERPRISE, division=row["division"], zone=units.get(row["zone"]),
                affiliation=units.get(row["affiliation"]),
            ),
            row["count"],
        )
        for row in counted
    ]  # fmt: skip


def _gap(place: _Place, rows: list[Reach]) -> Gap:
    like = place.like
    units = foremost(row for row in rows if row_reaches(row, like))
    return Gap(like.division, like.zone, like.affiliation, None, place.count, units)
