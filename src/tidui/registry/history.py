"""The history of a file: filings, settlements and verifications in the order in which they happened, and its replay.

The accepted tables hold the end of a replay of everything; "what did we know on that day" is a replay up to a moment.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from django.db.models import Q
from django.db.models.functions import Coalesce

from tidui.kit.prepared import Prepared
from tidui.registry import acceptance
from tidui.registry.acceptance import Filer, SectionState
from tidui.registry.enums import DifferenceState
from tidui.registry.models import Difference, Return, Verification
from tidui.registry.values import values_of
from tidui.rules.values import Value

#: A section of the file of an organisation, and its year where it has one.
Place: TypeAlias = "tuple[int, str, int | None]"


@dataclass(frozen=True, slots=True)
class Filed:
    """A return was filed."""

    step: int
    at: dt.datetime
    filed: int
    filer: Filer
    facts: Mapping[str, Value | None]


@dataclass(frozen=True, slots=True)
class Settled:
    """A person settled a difference."""

    step: int
    at: dt.datetime
    filed: int
    fact: str
    accept: bool


@dataclass(frozen=True, slots=True)
class Verified:
    """A person verified facts of a return."""

    step: int
    at: dt.datetime
    filed: int
    facts: tuple[str, ...]
    verification: int
    holds: bool = True


Step: TypeAlias = Filed | Settled | Verified


def load(where: Q) -> dict[Place, list[Step]]:
    """The steps of the files that a condition over organisation, section and year chooses, by place, in order.

    Three queries; one where nothing was filed.
    """
    filed = Return.objects.filter(where).values_list(*_FILED).iterator(chunk_size=5000)
    ended = Difference.objects.filter(_ENDED, where).values_list(*_SETTLED)
    verified = Verification.objects.filter(_over_filed(where)).values_list(*_VERIFIED)
    return _in_order(filed, ended, verified)


_FILED: Final = ("id", "organisation_id", "section", "year", "step", "filed_at", "source", "filed_for_id", "facts")
_SETTLED: Final = ("offered_id", "settled_step", "settled_at", "fact", "state")
_VERIFIED: Final = ("filed_id", "step", "verified_at", "facts", "id", "holds")
_ENDED: Final = Q(state__in=[DifferenceState.ACCEPTED, DifferenceState.KEPT])


def _in_order(filed: Iterable[Any], ended: Iterable[Any], verified: Iterable[Any]) -> dict[Place, list[Step]]:
    """The steps that these rows tell of. What hangs on returns is not asked for where there are none."""
    found: dict[Place, list[Step]] = {}
    places: dict[int, Place] = {}
    for pk, organisation, section, year, step, at, source, filed_for, facts in filed:
        places[pk] = (organisation, section, year)
        one = Filed(step, at, pk, Filer(source, filed_for), values_of(facts))
        found.setdefault(places[pk], []).append(one)
    if not found:
        return found
    for of, settled_step, settled_at, fact, state in ended:
        assert settled_step is not None and settled_at is not None  # the database holds it
        found[places[of]].append(Settled(settled_step, settled_at, of, fact, state == DifferenceState.ACCEPTED))
    for of, step, at, facts, pk, holds in verified:
        found[places[of]].append(Verified(step, at, of, tuple(facts), pk, holds))
    for steps in found.values():
        steps.sort(key=lambda one: one.step)
    return found


def _over_filed(where: Q) -> Q:
    """The same condition over the return that a verification is of."""
    moved = Q(_connector=where.connector, _negated=where.negated)
    child: Any
    for child in where.children:
        moved.children.append(_over_filed(child) if isinstance(child, Q) else (f"filed__{child[0]}", child[1]))
    return moved


def of_place(organisation: int, section: str, year: int | None) -> list[Step]:
    """The steps of one section and year of a file, in order."""
    return of_places(organisation, [(section, year)])[section, year]


def of_places(
    organisation: int, wanted: Sequence[tuple[str, int | None]], *, begun: bool = True
) -> dict[tuple[str, int | None], list[Step]]:
    """The same of several sections and years, in as many queries as for one; none for a file in which nothing has
    `begun`: no step is counted in its own row."""
    if not begun:
        return {place: [] for place in wanted}
    asked = organisation, sorted({section for section, _ in wanted}), sorted({year or 0 for _, year in wanted})
    found = _in_order(_filed_of(*asked), _later(_ended_of, asked), _later(_verified_of, asked))
    return {place: found.get((organisation, *place), []) for place in wanted}


def _later(ask: Prepared[Any], asked: tuple[Any, ...]) -> Iterator[Any]:
    yield from ask(*asked)


_filed_of: Prepared[Any] = Prepared(
    lambda organisation, sections, years: Return.objects.alias(of=Coalesce("year", 0))
    .filter(organisation=organisation, section__in=sections, of__in=years).values_list(*_FILED)
)  # fmt: skip
_ended_of: Prepared[Any] = Prepared(
    lambda organisation, sections, years: Difference.objects.alias(of=Coalesce("year", 0))
    .filter(_ENDED, organisation=organisation, section__in=sections, of__in=years).values_list(*_SETTLED)
)  # fmt: skip
_verified_of: Prepared[Any] = Prepared(
    lambda organisation, sections, years: Verification.objects.alias(of=Coalesce("filed__year", 0))
    .filter(filed__organisation=organisation, filed__section__in=sections, of__in=years).values_list(*_VERIFIED)
)  # fmt: skip


def replay(steps: Iterable[Step], until: dt.datetime | None = None) -> SectionState:
    """What the steps lead to; with `until`, only those that had happened by that moment."""
    state = SectionState()
    for step in steps:
        if until is None or step.at <= until:
            take(state, step)
    return state


def take(state: SectionState, step: Step) -> None:
    """Take one step into the state."""
    match step:
        case Filed():
            acceptance.file(state, step.filed, step.filer, step.facts)
        case Settled():
            acceptance.settle(state, step.fact, step.filed, accept=step.accept)
        case Verified() if not step.holds:
            acceptance.unverify(state, step.filed, step.facts)
        case Verified():
            acceptance.verify(state, step.filed, step.facts, step.verification)


def states(organisations: Sequence[int], until: dt.datetime | None = None) -> dict[Place, SectionState]:
    """The states of all sections of these files, now or as they were at a moment."""
    places = load(Q(organisation__in=organisations))
    return {place: replay(steps, until) for place, steps in places.items()}


def sorted_places(places: Mapping[Place, Any]) -> list[Place]:
    """Places in the order of the file: by organisation, section and year."""
    return sorted(places, key=lambda place: (place[0], place[1], place[2] or 0))
