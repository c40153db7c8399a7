"""The enterprise file in a real browser: typing, two people, a lost connection, an ended session, no scripts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.browser.conftest import NARROW
from tests.integration.registry.making import file, yuan
from tests.integration.registry.test_property import details, enter
from tests.people import World, make_world
from tidui.registry import actions
from tidui.registry.facts import fact_set
from tidui.registry.models import Draft, Return

pytestmark = pytest.mark.django_db(transaction=True)
SignIn = Callable[..., Page]


@pytest.fixture
def world(transactional_db: None) -> World:
    """The small world, with the file of an enterprise half full and one value in dispute."""
    world = make_world()
    file(world.a, world.clerk_a, "enterprise", None, established_on=dt.date(2018, 3, 5), listed=False)
    file(world.a, world.clerk_a, "years", 2024, sales_revenue=yuan(25_780_000), employees=51)
    file(world.a, world.clerk_a, "years", 2025, sales_revenue=yuan(28_000_000), employees=55, st_staff=17)
    file(world.a, world.county_officer, "years", 2025, source="unit", filed_for=world.county, employees=53)
    return world


def form_of(world: World, section: str = "years", year: int | None = 2025) -> str:
    """The address of a section of the file of `a`."""
    return f"/enterprises/{world.a.pk}/file/{section}/" + (f"{year}/" if year else "")


def field_of(page: Page, name: str) -> Any:
    """The input of a fact."""
    return page.locator(f"#id_{name}")


def typed(page: Page, name: str, value: str) -> None:
    """Type into a field and go on to the next."""
    field_of(page, name).fill(value)
    field_of(page, name).press("Tab")


def saved(page: Page) -> None:
    """Wait until the page says that all is saved."""
    expect(page.locator("[data-autosave-status]")).to_have_attribute("data-state", "saved")


def test_what_is_typed_is_kept_and_totals_follow(world: World, sign_in: SignIn) -> None:
    page = sign_in(world.clerk_a)
    page.goto(form_of(world))
    typed(page, "st_staff", "11")
    saved(page)
    expect(page.locator("#checks")).to_contain_text("20.00%")
    page.reload()
    expect(field_of(page, "st_staff")).to_have_value("11")
    assert fact_set(world.a).get("st_staff", 2025) == 17


def test_two_people_see_each_others_value_and_choose(world: World, sign_in: SignIn) -> None:
    one, two = sign_in(world.clerk_a), sign_in(world.administrator_a)
    for page in (one, two):
        page.goto(form_of(world))
    typed(one, "total_cost", "100")
    saved(one)
    typed(two, "total_cost", "200")
    conflict = two.locator("#total_cost .conflict")
    expect(conflict).to_contain_text("100")
    conflict.get_by_role("button").first.click()
    saved(two)
    assert Draft.objects.get().values["total_cost"]["text"] == "200"


def test_a_lost_connection_loses_nothing(world: World, sign_in: SignIn) -> None:
    page = sign_in(world.clerk_a)
    page.goto(form_of(world))
    page.context.set_offline(True)
    typed(page, "conversions", "4")
    expect(page.locator("[data-autosave-status]")).to_have_attribute("data-state", "offline")
    page.context.set_offline(False)
    saved(page)
    assert Draft.objects.get().values["conversions"]["text"] == "4"


def test_an_ended_session_loses_nothing(world: World, sign_in: SignIn) -> None:
    page = sign_in(world.clerk_a)
    page.goto(form_of(world))
    cookies = page.context.cookies()
    page.context.clear_cookies()
    typed(page, "conversions", "6")
    expect(page.locator("[data-autosave-status]")).to_have_attribute("data-state", "ended")
    page.context.add_cookies(cookies)
    page.reload()
    expect(field_of(page, "conversions")).to_have_value("6")
    saved(page)
    assert Draft.objects.get().values["conversions"]["text"] == "6"


def test_a_form_is_filed_by_keyboard_without_scripts(world: World, sign_in: SignIn) -> None:
    page = sign_in(world.clerk_a, java_script_enabled=False)
    page.goto(form_of(world))
    field_of(page, "total_cost").fill("1,000")
    with page.expect_navigation():
        field_of(page, "total_cost").press("Enter")
    assert Draft.objects.get().values["total_cost"]["text"] == "1,000" and Return.objects.count() == 4
    page.get_by_role("button", name="填报", exact=True).press("Enter")
    page.wait_for_url("**/receipt/")
    assert fact_set(world.a).get("total_cost", 2025) == yuan(1000)


def test_axe_finds_nothing_and_nothing_is_too_wide(world: World, sign_in: SignIn, axe: Any) -> None:
    item = enter(world, details())
    filed = Return.objects.get(section="years", year=2025, source="self")
    other = Return.objects.get(section="years", year=2025, source="unit")
    actions.verify(
        filed=filed, facts=["st_staff"], by=world.county_officer, at=timezone.now(), verified_for=world.county
    )
    root, difference = f"/enterprises/{world.a.pk}/file/", other.differences.get()
    own = [
        root, form_of(world), form_of(world, "enterprise", None), f"{root}on/?on=2026-06-30",
        f"{root}facts/employees/?year=2025", f"{root}returns/", f"{root}differences/", f"{root}property/",
        f"{root}property/new/", f"/property/{item.pk}/", f"/property/{item.pk}/strike/", f"/returns/{filed.pk}/receipt/",
    ]  # fmt: skip
    officers = [
        form_of(world), f"/returns/{filed.pk}/", f"/returns/{filed.pk}/since/{other.pk}/",
        f"/differences/{difference.pk}/", "/property/", "/returns/", "/differences/",
    ]  # fmt: skip
    faults = []
    for who, addresses in ((world.clerk_a, own), (world.county_officer, officers)):
        page = sign_in(who, viewport=NARROW)
        for address in addresses:
            page.goto(address)
            faults += [f"{address} {fault}" for fault in axe(page)]
            if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
                faults.append(f"{address} is wider than the screen")
    assert faults == [], "\n".join(faults)
