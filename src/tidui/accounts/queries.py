"""Which people and organisations a person may know of, and which unit recommends an enterprise."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, Final

from django.db.models import Q, QuerySet
from django.utils import timezone

from tidui.accounts.enums import DECIDING, JoinState, OrganisationKind, ReachKind, Role
from tidui.accounts.models import (
    Delegation,
    Invitation,
    JoinRequest,
    Membership,
    Organisation,
    OrganisationState,
    Reach,
    User,
)
from tidui.accounts.standing import NOTHING, Standing, alone, division_stem, in_force, in_force_on, standing
from tidui.kit import clock
from tidui.kit.prepared import Counting, Prepared
from tidui.kit.visibility import door

#: Who recommends first: a unit named for the organisation, then affiliation, zone, county, prefecture.
_PRECEDENCE: Final = (ReachKind.ORGANISATION, ReachKind.AFFILIATION, ReachKind.ZONE, ReachKind.DIVISION)


def state_on(organisation: Organisation, day: dt.date) -> OrganisationState | None:
    """How the organisation stood on a day; None before it was known."""
    return organisation.states.filter(in_force_on(day)).first()


def recommending_units(organisation: Organisation, on: dt.date | None = None) -> tuple[Organisation, ...]:
    """The units that recommend the organisation on a day, all of the first kind that has any; more than one is a fault.

    A unit named for it comes first, then what it is affiliated to, its zone, its county, its prefecture.
    """
    day = on or clock.today()
    place: Organisation | OrganisationState | None = organisation
    if day != clock.today():
        place = state_on(organisation, day)
    if place is None:
        return ()
    return units_for(place.division, place.zone, place.affiliation_id, named=organisation.pk, on=day)


def recommending_unit(organisation: Organisation, on: dt.date | None = None) -> Organisation | None:
    """The unit that recommends the organisation on a day (today unless one is given); None: the department does."""
    return next(iter(recommending_units(organisation, on)), None)


def units_for(
    division: str, zone: Organisation | None, affiliation_id: int | None, *, named: int | None, on: dt.date
) -> tuple[Organisation, ...]:
    """The units that recommend what lies here, also for an enterprise that is not in the register yet."""
    if named is not None and affiliation_id is None and zone is None and division:
        return foremost(_of_a_county(named, sorted({division, division[:4] + "00"}), on))
    asked = NOTHING
    if named is not None:
        asked |= Q(kind=ReachKind.ORGANISATION, target=named)
    if affiliation_id is not None:
        asked |= Q(kind=ReachKind.AFFILIATION, target=affiliation_id)
    if zone is not None:
        asked |= Q(kind=ReachKind.ZONE, target=zone)
    if division and not alone(zone):
        asked |= Q(kind=ReachKind.DIVISION, division__in={division, division[:4] + "00"})
    rows = Reach.objects.filter(in_force_on(on), asked, unit__active=True).select_related("unit").order_by("pk")
    return foremost(rows)


_of_a_county: Prepared[Reach] = Prepared(
    lambda named, places, on: Reach.objects.filter(
        in_force_on(on), Q(kind=ReachKind.ORGANISATION, target=named) | Q(kind=ReachKind.DIVISION, division__in=places),
        unit__active=True,
    ).select_related("unit").order_by("pk")
)  # fmt: skip


def foremost(rows: Iterable[Reach]) -> tuple[Organisation, ...]:
    """The units of those reach rows that come first, each unit once."""
    ranked = sorted(rows, key=_rank)
    best = [row.unit for row in ranked if _rank(row) == _rank(ranked[0])]
    return tuple({unit.pk: unit for unit in best}.values())


def _rank(row: Reach) -> tuple[int, int]:
    return _PRECEDENCE.index(ReachKind(row.kind)), -len(division_stem(row.division))


def public_zones() -> QuerySet[Organisation]:
    """The development zones to choose from; their names are public."""
    return Organisation.objects.filter(kind=OrganisationKind.ZONE, active=True).order_by("name")


def administrators_of(organisation: Organisation) -> QuerySet[User]:
    """The people who give and revoke roles in the organisation today."""
    now = timezone.now()
    held = Membership.objects.filter(in_force(now), organisation=organisation, role=Role.ADMINISTRATOR)
    return User.objects.filter(pk__in=held.values("user"), is_active=True).order_by("pk")


def officers_of(unit: Organisation) -> QuerySet[User]:
    """The people who decide for the unit today."""
    held = Membership.objects.filter(in_force(timezone.now()), organisation=unit, role__in=DECIDING)
    return User.objects.filter(pk__in=held.values("user"), is_active=True).order_by("pk")


def _administered(who: Standing) -> set[int]:
    """The organisations whose members the person manages."""
    if who.is_inspection:
        return set()
    return {one.organisation.pk for one in who.held if one.role == Role.ADMINISTRATOR}


@door(Organisation)
def organisations(user: Any) -> QuerySet[Organisation]:
    """One's own organisations and those that one's units reach; the department and inspection know all."""
    who = standing(user)
    if who.is_department_administrator:
        return Organisation.objects.all()
    return Organisation.objects.filter(who.reach_q())


def reached_organisations(user: Any) -> QuerySet[Organisation]:
    """What the person's units reach, for an officer's lists: enterprises and carriers."""
    return Organisation.objects.filter(standing(user).officer_q())


@door(OrganisationState)
def organisation_states(user: Any) -> QuerySet[OrganisationState]:
    """The history of the organisations that one may look into."""
    who = standing(user)
    if who.is_department_administrator:
        return OrganisationState.objects.all()
    return OrganisationState.objects.filter(who.reach_q("organisation__"))


@door(Membership)
def memberships(user: Any) -> QuerySet[Membership]:
    """Roles in the organisations that one may look into, and one's own in others that have ended."""
    who = standing(user)
    if who.sees_everything or who.is_department_administrator:
        return Membership.objects.all()
    if not getattr(user, "is_authenticated", False):
        return Membership.objects.none()
    return Membership.objects.filter(who.reach_q("organisation__") | Q(user=user.pk))


