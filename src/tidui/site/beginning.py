"""An empty site gets its department and the first person who can sign in; everybody else comes by them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import transaction

from tidui.accounts.actions.members import become
from tidui.accounts.actions.organisations import NewOrganisation, found
from tidui.accounts.enums import OrganisationKind, Role
from tidui.accounts.models import Organisation, User
from tidui.kit import clock


class AlreadyBegun(Exception):
    """There is a department already."""


@dataclass(frozen=True, slots=True)
class First:
    """The department and its administrator."""

    department: Organisation
    administrator: User


@transaction.atomic
def begin(*, department: str, username: str, name: str, password: str, at: dt.datetime) -> First:
    """Register the department and its administrator. AlreadyBegun if there is one: it gives all further roles."""
    if Organisation.objects.filter(kind=OrganisationKind.DEPARTMENT).exists():
        raise AlreadyBegun
    wanted = NewOrganisation(kind=OrganisationKind.DEPARTMENT, name=department)
    made = found(organisation=wanted, since=clock.day_of(at), reason="", by=None, at=at)
    person = User.objects.create_user(username, password, name=name)
    become(made, person, Role.ADMINISTRATOR, reason="", given_by=None, at=at)
    return First(made, person)
