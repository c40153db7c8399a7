"""A blank workbook to fill in: a sheet for each section, with notes, drop-down lists, and 无 where it is usual."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import xlsxwriter

from tidui.codes import divisions, fields, industries
from tidui.codes.money import decimal_text
from tidui.facts import catalogue
from tidui.facts.catalogue import YEARLY_SECTIONS, Catalogue
from tidui.rules.values import FactType, NoneValue
from tidui.tables.collect import column_letter
from tidui.tables.headings import SECTION_NAMES

#: So many rows are prepared: with drop-down lists, and with 无 where most enterprises have none.
PREPARED_ROWS: Final = 500
#: Columns that are no facts: where an enterprise belongs; see `importing.PLACE_COLUMNS`.
PLACE_HEADINGS: Final = {"located_in": "所在开发区", "affiliated_to": "隶属单位"}
#: A list in the validation itself may have so many characters; a longer one stands on a sheet.
_MOST_INLINE: Final = 255
_LISTS: Final = "选项"
#: Their lists are suggestions.
_SUGGESTED: Final = frozenset({"industry", "division"})
#: Its name is that of its prefecture: the code is written instead.
_NO_NAME: Final = frozenset({"620201"})
#: Beyond so many a double does not hold every number of fen.
_MOST_EXACT: Final = 10**15
#: What can be none but seldom is: not prefilled.
_SELDOM_NONE: Final = frozenset({"field"})
SHEET_TITLES: Final = {
    "enterprise": "企业",
    "years": "年度",
    "expert": "专家评分",
    "tax_years": "税务年度",
    "carrier_years": "载体年度",
}
_HELP: Final = (
    "每家企业在“企业”表占一行，其余各表按统一社会信用代码（和年度）对应。",
    "空白表示未知，“无”表示没有；两者不同，不清楚的请留空，不要填 0。",
    "金额按表头括号中的单位填写，可把（元）改为（万元）；日期写作 2023-01-05；一格内多个日期用分号隔开。",
    "标有 ★ 的列由认定部门填写，企业不填。带批注的表头请看批注。",
    "One row for each enterprise on 企业; the other sheets are joined by credit code and year.",
    "A blank cell means unknown, 无 means there is none. What is not known is left blank, never 0.",
)
_KIND_NOTES: Final = {
    "money": "金额，最多两位小数",
    "int": "整数",
    "number": "数字，可有小数",
    "share": "比例，如 0.35 或 35%",
    "bool": "是 或 否",
    "date": "日期，如 2023-01-05",
    "dates": "日期，多个用分号隔开；没有填 无",
    "code": "代码，文本格式",
    "text": "文字",
    "list": "多条用分号隔开，各项用空格隔开；没有填 无",
}


@dataclass(frozen=True, slots=True)
class Shape:
    """Which workbook is written: with columns for where an enterprise belongs, without statuses, with these rows.

    `rows` are values of facts by section, each with the credit code and (where the section is yearly) the year.
    """

    sections: Sequence[str] = tuple(SECTION_NAMES)
    places: bool = False
    statuses: bool = True
    prefill: bool = True
    rows: Mapping[str, Sequence[tuple[str, int | None, Mapping[str, Any]]]] = field(default_factory=dict)


@dataclass(slots=True)
class _Lists:
    """Drop-down lists that are too long for a cell: one column each on a sheet of its own."""

    columns: dict[tuple[str, ...], int] = field(default_factory=dict)

    def source(self, offered: Sequence[str]) -> list[str] | str:
        """What the validation of a cell names as its list."""
        if len(",".join(offered)) <= _MOST_INLINE:
            return list(offered)
        letter = column_letter(self.columns.setdefault(tuple(offered), len(self.columns)))
        return f"='{_LISTS}'!${letter}$1:${letter}${len(offered)}"


def write(path: Path | str, shape: Shape | None = None) -> None:
    """Write the workbook. Blank, it reads without faults as it is, as an input of no enterprises."""
    shape = shape or Shape()
    facts = catalogue.load()
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False})
    formats = {
        "heading": book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#DDEBF7"}),
        "status": book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#E7E6E6"}),
        "text": book.add_format({"num_format": "@"}),
        "date": book.add_format({"num_format": "yyyy-mm-dd"}),
    }
    notes = book.add_worksheet("说明")
    notes.set_column(0, 0, 100)
    for number, line in enumerate(_HELP):
        notes.write_string(number, 0, line)
    lists = _Lists()
    for section in shape.sections:
        _write_section(book.add_worksheet(SHEET_TITLES[section]), section, facts, formats, shape, lists)
    if lists.columns:
        page = book.add_worksheet(_LISTS)
        for offered, column in lists.columns.items():
            page.set_column(column, column, 28)
            page.write_column(0, column, offered, formats["text"])
    book.close()


def _write_section(
    worksheet: Any, section: str, facts: Catalogue, formats: dict[str, Any], shape: Shape, lists: _Lists
) -> None:
    yearly = section in YEARLY_SECTIONS
    worksheet.freeze_panes(1, 2 if yearly else 1)
    worksheet.set_row(0, 48)
    worksheet.set_column(0, 0, 22, formats["text"])
    worksheet.write_string(0, 0, facts["uscc"].zh, formats["heading"])
    column = 1
    if yearly:
        worksheet.write_string(0, 1, "年度", formats["heading"])
        column = 2
    names = [name for name in facts.sections[section] if name != "uscc" and (shape.statuses or not facts[name].status)]
    for name in names:
        _write_column(worksheet, column + names.index(name), facts, facts[name], formats, shape, lists)
    places = list(PLACE_HEADINGS) if shape.places and section == "enterprise" else []
    for place, name in enumerate(places, start=column + len(names)):
        worksheet.write_string(0, place, PLACE_HEADINGS[name], formats["heading"])
        worksheet.set_column(place, place, 18, formats["text"])
    for number, (code, year, row) in enumerate(shape.rows.get(section, ()), start=1):
        worksheet.write_string(number, 0, code, formats["text"])
        if year is not None:
            worksheet.write_number(number, 1, year)
        for place, name in enumerate([*names, *places], start=column):
            _write_value(worksheet, number, place, facts, name, row.get(name), formats)


def _write_column(
    worksheet: Any, column: int, facts: Catalogue, fact: FactType, formats: dict[str, Any], shape: Shape, lists: _Lists
) -> None:
    label = f"{fact.zh}(元)" if fact.kind == "money" else fact.zh
    worksheet.write_string(
        0, column, f"{label}★" if fact.status else label, formats["status" if fact.status else "heading"]
    )
    worksheet.write_comment(0, column, _note(facts, fact), {"x_scale": 2})
    shown = formats["date"] if fact.kind == "date" else formats["text"] if fact.kind in ("code", "dates") else None
    worksheet.set_column(column, column, 14, shown)
    if shape.prefill and fact.can_be_none and fact.name not in _SELDOM_NONE:
        for row in range(1, PREPARED_ROWS + 1):
            worksheet.write_string(row, column, "无", shown)
    choices = _choices(facts, fact)
    if choices:
        offered = lists.source(choices)
        options = {"validate": "list", "source": offered, "ignore_blank": True}
        if fact.name in _SUGGESTED:  # other codes may be typed
            options |= {"error_type": "information", "show_error": False}
        worksheet.data_validation(1, column, PREPARED_ROWS, column, options)


def _write_value(
    worksheet: Any, row: int, column: int, facts: Catalogue, name: str, value: Any, formats: dict[str, Any]
) -> None:
    """Write the value of a fact as a person would: 无 for none, 是 and 否, exactly."""
    if value is None:
        return
    fact = facts[name] if name in facts else None  # noqa: SIM401  a catalogue has no get
    if isinstance(value, NoneValue):
        worksheet.write_string(row, column, "无")
    elif isinstance(value, bool):
        worksheet.write_string(row, column, "是" if value else "否")
    elif isinstance(value, dt.date):
        worksheet.write_datetime(row, column, value, formats["date"])
    elif isinstance(value, tuple):
        worksheet.write_string(row, column, cell_of_list(name, value), formats["text"])
    elif fact is not None and fact.kind == "money":
        text = decimal_text(value)
        if abs(value) < _MOST_EXACT:
            worksheet.write_number(row, column, float(text))
        else:
            worksheet.write_string(row, column, text)
    elif isinstance(value, int) and abs(value) < _MOST_EXACT:
        worksheet.write_number(row, column, value)
    elif isinstance(value, Fraction) and _is_short(value):
        worksheet.write_number(row, column, float(value))
    else:
        worksheet.write_string(row, column, str(value), formats["text"])


def _is_short(value: Fraction) -> bool:
    """Whether the decimal that a cell holds is the number itself."""
    return Fraction(repr(float(value))) == value


def cell_of_list(name: str, value: tuple[Any, ...]) -> str:
    """A list in one cell, as it is read again: days one after the other, records by the names of their fields."""
    if value and isinstance(value[0], dt.date):
        return ";".join(str(day) for day in value)
    kinds = catalogue.load().fields(name)
    return "; ".join(" ".join(f"{part}={_item(kinds[part], item)}" for part, item in record) for record in value)


def _item(fact: FactType, item: Any) -> str:
    if isinstance(item, NoneValue):
        return "无"
    return decimal_text(item) if fact.kind == "money" else str(item)


def _note(facts: Catalogue, fact: FactType) -> str:
    lines = [fact.name, _KIND_NOTES[fact.kind]]
    if fact.can_be_none:
        lines.append("没有填 无")
    if facts.notes.get(fact.name):
        lines.append(facts.notes[fact.name])
    return "\n".join(lines)


def _choices(facts: Catalogue, fact: FactType) -> list[str]:
    """What a drop-down list offers: 是 and 否, labels of codes, divisions and fields by name, 无 if possible."""
    none = ["无"] if fact.can_be_none else []
    if fact.kind == "bool":
        return ["是", "否"]
    if fact.options:
        labels = facts.options(fact.name)
        return [*(labels.get(option, option) for option in fact.options), *none]
    form = facts.forms.get(fact.name)
    if form == "division":
        return list(division_names())
    if form == "field":
        return [*(one.zh for one in fields.SECOND_LEVEL.values()), *none]
    if form == "industry":
        return [f"{one.letter}{number:02d}" for one in industries.SECTIONS for number in range(one.first, one.last + 1)]
    return []


def division_names() -> tuple[str, ...]:
    """The full names of divisions, such as 兰州市城关区, which are read as their codes."""
    table = divisions.table()
    named = (one for one in table.values() if one.code not in _NO_NAME)
    return tuple(one.zh if one.level == "prefecture" else table[one.prefecture].zh + one.zh for one in named)
