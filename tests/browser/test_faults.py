"""The faults named above a refused form: each leads to its field, and whoever follows it can type there."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from playwright.sync_api import Page, expect

from tests.browser.conftest import SignIn

pytestmark = [pytest.mark.urls("tests.browser.faults_site"), pytest.mark.journey]


def refused(sign_in: SignIn, **kwargs: object) -> Page:
    """The page after an empty form was sent."""
    page = sign_in(get_user_model().objects.create_user("clerk", name="clerk"), **kwargs)
    page.goto("/faulty/")
    page.get_by_role("button", name="send").click()
    expect(page.locator(".error-summary")).to_be_visible()
    return page


def test_each_fault_puts_the_keyboard_into_its_field(sign_in: SignIn) -> None:
    page = refused(sign_in)
    summary = page.locator(".error-summary")
    for name, field in (("Name", "name"), ("Way", "way"), ("Days", "days"), ("Deep", "deep")):
        summary.get_by_role("link", name=name).press("Enter")
        expect(page.locator(f'[name="{field}"]').first).to_be_focused()
        expect(page.locator(f'[name="{field}"]').first).to_be_in_viewport()
    page.keyboard.type("typed at once")
    expect(page.locator('[name="deep"]')).to_have_value("typed at once")


def test_the_choice_that_was_made_is_where_one_lands(sign_in: SignIn) -> None:
    page = refused(sign_in)
    page.get_by_label("Second").check()
    page.locator(".error-summary").get_by_role("link", name="Way").click()
    expect(page.get_by_label("Second")).to_be_focused()


def test_without_a_script_each_link_still_has_a_place(sign_in: SignIn) -> None:
    page = refused(sign_in, java_script_enabled=False)
    links = page.locator(".error-summary a").all()
    assert len(links) == 4
    for link in links:
        place = str(link.get_attribute("href"))
        assert place.startswith("#") and page.locator(f'[id="{place[1:]}"]').count() == 1
