"""A file at a glance: its sections and years, how much of each is known, what is open, when it was last filed."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from django.db.models import Max
from django.urls import reverse

from tidui.accounts.enums import OrganisationKind
from tidui.accounts.models import Organisation
from tidui.facts.factset import FactSet
from tidui.registry.enums import DifferenceState, Section
from tidui.registry.layout import editable, label_of, statuses
from tidui.registry.models import Difference, Draft, Return
from tidui.registry.queries import veiled
from tidui.registry.showing import shown

#: Fiscal years that are always shown: those that the policies read.
SHOWN_YEARS: Final = 3


@dataclass(slots=True)
class Part:
    """One section, of one year where it has years."""

    section: str
    year: int | None
    known: int
    total: int
    url: str
    filed_at: dt.datetime | None = None
    differences: int = 0
    draft: Draft | None = None

    @property
    def state(self) -> str:
        """complete, begun or empty."""
        return "complete" if self.known == self.total else "begun" if self.known else "empty"

    @property
    def missing(self) -> int:
        """How many facts are not known."""
        return self.total - self.known


@dataclass(slots=True)
class Overview:
    """The whole file."""

    basic: Part
    years: dict[str, list[Part]] = field(default_factory=dict)
    statuses: list[tuple[str, str]] = field(default_factory=list)

    @property
    def yearly(self) -> list[tuple[str, list[Part]]]:
        """The sections with years, each with its label."""
        return [(str(Section(section).label), parts) for section, parts in self.years.items()]


def overview(organisation: Organisation, facts: FactSet, today: dt.date, drafts: Iterable[Draft]) -> Overview:
    """The file of an organisation on a day, with the drafts that the person may see: two queries beside the facts."""
    latest = {
        (section, year): at
        for section, year, at in Return.objects.filter(organisation=organisation)
        .exclude(pk__in=veiled().values("pk"))
        .values_list("section", "year")
        .annotate(at=Max("filed_at"))
    }
    typed = {(row.section, row.year or None): row for row in drafts}
    differences = Difference.objects.filter(organisation=organisation, state=DifferenceState.OPEN)
    shown = differences.exclude(offered__in=veiled().values("pk"))
    open_ones = Counter(shown.values_list("section", "year"))

    def part(section: str, year: int | None) -> Part:
        names = editable(section)
        known = sum(facts.values.get((name, year)) is not None for name in names)
        key = (section, year)
        url = (
            reverse("registry:form", args=[organisation.pk, section])
            if year is None
            else reverse("registry:form_of_year", args=[organisation.pk, section, year])
        )
        return Part(section, year, known, len(names), url, latest.get(key), open_ones[key], typed.get(key))

    found = Overview(part(Section.ENTERPRISE, None))
    begun = {(section, year) for section, year in (*latest, *typed) if year is not None}
    for section in _sections(organisation, facts, begun):
        years = _years(section, begun, facts, today)
        found.years[section] = [part(section, year) for year in years]
    found.statuses = _statuses(facts)
    return found


def _sections(organisation: Organisation, facts: FactSet, begun: Iterable[tuple[str, int]]) -> list[str]:
    """The yearly sections that the organisation needs: carriers' years for carriers alone."""
    carrier = organisation.kind == OrganisationKind.CARRIER or isinstance(facts.get("carrier_kind"), str)
    if carrier or any(section == Section.CARRIER_YEARS for section, _ in begun):
        return [Section.YEARS, Section.TAX_YEARS, Section.CARRIER_YEARS]
    return [Section.YEARS, Section.TAX_YEARS]


def _years(section: str, begun: Iterable[tuple[str, int]], facts: FactSet, today: dt.date) -> list[int]:
    founded = facts.get("established_on")
    first = founded.year if isinstance(founded, dt.date) else 0
    usual = {today.year - 1 - back for back in range(SHOWN_YEARS)}
    if first == today.year:
        usual = {today.year}
    wanted = {year for year in usual if year >= first} | {year for of, year in begun if of == section}
    return sorted(wanted, reverse=True)


def _statuses(facts: FactSet) -> list[Any]:
    known = ((name, facts.get(name)) for name in statuses())
    return [(label_of(name), shown(name, value)) for name, value in known if value is not None]
