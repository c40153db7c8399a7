"""Fills an empty site with the fictional demonstration; a second call finds it made."""

# tidui: data

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from django.db import transaction

from tidui.accounts.actions.members import become
from tidui.accounts.enums import Role
from tidui.accounts.models import Membership, Organisation, User
from tidui.demo import after, casework, provincial
from tidui.demo.enterprises import take_over
from tidui.demo.people import PEOPLE, make_people, mark
from tidui.demo.province import make_units
from tidui.review.models import Expert
from tidui.site.beginning import begin

#: Everybody's password; the demonstration answers on its own machine only.
PASSWORD: Final = "Qilian-2026-shan"
DEPARTMENT: Final = "甘肃省科学技术厅（演示）"
ADMINISTRATOR: Final = "admin"
#: How long ago the site of the demonstration began: what is going on today took its time.
BEGAN: Final = dt.timedelta(days=75)


class NotEmpty(Exception):
    """The database holds something else than the demonstration."""


@dataclass(frozen=True, slots=True)
class Account:
    """A person of the demonstration: how to sign in, and as whom."""

    username: str
    password: str
    role: str
    organisation: str


def build(at: dt.datetime) -> list[Account]:
    """Make the demonstration unless it is there; its accounts. NotEmpty for a database with other people in it."""
    if not User.objects.filter(username=ADMINISTRATOR, memberships__organisation__name=DEPARTMENT).exists():
        if User.objects.exists() or Organisation.objects.exists():
            raise NotEmpty
        _fill(at)
    return accounts()


def accounts() -> list[Account]:
    """One account for every role, the department's administrator first."""
    named = [ADMINISTRATOR, *(row[0] for row in PEOPLE)]
    held = Membership.objects.filter(until__isnull=True, user__username__in=named)
    held = held.select_related("user", "organisation").order_by("pk")
    members = [
        Account(one.user.username, PASSWORD, str(one.get_role_display()), one.organisation.name) for one in held
    ]
    experts = Expert.objects.filter(user__username__in=named).select_related("user").order_by("pk")
    return members + [
        Account(one.user.username, PASSWORD, str(Expert._meta.verbose_name), one.employer)
        for one in experts
        if one.user is not None
    ]


@transaction.atomic
def _fill(at: dt.datetime) -> None:
    began = at - BEGAN
    first = begin(department=DEPARTMENT, username=ADMINISTRATOR, name="罗静", password=PASSWORD, at=began)
    officer = first.administrator
    become(first.department, officer, Role.LEADER, reason="演示数据", given_by=officer, at=began)
    units = make_units(officer, began)
    take_over(units, by=officer, department=first.department, began=began, at=at)
    people = make_people(units, department=first.department, password=PASSWORD, by=officer, at=began)
    mark(people, at)
    named = {one.username: one for one in people}
    enterprise = named["boss"].memberships.get().organisation
    casework.play(named, department=named["officer"], first=enterprise, at=at)
    provincial.play(units, named, at=at)
    after.play(officer=named["officer"], programme=casework.PROGRAMME, at=at)
    after.publish(officer=named["officer"], at=at)
