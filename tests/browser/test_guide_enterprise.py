"""The guide, as an enterprise lives it: signing up, filing, a value in dispute; with scripts, without, by keyboard.

Every person has a browser context of their own. The pictures of docs/users/guide.zh.md are made here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NARROW, Screenshot, SignIn
from tests.browser.guide import file_facts, known_enterprise
from tests.people import PASSWORD, World, credit_code
from tests.walks.accounts import PDF
from tidui.accounts.models import Membership, Organisation
from tidui.kit import clock
from tidui.registry.facts import fact_set
from tidui.registry.models import Difference, Return

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

NEW = "兰州雁滩智能装备有限公司"
SECRET = "Huanghe-2026-qiao"
SAVED = "已保存"


@pytest.fixture
def place(settings: Any, tmp_path: Path) -> None:
    """Files go where this test alone keeps them."""
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def known(world: World, place: None) -> World:
    """The world in which enterprise `a` filed what it is, and a year of figures that falls short."""
    known_enterprise(world)
    return world


def year() -> int:
    """The fiscal year that everything is assessed for."""
    return clock.today().year - 1


def form(world: World) -> str:
    """The address of enterprise `a`'s form of the year."""
    return f"/enterprises/{world.a.pk}/file/years/{year()}/"


def saved(page: Page) -> None:
    """The form says that everything is saved."""
    expect(page.locator("[data-autosave-status]")).to_contain_text(SAVED)


def press(page: Page, name: str) -> None:
    """Press a button of the page itself."""
    page.locator("main").get_by_role("button", name=name, exact=True).click()


def sign_in_by_form(page: Page, name: str, password: str) -> None:
    """Type name and password as a person does."""
    page.goto("/sign-in/")
    page.get_by_label("登录名").fill(name)
    page.locator("input[name=password]").fill(password)
    page.get_by_role("button", name="登录", exact=True).click()
    page.wait_for_url(lambda url: "/sign-in/" not in url)


# ------------------------------------------------------------------------------------------------------ sign-up
def sign_up(page: Page, paper: Path) -> None:
    """An enterprise that nobody knows asks to be let in."""
    page.goto("/")
    page.locator("main").get_by_role("link", name="企业注册").click()
    page.wait_for_url("**/sign-up/")
    for field, value in {
        "uscc": credit_code(4400), "name": NEW, "person": "赵一鸣", "mobile": "13812345678", "username": "zhaoyiming",
        "password": SECRET, "again": SECRET,
    }.items():  # fmt: skip
        page.fill(f"[name={field}]", value)
    page.select_option("[name=division]", "620102")
    page.set_input_files("input[type=file]", str(paper))


def test_an_enterprise_signs_up_is_let_in_and_invites_its_accountant(
    world: World, place: None, visitor: SignIn, sign_in: SignIn, screenshot: Screenshot, tmp_path: Path
) -> None:
    paper = tmp_path / "营业执照.pdf"
    paper.write_bytes(PDF)
    page = visitor()
    sign_up(page, paper)
    page.evaluate("scrollTo(0, 0)")
    screenshot(page, "sign-up")
    press(page, "提交")
    page.wait_for_url("**/sign-up/done/")

    officer = sign_in(world.county_officer)
    officer.goto("/join/requests/")
    officer.get_by_role("link", name=NEW).click()
    screenshot(officer, "join-request")
    press(officer, "确认")
    expect(officer.get_by_text("已确认").first).to_be_visible()
    other = sign_in(world.other_county_officer)
    other.goto("/join/requests/decided/")
    expect(other.get_by_text(NEW)).to_have_count(0)

    sign_in_by_form(page, "zhaoyiming", SECRET)
    firm = Organisation.objects.get(name=NEW)
    page.goto(f"/organisations/{firm.pk}/invite/")
    page.get_by_label("被邀请人姓名").fill("钱会计")
    page.get_by_label("角色").select_option("clerk")
    press(page, "生成链接")
    link = page.get_by_label("邀请链接", exact=True).input_value()

    accountant = visitor()
    accountant.goto(link)
    for field, value in {
        "person": "钱会计", "mobile": "13912345678", "username": "qiankuaiji", "password": SECRET, "again": SECRET,
    }.items():  # fmt: skip
        accountant.fill(f"[name={field}]", value)
    press(accountant, "建立账号并接受邀请")
    accountant.wait_for_url(lambda url: "/join/" not in url)
    assert Membership.objects.filter(organisation=firm, user__username="qiankuaiji", role="clerk").exists()
    again = visitor()
    again.goto(link)
    expect(again.get_by_role("button", name="建立账号并接受邀请")).to_have_count(0)


# ------------------------------------------------------------------------------------------------------- filing
def test_a_year_is_filed_through_a_dropped_line_and_the_first_page_follows(
    known: World, sign_in: SignIn, screenshot: Screenshot
) -> None:
    page = sign_in(known.clerk_a)
    page.goto("/")
    expect(page.get_by_text("下一梯级：科技型中小企业")).to_be_visible()
    screenshot(page, "first-page")
    page.goto(form(known))
    page.locator("[name=rd_deductible]").fill("620000")
    saved(page)
    page.context.set_offline(True)
    page.locator("[name=employees]").fill("42")
    expect(page.locator("[data-autosave-status]")).to_contain_text("离线")
    page.locator("#employees").evaluate("one => one.scrollIntoView({block: 'center', behavior: 'instant'})")
    screenshot(page, "form-offline")
    page.context.set_offline(False)
    saved(page)
    page.reload()
    expect(page.locator("[name=employees]")).to_have_value("42")
    expect(page.locator("[name=rd_deductible]")).to_have_value("620000")
    page.get_by_label("说明").fill("依据年度审计报告")
    press(page, "填报")
    page.wait_for_url("**/receipt/")
    expect(page.get_by_text("已填报。").first).to_be_visible()
    screenshot(page, "receipt")
    assert fact_set(known.a).get("employees", year()) == 42

    page.goto("/")
    expect(page.get_by_text("按现有指标已经符合条件，可以申报。")).to_be_visible()
    narrow = sign_in(known.clerk_a, viewport=NARROW)
    narrow.goto("/")
    screenshot(narrow, "first-page-phone")


