"""Reading workbooks: how sheets and headings may look, and what cells may hold."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from pathlib import Path

import pytest
import xlsxwriter

from tests.unit.tables.making import ENTERPRISE, A, B, only_fault, read, row_of, rows_of, workbook
from tidui.facts.faults import Faults
from tidui.rules.values import NONE


def test_a_sheet_for_each_section_in_chinese_is_joined_by_credit_code_and_year(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "in.xlsx",
        企业=[["统一社会信用代码", "企业名称", "注册成立日期"], [A, "甲厂", dt.date(2015, 3, 1)]],
        年度=[["统一社会信用代码", "年度", "销售收入(元)"], [A, 2022, 12.5], [A, 2023, 13]],
        专家评分=[["统一社会信用代码", "技术的先进程度评分"], [A, 7.2]],
        税务年度=[["统一社会信用代码", "年度", "纳税调整后所得(元)"], [A, 2023, -3]],
        载体年度=[["统一社会信用代码", "年度", "对应土地面积"], [A, 2023, 90.5]],
    )
    row = row_of(path)
    assert row.get("name", None) == "甲厂"
    assert row.get("established_on", None) == dt.date(2015, 3, 1)
    assert [row.get("sales_revenue", year) for year in (2021, 2022, 2023)] == [None, 1250, 1300]
    assert row.get("tech_advancement", None) == Fraction(36, 5)
    assert row.get("adjusted_income", 2023) == -300
    assert row.get("land_area", 2023) == Fraction(181, 2)


def test_sheets_and_headings_may_have_their_english_names(tmp_path: Path) -> None:
    years = [["uscc", "year", "sales revenue (yuan)", "employees"], [A, 2023, 5, 33.5]]
    row = row_of(workbook(tmp_path / "in.xlsx", enterprise=ENTERPRISE, years=years))
    assert row.get("sales_revenue", 2023) == 500
    assert row.get("employees", 2023) == Fraction(67, 2)


@pytest.mark.parametrize(
    ("heading", "cell", "fen"),
    [
        ("销售收入", 12, 1200),
        ("销售收入(元)", 12.34, 1234),
        ("销售收入（万元）", 1.2, 1_200_000),
        ("销售收入(万元)", 0.000001, 1),
        ("sales_revenue（分）", 7, 7),
        ("销 售 收 入＊ （ 万元 ）", 1, 1_000_000),
        ("销售收入(单位：万元)", 1, 1_000_000),
        ("销售收入(元)", 0.1 + 0.2, 30),
        ("销售收入(元)", "1,234.50", 123_450),
        ("销售收入(元)", "１２３４．５", 123_450),
        ("销售收入(元)", "120万元", 120_000_000),
    ],
)
def test_money_is_read_in_the_unit_of_its_heading(tmp_path: Path, heading: str, cell: object, fen: int) -> None:
    years = [["uscc", "year", heading], [A, 2023, cell]]
    assert row_of(workbook(tmp_path / "in.xlsx", 企业=ENTERPRISE, 年度=years)).get("sales_revenue", 2023) == fen


def test_a_line_above_the_table_sets_the_unit_of_bare_money_only(tmp_path: Path) -> None:
    years = [["金额单位：万元"], ["uscc", "年度", "销售收入", "总收入(元)", "职工总数"], [A, "2023年", 1, 1, 8]]
    row = row_of(workbook(tmp_path / "in.xlsx", 企业=ENTERPRISE, 年度=years))
    assert row.get("sales_revenue", 2023) == 1_000_000
    assert row.get("total_income", 2023) == 100
    assert row.get("employees", 2023) == 8


def test_titles_blank_rows_and_merged_headings_are_found_through(tmp_path: Path) -> None:
    path = tmp_path / "in.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("企业")
    sheet.merge_range("B2:F2", "企业情况一览表")
    sheet.merge_range("B4:B5", "统一社会信用代码")
    sheet.merge_range("C4:C5", "注册成立日期")
    sheet.merge_range("D4:E4", "知识产权")
    sheet.write_row("D5", ["Ⅰ类知识产权数", "Ⅱ类知识产权数"])
    sheet.merge_range("F4:F5", "备注")
    sheet.write_row("B7", [A, "2015-03-01", 1, 4, "随便写"])
    sheet.write_row("B9", [B, "2020/6/30", 0, 2])
    book.close()
    rows = rows_of(read(path))
    assert [rows[code].get("ip_class2", None) for code in (A, B)] == [4, 2]
    assert rows[A].get("ip_class1", None) == 1
    assert rows[B].get("established_on", None) == dt.date(2020, 6, 30)


def test_one_wide_sheet_gives_the_year_after_an_at_sign_or_in_a_merged_heading_above(tmp_path: Path) -> None:
    path = tmp_path / "in.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("数据")
    sheet.write_row(1, 0, ["统一社会信用代码", "sales_revenue@-1", "总收入(万元)@2022", "2021年总收入(元)"])
    sheet.merge_range("E1:F1", "2023年度")
    sheet.write_row("E2", ["销售收入(万元)", "职工总数"])
    sheet.write_row("A3", [A, 10, 20, 30, 40, 50])
    book.close()
    row = row_of(path)
    assert row.get("sales_revenue", 2022) == 1000
    assert row.get("total_income", 2022) == 20_000_000
    assert row.get("total_income", 2021) == 3000
    assert row.get("sales_revenue", 2023) == 40_000_000
    assert row.get("employees", 2023) == 50


@pytest.mark.parametrize(
    "cell", [dt.date(2023, 1, 5), "2023-01-05", "2023/1/5", "2023年1月5日", "２０２３－０１－０５", 44931, 20230105]
)
def test_a_date_may_be_a_date_a_text_or_a_day_number(tmp_path: Path, cell: object) -> None:
    table = [["uscc", "established_on"], [A, cell]]
    row = row_of(workbook(tmp_path / "in.xlsx", 企业=table))
    assert row.get("established_on", None) == dt.date(2023, 1, 5)


def test_none_is_written_and_unknown_is_blank(tmp_path: Path) -> None:
    table = [
        ["uscc", "hte_valid_until", "hte_recognised_on", "major_incidents", "sme_number"],
        [A, "无", "无", None, ""],
    ]
    row = row_of(workbook(tmp_path / "in.xlsx", 企业=table))
    assert row.get("hte_valid_until", None) is NONE
    assert row.get("hte_recognised_on", None) is NONE
    assert row.get("major_incidents", None) is None
    assert row.get("sme_number", None) is None


def test_lists_stand_in_one_cell(tmp_path: Path) -> None:
    heads = ["uscc", "历次高新技术企业发证日期", "已获奖补"]
    table = [heads, [A, "2018-11-02；2021-12-01", "first 2019-03-01 200000; again 2022-04-01 100000"]]
    row = row_of(workbook(tmp_path / "in.xlsx", 企业=table))
    assert row.get("hte_recognised_on", None) == (dt.date(2018, 11, 2), dt.date(2021, 12, 1))
    rewards = row.get("rewards_paid", None)
    assert isinstance(rewards, tuple)
    assert [dict(one)["amount"] for one in rewards] == [20_000_000, 10_000_000]  # type: ignore[arg-type]


def test_a_share_may_be_a_fraction_a_percentage_or_a_number_under_a_percent_heading(tmp_path: Path) -> None:
    tax = [
        ["uscc", "年度", "制造业主营收入占比", "负面清单行业主营收入占比(%)"],
        [A, 2022, "12.5%", 40],
        [A, 2023, 0.125, "0.5"],
    ]
    row = row_of(workbook(tmp_path / "in.xlsx", 企业=ENTERPRISE, 税务年度=tax))
    assert [row.get("manufacturing_share", year) for year in (2022, 2023)] == [Fraction(1, 8), Fraction(1, 8)]
    assert row.get("excluded_industry_share", 2022) == Fraction(2, 5)
    assert row.get("excluded_industry_share", 2023) == Fraction(1, 200)


def test_numbers_that_no_machine_number_holds_are_kept_exactly(tmp_path: Path) -> None:
    years = [["uscc", "年度", "职工总数"], [A, 2022, "241/7"], [A, 2023, 100 / 3]]
    row = row_of(workbook(tmp_path / "in.xlsx", 企业=ENTERPRISE, 年度=years))
    assert row.get("employees", 2022) == Fraction(241, 7)
    assert row.get("employees", 2023) == Fraction(100, 3)


def test_a_formula_counts_as_its_cached_value(tmp_path: Path) -> None:
    years = [["uscc", "年度", "销售收入(元)"], [A, 2023, "=1+1⇒2"]]
    assert row_of(workbook(tmp_path / "in.xlsx", 企业=ENTERPRISE, 年度=years)).get("sales_revenue", 2023) == 200


def test_a_formula_that_was_never_calculated_is_a_fault_not_a_blank(tmp_path: Path) -> None:
    years = [["uscc", "年度", "销售收入(元)"], [A, 2023, "=1+1⇒"]]
    fault = only_fault(workbook(tmp_path / "in.xlsx", 企业=ENTERPRISE, 年度=years))
    assert (fault.sheet, fault.row, fault.column) == ("年度", 2, "C 销售收入(元)")
    assert fault.message == "a formula that was never calculated"


def test_an_error_of_a_formula_is_a_fault_not_a_blank(tmp_path: Path) -> None:
    years = [["uscc", "年度", "销售收入(元)"], [A, 2023, "=1/0⇒#DIV/0!"]]
    fault = only_fault(workbook(tmp_path / "in.xlsx", 企业=ENTERPRISE, 年度=years))
    assert (fault.row, fault.column) == (2, "C 销售收入(元)")
    assert "#DIV/0!" in fault.message


def test_figures_of_years_before_the_founding_are_none_and_zeros_there_are_let_pass(tmp_path: Path) -> None:
    years = [["uscc", "年度", "销售收入(元)"], [B, 2019, 0], [B, 2020, 5]]
    row = row_of(workbook(tmp_path / "in.xlsx", 企业=ENTERPRISE, 年度=years), B)
    assert row.get("sales_revenue", 2019) is NONE
    assert row.get("employees", 2019) is NONE
    assert row.get("sales_revenue", 2020) == 500
    assert row.get("employees", 2020) is None


def test_firms_of_the_young_year_come_apart_and_are_assessed_for_it(tmp_path: Path) -> None:
    table = [["uscc", "established_on", "sales_revenue@2023", "sales_revenue@2024"]]
    table += [[A, dt.date(2015, 3, 1), 1, 2], [B, dt.date(2024, 2, 1), "", 3]]
    from tidui.tables.reading import open_population

    population = open_population(workbook(tmp_path / "in.xlsx", 数据=table), year=2023, young_year=2024)
    found = [(batch.year, list(batch.ids), batch.value("sales_revenue", 0, 0)) for batch in population.batches()]
    assert found == [(2023, [A], 100), (2024, [B], 300)]


def test_batches_are_cut_and_keep_their_order(tmp_path: Path) -> None:
    population = read(workbook(tmp_path / "in.xlsx", 企业=ENTERPRISE))
    assert [list(batch.ids) for batch in population.batches(1)] == [[A], [B]]
    assert (population.total, population.count) == (2, 2)


def test_a_file_that_is_no_workbook_is_refused_with_advice(tmp_path: Path) -> None:
    path = tmp_path / "in.xlsx"
    path.write_bytes(b"PK\x03\x04 not a workbook")
    with pytest.raises(Faults, match=r"save it as \.xlsx"):
        read(path)


def test_a_missing_file_and_a_strange_suffix_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Faults, match="there is no such file"):
        read(tmp_path / "none.xlsx")
    strange = tmp_path / "in.docx"
    strange.write_bytes(b"")
    with pytest.raises(Faults, match="is not read"):
        read(strange)


def test_a_workbook_without_enterprises_is_refused(tmp_path: Path) -> None:
    years = [["uscc", "年度", "销售收入(元)"], [A, 2023, 1]]
    with pytest.raises(Faults, match="no table of enterprises"):
        read(workbook(tmp_path / "in.xlsx", 年度=years))


def test_a_sheet_of_another_name_is_told_and_notes_are_not(tmp_path: Path) -> None:
    population = read(workbook(tmp_path / "in.xlsx", 说明=[["随便"]], 企业=ENTERPRISE, 草稿=[["x"]]))
    assert [(fault.level, fault.sheet) for fault in population.faults] == [("warning", "草稿")]


def test_cells_under_no_heading_are_told_once_and_not_read(tmp_path: Path) -> None:
    table = [["uscc", None, "ip_class1"], [A, "mine", 1], [B, "mine", 2]]
    population = read(workbook(tmp_path / "in.xlsx", 企业=table))
    assert [(fault.level, fault.column) for fault in population.faults] == [("warning", "B")]
    assert rows_of(population)[B].get("ip_class1", None) == 2


def test_bare_day_numbers_are_no_dates_where_days_count_from_1904(tmp_path: Path) -> None:
    path = tmp_path / "in.xlsx"
    book = xlsxwriter.Workbook(str(path), {"date_1904": True})
    book.add_worksheet("企业").write_row(0, 0, ["uscc", "established_on"])
    book.get_worksheet_by_name("企业").write_row(1, 0, [A, 44931])
    book.close()
    assert "looks like the day number" in only_fault(path).message


def test_a_stray_cell_in_the_last_corner_is_refused_instead_of_filling_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "in.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("企业")
    sheet.write_row(0, 0, ["uscc"])
    sheet.write(1_048_575, 16_383, "x")
    book.close()
    with pytest.raises(Faults, match="reaches to XFD1048576"):
        read(path)


def test_a_sheet_that_is_hidden_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "in.xlsx"
    book = xlsxwriter.Workbook(str(path))
    book.add_worksheet("企业").write_column(0, 0, ["uscc", A])
    hidden = book.add_worksheet("年度")
    hidden.write_row(0, 0, ["uscc", "年度", "总收入"])
    hidden.write_row(1, 0, [A, 2023, "x"])
    hidden.hide()
    book.close()
    assert row_of(path).get("total_income", 2023) is None
