"""The workbook that is handed back: the same rows, with the bad cells marked."""

from __future__ import annotations

import datetime as dt
import zipfile
from pathlib import Path

import python_calamine

from tests.unit.tables.making import A, csv_file, workbook
from tidui.facts.faults import Fault
from tidui.tables import marking

FAULT = Fault("years.2024.employees", "-1 为负数", "应为 0 或正数", sheet="年度", row=3, column="C 职工总数")


def sheets(path: Path) -> dict[str, list[list[object]]]:
    book = python_calamine.CalamineWorkbook.from_path(str(path))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def test_rows_stay_where_they_were_and_cells_what_they_were(tmp_path: Path) -> None:
    rows = [["统一社会信用代码", "年度", "职工总数"], [A, 2023, 5], [A, 2024, -1], [A, "=1+1⇒2", dt.date(2024, 1, 5)]]
    path = workbook(tmp_path / "in.xlsx", 年度=rows)
    marking.write(path, [FAULT], tmp_path / "out.xlsx")
    found = sheets(tmp_path / "out.xlsx")
    assert list(found) == ["问题清单", "年度"]
    assert found["年度"] == [rows[0], [A, 2023.0, 5.0], [A, 2024.0, -1.0], [A, "2", dt.date(2024, 1, 5)]]
    assert found["问题清单"][1] == [
        "错误",
        "年度",
        "3",
        "C 职工总数",
        "years.2024.employees",
        "-1 为负数",
        "应为 0 或正数",
    ]


def test_the_bad_cell_is_filled_and_has_a_note_with_what_to_write(tmp_path: Path) -> None:
    path = workbook(tmp_path / "in.xlsx", 年度=[["统一社会信用代码", "年度", "职工总数"], [A, 2023, 5], [A, 2024, -1]])
    marking.write(path, [FAULT], tmp_path / "out.xlsx")
    with zipfile.ZipFile(tmp_path / "out.xlsx") as archive:
        notes = archive.read("xl/comments1.xml").decode()
        sheet = archive.read("xl/worksheets/sheet2.xml").decode()
        listed = archive.read("xl/worksheets/sheet1.xml").decode()
    assert 'ref="C3"' in notes
    assert "应当填写：应为 0 或正数" in notes
    assert 'r="C3" s="' in sheet
    assert 'r="C2" s="' not in sheet
    assert "'年度'!C3" in listed


def test_a_cell_that_was_left_blank_is_marked_too(tmp_path: Path) -> None:
    path = workbook(tmp_path / "in.xlsx", 企业=[["统一社会信用代码", "企业名称"], [A]])
    fault = Fault("enterprise.name", "缺少名称", None, "warning", "企业", 2, "B 企业名称")
    marking.write(path, [fault], tmp_path / "out.xlsx")
    with zipfile.ZipFile(tmp_path / "out.xlsx") as archive:
        assert 'r="B2" s="' in archive.read("xl/worksheets/sheet2.xml").decode()


def test_a_csv_file_comes_back_as_a_workbook_and_a_broken_file_as_a_list(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "年度.csv", f"统一社会信用代码,企业名称\n{A},=1+1\n", "gb18030")
    marking.write(path, [], tmp_path / "out.xlsx")
    assert sheets(tmp_path / "out.xlsx")["年度.csv"][1] == [A, "=1+1"]
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(b"PK nothing")
    marking.write(broken, [Fault("", "不是可读的工作簿", None, sheet="broken.xlsx")], tmp_path / "list.xlsx", lang="en")
    assert list(sheets(tmp_path / "list.xlsx")) == ["faults"]
