"""A blank workbook to fill in: a sheet for each section, with notes, drop-down lists, and 无 where it is usual."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import xlsxwriter

from tidui.facts import catalogue
from tidui.facts.catalogue import YEARLY_SECTIONS, Catalogue
from tidui.rules.values import FactType
from tidui.tables.headings import SECTION_NAMES

#: So many rows are prepared: with drop-down lists, and with 无 where most enterprises have none.
PREPARED_ROWS: Final = 500
#: What can be none but seldom is: not prefilled.
_SELDOM_NONE: Final = frozenset({"field"})
_SHEETS: Final = {
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


def write(path: Path | str) -> None:
    """Write the blank workbook. It reads without faults as it is, as an input of no enterprises."""
    facts = catalogue.load()
    book = xlsxwriter.Workbook(str(path))
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
    for section in SECTION_NAMES:
        _write_section(book.add_worksheet(_SHEETS[section]), section, facts, formats)
    book.close()


def _write_section(worksheet: Any, section: str, facts: Catalogue, formats: dict[str, Any]) -> None:
    worksheet.freeze_panes(1, 2 if section in YEARLY_SECTIONS else 1)
    worksheet.set_row(0, 48)
    worksheet.set_column(0, 0, 22, formats["text"])
    worksheet.write_string(0, 0, facts["uscc"].zh, formats["heading"])
    column = 1
    if section in YEARLY_SECTIONS:
        worksheet.write_string(0, 1, "年度", formats["heading"])
        column = 2
    for name in facts.sections[section]:
        if name != "uscc":
            _write_column(worksheet, column, facts, facts[name], formats)
            column += 1


def _write_column(worksheet: Any, column: int, facts: Catalogue, fact: FactType, formats: dict[str, Any]) -> None:
    label = f"{fact.zh}(元)" if fact.kind == "money" else fact.zh
    worksheet.write_string(
        0, column, f"{label}★" if fact.status else label, formats["status" if fact.status else "heading"]
    )
    worksheet.write_comment(0, column, _note(facts, fact), {"x_scale": 2})
    shown = formats["date"] if fact.kind == "date" else formats["text"] if fact.kind in ("code", "dates") else None
    worksheet.set_column(column, column, 14, shown)
    if fact.can_be_none and fact.name not in _SELDOM_NONE:
        for row in range(1, PREPARED_ROWS + 1):
            worksheet.write_string(row, column, "无", shown)
    choices = _choices(facts, fact)
    if choices:
        options = {"validate": "list", "source": choices, "ignore_blank": True}
        worksheet.data_validation(1, column, PREPARED_ROWS, column, options)


def _note(facts: Catalogue, fact: FactType) -> str:
    lines = [fact.name, _KIND_NOTES[fact.kind]]
    if fact.can_be_none:
        lines.append("没有填 无")
    if facts.notes.get(fact.name):
        lines.append(facts.notes[fact.name])
    return "\n".join(lines)


def _choices(facts: Catalogue, fact: FactType) -> list[str]:
    """What a drop-down list offers: 是 and 否, the codes by their labels, 无 where that is possible."""
    if fact.kind == "bool":
        return ["是", "否"]
    if fact.options:
        labels = facts.options(fact.name)
        offered = [labels.get(option, option) for option in fact.options]
        return [*offered, *(["无"] if fact.can_be_none else [])]
    return []
