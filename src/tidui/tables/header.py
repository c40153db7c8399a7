"""Finding the headings of a table: below titles and blank rows, over merged cells, in one row or several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tidui.codes.money import MoneyUnit
from tidui.facts.catalogue import YEARLY_SECTIONS
from tidui.facts.faults import Fault
from tidui.tables.collect import column_title
from tidui.tables.headings import (
    CommentColumn,
    Heading,
    HeadingError,
    HeadingReader,
    Meaning,
    YearColumn,
    unit_of_table,
    year_of_group,
)

#: The headings are looked for in so many rows.
HEAD_ROWS: Final = 40

#: A merged range: (first row, first column), (last row, last column), counted from 0.
Merged = tuple[tuple[int, int], tuple[int, int]]


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column that is read: its place, its text as found, what it means."""

    index: int
    text: str
    heading: Heading

    @property
    def title(self) -> str:
        """How a fault names the column."""
        return column_title(self.index, self.text)


@dataclass(frozen=True, slots=True)
class Header:
    """The headings of a table. `first_row` is the first row of data (counted from 0); `unit` that of bare money."""

    first_row: int
    code_index: int
    year_index: int | None
    columns: tuple[TableColumn, ...]
    unit: MoneyUnit
    width: int
    unnamed: tuple[int, ...]


def spread_merged(head: Sequence[Sequence[object]], merged: Sequence[Merged]) -> list[list[object]]:
    """The first rows with the text of every merged range in all of its cells."""
    rows = [list(row) for row in head]
    for (top, left), (bottom, right) in merged:
        if top >= len(rows) or left >= len(rows[top]) or not isinstance(rows[top][left], str):
            continue
        text = rows[top][left]
        for row in rows[top : min(bottom + 1, len(rows))]:
            for index in range(left, min(right + 1, len(row))):
                row[index] = text
    return rows


def find_header(
    head: Sequence[Sequence[object]],
    merged: Sequence[Merged],
    *,
    reader: HeadingReader,
    section: str | None,
    sheet: str,
    unit: MoneyUnit = "元",
) -> tuple[Header | None, list[Fault]]:
    """The headings of a table from its first rows; None with faults where there are none that can be used."""
    rows = spread_merged(head, merged)
    scores = [sum(1 for cell in row if _text(cell) and reader.knows(_text(cell), section)) for row in rows]
    top = max(range(len(rows)), key=lambda index: (scores[index], -index), default=0)
    if not rows or not scores[top]:
        return None, [_no_header(sheet)]
    leaf = _last_header_row(rows, top, reader, section)
    texts = _leaf_texts(rows, top, leaf, reader, section)
    return _read_texts(texts, rows, leaf, reader=reader, section=section, sheet=sheet, unit=unit)


def _text(cell: object) -> str:
    return cell.strip() if isinstance(cell, str) else ""


def _no_header(sheet: str) -> Fault:
    return Fault(
        "",
        "no row of headings was found",
        f"a row with 统一社会信用代码 (uscc) and the names of facts, within the first {HEAD_ROWS} rows",
        sheet=sheet,
    )


def _last_header_row(rows: list[list[object]], top: int, reader: HeadingReader, section: str | None) -> int:
    """The row below belongs to the headings too where everything in it is a heading."""
    leaf = top
    while leaf + 1 < len(rows):
        filled = [cell for cell in rows[leaf + 1] if cell not in (None, "")]
        if not filled or not all(_text(cell) and reader.knows(_text(cell), section) for cell in filled):
            break
        leaf += 1
    return leaf


def _leaf_texts(
    rows: list[list[object]], top: int, leaf: int, reader: HeadingReader, section: str | None
) -> list[tuple[str, int | None]]:
    """For each column its lowest heading and the year that a heading above it gives."""
    texts = []
    for index in range(max(len(row) for row in rows[: leaf + 1])):
        stack = [_text(row[index]) if index < len(row) else "" for row in rows[: leaf + 1]]
        text = next((one for one in reversed(stack[top:]) if one), "")
        if not text:
            text = next((one for one in reversed(stack[:top]) if one and reader.knows(one, section)), "")
        years = [year for year in (year_of_group(one) for one in reversed(stack) if one != text) if year]
        texts.append((text, years[0] if years else None))
    return texts


def _read_texts(
    texts: list[tuple[str, int | None]],
    rows: list[list[object]],
    leaf: int,
    *,
    reader: HeadingReader,
    section: str | None,
    sheet: str,
    unit: MoneyUnit,
) -> tuple[Header | None, list[Fault]]:
    faults: list[Fault] = []
    columns: list[TableColumn] = []
    year_index: int | None = None
    for index, (text, group_year) in enumerate(texts):
        if not text:
            continue
        try:
            meaning: Meaning = reader.read(text, section=section, group_year=group_year)
        except HeadingError as error:
            where = column_title(index, text)
            faults.append(Fault("", error.message, error.instead, sheet=sheet, row=leaf + 1, column=where))
            continue
        if isinstance(meaning, YearColumn):
            year_index = index
        elif not isinstance(meaning, CommentColumn):
            columns.append(TableColumn(index, text, meaning))
    faults += _repeated(columns, sheet, leaf + 1)
    codes = [column for column in columns if column.heading.fact.name == "uscc"]
    missing = _missing_keys(codes, year_index, reader, section, sheet, leaf + 1)
    if missing:
        return None, [*faults, *missing]
    own = next((found for row in rows[:leaf] for cell in row if (found := unit_of_table(_text(cell)))), None)
    unnamed = tuple(index for index, (text, _) in enumerate(texts) if not text)
    facts = tuple(column for column in columns if column.heading.fact.name != "uscc")
    return Header(leaf + 1, codes[0].index, year_index, facts, own or unit, len(texts), unnamed), faults


def _repeated(columns: list[TableColumn], sheet: str, row: int) -> list[Fault]:
    seen: dict[tuple[str, int | None, int | None, bool], TableColumn] = {}
    faults = []
    for column in list(columns):
        heading = column.heading
        first = seen.setdefault((heading.fact.name, heading.year, heading.offset, heading.none), column)
        if first is not column:
            message = f"{heading.fact.name} stands in column {first.title} too"
            faults.append(Fault("", message, "one column for each fact", sheet=sheet, row=row, column=column.title))
            columns.remove(column)
    return faults


def _missing_keys(
    codes: list[TableColumn],
    year_index: int | None,
    reader: HeadingReader,
    section: str | None,
    sheet: str,
    row: int,
) -> list[Fault]:
    faults = []
    if not codes:
        label = reader.catalogue["uscc"].zh
        faults.append(Fault("", "no column of credit codes", f"a column {label} (uscc)", sheet=sheet, row=row))
    if section in YEARLY_SECTIONS and year_index is None:
        faults.append(Fault("", "no column of fiscal years", "a column 年度 (year)", sheet=sheet, row=row))
    return faults
