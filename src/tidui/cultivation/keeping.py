"""Keeping placements true: worked out again when facts change, and for everybody when a day begins."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final

from django.utils import timezone
from django_tasks import task

from tidui.cultivation.models import Placement
from tidui.cultivation.placing import place_all, place_every_enterprise, row_of, write
from tidui.cultivation.rules import policies
from tidui.facts.factset import FactSet
from tidui.kit import clock, schedule
from tidui.policies.ladder import Ladder
from tidui.policies.library import default_year
from tidui.registry import changes, facts

#: Up to so many changed enterprises are placed at once, in the transaction of the change; more are left to the worker.
AT_ONCE: Final = 5


@changes.when_changed
def facts_changed(organisations: Sequence[int], at: dt.datetime, known: Mapping[int, FactSet]) -> None:
    """Place the enterprises whose accepted facts changed."""
    if len(organisations) > AT_ONCE:
        place_again.enqueue(list(organisations))
        return
    on = clock.day_of(at)
    ladder = Ladder(policies(), on)
    rows: list[Placement] = []
    read = facts.fact_sets([key for key in organisations if key not in known])
    for key, held in (*known.items(), *read.items()):
        year = default_year(on, held)
        rows.append(row_of(key, ladder.place(held, year), on, year, at))
    write(rows)


@task()
def place_again(organisations: list[int]) -> None:
    """Place these enterprises as of now; what the worker does after an import."""
    now = timezone.now()
    place_all(organisations, on=clock.day_of(now), at=now)


@schedule.daily(name="cultivation.place_every_enterprise", at=dt.time(0, 10))
def every_night(at: dt.datetime) -> None:
    """Statuses end and windows move with the days."""
    place_every_enterprise(at)
