"""A stand-in for the national platform, the tax side and partner authorities: reads a list, writes its answers.

It knows a list only as its file, in the documented layout, and answers as those others would: it gives numbers by the
coding rule, refuses some with a reason, leaves some for later, writes some twice and some wrongly. The same list, seed
and counts give the same answers, and an enterprise gets the same number whenever it is asked for. For the demonstration
and for tests; nothing that it says is true.
"""

# tidui: data

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import python_calamine
import xlsxwriter

from tidui.casework import exchanging
from tidui.casework.exchanging import Outcome, Plan, Purpose
from tidui.codes import sme_numbers

LAYOUT: Final = "清单格式"
USCC: Final = "统一社会信用代码"
OUTCOME: Final = "回复结论"
REASON: Final = "原因说明"
NUMBER: Final = "入库登记编号"
#: Why the stand-in refuses, by turns.
REASONS: Final = (
    "职工总数与社保登记人数不一致", "知识产权权属证明不清晰", "企业已在其他地区评价入库", "研发费用与纳税申报不一致",
    "主要产品属于限制类目录", "信息表填写不完整", "营业执照信息与登记机关不一致",
)  # fmt: skip
_SERIALS: Final = 10_000_000


class NoList(ValueError):
    """The file is no list in a layout that the stand-in knows."""


@dataclass(slots=True)
class Listed:
    """A list as its file shows it: what stands above the headings, the headings, the rows."""

    above: list[list[str]]
    headings: list[str]
    rows: list[dict[str, str]]

    @property
    def mark(self) -> str:
        """Purpose and layout, such as `platform/1`."""
        for cells in self.above:
            if LAYOUT in cells:
                return cells[cells.index(LAYOUT) + 1]
        raise NoList("the file does not name its layout")


def read_list(path: Path, name: str = "") -> Listed:
    """Read a list from a workbook or a CSV file. NoList for anything else."""
    grid = _csv(path) if (name or path.name).lower().endswith(".csv") else _workbook(path)
    for place, cells in enumerate(grid):
        if USCC in cells and OUTCOME in cells:
            rows = [dict(zip(cells, one, strict=False)) for one in grid[place + 1 :] if any(one)]
            return Listed(grid[:place], cells, rows)
    raise NoList(f"the file has no headings {USCC} and {OUTCOME}")


def _csv(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return [[cell.removeprefix("'") for cell in row] for row in csv.reader(stream)]


def _workbook(path: Path) -> list[list[str]]:
    try:
        book = python_calamine.CalamineWorkbook.from_path(str(path))
        return [[str(cell) for cell in row] for row in book.get_sheet_by_index(0).to_python()]
    except (python_calamine.CalamineError, OSError) as error:
        raise NoList(f"the workbook cannot be read: {error}") from None


def answer(source: Path, name: str, target: Path, plan: Plan) -> dict[str, int]:
    """Write the answers to a list; how many were answered in each way."""
    listed = read_list(source, name)
    purpose = exchanging.purposes().get(listed.mark.rpartition("/")[0])
    if purpose is None:
        raise NoList(f"nobody is known who answers {listed.mark}")
    order = list(range(len(listed.rows)))
    random.Random(plan.seed).shuffle(order)
    parts = _parts(order, (plan.refuse, plan.late, plan.malformed, plan.duplicate))
    refused, late, malformed, doubled = (set(one) for one in parts)
    numbers = _numbers(listed.rows) if any(one.name == "number" for one in purpose.answers) else {}
    written = []
    for place, row in enumerate(listed.rows):
        if place in late:
            row = {**row, OUTCOME: ""}
        elif place in refused:
            row = _refuse(row, purpose, sorted(refused).index(place))
        else:
            row = _accept(row, purpose, numbers)
            if place in malformed:
                row = _spoil(row, purpose, sorted(malformed).index(place), numbers)
        written += [row, row] if place in doubled else [row]
    _write(target, listed, written)
    return {"answered": len(order) - len(late), "refused": len(refused), "late": len(late), "doubled": len(doubled),
            "malformed": len(malformed)}  # fmt: skip


def _parts(order: Sequence[int], counts: Iterable[int]) -> list[Sequence[int]]:
    """The first so many, the next so many …: nobody is in two parts."""
    parts, start = [], 0
    for count in counts:
        parts.append(order[start : start + count])
        start += count
    return parts


def number_of(row: Mapping[str, str], used: set[str]) -> str:
    """The number of an enterprise by the coding rule, with a serial that depends on the enterprise alone."""
    year = int(float(row["评价年度"]))
    founded, submitted = dt.date.fromisoformat(row["成立日期"]), dt.date.fromisoformat(row["自评提交日期"])
    mark = sme_numbers.mark_of(year, founded, submitted)
    serial = int.from_bytes(hashlib.sha256(f"{year}{row[USCC]}".encode()).digest()[:8], "big") % _SERIALS
    while (number := f"{year}{row['行政区划代码']}{mark}{serial:07d}") in used:
        serial = (serial + 1) % _SERIALS
    return number


def _numbers(rows: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """The number of every enterprise of a list, by credit code."""
    found: dict[str, str] = {}
    used: set[str] = set()
    for row in sorted(rows, key=lambda one: one[USCC]):
        found[row[USCC]] = number_of(row, used)
        used.add(found[row[USCC]])
    return found


def _accept(row: Mapping[str, str], purpose: Purpose, numbers: Mapping[str, str]) -> dict[str, str]:
    outcome = purpose.outcomes[0]
    return _filled(row, purpose, outcome, {NUMBER: numbers.get(row[USCC], "")})


def _refuse(row: Mapping[str, str], purpose: Purpose, turn: int) -> dict[str, str]:
    return _filled(row, purpose, purpose.outcomes[-1], {REASON: REASONS[turn % len(REASONS)]})


def _filled(row: Mapping[str, str], purpose: Purpose, outcome: Outcome, values: Mapping[str, str]) -> dict[str, str]:
    made = {**row, OUTCOME: outcome.title.zh}
    for column in purpose.answer_columns:
        if column.name in outcome.needs:
            made[column.title.zh] = values.get(column.title.zh) or ("100000.00" if column.kind == "money" else "见说明")
    if REASON in values:
        made[REASON] = values[REASON]
    return made


def _spoil(row: dict[str, str], purpose: Purpose, turn: int, numbers: Mapping[str, str]) -> dict[str, str]:
    """Write a number wrongly, by turns: too short, another mark, another year, another's; else a word nobody knows."""
    number = row.get(NUMBER, "")
    if not numbers or not number:
        return {**row, OUTCOME: "待定"}
    other = next((one for one in numbers.values() if one != number), number)
    wrong = (number[:-1], number[:10] + {"0": "A", "A": "0", "B": "A"}[number[10]] + number[11:],
             f"{int(number[:4]) - 1}{number[4:]}", other)  # fmt: skip
    return {**row, NUMBER: wrong[turn % len(wrong)]}


def _write(target: Path, listed: Listed, rows: Sequence[Mapping[str, Any]]) -> None:
    table = [*listed.above, listed.headings, *([str(row.get(one, "")) for one in listed.headings] for row in rows)]
    if target.suffix.lower() == ".csv":
        with target.open("w", encoding="utf-8-sig", newline="") as stream:
            csv.writer(stream).writerows(table)
        return
    book = xlsxwriter.Workbook(str(target), {"strings_to_formulas": False, "strings_to_numbers": False})
    sheet = book.add_worksheet()
    for place, cells in enumerate(table):
        for index, text in enumerate(cells):
            sheet.write_string(place, index, text)
    book.close()
