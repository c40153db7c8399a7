"""Taking a register over in a browser: with and without scripts, on a telephone, in the dark, in English."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NARROW, Axe, Screenshot, SignIn
from tests.people import World, credit_code
from tests.unit.tables.making import workbook
from tidui.accounts.models import Organisation
from tidui.kit import jobs
from tidui.registry.facts import fact_set
from tidui.registry.importing.models import Import

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.journey]

HEAD = ["统一社会信用代码", "企业名称", "注册成立日期", "行政区划代码", "Ⅰ类知识产权数"]


def register(world: World, path: Path, cell: object = 2) -> Path:
    """A workbook with one enterprise of the register, one new one, and perhaps a bad cell."""
    return workbook(
        path,
        企业=[
            HEAD,
            [world.a.uscc, world.a.name, "2015-03-01", "城关区", 3],
            [credit_code(970, "620103"), "兰州彭家坪传感有限公司", "2019-08-08", "七里河区", cell],
        ],
        年度=[
            ["统一社会信用代码", "年度", "销售收入(万元)", "职工总数"],
            [world.a.uscc, 2024, 3350.25, 86],
            [world.a.uscc, 2025, 3600, 90],
        ],
    )


def upload(page: Any, path: Path) -> None:
    page.goto("/import/")
    page.get_by_role("link", name="上传文件").first.click()
    page.locator("input[type=file]").set_input_files(str(path))
    page.get_by_role("button", name="上传并试读").click()
    page.wait_for_url("**/import/*-*/")
    jobs.work_off()
    page.reload()


def test_a_register_is_taken_over_after_a_look_at_what_would_happen(
    world: World, tmp_path: Path, sign_in: SignIn, axe: Axe, screenshot: Screenshot
) -> None:
    page = sign_in(world.department_officer)
    upload(page, register(world, tmp_path / "名册.xlsx"))
    expect(page.get_by_text("新增的企业").first).to_be_visible()
    assert axe(page) == []
    screenshot(page, "import-preview")
    page.get_by_role("button", name="导入", exact=True).click()
    jobs.work_off()
    page.reload()
    expect(page.get_by_text("文件已导入")).to_be_visible()
    assert axe(page) == []
    assert Organisation.objects.filter(name="兰州彭家坪传感有限公司").exists()
    assert fact_set(world.a).get("sales_revenue", 2025) == 3_600_000_000


def test_faults_are_shown_and_the_rest_is_imported_without_any_script(
    world: World, tmp_path: Path, sign_in: SignIn, screenshot: Screenshot
) -> None:
    page = sign_in(world.department_officer, java_script_enabled=False)
    upload(page, register(world, tmp_path / "名册.xlsx", "很多"))
    expect(page.get_by_text("很多 不是数字")).to_be_visible()
    screenshot(page, "import-faults")
    with page.expect_download() as download:
        page.get_by_role("link", name="下载标出错误的工作簿").first.click()
    assert download.value.suggested_filename == "名册-问题.xlsx"
    page.get_by_role("button", name="跳过有错误的企业，导入其余").click()
    jobs.work_off()
    page.reload()
    expect(page.get_by_text("文件已导入")).to_be_visible()
    assert fact_set(world.a).get("ip_class1") == 3
    assert not Organisation.objects.filter(name="兰州彭家坪传感有限公司").exists()


@pytest.mark.parametrize("path", ["/import/", "/import/new/", "done"])
def test_every_page_of_imports_is_fit_for_all_in_both_themes_and_on_a_telephone(
    world: World, tmp_path: Path, sign_in: SignIn, axe: Axe, path: str
) -> None:
    page = sign_in(world.department_officer, viewport=NARROW)
    upload(page, register(world, tmp_path / "名册.xlsx", "很多"))
    page.goto(path if path != "done" else f"/import/{Import.objects.get().pk}/")
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]


def test_the_pages_speak_english(world: World, tmp_path: Path, sign_in: SignIn) -> None:
    page = sign_in(world.department_officer)
    upload(page, register(world, tmp_path / "register.xlsx", "many"))
    page.context.add_cookies([{"name": "tidui_language", "value": "en", "url": page.url}])
    page.reload()
    expect(page.get_by_text("many is not a number")).to_be_visible()
    expect(page.get_by_text("New enterprises").first).to_be_visible()
