"""A real Chromium against a real server: one browser for a run, one context for each person who signs in.

`sign_in(user)` gives a page of that person; `visitor()` one of somebody who has not signed in. A request to another
host, a break of the content security policy or an error in a script fails the test at its end.
TIDUI_TEST_PICTURES=yes writes the pictures of the guide (docs/images/guide/); otherwise `screenshot` only looks that
the page can be drawn.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from tests.database import PICTURES

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "images" / "guide"
AXE = (ROOT / "tests" / "vendor" / "axe.min.js").read_text("utf-8")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE localhost , EXCLUDE 127.0.0.1",
]  # fmt: skip
#: As the guide shows it: wide enough for a list, and twice as sharp.
WIDE = {"width": 1280, "height": 800}
#: The narrowest telephone that is promised.
NARROW = {"width": 360, "height": 740}
#: Milliseconds that a page may take: far more than it takes anywhere, for a busy machine is no fault of the page.
PATIENCE = 60_000
#: Of axe's rules those that another theme can break: it changes colours alone.
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}

SignIn = Callable[..., Page]
Axe = Callable[[Page], list[str]]
Screenshot = Callable[[Page, str], None]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser of this run: the system's own Chromium."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.fail("Chromium is not installed: apt.txt names its package", pytrace=False)
    # Playwright keeps an event loop in this thread, for which Django would refuse every query here.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@dataclass
class Watch:
    """The contexts of one test, and what went wrong in any of them."""

    browser: Browser
    host: str
    faults: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def open(self, **options: Any) -> BrowserContext:
        """A new context in Chinese, wide, watched."""
        chosen = {"locale": "zh-CN", "timezone_id": "Asia/Shanghai", "viewport": WIDE, **options}
        context = self.browser.new_context(**chosen)
        context.set_default_timeout(PATIENCE)
        context.on("request", self._request)
        context.on("console", self._console)
        context.on("weberror", lambda error: self.faults.append(f"script: {error.error}"))
        self.contexts.append(context)
        return context

    def _request(self, request: Request) -> None:
        url = urlsplit(request.url)
        if url.scheme not in {"data", "blob", "about"} and url.netloc != self.host:
            self.faults.append(f"request to another host: {request.url}")

    def _console(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            self.faults.append(f"content security policy: {message.text}")


@pytest.fixture
def watch(chromium: Browser, live_server: LiveServer) -> Iterator[Watch]:
    """Opens contexts; closes them at the end and fails for what went wrong in them."""
    watching = Watch(chromium, urlsplit(live_server.url).netloc)
    yield watching
    for context in watching.contexts:
        context.close()
    assert watching.faults == []


@pytest.fixture
def browser(watch: Watch) -> Watch:
    """The watched browser, for a test that needs a context of its own: `browser.open(java_script_enabled=False)`."""
    return watch


@pytest.fixture
def visitor(watch: Watch, live_server: LiveServer) -> SignIn:
    """A page of somebody who has not signed in; options go to the context (`viewport=NARROW`, `color_scheme="dark"`)."""

    def opened(**options: Any) -> Page:
        return watch.open(base_url=live_server.url, **options).new_page()

    return opened


@pytest.fixture
def sign_in(watch: Watch, live_server: LiveServer) -> SignIn:
    """A page of this person, in a context of their own; they are signed in without the form."""

    def signed_in(user: Any, **options: Any) -> Page:
        client = Client()
        client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[-1])
        name = settings.SESSION_COOKIE_NAME
        context = watch.open(base_url=live_server.url, **options)
        context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
        return context.new_page()

    return signed_in


@pytest.fixture
def axe() -> Axe:
    """What axe finds on the page as it is now, and of its colours in the dark: a line for each fault, with its place."""

    def violations(page: Page, options: dict[str, Any]) -> list[str]:
        result = page.evaluate("options => axe.run(document, {resultTypes: ['violations'], ...options})", options)
        return [
            f"{violation['id']} ({violation['impact']}): {' '.join(map(str, node['target']))}: {node['failureSummary']}"
            for violation in result["violations"]
            for node in violation["nodes"]
        ]

    def found(page: Page) -> list[str]:
        page.evaluate(AXE)
        faults = violations(page, {})
        # No colour is looked at on its way to another.
        page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        faults += [f"in the dark: {fault}" for fault in violations(page, {"runOnly": COLOURS})]
        page.emulate_media(color_scheme="light", reduced_motion="no-preference")
        return faults

    return found


@pytest.fixture
def screenshot() -> Screenshot:
    """Draws the page; the picture becomes docs/images/guide/<name>.png when TIDUI_TEST_PICTURES is set."""

    def drawn(page: Page, name: str) -> None:
        picture = page.screenshot(animations="disabled", caret="hide")
        assert len(picture) > 2000, f"{name}: the page is empty"
        if os.environ.get(PICTURES):
            GUIDE.mkdir(parents=True, exist_ok=True)
            (GUIDE / f"{name}.png").write_bytes(picture)

    return drawn
