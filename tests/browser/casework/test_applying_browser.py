"""The applicant's form in a real browser: the live score, documents, two people, a lost connection, no scripts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.browser.conftest import NARROW, Screenshot
from tests.casework import make_call
from tests.integration.casework.test_applying import TYPED, YEAR, picture
from tests.people import World, make_world
from tidui.accounts.models import Membership
from tidui.casework import actions
from tidui.casework.enums import State
from tidui.casework.models import Application, Attachment

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser, pytest.mark.journey]
SignIn = Callable[..., Page]


@pytest.fixture
def world(transactional_db: None) -> World:
    """The small world, with a draft of enterprise `a`."""
    world = make_world()
    actions.begin(call=make_call(world), organisation=world.a, by=world.clerk_a, at=timezone.now())
    return world


def form_of() -> str:
    """The address of the form."""
    return f"/applications/{Application.objects.get().pk}/form/"


def enter(page: Page, name: str, value: str) -> None:
    """Type into a field, choose an option or tick a box, as its kind is."""
    field = page.locator(f'[name="{name}"]')
    kind = field.first.evaluate("one => one.tagName === 'SELECT' ? 'select' : one.type")
    if kind == "select":
        field.select_option(value)
    elif kind == "radio":
        page.locator(f'[name="{name}"][value="{value}"]').check()
    elif kind == "checkbox":
        field.check()
    else:
        field.fill(value)
        field.press("Tab")


def saved(page: Page) -> None:
    """Wait until the page says that all is saved."""
    expect(page.locator("[data-autosave-status]")).to_have_attribute("data-state", "saved")


def fill(page: Page, world: World) -> None:
    """Everything that an accountant types."""
    for name, value in (TYPED | {"agency": str(world.agency.pk)}).items():
        enter(page, name, value)


def test_a_form_is_filled_with_the_score_live_and_submitted(
    world: World, sign_in: SignIn, tmp_path: Path, screenshot: Screenshot
) -> None:
    page = sign_in(world.clerk_a)
    page.goto(form_of())
    figure = page.locator(".score-figure strong")
    enter(page, f"employees.{YEAR}", "100")
    enter(page, f"st_staff.{YEAR}", "22")
    expect(page.locator("#score")).to_contain_text("还差 3 人")
    saved(page)
    page.evaluate("scrollTo(0, 0)")
    screenshot(page, "apply-form")
    fill(page, world)
    expect(figure).to_have_text("80")
    expect(page.locator("#score")).to_contain_text("取得分较高的")
    saved(page)
    scan = tmp_path / "red.pdf"
    scan.write_bytes(picture().read())
    page.set_input_files('[name="file.accounts"]', scan)
    page.get_by_role("button", name="提交申报").click()
    page.wait_for_url("**/receipt/")
    sent = Application.objects.get()
    expect(page.locator("main")).to_contain_text(sent.number or "?")
    expect(page.locator("main")).to_contain_text(world.agency.name)
    assert sent.state == State.ACTIVE and Attachment.objects.get().submission is not None


def test_the_same_goes_without_scripts(world: World, sign_in: SignIn) -> None:
    page = sign_in(world.clerk_a, java_script_enabled=False)
    page.goto(form_of())
    fill(page, world)
    page.get_by_role("button", name="测算").click()
    expect(page.locator(".score-figure strong")).to_have_text("80")
    assert Application.objects.get().answers == {}
    page.get_by_role("button", name="提交申报").click()
    page.wait_for_url("**/receipt/")
    assert Application.objects.get().score_low == 8000


def test_faults_lead_to_their_fields(world: World, sign_in: SignIn) -> None:
    page = sign_in(world.clerk_a)
    page.goto(form_of())
    enter(page, "q.phone", "12")
    expect(page.locator('[id="q.phone"]')).to_contain_text("不是电话号码")
    page.get_by_role("button", name="提交申报").click()
    page.locator('a[href="#q.contact"]').click()
    expect(page.locator('[id="q.contact"]')).to_contain_text("必填，请填写")
    expect(page.locator('[name="q.contact"]')).to_be_focused()
    page.locator('a[href="#pledge"]').press("Enter")
    expect(page.locator('[name="pledge"]')).to_be_focused()
    assert Application.objects.get().state == State.DRAFT


def test_two_people_see_each_others_value_and_choose(world: World, sign_in: SignIn) -> None:
    one, two = sign_in(world.clerk_a), sign_in(world.administrator_a)
    for page in (one, two):
        page.goto(form_of())
    enter(one, f"employees.{YEAR}", "100")
    saved(one)
    enter(two, f"employees.{YEAR}", "200")
    conflict = two.locator(f'[id="employees.{YEAR}"] .conflict')
    expect(conflict).to_contain_text("100")
    conflict.get_by_role("button").first.click()
    saved(two)
    assert Application.objects.get().answers[f"employees.{YEAR}"]["text"] == "200"


def test_a_lost_connection_loses_nothing(world: World, sign_in: SignIn) -> None:
    page = sign_in(world.clerk_a)
    page.goto(form_of())
    page.context.set_offline(True)
    enter(page, "q.contact", "白小慧")
    expect(page.locator("[data-autosave-status]")).to_have_attribute("data-state", "offline")
    page.context.set_offline(False)
    saved(page)
    assert Application.objects.get().answers["q.contact"]["text"] == "白小慧"


def test_a_member_removed_while_the_form_is_open_is_told_and_keeps_the_text(world: World, sign_in: SignIn) -> None:
    page = sign_in(world.clerk_a)
    page.goto(form_of())
    Membership.objects.filter(user=world.clerk_a).update(until=timezone.now())
    enter(page, "q.contact", "白小慧")
    expect(page.locator('[id="q.contact"]')).to_contain_text("成员")
    expect(page.locator('[name="q.contact"]')).to_have_value("白小慧")
    assert Application.objects.get().answers == {}


def test_axe_finds_nothing_and_nothing_is_too_wide(world: World, sign_in: SignIn, axe: Any) -> None:
    faults = []
    page = sign_in(world.clerk_a, viewport=NARROW)
    for address in (form_of(), "/applications/", form_of().replace("form/", "withdraw/")):
        page.goto(address)
        faults += [f"{address} {fault}" for fault in axe(page)]
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            faults.append(f"{address} is wider than the screen")
    assert faults == [], "\n".join(faults)
