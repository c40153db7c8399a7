"""What a person is here today: the roles that they hold, and how far the reach of their units goes.

`standing(user)` is worked out once per request, in at most four queries however many roles, units and reach rows
there are, and kept on the user object.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import cached_property, reduce
from operator import or_
from typing import Any, Final

from django.db.models import Exists, Q, QuerySet
from django.utils import timezone

from tidui.accounts import days
from tidui.accounts.enums import DECIDING, REACHED, REACHING, RECOMMENDING, OrganisationKind, ReachKind, Role
from tidui.accounts.models import Delegation, Membership, Organisation, Reach, User
from tidui.kit import clock
from tidui.kit.prepared import Prepared

#: No row at all, as a condition.
NOTHING: Final = Q(pk__in=())
_KEPT = "_tidui_standing"


@dataclass(frozen=True, slots=True)
class Held:
    """A role held in an organisation; `delegated_from` is the absent colleague whose role it is, if any."""

    organisation: Organisation
    role: Role
    membership_id: int
    delegated_from: User | None = None


@dataclass(frozen=True)
class Standing:
    """The roles a person holds today, and what their units reach today."""

    on: dt.date
    held: tuple[Held, ...] = ()
    reaches_rows: tuple[Reach, ...] = field(default=(), repr=False)
    #: True of the system itself, which holds no role.
    whole: bool = False

    @cached_property
    def organisations(self) -> tuple[Organisation, ...]:
        """The organisations that the person is a member of, each once."""
        return tuple({one.organisation.pk: one.organisation for one in self.held}.values())

    @cached_property
    def ids(self) -> frozenset[int]:
        """The keys of the person's organisations."""
        return frozenset(one.pk for one in self.organisations)

    def own(self, key: int) -> Organisation | None:
        """One of the person's organisations."""
        return next((one for one in self.organisations if one.pk == key), None)

    def has(
        self,
        roles: str | Iterable[str] | None = None,
        organisation: Organisation | int | None = None,
        kinds: Collection[str] | None = None,
    ) -> bool:
        """Is one of these roles (None: any) held, in this organisation and in one of these kinds if they are given?"""
        wanted = None if roles is None else {roles} if isinstance(roles, str) else set(roles)
        key = organisation.pk if isinstance(organisation, Organisation) else organisation
        return any(
            (wanted is None or one.role in wanted)
            and (key is None or one.organisation.pk == key)
            and (kinds is None or one.organisation.kind in kinds)
            for one in self.held
        )

    @cached_property
    def is_inspection(self) -> bool:
        """Discipline inspection or audit: reads everything, and may change nothing whatever else it holds."""
        return self.has(kinds={OrganisationKind.INSPECTION})

    @cached_property
    def is_department(self) -> bool:
        """A member of the department who looks into the records of the province."""
        return self.has(REACHING, kinds={OrganisationKind.DEPARTMENT}) and not self.is_inspection

    @cached_property
    def decides_for_department(self) -> bool:
        """A member of the department who may change the records of the province."""
        return self.has(DECIDING, kinds={OrganisationKind.DEPARTMENT}) and not self.is_inspection

    @cached_property
    def is_department_administrator(self) -> bool:
        """The department's administrator, who may give and revoke roles in any organisation."""
        return self.has(Role.ADMINISTRATOR, kinds={OrganisationKind.DEPARTMENT}) and not self.is_inspection

    @property
    def sees_everything(self) -> bool:
        """Does the person read the records of the whole province?"""
        return self.whole or self.is_department or self.is_inspection

    @property
    def only_own(self) -> bool:
        """Does the person see nothing but what is of their own organisations?"""
        return not (self.sees_everything or self.reaches_rows or self.units)

    @cached_property
    def units(self) -> frozenset[int]:
        """The person's units that reach something, and those that were merged into them: who decided old files."""
        return _with_merged(self._own_units(REACHING))

    @cached_property
    def deciding_units(self) -> frozenset[int]:
        """Those of them for which the person decides: who only reads in one unit may still decide in another."""
        deciding = self._own_units(DECIDING)
        return self.units if deciding == self._own_units(REACHING) else _with_merged(deciding)

    def _own_units(self, roles: Collection[str]) -> set[int]:
        return {one.organisation.pk for one in self.held if one.role in roles and _reaching(one.organisation)}

    def settled_q(self, field_name: str) -> Q:
        """Rows that one of the person's units, or one merged into it, decided: old files stay readable by them.

        `field_name` is the column of the deciding organisation, such as `settled_for`.
        """
        return Q(**{f"{field_name}__in": self.units}) if self.units else NOTHING

    def reach_q(self, prefix: str = "") -> Q:
        """What the person may look into, over the fields of Organisation: their own and what their units reach.

        `prefix` leads to the organisation from another model: `organisation__`.
        """
        if self.sees_everything:
            return Q(**{f"{prefix}pk__isnull": False})
        own = Q(**{f"{prefix}pk__in": self.ids}) if self.ids else NOTHING
        return own | self.officer_q(prefix)

    def officer_q(self, prefix: str = "") -> Q:
        """What the person's units reach as officers, without their own organisation."""
        reached = Q(**{f"{prefix}kind__in": sorted(REACHED)})
        if self.sees_everything:
            return reached
        if not self.reaches_rows:
            return NOTHING
        return reached & reach_of(self.reaches_rows, prefix)

    def reaches(self, organisation: Organisation) -> bool:
        """Does one of the person's units reach this organisation as it is today? No query."""
        if organisation.kind not in REACHED:
            return False
        if self.sees_everything:
            return True
        return any(row_reaches(row, organisation) for row in self.reaches_rows)

    def decides_on(self, organisation: Organisation) -> bool:
        """May the person change what their unit does about this organisation? A reader and an inspector may not."""
        if self.is_inspection or organisation.kind not in REACHED:
            return False
        if self.decides_for_department:
            return True
        units = {one.organisation.pk for one in self.held if one.role in DECIDING}
        return any(row.unit_id in units and row_reaches(row, organisation) for row in self.reaches_rows)

    def sees(self, organisation: Organisation) -> bool:
        """May the person look into this organisation's records?"""
        return organisation.pk in self.ids or self.sees_everything or self.reaches(organisation)


