"""A batch stands where its applications are; those that are at a stage of a kind."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Set
from typing import Final

from django.db import transaction
from django.db.models import QuerySet

from tidui.casework.enums import State
from tidui.casework.models import Application, Batch, Call
from tidui.casework.programme import programme

Holder = Callable[[Iterable[int]], Set[int]]
_HOLDERS: Final[list[Holder]] = []


def held_up(function: Holder) -> Holder:
    """Ask this function which of some applications are held up, by an objection for one: a batch goes on past them."""
    if function not in _HOLDERS:
        _HOLDERS.append(function)
    return function


def stages_of(call: Call, kind: str) -> tuple[str, ...]:
    """The names of the stages of a kind on the route of a call."""
    return tuple(one.name for one in programme(call.programme).route(call.settings) if one.kind.name == kind)


def at_stage(batch: Batch, kind: str) -> QuerySet[Application]:
    """The applications of a batch that are at a stage of this kind now."""
    names = stages_of(batch.call, kind)
    return Application.objects.filter(batch=batch, state=State.ACTIVE, stage__in=names)


@transaction.atomic
def follow(batch: Batch, at: dt.datetime) -> Batch:
    """Put a batch where its applications are: the first stage at which one is that nothing holds up.

    A batch of which nothing is under way any more has ended.
    """
    held = Batch.objects.select_for_update().get(pk=batch.pk)
    running = list(held.applications.filter(ended_at__isnull=True).values_list("pk", "stage"))
    keys = [key for key, _stage in running]
    waiting = {key for holder in _HOLDERS for key in holder(keys)}
    there = {stage for key, stage in running if key not in waiting} or {stage for _key, stage in running}
    route = [one.name for one in programme(held.call.programme).route(held.call.settings)]
    first = next((name for name in route if name in there), None)
    if first is not None:
        held.stage, held.ended_at = first, None
    elif held.closed_at is not None:
        held.ended_at = held.ended_at or at
    held.save(update_fields=["stage", "ended_at"])
    return held
