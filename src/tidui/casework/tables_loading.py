"""A whole table at once: pasted from a spreadsheet program, or from a workbook or CSV file; and the template for it.

The first line with the columns' titles is the heading; without one the columns are taken in their order. A heading may
say the unit of an amount, `（元）` or `（万元）`; 万元 is meant where it says none.
"""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import io
import itertools
import re
import unicodedata
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import xlsxwriter
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tidui.casework.permissions import applicant
from tidui.casework.programme import Column, Programme, Table
from tidui.casework.tables import number_of
from tidui.casework.tables_cells import same
from tidui.codes.fields import SECOND_LEVEL
from tidui.facts.faults import Fault, Faults
from tidui.kit import files, formats, lang
from tidui.registry.assessing import told
from tidui.tables.delimited import open_delimited
from tidui.tables.workbook import open_workbook

#: The kind of file that a table is loaded from; nothing of it is kept but the rows.
KIND: Final = "casework.table"
#: Characters that are pasted at most, and lines in which a heading is looked for.
MOST_PASTED: Final = 500_000
_HEAD: Final = 10
_UNIT: Final = re.compile(
    r"(?:[(（]?(万?元)[)）]?|\s*[(（](?:(yuan)|10,?000 ?yuan|10k ?yuan|[¥\u00a5]10,?000)[)）])$", re.IGNORECASE
)
_NUMBER: Final = frozenset({"编号", "序号", "number", "no", "no."})  # tidui: data
_PREPARED: Final = 500
_LISTS: Final = "选项"  # tidui: data
#: Lists of this length at most stand in the cell itself.
_INLINE: Final = 250

files.define(
    files.Kind(
        KIND, gettext_lazy("申报表格"), accepts=("xlsx", "csv"), limit=10 * files.MB,
        may_add=lambda user: applicant(user, None), sensitive=True,
    )
)  # fmt: skip

Line = list[str]


class NotRead(ValueError):
    """Why nothing could be taken; the text is for the person."""


@dataclass(slots=True)
class Loaded:
    """Rows as texts by column, and headings that no column has."""

    rows: list[dict[str, str]] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


# ---------------------------------------------------------------------- reading
def of_text(table: Table, text: str) -> Loaded:
    """What was pasted: columns apart by tabs, or by commas where there is no tab."""
    if len(text) > MOST_PASTED:
        raise NotRead(_("粘贴的内容太长，请分几次粘贴，或者上传文件。"))
    separator = "\t" if "\t" in text else ","
    try:
        lines = [[cell.strip() for cell in line] for line in csv.reader(io.StringIO(text), delimiter=separator)]
    except csv.Error:
        raise NotRead(_("粘贴的内容无法识别，请检查引号是否成对。")) from None
    return of_lines(table, lines)


def of_file(table: Table, path: Path, name: str) -> Loaded:
    """The sheet of a workbook that is called like the table, else its first; or a CSV file.

    No more is read than tells that it is too much: a small file may hold millions of lines.
    """
    try:
        with contextlib.closing(_grid(table, path, name)) as lines:
            filled = list(itertools.islice(filter(any, lines), table.most + _HEAD + 1))
        return of_lines(table, filled)
    except Faults as wrong:
        said = told(wrong.faults[0] if wrong.faults else Fault("", "cannot be read"))
        raise NotRead(_("，").join(part for part in (said.message, said.instead) if part)) from None


def _grid(table: Table, path: Path, name: str) -> Generator[Line, None, None]:
    if name.lower().endswith(".csv"):
        for _number, cells in open_delimited(path, None).rows():
            yield [_plain(cell) for cell in cells]
        return
    book = open_workbook(path)
    try:
        wanted = {same(table.title.zh), same(table.title.en)}
        called = next((one for one in book.names if same(one) in wanted), book.names[0] if book.names else None)
        if called is None:
            raise NotRead(_("工作簿中没有可以读取的工作表。"))
        for _number, cells in book.sheet(called, None).rows():
            yield [_plain(cell) for cell in cells]
    finally:
        book.close()


def _plain(cell: object) -> str:
    """A cell of a workbook as it would be typed."""
    if isinstance(cell, bool):
        return "是" if cell else "否"  # tidui: data
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat()
    if isinstance(cell, dt.date):
        return cell.isoformat()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 10**15 else repr(cell)
    return "" if cell is None else str(cell).strip()


def of_lines(table: Table, lines: Sequence[Line]) -> Loaded:
    """The rows that lines of cells make. NotRead where there are none, or more than the table takes."""
    filled = [line for line in lines if any(line)]
    found = Loaded()
    place, columns = _heading(table, filled, found)
    for line in filled[place:]:
        row = {
            column.name: _with_unit(column, text, unit)
            for (column, unit), text in zip(columns, line, strict=False)
            if column is not None and text
        }
        if row:
            found.rows.append(row)
    if not found.rows:
        raise NotRead(_("没有读到任何一行内容。"))
    if len(found.rows) > table.most:
        raise NotRead(_("最多 %(most)s 行，读到 %(count)s 行") % {"most": table.most, "count": len(found.rows)})
    return found


