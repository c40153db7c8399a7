"""Signing in with a real browser: forms with and without scripts, a code generator, passkeys, ending a session elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from playwright.sync_api import Page, expect

from tests.browser.conftest import NARROW, Axe, Screenshot, SignIn
from tests.people import PASSWORD, World
from tidui.kit import stamp

Look = Callable[[Page, str], None]


@pytest.fixture(autouse=True)
def as_in_real_use(settings: Any) -> None:
    settings.SECOND_FACTOR_ENFORCED = True
    stamp.forget_all()


def enter(page: Page, name: str) -> None:
    page.goto("/sign-in/")
    page.get_by_label("登录名").fill(name)
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()


def code(secret: str, steps: int = 0) -> str:
    return totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30 + steps))


def authenticator(page: Page, *, verifies: bool = True) -> Any:
    """A security key in the browser's own memory, which agrees to everything."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": verifies,
                "isUserVerified": verifies, "automaticPresenceSimulation": True,
            }
        },
    )  # fmt: skip
    return session


def test_a_person_signs_in_and_out_by_the_keyboard_alone(
    visitor: SignIn, world: World, axe: Axe, screenshot: Screenshot
) -> None:
    page = visitor()
    page.goto("/me/sessions/")
    expect(page.get_by_role("heading", name="登录")).to_be_visible()
    assert axe(page) == []
    screenshot(page, "sign-in")
    page.get_by_label("登录名").focus()
    page.keyboard.type("clerk_a")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="我的登录")).to_be_visible()
    expect(page.get_by_text("本机")).to_be_visible()


def test_signing_in_works_without_scripts(visitor: SignIn, world: World) -> None:
    page = visitor(java_script_enabled=False)
    enter(page, "clerk_a")
    page.goto("/me/sessions/")
    expect(page.get_by_role("heading", name="我的登录")).to_be_visible()
    page.goto("/sign-out/")
    page.get_by_role("main").get_by_role("button", name="退出登录").click()
    page.goto("/me/sessions/")
    expect(page.get_by_role("heading", name="登录")).to_be_visible()
    expect(page.get_by_text("通行密钥登录需要浏览器允许运行脚本")).to_be_visible()
    expect(page.get_by_role("button", name="使用通行密钥登录")).to_be_hidden()


def test_a_code_generator_is_set_up_and_asked_for(
    visitor: SignIn, world: World, axe: Axe, screenshot: Screenshot
) -> None:
    page = visitor()
    enter(page, "county_officer")
    expect(page.get_by_text("您的职责要求使用两步验证")).to_be_visible()
    page.get_by_role("link", name="设置动态口令").click()
    assert axe(page) == []
    screenshot(page, "second-factor")
    secret = page.locator("#authenticator-secret").inner_text()
    whole, dark = page.locator(".qr svg").bounding_box(), page.locator(".qr svg .qrline").bounding_box()
    assert whole is not None and dark is not None and whole["width"] > 150
    quiet = dark["x"] - whole["x"]
    assert quiet > 8  # the white margin, the same on every side: nothing of the code is cut off
    assert abs(whole["x"] + whole["width"] - dark["x"] - dark["width"] - quiet) < 2
    assert abs(whole["y"] + whole["height"] - dark["y"] - dark["height"] - quiet) < 6
    page.locator("input[name=code]").fill(code(secret))
    page.get_by_role("button", name="启用").click()
    expect(page.get_by_role("heading", name="恢复码")).to_be_visible()
    assert axe(page) == []
    with page.expect_download() as download:
        page.get_by_role("link", name="下载").click()
    kept = download.value.path().read_text("utf-8").split()
    assert kept == page.locator(".codes li").all_inner_texts()
    page.get_by_role("link", name="我已保存好").click()

    again = visitor()
    enter(again, "county_officer")
    expect(again.get_by_role("heading", name="两步验证")).to_be_visible()
    assert axe(again) == []
    again.locator("input[name=code]").fill(kept[0])
    again.get_by_role("button", name="登录", exact=True).click()
    again.goto("/me/sessions/")
    expect(again.get_by_role("heading", name="我的登录")).to_be_visible()


