"""The file that was handed in, as a workbook with the faulty cells marked: what is wrong and what to write instead."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import xlsxwriter

from tidui.facts.faults import Fault, Faults
from tidui.tables.collect import column_letter
from tidui.tables.delimited import open_delimited
from tidui.tables.sheetspec import MAX_CELL_TEXT, Lang, is_formula
from tidui.tables.workbook import column_index, open_workbook
from tidui.tables.writing import fault_sheet

#: So many cells carry a note; further ones are filled and listed only, or the workbook opens slowly.
MOST_NOTES: Final = 2_000
_LIST_TITLE: Final[Mapping[Lang, str]] = {"zh": "问题清单", "en": "faults"}
_LEVELS: Final[Mapping[Lang, Mapping[str, str]]] = {
    "zh": {"fault": "错误", "warning": "提醒"},
    "en": {"fault": "fault", "warning": "warning"},
}
_INSTEAD: Final[Mapping[Lang, str]] = {"zh": "应当填写：", "en": "Write instead: "}
_FILLS: Final = {"fault": "#F8CBAD", "warning": "#FFE699"}
_FORMATS: Final = {"text": "General", "date": "yyyy-mm-dd", "moment": "yyyy-mm-dd hh:mm", "number": "General"}
_BAD_IN_NAMES: Final = str.maketrans(dict.fromkeys("[]:*?/\\", " "))

#: Faults of the cells of a sheet: by row (from 1), then by column (from 0).
Marks = dict[int, dict[int, list[Fault]]]


@dataclass(slots=True)
class _Writer:
    book: Any
    lang: Lang
    notes: int = 0
    _formats: dict[tuple[str, str], Any] = field(default_factory=dict)

    def format(self, kind: str, level: str) -> Any:
        """The look of a cell of a kind with a fault of a level ("": none)."""
        key = (kind, level)
        if key not in self._formats:
            look: dict[str, Any] = {"num_format": _FORMATS.get(kind, "General")}
            if level:
                look |= {"bg_color": _FILLS[level], "border": 1, "border_color": "#C00000"}
            if kind == "quoted":
                look["quote_prefix"] = True
            self._formats[key] = self.book.add_format(look)
        return self._formats[key]

    def cell(self, page: Any, row: int, column: int, value: object, faults: Sequence[Fault]) -> None:
        """Write one cell (row and column from 0) and what is wrong with it."""
        level = "" if not faults else "fault" if any(one.level == "fault" for one in faults) else "warning"
        if isinstance(value, bool):
            page.write_boolean(row, column, value, self.format("text", level))
        elif isinstance(value, int | float):
            page.write_number(row, column, value, self.format("number", level) if level else None)
        elif isinstance(value, dt.datetime):
            page.write_datetime(row, column, value, self.format("moment", level))
        elif isinstance(value, dt.date):
            page.write_datetime(row, column, value, self.format("date", level))
        elif value is None or value == "":
            if level:
                page.write_blank(row, column, None, self.format("text", level))
        else:
            text = str(value)[:MAX_CELL_TEXT]
            kind = "quoted" if is_formula(text) else "text"
            page.write_string(row, column, text, self.format(kind, level) if level or kind == "quoted" else None)
        if faults and self.notes < MOST_NOTES:
            self.notes += 1
            page.write_comment(row, column, self._note(faults), {"x_scale": 2.5, "y_scale": 1.5})

    def _note(self, faults: Sequence[Fault]) -> str:
        lines = []
        for fault in faults:
            lines.append(fault.message)
            if fault.instead:
                lines.append(_INSTEAD[self.lang] + fault.instead)
        return "\n".join(lines)[:MAX_CELL_TEXT]


def write(source: Path, faults: Sequence[Fault], target: Path, *, lang: Lang = "zh") -> None:
    """Write the marked workbook. A source that cannot be read at all gives the list of faults alone."""
    book = xlsxwriter.Workbook(
        str(target), {"constant_memory": True, "strings_to_formulas": False, "tmpdir": str(target.parent)}
    )
    writer = _Writer(book, lang)
    listed = book.add_worksheet(_LIST_TITLE[lang])
    names: dict[str, str] = {}
    try:
        for name, rows in _sheets(source):
            marks = _marks(faults, name)
            names[name] = _title(name, len(names), {_LIST_TITLE[lang], *names.values()})
            page = book.add_worksheet(names[name])
            page.freeze_panes(1, 1)
            for number, cells in rows:
                row_marks = marks.get(number, {})
                width = max([len(cells), *(column + 1 for column in row_marks)])
                for column in range(width):
                    value = cells[column] if column < len(cells) else None
                    writer.cell(page, number - 1, column, value, row_marks.get(column, ()))
    except Faults:
        pass  # the file is broken: the list says so
    _write_list(listed, faults, names, writer)
    book.close()


def _sheets(source: Path) -> Iterator[tuple[str, Iterable[tuple[int, list[object]]]]]:
    if source.suffix.lower() != ".xlsx":
        grid = open_delimited(source, None)
        yield grid.name, grid.rows()
        return
    book = open_workbook(source)
    try:
        for name in book.names:
            yield name, book.sheet(name, None).rows()
    finally:
        book.close()


def _title(name: str, place: int, taken: set[str]) -> str:
    title = name.translate(_BAD_IN_NAMES)[:31].strip(" '") or f"sheet {place + 1}"
    return title if title not in taken else f"{title[:26]} ({place + 1})"


def _marks(faults: Sequence[Fault], sheet: str) -> Marks:
    marks: Marks = {}
    for fault in faults:
        if fault.sheet == sheet and fault.row is not None:
            marks.setdefault(fault.row, {}).setdefault(_column(fault), []).append(fault)
    return marks


def _column(fault: Fault) -> int:
    """The column (from 0) that a fault names by its letter; the first where it names the row alone."""
    letters = (fault.column or "").partition(" ")[0]
    return column_index(letters.encode()) if letters.isascii() and letters.isalpha() and letters.isupper() else 0


def _write_list(page: Any, faults: Sequence[Fault], names: Mapping[str, str], writer: _Writer) -> None:
    spec = fault_sheet()
    heading = writer.book.add_format({"bold": True, "bg_color": "#DDEBF7", "bottom": 1})
    link = writer.book.get_default_url_format()
    page.freeze_panes(1, 0)
    for index, column in enumerate(spec.columns):
        page.set_column(index, index, column.width)
        page.write_string(0, index, column.label(writer.lang), heading)
    for number, fault in enumerate(faults, start=1):
        writer.cell(page, number, 0, _LEVELS[writer.lang][fault.level], ())
        writer.cell(page, number, 1, fault.sheet, ())
        if fault.row is not None and fault.sheet is not None and fault.sheet in names:
            cell = f"{column_letter(_column(fault))}{fault.row}"
            quoted = names[fault.sheet].replace("'", "''")
            page.write_url(number, 2, f"internal:'{quoted}'!{cell}", link, str(fault.row))
        else:
            writer.cell(page, number, 2, fault.row, ())
        for index, value in enumerate((fault.column, fault.place, fault.message, fault.instead), start=3):
            writer.cell(page, number, index, value, ())
