"""Workbooks that leave the site: marked, of plain values, in constant memory."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from tidui.kit import exports

AT = dt.datetime(2026, 6, 30, 6, 5, tzinfo=dt.UTC)


class Person(SimpleNamespace):
    """Whoever exports."""

    def get_username(self) -> str:
        return "wang"

    def __str__(self) -> str:
        return "王&工"


def book(tmp_path: Path, *sheets: exports.Sheet, **more: Any) -> CalamineWorkbook:
    path = tmp_path / "out.xlsx"
    exports.workbook(path, sheets, by=Person(), at=AT, **more)
    return CalamineWorkbook.from_path(path)


def one(tmp_path: Path, kind: Any, value: Any) -> Any:
    """What a cell of a kind holds when it is read again."""
    sheet = exports.Sheet("表", [exports.Column("列", kind)], [[value]])
    return book(tmp_path, sheet).get_sheet_by_index(1).to_python()[2][0]


@pytest.mark.parametrize(
    ("kind", "value", "found"),
    [
        ("money", 123456, 1234.56),
        ("money", -1, -0.01),
        ("money", 10**15, str(10**15)),
        ("int", 7, 7.0),
        ("int", 10**17, str(10**17)),
        ("number", Fraction(22, 4), 5.5),
        ("share", Fraction(1, 8), 0.125),
        ("code", "007", "007"),
        ("code", 7, "7"),
        ("date", dt.date(2026, 2, 28), dt.date(2026, 2, 28)),
        ("date", dt.date(1850, 1, 1), "1850-01-01"),
        ("moment", dt.datetime(2026, 2, 28, 16, 30, tzinfo=dt.UTC), dt.datetime(2026, 3, 1, 0, 30)),
        ("date", dt.datetime(2026, 2, 28, 16, 30, tzinfo=dt.UTC), dt.date(2026, 3, 1)),
        ("bool", True, "是"),
        ("bool", False, "否"),
        ("number", "不详", "不详"),
        ("date", "不详", "不详"),
        ("text", "=1+1", "=1+1"),
        ("number", float("inf"), "inf"),
    ],
)
def test_a_value_is_written_as_what_it_is(tmp_path: Path, kind: Any, value: Any, found: Any) -> None:
    assert one(tmp_path, kind, value) == found


def test_nothing_leaves_the_cell_empty(tmp_path: Path) -> None:
    sheet = exports.Sheet("表", [exports.Column("甲"), exports.Column("乙", "money"), exports.Column("丙")], [[None, None, "x"]])
    assert book(tmp_path, sheet).get_sheet_by_index(1).to_python()[2] == ["", "", "x"]


def test_a_huge_text_is_cut_to_what_a_cell_holds(tmp_path: Path) -> None:
    found = one(tmp_path, "text", "甲" * 100_000)
    assert len(found) == exports.MAX_CELL and found.endswith("…")


def test_sheets_of_the_same_or_an_odd_name_are_told_apart(tmp_path: Path) -> None:
    sheets = [exports.Sheet(name, [exports.Column("甲")], []) for name in ("单位", "单位", "[a]:*?/\\b", "长" * 40, "长" * 40, "")]
    names = book(tmp_path, *sheets).sheet_names
    assert len(set(names)) == 7 and all(0 < len(name) <= 31 for name in names)
    assert names[1:3] == ["单位", "单位 2"]


def test_too_many_rows_go_on_on_another_sheet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "MAX_ROWS", 5)
    found = book(tmp_path, exports.Sheet("表", [exports.Column("甲", "int")], ([number] for number in range(7))))
    assert found.sheet_names == ["导出说明", "表", "表 2", "表 3"]
    rows = [row for name in found.sheet_names[1:] for row in found.get_sheet_by_name(name).to_python()[2:]]
    assert [row[0] for row in rows] == list(range(7))


def test_the_first_sheet_tells_who_when_what_and_how_many(tmp_path: Path) -> None:
    sheet = exports.Sheet("单位", [exports.Column("甲")], [["x"], ["y"]])
    found = book(tmp_path, sheet, conditions=["类别：企业", "=1+1"], notes=["已脱敏"])
    rows = found.get_sheet_by_name("导出说明").to_python()
    assert rows[:6] == [
        ["导出人", "王&工 (wang)"],
        ["导出时间", "2026-06-30 14:05"],
        ["行数", "单位 2"],
        ["条件", "类别：企业"],
        ["条件", "=1+1"],
        ["说明", "已脱敏"],
    ]


def test_every_printed_page_says_who_took_it(tmp_path: Path) -> None:
    import zipfile

    book(tmp_path, exports.Sheet("单位", [exports.Column("甲")], [["x"]]))
    with zipfile.ZipFile(tmp_path / "out.xlsx") as archive:
        sheet = archive.read("xl/worksheets/sheet2.xml").decode()
    assert "<oddHeader>&amp;C&amp;8导出人 王&amp;&amp;工，导出时间 2026-06-30 14:05</oddHeader>" in sheet
    assert "<oddFooter>" in sheet


def test_progress_is_told_on_the_way(tmp_path: Path) -> None:
    told: list[int] = []
    rows = ([number] for number in range(1200))
    count = exports.workbook(
        tmp_path / "o.xlsx", [exports.Sheet("表", [exports.Column("甲", "int")], rows)], by=Person(), at=AT, progress=told.append
    )
    assert count == 1200 and told == [500, 1000]


def test_a_csv_file_holds_nothing_that_runs() -> None:
    columns = [exports.Column("=名称"), exports.Column("收入", "money"), exports.Column("占比", "share"), exports.Column("日", "date")]
    lines = list(exports.csv_lines(columns, [["=1+1", -123456, Fraction(1, 3), dt.date(2026, 1, 2)], ["-2", None, None, None]]))
    assert lines == [
        "\ufeff'=名称,收入(元),占比,日\r\n",
        "'=1+1,-1234.56,33.3333%,2026-01-02\r\n",
        "'-2,,,\r\n",
    ]


@pytest.mark.parametrize("text", ["=a", "+a", "-a", "@a", "\ta", "\ra", " =a", "＝a", "\u200b=a", "|a", "%a"])
def test_what_might_run_is_told(text: str) -> None:
    assert exports.is_formula(text) and exports.safe_text(text).startswith("'")


@pytest.mark.parametrize("text", ["a=b", "1-2", "甲@乙", "", "张三"])
def test_what_cannot_run_is_left_alone(text: str) -> None:
    assert not exports.is_formula(text) and exports.safe_text(text) == text
