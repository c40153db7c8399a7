"""Units of casework: who works for them, which stands above which, which recommends each of many enterprises."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Final

from django.db.models import Q, QuerySet
from django.utils import timezone

from tidui.accounts.enums import DECIDING, FILING, OrganisationKind, ReachKind, Role
from tidui.accounts.models import Delegation, Membership, Organisation, Reach, User
from tidui.accounts.queries import foremost
from tidui.accounts.standing import in_force, in_force_on, row_reaches
from tidui.codes import divisions
from tidui.kit.prepared import Prepared

#: Who acts for an agency, a partner authority or the tax side: their clerks do the daily work.
WORKING: Final = frozenset({Role.CLERK, Role.OFFICER, Role.LEADER})
OUTSIDE: Final = frozenset(
    {OrganisationKind.AGENCY, OrganisationKind.TAX, OrganisationKind.PARTNER, OrganisationKind.SITE_INSTITUTION}
)


_WORKERS: Final = Q(role__in=DECIDING) | Q(role__in=WORKING, organisation__kind__in=OUTSIDE)


def workers_of(organisation: Organisation | int) -> QuerySet[User]:
    """Who decides for an organisation today, and who stands in for them."""
    return _people(_key(organisation), timezone.now(), _WORKERS)


def leaders_of(organisation: Organisation) -> QuerySet[User]:
    """Who leads an organisation today, and who stands in for them."""
    return _people(organisation.pk, timezone.now(), Q(role=Role.LEADER))


def filers_of(organisation: Organisation | int) -> list[User]:
    """Who files for an enterprise today, and who stands in for them."""
    return _filers(_key(organisation), timezone.now())


def _key(organisation: Organisation | int) -> int:
    return int(organisation.pk) if isinstance(organisation, Organisation) else organisation


def _people(key: int, now: dt.datetime, roles: Q) -> QuerySet[User]:
    held = Membership.objects.filter(in_force(now), roles, organisation=key)
    lent = Delegation.objects.filter(in_force(now), membership__in=held)
    acting = Q(pk__in=held.values("user")) | Q(pk__in=lent.values("to"))
    return User.objects.filter(acting, is_active=True).order_by("pk")


_filers: Prepared[User] = Prepared(lambda key, now: _people(key, now, Q(role__in=FILING)))


def above(unit: Organisation) -> Organisation | None:
    """The unit above: a county's prefecture, else the department; None above the department itself."""
    if unit.kind == OrganisationKind.DEPARTMENT:
        return None
    if unit.kind == OrganisationKind.COUNTY:
        place = divisions.find(unit.division)
        found = Organisation.objects.filter(
            kind=OrganisationKind.PREFECTURE, division=place.prefecture if place else "", active=True
        )
        prefecture = found.order_by("pk").first()
        if prefecture is not None:
            return prefecture
    return Organisation.objects.filter(kind=OrganisationKind.DEPARTMENT, active=True).order_by("pk").first()


def units_of(organisations: Iterable[Organisation], on: dt.date) -> dict[int, Organisation | None]:
    """The recommending unit of each organisation (with its zone loaded) as it lies today; None: the department.

    The same as `accounts.queries.recommending_unit` for today, for as many as there are: one query.
    """
    rows = list(
        Reach.objects.filter(in_force_on(on), unit__active=True).exclude(kind=ReachKind.PROVINCE)
        .select_related("unit").order_by("pk")
    )  # fmt: skip
    placed = [row for row in rows if row.kind != ReachKind.ORGANISATION]
    named: dict[int | None, list[Reach]] = {}
    for row in rows:
        if row.kind == ReachKind.ORGANISATION:
            named.setdefault(row.target_id, []).append(row)
    by_place: dict[tuple[object, ...], Organisation | None] = {}
    found: dict[int, Organisation | None] = {}
    for one in organisations:
        place = (one.division, one.zone_id, one.affiliation_id)
        if one.pk in named:
            found[one.pk] = next(iter(foremost(named[one.pk])), None)
            continue
        if place not in by_place:
            reaching = [row for row in placed if row_reaches(row, one)]
            by_place[place] = next(iter(foremost(reaching)), None)
        found[one.pk] = by_place[place]
    return found
