"""Numbers that enterprises hold, for tests of what comes after."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils import timezone

from tests.people import World
from tidui.accounts.models import Organisation
from tidui.kit import clock
from tidui.recognition.models import Recognition


def number_of(world: World, organisation: Organisation, *, serial: int = 1, year: int | None = None, **fields: Any) -> Recognition:
    """A number that the enterprise holds for a year (this one), without an application unless one is given."""
    held = year or clock.today().year
    values: dict[str, Any] = {
        "programme": "tech-sme", "rung": "sme", "number": f"{held}{organisation.division}0{serial:07d}",
        "valid_from": dt.date(held, 1, 1), "valid_until": dt.date(held, 12, 31), "recorded_by": world.department_officer,
        "recorded_at": timezone.now(),
    }  # fmt: skip
    return Recognition.objects.create(organisation=organisation, year=held, **{**values, **fields})
