"""A section and year of a file as its page shows it: fields, accepted values, their origin, last year, differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from django.utils.translation import gettext_lazy as _

from tidui.accounts.models import Organisation
from tidui.codes import fields as high_tech
from tidui.codes.money import MoneyUnit
from tidui.facts import catalogue
from tidui.facts.factset import FactSet
from tidui.kit import lang
from tidui.registry import entry, property_facts
from tidui.registry.assessing import Told, told
from tidui.registry.enums import DifferenceState
from tidui.registry.layout import GROUPS, help_of, label_of
from tidui.registry.models import TABLES, Accepted, Difference, Draft, Enterprise, Return
from tidui.registry.queries import veiled
from tidui.registry.showing import shown, unit_of
from tidui.registry.values import values_of
from tidui.rules.values import FactType, NoneValue, Value

YES_NO = (("true", _("是")), ("false", _("否")), ("", _("未填")))


@dataclass(slots=True)
class Origin:
    """Where an accepted value comes from, and who verified it."""

    filed: Return
    verified: bool

    @property
    def source(self) -> str:
        """The source in words."""
        return str(self.filed.get_source_display())


@dataclass(slots=True)
class Cell:
    """One fact of the page."""

    name: str
    label: str
    help: str
    kind: str
    widget: str
    unit: str
    accepted: str
    known: bool
    origin: Origin | None = None
    last_year: str = ""
    text: str = ""
    none: bool = False
    can_be_none: bool = False
    options: Sequence[tuple[str, str]] = ()
    version: int = 0
    none_version: int = 0
    fault: Told | None = None
    conflict: entry.Conflict | None = None
    readonly: bool = False
    differences: list[Any] = field(default_factory=list)

    @property
    def is_number(self) -> bool:
        """Whether a figure is typed: it stands right, under its like."""
        return self.kind in ("money", "int", "number", "share")


@dataclass(slots=True)
class Block:
    """A group of facts."""

    name: str
    title: Any
    lead: Any
    cells: list[Cell]

    @property
    def known(self) -> int:
        """How many of them are known."""
        return sum(cell.known for cell in self.cells)


@dataclass(slots=True)
class Sheet:
    """A section and year of a file."""

    organisation: Organisation
    section: str
    year: int | None
    step: int
    facts: FactSet
    blocks: list[Block]
    draft: Draft | None
    texts: dict[str, str]
    from_register: bool

    @property
    def cells(self) -> dict[str, Cell]:
        """All cells, by the name of the fact."""
        return {cell.name: cell for block in self.blocks for cell in block.cells}

    @property
    def accepted(self) -> dict[str, Value]:
        """The accepted values of the section and year."""
        return section_values(self.facts, self.section, self.year)

    @property
    def left_out(self) -> tuple[str, ...]:
        """The facts that the form does not file: the register of intellectual property gives them."""
        return property_facts.NAMES if self.from_register else ()

    def put(self, texts: Mapping[str, str]) -> None:
        """Show these texts in the fields."""
        self.texts = dict(texts)
        for name, cell in self.cells.items():
            cell.text = texts.get(name, "")
            cell.none = texts.get(name + entry.NONE_SUFFIX) == entry.ON

    def complain(self, faults: Mapping[str, Any]) -> None:
        """Show faults beside their fields."""
        for name, fault in faults.items():
            if name in self.cells:
                self.cells[name].fault = told(fault)

    def dispute(self, conflicts: Sequence[entry.Conflict]) -> None:
        """Show beside their fields what others typed meanwhile."""
        for conflict in conflicts:
            self.cells[entry.fact_of(conflict.name)].conflict = conflict


def section_values(facts: FactSet, section: str, year: int | None) -> dict[str, Value]:
    """The values of one section and year of a set."""
    known = catalogue.load()
    return {name: value for (name, of), value in facts.values.items() if of == year and known[name].section == section}


def row_of(organisation: Organisation, section: str, year: int | None) -> Accepted | None:
    """The accepted row of a section and year, if there is one."""
    model: Any = TABLES[section]
    key = {"organisation": organisation} if year is None else {"organisation": organisation, "year": year}
    return model.objects.filter(**key).first()  # type: ignore[no-any-return]


def sheet(
    organisation: Organisation, section: str, year: int | None, facts: FactSet, *, unit: MoneyUnit = "元",
    draft: Draft | None = None,
) -> Sheet:  # fmt: skip
    """The page of a section and year: four queries beside the facts."""
    row = row_of(organisation, section, year)
    file = Enterprise.objects.filter(pk=organisation.pk).first()
    accepted = section_values(facts, section, year)
    origins = _origins(row)
    differences = _differences(organisation, section, year)
    from_register = section == "enterprise" and file is not None and file.property_complete_at is not None
    texts = entry.with_draft(section, entry.texts_of(section, accepted, unit), draft, unit)
    versions = entry.versions(draft)
    last = section_values(facts, section, year - 1) if year else {}
    blocks = []
    for group in GROUPS[section]:
        cells = []
        for name in group.facts:
            cell = _cell(name, accepted.get(name), unit)
            cell.origin = origins.get(name)
            cell.differences = differences.get(name, [])
            cell.last_year = shown(name, last[name]) if name in last else ""
            cell.version, cell.none_version = versions.get(name, 0), versions.get(name + entry.NONE_SUFFIX, 0)
            cell.readonly = from_register and name in property_facts.NAMES
            cells.append(cell)
        blocks.append(Block(group.name, group.title, group.lead, cells))
    found = Sheet(organisation, section, year, file.steps if file else 0, facts, blocks, draft, texts, from_register)
    found.put(texts)
    return found


def _cell(name: str, value: Value | None, unit: MoneyUnit) -> Cell:
    known = value is not None
    return Cell(
        name=name, accepted=shown(name, value), known=known, none=isinstance(value, NoneValue), **shape_of(name, unit)
    )


def shape_of(name: str, unit: MoneyUnit) -> Mapping[str, Any]:
    """What the field of a fact has whatever stands in it, in the language of the page."""
    return _shape(name, unit, lang.active())


@lru_cache(maxsize=2048)
def _shape(name: str, unit: MoneyUnit, language: lang.Lang) -> Mapping[str, Any]:
    fact = catalogue.load()[name]
    return MappingProxyType({
        "label": label_of(name), "help": help_of(name), "kind": fact.kind, "widget": widget_of(fact),
        "unit": _unit(fact, unit), "can_be_none": fact.can_be_none, "options": tuple(options_of(fact)),
    })  # fmt: skip


def _unit(fact: FactType, unit: MoneyUnit) -> str:
    if fact.kind == "money":
        return str(_("元") if unit == "元" else _("万元"))
    return unit_of(fact)


def widget_of(fact: FactType) -> str:
    """By what a fact is typed: yes-no, choice, day, lines or line."""
    if fact.kind == "bool":
        return "yes-no"
    if fact.options or catalogue.load().forms.get(fact.name) == "field":
        return "choice"
    return {"date": "day", "dates": "lines", "list": "lines"}.get(fact.kind, "line")


def options_of(fact: FactType) -> list[tuple[str, str]]:
    """What can be chosen: value and label."""
    if fact.kind == "bool":
        return [(value, str(label)) for value, label in YES_NO]
    if fact.options:
        labels = catalogue.load().options(fact.name)
        return [("", ""), *((code, lang.of(labels[code], code.replace("_", " "))) for code in fact.options)]
    if catalogue.load().forms.get(fact.name) == "field":
        rows = high_tech.SECOND_LEVEL.values()
        return [("", ""), *((one.code, f"{one.code} {lang.of(one.zh, one.en)}") for one in rows)]
    return []


def _origins(row: Accepted | None) -> dict[str, Origin]:
    return origins_of({"": row})[""] if row is not None else {}


def origins_of(rows: Mapping[Any, Accepted]) -> dict[Any, dict[str, Origin]]:
    """Where the values of accepted rows come from, by row and fact: one query, none where no row has any."""
    keys = {key for row in rows.values() for key in row.provenance.values()}
    returns = Return.objects.select_related("filed_for", "filed_by").in_bulk(keys) if keys else {}
    return {
        place: {
            name: Origin(returns[key], name in row.verified)
            for name, key in row.provenance.items() if key in returns
        }
        for place, row in rows.items()
    }  # fmt: skip


def _differences(organisation: Organisation, section: str, year: int | None) -> dict[str, list[Any]]:
    rows = Difference.objects.filter(
        organisation=organisation, section=section, year=year, state=DifferenceState.OPEN
    ).exclude(offered__in=veiled().values("pk")).select_related("offered__filed_for")
    found: dict[str, list[Any]] = {}
    for row in rows.order_by("pk"):
        said = values_of({row.fact: row.offered.facts.get(row.fact)})
        found.setdefault(row.fact, []).append({"row": row, "said": shown(row.fact, said[row.fact])})
    return found
