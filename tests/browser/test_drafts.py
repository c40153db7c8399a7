"""What one types is saved, shown when it is not, and never lost: by two tabs, a dropped line, an ended session."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import SignIn
from tests.browser.drafts_site import kept, store

pytestmark = [pytest.mark.urls("tests.browser.drafts_site"), pytest.mark.journey]
SAVED, UNSAVED = "已保存", "未保存"


@pytest.fixture(autouse=True)
def _empty_store() -> Iterator[None]:
    yield
    store.values.clear()
    store.asked.clear()
    kept.clear()


@pytest.fixture
def page(sign_in: SignIn) -> Page:
    """A clerk before the form."""
    page = sign_in(get_user_model().objects.create_user("clerk", name="clerk"))
    page.goto("/draft/")
    return page


def state(page: Page) -> object:
    return expect(page.locator("[data-autosave-status]"))


def test_what_is_typed_is_saved_without_a_button(page: Page) -> None:
    page.get_by_label("Name").fill("甘泉")
    state(page).to_have_text(SAVED)
    page.get_by_label("Agree").check()
    state(page).to_have_text(SAVED)
    expect(page.locator("[data-autosave-status]")).to_have_attribute("data-state", "saved")
    assert page.evaluate("localStorage.length") == 0
    assert {name: value for name, (_, value, _) in store.values.items()} == {"name": "甘泉", "agree": "on"}


def test_a_later_change_of_the_same_tab_is_no_conflict(page: Page) -> None:
    for text in ("one", "two", "three"):
        page.get_by_label("Name").fill(text)
        page.get_by_label("Name").blur()
        state(page).to_have_text(SAVED)
    assert store.values["name"][:2] == (3, "three")


def test_what_was_saved_during_a_pause_is_not_sent_again_when_the_field_is_left(page: Page) -> None:
    page.get_by_label("Name").fill("one")
    state(page).to_have_text(SAVED)
    page.get_by_label("Name").blur()
    page.get_by_label("Note").fill("another")
    page.get_by_label("Note").blur()
    state(page).to_have_text(SAVED)
    page.get_by_label("Name").fill("two")
    page.get_by_label("Name").blur()
    state(page).to_have_text(SAVED)
    page.get_by_label("Name").fill("one")
    page.get_by_label("Name").blur()
    state(page).to_have_text(SAVED)
    assert [(name, value) for name, value, _base in store.asked] == [
        ("name", "one"), ("note", "another"), ("name", "two"), ("name", "one"),
    ]


def test_what_is_put_back_after_a_refusal_is_sent_and_the_refusal_is_no_longer_said(page: Page) -> None:
    page.get_by_label("Name").fill("one")
    state(page).to_have_text(SAVED)
    page.get_by_label("Name").fill("refused")
    expect(page.locator(".field .errors")).to_have_text("not that")
    page.get_by_label("Name").fill("one")
    expect(page.locator(".field .errors")).to_have_count(0)
    state(page).to_have_text(SAVED)
    assert [value for _name, value, _base in store.asked] == ["one", "refused", "one"]


def test_a_value_that_is_not_valid_yet_is_kept_and_said(page: Page) -> None:
    page.get_by_label("Name").fill("x")
    expect(page.locator(".field .errors")).to_have_text("too short")
    page.get_by_label("Name").fill("xyz")
    expect(page.locator(".field .errors")).to_have_count(0)


def test_a_dropped_connection_loses_nothing(page: Page) -> None:
    page.context.set_offline(True)
    page.get_by_label("Name").fill("typed in a tunnel")
    state(page).to_contain_text("离线")
    assert store.values == {}
    page.context.set_offline(False)
    state(page).to_have_text(SAVED)
    assert store.values["name"][1] == "typed in a tunnel"


def test_what_waits_survives_a_reload(page: Page) -> None:
    page.route("**/draft/save/", lambda route: route.abort())
    page.get_by_label("Note").fill("a long note")
    state(page).to_contain_text("离线")
    page.unroute("**/draft/save/")
    page.reload()
    expect(page.get_by_label("Note")).to_have_value("a long note")
    state(page).to_have_text(SAVED)
    assert store.values["note"][1] == "a long note"


def test_two_tabs_do_not_overwrite_each_other(page: Page) -> None:
    other = page.context.new_page()
    other.goto("/draft/")
    page.get_by_label("Name").fill("first")
    state(page).to_have_text(SAVED)
    other.get_by_label("Name").fill("second")
    conflict = other.locator(".conflict")
    expect(conflict).to_contain_text("此项已被他人修改： first (clerk)")
    assert store.values["name"][1] == "first"
    conflict.get_by_role("button", name="用我的").click()
    state(other).to_have_text(SAVED)
    assert store.values["name"][:2] == (2, "second")


def test_a_slow_finger_on_the_button_chooses_all_the_same(page: Page) -> None:
    """Pressing leaves the field, which is a change: that must not ask the server again before the button is let go."""
    store.values["name"] = (5, "theirs", "somebody")
    page.get_by_label("Name").fill("mine")
    page.locator(".conflict").get_by_role("button", name="用我的").click(delay=1500)
    state(page).to_have_text(SAVED)
    assert store.values["name"][:2] == (6, "mine")
    expect(page.locator(".conflict")).to_have_count(0)


def test_whoever_types_on_beside_a_conflict_is_asked_once_and_keeps_the_last_word(page: Page) -> None:
    store.values["name"] = (5, "theirs", "somebody")
    page.get_by_label("Name").fill("mine")
    expect(page.locator(".conflict")).to_have_count(1)
    page.get_by_label("Name").fill("mine, and more")
    with page.expect_response("**/draft/save/"):
        page.get_by_label("Note").fill("another field")
        page.get_by_label("Note").blur()
    state(page).to_have_text(UNSAVED)
    page.wait_for_timeout(1000)  # in which nothing more is sent
    assert [(name, base) for name, _value, base in store.asked] == [("name", "0"), ("note", "0")]
    page.locator(".conflict").get_by_role("button", name="用我的").click()
    state(page).to_have_text(SAVED)
    assert store.values["name"][:2] == (6, "mine, and more")


def test_a_conflict_is_asked_about_again_after_a_reload(page: Page) -> None:
    store.values["name"] = (5, "theirs", "somebody")
    page.get_by_label("Name").fill("mine")
    expect(page.locator(".conflict")).to_have_count(1)
    with page.expect_response("**/draft/save/"):
        page.get_by_label("Note").fill("x" * 3)
        page.get_by_label("Note").blur()
    state(page).to_have_text(UNSAVED)
    page.reload()
    expect(page.get_by_label("Name")).to_have_value("mine")
    page.locator(".conflict").get_by_role("button", name="用我的").click()
    state(page).to_have_text(SAVED)
    assert store.values["name"][:2] == (6, "mine")


def test_what_is_chosen_while_another_field_is_on_its_way_is_sent_after_it(page: Page) -> None:
    store.values["name"] = (5, "theirs", "somebody")
    page.get_by_label("Name").fill("mine")
    expect(page.locator(".conflict")).to_have_count(1)

    def slowly(route: Route) -> None:
        page.wait_for_timeout(1200)
        route.continue_()

    page.route("**/draft/save/", slowly, times=1)
    page.get_by_label("Note").fill("slow")
    page.get_by_label("Note").blur()
    page.locator(".conflict").get_by_role("button", name="用我的").click()
    state(page).to_have_text(SAVED)
    assert store.values["name"][:2] == (6, "mine") and store.values["note"][1] == "slow"


def test_the_other_value_can_be_taken_over(page: Page) -> None:
    store.values["name"] = (5, "theirs", "somebody")
    page.get_by_label("Name").fill("mine")
    page.locator(".conflict").get_by_role("button", name="用对方的").click()
    expect(page.get_by_label("Name")).to_have_value("theirs")
    state(page).to_have_text(SAVED)
    assert store.values["name"] == (5, "theirs", "somebody")


def test_an_ended_session_keeps_what_is_typed_until_one_is_back(page: Page, sign_in: SignIn) -> None:
    Session.objects.all().delete()
    page.get_by_label("Name").fill("typed after the end")
    state(page).to_contain_text("登录已结束")
    expect(page.locator("[data-autosave-status] a")).to_have_attribute("href", "/sign-in/")
    assert store.values == {}

    again = sign_in(get_user_model().objects.get(username="clerk"))
    page.context.clear_cookies()
    page.context.add_cookies(again.context.cookies())
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    state(page).to_have_text(SAVED)
    assert store.values["name"][1] == "typed after the end"


def test_what_waits_is_not_given_to_another_person(page: Page, sign_in: SignIn) -> None:
    Session.objects.all().delete()
    page.get_by_label("Name").fill("mine alone")
    state(page).to_contain_text("登录已结束")
    stranger = sign_in(get_user_model().objects.create_user("stranger", name="stranger"))
    page.context.clear_cookies()
    page.context.add_cookies(stranger.context.cookies())
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_timeout(3000)
    assert store.values == {}
    page.goto("/draft/")
    expect(page.get_by_label("Name")).to_have_value("")
    assert store.values == {}


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_form_sent_after_the_end_of_the_session_arrives_after_signing_in(sign_in: SignIn, scripts: bool) -> None:
    person = get_user_model().objects.create_user("clerk", name="clerk")
    page = sign_in(person, java_script_enabled=scripts)
    page.goto("/keep/")
    Session.objects.all().delete()
    page.get_by_label("Note").fill("three hours\nof work")
    page.get_by_role("button", name="send").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("登录已结束")
    expect(page.locator(".held")).to_contain_text("of work")
    expect(page.get_by_role("link", name="在新标签页登录")).to_have_attribute("target", "_blank")

    again = sign_in(person)
    again.goto("/keep/")  # the new session has a new token
    page.context.clear_cookies()
    page.context.add_cookies(again.context.cookies())
    page.get_by_role("button", name="重新提交").click()
    if not scripts:  # without a script the old token is refused once more, and the page has the new one
        expect(page.get_by_role("heading", level=1)).to_have_text("请确认后重新提交")
        page.get_by_role("button", name="重新提交").click()
    expect(page.locator("main")).to_contain_text("kept: three hours")
    assert kept == ["three hours\nof work"]


@pytest.mark.parametrize(
    ("button", "place", "words"),
    [
        ("refuse", "#problems", "it was verified"),
        ("change", "#problems", "登录已结束"),
        ("break", "#toasts", "服务器没有回应"),
    ],
)
def test_a_refusal_is_said_and_leaves_the_page_as_it_is(visitor: SignIn, button: str, place: str, words: str) -> None:
    page = visitor()
    page.goto("/buttons/")
    page.get_by_role("button", name=button).click()
    expect(page.locator(place)).to_contain_text(words)
    expect(page.locator("#part")).to_have_text("as it was")
