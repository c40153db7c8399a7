"""Workbooks that leave the site: marked with who took them and when, with nothing in them that runs.

A workbook begins with a sheet that says who exported what, when, by which conditions, how many rows; every data sheet
says so again above its headings and in its printed header and footer. Texts are written as texts, never as formulas.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, Literal

import xlsxwriter
from django.utils.translation import gettext as _

from tidui.kit import clock, formats

Kind = Literal["text", "code", "money", "int", "number", "share", "date", "moment", "bool", "badge"]

#: Rows of one sheet in this format, and characters of one cell.
MAX_ROWS: Final = 1_048_576
MAX_CELL: Final = 32_767
_HEAD_ROWS: Final = 2
_FORMULA: Final = re.compile("^[\\s\ufeff\u200b]*[=+\\-@＝＋－＠\t\r\n|%]")
#: What XML cannot hold.
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_BAD_IN_NAMES: Final = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))
_MAX_NAME: Final = 31
#: Beyond this a double does not hold every whole number.
_MAX_EXACT: Final = 10**15
_WIDTHS: Final[dict[str, int]] = {
    "text": 24, "code": 22, "money": 18, "int": 12, "number": 14, "share": 10, "date": 12, "moment": 17, "bool": 8,
    "badge": 14,
}  # fmt: skip
_FORMATS: Final[dict[str, str]] = {
    "money": "#,##0.00",
    "int": "#,##0",
    "number": "#,##0.####",
    "share": "0.00%",
    "date": "yyyy-mm-dd",
    "moment": "yyyy-mm-dd hh:mm",
    "code": "@",
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a sheet. Money is whole fen here and yuan in the sheet; a share is a fraction of one."""

    label: Any
    kind: Kind = "text"
    width: int | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet: its rows are read once, in order, and never all held."""

    title: Any
    columns: Sequence[Column]
    rows: Iterable[Sequence[Any]]


def is_formula(text: str) -> bool:
    """Whether a spreadsheet program might run this text."""
    return _FORMULA.match(text) is not None


def safe_text(text: str) -> str:
    """A text as a CSV file may hold it: what might run gets an apostrophe before it."""
    clean = _CONTROL.sub("", text)
    return f"'{clean}" if is_formula(clean) else clean


def csv_lines(columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """The lines of a CSV file for a spreadsheet program: with a byte order mark, values as they are shown."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)

    def taken() -> str:
        line = buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
        return line

    writer.writerow([safe_text(_label(column)) for column in columns])
    yield "\ufeff" + taken()
    for row in rows:
        writer.writerow([_csv_cell(column, value) for column, value in zip(columns, row, strict=True)])
        yield taken()


def _csv_cell(column: Column, value: Any) -> str:
    if value is None:
        return ""
    if column.kind == "money":
        return formats.money(value, "bare").replace(",", "")
    if column.kind in ("int", "number") and isinstance(value, int | float | Fraction):
        return formats.number(value).replace(",", "")
    if column.kind == "share" and isinstance(value, int | float | Fraction):
        return formats.share(value)
    if column.kind == "bool":
        return formats.yes_no(value)
    if isinstance(value, dt.datetime):
        return formats.moment(value)
    return safe_text(str(value))


def _label(column: Column) -> str:
    label = formats.heading(column.label)
    return f"{label}{_('(元)')}" if column.kind == "money" else label


def workbook(
    path: Path,
    sheets: Sequence[Sheet],
    *,
    by: Any,
    at: dt.datetime,
    conditions: Sequence[str] = (),
    notes: Sequence[str] = (),
    progress: Callable[[int], None] | None = None,
) -> int:
    """Write a marked workbook; how many rows of data it holds. Memory does not grow with the rows."""
    options = {
        "constant_memory": True,
        "tmpdir": str(path.parent),
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": True,
    }
    book = _Book(xlsxwriter.Workbook(str(path), options), by=by, at=at, progress=progress)
    about = book.page(_("导出说明"))
    try:
        counts = [(str(sheet.title), book.write(sheet)) for sheet in sheets]
        book.about(about, counts, conditions, notes)
        book.book.worksheets()[min(1, len(sheets))].activate()
    finally:
        book.book.close()
    return sum(count for _title, count in counts)


