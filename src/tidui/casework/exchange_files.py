"""Lists and answers as files: an .xlsx workbook or a CSV file in the layout that the purpose declares.

The first row names the layout, the list and its digest; the second has the headings; then there is one row for each
enterprise. What is to be answered stands in the last columns: whoever answers fills them in and sends the file back.
The headings are Chinese whatever the language of the page. docs/developers/exchange-layouts.md describes all of it.
"""

from __future__ import annotations

import csv
import datetime as dt
import itertools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import xlsxwriter
from django.utils.translation import gettext_lazy as _

from tidui.casework.exchanging import Answer, Column, Purpose, RowFault
from tidui.casework.models import Exchange, ExchangeRow
from tidui.codes import money as amounts
from tidui.codes import numbers, uscc
from tidui.codes.faults import BadValue
from tidui.facts.faults import Faults
from tidui.kit import exports, files
from tidui.kit.classified import REFUSAL
from tidui.kit.lang import Pair
from tidui.tables.delimited import open_delimited
from tidui.tables.workbook import open_workbook

LAYOUT: Final = "清单格式"  # tidui: data
LIST: Final = "清单编号"  # tidui: data
COUNT: Final = "家数"  # tidui: data
DIGEST: Final = "内容摘要"  # tidui: data
SERIAL: Final = Column("serial", Pair("序号", "no."), "int", width=6)  # tidui: data
USCC: Final = Column("uscc", Pair("统一社会信用代码", "credit code"), "code", width=22)  # tidui: data
NAME: Final = Column("name", Pair("单位名称", "name"), width=36)  # tidui: data
OUTCOME: Final = Column("outcome", Pair("回复结论", "answer"), width=14)  # tidui: data
WHY: Final = "未采用原因"  # tidui: data
_GUIDE: Final = "填写说明"  # tidui: data
_YES: Final = ("是", "yes", "true", "1")  # tidui: data
_NO: Final = ("否", "no", "false", "0")  # tidui: data
_DAY: Final = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?")  # tidui: data

#: The headings are looked for in so many rows from the top.
HEAD_ROWS: Final = 20
#: A file with more rows is no answer to any list.
MOST_ROWS: Final = 200_000
#: What the format of a workbook cannot hold.
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_SCIENTIFIC: Final = re.compile(r"[0-9](?:[.][0-9]+)?[eE][+]?[0-9]+")
#: From here on a spreadsheet's number no longer holds every digit.
_EXACT: Final = 10**15


class Unreadable(Exception):
    """Nothing of a file can be read as answers; the text says why, and what to do."""

    def __init__(self, text: Any) -> None:
        super().__init__(str(text))
        self.text = text


class _Bad(Exception):
    """A cell that cannot be read."""

    def __init__(self, fault: RowFault) -> None:
        super().__init__(fault.code)
        self.fault = fault


@dataclass(slots=True)
class Line:
    """One line of a file of answers: its number in the file, the code as written and plain, what it answers.

    `answer` is None for a line that answers nothing; `faults` are what cannot be read of it.
    """

    number: int
    given: dict[str, str]
    uscc: str = ""
    answer: Answer | None = None
    faults: list[RowFault] = field(default_factory=list)


# ---------------------------------------------------------------------- out
def columns_of(purpose: Purpose) -> tuple[Column, ...]:
    """The columns of a list, in the order of the file."""
    return (SERIAL, USCC, NAME, *purpose.columns, OUTCOME, *purpose.answer_columns)


def rows_of(purpose: Purpose, rows: Iterable[ExchangeRow]) -> Iterator[list[Any]]:
    """The cells of a list: what was sent, and what has been answered so far."""
    for number, row in enumerate(rows, start=1):
        outcome = purpose.outcome(row.outcome)
        yield [
            number, row.uscc, row.sent.get("name", ""),
            *(row.sent.get(one.name) for one in purpose.columns),
            outcome.title.zh if outcome else "",
            *(row.answer.get(one.name) for one in purpose.answer_columns),
        ]  # fmt: skip


def mark_of(exchange: Exchange, purpose: Purpose) -> list[str]:
    """The cells of the first row: which layout, which list, how many, and the digest of what was sent."""
    layout = f"{purpose.name}/{exchange.layout}"
    return [LAYOUT, layout, LIST, str(exchange.pk), COUNT, str(exchange.count), DIGEST, exchange.digest]