class System:
    """The system itself, where its own work reads the whole province through the doors, such as packing a case.

    It is no person: it has no key, holds no role and decides for nobody, so nothing can be done in its name.
    """

    pk = None
    is_authenticated = True
    is_active = True


def standing(user: Any) -> Standing:
    """What this person is today; nothing for somebody who has not signed in or may not sign in any more."""
    today = clock.today()
    if isinstance(user, System):
        return Standing(today, whole=True)
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return Standing(today)
    kept: Standing | None = getattr(user, _KEPT, None)
    if kept is None or kept.on != today:
        days.turn(today)
        kept = _worked_out(user, today)
        setattr(user, _KEPT, kept)
    return kept


def forget(*users: Any) -> None:
    """Work the standing of these people out again when it is next asked for: their roles have changed."""
    for user in users:
        if hasattr(user, _KEPT):
            delattr(user, _KEPT)


def in_force(at: dt.datetime, prefix: str = "") -> Q:
    """Memberships (or delegations) that hold at a moment."""
    begun = Q(**{f"{prefix}since__lte": at})
    return begun & (Q(**{f"{prefix}until__isnull": True}) | Q(**{f"{prefix}until__gt": at}))


def in_force_on(day: dt.date, prefix: str = "") -> Q:
    """Reach rows (or states) that hold on a day."""
    begun = Q(**{f"{prefix}since__lte": day})
    return begun & (Q(**{f"{prefix}until__isnull": True}) | Q(**{f"{prefix}until__gt": day}))


