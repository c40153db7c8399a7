"""What was recorded for a day to come takes effect on that day: organisations take over the state that then holds."""

from __future__ import annotations

import datetime as dt
from threading import Lock
from typing import Final

from django.db import transaction

from tidui.accounts.models import Organisation, OrganisationState

#: The columns that an organisation takes over from its state.
COLUMNS: Final = (
    "name", "uscc", "division", "zone_id", "affiliation_id", "merged_into_id", "recommends_alone", "active",
)  # fmt: skip

_lock = Lock()
_turned: dict[str, dt.date] = {}


def turn(today: dt.date) -> None:
    """Take over what is due, once a day in each process; a process that ran through midnight does it when first used.

    The worker does the same each night, so that figures and lists are right also when nobody signs in.
    """
    if _turned.get("day") == today:
        return
    with _lock:
        if _turned.get("day") != today:
            apply_due(today)
            _turned["day"] = today


@transaction.atomic
def apply_due(today: dt.date) -> int:
    """Let every organisation take over a state that has begun and was not taken over yet; how many there were."""
    due = (
        OrganisationState.objects.filter(applied=False, since__lte=today)
        .select_for_update(of=("self",))
        .select_related("organisation")
        .order_by("since", "pk")
    )
    count = 0
    for state in due:
        take_over(state)
        count += 1
    return count


def take_over(state: OrganisationState) -> Organisation:
    """Write this state into the organisation's own row."""
    organisation = state.organisation
    for column in COLUMNS:
        setattr(organisation, column, getattr(state, column))
    organisation.save(update_fields=[column.removesuffix("_id") for column in COLUMNS])
    state.applied = True
    state.save(update_fields=["applied"])
    return organisation
