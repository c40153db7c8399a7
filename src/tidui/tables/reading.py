"""Reading INPUT: a workbook, a folder, or one wide file, to batches of enterprises.

What is wrong is gathered and listed, all of it. Without `keep_going` any fault refuses the input; with it the
enterprises with faults are left out and the others go on.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from tidui.facts import catalogue as fact_catalogue
from tidui.facts.catalogue import Catalogue
from tidui.facts.faults import Fault, Faults
from tidui.rules.columns import Batch
from tidui.tables.collect import FaultList, SectionTable
from tidui.tables.crosschecks import Locate, cross_faults
from tidui.tables.delimited import open_delimited
from tidui.tables.gather import Store, StoreKey, gather
from tidui.tables.headings import SECTION_NAMES, HeadingReader, is_comment_sheet, section_of_sheet
from tidui.tables.sections import read_section
from tidui.tables.typed_section import read_typed_section
from tidui.tables.wide import ARROW_SUFFIXES, PARQUET_SUFFIXES, WideFile, open_typed, read_layout
from tidui.tables.workbook import open_workbook

BATCH_ROWS: Final = 65_536
WORKBOOK_SUFFIXES: Final = frozenset({".xlsx", ".xlsm"})
DELIMITED_SUFFIXES: Final = frozenset({".csv", ".tsv", ".txt"})
TYPED_SUFFIXES: Final = ARROW_SUFFIXES | PARQUET_SUFFIXES


@dataclass(slots=True)
class Population(ABC):
    """The enterprises of an input. `year` is the fiscal year assessed (offset 0 of every batch).

    Enterprises founded in `young_year`, if given, come in batches of their own that are assessed for that year
    (`Batch.year` says which). `faults` are all faults and warnings.
    """

    catalogue: Catalogue
    year: int
    young_year: int | None
    faults: list[Fault] = field(default_factory=list)

    @property
    @abstractmethod
    def total(self) -> int:
        """How many rows the input has."""

    @property
    @abstractmethod
    def count(self) -> int:
        """How many enterprises go on, without those that are left out for faults."""

    @abstractmethod
    def batches(self, rows: int = BATCH_ROWS) -> Iterator[Batch]:
        """The enterprises that go on, in the order of the input, at most so many in a batch."""


@dataclass(slots=True)
class StoredPopulation(Population):
    """The enterprises of a workbook, of a folder or of a wide CSV file: in memory, as columns."""

    store: Store = field(kw_only=True)

    @property
    def total(self) -> int:
        """How many rows the input has."""
        return len(self.store.ids)

    @property
    def count(self) -> int:
        """How many enterprises go on."""
        return int((~self.store.bad).sum())

    def batches(self, rows: int = BATCH_ROWS) -> Iterator[Batch]:
        """The enterprises that go on."""
        young = self.store.first_year == (self.young_year if self.young_year is not None else self.year)
        plain = not self.store.bad.any() and (self.young_year in (None, self.year) or not young.any())
        for start in range(0, self.total, rows):
            stop = min(start + rows, self.total)
            if plain:
                yield self.store.batch(slice(start, stop), self.year)
                continue
            positions = np.arange(start, stop)
            positions = positions[~self.store.bad[start:stop]]
            if self.young_year in (None, self.year):
                groups = [(positions, self.year)]
            else:
                flags = young[positions]
                groups = [(positions[~flags], self.year), (positions[flags], self.young_year or self.year)]
            for part, year in groups:
                if len(part):
                    yield self.store.batch(part, year)


@dataclass(slots=True)
class WidePopulation(Population):
    """The enterprises of a wide Arrow or Parquet file, read as they are needed."""

    wide: WideFile = field(kw_only=True)

    @property
    def total(self) -> int:
        """How many rows the file has."""
        return self.wide.file.count

    @property
    def count(self) -> int:
        """How many enterprises go on."""
        return self.wide.file.count - len(self.wide.bad)

    def batches(self, rows: int = BATCH_ROWS) -> Iterator[Batch]:
        """The enterprises that go on."""
        return self.wide.batches(rows, self.year, self.young_year)


def open_population(
    path: Path | str,
    *,
    year: int,
    catalogue: Catalogue | None = None,
    young_year: int | None = None,
    keep_going: bool = False,
    check: bool = True,
) -> Population:
    """Read an input: `.xlsx`, `.csv` or `.parquet`/`.arrow` (wide), or a folder with a file for each section.

    Raises Faults where the input has any fault; with `keep_going` only where nothing can be read at all.
    `check=False` skips the reading of a wide Arrow or Parquet file before it is used: then a fault is raised when
    the column that has it is asked for, and repeated credit codes are not found.
    """
    source, facts = Path(path), catalogue or fact_catalogue.load()
    faults = FaultList()
    if source.is_file() and source.suffix.lower() in TYPED_SUFFIXES:
        population = _open_wide(source, year, facts, young_year, check, keep_going, faults)
    else:
        store = gather(_read_tables(source, HeadingReader(facts), faults), catalogue=facts, faults=faults)
        _refuse_same_year(list(store.columns), year, source.name, faults)
        population = StoredPopulation(facts, year, young_year, store=store)
        check_together(population, faults, keep_going)
    population.faults = faults.all()
    if not keep_going and any(fault.level == "fault" for fault in population.faults):
        raise Faults(population.faults)
    return population


def _refuse_same_year(keys: list[StoreKey], year: int, sheet: str, faults: FaultList) -> None:
    """One fact given for a fiscal year and, by an offset, for the same year again."""
    given = {(name, absolute) for name, absolute, _ in keys if absolute is not None}
    for name, _, offset in keys:
        if offset is not None and (name, year + offset) in given:
            message = f"{name}@{offset} and {name}@{year + offset} are the same year"
            faults.add(Fault(name, message, "one column for each fact and year", sheet=sheet))


def check_together(population: StoredPopulation, faults: FaultList, to_end: bool) -> None:
    """Compare the facts of each enterprise with each other; those with a fault are left out."""
    store = population.store
    bad: list[int] = []
    for batch in population.batches():
        if faults.full and not to_end:
            break
        found = list(cross_faults(batch, _locator(store, batch)))
        faults.extend(fault for _, fault in found)
        if batch.rows is not None:
            bad.extend(int(batch.rows[row]) for row, fault in found if fault.level == "fault")
    store.bad[bad] = True


def _locator(store: Store, batch: Batch) -> Locate:
    places = batch.rows if batch.rows is not None else np.arange(batch.n)

    def locate(row: int, name: str, year: int | None) -> tuple[str | None, int | None, str | None]:
        return store.locate(int(places[row]), name, year, batch.year)

    return locate


def _open_wide(
    path: Path,
    year: int,
    catalogue: Catalogue,
    young_year: int | None,
    check: bool,
    keep_going: bool,
    faults: FaultList,
) -> Population:
    file = open_typed(path)
    layout = read_layout(file, HeadingReader(catalogue), faults)
    if layout is None:
        raise Faults(faults.all())
    keys: list[StoreKey] = [(one.fact.name, one.year, one.offset) for one in layout.headings.values() if not one.none]
    _refuse_same_year(keys, year, path.name, faults)
    wide = WideFile(file, layout, catalogue)
    if check:
        wide.check(BATCH_ROWS, faults)
        wide.check_together(BATCH_ROWS, year, young_year, faults, keep_going)
    return WidePopulation(catalogue, year, young_year, wide=wide)


def _read_tables(source: Path, reader: HeadingReader, faults: FaultList) -> list[SectionTable]:
    """The tables of an input, that of the enterprises first. Raises Faults where there is none."""
    suffix = source.suffix.lower()
    if source.is_dir():
        tables = _read_folder(source, reader, faults)
    elif not source.exists():
        raise Faults([Fault(str(source), "there is no such file or folder", "check the path")])
    elif suffix in WORKBOOK_SUFFIXES:
        tables = _read_workbook(source, reader, faults)
    elif suffix in DELIMITED_SUFFIXES:
        table = read_section(open_delimited(source, None), reader=reader, faults=faults)
        tables = [table] if table is not None else []
    else:
        instead = "give .xlsx, .csv, .parquet, .arrow or a folder"
        raise Faults([Fault(source.name, f"a file of the kind “{suffix}” is not read", instead)])
    base = [table for table in tables if table.section in (None, "enterprise")]
    if not base:
        if not any(fault.level == "fault" for fault in faults.listed):
            instead = "add a sheet or file enterprise (企业) with one row for each enterprise"
            faults.add(Fault(source.name, "no table of enterprises", instead))
        raise Faults(faults.all())
    return [base[0], *(table for table in tables if table is not base[0])]


def _read_workbook(path: Path, reader: HeadingReader, faults: FaultList) -> list[SectionTable]:
    book = open_workbook(path)
    try:
        wanted: dict[str, str | None] = {}
        sections = {name: section_of_sheet(name) for name in book.names}
        if any(section == "enterprise" for section in sections.values()):
            found = [(name, section) for name, section in sections.items() if section is not None]
            wanted = {**_first_of_each(found, faults)}
        else:
            name = next((name for name in book.names if not sections[name] and not is_comment_sheet(name)), None)
            if name is not None:
                wanted = {name: None, **{one: section for one, section in sections.items() if section}}
        for name in book.names:
            if name not in wanted and not sections[name] and not is_comment_sheet(name):
                instead = f"name it one of {', '.join(SECTION_NAMES)} if it holds facts"
                faults.add(Fault("", "the sheet is not read", instead, "warning", sheet=name))
        grids = [book.sheet(name, section) for name, section in wanted.items()]
        tables = [read_section(grid, reader=reader, faults=faults) for grid in grids]
    finally:
        book.close()
    return [table for table in tables if table is not None]


def _first_of_each(found: list[tuple[str, str]], faults: FaultList) -> dict[str, str]:
    """The first sheet or file of each section; another of the same section is a fault and is not read."""
    first: dict[str, str] = {}
    for name, section in found:
        original = first.setdefault(section, name)
        if original != name:
            message = f"{original} and {name} both hold {section}"
            faults.add(Fault("", message, "put their rows together", sheet=name))
    return {name: section for section, name in first.items()}


def _read_folder(folder: Path, reader: HeadingReader, faults: FaultList) -> list[SectionTable]:
    paths = {
        path.name: path
        for path in sorted(folder.iterdir())
        if path.is_file() and path.name[0] != "." and path.suffix.lower() in DELIMITED_SUFFIXES | TYPED_SUFFIXES
    }
    found: list[tuple[str, str]] = []
    for name, path in paths.items():
        section = section_of_sheet(path.stem)
        if section is not None:
            found.append((name, section))
        elif not is_comment_sheet(path.stem):
            instead = f"name it one of {', '.join(SECTION_NAMES)} if it holds facts"
            faults.add(Fault("", "the file is not read", instead, "warning", sheet=name))
    tables = [
        read_typed_section(paths[name], section, reader=reader, faults=faults)
        if paths[name].suffix.lower() in TYPED_SUFFIXES
        else read_section(open_delimited(paths[name], section), reader=reader, faults=faults)
        for name, section in _first_of_each(found, faults).items()
    ]
    return [table for table in tables if table is not None]
