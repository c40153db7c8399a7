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
from tidui.demo.enterprises import take_over
from tidui.demo.people import make_people, mark
from tidui.demo.province import make_units
from tidui.site.beginning import begin

#: Everybody's password; the demonstration answers on its own machine only.
PASSWORD: Final = "Qilian-2026-shan"
DEPARTMENT: Final = "甘肃省科学技术厅(演示)"
ADMINISTRATOR: Final = "admin"


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
    held = Membership.objects.filter(until__isnull=True).select_related("user", "organisation").order_by("pk")
    return [
        Account(one.user.username, PASSWORD, str(one.get_role_display()), one.organisation.name) for one in held
    ]


@transaction.atomic
def _fill(at: dt.datetime) -> None:
    first = begin(department=DEPARTMENT, username=ADMINISTRATOR, name="罗静", password=PASSWORD, at=at)
    officer = first.administrator
    become(first.department, officer, Role.LEADER, reason="演示数据", given_by=officer, at=at)
    units = make_units(officer, at)
    take_over(units, by=officer, department=first.department, at=at)
    mark(make_people(units, department=first.department, password=PASSWORD, by=officer, at=at), at)
