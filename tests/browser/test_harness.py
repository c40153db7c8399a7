"""The browser of the tests sees what it should, and tells what it should not have seen."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model

from tests.browser.conftest import Axe, Screenshot, SignIn, Watch


def test_a_signed_in_person_has_their_own_session(sign_in: SignIn, screenshot: Screenshot) -> None:
    person = get_user_model().objects.create_user("zhang", name="张三")

    page = sign_in(person)
    answer = page.goto("/")

    assert answer is not None and answer.headers["content-security-policy"].startswith("default-src 'self'")
    assert next(cookie["name"] for cookie in page.context.cookies()) == "tidui_session"
    screenshot(page, "harness")


def test_axe_runs_under_the_content_security_policy(visitor: SignIn, axe: Axe) -> None:
    page = visitor()
    page.goto("/no-such-page/")
    page.set_content("<html lang='zh'><title>t</title><main><h1>h</h1><img src='data:image/png;base64,'></main></html>")

    assert [fault.split(" ")[0] for fault in axe(page)] == ["image-alt"]


def test_a_request_to_another_host_is_noticed_and_fails(visitor: SignIn, watch: Watch) -> None:
    page = visitor()
    page.goto("/")
    with pytest.raises(Exception, match="ERR_"):
        page.goto("http://elsewhere.example/")

    assert watch.faults == ["request to another host: http://elsewhere.example/"]
    watch.faults.clear()
