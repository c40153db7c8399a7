"""The catalogue of facts: which there are, of what kind, in which unit, within which bounds.

It is read from `catalogue.yaml`, which says what its keys mean. One name has one meaning everywhere.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import yaml

from tidui.codes.money import MoneyUnit
from tidui.rules.values import FactType, Kind

FILE: Final = Path(__file__).with_name("catalogue.yaml")
#: Facts of these sections are given for a fiscal (for carriers: calendar) year.
YEARLY_SECTIONS: Final = frozenset({"years", "tax_years", "carrier_years"})
#: Facts of these sections do not exist before the founding year of the enterprise.
FOUNDED_SECTIONS: Final = frozenset({"years", "tax_years"})
#: The first and the last year that a figure or a date may have.
FIRST_YEAR: Final = 1949
LAST_YEAR: Final = 2100

_UNIT_OF: Final[Mapping[str, str]] = {"money": "yuan", "share": "share"}
_FROM_ZERO: Final = frozenset({"money", "int", "number", "share"})
_HEADER_UNIT: Final = re.compile(r"^(?P<label>.*\S)\s*[(\[【]\s*(?P<unit>元|万元|分)\s*[)\]】]$")


class Catalogue:
    """All facts, by name; iteration is in the order of the file.

    `sections` gives the names of each section, `notes` what a fact means exactly, `digest` the identity of the file.
    """

    def __init__(self, text: bytes) -> None:
        entries: dict[str, dict[str, dict[str, Any]]] = yaml.load(text, Loader=yaml.CSafeLoader)
        self._text = text
        self._facts: dict[str, FactType] = {}
        self._fields: dict[str, Mapping[str, FactType]] = {}
        self._optional: dict[str, frozenset[str]] = {}
        self._keys: dict[str, str] = {}
        self._options: dict[str, Mapping[str, str]] = {}
        notes: dict[str, str] = {}
        forms: dict[str, str] = {}
        for section, facts in entries.items():
            for name, entry in facts.items():
                self._add(section, name, entry)
                notes[name] = entry.get("is", "")
                if "form" in entry:
                    forms[name] = entry["form"]
        self.sections: Mapping[str, tuple[str, ...]] = MappingProxyType(
            {section: tuple(facts) for section, facts in entries.items()}
        )
        self.notes: Mapping[str, str] = MappingProxyType(notes)
        #: The code system that a code must keep to: uscc, division, industry, field or sme_number.
        self.forms: Mapping[str, str] = MappingProxyType(forms)
        self._labels: dict[str, FactType] | None = None

    def _add(self, section: str, name: str, entry: dict[str, Any]) -> None:
        fields = entry.get("fields", {})
        self._facts[name] = _fact_type(section, name, entry)
        self._options[name] = entry.get("options", {})
        for field, of in fields.items():
            self._options[f"{name}.{field}"] = of.get("options", {})
        if fields:
            self._fields[name] = MappingProxyType(
                {field: _fact_type(section, f"{name}.{field}", of) for field, of in fields.items()}
            )
            self._optional[name] = frozenset(field for field, of in fields.items() if of.get("optional"))
            self._keys.update((name, field) for field, of in fields.items() if of.get("key"))

    def __getitem__(self, name: str) -> FactType:
        return self._facts[name]

    def __contains__(self, name: object) -> bool:
        return name in self._facts

    def __iter__(self) -> Iterator[str]:
        return iter(self._facts)

    def __len__(self) -> int:
        return len(self._facts)

    @functools.cached_property
    def digest(self) -> str:
        """SHA-256 of the catalogue's text: a part of every policy's hash."""
        import hashlib

        return hashlib.sha256(self._text).hexdigest()

    def fields(self, name: str) -> Mapping[str, FactType]:
        """The fields of the records of a list fact, in the order in which a spreadsheet cell gives them."""
        return self._fields.get(name, {})

    def optional_fields(self, name: str) -> frozenset[str]:
        """Fields of a list fact's records that may be unknown (left out)."""
        return self._optional.get(name, frozenset())

    def options(self, name: str) -> Mapping[str, str]:
        """The codes that a fact, or a field of a list (`rewards_paid.kind`), may have, with their Chinese labels."""
        return self._options.get(name, {})

    def key_field(self, name: str) -> str | None:
        """The field that no two records of a list fact share, if there is one."""
        return self._keys.get(name)

    def by_label(self, label: str, section: str | None = None) -> FactType | None:
        """The fact with this name or Chinese label (in this section, if given); None if there is none.

        Full-width letters and brackets, spaces and capitals make no difference.
        """
        if self._labels is None:
            self._labels = {}
            for fact in self._facts.values():
                self._labels[plain_label(fact.zh)] = fact
                self._labels[plain_label(fact.name)] = fact
        fact_or_none = self._labels.get(plain_label(label))
        if fact_or_none is None or section not in (None, fact_or_none.section):
            return None
        return fact_or_none

    def suggestion(self, label: str, section: str | None = None) -> str | None:
        """The name that was probably meant, or None when none is near."""
        return nearest(plain_label(label), self._candidates(section))

    def _candidates(self, section: str | None) -> dict[str, str]:
        found: dict[str, str] = {}
        for fact in self._facts.values():
            if section in (None, fact.section):
                found[plain_label(fact.name)] = fact.name
                found[plain_label(fact.zh)] = fact.zh
        return found

    def path(self, name: str, year: int | None = None) -> str:
        """Where a fact stands in a FACTS file: `enterprise.industry`, `years.2022.employees`."""
        section = self._facts[name].section
        return f"{section}.{name}" if year is None else f"{section}.{year}.{name}"


def _fact_type(section: str, name: str, entry: Mapping[str, Any]) -> FactType:
    kind: Kind = entry["type"]
    low = entry.get("low", 0 if kind in _FROM_ZERO and not entry.get("negative") else None)
    high = entry.get("high", 1 if kind == "share" else None)
    return FactType(
        name=name,
        section=section,
        kind=kind,
        unit=entry.get("unit", _UNIT_OF.get(kind, "")),
        low=None if low is None else Fraction(str(low)),
        high=None if high is None else Fraction(str(high)),
        yearly=section in YEARLY_SECTIONS,
        can_be_none=bool(entry.get("none")) or kind in ("dates", "list"),
        status=bool(entry.get("status")),
        fields={field: of["type"] for field, of in entry.get("fields", {}).items()},
        zh=entry["zh"],
        en=entry.get("en", ""),
        options=tuple(entry.get("options", ())),
    )


def nearest(name: str, candidates: Mapping[str, str]) -> str | None:
    """What the candidate most like `name` stands for; None when none is near."""
    if len(name) > 100:
        return None
    import difflib  # only where there is a fault to explain

    found = difflib.get_close_matches(name, list(candidates), n=1, cutoff=0.6)
    return candidates[found[0]] if found else None


def plain_label(label: str) -> str:
    """A label with full-width signs made plain, without spaces, in small letters: what is compared."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", label)).casefold()


def split_unit(header: str) -> tuple[str, MoneyUnit | None]:
    """A header and the unit of money in brackets at its end: '销售收入(万元)' is ('销售收入', '万元')."""
    found = _HEADER_UNIT.match(unicodedata.normalize("NFKC", header).strip())
    if found is None:
        return header.strip(), None
    unit: MoneyUnit = found["unit"]  # type: ignore[assignment]
    return found["label"], unit


@functools.cache
def load() -> Catalogue:
    """The catalogue that ships with the package; read once."""
    return Catalogue(FILE.read_bytes())
