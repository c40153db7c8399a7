"""Bad files: each sort is refused or marked with a clear message, and nothing of the register is lost or written."""

from __future__ import annotations

import datetime as dt
import zipfile
from pathlib import Path
from typing import Any

import pytest
import python_calamine
import xlsxwriter
from django.core.exceptions import ValidationError
from django.utils import translation
from tests.integration.registry.importing import bring, hand_in, run
from tests.people import World, credit_code
from tests.unit.tables.making import workbook

from tidui.accounts.models import Organisation
from tidui.facts.faults import Fault
from tidui.facts.wording import said
from tidui.kit import files
from tidui.registry.facts import fact_set
from tidui.registry.importing.enums import ImportState, Policy
from tidui.registry.importing.models import Import
from tidui.registry.importing.stored import UPLOAD
from tidui.registry.models import Return

pytestmark = pytest.mark.django_db

HEAD = ["统一社会信用代码", "企业名称", "Ⅰ类知识产权数"]
YEARS = ["统一社会信用代码", "年度", "销售收入(元)", "职工总数"]


def read(path: Path, world: World, **more: Any) -> Import:
    """Hand a file in as the department, and have it read."""
    one = hand_in(path, world.department_officer, world.department, **more)
    run()
    one.refresh_from_db()
    assert one.state == ImportState.CHECKED, one.error
    assert not Return.objects.exists()
    return one


def told(one: Import) -> list[tuple[Any, ...]]:
    """Row, column and Chinese message of every fault."""
    faults = [said(Fault(**fault), "zh-hans") for fault in one.preview["first"] if fault["level"] == "fault"]
    return [(fault.row, (fault.column or "").partition(" ")[0], fault.message) for fault in faults]


def refused(path: Path, name: str | None = None) -> str:
    """Why the upload itself is refused."""
    with pytest.raises(ValidationError) as caught, translation.override("zh-hans"):
        files.receive(path, kind=UPLOAD, name=name or path.name)
    return " ".join(str(message) for message in caught.value.messages)


def test_a_zip_bomb_is_refused_at_the_door(tmp_path: Path) -> None:
    path = workbook(tmp_path / "bomb.xlsx", 企业=[HEAD])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet9.xml", b" " * (300 * 2**20))
    assert refused(path)


def test_a_workbook_with_macros_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "macros.xlsx"
    book = xlsxwriter.Workbook(str(path))
    book.add_worksheet("企业").write_row(0, 0, HEAD)
    vba = tmp_path / "vbaProject.bin"
    vba.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1024))
    book.add_vba_project(str(vba))
    book.close()
    assert refused(path)


def test_an_old_workbook_and_one_with_a_password_are_refused_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "old.xls"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4096))
    assert "xlsx" in refused(path).lower()
    assert refused(path, "locked.xlsx")


def test_what_is_no_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "page.xlsx"
    path.write_text("<html><script>alert(1)</script></html>")
    assert refused(path)
    path = workbook(tmp_path / "cut.xlsx", 企业=[HEAD])
    path.write_bytes(path.read_bytes()[:-300])
    assert refused(path)


def test_a_cell_of_fifty_megabytes_is_refused_or_marked(world: World, tmp_path: Path) -> None:
    path = tmp_path / "cell.csv"
    path.write_text("统一社会信用代码,企业名称\n" + world.a.uscc + ',"' + "长" * (17 * 2**20) + '"\n', encoding="utf-8")
    one = read(path, world)
    assert one.preview["faults"] == 1
    assert told(one)[0][0] == 2


def test_a_csv_file_in_gbk_is_read(world: World, tmp_path: Path) -> None:
    path = tmp_path / "年度.csv"
    text = f"统一社会信用代码,年度,销售收入(万元)\n{world.a.uscc},2024,12.5\n"
    path.write_bytes(text.encode("gb18030"))
    one = bring(path, world.department_officer, world.department)
    assert one.state == ImportState.APPLIED
    assert fact_set(world.a).get("sales_revenue", 2024) == 12_500_000


