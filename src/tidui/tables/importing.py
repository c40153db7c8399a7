"""Reading a file that is to be imported: facts, declared tables, or both, from a workbook or a CSV file.

Other than an input of screening, a file need not name every enterprise on one sheet: a sheet of yearly figures alone
is enough. Whatever is wrong is listed with its place, and marks the enterprise that it belongs to.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from tidui.codes.money import MoneyUnit
from tidui.facts import catalogue as fact_catalogue
from tidui.facts.catalogue import FOUNDED_SECTIONS, YEARLY_SECTIONS, Catalogue
from tidui.facts.faults import Fault, Faults
from tidui.rules.columns import EXACT, NO_VALUE, VOCABULARY_KINDS, Column, from_machine
from tidui.rules.values import NONE, Value
from tidui.tables.collect import FaultList, SectionTable
from tidui.tables.declared import DeclaredSheet, sheet_of_title
from tidui.tables.declared.reading import DeclaredTable, read_declared
from tidui.tables.delimited import open_delimited
from tidui.tables.gather import Store, gather_any
from tidui.tables.header import HEAD_ROWS
from tidui.tables.headings import Heading, HeadingError, HeadingReader, YearColumn, is_comment_sheet, section_of_sheet
from tidui.tables.reading import DELIMITED_SUFFIXES, StoredPopulation, check_together
from tidui.tables.sections import Grid, read_section
from tidui.tables.workbook import Workbook, open_workbook

#: Columns of the sheet of enterprises that are no facts: where the organisation belongs.
PLACE_COLUMNS: Final = {
    "located_in": {"zh": "所在开发区", "en": "development zone", "type": "text", "none": True},
    "affiliated_to": {"zh": "隶属单位", "en": "affiliated to", "type": "text", "none": True},
}
#: A section and its year, where it has one.
Part = tuple[str, "int | None"]


class ImportCatalogue(Catalogue):
    """The catalogue of facts with the columns of the sheet of enterprises that an import reads besides."""

    def __init__(self) -> None:
        super().__init__(fact_catalogue.FILE.read_bytes())
        for name, entry in PLACE_COLUMNS.items():
            self._add("enterprise", name, entry)


@dataclass(slots=True)
class ImportInput:
    """What a file holds: facts as columns (None: no sheet of facts), declared tables, and what is wrong."""

    year: int
    faults: FaultList
    store: Store | None = None
    declared: list[DeclaredTable] = field(default_factory=list)
    sheets: list[str] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """How many rows of data were read."""
        facts = 0
        if self.store is not None:
            numbers: dict[str, set[int]] = {}
            for sheet, rows, _ in self.store.origins.values():
                numbers.setdefault(sheet, set()).update(rows.tolist())
            facts = sum(len(found - {0}) for found in numbers.values()) or len(self.store.ids)
        return facts + sum(len(table.rows) for table in self.declared)


@contextlib.contextmanager
def under_its_name(path: Path, name: str) -> Iterator[Path]:
    """The file under the name that it was uploaded by: readers go by its ending, faults by its name."""
    with tempfile.TemporaryDirectory(prefix="tidui-import-") as folder:
        link = Path(folder) / (Path(name).name or "upload")
        os.symlink(path.resolve(), link)
        yield link


def read_import(path: Path, *, year: int, unit: MoneyUnit | None = None) -> ImportInput:
    """Read a workbook or CSV file. `year` is the one that offsets such as @-1 count from.

    `unit` is that of amounts whose heading names none: without it 元 for facts, 万元 for the official tables.
    Nothing is raised: a file that cannot be read has a fault and nothing else.
    """
    found = ImportInput(year, FaultList())
    try:
        suffix = path.suffix.lower()
        if suffix == ".xlsx":
            _read_workbook(path, found, unit)
        elif suffix in DELIMITED_SUFFIXES:
            _read_delimited(path, found, unit)
        else:
            message = f"a file of the kind “{suffix}” is not read"
            raise Faults([Fault("", message, "save it as .xlsx or CSV", sheet=path.name)])
    except Faults as error:
        found.faults.extend(error.faults)
    return found


def _read_workbook(path: Path, found: ImportInput, unit: MoneyUnit | None) -> None:
    book = open_workbook(path)
    try:
        for name in book.hidden:
            if section_of_sheet(name) or sheet_of_title(name):
                found.faults.add(
                    Fault("", "the sheet is hidden and not read", "show it if it is meant", "warning", name)
                )
        plan = _plan(book, found.faults)
        tables = []
        for name, meant in plan.items():
            if isinstance(meant, DeclaredSheet):
                table = read_declared(book.sheet(name, None), meant, found.faults, unit=unit)
                found.declared += [table] if table is not None else []
            else:
                tables.append(_read_facts(book.sheet(name, meant), found.faults, unit))
            found.sheets.append(name)
    finally:
        book.close()
    _gather([table for table in tables if table is not None], found)
    if not plan and not found.faults.listed:
        instead = "name the sheets as in the template"
        found.faults.add(Fault("", "no sheet of the workbook can be imported", instead, sheet=path.name))


def _plan(book: Workbook, faults: FaultList) -> dict[str, DeclaredSheet | str | None]:
    """What each sheet is read as: a declared one, a section, or (one at most) a table without a telling name."""
    plan: dict[str, DeclaredSheet | str | None] = {}
    first: dict[object, str] = {}
    for name in book.names:
        meant = section_of_sheet(name) or sheet_of_title(name)
        if meant is None:
            continue
        key = meant if isinstance(meant, str) else (meant.book, meant.name)
        if key in first:
            message = f"{first[key]} and {name} both hold the same table"
            faults.add(Fault("", message, "put their rows together", sheet=name))
            continue
        first[key] = name
        plan[name] = meant
    unknown = [
        name for name in book.names if name not in plan and name not in first.values() and not is_comment_sheet(name)
    ]
    if unknown and not plan:
        plan[unknown[0]] = _guess(book.sheet(unknown[0], None))
        unknown = unknown[1:]
    for name in unknown:
        if any(fault.sheet == name for fault in faults.listed):
            continue
        instead = "name it as in the template if it holds data"
        faults.add(Fault("", "the sheet is not read", instead, "warning", sheet=name))
    return plan


def _guess(grid: Grid) -> str | None:
    """The yearly section that a table without a telling name holds; None for one with a row for each enterprise."""
    reader = HeadingReader(_catalogue())
    counts = dict.fromkeys(sorted(YEARLY_SECTIONS), 0)
    with_year = False
    for _, row in itertools.islice(grid.rows(), HEAD_ROWS):
        for cell in row:
            if not isinstance(cell, str) or not cell.strip():
                continue
            for section in counts:
                try:
                    meaning = reader.read(cell, section=section)
                except HeadingError:
                    continue
                with_year |= isinstance(meaning, YearColumn)
                counts[section] += isinstance(meaning, Heading) and meaning.fact.section == section
    best = max(counts, key=lambda section: counts[section])
    return best if with_year and counts[best] else None


def _read_delimited(path: Path, found: ImportInput, unit: MoneyUnit | None) -> None:
    declared = sheet_of_title(path.stem)
    if declared is not None:
        table = read_declared(open_delimited(path, None), declared, found.faults, unit=unit)
        found.declared += [table] if table is not None else []
    else:
        section = section_of_sheet(path.stem) or _guess(open_delimited(path, None))
        facts = _read_facts(open_delimited(path, section), found.faults, unit)
        _gather([facts] if facts is not None else [], found)
    found.sheets.append(path.name)


_CATALOGUES: list[ImportCatalogue] = []


def _catalogue() -> ImportCatalogue:
    if not _CATALOGUES:
        _CATALOGUES.append(ImportCatalogue())
    return _CATALOGUES[0]


def _read_facts(grid: Grid, faults: FaultList, unit: MoneyUnit | None) -> SectionTable | None:
    table = read_section(grid, reader=HeadingReader(_catalogue()), faults=faults, unit=unit or "元")
    if table is not None and table.section == "expert":
        if table.ids:
            message, instead = "marks of experts are not imported", "they come from the review itself"
            faults.add(Fault("", message, instead, "warning", sheet=grid.name))
        return None
    return table


def _gather(tables: Sequence[SectionTable], found: ImportInput) -> None:
    if not tables:
        return
    ordered = sorted(tables, key=lambda table: table.section is not None)
    found.store = gather_any(list(ordered), catalogue=_catalogue(), faults=found.faults)
    population = StoredPopulation(_catalogue(), found.year, None, store=found.store)
    check_together(population, found.faults, True)


def facts_of(store: Store, start: int, stop: int, year: int) -> list[dict[Part, dict[str, Value]]]:
    """The facts of the enterprises from one position to another, by section and year; what is unknown is left out.

    Years before that of the founding do not exist and are left out too.
    """
    rows = slice(start, stop)
    found: list[dict[Part, dict[str, Value]]] = [{} for _ in store.ids[rows]]
    first_year = store.first_year[rows].tolist() or [0] * len(found)
    for (name, absolute, offset), whole in store.columns.items():
        section = store.catalogue[name].section
        if section == "expert" or name == "uscc":
            continue
        of_year = year + offset if offset is not None else absolute
        values = _values(store, (name, absolute, offset), whole.slice(start, stop), start)
        for place, value in values:
            if of_year is not None and of_year < first_year[place] and section in FOUNDED_SECTIONS:
                continue
            found[place].setdefault((section, of_year), {})[name] = value
    return found


def _values(store: Store, key: Any, column: Column, start: int) -> Iterator[tuple[int, Value]]:
    """The known values of a part of a column, with their places in it."""
    fact = store.catalogue[key[0]]
    states = column.states()
    places = np.flatnonzero(states)
    exact = store.exact.get(key, {})
    numbers = column.values[places].tolist()
    plain = fact.kind in ("money", "int")
    for place, state, number in zip(places.tolist(), states[places].tolist(), numbers, strict=True):
        if state == NO_VALUE:
            yield place, NONE
        elif state == EXACT:
            yield place, exact[start + place]
        elif fact.kind in VOCABULARY_KINDS:
            yield place, column.vocab[number]  # type: ignore[index]
        else:
            yield place, number if plain else from_machine(fact, number)


def row_of(store: Store, place: int) -> tuple[str, int]:
    """The sheet and row on which the enterprise at this position was first named."""
    return store.sheet, int(store.rows[place])
