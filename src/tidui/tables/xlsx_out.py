"""Writing workbooks, row by row in constant memory."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import xlsxwriter

from tidui.rules.values import NoneValue
from tidui.tables.sheetspec import (
    MAX_CELL_TEXT,
    CellKind,
    ColumnSpec,
    Lang,
    SheetSpec,
    bool_word,
    is_formula,
    none_word,
)

#: Rows of one sheet, the heading included: the limit of the format. Further rows go on another sheet.
MAX_ROWS: Final = 1_048_576
_WIDTHS: Final[dict[CellKind, int]] = {
    "text": 20,
    "money": 18,
    "int": 10,
    "number": 12,
    "share": 10,
    "bool": 8,
    "date": 12,
}
_FORMATS: Final[dict[CellKind, str]] = {
    "money": "#,##0.00",
    "int": "0",
    "number": "#,##0.####",
    "share": "0.00%",
    "date": "yyyy-mm-dd",
}
_BAD_IN_NAMES: Final = str.maketrans(dict.fromkeys("[]:*?/\\", " "))
_MAX_NAME: Final = 31
_MAX_EXACT: Final = 10**15


@dataclass(slots=True)
class _Page:
    """A worksheet that is being written, and how many worksheets its sheet has so far."""

    spec: SheetSpec
    worksheet: Any
    row: int = 1
    parts: int = 1


@dataclass(slots=True)
class WorkbookSink:
    """A workbook: a worksheet for each sheet, with a frozen heading; more than one where rows are too many."""

    path: Path
    sheets: Sequence[SheetSpec]
    lang: Lang
    max_rows: int = MAX_ROWS
    _book: Any = field(init=False)
    _formats: dict[str, Any] = field(init=False)
    _pages: dict[str, _Page] = field(init=False)

    def __post_init__(self) -> None:
        options = {"constant_memory": True, "tmpdir": str(self.path.parent), "strings_to_formulas": False}
        self._book = xlsxwriter.Workbook(str(self.path), options)
        self._book.set_calc_mode("auto")
        self._formats = {kind: self._book.add_format({"num_format": code}) for kind, code in _FORMATS.items()}
        heading = {"bold": True, "bg_color": "#DDEBF7", "bottom": 1, "text_wrap": True, "valign": "top"}
        self._formats["heading"] = self._book.add_format(heading)
        self._formats["quoted"] = self._book.add_format({"quote_prefix": True})
        self._pages = {spec.name: _Page(spec, self._add_worksheet(spec, 1)) for spec in self.sheets}

    def _add_worksheet(self, spec: SheetSpec, part: int) -> Any:
        title = spec.title(self.lang).translate(_BAD_IN_NAMES).strip("'")
        suffix = f" {part}" if part > 1 else ""
        worksheet = self._book.add_worksheet(title[: _MAX_NAME - len(suffix)] + suffix)
        worksheet.freeze_panes(1, 1)
        for index, column in enumerate(spec.columns):
            worksheet.set_column(index, index, column.width or _WIDTHS[column.kind])
        worksheet.set_row(0, 32)
        for index, column in enumerate(spec.columns):
            worksheet.write_string(0, index, column.label(self.lang), self._formats["heading"])
        return worksheet

    def write_rows(self, sheet: str, rows: Iterable[Sequence[object]]) -> None:
        """Append rows to a sheet."""
        page = self._pages[sheet]
        for row in rows:
            if page.row >= self.max_rows:
                page.parts += 1
                page.worksheet, page.row = self._add_worksheet(page.spec, page.parts), 1
            for index, (value, column) in enumerate(zip(row, page.spec.columns, strict=True)):
                self._write(page.worksheet, page.row, index, value, column)
            page.row += 1

    def _write(self, worksheet: Any, row: int, index: int, value: object, column: ColumnSpec) -> None:
        kind = column.kind
        if value is None:
            return
        if isinstance(value, NoneValue):
            worksheet.write_string(row, index, none_word(self.lang))
        elif kind == "bool":
            worksheet.write_string(row, index, bool_word(value, self.lang))
        elif isinstance(value, str):
            self._write_text(worksheet, row, index, value)
        elif isinstance(value, dt.date):
            worksheet.write_datetime(row, index, value, self._formats["date"])
        elif kind == "money" and isinstance(value, int):
            worksheet.write_number(row, index, value / 100, self._formats["money"])
        elif isinstance(value, int) and abs(value) >= _MAX_EXACT:
            worksheet.write_string(row, index, str(value))
        elif isinstance(value, int | float | Fraction):
            worksheet.write_number(row, index, float(value), self._formats.get(kind))
        else:
            self._write_text(worksheet, row, index, str(value))

    def _write_text(self, worksheet: Any, row: int, index: int, text: str) -> None:
        if len(text) > MAX_CELL_TEXT:
            text = text[: MAX_CELL_TEXT - 1] + "…"
        worksheet.write_string(row, index, text, self._formats["quoted"] if is_formula(text) else None)

    def write_arrow(self, sheet: str, table: Any) -> None:
        """Append an Arrow table or record batch."""
        names = [column.name for column in self._pages[sheet].spec.columns]
        self.write_rows(sheet, arrow_rows(table, names))

    def close(self) -> None:
        """Write the workbook."""
        self._book.close()

    def abandon(self) -> None:
        """Leave the workbook unwritten; its temporary files lie beside it and go with its folder."""
        for worksheet in self._book.worksheets():
            worksheet._opt_close()
        self._book.fileclosed = True


def arrow_rows(table: Any, names: Sequence[str]) -> Iterator[tuple[object, ...]]:
    """The rows of an Arrow table or record batch, a slice at a time."""
    size = 8192
    for start in range(0, table.num_rows, size):
        part = table.slice(start, size)
        yield from zip(*(part.column(name).to_pylist() for name in names), strict=True)
