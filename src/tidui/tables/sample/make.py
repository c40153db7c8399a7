"""Writing the sample workbook: `python -m tidui.tables.sample.make [PATH]`."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import xlsxwriter

from tidui.facts import catalogue
from tidui.rules.values import FactType, NoneValue
from tidui.tables.sample import WORKBOOK
from tidui.tables.sample.invent import COUNT, SCREENED_ON, YEARS, Invented, Row, invent

_NOTE: Final = (
    f"本工作簿中的 {COUNT} 家企业全部为虚构，名称、代码、数字均由程序生成，与任何真实企业无关。",
    f"All {COUNT} enterprises in this workbook are fictional: names, codes and figures were made by a program.",
    f"数据年度 {YEARS[0]} 至 {YEARS[-1]}，按 {SCREENED_ON} 试算。金额单位为元；空白为未知，“无”为没有。",
    f"Figures of {YEARS[0]} to {YEARS[-1]}, for screening on {SCREENED_ON}. A blank cell is unknown, 无 is none.",
)
_SHEETS: Final = {
    "enterprise": "企业",
    "years": "年度",
    "expert": "专家评分",
    "tax_years": "税务年度",
    "carrier_years": "载体年度",
}
_CREATED: Final = dt.datetime(2026, 6, 30)


def rows_of(made: Iterable[Invented], section: str) -> Iterator[tuple[str, int | None, Row]]:
    """The rows of a section: credit code, year (None where the section has none), facts."""
    for one in made:
        code = str(one.enterprise["uscc"])
        if section == "enterprise":
            yield code, None, one.enterprise
        elif section == "expert":
            if one.expert:
                yield code, None, one.expert
        else:
            for year, row in sorted(getattr(one, section).items()):
                yield code, year, row


def table_of(made: Sequence[Invented], section: str) -> list[list[object]]:
    """The cells of a sheet, its headings first."""
    facts = catalogue.load()
    rows = list(rows_of(made, section))
    used = {name for _, _, row in rows for name in row}
    names = [name for name in facts.sections[section] if name in used and name != "uscc"]
    yearly = section in catalogue.YEARLY_SECTIONS
    heads: list[object] = [facts["uscc"].zh, *(["年度"] if yearly else []), *(heading(facts[name]) for name in names)]
    table = [heads]
    for code, year, row in rows:
        keys: list[object] = [code, year] if yearly else [code]
        table.append([*keys, *(cell(row.get(name)) for name in names)])
    return table


def heading(fact: FactType) -> str:
    """The heading of a column: the label, with the unit where it is money."""
    return f"{fact.zh}(元)" if fact.kind == "money" else fact.zh


def cell(value: object) -> object:
    """What stands in a cell: 无 for none, 是 and 否, dates in a list one after the other."""
    if isinstance(value, NoneValue):
        return "无"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, tuple):
        return ";".join(str(day) for day in value)
    return value


def write(path: Path) -> None:
    """Write the sample. The same cells come out every time."""
    made = invent()
    book = xlsxwriter.Workbook(str(path))
    book.set_properties({"title": "Tidui 样例（企业全部为虚构）", "created": _CREATED})
    formats = {
        "heading": book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#DDEBF7"}),
        "date": book.add_format({"num_format": "yyyy-mm-dd"}),
    }
    note = book.add_worksheet("说明")
    note.set_column(0, 0, 110)
    for number, line in enumerate(_NOTE):
        note.write_string(number, 0, line)
    for section, title in _SHEETS.items():
        _write_sheet(book.add_worksheet(title), table_of(made, section), formats)
    book.close()


def _write_sheet(worksheet: Any, table: list[list[object]], formats: dict[str, Any]) -> None:
    worksheet.freeze_panes(1, 2)
    worksheet.set_column(0, 0, 22)
    worksheet.set_column(1, len(table[0]) - 1, 15)
    worksheet.write_row(0, 0, table[0], formats["heading"])
    for number, row in enumerate(table[1:], start=1):
        for index, value in enumerate(row):
            if value is None:
                continue
            if isinstance(value, dt.date):
                worksheet.write_datetime(number, index, value, formats["date"])
            elif isinstance(value, str):
                worksheet.write_string(number, index, value)
            else:
                worksheet.write_number(number, index, value)


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else WORKBOOK)
