"""The 1,307 fictional enterprises of the sample workbook, taken over into the register as a department would do it."""

# tidui: data

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any, Final

from tidui.accounts.actions.organisations import NewOrganisation, found_all
from tidui.accounts.enums import OrganisationKind as Kind
from tidui.accounts.models import Organisation, User
from tidui.codes import divisions
from tidui.cultivation.placing import place_all
from tidui.demo.province import NEW_AREA, SINCE, UNIVERSITY
from tidui.facts import catalogue
from tidui.kit import clock
from tidui.registry.actions import Item, file_many
from tidui.registry.enums import Source
from tidui.rules.values import NONE, Value
from tidui.tables import sample
from tidui.tables.reading import open_population

YEARS: Final = (2023, 2024, 2025)
#: Of the firms in these counties one in so many lies in the zone, or belongs to the university.
_IN_ZONE: Final = 3
_OF_UNIVERSITY: Final = 40

#: Until when numbers held that were in force in the sample workbook.
LAST_UNTIL: Final = dt.date(2026, 8, 31)

Facts = Mapping[tuple[str, int | None], Value]


def take_over(
    units: Mapping[str, Organisation], *, by: User, department: Organisation, began: dt.datetime, at: dt.datetime
) -> list[int]:
    """Register the enterprises and file their facts when the site began, place them on the ladder as of today."""
    found = list(firms())
    made = found_all(
        organisations=[_organisation(number, facts, units) for number, facts in enumerate(found)],
        since=SINCE, reason="演示数据", by=by, at=began,
    )  # fmt: skip
    items = [item for organisation, facts in zip(made, found, strict=True) for item in items_of(organisation, facts)]
    file_many(items, source=Source.TAKEOVER, by=by, at=began, filed_for=department, note="演示数据")
    keys = [one.pk for one in made]
    place_all(keys, on=clock.day_of(at), at=at)
    return keys


def firms() -> Iterator[Facts]:
    """The facts of each firm of the workbook."""
    population = open_population(sample.WORKBOOK, year=YEARS[-1], young_year=YEARS[-1] + 1, keep_going=True)
    known = catalogue.load()
    wanted: list[tuple[str, int | None]] = []
    for section in ("enterprise", "years", "tax_years", "carrier_years"):
        for name in known.sections[section]:
            wanted += [(name, year) for year in (*YEARS, YEARS[-1] + 1)] if known[name].yearly else [(name, None)]
    for batch in population.batches(2_000):
        for row in batch:
            found = {key: row.get(*key) for key in wanted}
            facts = {key: value for key, value in found.items() if value is not None and not _before(key, value)}
            _renew(facts)
            yield facts


def _renew(facts: dict[tuple[str, int | None], Value]) -> None:
    """Numbers that were in force when the workbook was made are renewed: the demonstration opens later too."""
    until, today = facts.get(("sme_valid_until", None)), clock.today()
    if isinstance(until, dt.date) and LAST_UNTIL <= until < today:
        facts["sme_valid_until", None] = dt.date(today.year + 1, until.month, until.day)
        facts["sme_number", None] = f"{today.year}{str(facts['sme_number', None])[4:]}"


def _before(key: tuple[str, int | None], value: Value) -> bool:
    """A figure of a year before the founding is none because there was no such year; that is nothing to file."""
    return key[1] is not None and value is NONE


def _organisation(number: int, facts: Facts, units: Mapping[str, Organisation]) -> NewOrganisation:
    division = str(facts["division", None])
    found = divisions.find(division)
    zone = units[NEW_AREA] if division == "620121" and number % _IN_ZONE == 0 else None
    if found is not None and found.level == "statistics":
        zone = units[NEW_AREA] if division == "620171" else None
    university = units[UNIVERSITY] if found and found.prefecture == "620100" and number % _OF_UNIVERSITY == 7 else None
    carrier = any(key[0] == "carrier_kind" and isinstance(value, str) for key, value in facts.items())
    return NewOrganisation(
        kind=Kind.CARRIER if carrier else Kind.ENTERPRISE, name=str(facts["name", None]),
        uscc=str(facts["uscc", None]), division=division, zone_id=zone.pk if zone else None,
        affiliation_id=university.pk if university and not zone else None,
    )  # fmt: skip


def items_of(organisation: Organisation, facts: Facts) -> Iterator[Item]:
    """What is filed of a firm: its facts by section and year, without what the organisation itself says."""
    known = catalogue.load()
    parts: dict[tuple[str, int | None], dict[str, Any]] = {}
    for (name, year), value in facts.items():
        if name not in ("uscc", "name", "division"):
            parts.setdefault((known[name].section, year), {})[name] = value
    for (section, year), values in parts.items():
        yield Item(organisation, section, year, values)
