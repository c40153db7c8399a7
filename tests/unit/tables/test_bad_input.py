"""Bad input: each sort of fault is found, with its place and what to write instead."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from tests.unit.tables.making import ENTERPRISE, A, B, C, code, faults_of, only_fault, read, rows_of, workbook
from tidui.facts.faults import Faults
from tidui.tables.workbook import find_holes

YEARS = ["uscc", "年度", "销售收入(元)", "职工总数", "科技人员数"]


def with_years(tmp_path: Path, *rows: list[object]) -> Path:
    return workbook(tmp_path / "in.xlsx", 企业=ENTERPRISE, 年度=[YEARS, *rows])


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("很多", "not an amount"),
        (True, "not a number"),
        (-1, "negative"),
        ("NaN", "not an amount"),
        ("inf", "not an amount"),
        (2**50 / 100, "more money than there is"),
        (1e300, "more money than there is"),
        ("1.234", "not a whole number of fen"),
        (dt.date(2023, 1, 1), "not a number"),
    ],
)
def test_an_amount_that_cannot_be_is_a_fault_with_its_cell(tmp_path: Path, cell: object, message: str) -> None:
    fault = only_fault(with_years(tmp_path, [A, 2022, 1], [A, 2023, cell]))
    assert (fault.sheet, fault.row, fault.column) == ("年度", 3, "C 销售收入(元)")
    assert message in fault.message
    assert fault.instead


def test_the_last_fen_below_the_limit_is_taken(tmp_path: Path) -> None:
    path = workbook(tmp_path / "in.xlsx", 企业=ENTERPRISE, 年度=[["uscc", "年度", "总收入(分)"], [A, 2023, 2**50 - 1]])
    assert rows_of(read(path))[A].get("total_income", 2023) == 2**50 - 1


def test_a_negative_count_and_more_staff_than_employees_are_faults(tmp_path: Path) -> None:
    assert "negative" in only_fault(with_years(tmp_path, [A, 2023, 1, -3])).message
    fault = only_fault(with_years(tmp_path, [A, 2023, 1, 30, 31]))
    assert fault.place == "years.2023.st_staff"
    assert (fault.sheet, fault.row, fault.column) == ("年度", 2, "E 科技人员数")


def test_a_share_over_one_is_a_fault_that_offers_percent(tmp_path: Path) -> None:
    tax = [["uscc", "年度", "制造业主营收入占比"], [A, 2023, 60]]
    fault = only_fault(workbook(tmp_path / "in.xlsx", 企业=ENTERPRISE, 税务年度=tax))
    assert "share over 1" in fault.message
    assert "%" in str(fault.instead)


@pytest.mark.parametrize("cell", ["2023-02-29", "2023-13-01", "昨天", "01/02/2023", True])
def test_an_impossible_date_is_a_fault(tmp_path: Path, cell: object) -> None:
    fault = only_fault(workbook(tmp_path / "in.xlsx", 企业=[["uscc", "注册成立日期"], [A, cell]]))
    assert (fault.row, fault.column) == (2, "B 注册成立日期")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (A[:-1] + ("0" if A[-1] != "0" else "1"), "check character"),
        (A[:-1], "17 characters"),
        ("I" + A[1:], "is it a 1?"),
        ("", "missing"),
    ],
)
def test_a_bad_credit_code_is_a_fault(tmp_path: Path, wrong: str, message: str) -> None:
    fault = only_fault(workbook(tmp_path / "in.xlsx", 企业=[["uscc", "企业名称"], [wrong, "甲"]]))
    assert message in fault.message
    assert (fault.sheet, fault.row) == ("企业", 2)


def test_full_width_and_small_letters_of_a_credit_code_are_made_plain(tmp_path: Path) -> None:
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in B)
    path = workbook(tmp_path / "in.xlsx", 企业=[["uscc", "企业名称"], [A.lower(), "甲"], [wide, "乙"]])
    assert sorted(rows_of(read(path))) == [A, B]


def test_a_credit_code_that_stands_twice_is_a_fault(tmp_path: Path) -> None:
    fault = only_fault(workbook(tmp_path / "in.xlsx", 企业=[["uscc"], [A], [B], [A]]))
    assert (fault.row, fault.message) == (4, f"the credit code {A} stands in row 2 too")


def test_a_year_that_stands_twice_and_a_stranger_are_faults(tmp_path: Path) -> None:
    fault = only_fault(with_years(tmp_path, [A, 2022, 1], [A, 2023, 1], [A, 2023, 2]))
    assert (fault.row, fault.message) == (4, f"{A} and the year 2023 stand in row 3 too")
    fault = only_fault(with_years(tmp_path, [C, 2023, 1]))
    assert (fault.row, fault.message) == (2, f"the credit code {C} is not in 企业")


@pytest.mark.parametrize("year", ["", "去年", 23, 2023.5, "20230"])
def test_a_bad_year_is_a_fault(tmp_path: Path, year: object) -> None:
    fault = only_fault(with_years(tmp_path, [A, year, 1]))
    assert (fault.row, fault.column) == (2, "B 年度")


def test_yuan_taken_for_ten_thousand_yuan_is_a_warning_with_both_readings(tmp_path: Path) -> None:
    population = read(with_years(tmp_path, [A, 2021, 30_000_000], [A, 2022, 3_200], [A, 2023, 35_000_000]))
    (warning,) = population.faults
    assert (warning.level, warning.sheet, warning.row) == ("warning", "年度", 3)
    assert "3200.00" in warning.message
    assert "32000000.00" in warning.message
    assert population.count == 2


def test_an_unknown_heading_is_a_fault_with_the_one_that_was_meant(tmp_path: Path) -> None:
    fault = only_fault(
        workbook(tmp_path / "in.xlsx", 企业=ENTERPRISE, 年度=[["uscc", "年度", "销售收人"], [A, 2023, 1]])
    )
    assert (fault.row, fault.column) == (1, "C 销售收人")
    assert fault.instead == "销售收入 (sales_revenue)"


@pytest.mark.parametrize(
    ("heading", "message"),
    [
        ("职工总数(万元)", "no unit of money"),
        ("销售收入(亿元)", "takes 元, 万元 or 分"),
        ("Ⅰ类知识产权数", "belongs on the sheet enterprise"),
        ("销售收入@2022", "the year stands in its own column"),
    ],
)
def test_a_heading_that_does_not_fit_is_a_fault(tmp_path: Path, heading: str, message: str) -> None:
    fault = only_fault(workbook(tmp_path / "in.xlsx", 企业=ENTERPRISE, 年度=[["uscc", "年度", heading], [A, 2023, 1]]))
    assert message in fault.message


def test_a_yearly_fact_without_its_year_in_a_wide_sheet_is_a_fault(tmp_path: Path) -> None:
    fault = only_fault(workbook(tmp_path / "in.xlsx", 数据=[["uscc", "销售收入"], [A, 1]]))
    assert "of which year?" in fault.message
    fault = only_fault(workbook(tmp_path / "in.xlsx", 数据=[["uscc", "企业名称@2022"], [A, "甲"]]))
    assert "has no year" in fault.message


def test_a_column_given_twice_and_missing_keys_are_faults(tmp_path: Path) -> None:
    fault = only_fault(workbook(tmp_path / "in.xlsx", 企业=[["uscc", "企业名称", "name"], [A, "甲", "乙"]]))
    assert fault.message == "name stands in column B 企业名称 too"
    assert (
        "no column of credit codes" in only_fault(workbook(tmp_path / "in.xlsx", 企业=[["企业名称"], ["甲"]])).message
    )
    years = [["uscc", "销售收入"], [A, 1]]
    fault = only_fault(workbook(tmp_path / "in.xlsx", 企业=ENTERPRISE, 年度=years))
    assert "no column of fiscal years" in fault.message


def test_a_figure_before_the_founding_is_a_fault(tmp_path: Path) -> None:
    fault = only_fault(with_years(tmp_path, [B, 2019, 5]))
    assert (fault.sheet, fault.row, fault.place) == ("年度", 2, "years.2019")


def test_all_faults_are_listed_at_once(tmp_path: Path) -> None:
    path = with_years(tmp_path, [A, 2022, "x", -1], [A, 2023, "y", 2], [B, 2023, 5, "z"])
    found = {(fault.row, fault.column) for fault in faults_of(path)}
    assert found == {(2, "C 销售收入(元)"), (2, "D 职工总数"), (3, "C 销售收入(元)"), (4, "D 职工总数")}


def test_keep_going_leaves_out_the_bad_and_keeps_the_good(tmp_path: Path) -> None:
    enterprise = [["uscc", "ip_class1"], [A, 1], [B, "x"], [C, 2], [code(4), 3], ["bad", 4], [code(4), 5]]
    years = [["uscc", "年度", "销售收入(元)"], [A, 2023, 7], [C, 2023, "?"]]
    population = read(workbook(tmp_path / "in.xlsx", 企业=enterprise, 年度=years), keep_going=True)
    rows = rows_of(population)
    assert list(rows) == [A]
    assert rows[A].get("sales_revenue", 2023) == 700
    assert (population.total, population.count) == (6, 1)
    assert len(population.faults) == 4


def test_keep_going_does_not_help_where_nothing_can_be_read(tmp_path: Path) -> None:
    with pytest.raises(Faults, match="no row of headings"):
        read(workbook(tmp_path / "in.xlsx", 企业=[["这", "那"], [1, 2]]), keep_going=True)


def test_a_year_given_by_its_number_and_by_its_offset_is_a_fault(tmp_path: Path) -> None:
    path = workbook(tmp_path / "in.xlsx", 数据=[["uscc", "总收入@2022", "total_income@-1"], [A, 1, 2]])
    assert only_fault(path).message == "total_income@-1 and total_income@2022 are the same year"


def test_a_fault_names_the_fact_as_facts_files_do(tmp_path: Path) -> None:
    assert only_fault(with_years(tmp_path, [A, 2023, "x"])).place == "years.2023.sales_revenue"
    wide = workbook(tmp_path / "wide.xlsx", 数据=[["uscc", "总收入@2022"], [A, "x"]])
    assert only_fault(wide).place == "years.2022.total_income"
    plain = workbook(tmp_path / "plain.xlsx", 企业=[["uscc", "注册成立日期"], [A, "x"]])
    assert only_fault(plain).place == "enterprise.established_on"


def test_a_sheet_that_was_left_empty_is_let_pass(tmp_path: Path) -> None:
    assert read(workbook(tmp_path / "in.xlsx", 企业=ENTERPRISE, 专家评分=[])).faults == []


def test_formulas_without_value_and_errors_are_found_however_the_xml_is_written(tmp_path: Path) -> None:
    holes: dict[tuple[int, int], tuple[str, str]] = {}
    cells = (
        b'<c r="B2"><f>1+1</f></c><x:c s="1" r="C2"><x:f>A1</x:f><x:v/></x:c><c r="D2" t="str"><f>A1</f><v></v></c>',
        b'<c r="E2"><f t="shared" si="0"/><v></v></c><c t="e" r="AA12"><f>1/0</f><v>#DIV/0!</v></c>',
        b'<c r="F2"><f>1+1</f><v>2</v></c><c r="G2" t="e"><v>#N/A</v></c><c r="H2"><v>3</v></c>',
    )
    find_holes(b"".join(cells), holes)
    assert sorted(holes) == [(2, 1), (2, 2), (2, 4), (2, 6), (12, 26)]
