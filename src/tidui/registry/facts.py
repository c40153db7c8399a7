"""The facts of an enterprise as its file has them: today, on a day in the past, and what changed in between."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

from django.db.models import Exists

from tidui.accounts.models import Organisation, OrganisationState
from tidui.facts import catalogue
from tidui.facts.factset import FactSet, Key
from tidui.kit import clock
from tidui.kit.prepared import Prepared
from tidui.registry import history
from tidui.registry.models import IDENTITY, TABLES, Accepted, Enterprise
from tidui.registry.values import of_row
from tidui.rules.values import Value

#: A section of a file, and its year where it has one.
Place: TypeAlias = "tuple[str, int | None]"

_identity: Prepared[Any] = Prepared(lambda key: Organisation.objects.filter(pk=key).values_list(*IDENTITY))
_rows: Mapping[str, Prepared[Any]] = {
    section: Prepared(lambda key, model=model: model._default_manager.filter(organisation=key))
    for section, model in TABLES.items()
}
#: An organisation's own row; and for each other section: is there anything of it to be read?
_own: Prepared[Enterprise] = Prepared(
    lambda key: Enterprise.objects.filter(organisation=key).annotate(
        **{
            f"has_{section}": Exists(model._default_manager.filter(organisation=key))
            for section, model in TABLES.items()
            if section != "enterprise"
        }
    )
)


def by_place(facts: Mapping[Key, Value | None]) -> dict[Place, dict[str, Value | None]]:
    """Facts by the section and year under which they are filed, in the order of these."""
    known = catalogue.load()
    found: dict[Place, dict[str, Value | None]] = {}
    for (name, year), value in facts.items():
        found.setdefault((known[name].section, year), {})[name] = value
    return dict(sorted(found.items(), key=lambda item: (item[0][0], item[0][1] or 0)))


class File:
    """The accepted rows of one organisation as they were read: its facts, and where they come from, of one reading."""

    def __init__(self, rows: Mapping[Place, Accepted], identity: Mapping[Key, Value]) -> None:
        self.rows = dict(rows)
        self.identity = dict(identity)
        self._values = {place: of_row(row) for place, row in rows.items()}

    @property
    def enterprise(self) -> Enterprise | None:
        """The row of the facts that hold on a date, if the organisation has a file."""
        row = self.rows.get(("enterprise", None))
        return row if isinstance(row, Enterprise) else None

    def is_still(self, locked: Enterprise) -> bool:
        """Has nothing happened to the file since it was read?"""
        row = self.enterprise
        return row is not None and row.pk == locked.pk and row.steps == locked.steps

    @cached_property
    def facts(self) -> FactSet:
        """The accepted facts."""
        values = {(name, of): value for (_, of), held in self._values.items() for name, value in held.items()}
        return FactSet.of(values | self.identity)

    def put(self, section: str, year: int | None, values: Mapping[str, Value]) -> None:
        """Take over what a section and year says now, after it was written; the rows stay as they were read."""
        self._values[section, year] = dict(values)
        self.__dict__.pop("facts", None)


def file_of(
    organisation: Organisation | int, enterprise: Enterprise | None = None, before: File | None = None, *,
    named: bool = False,
) -> File:
    """Read the file of an organisation: at most five queries, one for its own row and one for each section of which
    there is something; one less where its row is at hand (and locked), one less where it is `named`: the organisation
    was read for this request, and who it is need not be asked again.

    None, where nothing has happened to it since it was read `before` for this action. Every change of a file counts
    a step of its own row, and that row is read first: with the same count under the lock, all was read of one and the
    same state.
    """
    key = organisation.pk if isinstance(organisation, Organisation) else organisation
    if enterprise is not None and before is not None and before.is_still(enterprise):
        rows: dict[Place, Accepted] = {place: copy.copy(row) for place, row in before.rows.items()}
        return File(rows | {("enterprise", None): enterprise}, before.identity)
    row = enterprise if enterprise is not None else _own.first(key)
    rows = {} if row is None else {("enterprise", None): row}
    for section, ask in _rows.items():
        if section != "enterprise" and getattr(row, f"has_{section}", True):
            rows |= {(section, getattr(one, "year", None)): one for one in ask(key)}
    if named and isinstance(organisation, Organisation):
        return File(rows, _named([getattr(organisation, name) for name in IDENTITY]))
    return File(rows, _named(_identity.first(key) or ()))


def _named(held: Iterable[Any]) -> dict[Key, Value]:
    return {(name, None): value for name, value in zip(IDENTITY, held, strict=False) if value}


def fact_set(organisation: Organisation | int, on: dt.datetime | None = None) -> FactSet:
    """The accepted facts of an organisation; with `on`, those that were accepted at that moment (a replay)."""
    if on is None:
        return file_of(organisation).facts
    key = organisation.pk if isinstance(organisation, Organisation) else organisation
    return fact_sets([key], on)[key]


def fact_sets(organisations: Iterable[int], on: dt.datetime | None = None) -> dict[int, FactSet]:
    """The same of several, in five queries (a replay: four); one of which nothing is known has an empty set."""
    keys = list(organisations)
    if not keys:
        return {}
    values: dict[int, dict[Key, Value]] = {key: {} for key in keys}
    if on is None:
        identities = Organisation.objects.filter(pk__in=keys).values_list("pk", *IDENTITY)
        for model in TABLES.values():
            for row in model._default_manager.filter(organisation__in=keys):
                year = getattr(row, "year", None)
                values[row.organisation_id].update({(name, year): value for name, value in of_row(row).items()})
    else:
        identities = _identities_on(keys, on)
        for (organisation, _section, year), state in history.states(keys, on).items():
            values[organisation].update({(name, year): value for name, value in state.values.items()})
    for key, *held in identities:
        values[key].update({(name, None): value for name, value in zip(IDENTITY, held, strict=True) if value})
    return {key: FactSet.of(found) for key, found in values.items()}


def _identities_on(keys: Sequence[int], on: dt.datetime) -> Any:
    """What was known of codes, names and divisions at a moment, the last known last."""
    states = OrganisationState.objects.filter(organisation__in=keys, since__lte=clock.day_of(on), recorded_at__lte=on)
    return states.order_by("since").values_list("organisation_id", *IDENTITY)


@dataclass(frozen=True, slots=True)
class Change:
    """One fact whose accepted value is another one than before; None: not known."""

    name: str
    year: int | None
    before: Value | None
    after: Value | None


def changes_since(
    organisation: Organisation | int, since: dt.datetime, until: dt.datetime | None = None
) -> list[Change]:
    """What changed in the accepted facts from one moment to another (to now)."""
    return compared(fact_set(organisation, since).values, fact_set(organisation, until).values)


def compared(before: Mapping[Key, Value], after: Mapping[Key, Value]) -> list[Change]:
    """The facts in which two sets differ, in the order of their names and years."""
    keys = sorted({*before, *after}, key=lambda key: (key[1] or 0, key[0]))
    return [
        Change(name, year, before.get((name, year)), after.get((name, year)))
        for name, year in keys
        if before.get((name, year)) != after.get((name, year))
    ]


def known_facts(organisations: Sequence[int]) -> dict[int, dict[str, Any]]:
    """The sets as FACTS files hold them."""
    return {key: found.to_mapping() for key, found in fact_sets(organisations).items()}