def shown(column: Column, value: Any) -> str:
    """A value as text, as it stands in a CSV file."""
    if value is None or value == "":
        return ""
    if column.kind == "money":
        return f"{int(value) // 100}.{int(value) % 100:02d}" if int(value) >= 0 else f"-{shown(column, -int(value))}"
    if column.kind == "bool":
        return _YES[0] if value else _NO[0]
    return str(value)


def write_csv(path: Path, exchange: Exchange, purpose: Purpose, rows: Iterable[Sequence[Any]]) -> None:
    """Write a list as CSV, UTF-8 with a byte order mark; no cell can be run by a spreadsheet program."""
    columns = columns_of(purpose)
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([exports.safe_text(one) for one in mark_of(exchange, purpose)])
        writer.writerow([one.title.zh for one in columns])
        for row in rows:
            writer.writerow([exports.safe_text(shown(one, value)) for one, value in zip(columns, row, strict=True)])


def write_xlsx(
    path: Path, exchange: Exchange, purpose: Purpose, rows: Iterable[Sequence[Any]], more: Sequence[str] = ()
) -> None:
    """Write a list as a workbook; every cell is a text, so that no code loses digits. `more` are further headings."""
    options = {"constant_memory": True, "tmpdir": str(path.parent), "strings_to_formulas": False,
               "strings_to_urls": False, "strings_to_numbers": False}  # fmt: skip
    book = xlsxwriter.Workbook(str(path), options)
    try:
        # The same list gives the same bytes: nothing of the moment goes in.
        book.set_properties({"created": dt.datetime(2000, 1, 1)})
        plain = book.add_format({"num_format": "@"})
        quoted = book.add_format({"num_format": "@", "quote_prefix": True})
        small = book.add_format({"font_color": "#666666", "num_format": "@"})
        head = book.add_format({"bold": True, "bg_color": "#DDEBF7", "bottom": 1, "text_wrap": True, "valign": "top"})
        asked = book.add_format({"bold": True, "bg_color": "#FFF2CC", "bottom": 1, "text_wrap": True, "valign": "top"})
        sheet = book.add_worksheet(purpose.title.zh.translate(str.maketrans("[]:*?/\\'", "        "))[:31])
        columns = columns_of(purpose)
        first_asked = columns.index(OUTCOME)
        for index, column in enumerate(columns):
            sheet.set_column(index, index, column.width or 16, plain)
        for index, text in enumerate(mark_of(exchange, purpose)):
            sheet.write_string(0, index, text, small)
        for index, text in enumerate([*(one.title.zh for one in columns), *more]):
            sheet.write_string(1, index, text, asked if index >= first_asked else head)
        count = 1
        for count, row in enumerate(rows, start=2):
            for index, value in enumerate(row):
                text = shown(columns[index], value) if index < len(columns) else str(value)
                if text:
                    text = _CONTROL.sub("", text)[: exports.MAX_CELL]
                    sheet.write_string(count, index, text, quoted if exports.is_formula(text) else plain)
        words = [one.title.zh for one in purpose.outcomes]
        if count >= 2:
            sheet.data_validation(2, first_asked, count, first_asked, {"validate": "list", "source": words})
        sheet.freeze_panes(2, 3)
        _guide(book, purpose, words)
    finally:
        book.close()


def _guide(book: Any, purpose: Purpose, words: Sequence[str]) -> None:
    """A second sheet that says what to fill in."""
    sheet = book.add_worksheet(_GUIDE)
    sheet.set_column(0, 0, 20)
    sheet.set_column(1, 1, 90)
    lines = [(OUTCOME.title.zh, "、".join(words))]  # tidui: data
    for outcome in purpose.outcomes:
        named = [one.title.zh for one in purpose.answer_columns if one.name in outcome.needs]
        lines.append((outcome.title.zh, f"须填写：{'、'.join(named)}" if named else "不须填写其他内容"))  # tidui: data
    lines += [(one.title.zh, one.help.zh) for one in purpose.answer_columns if one.help is not None]
    lines.append((LAYOUT, "第一行和表头请勿改动；没有结果的单位留空，以后可以再报。"))  # tidui: data
    for row, (label, text) in enumerate(lines):
        sheet.write_string(row, 0, label)
        sheet.write_string(row, 1, text)


