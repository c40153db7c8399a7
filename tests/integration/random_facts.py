"""Random enterprises for a program: many at its thresholds, some with gaps, some with facts that are none."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from tidui.codes.uscc import check_character
from tidui.facts import catalogue
from tidui.facts.factset import FactSet, Key
from tidui.policies.library import Shelf, Version, shelf
from tidui.rules.answers import Explainer
from tidui.rules.errors import NoVersion, PolicyError
from tidui.rules.nodes import Leaf, Table
from tidui.rules.values import NONE, FactType, day_of

CODES = {
    "industry": ["C3571", "C1610", "F5110", "K7010", "H6110", "A0111", "I6510"],
    "field": ["101", "204", "809"],
    "division": ["620102", "620200", "621002"],
    "sme_number": ["202362010200000001", "2024620102A0000002", "2021620102B0000003"],
    "name": ["兰州某某科技有限公司", "O'Neill (兰州) 有限公司"],
}
COUNTS = [0, 1, 2, 3, 4, 5, 10, 12, 20, 25, 30, 60, 100, 300, 301]
#: Ratios of two of these meet many thresholds exactly.
ROUND = [0, 1, 5, 10, 20, 25, 30, 40, 50, 60, 75, 80, 100, 115, 120, 125, 130, 150, 200, 500]


def programs(of: Shelf | None = None) -> Iterator[tuple[Version, dt.date]]:
    """Every version on the shelf with the first and the last of the days on which something in it changes."""
    whole = of or shelf()
    for policy in whole.versions:
        for version in whole.versions_of(policy):
            days = [day for day in whole.days_that_matter(version) if _holds(whole, version, day)]
            for day in dict.fromkeys((days[0], days[len(days) // 2], days[-1])):
                yield version, day


def _holds(of: Shelf, version: Version, day: dt.date) -> bool:
    """Whether every row that the version reads on this day has a value."""
    try:
        of.program(version.policy, on=day, year=day.year, version=version)
    except NoVersion:
        return False
    except PolicyError:
        return True  # the test itself shall fail, and say why
    return True


def credit_code(number: int) -> str:
    """A valid credit code for each number, in its order."""
    body = f"91620100{number:09d}"
    return body + check_character(body)


class Maker:
    """Makes enterprises for some explainers, as of one day."""

    def __init__(self, *explainers: Explainer, on: dt.date, year: int, seed: int) -> None:
        self.random = random.Random(seed)
        self.on, self.year = on, year
        self.leaves: list[Leaf] = list(dict.fromkeys(leaf for one in explainers for leaf in one.reading.leaves))
        self.catalogue = catalogue.load()
        self.thresholds = sorted({number for one in explainers for number in _thresholds(one)})
        self.keys = {(leaf.fact, None if leaf.offset is None else year + leaf.offset) for leaf in self.leaves}
        self.keys.add(("established_on", None))

    def enterprise(self, number: int) -> FactSet:
        """One enterprise; every third has everything, the others have gaps."""
        gaps = (0.0, 0.1, 0.4)[number % 3]
        found: dict[Key, Any] = {("uscc", None): credit_code(number)}
        founded = None if self.random.random() < gaps else self._day(self.on.year - self.random.choice([0, 1, 2, 3, 5, 9]))
        base = self.random.choice([100, 10_000, 1_000_000, 10**9, 10**12])
        for name, year in sorted(self.keys, key=str):
            fact = self.catalogue[name]
            if self.random.random() < gaps or name == "uscc":
                continue
            if founded and year is not None and year < founded.year and fact.section in catalogue.FOUNDED_SECTIONS:
                continue
            found[name, year] = self.value(fact, base)
        found.pop(("established_on", None), None)
        if founded:
            found["established_on", None] = founded
        return FactSet.of(found)

    def value(self, fact: FactType, base: int) -> Any:
        """A known value of a fact."""
        if fact.can_be_none and self.random.random() < 0.3:
            return NONE
        make = getattr(self, f"_{fact.kind}", None)
        return make(fact, base) if make else self._text(fact, base)

    def _money(self, fact: FactType, base: int) -> int:
        value = self.random.choice(ROUND) * base
        if self.random.random() < 0.3:
            value = self._near(10**11)
        if fact.low is None and self.random.random() < 0.2:
            return -value
        return min(max(value, int((fact.low or 0) * 100)), 2**49)

    def _near(self, limit: int) -> int:
        """At, just below or just above one of the program's own numbers."""
        whole = [abs(int(one)) for one in self.thresholds if abs(one) < limit] or [0]
        return max(0, self.random.choice(whole) + self.random.choice([-1, 0, 0, 1]))

    def _int(self, fact: FactType, base: int) -> int:
        value = self.random.choice(COUNTS) if self.random.random() < 0.6 else self._near(1_000)
        if fact.high is not None:
            value = min(value, int(fact.high))
        return max(value, int(fact.low or 0))

    def _number(self, fact: FactType, base: int) -> int | Fraction:
        if fact.section == "expert":
            most = int(fact.high or 10)
            parts = self.random.choice([1, 1, 2, 3, 4, 7, 10])
            value = Fraction(self.random.randint(0, most * parts), parts)
            return int(value) if value.denominator == 1 else value
        if self.random.random() < 0.2:
            value = Fraction(self.random.randint(1, 4000), self.random.choice([2, 3, 4, 12, 24, 10]))
            return int(value) if value.denominator == 1 else value
        return self._int(fact, base)

    def _share(self, fact: FactType, base: int) -> int | Fraction:
        value = self.random.choice([0, 1, *(Fraction(n, 10) for n in range(1, 10)), Fraction(1, 3), Fraction(49_999, 10**5)])
        return int(value) if value.denominator == 1 else value

    def _bool(self, fact: FactType, base: int) -> bool:
        return self.random.random() < 0.5

    def _date(self, fact: FactType, base: int) -> dt.date:
        return self._day(self.on.year + self.random.randint(-6, 2))

    def _day(self, year: int) -> dt.date:
        """A day of a year: often its ends, those of months, the anniversary of the day of decision, or a threshold."""
        if self.random.random() < 0.2:
            days = [int(one) for one in self.thresholds if 10_000 < one < 25_000 and one.denominator == 1]
            if days:
                return day_of(self.random.choice(days) + self.random.choice([-1, 0, 1]))
        anniversary = dt.date(year, self.on.month, min(self.on.day, 28))
        return self.random.choice([
            dt.date(year, 1, 1), dt.date(year, 12, 31), anniversary, anniversary - dt.timedelta(days=1),
            anniversary + dt.timedelta(days=1), dt.date(year, 2, 28), dt.date(year, 8, 31),
            dt.date(year, 1, 1) + dt.timedelta(days=self.random.randint(0, 364)),
        ])  # fmt: skip

    def _dates(self, fact: FactType, base: int) -> Any:
        days = {self._date(fact, base) for _ in range(self.random.randint(0, 3))}
        return tuple(sorted(days)) or NONE

    def _list(self, fact: FactType, base: int) -> Any:
        fields = self.catalogue.fields(fact.name)
        optional = self.catalogue.optional_fields(fact.name)
        rows: dict[Any, Any] = {}
        for _ in range(self.random.randint(0, 4)):
            row = {}
            for name, field in fields.items():
                if name in optional and self.random.random() < 0.2:
                    continue
                row[name] = self._field(field, base)
            record = tuple(sorted(row.items()))
            rows[row.get(self.catalogue.key_field(fact.name) or "", record)] = record
        return tuple(rows.values()) or NONE

    def _field(self, field: FactType, base: int) -> Any:
        if field.name.endswith(".year"):
            return self.year - self.random.randint(0, 11)
        if field.can_be_none and self.random.random() < 0.4:
            return NONE
        return self.value(field, base)

    def _text(self, fact: FactType, base: int) -> str:
        if self.catalogue.forms.get(fact.name) == "uscc":
            return credit_code(self.random.randint(0, 5))
        return self.random.choice(list(self.catalogue.options(fact.name)) or list(fact.options) or CODES[fact.name])


def _thresholds(explainer: Explainer) -> list[Fraction]:
    """The numbers that the program compares with."""
    found: set[Fraction] = set()
    for node in explainer.program.pool._nodes.values():
        if node.op == "lit" and node.type != "bool":
            found.add(Fraction(node.value))  # type: ignore[arg-type]
        elif isinstance(node.value, Table):
            found.update(band.threshold for band in node.value.bands)
    return sorted(found)


def enterprises(version: Version, day: dt.date, rows: int, *, seed: int = 0) -> tuple[Explainer, int, list[FactSet]]:
    """The explainer of a version on a day, the year assessed, and random enterprises."""
    chosen_by = shelf().file(version).chosen_by
    year = day.year if chosen_by == "year" else day.year - 1
    on = dt.date(day.year + 1, 5, 31) if chosen_by == "year" else day
    explainer = shelf().explainer(version.policy, on=on, year=year, version=version)
    maker = Maker(explainer, on=on, year=year, seed=day.toordinal() + seed)
    return explainer, year, [maker.enterprise(number) for number in range(rows)]
