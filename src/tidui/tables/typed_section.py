"""One section of a folder, from an Arrow or Parquet file, to a `SectionTable`."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tidui.facts.catalogue import YEARLY_SECTIONS
from tidui.facts.faults import BadValue, Fault
from tidui.facts.normalise import normalise
from tidui.tables.arrow_columns import convert
from tidui.tables.collect import FaultList, SectionColumn, SectionTable
from tidui.tables.headings import Heading, HeadingError, HeadingReader, YearColumn
from tidui.tables.keys import read_years, valid_texts
from tidui.tables.wide import boolean_heading, open_typed

_BATCH: Final = 1 << 20


def read_typed_section(path: Path, section: str, *, reader: HeadingReader, faults: FaultList) -> SectionTable | None:
    """Read a file of one section. None, with faults, where it has no credit codes or years. Rows count from 1."""
    file = open_typed(path)
    table = pa.Table.from_batches(list(file.batches(_BATCH)), schema=None if file.count else file.schema)
    headings, code, year = _headings(table.column_names, section, path.name, reader, faults)
    if code is None or (year is None and section in YEARLY_SECTIONS):
        missing = "credit codes" if code is None else "fiscal years"
        instead = "a column uscc" if code is None else "a column year"
        faults.add(Fault("", f"no column of {missing}", instead, sheet=path.name))
        return None
    result = SectionTable(section, path.name, [], np.arange(1, table.num_rows + 1), None, [])
    result.ids = _read_codes(table.column(code).to_pylist(), code, result, reader, faults)
    if year is not None:
        result.years = _read_years(table.column(year).to_pylist(), year, result, faults)
    for name, heading in headings.items():
        _add_column(table, name, heading, result, faults)
    return result


def _headings(
    names: list[str], section: str, sheet: str, reader: HeadingReader, faults: FaultList
) -> tuple[dict[str, Heading], str | None, str | None]:
    headings: dict[str, Heading] = {}
    seen: dict[tuple[str, int | None, int | None, bool], str] = {}
    code = year = None
    for name in names:
        try:
            meaning = reader.read(name, section=section)
        except HeadingError as error:
            faults.add(Fault("", error.message, error.instead, sheet=sheet, column=name))
            continue
        if isinstance(meaning, YearColumn):
            year = name
        elif isinstance(meaning, Heading):
            key = (meaning.fact.name, meaning.year, meaning.offset, meaning.none)
            if seen.setdefault(key, name) != name or names.count(name) > 1:
                message = f"{meaning.fact.name} stands in column {seen[key]} too"
                faults.add(Fault("", message, "one column for each fact", sheet=sheet, column=name))
            elif meaning.fact.name == "uscc":
                code = name
            else:
                headings[name] = meaning
    return headings, code, year


def _add_column(table: Any, name: str, heading: Heading, result: SectionTable, faults: FaultList) -> None:
    array = table.column(name).combine_chunks()
    converted = convert(boolean_heading(heading) if heading.none else heading, array)
    for place, message, instead in converted.bad:
        _fault(result, place, message, instead, name, faults)
    result.columns.append(SectionColumn(heading, name, converted.column, converted.exact))


def _fault(result: SectionTable, place: int, message: str, instead: str | None, column: str, faults: FaultList) -> None:
    result.bad.add(place)
    faults.add(Fault("", message, instead, sheet=result.sheet, row=place + 1, column=column))


def _read_codes(
    cells: list[Any], column: str, result: SectionTable, reader: HeadingReader, faults: FaultList
) -> list[str]:
    ids = [cell if isinstance(cell, str) else "" for cell in cells]
    for place in np.flatnonzero(~valid_texts(cells)).tolist():
        ids[place] = ""
        try:
            value = normalise(reader.catalogue["uscc"], cells[place])
        except BadValue as error:
            _fault(result, place, error.message, error.instead, column, faults)
            continue
        if isinstance(value, str):
            ids[place] = value
        else:
            _fault(result, place, "the credit code is missing", "the 18 characters of the licence", column, faults)
    return ids


def _read_years(cells: list[Any], column: str, result: SectionTable, faults: FaultList) -> npt.NDArray[np.int32]:
    years = read_years(cells)
    for place in np.flatnonzero(years == 0).tolist():
        _fault(result, place, f"{cells[place]!r} is not a fiscal year", "four digits, such as 2023", column, faults)
    return years
