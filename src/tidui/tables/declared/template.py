"""Blank workbooks of a declared shape: headings, notes, drop-down lists; with example rows where they are wanted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import xlsxwriter

from tidui.tables.collect import column_letter
from tidui.tables.declared import DeclaredColumn, DeclaredSheet, book
from tidui.tables.sheetspec import Lang
from tidui.tables.template import division_names

#: So many rows have drop-down lists.
PREPARED_ROWS: Final = 500
_BAD_IN_NAMES: Final = str.maketrans(dict.fromkeys("[]:*?/\\", " "))
#: A list in the validation itself may have so many characters; a longer one stands on a sheet.
_MOST_INLINE: Final = 255
_NOTES: Final[Mapping[str, Mapping[Lang, str]]] = {
    "money": {"zh": "金额，单位见表头", "en": "an amount in the unit of the heading"},
    "date": {"zh": "日期，如 2023-01-05", "en": "a date, such as 2023-01-05"},
    "year": {"zh": "四位年份", "en": "a year of four digits"},
    "number": {"zh": "数字，可有小数", "en": "a number, decimals allowed"},
    "bool": {"zh": "是 或 否", "en": "yes or no"},
    "code": {"zh": "18位，文本格式", "en": "18 characters, as text"},
    "labels": {"zh": "多个用分号隔开", "en": "several, separated by semicolons"},
    "long": {"zh": "不超过400字", "en": "at most 400 characters"},
}
_REQUIRED: Final[Mapping[Lang, str]] = {"zh": "必填", "en": "required"}
_COMPUTED: Final[Mapping[Lang, str]] = {
    "zh": "自动合计，可留空；填写的将与明细核对",
    "en": "a total; may be left blank, and is compared if given",
}
_TITLES: Final = {"help": "说明", "lists": "选项"}


#: Rows of values by sheet: options by their codes, amounts in the unit of the headings.
Rows = Mapping[str, Sequence[Mapping[str, Any]]]


def write(
    path: Path | str,
    name: str,
    *,
    examples: bool = False,
    rows: Rows | None = None,
    notes: Sequence[str] = (),
    lang: Lang = "zh",
) -> None:
    """Write a workbook of this name: blank, with its example rows, or with `rows`; `notes` stand on its first sheet.

    It reads without faults as it is.
    """
    declared = book(name)
    workbook = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False})
    formats = _formats(workbook)
    cover = workbook.add_worksheet(_TITLES["help"])
    cover.set_column(0, 0, 100)
    for number, line in enumerate([*notes, *declared.help["zh"], *declared.help["en"]]):
        cover.write_string(number, 0, line)
    pages = [(sheet, workbook.add_worksheet(sheet_title(sheet.zh))) for sheet in declared.sheets.values()]
    lists = Lists(workbook)
    for sheet, page in pages:
        given = rows.get(sheet.name, ()) if rows is not None else sheet.examples if examples else ()
        _write_sheet(page, sheet, formats, lists, given, lang)
    lists.finish()
    workbook.close()


def sheet_title(title: str) -> str:
    """A title as a worksheet can carry it: without brackets and slashes, at most 31 characters."""
    return title.translate(_BAD_IN_NAMES)[:31].strip()


def _formats(workbook: Any) -> dict[str, Any]:
    heading = {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1}
    return {
        "heading": workbook.add_format({**heading, "bg_color": "#DDEBF7"}),
        "required": workbook.add_format({**heading, "bg_color": "#FCE4D6"}),
        "computed": workbook.add_format({**heading, "bg_color": "#E7E6E6"}),
        "text": workbook.add_format({"num_format": "@"}),
        "date": workbook.add_format({"num_format": "yyyy-mm-dd"}),
        "money": workbook.add_format({"num_format": "#,##0.00####"}),
    }


class Lists:
    """What drop-down lists offer, where it is too long for the cell: one column each on a sheet of its own."""

    def __init__(self, workbook: Any) -> None:
        self._workbook = workbook
        self._columns: dict[tuple[str, ...], int] = {}

    def source(self, offered: Sequence[str]) -> list[str] | str:
        """What the validation of a cell names as its list."""
        if len(",".join(offered)) <= _MOST_INLINE and not any("," in one for one in offered):
            return list(offered)
        place = self._columns.setdefault(tuple(offered), len(self._columns))
        letter = column_letter(place)
        return f"='{_TITLES['lists']}'!${letter}$1:${letter}${len(offered)}"

    def finish(self) -> None:
        """Write the sheet, if any list stands there."""
        if not self._columns:
            return
        page = self._workbook.add_worksheet(_TITLES["lists"])
        for offered, place in self._columns.items():
            page.set_column(place, place, 30)
            for row, one in enumerate(offered):
                page.write_string(row, place, one)


def _write_sheet(
    page: Any,
    sheet: DeclaredSheet,
    formats: Mapping[str, Any],
    lists: Lists,
    given: Sequence[Mapping[str, Any]],
    lang: Lang,
) -> None:
    page.freeze_panes(1, 2)
    page.set_row(0, 48)
    for index, column in enumerate(sheet.columns):
        style = "computed" if column.computed or column.ignored else "required" if column.required else "heading"
        page.write_string(0, index, column.heading, formats[style])
        page.set_column(index, index, column.width, formats[_shown(column)] if _shown(column) else None)
        note = _note(column, lang)
        if note:
            page.write_comment(0, index, note, {"x_scale": 2})
        offered = choices(column)
        if offered:
            strict = column.kind != "options"
            options = {
                "validate": "list", "source": lists.source(offered), "ignore_blank": True,
                "error_type": "stop" if strict else "information", "show_error": strict,
            }  # fmt: skip
            page.data_validation(1, index, PREPARED_ROWS, index, options)
        elif column.kind == "long":
            limit = {"validate": "length", "criteria": "<=", "value": 400, "ignore_blank": True}
            page.data_validation(1, index, PREPARED_ROWS, index, limit)
    for number, row in enumerate(given, start=1):
        write_row(page, number, sheet, row, formats)


def _shown(column: DeclaredColumn) -> str:
    if column.kind in ("code", "label", "labels", "text", "option", "options"):
        return "text"
    return column.kind if column.kind in ("date", "money") else ""


def _note(column: DeclaredColumn, lang: Lang) -> str:
    lines = [_REQUIRED[lang]] if column.required else []
    if column.computed:
        lines.append(_COMPUTED[lang])
    if column.kind in _NOTES:
        lines.append(_NOTES[column.kind][lang])
    if lang in column.note:
        lines.append(column.note[lang])
    lines.extend(words[lang] for words in column.refused.values())
    return "\n".join(lines)


def choices(column: DeclaredColumn) -> list[str]:
    """What the drop-down list of a column offers: options without those that are refused, 是 and 否, divisions."""
    if column.kind == "bool":
        return ["是", "否"]
    if column.kind == "division":
        return list(division_names())
    return [label for code, label in column.options.items() if code not in column.refused]


def write_row(page: Any, number: int, sheet: DeclaredSheet, row: Mapping[str, Any], formats: Mapping[str, Any]) -> None:
    """Write one row of values: options by their labels, dates as dates, money as given (in the unit of the heading)."""
    for index, column in enumerate(sheet.columns):
        value = row.get(column.name)
        if value is None:
            continue
        if column.kind in ("option", "options"):
            codes = value.split(";") if isinstance(value, str) else value
            page.write_string(number, index, ";".join(column.options[code] for code in codes), formats["text"])
        elif isinstance(value, bool):
            page.write_string(number, index, "是" if value else "否")
        elif isinstance(value, int | float):
            page.write_number(number, index, value, formats["money"] if column.kind == "money" else None)
        elif isinstance(value, list | tuple):
            page.write_string(number, index, ";".join(value), formats["text"])
        elif isinstance(value, str):
            page.write_string(number, index, value, formats["text"])
        else:
            page.write_datetime(number, index, value, formats["date"])
