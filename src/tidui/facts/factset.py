"""The facts of one enterprise, fixed: what a policy reads, one fact and year at a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from tidui.codes import money
from tidui.facts import catalogue
from tidui.facts.faults import Fault
from tidui.rules.values import NONE, FactType, NoneValue, Record, Value

#: A fact and its fiscal year; None for a fact that is not yearly.
Key: TypeAlias = "tuple[str, int | None]"

_NO_YEARS: Final[Mapping[int, Mapping[str, Value]]] = MappingProxyType({})
_NO_FACTS: Final[Mapping[str, Value]] = MappingProxyType({})


class FactSet:
    """The facts of one enterprise, by section, in the forms of `tidui.rules.values`; it never changes.

    A fact that is not given is unknown. Yearly facts of `years` and `tax_years` before the founding year are none.
    `warnings` are those found when the facts were read; they are no part of what makes two sets equal.
    """

    __slots__ = ("_first_year", "_values", "warnings")

    def __init__(
        self,
        enterprise: Mapping[str, Value] = _NO_FACTS,
        years: Mapping[int, Mapping[str, Value]] = _NO_YEARS,
        expert: Mapping[str, Value] = _NO_FACTS,
        tax_years: Mapping[int, Mapping[str, Value]] = _NO_YEARS,
        carrier_years: Mapping[int, Mapping[str, Value]] = _NO_YEARS,
        *,
        warnings: Iterable[Fault] = (),
    ) -> None:
        values: dict[Key, Value] = {}
        for section, facts in (("enterprise", enterprise), ("expert", expert)):
            values.update({(name, None): _placed(section, name, value) for name, value in facts.items()})
        for section, rows in (("years", years), ("tax_years", tax_years), ("carrier_years", carrier_years)):
            for year, facts in rows.items():
                values.update({(name, year): _placed(section, name, value) for name, value in facts.items()})
        self._values = values
        self._first_year = _founding_year(values)
        self.warnings: tuple[Fault, ...] = tuple(warnings)

    @classmethod
    def of(cls, values: Mapping[Key, Value], warnings: Iterable[Fault] = ()) -> FactSet:
        """The facts with these values, by name and year. KeyError for a name that the catalogue does not know."""
        known = catalogue.load()
        made = cls(warnings=warnings)
        for name, year in values:
            if known[name].yearly != (year is not None):
                raise ValueError(f"{name} is {'' if known[name].yearly else 'not '}given for a year")
        made._values = dict(values)
        made._first_year = _founding_year(made._values)
        return made

    def get(self, name: str, year: int | None = None) -> Value | None:
        """The value of a fact (of a fiscal year, where it is yearly): None if unknown, NONE if there is none."""
        if year is not None and year < self._first_year and self._founded(name):
            return NONE  # even if a figure is given: that year does not exist
        return self._values.get((name, year))

    @staticmethod
    def _founded(name: str) -> bool:
        return catalogue.load()[name].section in catalogue.FOUNDED_SECTIONS

    @property
    def values(self) -> Mapping[Key, Value]:
        """All that is given, by name and year."""
        return MappingProxyType(self._values)

    @property
    def given_years(self) -> tuple[int, ...]:
        """The years for which any figure is given, earliest first."""
        return tuple(sorted({year for _, year in self._values if year is not None}))

    def with_value(self, name: str, year: int | None, value: Value | None) -> FactSet:
        """The same facts but for one; None makes it unknown."""
        return self.with_values({(name, year): value})

    def with_values(self, changes: Mapping[Key, Value | None]) -> FactSet:
        """The same facts but for these; None makes one unknown."""
        merged: dict[Key, Value | None] = {**self._values, **changes}
        return FactSet.of({key: value for key, value in merged.items() if value is not None}, self.warnings)

    def unknown(self, year: int | None = None) -> tuple[str, ...]:
        """Paths of the facts that are not known: those that are not yearly, or the yearly ones of this year."""
        known = catalogue.load()
        names = (name for name in known if known[name].yearly == (year is not None))
        return tuple(known.path(name, year) for name in names if self.get(name, year) is None)

    def section(self, name: str) -> dict[str, Any]:
        """A section as a FACTS file holds it, in plain values that JSON can write: see `plain`."""
        known = catalogue.load()
        found: dict[str, Any] = {}
        for (fact, year), value in self._values.items():
            if known[fact].section == name:
                row = found if year is None else found.setdefault(str(year), {})
                row[fact] = plain(known[fact], value)
        return found

    def to_mapping(self) -> dict[str, Any]:
        """The whole as a FACTS file holds it; reading it gives an equal set."""
        known = catalogue.load()
        found: dict[str, dict[str, Any]] = {name: {} for name in known.sections}
        for (fact, year), value in self._values.items():
            kind = known[fact]
            section = found[kind.section]
            row = section if year is None else section.setdefault(str(year), {})
            row[fact] = plain(kind, value)
        return {name: held for name, held in found.items() if held}

    def __iter__(self) -> Iterator[Key]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FactSet) and self._values == other._values

    def __hash__(self) -> int:
        return hash(frozenset(self._values.items()))

    def __repr__(self) -> str:
        return f"FactSet({self._values.get(('uscc', None), 'no credit code')}, {len(self._values)} facts)"


def _placed(section: str, name: str, value: Value) -> Value:
    if catalogue.load()[name].section != section:
        raise ValueError(f"{name} stands in {catalogue.load()[name].section}, not in {section}")
    return value


def _founding_year(values: Mapping[Key, Value]) -> int:
    """The founding year, or 0 where it is not known: then no year comes before it."""
    founded = values.get(("established_on", None))
    return founded.year if isinstance(founded, dt.date) else 0


def _records(value: Value) -> tuple[Record, ...]:
    return value  # type: ignore[return-value]  # the catalogue says that it is a list


def plain(fact: FactType, value: Value | None) -> Any:
    """A value as JSON holds it: yuan as '123.45', a date as '2023-01-05', 22/3 as '22/3', none as '' or []."""
    if value is None:
        return None
    if isinstance(value, NoneValue):
        return [] if fact.kind in ("dates", "list") else ""
    if fact.kind == "list":
        fields = catalogue.load().fields(fact.name)
        return [{name: plain(fields[name], item) for name, item in record} for record in _records(value)]
    if isinstance(value, tuple):
        return [str(day) for day in value]
    if fact.kind == "money":
        return money.decimal_text(int(value))  # type: ignore[arg-type]
    if isinstance(value, Fraction | dt.date):
        return str(value)
    return value
