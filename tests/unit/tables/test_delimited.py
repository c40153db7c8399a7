"""Reading CSV files: encodings, separators, ragged rows, a folder of sections."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from pathlib import Path

import pytest

from tests.unit.tables.making import A, B, C, csv_file, only_fault, read, row_of, rows_of
from tidui.facts.faults import Faults
from tidui.rules.values import NONE

ENTERPRISE = f"统一社会信用代码,企业名称,注册成立日期,Ⅰ类知识产权数\n{A},甲厂,2015-03-01,2\n{B},乙厂,2020/6/30,\n"
YEARS = f'uscc,year,销售收入(万元),职工总数\n{A},2023,1.5,33.5\n{A},2022,"1,234",１２\n\n{B},2023年度,0,0\n'


def folder(tmp_path: Path, **files: str) -> Path:
    for name, text in files.items():
        csv_file(tmp_path / f"{name}.csv", text)
    return tmp_path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
def test_every_usual_encoding_is_recognised(tmp_path: Path, encoding: str) -> None:
    csv_file(tmp_path / "企业.csv", ENTERPRISE, encoding)
    row = row_of(tmp_path)
    assert row.get("name", None) == "甲厂"
    assert row.get("ip_class1", None) == 2


@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_comma_tab_and_semicolon_are_recognised(tmp_path: Path, separator: str) -> None:
    csv_file(tmp_path / "enterprise.csv", ENTERPRISE.replace(",", separator))
    assert row_of(tmp_path).get("established_on", None) == dt.date(2015, 3, 1)


def test_a_folder_has_a_file_for_each_section(tmp_path: Path) -> None:
    rows = rows_of(read(folder(tmp_path, enterprise=ENTERPRISE, years=YEARS)))
    assert rows[A].get("sales_revenue", 2023) == 1_500_000
    assert rows[A].get("sales_revenue", 2022) == 1_234_000_000
    assert rows[A].get("employees", 2022) == 12
    assert rows[A].get("employees", 2023) == Fraction(67, 2)
    assert rows[B].get("sales_revenue", 2023) == 0
    assert rows[B].get("ip_class1", None) is None


def test_one_csv_file_may_be_wide(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "in.csv", f"uscc,销售收入(元)@2022,sales_revenue@0,hte_valid_until\n{A},7,8,无\n")
    row = row_of(path)
    assert [row.get("sales_revenue", year) for year in (2022, 2023)] == [700, 800]
    assert row.get("hte_valid_until", None) is NONE


def test_a_cell_in_quotation_marks_may_hold_the_separator_and_a_new_line(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "in.csv", f'uscc,企业名称,ip_class1\n{A},"甲,乙\n厂",1\n{B},丙,x\n')
    fault = only_fault(path)
    assert (fault.row, fault.column) == (4, "C ip_class1")


def test_a_row_with_more_cells_than_headings_is_a_fault(tmp_path: Path) -> None:
    fault = only_fault(csv_file(tmp_path / "in.csv", f"uscc,企业名称,ip_class1\n{A},甲,乙,1\n"))
    assert (fault.row, fault.message) == (2, "4 cells, but 3 headings")


def test_a_row_with_fewer_cells_leaves_the_rest_unknown(tmp_path: Path) -> None:
    assert row_of(csv_file(tmp_path / "in.csv", f"uscc,企业名称,ip_class1\n{A},甲\n")).get("ip_class1", None) is None


@pytest.mark.parametrize("cell", ["nan", "-inf", "Infinity", "1_000", "0x10", "1e400"])
def test_what_python_would_read_as_a_number_but_people_do_not_is_a_fault(tmp_path: Path, cell: str) -> None:
    fault = only_fault(csv_file(tmp_path / "in.csv", f"uscc,总收入@0\n{A},1.5\n{B},{cell}\n"))
    assert (fault.row, fault.column) == (3, "B 总收入@0")


def test_long_digits_are_read_exactly(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "in.csv", f"uscc,总收入@0,职工总数@0\n{A},00000001234567.89,0.00012345678901\n")
    row = row_of(path)
    assert row.get("total_income", 2023) == 123_456_789
    assert row.get("employees", 2023) == Fraction(12_345_678_901, 10**14)


def test_a_file_in_no_known_encoding_names_the_byte(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(b"uscc,name\n" + A.encode() + b",\xff\xff\n")
    with pytest.raises(Faults, match="save it as CSV UTF-8"):
        read(path)


def test_an_open_quotation_mark_is_a_fault_of_its_line(tmp_path: Path) -> None:
    with pytest.raises(Faults, match="check the quotation marks"):
        read(csv_file(tmp_path / "in.csv", f'uscc,name\n{A},甲\n{B},"乙\n'))


def test_two_files_of_one_section_are_a_fault(tmp_path: Path) -> None:
    csv_file(tmp_path / "企业.csv", ENTERPRISE)
    csv_file(tmp_path / "enterprise.csv", ENTERPRISE.replace(A, C))
    fault = only_fault(tmp_path)
    assert "both hold enterprise" in fault.message


def test_a_file_that_is_no_section_is_told(tmp_path: Path) -> None:
    population = read(folder(tmp_path, enterprise=ENTERPRISE, other="a,b\n1,2\n"))
    assert [(fault.level, fault.sheet) for fault in population.faults] == [("warning", "other.csv")]