def test_a_csv_file_without_a_telling_name_is_known_by_its_headings(world: World, tmp_path: Path) -> None:
    path = tmp_path / "上报.csv"
    path.write_text(f"统一社会信用代码,年度,职工总数\n{world.a.uscc},2024,33\n", encoding="utf-8")
    bring(path, world.department_officer, world.department)
    assert fact_set(world.a).get("employees", 2024) == 33


@pytest.mark.parametrize(
    ("cell", "message"),
    [("很多", "不是金额"), (True, "不是数字"), (-5, "为负数"), ("1.234", "不足一分"), (dt.date(2024, 1, 1), "不是数字"),
     ("=1/0⇒#DIV/0!", "错误"), (1e300, "超出")],
)  # fmt: skip
def test_a_wrong_value_is_told_with_its_cell_and_nothing_is_written(
    world: World, tmp_path: Path, cell: object, message: str
) -> None:
    path = workbook(tmp_path / "a.xlsx", 年度=[YEARS, [world.a.uscc, 2024, cell, 10], [world.b.uscc, 2024, 5, 10]])
    one = read(path, world)
    ((row, column, said_of_it),) = told(one)
    assert (row, column) == (2, "C")
    assert message in said_of_it
    assert one.preview["firms"]["left_out"] == 1


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", '=HYPERLINK("http://x")', "+cmd|' /C calc'!A0", "@SUM(1)", "-1+1"]
)
def test_markup_and_formulas_in_a_text_stay_text(world: World, tmp_path: Path, text: str) -> None:
    code = credit_code(950)
    path = tmp_path / "a.csv"
    quoted = text.replace('"', '""')
    path.write_text(f'统一社会信用代码,企业名称,行政区划代码\n{code},"{quoted}",620102\n', encoding="utf-8")
    bring(path, world.department_officer, world.department)
    assert Organisation.objects.get(uscc=code).name == text