# ---------------------------------------------------------------------- in
def read(path: Path, name: str, exchange: Exchange, purpose: Purpose) -> list[Line]:
    """The lines of a file of answers. Raises Unreadable where it is no answer to this list at all."""
    try:
        rows = list(itertools.islice(_grid(path, name), MOST_ROWS + 1))
    except Faults as unreadable:
        raise Unreadable(_("文件无法读取：%(why)s") % {"why": unreadable.faults[0]}) from None
    if len(rows) > MOST_ROWS:
        raise Unreadable(_("文件的行数远多于清单，请检查后重新上传。"))
    place, heading = _heading(rows)
    _check_mark(rows[:place], exchange, purpose)
    columns = _columns(heading, purpose)
    found = []
    for number, cells in rows[place + 1 :]:
        line = _line(number, {one: cells[index] for one, index in columns.items() if index < len(cells)}, purpose)
        if line is not None:
            found.append(line)
    return found


def _grid(path: Path, name: str) -> Iterator[tuple[int, list[object]]]:
    """The rows of the CSV file, or of the first sheet of the workbook that has our headings (else of the first)."""
    if name.lower().endswith((".csv", ".txt")):
        yield from open_delimited(path, None).rows()
        return
    book = open_workbook(path)
    try:
        best: list[tuple[int, list[object]]] | None = None
        for title in book.names:
            sheet = book.sheet(title, None)
            rows = []
            for number, cells in sheet.rows():
                rows.append((number, [sheet.holes.get((number, index), cell) for index, cell in enumerate(cells)]))
                if len(rows) > MOST_ROWS:
                    break
            if any(_is_heading(cells) for _number, cells in rows[:HEAD_ROWS]):
                yield from rows
                return
            best = best or rows
        yield from best or []
    finally:
        book.close()


def _plain(cell: object) -> str:
    return unicodedata.normalize("NFKC", str(cell)).strip() if isinstance(cell, str) else ""


def _is_heading(cells: Sequence[object]) -> bool:
    texts = {_plain(one) for one in cells}
    return USCC.title.zh in texts and OUTCOME.title.zh in texts


def _heading(rows: Sequence[tuple[int, list[object]]]) -> tuple[int, list[object]]:
    for place, (_number, cells) in enumerate(rows[:HEAD_ROWS]):
        if _is_heading(cells):
            return place, cells
    raise Unreadable(
        _("没有找到表头：须有“%(code)s”和“%(outcome)s”两列。请在发出的清单上填写后上传。")
        % {"code": USCC.title.zh, "outcome": OUTCOME.title.zh}
    )


def _check_mark(rows: Sequence[tuple[int, list[object]]], exchange: Exchange, purpose: Purpose) -> None:
    """A file that says itself to be of another list or layout is not read; one that says nothing is taken as meant."""
    said: dict[str, str] = {}
    for _number, cells in rows:
        texts = [_plain(one) for one in cells]
        for label, value in itertools.pairwise(texts):
            if label in (LAYOUT, LIST):
                said.setdefault(label, value)
    wanted = f"{purpose.name}/{exchange.layout}"
    if said.get(LAYOUT, wanted) != wanted:
        raise Unreadable(
            _("文件的格式是 %(given)s，这份清单的格式是 %(wanted)s。") % {"given": said[LAYOUT], "wanted": wanted}
        )
    if said.get(LIST, str(exchange.pk)) != str(exchange.pk):
        raise Unreadable(
            _("文件回复的是第 %(given)s 号清单，这里是第 %(wanted)s 号。")
            % {"given": said[LIST], "wanted": exchange.pk}
        )


def _columns(heading: Sequence[object], purpose: Purpose) -> dict[str, int]:
    """Where each column stands; a heading that occurs twice is taken the first time."""
    known = {USCC.title.zh: USCC.name, NAME.title.zh: NAME.name, OUTCOME.title.zh: OUTCOME.name}
    known |= {one.title.zh: one.name for one in purpose.answer_columns}
    found: dict[str, int] = {}
    for index, cell in enumerate(heading):
        name = known.get(_plain(cell))
        if name is not None:
            found.setdefault(name, index)
    missing = [one.title.zh for one in purpose.answers if one.name not in found]
    if missing:
        names = "、".join(missing)  # tidui: data
        raise Unreadable(_("缺少列：%(names)s。请在发出的清单上填写后上传。") % {"names": names})
    return found


def _line(number: int, cells: Mapping[str, object], purpose: Purpose) -> Line | None:
    """A line of answers; None for one that is blank."""
    given = {name: _given(cell) for name, cell in cells.items()}
    if not any(given.values()):
        return None
    line = Line(number, given, uscc.normalise(given.get(USCC.name, "")))
    asked = {name: cell for name, cell in cells.items() if name not in (USCC.name, NAME.name)}
    if not any(_given(cell) for cell in asked.values()):
        return line
    if not line.uscc:
        line.faults.append(RowFault("no-code", _("没有统一社会信用代码。"), hard=True))
        return line
    line.answer, faults = read_answer(purpose, asked)
    line.faults += faults
    return line


