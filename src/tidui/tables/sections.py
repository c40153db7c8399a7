"""Rows of cells, from a workbook sheet or a CSV file, to a `SectionTable`."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

import numpy as np

from tidui.codes.money import MoneyUnit
from tidui.facts.catalogue import FIRST_YEAR, LAST_YEAR
from tidui.facts.faults import BadValue, Fault
from tidui.facts.normalise import normalise
from tidui.tables.cells import CellColumn
from tidui.tables.collect import FaultList, SectionColumn, SectionTable, batched, column_title
from tidui.tables.header import HEAD_ROWS, Header, Merged, find_header
from tidui.tables.headings import HeadingReader
from tidui.tables.keys import read_years, valid_texts

#: Rows that are converted together: an odd cell slows only its own chunk.
_CHUNK: Final = 8192
#: What templates prefill in columns of facts that can be none.
PREFILLED: Final = "无"

#: A row number, counted from 1, and the cells of the row; a blank cell is "" or None.
Row = tuple[int, list[object]]


class Grid(Protocol):
    """A sheet or a CSV file.

    `name` is what faults call it; `section` is None for a wide table. `holes` are cells, by row (from 1) and column
    (from 0), whose content cannot be read, with what is wrong and what to write instead. `serials` says whether a
    bare number in a column of dates is the day number of a spreadsheet.
    """

    @property
    def name(self) -> str: ...

    @property
    def section(self) -> str | None: ...

    @property
    def merged(self) -> Sequence[Merged]:
        """The merged ranges of cells."""
        ...

    @property
    def holes(self) -> Mapping[tuple[int, int], tuple[str, str]]:
        """Cells whose value cannot be had, with what is wrong and what to do instead."""
        ...

    @property
    def serials(self) -> bool: ...

    def rows(self) -> Iterator[Row]:
        """The rows, in order."""
        ...


def read_section(
    grid: Grid, *, reader: HeadingReader, faults: FaultList, unit: MoneyUnit = "元"
) -> SectionTable | None:
    """Read one sheet or file. None, with faults, where its headings cannot be used.

    `unit` is that of amounts where neither their heading nor a line above the table names one.
    """
    rows = grid.rows()
    head = list(itertools.islice(rows, HEAD_ROWS))
    cells = [row for _, row in head]
    if grid.section not in (None, "enterprise") and all(_blank(cell) for row in cells for cell in row):
        return None  # a sheet that was left empty
    header, found = find_header(
        cells, grid.merged, reader=reader, section=grid.section, sheet=grid.name, unit=unit
    )
    faults.extend(found)
    if header is None:
        return None
    body = itertools.chain(head[header.first_row :], rows)
    return _SectionReader(grid, header, reader, faults).read(body)


@dataclass(slots=True)
class _SectionReader:
    grid: Grid
    header: Header
    reader: HeadingReader
    faults: FaultList
    ids: list[str] = field(default_factory=list)
    row_numbers: list[int] = field(default_factory=list)
    years: list[int] = field(default_factory=list)
    bad: set[int] = field(default_factory=set)
    stray: set[int] = field(default_factory=set)

    def read(self, body: Iterable[Row]) -> SectionTable:
        """All rows of data."""
        columns = [CellColumn(column.heading, self.header.unit, self.grid.serials) for column in self.header.columns]
        for chunk in batched(body, _CHUNK):
            rows = self._kept(chunk)
            if not rows:
                continue
            cells = list(zip(*(row for _, row in rows), strict=True))
            numbers = [number for number, _ in rows]
            self._read_codes(cells[self.header.code_index], numbers)
            if self.header.year_index is not None:
                self._read_years(cells[self.header.year_index], numbers)
            for place, column in zip(self.header.columns, columns, strict=True):
                column.add(cells[place.index])
            self._warn_of_stray(cells)
            self.row_numbers.extend(numbers)
        return self._table(columns)

    def _kept(self, chunk: Sequence[Row]) -> list[Row]:
        """The rows that are not blank, each as wide as the headings; what a template prefills is no content."""
        width, code = self.header.width, self.header.code_index
        kept: list[Row] = []
        for number, row in chunk:
            cells = row if len(row) == width else self._fitted(number, row, len(self.ids) + len(kept))
            if cells[code] in (None, "") and all(_blank(cell) or cell == PREFILLED for cell in cells):
                continue
            kept.append((number, cells))
        return kept

    def _fitted(self, number: int, row: list[object], place: int) -> list[object]:
        width = self.header.width
        if not all(_blank(cell) for cell in row[width:]):
            message = f"{len(row)} cells, but {width} headings"
            instead = "put text with the separator in it into quotation marks, or give the column a heading"
            self._fault(number, place, message, instead, None)
            code = self.header.code_index
            return [cell if index == code else "" for index, cell in enumerate(row[:width])]
        return [*row[:width], *([""] * (width - len(row)))]

    def _fault(self, number: int, place: int, message: str, instead: str | None, index: int | None) -> None:
        column = None if index is None else column_title(index, self._text(index))
        self.bad.add(place)
        path = self._path(index, place)
        self.faults.add(Fault(path, message, instead, sheet=self.grid.name, row=number, column=column))

    def _path(self, index: int | None, place: int) -> str:
        """The fact in a column, as FACTS files name it; nothing for the columns of keys."""
        heading = next((column.heading for column in self.header.columns if column.index == index), None)
        if heading is None:
            return ""
        year = self.years[place] if self.header.year_index is not None else heading.year
        return self.reader.catalogue.path(heading.fact.name, year or None)

    def _text(self, index: int) -> str:
        if index == self.header.code_index:
            return self.reader.catalogue["uscc"].zh
        if index == self.header.year_index:
            return "年度"
        return next((column.text for column in self.header.columns if column.index == index), "")

    def _read_codes(self, cells: Sequence[object], numbers: Sequence[int]) -> None:
        start = len(self.ids)
        self.ids.extend([cell if isinstance(cell, str) else "" for cell in cells])
        for place in np.flatnonzero(~valid_texts(cells)).tolist():
            self.ids[start + place] = self._read_code(cells[place], numbers[place], start + place)

    def _read_code(self, cell: object, number: int, place: int) -> str:
        index = self.header.code_index
        if _blank(cell):
            self._fault(number, place, "the credit code is missing", "the 18 characters of the licence", index)
            return ""
        try:
            value = normalise(self.reader.catalogue["uscc"], cell)
        except BadValue as error:
            self._fault(number, place, error.message, error.instead, index)
            return ""
        return value if isinstance(value, str) else ""

    def _read_years(self, cells: Sequence[object], numbers: Sequence[int]) -> None:
        start = len(self.years)
        years = read_years(cells).tolist()
        self.years.extend(years)
        for place, year in enumerate(years):
            if not year:
                message = (
                    f"{cells[place]!r} is not a fiscal year" if not _blank(cells[place]) else "the year is missing"
                )
                instead = f"four digits from {FIRST_YEAR} to {LAST_YEAR}, such as 2023"
                self._fault(numbers[place], start + place, message, instead, self.header.year_index)

    def _warn_of_stray(self, cells: Sequence[Sequence[object]]) -> None:
        """Cells under no heading are not read: said once for each column."""
        for index in self.header.unnamed:
            if index not in self.stray and not all(_blank(cell) for cell in cells[index]):
                self.stray.add(index)
                column = column_title(index, "")
                message = "the column has no heading and is not read"
                self.faults.add(
                    Fault("", message, "give it the name of a fact, or 备注", "warning", self.grid.name, None, column)
                )

    def _table(self, columns: list[CellColumn]) -> SectionTable:
        for place, column in zip(self.header.columns, columns, strict=True):
            for row, message, instead in column.bad:
                self._fault(self.row_numbers[row], row, message, instead, place.index)
        self._add_holes()
        return SectionTable(
            section=self.grid.section,
            sheet=self.grid.name,
            ids=self.ids,
            rows=np.array(self.row_numbers, dtype=np.int64),
            years=np.array(self.years, dtype=np.int32) if self.header.year_index is not None else None,
            columns=[
                SectionColumn(column.heading, column.title, read.column(), read.exact)
                for column, read in zip(self.header.columns, columns, strict=True)
            ],
            bad=self.bad,
        )

    def _add_holes(self) -> None:
        if not self.grid.holes:
            return
        places = {number: place for place, number in enumerate(self.row_numbers)}
        indices = {column.index for column in self.header.columns}
        for (number, index), (message, instead) in self.grid.holes.items():
            if number in places and index in indices:
                self._fault(number, places[number], message, instead, index)


def _blank(cell: object) -> bool:
    return cell is None or cell == "" or (isinstance(cell, str) and not cell.strip())