class _Book:
    """A workbook that is being written."""

    def __init__(self, book: Any, *, by: Any, at: dt.datetime, progress: Callable[[int], None] | None) -> None:
        self.book = book
        self.by = by
        self.at = at
        self.mark = watermark(by, at)
        self.progress = progress
        self.done = 0
        self.names: set[str] = set()
        book.set_properties({"author": str(by), "created": at.astimezone(clock.LEGAL_ZONE).replace(tzinfo=None)})
        self.formats = {kind: book.add_format({"num_format": code}) for kind, code in _FORMATS.items()}
        self.quoted = book.add_format({"quote_prefix": True})
        self.marked = book.add_format({"italic": True, "font_color": "#666666"})
        self.bold = book.add_format({"bold": True})
        heading = {"bold": True, "bg_color": "#DDEBF7", "bottom": 1, "text_wrap": True, "valign": "top"}
        self.heading = book.add_format(heading)

    def page(self, title: str) -> Any:
        """A new worksheet whose printed pages say who took it, with a name that the format allows once."""
        plain = _CONTROL.sub("", title.translate(_BAD_IN_NAMES)).strip() or "-"
        name, number = plain[:_MAX_NAME], 1
        while name.lower() in self.names:
            number += 1
            name = f"{plain[: _MAX_NAME - len(str(number)) - 1]} {number}"
        self.names.add(name.lower())
        worksheet = self.book.add_worksheet(name)
        mark = self.mark.replace("&", "&&")[:200]
        worksheet.set_header(f"&C&8{mark}")
        worksheet.set_footer(f"&L&8{mark}&R&8&P / &N")
        worksheet.set_landscape()
        worksheet.fit_to_pages(1, 0)
        return worksheet

    def write(self, sheet: Sheet) -> int:
        """Write a sheet, on further worksheets where it is too long for one; how many rows it has."""
        count, row = 0, MAX_ROWS
        worksheet: Any = None
        writers = [self._writer(column.kind) for column in sheet.columns]
        for values in sheet.rows:
            if row >= MAX_ROWS:
                worksheet, row = self._begin(sheet), _HEAD_ROWS
            for index, value in enumerate(values):
                if value is not None and value != "":
                    writers[index](worksheet, row, index, value)
            row += 1
            count += 1
            self.done += 1
            if self.progress is not None and self.done % 500 == 0:
                self.progress(self.done)
        if worksheet is None:
            self._begin(sheet)
        return count

    def _begin(self, sheet: Sheet) -> Any:
        worksheet = self.page(str(sheet.title))
        for index, column in enumerate(sheet.columns):
            worksheet.set_column(index, index, column.width or _WIDTHS[column.kind])
        self._text(worksheet, 0, 0, self.mark, self.marked)
        worksheet.set_row(1, 32)
        for index, column in enumerate(sheet.columns):
            self._text(worksheet, 1, index, _label(column), self.heading)
        worksheet.freeze_panes(_HEAD_ROWS, 1)
        worksheet.repeat_rows(1)
        return worksheet

    def _writer(self, kind: Kind) -> Callable[[Any, int, int, Any], None]:
        """How cells of a kind are written; a value of another type than expected is written as text."""
        style = self.formats.get(kind)

        def text(worksheet: Any, row: int, index: int, value: Any) -> None:
            self._text(worksheet, row, index, str(value), style if kind == "code" else None)

        def number(worksheet: Any, row: int, index: int, value: Any) -> None:
            counts = isinstance(value, int | float | Fraction) and not isinstance(value, bool)
            if counts and -_MAX_EXACT < value < _MAX_EXACT:
                worksheet.write_number(row, index, float(value), style)
            else:
                text(worksheet, row, index, value)

        def money(worksheet: Any, row: int, index: int, value: Any) -> None:
            if isinstance(value, int) and abs(value) < _MAX_EXACT:
                worksheet.write_number(row, index, value / 100, style)
            else:
                text(worksheet, row, index, value)

        def day(worksheet: Any, row: int, index: int, value: Any) -> None:
            if isinstance(value, dt.datetime) and value.tzinfo is not None:
                value = value.astimezone(clock.LEGAL_ZONE).replace(tzinfo=None, microsecond=0)
            if isinstance(value, dt.datetime) and kind == "date":
                value = value.date()
            if isinstance(value, dt.date) and value.year >= 1900:
                worksheet.write_datetime(row, index, value, style)
            else:
                text(worksheet, row, index, value)

        def known(worksheet: Any, row: int, index: int, value: Any) -> None:
            worksheet.write_string(row, index, formats.yes_no(bool(value)))

        makers = {"money": money, "int": number, "number": number, "share": number, "date": day, "moment": day}
        return known if kind == "bool" else makers.get(kind, text)

    def _text(self, worksheet: Any, row: int, index: int, text: str, style: Any = None) -> None:
        text = _CONTROL.sub("", text)
        if len(text) > MAX_CELL:
            text = text[: MAX_CELL - 1] + "…"
        worksheet.write_string(row, index, text, self.quoted if style is None and is_formula(text) else style)

    def about(
        self, worksheet: Any, counts: Sequence[tuple[str, int]], conditions: Sequence[str], notes: Sequence[str]
    ) -> None:
        """Fill the first sheet, whose row counts are only known at the end."""
        worksheet.set_column(0, 0, 16)
        worksheet.set_column(1, 1, 90)
        lines = [
            (_("导出人"), f"{self.by} ({self.by.get_username()})"),
            (_("导出时间"), formats.moment(self.at)),
            *((_("行数"), f"{title} {count}") for title, count in counts),
            *((_("条件"), line) for line in (conditions or [_("全部")])),
            *((_("说明"), line) for line in notes),
            (_("提示"), _("本文件含有工作数据，只限经办范围内使用；每次导出均有记录。")),
        ]
        for row, (label, text) in enumerate(lines):
            self._text(worksheet, row, 0, str(label), self.bold)
            self._text(worksheet, row, 1, str(text))


def watermark(by: Any, at: dt.datetime) -> str:
    """Who took a file, and when."""
    return _("导出人 %(who)s，导出时间 %(when)s") % {"who": by, "when": formats.moment(at)}
