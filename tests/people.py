"""A small world for tests: the department, units with their reach, four enterprises, and one person for every role.

    市 兰州 620100 ─ 县 城关区 620102 ─ enterprise `a`;   县 七里河区 620103 ─ enterprise `b`
    兰州新区 (recommends alone) ─ enterprise `zoned`, which lies in 永登县 620121
    大学 ─ enterprise `spinoff`, which lies in 城关区

Names of people say what they are: `world.clerk_a` files for enterprise `a`, `world.county_officer` decides for 城关区,
`world.other_county_officer` for 七里河区. Everybody's password is `PASSWORD`.
"""

from __future__ import annotations

import datetime as dt
import functools
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from tidui.accounts import days, founding
from tidui.accounts.enums import OrganisationKind as Kind
from tidui.accounts.enums import ReachKind, Role
from tidui.accounts.models import Membership, Organisation, OrganisationState, Reach, User
from tidui.codes import uscc
from tidui.kit import clock

if TYPE_CHECKING:
    from collections.abc import Iterator

PASSWORD: Final = "Lanzhou-2026-shan"
#: Everything in the world has been so since this day.
BEGINNING: Final = dt.date(2020, 1, 1)


@dataclass
class World:
    """The organisations and the people."""

    department: Organisation
    prefecture: Organisation
    county: Organisation
    other_county: Organisation
    zone: Organisation
    university: Organisation
    agency: Organisation
    inspection: Organisation
    a: Organisation
    b: Organisation
    zoned: Organisation
    spinoff: Organisation

    department_officer: User
    department_leader: User
    department_administrator: User
    prefecture_officer: User
    county_officer: User
    county_leader: User
    county_reader: User
    county_administrator: User
    other_county_officer: User
    zone_officer: User
    university_officer: User
    agency_clerk: User
    inspector: User
    administrator_a: User
    clerk_a: User
    administrator_b: User
    clerk_b: User
    administrator_zoned: User
    administrator_spinoff: User
    stranger: User

    def organisations(self) -> Iterator[Organisation]:
        """All organisations."""
        return (value for value in self._values() if isinstance(value, Organisation))

    def people(self) -> Iterator[tuple[str, User]]:
        """Everybody, by the name that the world gives them."""
        named = ((one.name, getattr(self, one.name)) for one in fields(self))
        return ((name, value) for name, value in named if isinstance(value, User))

    def _values(self) -> Iterator[object]:
        return (getattr(self, one.name) for one in fields(self))


#: Name in the world: kind, what it is called, division.
_ORGANISATIONS: Final = {
    "department": (Kind.DEPARTMENT, "甘肃省科学技术厅", ""),
    "prefecture": (Kind.PREFECTURE, "兰州市科学技术局", "620100"),
    "county": (Kind.COUNTY, "城关区科学技术局", "620102"),
    "other_county": (Kind.COUNTY, "七里河区科学技术局", "620103"),
    "zone": (Kind.ZONE, "兰州新区", "620121"),
    "university": (Kind.UNIVERSITY, "陇原理工大学", "620102"),
    "agency": (Kind.AGENCY, "金城评价事务所", "620102"),
    "inspection": (Kind.INSPECTION, "驻省科技厅纪检监察组", ""),
    "a": (Kind.ENTERPRISE, "兰州白塔精密仪器有限公司", "620102"),
    "b": (Kind.ENTERPRISE, "兰州黄峪生物科技有限公司", "620103"),
    "zoned": (Kind.ENTERPRISE, "兰州新区中川新材料有限公司", "620121"),
    "spinoff": (Kind.ENTERPRISE, "陇原理工科技成果转化有限公司", "620102"),
}
#: Name in the world: what the person is called, organisation, role.
_PEOPLE: Final[dict[str, tuple[str, str | None, Role | None]]] = {
    "department_officer": ("程志远", "department", Role.OFFICER),
    "department_leader": ("马国梁", "department", Role.LEADER),
    "department_administrator": ("罗静", "department", Role.ADMINISTRATOR),
    "prefecture_officer": ("魏晓东", "prefecture", Role.OFFICER),
    "county_officer": ("孙丽华", "county", Role.OFFICER),
    "county_leader": ("郑卫国", "county", Role.LEADER),
    "county_reader": ("何雪梅", "county", Role.READER),
    "county_administrator": ("唐文博", "county", Role.ADMINISTRATOR),
    "other_county_officer": ("冯建军", "other_county", Role.OFFICER),
    "zone_officer": ("蒋海燕", "zone", Role.OFFICER),
    "university_officer": ("沈教授", "university", Role.OFFICER),
    "agency_clerk": ("韩会计", "agency", Role.CLERK),
    "inspector": ("严明", "inspection", Role.READER),
    "administrator_a": ("白总", "a", Role.ADMINISTRATOR),
    "clerk_a": ("小白", "a", Role.CLERK),
    "administrator_b": ("黄总", "b", Role.ADMINISTRATOR),
    "clerk_b": ("小黄", "b", Role.CLERK),
    "administrator_zoned": ("钟总", "zoned", Role.ADMINISTRATOR),
    "administrator_spinoff": ("陆博士", "spinoff", Role.ADMINISTRATOR),
    "stranger": ("路人", None, None),
}


