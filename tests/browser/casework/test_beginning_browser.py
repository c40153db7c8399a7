"""The form of an application that is not begun, in a real browser: the first thing that is typed begins it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.browser.casework.test_applying_browser import enter, fill, saved
from tests.casework import make_call
from tests.integration.casework.test_applying import YEAR
from tests.people import World, make_world
from tests.review import never_recognised, provincial_call
from tidui.casework import actions
from tidui.casework.actions import writing
from tidui.casework.enums import State
from tidui.casework.models import Application, Call

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser, pytest.mark.journey]
SignIn = Callable[..., Page]


@pytest.fixture
def world(transactional_db: None) -> World:
    """The small world."""
    return make_world()


@pytest.fixture
def call(world: World) -> Call:
    """An open call under which nothing is begun."""
    return make_call(world)


def opened(page: Page, call: Call) -> Page:
    """The form, by the button on the call's page."""
    page.goto(reverse("casework:call", args=[call.pk]))
    page.get_by_role("link", name="申报", exact=True).last.click()
    page.wait_for_url("**/apply/*/")
    return page


def test_what_is_typed_first_begins_the_draft_and_a_reload_shows_it(world: World, call: Call, sign_in: SignIn) -> None:
    page = opened(sign_in(world.clerk_a), call)
    assert not Application.objects.exists()
    enter(page, f"employees.{YEAR}", "100")
    enter(page, f"st_staff.{YEAR}", "22")
    expect(page.locator("#score")).to_contain_text("还差 3 人")
    saved(page)
    begun = Application.objects.get()
    assert {one["text"] for one in begun.answers.values()} == {"100", "22"}
    page.reload()
    page.wait_for_url(f"**{reverse('casework:form', args=[begun.pk])}")
    expect(page.locator(f'[name="employees.{YEAR}"]')).to_have_value("100")


def test_the_page_that_began_it_also_submits_it(world: World, call: Call, sign_in: SignIn) -> None:
    page = opened(sign_in(world.clerk_a), call)
    fill(page, world)
    saved(page)
    page.get_by_role("button", name="提交申报").click()
    page.wait_for_url("**/receipt/")
    assert Application.objects.get().state == State.ACTIVE


def test_without_scripts_one_request_begins_and_submits(world: World, call: Call, sign_in: SignIn) -> None:
    page = opened(sign_in(world.clerk_a, java_script_enabled=False), call)
    fill(page, world)
    page.get_by_role("button", name="测算").click()
    expect(page.locator(".score-figure strong")).to_have_text("80")
    assert not Application.objects.exists()
    page.get_by_role("button", name="提交申报").click()
    page.wait_for_url("**/receipt/")
    assert Application.objects.get().score_low == 8000


def test_what_waited_for_the_line_is_shown_again_in_the_draft_of_a_colleague(
    world: World, call: Call, sign_in: SignIn
) -> None:
    page = opened(sign_in(world.clerk_a), call)
    page.context.set_offline(True)
    enter(page, "q.contact", "白小慧")
    expect(page.locator("[data-autosave-status]")).to_have_attribute("data-state", "offline")
    begun = actions.begin(call=call, organisation=world.a, by=world.administrator_a, at=timezone.now())
    writing.save_field(
        application=begun, name="q.products", text="仪器", base=0, unit="元", by=world.administrator_a, at=timezone.now()
    )
    keeping = re.compile(r"/draft/")
    page.route(keeping, lambda route: route.abort())  # or the page that goes away sends it while the new one is drawn
    page.context.set_offline(False)
    page.reload()
    expect(page.locator('[name="q.contact"]')).to_have_value("白小慧")
    expect(page.locator('[name="q.products"]')).to_have_value("仪器")
    page.unroute(keeping)
    saved(page)
    kept = Application.objects.get().answers
    assert {name: held["text"] for name, held in kept.items()} == {"q.products": "仪器", "q.contact": "白小慧"}


def test_what_waited_for_a_withdrawn_application_is_not_put_into_the_next(
    world: World, call: Call, sign_in: SignIn
) -> None:
    """It is offered again as long as the application is there, and gone from the browser once another takes its place."""
    page = opened(sign_in(world.clerk_a), call)
    enter(page, f"employees.{YEAR}", "100")
    saved(page)
    old = Application.objects.get()
    page.route("**/draft/**", lambda route: route.abort())
    enter(page, "q.contact", "旧联系人")
    expect(page.locator("[data-autosave-status]")).to_have_attribute("data-state", "offline")
    page.reload()
    page.wait_for_url(f"**{reverse('casework:form', args=[old.pk])}")
    expect(page.locator('[name="q.contact"]')).to_have_value("旧联系人")
    actions.withdraw(application=old, reason="重填", by=world.clerk_a, at=timezone.now(), seen=old.version)
    opened(page, call)
    page.wait_for_load_state("networkidle")
    expect(page.locator('[name="q.contact"]')).to_have_value("")
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('tidui-draft:'))") == []
    enter(page, "q.contact", "新联系人")
    expect(page.locator("[data-autosave-status]")).to_have_attribute("data-state", "offline")
    page.unroute("**/draft/**")
    page.reload()
    saved(page)
    assert Application.objects.exclude(pk=old.pk).get().answers["q.contact"]["text"] == "新联系人"


def test_a_table_opens_from_a_form_that_is_not_begun_with_what_was_typed_kept(world: World, sign_in: SignIn) -> None:
    call = provincial_call(world)
    never_recognised(call, world.a, timezone.now())
    page = opened(sign_in(world.clerk_a), call)
    enter(page, "q.contact", "白小慧")
    page.locator('button[value="table:ip"]').click()
    page.wait_for_url("**/form/ip/")
    assert Application.objects.get().answers["q.contact"]["text"] == "白小慧"
