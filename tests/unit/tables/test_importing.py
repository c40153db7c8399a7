"""Files that are to be imported: any sheet alone is enough, and every fault has its place."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from pathlib import Path

from tests.unit.tables.making import A, B, workbook
from tidui.rules.values import NONE
from tidui.tables.importing import facts_of, read_import

YEARS = ["统一社会信用代码", "年度", "销售收入(万元)", "职工总数"]


def test_a_sheet_of_yearly_figures_alone_is_enough(tmp_path: Path) -> None:
    read = read_import(workbook(tmp_path / "t.xlsx", 年度=[YEARS, [A, 2024, 1.5, 7.5], [B, 2023, 2, 8]]), year=2024)
    assert read.store is not None
    assert (read.rows, read.store.ids, read.faults.all()) == (2, [A, B], [])
    first, second = facts_of(read.store, 0, 2, 2024)
    assert first == {("years", 2024): {"sales_revenue": 1_500_000, "employees": Fraction(15, 2)}}
    assert second == {("years", 2023): {"sales_revenue": 2_000_000, "employees": 8}}


def test_an_enterprise_of_one_sheet_need_not_stand_on_the_other(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "t.xlsx",
        企业=[["统一社会信用代码", "企业名称", "所在开发区", "高新技术领域"], [A, "甲", "兰州新区", "无"]],
        年度=[YEARS, [B, 2024, 1, 7]],
    )
    read = read_import(path, year=2024)
    assert read.faults.all() == []
    assert read.store is not None
    first, second = facts_of(read.store, 0, 2, 2024)
    assert first == {("enterprise", None): {"name": "甲", "located_in": "兰州新区", "field": NONE}}
    assert list(second) == [("years", 2024)]


def test_years_before_the_founding_are_faults_unless_they_are_zero(tmp_path: Path) -> None:
    founded = [["统一社会信用代码", "注册成立日期"], [A, dt.date(2023, 5, 1)]]
    good = workbook(tmp_path / "a.xlsx", 企业=founded, 年度=[YEARS, [A, 2022, 0, 0], [A, 2024, 5, 7]])
    read = read_import(good, year=2024)
    assert read.faults.all() == []
    assert read.store is not None
    assert sorted(facts_of(read.store, 0, 1, 2024)[0], key=str) == [("enterprise", None), ("years", 2024)]
    bad = read_import(workbook(tmp_path / "b.xlsx", 企业=founded, 年度=[YEARS, [A, 2022, 5, 7]]), year=2024)
    assert [(fault.sheet, fault.row) for fault in bad.faults.all()] == [("年度", 2)]


def test_facts_and_declared_tables_may_stand_in_one_workbook(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "t.xlsx",
        年度=[YEARS, [A, 2024, 1, 7]],
        历史资格=[["统一社会信用代码", "事项", "日期"], [A, "入选高新技术企业培育库", "2024-01-05"]],
        说明=[["随便写写"]],
    )
    read = read_import(path, year=2024)
    assert (read.sheets, read.rows, read.faults.all()) == (["年度", "历史资格"], 2, [])


def test_a_file_that_is_no_table_has_a_fault_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    path.write_bytes(b"PK nothing")
    read = read_import(path, year=2024)
    assert read.store is None
    assert [fault.level for fault in read.faults.all()] == ["fault"]
    assert "is not read" in str(read_import(tmp_path / "t.doc", year=2024).faults.all()[0])
