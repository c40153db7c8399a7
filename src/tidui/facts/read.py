"""Reading the facts of one enterprise from a FACTS file: YAML or JSON with the sections of the catalogue."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from tidui.codes import numbers
from tidui.codes.faults import BadValue, quoted
from tidui.facts import catalogue, checks, documents
from tidui.facts.catalogue import FIRST_YEAR, LAST_YEAR
from tidui.facts.factset import FactSet, Key
from tidui.facts.faults import Fault, Faults
from tidui.facts.normalise import normalise
from tidui.rules.values import FactType, Value

_MAX_FAULTS: Final = 1000


def read_facts(path: Path | str) -> FactSet:
    """The facts in a file, checked; its `warnings` tell what is probably not meant so.

    Raises Faults with every fault that was found, and OSError where the file cannot be opened.
    """
    return from_mapping(documents.read(Path(path)))


def from_mapping(content: object) -> FactSet:
    """The facts in a mapping with the sections of the catalogue, checked; see `read_facts`."""
    values, faults = collect(content)
    if not faults:
        found = checks.check(values)
        faults = [fault for fault in found if fault.level == "fault"]
        warnings = [fault for fault in found if fault.level == "warning"]
    if faults:
        raise Faults(faults)
    return FactSet.of(values, warnings)


def collect(content: object) -> tuple[dict[Key, Value], list[Fault]]:
    """What a mapping with the sections of the catalogue gives, value by value, and every fault in it."""
    reader = _Reader()
    reader.sections(content)
    return reader.values, reader.faults


class _Reader:
    """Walks the sections and collects values and faults."""

    def __init__(self) -> None:
        self.catalogue = catalogue.load()
        self.values: dict[Key, Value] = {}
        self.faults: list[Fault] = []
        self._places: dict[Key, str] = {}

    def _complain(self, place: str, message: str, instead: str | None) -> None:
        if len(self.faults) < _MAX_FAULTS:
            self.faults.append(Fault(place, message, instead))

    def sections(self, content: object) -> None:
        expected = ", ".join(self.catalogue.sections)
        if not isinstance(content, Mapping):
            self._complain("", "has no sections", f"write the sections {expected}")
            return
        for section, facts in content.items():
            if section not in self.catalogue.sections:
                self._complain(quoted(section), "is not a section", self._section_advice(section))
            elif facts is None:
                continue
            elif not isinstance(facts, Mapping):
                self._complain(str(section), "has no facts", "write names and values below it")
            elif section in catalogue.YEARLY_SECTIONS:
                self._years(str(section), facts)
            else:
                self._facts(str(section), None, facts)

    def _section_advice(self, section: object) -> str:
        text = catalogue.plain_label(section) if isinstance(section, str) else ""
        fact = self.catalogue.by_label(text)
        if fact is not None:
            where = f"{fact.section}.<year>" if fact.yearly else fact.section
            return f"write it under {where}"
        near = catalogue.nearest(text, {name: name for name in self.catalogue.sections})
        return f"did you mean {near}?" if near else f"write one of {', '.join(self.catalogue.sections)}"

    def _years(self, section: str, rows: Mapping[Any, Any]) -> None:
        seen: dict[int, object] = {}
        for given, facts in rows.items():
            place = f"{section}.{quoted(given)}"
            year = _year(given)
            if year is None:
                self._complain(place, "is not a year", self._year_advice(section, given))
            elif year in seen:
                self._complain(place, f"is the year {year}, which is given before", "write every year once")
            elif facts is not None and not isinstance(facts, Mapping):
                self._complain(place, "has no facts", "write names and values below it")
            else:
                seen[year] = given
                self._facts(section, year, facts or {})

    def _year_advice(self, section: str, given: object) -> str:
        if isinstance(given, str) and self.catalogue.by_label(catalogue.split_unit(given)[0], section):
            return f"write the year between: {section}: {{2022: {{{given}: …}}}}"
        return f"write a year from {FIRST_YEAR} to {LAST_YEAR}, such as 2022"

    def _facts(self, section: str, year: int | None, facts: Mapping[Any, Any]) -> None:
        prefix = section if year is None else f"{section}.{year}"
        for given, raw in facts.items():
            place = f"{prefix}.{quoted(given)}"
            label, unit = catalogue.split_unit(given) if isinstance(given, str) else ("", None)
            fact = self.catalogue.by_label(label, section)
            if fact is None:
                self._complain(place, *self._unknown_name(label, section))
            elif (fact.name, year) in self._places:
                self._complain(place, f"is {fact.name}, which is given before", "write it once")
            elif unit and fact.kind not in ("money", "list"):
                self._complain(place, f"has the unit {unit}, but is not money", f"write {fact.name}")
            else:
                self._places[fact.name, year] = place
                self._value(fact, year, raw, f"{prefix}.{fact.name}", unit)

    def _unknown_name(self, label: str, section: str) -> tuple[str, str]:
        elsewhere = self.catalogue.by_label(label)
        if elsewhere is not None:
            where = f"{elsewhere.section}.<year>" if elsewhere.yearly else elsewhere.section
            return f"does not stand in {section}", f"write it under {where}"
        near = self.catalogue.suggestion(label, section) or self.catalogue.suggestion(label)
        return "is not a fact", f"did you mean {near}?" if near else "see the catalogue of facts for the names"

    def _value(self, fact: FactType, year: int | None, raw: object, place: str, unit: Any) -> None:
        try:
            value = normalise(fact, raw, money_unit=unit or "元", empty_is_none=True)
        except BadValue as bad:
            self._complain(place, f"{fact.zh} {bad.message}", bad.instead)
            return
        if value is not None:
            self.values[fact.name, year] = value


def _year(given: object) -> int | None:
    """The year that a key means: 2022, '2022', '2022年'; None if it is none from 1949 to 2100."""
    if isinstance(given, bool):
        return None
    text = numbers.plain(given[:20]) if isinstance(given, str) else str(given) if isinstance(given, int) else ""
    found = re.fullmatch(r"([0-9]{4})\s*年?", text)
    year = int(found[1]) if found else 0
    return year if FIRST_YEAR <= year <= LAST_YEAR else None
