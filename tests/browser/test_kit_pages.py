"""The frame of all pages in a real browser: both themes, both languages, a telephone, the keyboard, no script."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.browser.conftest import NARROW, WIDE, Axe, Screenshot, SignIn, Watch
from tidui.kit import themes

PAGES = ["/", "/components/", "/components/confirm/", "/no-such-page/"]


def choose(page: Page, host: str, theme: str, language: str = "zh-hans") -> None:
    for name, value in ((themes.COOKIE, theme), ("tidui_language", language)):
        page.context.add_cookies([{"name": name, "value": value, "url": host}])


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing(visitor: SignIn, axe: Axe, live_server: object, path: str, size: dict[str, int]) -> None:
    page = visitor(viewport=size)
    choose(page, str(live_server), "auto")
    page.goto(path)
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def test_axe_finds_nothing_in_a_form_with_faults_and_in_english(visitor: SignIn, axe: Axe, live_server: object) -> None:
    page = visitor()
    choose(page, str(live_server), "auto", "en")
    page.goto("/components/")
    page.get_by_role("button", name="Submit").click()
    expect(page.locator(".error-summary")).to_be_focused()
    assert axe(page) == []


def test_a_device_that_prefers_dark_pages_gets_them_without_a_flash(visitor: SignIn) -> None:
    def ground(scheme: str) -> str:
        page = visitor(color_scheme=scheme)
        page.goto("/components/")
        return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))

    assert ground("dark") == "rgb(15, 22, 29)"
    assert ground("light") == "rgb(243, 245, 247)"


def test_theme_and_language_are_chosen_without_a_script(browser: Watch, live_server: object) -> None:
    page = browser.open(base_url=str(live_server), java_script_enabled=False).new_page()
    page.goto("/components/?tab=ip")
    page.get_by_text("外观").click()
    page.get_by_role("button", name="深色").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page).to_have_url(re.compile(r"/components/\?tab=ip$"))


def test_the_keyboard_reaches_the_content_first_and_closes_menus(visitor: SignIn) -> None:
    page = visitor()
    page.goto("/components/")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("#content$"))
    summary = page.locator(".band details.drop summary").last
    summary.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="深色")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="深色")).to_be_hidden()
    expect(summary).to_be_focused()


def test_every_stop_of_the_keyboard_can_be_seen(visitor: SignIn) -> None:
    page = visitor()
    page.goto("/components/")
    unseen = []
    for _ in range(60):
        page.keyboard.press("Tab")
        seen = page.evaluate(
            "() => { const e = document.activeElement; const s = getComputedStyle(e);"
            " return [e.outerHTML.slice(0, 80), s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2]; }"
        )
        # The picker inside a date field draws its own ring.
        if not seen[1] and not seen[0].startswith(("<body", '<input type="date"')):
            unseen.append(seen[0])
    assert unseen == []


def test_a_person_sees_their_name_and_a_telephone_has_the_menu(sign_in: SignIn, axe: Axe) -> None:
    person = get_user_model().objects.create_user("zhang", name="张三")
    page = sign_in(person, viewport=NARROW)
    page.goto("/components/")
    page.locator(".band details.drop summary").last.click()
    expect(page.locator(".drop-head")).to_contain_text("张三")
    assert axe(page) == []
    if page.locator(".band .phone-only").count():
        page.locator(".band .phone-only summary").click()
        expect(page.locator(".band .phone-only nav")).to_be_visible()
        assert axe(page) == []


def test_a_lost_connection_is_said(visitor: SignIn) -> None:
    page = visitor()
    page.clock.install()
    page.goto("/components/")
    page.context.set_offline(True)
    expect(page.locator("#toasts")).to_contain_text("网络已断开")
    page.clock.pause_at(timezone.now() + dt.timedelta(hours=1))  # good news go by themselves, but only when we say so
    page.context.set_offline(False)
    expect(page.locator("#toasts")).to_contain_text("网络已恢复")
    page.clock.run_for(3900)
    expect(page.locator("#toasts")).to_contain_text("网络已恢复")
    page.clock.run_for(200)
    expect(page.locator("#toasts")).to_be_empty()


def test_the_component_page_is_drawn_for_the_guide(
    visitor: SignIn, screenshot: Screenshot, live_server: object
) -> None:
    for theme in ("light", "dark"):
        page = visitor()
        choose(page, str(live_server), theme)
        page.goto("/components/")
        screenshot(page, f"components-{theme}")