@door(User)
def people(user: Any) -> QuerySet[User]:
    """Oneself, and the people of the organisations that one may look into."""
    who = standing(user)
    if who.sees_everything or who.is_department_administrator:
        return User.objects.all()
    if not getattr(user, "is_authenticated", False):
        return User.objects.none()
    known = Membership.objects.filter(who.reach_q("organisation__")) if who.held else Membership.objects.none()
    return User.objects.filter(Q(pk=user.pk) | Q(pk__in=known.values("user")))


@door(Reach)
def reaches(user: Any) -> QuerySet[Reach]:
    """The department and inspection see who reaches what; a unit sees its own reach."""
    who = standing(user)
    if who.sees_everything:
        return Reach.objects.all()
    return Reach.objects.filter(unit__in=who.ids) if who.ids else Reach.objects.none()


@door(Delegation)
def delegations(user: Any) -> QuerySet[Delegation]:
    """Those that one gave or was given; the organisation's administrator and inspection see all of theirs."""
    who = standing(user)
    if who.is_inspection or who.is_department_administrator:
        return Delegation.objects.all()
    if not getattr(user, "is_authenticated", False):
        return Delegation.objects.none()
    return Delegation.objects.filter(
        Q(to=user.pk) | Q(membership__user=user.pk) | Q(membership__organisation__in=_administered(who))
    )


@door(Invitation)
def invitations(user: Any) -> QuerySet[Invitation]:
    """The organisation's administrator sees whom it invited."""
    who = standing(user)
    if who.is_inspection or who.is_department_administrator:
        return Invitation.objects.all()
    return Invitation.objects.filter(organisation__in=_administered(who))


@door(JoinRequest)
def join_requests(user: Any) -> QuerySet[JoinRequest]:
    """One's own, and those that one's organisation or unit decides; department and inspection see all."""
    who = standing(user)
    if who.sees_everything:
        return JoinRequest.objects.all()
    if not getattr(user, "is_authenticated", False):
        return JoinRequest.objects.none()
    seen = Q(user=user.pk) | Q(inside=True, organisation__in=_administered(who))
    if who.units:
        seen |= Q(inside=False, unit__in=who.units)
    return JoinRequest.objects.filter(seen)


def waiting_requests(user: Any) -> QuerySet[JoinRequest]:
    """The requests that wait for this person to decide."""
    return join_requests(user).filter(state=JoinState.WAITING).exclude(user=user.pk)


def count_waiting_requests(user: Any) -> int | Counting:
    """How many there are: who decides only for their own organisations is asked for by a prepared query."""
    who = standing(user)
    if who.only_own and getattr(user, "is_authenticated", False):
        return _waiting_inside.counting(user.pk, sorted(_administered(who)))
    return waiting_requests(user).count()


_waiting_inside: Prepared[int] = Prepared(
    lambda user, own: JoinRequest.objects.filter(inside=True, organisation__in=own, state=JoinState.WAITING)
    .exclude(user=user).values_list("pk", flat=True)
)  # fmt: skip