def test_filing_works_without_a_script(known: World, sign_in: SignIn) -> None:
    page = sign_in(known.clerk_a, java_script_enabled=False)
    page.goto(form(known))
    page.locator("[name=employees]").fill("四十")
    press(page, "填报")
    expect(page.get_by_text("还不能填报，请先改正")).to_be_visible()
    expect(page.locator("[name=employees]")).to_have_value("四十")
    page.locator("[name=employees]").fill("45")
    press(page, "填报")
    expect(page.get_by_role("heading", name="填报回执")).to_be_visible()
    assert fact_set(known.a).get("employees", year()) == 45


# ----------------------------------------------------------------------------------------------------- disputes
def disputed(world: World) -> Difference:
    """The county verified the staff of enterprise `a`; its clerk files another number."""
    from django.utils import timezone

    from tidui.registry import actions

    filed = Return.objects.get(organisation=world.a, section="years")
    actions.verify(
        filed=filed, facts=["employees"], by=world.county_officer, at=timezone.now(), verified_for=world.county,
        note="社保缴费名册",
    )  # fmt: skip
    file_facts(world.a, world.clerk_a, "years", year(), employees=46)
    return Difference.objects.get(organisation=world.a)


def test_a_disputed_value_is_shown_beside_the_accepted_one_and_settled_with_a_reason(
    known: World, sign_in: SignIn, screenshot: Screenshot
) -> None:
    officer, clerk = sign_in(known.county_officer), sign_in(known.clerk_a)
    officer.goto(form(known))
    officer.get_by_label("核实 职工总数").check()
    officer.get_by_label("核实说明").fill("社保缴费名册")
    press(officer, "核实所选指标")
    expect(officer.locator("#employees")).to_contain_text("已核实")

    clerk.goto(form(known))
    clerk.locator("[name=employees]").fill("46")
    saved(clerk)
    press(clerk, "填报")
    clerk.wait_for_url("**/receipt/")
    expect(clerk.get_by_text("有的值与档案中的现值不同")).to_be_visible()
    assert fact_set(known.a).get("employees", year()) == 40

    officer.goto("/differences/")
    officer.locator("tbody a").first.click()
    expect(officer.locator(".sides")).to_contain_text("40")
    expect(officer.locator(".sides")).to_contain_text("46")
    officer.get_by_label("采用新值").check()
    officer.get_by_label("理由").fill("与 12 月社保缴费名册一致")
    screenshot(officer, "difference")
    press(officer, "确定")
    expect(officer.get_by_text("与 12 月社保缴费名册一致").first).to_be_visible()
    assert fact_set(known.a).get("employees", year()) == 46

    clerk.goto(f"/enterprises/{known.a.pk}/file/differences/")
    clerk.locator("tbody a").first.click()
    expect(clerk.get_by_text("与 12 月社保缴费名册一致").first).to_be_visible()
    clerk.get_by_role("link", name="指标历史").click()
    expect(clerk.get_by_text("46").first).to_be_visible()
    screenshot(clerk, "history")


def test_settling_works_without_a_script_and_asks_for_a_reason(known: World, sign_in: SignIn) -> None:
    row = disputed(known)
    page = sign_in(known.county_officer, java_script_enabled=False)
    page.goto(f"/differences/{row.pk}/")
    page.get_by_label("保留现值").check()
    press(page, "确定")
    expect(page.get_by_label("保留现值")).to_be_checked()
    row.refresh_from_db()
    assert row.state == "open"
    page.get_by_label("理由").fill("名册上仍是 40 人")
    press(page, "确定")
    expect(page.get_by_text("名册上仍是 40 人").first).to_be_visible()
    row.refresh_from_db()
    assert (row.state, fact_set(known.a).get("employees", year())) == ("kept", 40)


# ----------------------------------------------------------------------------------------------------- keyboard
def tab_to(page: Page, selector: str, most: int = 80) -> None:
    """Press Tab until the focus is on what the selector names."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    pytest.fail(f"the keyboard does not reach {selector}")


def test_the_keyboard_alone_signs_in_reaches_the_form_and_saves_a_draft(known: World, visitor: SignIn) -> None:
    page = visitor()
    page.goto("/sign-in/")
    tab_to(page, "[name=login]")
    page.keyboard.type("clerk_a")
    tab_to(page, "[name=password]")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/sign-in/" not in url)
    tab_to(page, "a[href='/file/']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/file/")
    tab_to(page, f"a[href='{form(known)}']")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{form(known)}")
    tab_to(page, "[name=employees]", most=200)
    page.keyboard.press("Control+A")
    page.keyboard.type("48")
    saved(page)
    page.reload()
    expect(page.locator("[name=employees]")).to_have_value("48")
    assert fact_set(known.a).get("employees", year()) == 40
