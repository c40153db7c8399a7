"""An officer clears files by keyboard, on a telephone, without a script, in the dark."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NARROW, Axe, Screenshot, SignIn
from tests.casework import make_call
from tests.integration.casework.test_desk import several
from tests.people import World
from tidui.casework.enums import State
from tidui.casework.models import Application, Step
from tidui.kit import clock

pytestmark = pytest.mark.django_db(transaction=True)


def queue(world: World) -> list[Application]:
    """Three files; the one with a doubt is the first of the desk, the one due soonest the second."""
    first, second, third = several(world, make_call(world), 3)
    Application.objects.filter(pk=third.pk).update(doubts=1)
    Application.objects.filter(pk=second.pk).update(due_on=clock.today() + timedelta(days=1))
    return [third, second, first]


def stages() -> list[tuple[str, str]]:
    """How the applications stand, oldest first."""
    return list(Application.objects.order_by("pk").values_list("stage", "state"))


def at_file(page: Page, application: Application) -> None:
    """Wait for the page of a file, until it listens to keys: its name is there before its script."""
    expect(page.locator("h1")).to_have_text(application.organisation.name)
    page.wait_for_load_state()


def test_three_files_are_cleared_without_touching_the_mouse(
    sign_in: SignIn, world: World, screenshot: Screenshot
) -> None:
    third, second, first = queue(world)
    page = sign_in(world.agency_clerk)
    page.goto("/desk/")
    screenshot(page, "desk")
    page.get_by_role("link", name="开始逐件审核").press("Enter")
    at_file(page, third)
    screenshot(page, "desk-review")

    page.keyboard.press("r")
    page.keyboard.press("2")
    page.keyboard.press("t")
    page.keyboard.type("arn 请核对")
    expect(page.locator("#reason")).to_have_value("arn 请核对")
    page.keyboard.press("Escape")
    page.locator("input[name=fields][value='field']").press("Space")
    expect(page.locator("[data-picked]")).to_have_text("已勾选 1")
    page.keyboard.press("r")
    page.keyboard.press("Enter")
    at_file(page, second)

    page.keyboard.press("n")
    at_file(page, first)
    page.keyboard.press("p")
    at_file(page, second)
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    at_file(page, first)
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    expect(page.get_by_text("这一批已经全部办完")).to_be_visible()

    assert stages() == [
        ("confirmation", State.ACTIVE), ("confirmation", State.ACTIVE), ("agency_check", State.CORRECTION),
    ]  # fmt: skip
    step = Step.objects.get(move="return")
    assert (step.reason, step.fields) == ("研发费用与加计扣除申报或辅助账不符；arn 请核对", ["field"])


def test_the_question_mark_explains_the_keys_and_a_modifier_leaves_them_alone(sign_in: SignIn, world: World) -> None:
    third, *_others = queue(world)
    page = sign_in(world.agency_clerk)
    page.goto(f"/desk/{third.pk}/")
    page.keyboard.press("?")
    expect(page.get_by_text("勾选常用理由")).to_be_visible()
    page.keyboard.press("Control+a")
    expect(page.locator("input[name=move]:checked")).to_have_count(0)


def test_everything_is_decided_without_a_script_too(sign_in: SignIn, world: World) -> None:
    third, second, _first = queue(world)
    page = sign_in(world.agency_clerk, java_script_enabled=False)
    page.goto("/desk/")
    page.get_by_role("link", name=third.organisation.name).click()
    expect(page.locator("[data-keys]")).to_be_hidden()
    page.get_by_label("审核通过").check()
    page.get_by_role("button", name="确定，打开下一件").click()
    expect(page.locator("h1")).to_have_text(second.organisation.name)
    assert Application.objects.get(pk=third.pk).stage == "confirmation"


def fits(page: Page) -> bool:
    """Is nothing wider than the screen?"""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def test_the_pages_of_the_desk_are_accessible_and_fit_a_telephone(sign_in: SignIn, world: World, axe: Axe) -> None:
    third, *_others = queue(world)
    page = sign_in(world.agency_clerk, viewport=NARROW)
    for url in ("/desk/", f"/desk/{third.pk}/", f"/applications/{third.pk}/", "/desk/returned/", "/proposals/"):
        page.goto(url)
        assert axe(page) == [], url
        assert fits(page), url