def test_a_formula_in_the_marked_workbook_is_text(world: World, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"统一社会信用代码,企业名称,Ⅰ类知识产权数\n{world.a.uscc},=1+1,很多\n", encoding="utf-8")
    one = read(path, world)
    marked = files.path(one.marked)
    with zipfile.ZipFile(marked) as archive:
        sheets = [archive.read(name).decode() for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
    assert not any("<f>" in sheet for sheet in sheets)
    assert "=1+1" in str(python_calamine.CalamineWorkbook.from_path(str(marked)).get_sheet_by_index(1).to_python())


def test_merged_headings_blank_rows_and_stray_columns_are_read_over(world: World, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(str(path))
    page = book.add_worksheet("年度")
    page.merge_range(0, 0, 0, 3, "企业年度数据  单位：万元")
    page.merge_range(2, 0, 3, 0, "统一社会信用代码")
    page.merge_range(2, 1, 3, 1, "年度")
    page.merge_range(2, 2, 2, 3, "经营情况")
    page.write_row(3, 2, ["销售收入", "职工总数"])
    page.write_row(6, 0, [world.a.uscc, 2024, 12.5, 10])
    page.write_row(9, 0, [world.b.uscc, "2024年度", "30", 12])
    book.close()
    one = bring(path, world.department_officer, world.department)
    assert told(one) == []
    assert fact_set(world.a).get("sales_revenue", 2024) == 12_500_000
    assert fact_set(world.b).get("sales_revenue", 2024) == 30_000_000


def test_a_heading_that_stands_twice_is_a_fault(world: World, tmp_path: Path) -> None:
    head = [*HEAD, "Ⅰ类知识产权数"]
    one = read(workbook(tmp_path / "a.xlsx", 企业=[head, [world.a.uscc, world.a.name, 1, 2]]), world)
    assert told(one)[0][:2] == (1, "D")


def test_a_hidden_sheet_is_not_read_and_told_of(world: World, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(str(path))
    book.add_worksheet("企业").write_row(0, 0, HEAD)
    hidden = book.add_worksheet("年度")
    hidden.write_row(0, 0, YEARS)
    hidden.write_row(1, 0, [world.a.uscc, 2024, 5, 5])
    hidden.hide()
    book.close()
    one = read(path, world)
    assert [(fault["level"], fault["sheet"]) for fault in one.preview["first"]] == [("warning", "年度")]
    assert one.preview["firms"]["changed"] == 0


def test_dates_as_text_and_amounts_with_their_unit_are_read(world: World, tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "a.xlsx",
        企业=[["统一社会信用代码", "注册成立日期"], [world.a.uscc, "2015年3月1日"], [world.b.uscc, "2016/3/1"]],
        年度=[YEARS, [world.a.uscc, 2024, "1,200万元", "10"]],
    )
    bring(path, world.department_officer, world.department)
    assert fact_set(world.a).get("established_on") == dt.date(2015, 3, 1)
    assert fact_set(world.b).get("established_on") == dt.date(2016, 3, 1)
    assert fact_set(world.a).get("sales_revenue", 2024) == 1_200_000_000


def test_an_enterprise_that_stands_twice_is_a_fault_of_the_second_row(world: World, tmp_path: Path) -> None:
    rows = [[world.a.uscc, None, 1], [world.b.uscc, None, 2], [world.a.uscc, None, 3]]
    one = read(workbook(tmp_path / "a.xlsx", 企业=[HEAD, *rows]), world)
    assert [(row, message) for row, _, message in told(one)] == [(4, f"{world.a.uscc} 在第 2 行已出现")]
    assert one.preview["firms"]["left_out"] == 1


def test_a_figure_before_the_founding_that_the_register_knows_is_a_fault(world: World, tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "a.xlsx", 企业=[["统一社会信用代码", "注册成立日期"], [world.a.uscc, dt.date(2020, 5, 1)]]
    )
    bring(path, world.department_officer, world.department)
    later = workbook(tmp_path / "b.xlsx", 年度=[YEARS, [world.a.uscc, 2018, 5, 5]])
    one = hand_in(later, world.department_officer, world.department)
    run()
    one.refresh_from_db()
    assert [(row, message) for row, _, message in told(one)] == [(2, "填写了企业成立以前年度的数据")]


def test_a_new_enterprise_without_name_or_place_is_a_fault(world: World, tmp_path: Path) -> None:
    one = read(workbook(tmp_path / "a.xlsx", 企业=[HEAD, [credit_code(960), None, 1]]), world)
    assert {message for _, _, message in told(one)} == {
        "名册中没有该企业，且未填企业名称", "名册中没有该企业，且未填行政区划",
    }  # fmt: skip


def test_keep_going_writes_the_right_ones_and_marks_the_wrong_cells(world: World, tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", 企业=[HEAD, [world.a.uscc, None, 1], [world.b.uscc, None, "很多"]])
    one = bring(path, world.department_officer, world.department, policy=Policy.KEEP_GOING)
    assert one.state == ImportState.APPLIED
    assert fact_set(world.a).get("ip_class1") == 1
    assert fact_set(world.b).get("ip_class1") is None
    with zipfile.ZipFile(files.path(one.marked)) as archive:
        comments = "".join(archive.read(name).decode() for name in archive.namelist() if "comments" in name)
        styles = archive.read("xl/styles.xml").decode()
    assert 'ref="C3"' in comments
    assert "不是数字" in comments
    assert "F8CBAD" in styles


def test_a_workbook_of_other_things_is_told_so(world: World, tmp_path: Path) -> None:
    one = read(workbook(tmp_path / "a.xlsx", 通讯录=[["姓名", "电话"], ["张三", "13900000000"]]), world)
    assert one.preview["faults"] == 1
    assert told(one)[0][2] == "没有找到表头"


def test_the_part_for_marks_of_experts_is_left_out(world: World, tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "a.xlsx", 企业=[HEAD, [world.a.uscc, None, 1]],
        专家评分=[["统一社会信用代码", "tech_advancement"], [world.a.uscc, 5]],
    )  # fmt: skip
    one = read(path, world)
    assert [(fault["level"], fault["sheet"]) for fault in one.preview["first"]] == [("warning", "专家评分")]