def test_a_passkey_is_added_and_then_signs_in_by_itself(visitor: SignIn, world: World, axe: Axe) -> None:
    page = visitor()
    authenticator(page)
    enter(page, "clerk_a")
    page.goto("/me/security/passkeys/new/")
    assert axe(page) == []
    page.get_by_label("名称").fill("办公电脑")
    page.get_by_role("button", name="添加").click()
    expect(page.get_by_role("heading", name="恢复码")).to_be_visible()
    page.goto("/me/security/")
    expect(page.get_by_text("办公电脑").first).to_be_visible()
    expect(page.get_by_text("可直接登录")).to_be_visible()
    assert axe(page) == []

    page.context.clear_cookies()
    page.goto("/sign-in/?next=/me/sessions/")
    page.get_by_role("button", name="使用通行密钥登录").click()
    expect(page.get_by_role("heading", name="我的登录")).to_be_visible()
    assert Authenticator.objects.get(type="webauthn").last_used_at is not None


def test_a_security_key_that_asks_no_finger_comes_after_the_password(visitor: SignIn, world: World) -> None:
    page = visitor()
    authenticator(page, verifies=False)
    enter(page, "clerk_a")
    page.goto("/me/security/passkeys/new/")
    page.get_by_label("可以不输密码直接登录").uncheck()
    page.get_by_role("button", name="添加").click()
    expect(page.get_by_role("heading", name="恢复码")).to_be_visible()

    page.context.clear_cookies()
    enter(page, "clerk_a")
    expect(page.get_by_role("heading", name="两步验证")).to_be_visible()
    page.get_by_role("button", name="使用通行密钥").click()
    page.wait_for_url(lambda url: "/sign-in/" not in url)
    page.goto("/me/sessions/")
    expect(page.get_by_role("heading", name="我的登录")).to_be_visible()


def test_a_passkey_that_does_not_answer_says_so_and_the_password_still_works(visitor: SignIn, world: World) -> None:
    page = visitor()
    authenticator(page)  # it holds no key
    page.goto("/sign-in/")
    page.get_by_role("button", name="使用通行密钥登录").click()
    expect(page.get_by_text("没有完成：您取消了，或设备没有应答。")).to_be_visible()
    enter(page, "clerk_a")
    page.goto("/me/sessions/")
    expect(page.get_by_role("heading", name="我的登录")).to_be_visible()


def test_a_session_is_ended_from_another_browser_and_goes_on_after_signing_in(
    visitor: SignIn, world: World, axe: Axe, screenshot: Screenshot
) -> None:
    office, phone = visitor(), visitor(viewport=NARROW)
    enter(office, "clerk_a")
    enter(phone, "clerk_a")
    office.goto("/me/sessions/")
    assert axe(office) == []
    screenshot(office, "sessions")
    office.get_by_role("button", name="结束其他全部登录").click()
    expect(office.get_by_text("已结束 1 处登录。")).to_be_visible()

    phone.goto("/me/security/")
    expect(phone.get_by_role("heading", name="登录")).to_be_visible()
    phone.get_by_label("登录名").fill("clerk_a")
    phone.locator("input[name=password]").fill(PASSWORD)
    phone.get_by_role("button", name="登录", exact=True).click()
    expect(phone.get_by_role("heading", name="登录与安全")).to_be_visible()


PAGES = [
    "/sign-in/", "/sign-in/forgotten/", "/me/security/", "/me/security/password/", "/me/security/code/",
    "/me/security/passkeys/new/", "/me/sessions/", "/people/{clerk}/sign-in/", "/sign-out/",
]  # fmt: skip


@pytest.mark.parametrize("viewport", [NARROW, {"width": 1280, "height": 800}], ids=["narrow", "wide"])
def test_no_page_of_signing_in_has_a_fault_or_runs_over_in_either_theme(
    visitor: SignIn, world: World, axe: Axe, viewport: dict[str, int]
) -> None:
    anybody, somebody = visitor(viewport=viewport), visitor(viewport=viewport)
    enter(somebody, "administrator_a")
    for address in PAGES:
        page = anybody if address.startswith("/sign-in") else somebody
        page.goto(address.format(clerk=world.clerk_a.pk))
        assert axe(page) == [], address
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], address