Placed = list[tuple["Column | None", str]]


def _heading(table: Table, lines: Sequence[Line], found: Loaded) -> tuple[int, Placed]:
    """From which line the rows begin, and which column each cell of a line is of."""
    titles = {same(name): column for column in table.columns for name in (column.title.zh, column.title.en)}
    for place, line in enumerate(lines[:_HEAD]):
        named = [_titled(titles, cell) for cell in line]
        if sum(column is not None for column, _unit in named) >= min(2, len(table.columns)):
            found.unknown = [
                cell for cell, (column, _unit) in zip(line, named, strict=True)
                if column is None and cell and same(cell) not in _NUMBER
            ]  # fmt: skip
            return place + 1, named
    return 0, [(column, "") for column in table.columns]


def _titled(titles: dict[str, Column], cell: str) -> tuple[Column | None, str]:
    plain = unicodedata.normalize("NFKC", cell).strip().removesuffix("*").strip()
    unit = _UNIT.search(plain)
    column = titles.get(same(plain)) or titles.get(same(_UNIT.sub("", plain)))
    if unit is None or column is None or column.kind != "money":
        return column, ""
    return column, unit[1] or ("元" if unit[2] else "万元")


def _with_unit(column: Column, text: str, unit: str) -> str:
    return f"{text}元" if unit == "元" and column.kind == "money" and not text.endswith("元") else text


# ---------------------------------------------------------------------- the template
def write_template(path: Path, owner: Programme, table: Table, rows: Iterable[Sequence[str]] = ()) -> None:
    """A workbook with the columns of a table, their choices as drop-down lists, and rows that are there already."""
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False})
    try:
        page = book.add_worksheet(str(table.title)[:31])
        lists = book.add_worksheet(_LISTS)
        lists.hide()
        text = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
        page.freeze_panes(1, 1)
        page.set_row(0, 34)
        for index, column in enumerate(table.columns):
            _head(book, page, index, column, owner)
            page.set_column(index, index, 40 if column.kind == "text" else 20, text)
            _choices(page, lists, index, column)
        for number, cells in enumerate(rows, start=1):
            for index, said in enumerate(cells):
                page.write_string(number, index, said, text)
    finally:
        book.close()


def heading_of(column: Column) -> str:
    """A column's heading: its title, with the unit of an amount."""
    title = str(column.title)
    return _("%(title)s（万元）") % {"title": title} if column.kind == "money" else title


def _head(book: Any, page: Any, index: int, column: Column, owner: Programme) -> None:
    colour = "#FCE4D6" if column.required else "#DDEBF7"
    style = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "bg_color": colour})
    page.write_string(0, index, heading_of(column), style)
    page.write_comment(0, index, note_of(column, owner), {"x_scale": 2})


def _first_numbers(column: Column, owner: Programme) -> list[str]:
    """The numbers of the first rows that a column may refer to."""
    table = owner.form.table(column.refs)
    return [number_of(table, key) for key in (1, 2)] if table is not None else []


def note_of(column: Column, owner: Programme) -> str:
    """How a column is filled in."""
    said = {
        "money": _("金额以万元填写"), "date": _("日期写作 2025-06-30"), "year": _("四位年份"), "number": _("数字"),
        "choice": _("从列表中选一项"), "choices": _("从列表中选，可多项，用顿号分开"), "field": _("从列表中选二级领域"),
        "refs": _("填编号，多个用顿号分开，如 %(number)s") % {"number": _("、").join(_first_numbers(column, owner))},
        "tick": _("填“是”或留空"),
    }.get(column.kind, _("最多 %(most)s 字") % {"most": column.most})  # fmt: skip
    return _("%(said)s，必填") % {"said": said} if column.required else said


def options_of(column: Column) -> list[tuple[str, str]]:
    """What can be chosen in a column: value and words."""
    if column.kind == "field":
        return [(one.code, f"{one.code} {lang.of(one.zh, one.en)}") for one in SECOND_LEVEL.values()]
    return [(code, str(title)) for code, title in column.options]


def _choices(page: Any, lists: Any, index: int, column: Column) -> None:
    offered = [words for _code, words in options_of(column)]
    if column.kind == "tick":
        offered = [formats.yes_no(True)]
    if not offered:
        return
    source: Any = offered
    if len(",".join(offered)) > _INLINE or any("," in one for one in offered):
        for row, words in enumerate(offered):
            lists.write_string(row, index, words)
        letter = chr(ord("A") + index)
        source = f"={_LISTS}!${letter}$1:${letter}${len(offered)}"
    page.data_validation(
        1, index, _PREPARED, index, {"validate": "list", "source": source, "error_type": "warning"}
    )