def credit_code(number: int, division: str = "620102") -> str:
    """A valid credit code, the same for the same number and division."""
    body = f"91{division}MA{number:07d}"
    return body + uscc.check_character(body)


@functools.cache
def _hashed() -> str:
    return make_password(PASSWORD)


def make_user(username: str, name: str) -> User:
    """A person without any role, whose password is PASSWORD."""
    return User.objects.create(username=username, name=name, mobile="13900000000", password=_hashed())


def make_organisation(kind: str, name: str, division: str = "", *, number: int | None = None, **fields: object) -> Organisation:
    """An organisation with its first state; an enterprise gets a credit code of `number` (its key unless given)."""
    organisation = Organisation.objects.create(kind=kind, name=name, division=division, **fields)
    if kind == Kind.ENTERPRISE:
        place = number if number is not None else 5_000_000 + organisation.pk
        organisation.uscc = credit_code(place, division if len(division) == 6 else "620102")
        organisation.save(update_fields=["uscc"])
    _begin([organisation])
    return organisation


def make_member(user: User, organisation: Organisation, role: str) -> Membership:
    """Give a role, as if it had always been so."""
    return Membership.objects.create(user=user, organisation=organisation, role=role, since=clock.start_of(BEGINNING))


def make_world() -> World:
    """Write the world into the database of the test."""
    days.turn(clock.today())
    organisations = _organisations()
    people = _people(organisations)
    _reaches(organisations)
    return World(**organisations, **people)


def _organisations() -> dict[str, Organisation]:
    made = {name: Organisation(kind=kind, name=title, division=place) for name, (kind, title, place) in _ORGANISATIONS.items()}
    made["zone"].recommends_alone = True
    for number, name in enumerate(("a", "b", "zoned", "spinoff"), start=1):
        made[name].uscc = credit_code(number, made[name].division)
    for organisation in made.values():
        if organisation.kind != Kind.ENTERPRISE:
            organisation.save()
    made["zoned"].zone = made["zone"]
    made["spinoff"].affiliation = made["university"]
    for organisation in made.values():
        if organisation.kind == Kind.ENTERPRISE:
            organisation.save()
    _begin(list(made.values()))
    return made


def _begin(organisations: list[Organisation]) -> None:
    founding.founded(organisations)
    columns = list(days.COLUMNS)
    OrganisationState.objects.bulk_create(
        OrganisationState(
            organisation=one, since=BEGINNING, **{column: getattr(one, column) for column in columns}
        )
        for one in organisations
    )


def _people(organisations: dict[str, Organisation]) -> dict[str, User]:
    now = timezone.now()
    made = {
        name: User(
            username=name, name=title, mobile=f"139{number:08d}", email=f"{name}@example.org", password=_hashed(),
            joined_at=now,
        )
        for number, (name, (title, _, _)) in enumerate(_PEOPLE.items(), start=10_000_000)
    }
    for person in made.values():
        person.save()
    Membership.objects.bulk_create(
        Membership(
            user=made[name], organisation=organisations[where], role=role, since=clock.start_of(BEGINNING)
        )
        for name, (_, where, role) in _PEOPLE.items()
        if where is not None and role is not None
    )
    return made


def _reaches(organisations: dict[str, Organisation]) -> None:
    rows = [
        Reach(unit=organisations["prefecture"], kind=ReachKind.DIVISION, division="620100", since=BEGINNING),
        Reach(unit=organisations["county"], kind=ReachKind.DIVISION, division="620102", since=BEGINNING),
        Reach(unit=organisations["other_county"], kind=ReachKind.DIVISION, division="620103", since=BEGINNING),
        Reach(unit=organisations["zone"], kind=ReachKind.ZONE, target=organisations["zone"], since=BEGINNING),
        Reach(
            unit=organisations["university"], kind=ReachKind.AFFILIATION, target=organisations["university"],
            since=BEGINNING,
        ),
    ]  # fmt: skip
    Reach.objects.bulk_create(rows)
