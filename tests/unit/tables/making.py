"""Files for the tests: workbooks, CSV and Arrow files with a few enterprises."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import xlsxwriter

from tidui.codes.uscc import check_character
from tidui.facts.faults import Fault, Faults
from tidui.rules.columns import BatchRow
from tidui.tables.reading import Population, open_population

Table = Sequence[Sequence[object]]

YEAR = 2023


def code(number: int) -> str:
    """A valid credit code of no enterprise."""
    body = f"91620100XNY{number:06d}"
    return body + check_character(body)


A, B, C = code(1), code(2), code(3)
ENTERPRISE: Table = [["uscc", "established_on"], [A, dt.date(2015, 3, 1)], [B, dt.date(2020, 6, 30)]]


def workbook(path: Path, **sheets: Table) -> Path:
    """A workbook with these sheets; a text beginning with = is a formula with its value after ⇒."""
    book = xlsxwriter.Workbook(str(path))
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for name, table in sheets.items():
        worksheet = book.add_worksheet(name)
        for row, cells in enumerate(table):
            for column, cell in enumerate(cells):
                if isinstance(cell, str) and cell.startswith("="):
                    formula, _, value = cell.partition("⇒")
                    worksheet.write_formula(row, column, formula, None, value)
                elif isinstance(cell, dt.date):
                    worksheet.write_datetime(row, column, cell, day)
                elif cell is not None:
                    worksheet.write(row, column, cell)
    book.close()
    return path


def csv_file(path: Path, text: str, encoding: str = "utf-8") -> Path:
    """A CSV file with this text."""
    path.write_bytes(text.encode(encoding))
    return path


def arrow_file(path: Path, columns: Mapping[str, object], rows: int = 2) -> Path:
    """A wide Arrow or Parquet file, in record batches of so many rows."""
    table = pa.table(dict(columns))
    if path.suffix == ".parquet":
        pa.parquet.write_table(table, path, row_group_size=rows)
        return path
    with pa.ipc.new_file(str(path), table.schema) as writer:
        writer.write_table(table, max_chunksize=rows)
    return path


def read(path: Path, year: int = YEAR, **options: bool) -> Population:
    """The input of this path."""
    return open_population(path, year=year, **options)


def rows_of(population: Population, batch_rows: int = 65_536) -> dict[str, BatchRow]:
    """Every enterprise that goes on, by its credit code."""
    return {row.id: row for batch in population.batches(batch_rows) for row in batch}


def row_of(path: Path, credit_code: str = A) -> BatchRow:
    """One enterprise of an input without faults."""
    return rows_of(read(path))[credit_code]


def faults_of(path: Path, **options: bool) -> list[Fault]:
    """The faults that an input is refused for."""
    try:
        read(path, **options)
    except Faults as error:
        return list(error.faults)
    return []


def only_fault(path: Path) -> Fault:
    """The one fault that an input is refused for."""
    found = [fault for fault in faults_of(path) if fault.level == "fault"]
    assert len(found) == 1, found
    return found[0]