def reach_of(rows: Iterable[Reach], prefix: str = "") -> Q:
    """The reach rows joined, as a condition over the fields of Organisation."""
    rows = list(rows)
    conditions = []
    codes = sorted({row.division for row in rows if row.kind == ReachKind.DIVISION})
    if any(row.kind == ReachKind.PROVINCE for row in rows):
        return Q(**{f"{prefix}pk__isnull": False})
    if codes:
        inside = reduce(or_, (_division_q(code, prefix) for code in codes))
        apart = Organisation.objects.filter(recommends_alone=True, active=True).values("pk")
        conditions.append(inside & ~Q(**{f"{prefix}zone__in": apart}))
    for kind, name in _BY_TARGET.items():
        targets = sorted({row.target_id for row in rows if row.kind == kind and row.target_id is not None})
        if targets:
            conditions.append(Q(**{f"{prefix}{name}__in": targets}))
    return reduce(or_, conditions) if conditions else NOTHING


def row_reaches(row: Reach, organisation: Organisation) -> bool:
    """Does this reach row cover the organisation as it is today? Asks for its zone if that is not loaded."""
    match row.kind:
        case ReachKind.PROVINCE:
            return True
        case ReachKind.DIVISION:
            if not organisation.division.startswith(division_stem(row.division)):
                return False
            return not alone(organisation.zone)
        case ReachKind.ZONE:
            return organisation.zone_id == row.target_id
        case ReachKind.AFFILIATION:
            return organisation.affiliation_id == row.target_id
        case _:
            return organisation.pk == row.target_id


def alone(zone: Organisation | None) -> bool:
    """Does this zone keep the divisions around it from reaching what lies in it? One that was closed does not."""
    return zone is not None and zone.recommends_alone and zone.active


def division_stem(code: str) -> str:
    """The digits that all divisions inside this one begin with: 6201 for the prefecture 620100, 620102 for a county."""
    if code.endswith("0000"):
        return code[:2]
    return code[:4] if code.endswith("00") else code


_BY_TARGET: Final = {
    ReachKind.ZONE: "zone",
    ReachKind.AFFILIATION: "affiliation",
    ReachKind.ORGANISATION: "pk",
}


def _division_q(code: str, prefix: str) -> Q:
    stem = division_stem(code)
    lookup = "exact" if len(stem) == len(code) else "startswith"
    return Q(**{f"{prefix}division__{lookup}": stem})


def _with_merged(units: set[int]) -> frozenset[int]:
    """These units and all that were merged into them."""
    found, newly = set(units), units
    while newly:
        newly = set(Organisation.objects.filter(merged_into__in=newly).values_list("pk", flat=True)) - found
        found |= newly
    return frozenset(found)


def _reaching(organisation: Organisation) -> bool:
    return organisation.kind in RECOMMENDING or organisation.kind == OrganisationKind.DEPARTMENT


def _lent_to(user: Any, now: dt.datetime) -> QuerySet[Delegation]:
    return Delegation.objects.filter(in_force(now), in_force(now, "membership__"), to=user)


#: With `lent`: has the person roles of others too? Few have, and those are asked for then.
_own: Prepared[Any] = Prepared(
    lambda user, now: Membership.objects.filter(in_force(now), user=user)
    .annotate(lent=Exists(_lent_to(user, now))).select_related("organisation").order_by("pk")
)  # fmt: skip
_lent: Prepared[Delegation] = Prepared(
    lambda user, now: _lent_to(user, now).select_related("membership__organisation", "membership__user").order_by("pk")
)


def _worked_out(user: User, today: dt.date) -> Standing:
    now = timezone.now()
    own = _own(user.pk, now)
    held = [Held(one.organisation, Role(one.role), one.pk) for one in own]
    held += [
        Held(one.membership.organisation, Role(one.membership.role), one.membership.pk, one.membership.user)
        for one in (_lent(user.pk, now) if not own or own[0].lent else ())
    ]
    held = [one for one in held if one.organisation.active]
    units = sorted({one.organisation.pk for one in held if one.role in REACHING and _reaching(one.organisation)})
    rows: tuple[Reach, ...] = ()
    if units:
        rows = tuple(Reach.objects.filter(in_force_on(today), unit__in=units).order_by("pk"))
    return Standing(today, tuple(held), rows)
