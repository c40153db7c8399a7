"""The guide, as the authorities live it: taking a register over, a move between counties, the audit of it all.

Every person has a browser context of their own. The pictures of docs/users/guide.zh.md are made here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NARROW, Screenshot, SignIn
from tests.browser.guide import known_enterprise
from tests.people import World, credit_code
from tests.unit.tables.making import workbook
from tidui.accounts.models import Organisation
from tidui.kit import clock, jobs
from tidui.registry.facts import fact_set

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

#: Enterprises of the small register: credit code, name, founded, division.
FIRMS = (
    (credit_code(970, "620102"), "兰州东岗节能技术有限公司", "2016-04-11", "城关区"),
    (credit_code(971, "620103"), "兰州彭家坪传感有限公司", "2019-08-08", "七里河区"),
    (credit_code(972, "620102"), "甘肃五泉软件有限公司", "2018-11-20", "城关区"),
)


@pytest.fixture(autouse=True)
def place(settings: Any, tmp_path: Path) -> None:
    """Files go where this test alone keeps them."""
    settings.MEDIA_ROOT = tmp_path / "files"


def register(path: Path, staff: object) -> Path:
    """A department's register as it kept it; `staff` stands in one cell."""
    year = clock.today().year - 1
    return workbook(
        path,
        企业=[
            ["统一社会信用代码", "企业名称", "注册成立日期", "行政区划代码", "国民经济行业代码"],
            *([*firm, "C4019"] for firm in FIRMS),
        ],
        年度=[
            ["统一社会信用代码", "年度", "销售收入(万元)", "职工总数"],
            *([firm[0], year, 1200 + 350.5 * number, 30 + number] for number, firm in enumerate(FIRMS[1:])),
            [FIRMS[0][0], year, 820, staff],
        ],
    )


def upload(page: Page, path: Path) -> None:
    """Hand a workbook in, as the page of imports asks for it, and let the worker read it."""
    page.goto("/import/")
    page.get_by_role("link", name="上传文件").first.click()
    page.locator("input[type=file]").set_input_files(str(path))
    page.get_by_role("button", name="上传并试读").click()
    page.wait_for_url("**/import/*-*/")
    jobs.work_off()
    page.reload()


def names(page: Page) -> str:
    """What the register lists."""
    page.goto("/register/")
    return page.locator("main").inner_text()


def test_a_register_is_taken_over_and_each_county_sees_its_own(
    world: World, tmp_path: Path, sign_in: SignIn, screenshot: Screenshot
) -> None:
    page = sign_in(world.department_officer)
    upload(page, register(tmp_path / "企业名册.xlsx", "三十"))
    expect(page.get_by_text("三十 不是数字")).to_be_visible()
    assert not Organisation.objects.filter(uscc=FIRMS[1][0]).exists()
    with page.expect_download() as download:
        page.get_by_role("link", name="下载标出错误的工作簿").first.click()
    assert download.value.suggested_filename == "企业名册-问题.xlsx"

    upload(page, register(tmp_path / "企业名册.xlsx", 36))
    expect(page.get_by_text("新增的企业").first).to_be_visible()
    screenshot(page, "take-over-preview")
    page.get_by_role("button", name="导入", exact=True).click()
    jobs.work_off()
    page.reload()
    expect(page.get_by_text("文件已导入")).to_be_visible()

    shown = names(page)
    assert all(firm[1] in shown for firm in FIRMS)
    screenshot(page, "register")
    county = names(sign_in(world.county_officer))
    assert FIRMS[0][1] in county and FIRMS[2][1] in county and FIRMS[1][1] not in county
    dark = sign_in(world.county_officer, viewport=NARROW, color_scheme="dark")
    dark.goto("/register/")
    screenshot(dark, "register-phone-dark")