def _given(cell: object) -> str:
    """A cell as it was written, for showing it again."""
    if cell is None or isinstance(cell, tuple):
        return "" if cell is None else f"({cell[0]})"
    if isinstance(cell, bool):
        return _YES[0] if cell else _NO[0]
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < _EXACT:
        return str(int(cell))
    text = str(cell).strip()
    return text[1:] if text.startswith("'") and exports.is_formula(text[1:]) else text


def read_answer(purpose: Purpose, cells: Mapping[str, object]) -> tuple[Answer | None, list[RowFault]]:
    """What is answered by the cells of a line, or by the fields of a form; with what cannot be read of it.

    There is no answer where the outcome cannot be read.
    """
    word = _given(cells.get(OUTCOME.name))
    outcome = purpose.outcome_of_word(word) if word else None
    if outcome is None:
        words = "、".join(one.title.zh for one in purpose.outcomes)  # tidui: data
        if not word:
            return None, [RowFault("no-outcome", _("没有填写回复结论，须为：%(words)s。"), {"words": words}, hard=True)]
        text = _("回复结论“%(word)s”不能识别，须为：%(words)s。")
        return None, [RowFault("wrong-outcome", text, {"word": word[:40], "words": words}, hard=True)]
    faults: list[RowFault] = []
    values: dict[str, Any] = {}
    for column in purpose.answer_columns:
        try:
            value = _value(column, cells.get(column.name))
        except files.Classified:
            faults.append(RowFault("classified", REFUSAL, hard=True))
            continue
        except _Bad as bad:
            faults.append(bad.fault)
            continue
        if value is not None:
            values[column.name] = value
        elif column.name in outcome.needs:
            text = _("结论为“%(outcome)s”的，须填写“%(column)s”。")
            faults.append(RowFault("missing", text, {"outcome": outcome.title, "column": column.title}, hard=True))
    return Answer(outcome.name, values), faults


def _value(column: Column, cell: object) -> Any:
    """The value of a cell as it is kept (money as fen, a day as ISO text); None for a blank. _Bad, Classified else."""
    if isinstance(cell, tuple):
        raise _wrong("formula", _("“%(column)s”是没有结果的公式，请改为数值。"), column)
    if column.kind == "code" and isinstance(cell, int | float) and abs(cell) >= _EXACT:
        raise _wrong("digits-lost", _("“%(column)s”被存成数字，末几位已丢失。请把该列设为文本后重新填写。"), column)
    text = _given(cell)
    if not text:
        return None
    if column.kind == "code" and _SCIENTIFIC.fullmatch(text):
        raise _wrong("digits-lost", _("“%(column)s”被存成数字，末几位已丢失。请把该列设为文本后重新填写。"), column)
    files.refuse_classified(text)
    try:
        return _read(column, cell, text)
    except (BadValue, ValueError):
        raise _wrong("value", _("“%(column)s”填写的内容不能识别。"), column) from None


def _read(column: Column, cell: object, text: str) -> Any:
    if column.kind == "code":
        text = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).upper()
    if column.kind in ("text", "code"):
        if len(text) > column.most:
            raise _wrong("too-long", _("“%(column)s”太长。"), column)
        return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    if column.kind == "money":
        return amounts.parse(cell if isinstance(cell, int | float) else text)
    if column.kind == "int":
        number = numbers.parse(cell if isinstance(cell, int | float) else text)
        if not isinstance(number, int):
            raise ValueError(text)
        return number
    if column.kind == "bool":
        word = text.casefold()
        if word not in (*_YES, *_NO):
            raise ValueError(text)
        return word in _YES
    return _day(cell, text).isoformat()


def _day(cell: object, text: str) -> dt.date:
    if isinstance(cell, dt.datetime):
        return cell.date()
    if isinstance(cell, dt.date):
        return cell
    found = _DAY.match(unicodedata.normalize("NFKC", text))
    if found is None:
        raise ValueError(text)
    return dt.date(*map(int, found.groups()))


def _wrong(code: str, text: Any, column: Column) -> _Bad:
    return _Bad(RowFault(code, text, {"column": column.title}, hard=True))
