"""Declared tables: headings, cells and their faults, read by the declaration."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from tests.unit.tables.making import A, workbook
from tidui.facts.faults import Fault
from tidui.tables.collect import FaultList
from tidui.tables.declared import BOOKS, book, sheet_of_title
from tidui.tables.declared.reading import DeclaredTable, read_declared
from tidui.tables.declared.template import sheet_title
from tidui.tables.headings import section_of_sheet
from tidui.tables.workbook import open_workbook

EVENTS = ["统一社会信用代码", "事项", "日期", "有效期至", "编号或证书号"]
REWARDS = ["统一社会信用代码", "奖补类别", "拨付日期", "金额"]


def read(path: Path, title: str, **options: Any) -> tuple[DeclaredTable | None, list[Fault]]:
    """The sheet of this title, and what is wrong with it."""
    faults = FaultList()
    spec = sheet_of_title(title)
    assert spec is not None
    opened = open_workbook(path)
    table = read_declared(opened.sheet(title, None), spec, faults, **options)
    opened.close()
    return table, faults.all()


def values(tmp_path: Path, title: str, *rows: list[object], **options: Any) -> list[dict[str, Any]]:
    table, faults = read(workbook(tmp_path / "t.xlsx", **{title: rows}), title, **options)
    assert faults == []
    assert table is not None
    return [row.values for row in table.rows]


def fault(tmp_path: Path, title: str, *rows: list[object]) -> Fault:
    _, faults = read(workbook(tmp_path / "t.xlsx", **{title: rows}), title)
    assert len(faults) == 1, faults
    return faults[0]


def test_every_declared_sheet_is_known_by_its_title_and_by_no_section_of_facts() -> None:
    for name in BOOKS:
        for sheet in book(name).sheets.values():
            assert sheet_of_title(sheet_title(sheet.zh)) is sheet
            assert section_of_sheet(sheet_title(sheet.zh)) is None


@pytest.mark.parametrize(
    ("heading", "unit", "fen"),
    [("金额", None, 20_000_000), ("金额(元)", None, 2000), ("金额（万元）", "元", 20_000_000), ("金额", "元", 2000)],
)
def test_amounts_are_in_the_unit_of_the_heading_or_of_the_person_or_of_the_table(
    tmp_path: Path, heading: str, unit: str | None, fen: int
) -> None:
    head = [*REWARDS[:3], heading]
    (row,) = values(tmp_path, "历史奖补", head, [A, "首次认定", dt.date(2023, 1, 5), 20], unit=unit)
    assert row["amount"] == fen


@pytest.mark.parametrize("cell", ["高新技术企业认定", "hte", " 高新技术企业 认定 "])
def test_an_option_is_known_by_its_code_or_its_label(tmp_path: Path, cell: str) -> None:
    (row,) = values(tmp_path, "历史资格", EVENTS, [A, cell, "2022-10-18", None, None])
    assert row["kind"] == "hte"


def test_numbers_within_a_declaration_have_one_spelling(tmp_path: Path) -> None:
    head = ["统一社会信用代码", "申报年度", "研发活动编号", "研发活动名称", "开始日期", "知识产权编号"]
    (row,) = values(tmp_path, "RD", head, [A, 2024, "rd 1", "甲", "2021年3月1日", "ip3；IP01、02"])
    assert (row["code"], row["property"]) == ("RD01", ("IP03", "IP01", "IP02"))
    assert row["started_on"] == dt.date(2021, 3, 1)


def test_a_long_text_keeps_its_lines_and_ends_at_four_hundred_characters(tmp_path: Path) -> None:
    head = ["统一社会信用代码", "申报年度", "研发活动编号", "研发活动名称", "开始日期", "核心技术及创新点"]
    (row,) = values(tmp_path, "RD", head, [A, 2024, "RD01", "甲", "2021-03-01", "一\r\n\r\n二"])
    assert row["innovation"] == "一\n二"
    (row,) = values(tmp_path, "RD", head, [A, 2024, "RD01", "甲", "2021-03-01", "字" * 400])
    assert len(row["innovation"]) == 400
    assert "401" in fault(tmp_path, "RD", head, [A, 2024, "RD01", "甲", "2021-03-01", "字" * 401]).message


def test_a_missing_cell_and_a_missing_column_are_faults(tmp_path: Path) -> None:
    found = fault(tmp_path, "历史资格", EVENTS, [A, None, "2022-10-18", None, None])
    assert (found.row, found.column) == (2, "B 事项")
    found = fault(tmp_path, "历史资格", [EVENTS[0], EVENTS[2]], [A, "2022-10-18"])
    assert found.message == "no column 事项"


def test_a_heading_that_is_not_known_is_a_warning_and_one_that_stands_twice_a_fault(tmp_path: Path) -> None:
    found = fault(tmp_path, "历史资格", [*EVENTS, "联系人"], [A, "hte", "2022-10-18", None, None, "张三"])
    assert (found.level, found.column) == ("warning", "F 联系人")
    found = fault(tmp_path, "历史资格", [*EVENTS, "日期"], [A, "hte", "2022-10-18", None, None, "2022-10-19"])
    assert (found.level, found.column) == ("fault", "F 日期")


def test_rows_are_counted_as_on_the_sheet_and_blank_ones_passed_over(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "t.xlsx", 历史资格=[["省科技厅  历史资格"], [], EVENTS, [], [A, "hte", "2022-10-18", None, None]]
    )
    table, faults = read(path, "历史资格")
    assert faults == []
    assert table is not None
    assert [row.number for row in table.rows] == [5]