def test_an_enterprise_moves_and_the_old_county_still_reads_what_it_decided(
    world: World, sign_in: SignIn, screenshot: Screenshot
) -> None:
    known_enterprise(world)
    county, year = sign_in(world.county_officer), clock.today().year - 1
    county.goto(f"/enterprises/{world.a.pk}/file/years/{year}/")
    county.get_by_label("核实 职工总数").check()
    county.get_by_role("button", name="核实所选指标").click()
    expect(county.locator("#employees")).to_contain_text("已核实")
    decided = world.a.returns.get(section="years")

    department = sign_in(world.department_officer)
    department.goto(f"/organisations/{world.a.pk}/move/")
    department.get_by_label("行政区划").select_option("620103")
    department.get_by_label("原因").fill("迁址登记，兰登记〔2026〕118 号")
    screenshot(department, "move")
    department.locator("main").get_by_role("button", name="保存").click()
    department.wait_for_url(f"**/organisations/{world.a.pk}/")
    expect(department.get_by_text("七里河区").first).to_be_visible()

    assert world.a.name not in names(county)
    county.goto(f"/returns/{decided.pk}/")
    expect(county.get_by_text("职工总数").first).to_be_visible()
    county.goto("/returns/")
    expect(county.locator("tbody")).to_contain_text(world.a.name)
    assert county.goto(f"/enterprises/{world.a.pk}/file/").status == 404  # type: ignore[union-attr]
    assert world.a.name in names(sign_in(world.other_county_officer))
    firm = sign_in(world.clerk_a)
    firm.goto(f"/enterprises/{world.a.pk}/file/years/{year}/")
    expect(firm.locator("#employees")).to_contain_text("已核实")
    assert fact_set(world.a).get("employees", year) == 40


def test_the_auditor_reads_what_happened_and_changes_nothing(
    world: World, sign_in: SignIn, visitor: SignIn, screenshot: Screenshot
) -> None:
    from django.utils import timezone

    from tidui.accounts import actions
    from tidui.audit import seals

    known_enterprise(world)
    actions.change_organisation(
        organisation=world.a, changes={"division": "620103"}, since=clock.today(), reason="迁址登记",
        by=world.department_officer, at=timezone.now(),
    )  # fmt: skip
    now = timezone.now()
    seals.seal(at=now, patience=60)
    seals.publish(day=clock.today(), at=now, patience=60)
    page = sign_in(world.inspector, viewport={"width": 1280, "height": 640})
    page.goto("/audit/events/")
    expect(page.get_by_text(world.a.name).first).to_be_visible()
    screenshot(page, "audit-events")
    assert page.goto(f"/organisations/{world.a.pk}/move/").status == 403  # type: ignore[union-attr]
    page.goto(f"/enterprises/{world.a.pk}/file/years/{clock.today().year - 1}/")
    expect(page.get_by_role("button", name="核实所选指标")).to_have_count(0)
    page.goto("/audit/")
    page.get_by_role("button", name="立即核对").click()
    page.wait_for_url("**/jobs/**")
    jobs.work_off()
    page.goto("/audit/")
    expect(page.get_by_text("完好")).to_be_visible()
    public = visitor()
    public.goto("/")
    public.locator("footer").get_by_role("link", name="公布的审计链首").click()
    public.wait_for_url("**/audit/heads/")
    head = seals.head()
    assert head is not None
    expect(public.locator("tbody")).to_contain_text(seals.short(head.digest))
    screenshot(public, "chain-heads")


def test_the_keyboard_alone_filters_the_register(world: World, sign_in: SignIn) -> None:
    known_enterprise(world)
    page = sign_in(world.county_officer)
    page.goto("/register/")
    opener = page.locator(".list-filters > summary")
    for _ in range(60):
        page.keyboard.press("Tab")
        if opener.evaluate("one => one === document.activeElement"):
            break
    expect(opener).to_be_focused()
    page.keyboard.press("Enter")
    box = page.get_by_label("只差一项")
    for _ in range(40):
        page.keyboard.press("Tab")
        if box.evaluate("one => one === document.activeElement"):
            break
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_url("**shortfall=one**")
    expect(page.locator("tbody")).to_contain_text(world.a.name)
