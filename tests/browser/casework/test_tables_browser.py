"""Tables of the form in a real browser: by keyboard, from a spreadsheet, without scripts, from a workbook, in two tabs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import NARROW
from tests.people import World, make_world
from tests.review import never_recognised, provincial_call
from tidui.casework import actions, tabling
from tidui.casework.actions import tabling as deeds
from tidui.casework.models import Application

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
SignIn = Callable[..., Page]
Axe = Callable[[Page], list[str]]


@pytest.fixture
def world(transactional_db: None) -> World:
    """The small world, with a draft of enterprise `a` under the provincial programme."""
    world = make_world()
    call = provincial_call(world)
    never_recognised(call, world.a, timezone.now())
    actions.begin(call=call, organisation=world.a, by=world.clerk_a, at=timezone.now())
    return world


def address(table: str) -> str:
    return f"/applications/{Application.objects.get().pk}/form/{table}/"


def saved(page: Page) -> None:
    """Wait until the page says that all is saved."""
    expect(page.locator("[data-autosave-status]")).to_have_attribute("data-state", "saved")


def people() -> list[dict[str, object]]:
    """The staff as it would be submitted."""
    said = tabling.read(tabling.tables_of(Application.objects.get())).answers["table.staff"]
    return [{name: value for name, value in row.items() if name != "key"} for row in said]


def test_a_table_is_filled_by_keyboard_alone(world: World, sign_in: SignIn) -> None:
    page = sign_in(world.clerk_a)
    page.goto(address("staff"))
    page.locator("[data-add]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#row-1 input[name='t.staff.1.name']")).to_be_focused()
    for name in ("王工", "李工"):
        page.keyboard.type(name)
        page.keyboard.press("Tab")
        page.keyboard.type("硕士")
        page.keyboard.press("Tab")
        page.keyboard.type("研发")
        page.locator("#row-1 input[name$='days'], #row-2 input[name$='days']").last.fill("240")
        saved(page)
        if name == "王工":
            page.locator("input[name='t.staff.1.name']").focus()
            page.keyboard.press("Enter")  # past the last row: a new one, and there the cursor
            expect(page.locator("input[name='t.staff.2.name']")).to_be_focused()
    assert people() == [
        {"name": name, "degree": "硕士", "post": "研发", "days": 240} for name in ("王工", "李工")
    ]  # fmt: skip
    page.locator("input[name='t.staff.1.days']").fill("很多")
    expect(page.locator("#row-1")).to_contain_text("不是数字")


def test_whoever_types_before_the_last_picture_has_come_goes_on_where_they_are(world: World, sign_in: SignIn) -> None:
    draft = Application.objects.get()
    deeds.add_rows(application=draft, table="staff", count=1, by=world.clerk_a, at=timezone.now())
    page = sign_in(world.clerk_a)
    held: list[Route] = []
    page.route("**/icons*.svg", lambda route: held.append(route))
    page.goto(f"{address('staff')}#row-1", wait_until="domcontentloaded")
    degree = page.locator("input[name='t.staff.1.degree']")
    degree.click()
    page.keyboard.type("硕")
    assert page.evaluate("document.readyState") == "interactive" and held
    for route in held:
        route.continue_()
    page.wait_for_load_state()
    page.evaluate("new Promise((done) => { setTimeout(done, 100); })")
    page.keyboard.type("士")
    expect(degree).to_have_value("硕士")
    saved(page)


def test_a_block_of_a_spreadsheet_is_pasted_into_the_cells(world: World, sign_in: SignIn) -> None:
    draft = Application.objects.get()
    deeds.add_rows(application=draft, table="staff", count=3, by=world.clerk_a, at=timezone.now())
    page = sign_in(world.clerk_a)
    page.goto(address("staff"))
    page.locator("input[name='t.staff.2.name']").evaluate(
        """one => {
            const data = new DataTransfer();
            data.setData("text/plain", "张工\\t本科\\t测试\\t2020/5/6\\t200\\n赵工\\t博士\\t研发\\t\\t180\\n多余\\t行\\t\\t\\t");
            one.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
        }"""
    )
    saved(page)
    assert people() == [
        {"name": "张工", "degree": "本科", "post": "测试", "since": "2020-05-06", "days": 200},
        {"name": "赵工", "degree": "博士", "post": "研发", "days": 180},
    ]


def test_two_tabs_show_both_values_of_a_cell(world: World, sign_in: SignIn) -> None:
    draft = Application.objects.get()
    deeds.add_rows(application=draft, table="staff", count=1, by=world.clerk_a, at=timezone.now())
    page, other = sign_in(world.clerk_a), sign_in(world.clerk_a)
    for tab in (page, other):
        tab.goto(address("staff"))
    page.locator("input[name='t.staff.1.name']").fill("王工")
    saved(page)
    other.locator("input[name='t.staff.1.name']").fill("李工")
    expect(other.locator("#row-1 .conflict")).to_contain_text("王工")
    assert people()[0]["name"] == "王工"


def test_a_table_is_filled_without_scripts_and_on_a_telephone(world: World, sign_in: SignIn, axe: Axe) -> None:
    page = sign_in(world.clerk_a, java_script_enabled=False, viewport=NARROW)
    page.goto(address("rd"))
    page.get_by_role("button", name="加行", exact=True).click()
    page.locator("[name='t.rd.1.name']").fill("薄膜压力芯片研制")
    page.locator("[name='t.rd.1.field']").select_option("803")
    page.locator("[name='t.rd.1.spent']").fill("180.5")
    page.get_by_role("button", name="保存", exact=True).last.click()
    expect(page.get_by_text("已保存，尚未提交。")).to_be_visible()
    said = tabling.read(tabling.tables_of(Application.objects.get())).answers["table.rd"][0]
    assert (said["field"], said["spent"]) == ("803", 180_5000_00)


def test_a_workbook_is_uploaded_and_its_faults_put_right_in_place(
    world: World, sign_in: SignIn, axe: Axe, tmp_path: Path
) -> None:
    page = sign_in(world.clerk_a)
    page.goto(address("staff"))
    with page.expect_download() as told:
        page.get_by_role("link", name="下载模板").click()
    book = tmp_path / "staff.xlsx"
    told.value.save_as(book)
    assert book.stat().st_size > 4000
    file = tmp_path / "staff.csv"
    file.write_text("姓名,学历,岗位,上年度实际工作天数\n王工,硕士,研发,240\n李工,博士,研发,多\n", "utf-8")
    page.get_by_role("link", name="粘贴或上传").click()
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="读入").click()
    expect(page.get_by_text("读入2行。")).to_be_visible()
    page.get_by_role("link", name="RY02 上年度实际工作天数").click()
    assert axe(page) == []
    page.locator("input[name='t.staff.2.days']").fill("200")
    saved(page)
    assert [row["days"] for row in people()] == [240, 200]
