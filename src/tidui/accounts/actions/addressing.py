"""Who decides on a request to join: the enterprise's administrator, else its recommending unit, else the department."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q

from tidui.accounts import finding, queries
from tidui.accounts.enums import JoinState, OrganisationKind, Role
from tidui.accounts.models import JoinRequest, Organisation
from tidui.kit import clock


class Address(NamedTuple):
    """Where a request goes, and the role that it asks for there."""

    organisation: Organisation | None
    inside: bool
    unit: Organisation | None
    role: Role


def address(code: str, division: str, zone: Organisation | None, at: dt.datetime) -> Address:
    """Where a request for this credit code goes; what lies in the register counts, not what the request says."""
    day = clock.day_of(at)
    organisation = finding.by_code(code)
    if organisation is None:
        units = queries.units_for(division, zone, None, named=None, on=day)
        return Address(None, False, next(iter(units), None), Role.ADMINISTRATOR)
    if organisation.kind != OrganisationKind.ENTERPRISE or not organisation.active:
        return Address(None, False, None, Role.ADMINISTRATOR)
    if queries.administrators_of(organisation).exists():
        return Address(organisation, True, None, Role.CLERK)
    return Address(organisation, False, queries.recommending_unit(organisation, day), Role.ADMINISTRATOR)


Follower = Callable[[dt.datetime], object]
_followers: list[Follower] = []


def when_reach_changes(follower: Follower) -> Follower:
    """Have `follower(at)` called where a place or a reach has changed, in that transaction, and each night."""
    if follower not in _followers:
        _followers.append(follower)
    return follower


@transaction.atomic
def readdress(*, at: dt.datetime, code: str | None = None) -> int:
    """Send waiting requests (for this code, or all) to who decides on them now; how many went elsewhere.

    Called when an enterprise gains an administrator or moves, and when a reach changes; each night for days to come.
    """
    waiting = JoinRequest.objects.filter(Q(state=JoinState.WAITING)).select_related("zone").order_by("pk")
    if code is not None:
        waiting = waiting.filter(uscc=code)
    moved = 0
    for request in waiting.select_for_update(of=("self",)):
        now = address(request.uscc, request.division, request.zone, at)
        before = (request.organisation_id, request.inside, request.unit_id)
        after = (now.organisation and now.organisation.pk, now.inside, now.unit and now.unit.pk)
        if before == after:
            continue
        request.organisation, request.inside, request.unit, request.role = now
        request.save(update_fields=["organisation", "inside", "unit", "role"])
        moved += 1
    if code is None:
        for follower in _followers:
            follower(at)
    return moved
