"""The frame of all pages: language, theme, refusals, errors, and what becomes of a form whose session has ended."""

from __future__ import annotations

import json
import re

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client, RequestFactory, override_settings
from tests.people import World

from tidui.kit import navigation
from tidui.kit.views import errors

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.integration.kit.pages_site")]
HOST = "http://testserver"
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _served_here() -> object:
    with override_settings(ALLOWED_HOSTS=["testserver"]):
        yield


@pytest.fixture
def visitor() -> Client:
    """Somebody who has not signed in; a form without its token is refused, as on the site."""
    return Client(enforce_csrf_checks=True)


def text(response: HttpResponse) -> str:
    return response.content.decode()


def token(client: Client) -> str:
    return str(client.get("/session/").json()["token"])


# --- language and theme ----------------------------------------------------------------------------------------------


def test_the_pages_are_chinese_whatever_the_browser_prefers(client: Client) -> None:
    response = client.get("/components/", headers={"Accept-Language": "en-GB,en;q=0.9"})
    assert '<html lang="zh-CN"' in text(response)
    assert "界面部件" in text(response)


def test_the_chosen_language_is_kept_in_a_cookie(client: Client) -> None:
    response = client.post("/language/", {"language": "en", "next": "/components/?page=2"})
    assert (response.status_code, response["Location"]) == (302, "/components/?page=2")
    page = text(client.get("/components/"))
    assert '<html lang="en"' in page
    assert "Components" in page


def test_the_chosen_language_is_kept_on_the_person(client: Client, world: World) -> None:
    client.force_login(world.clerk_a)
    client.post("/language/", {"language": "en"})
    world.clerk_a.refresh_from_db()
    assert world.clerk_a.language == "en"


def test_the_language_of_the_person_counts_in_another_browser(client: Client, world: World) -> None:
    world.clerk_a.language = "en"
    world.clerk_a.save()
    client.force_login(world.clerk_a)
    assert '<html lang="en"' in text(client.get("/components/"))


def test_a_language_that_is_not_spoken_changes_nothing(client: Client) -> None:
    assert settings.LANGUAGE_COOKIE_NAME not in client.post("/language/", {"language": "fr"}).cookies


@pytest.mark.parametrize(
    "there",
    [
        "https://example.org/", "//example.org/", "javascript:alert(1)", "", "http://testserver//example.org/",
        "http://testserver/\\example.org/", "http://testserver/\t/example.org/",
    ],
)  # fmt: skip
def test_after_choosing_one_stays_on_this_site(client: Client, there: str) -> None:
    assert client.post("/theme/", {"theme": "dark", "next": there})["Location"] == "/"


@pytest.mark.parametrize("theme", ["auto", "light", "dark"])
def test_the_theme_is_set_by_the_server(client: Client, theme: str) -> None:
    client.post("/theme/", {"theme": theme})
    assert f'data-bs-theme="{theme}"' in text(client.get("/components/"))


def test_a_theme_that_does_not_exist_is_not_kept(client: Client) -> None:
    client.post("/theme/", {"theme": '"><script>'})
    assert 'data-bs-theme="auto"' in text(client.get("/components/"))


# --- refusals --------------------------------------------------------------------------------------------------------


def test_a_closed_page_asks_to_sign_in_and_comes_back(client: Client) -> None:
    response = client.get("/closed/?year=2025")
    assert response.status_code == 302
    assert response["Location"].endswith("/sign-in/?next=%2Fclosed%2F%3Fyear%3D2025")


@pytest.mark.parametrize(("method", "status"), [("get", 403), ("post", 422)])
def test_a_refusal_is_a_page_with_the_reason(client: Client, method: str, status: int) -> None:
    response = getattr(client, method)("/refusing/")
    assert response.status_code == status
    assert "verified &lt;b&gt;facts&lt;/b&gt; stay" in text(response)
    assert "<nav" not in text(response)


def test_a_refused_form_shows_what_was_typed(client: Client) -> None:
    response = client.post("/refusing/", {"note": "long <text>", "password": "hidden"}, headers={"Origin": HOST})
    assert "long &lt;text&gt;" in text(response)
    assert "hidden" not in re.sub(r'type="hidden"|visually-hidden|aria-hidden', "", text(response))


def test_a_refusal_for_htmx_is_a_fragment_for_the_live_region(client: Client) -> None:
    response = client.post("/refusing/", headers=HTMX)
    assert (response.status_code, response["HX-Retarget"]) == (422, "#problems")
    assert "<html" not in text(response)
    assert "verified &lt;b&gt;facts&lt;/b&gt; stay" in text(response)


def test_a_refusal_for_a_script_is_json(client: Client) -> None:
    response = client.post("/refusing/", headers={"Accept": "application/json"})
    assert (response.status_code, response.json()) == (422, {"error": "verified <b>facts</b> stay"})


# --- a form whose session has ended ----------------------------------------------------------------------------------


def test_a_form_sent_after_the_session_ended_keeps_what_was_typed(visitor: Client) -> None:
    data = {"note": "three hours of work", "csrfmiddlewaretoken": token(visitor)}
    response = visitor.post("/closed/", data, headers={"Origin": HOST})
    assert response.status_code == 401
    assert '<input type="hidden" name="note" value="three hours of work">' in text(response)
    assert "/sign-in/" in text(response)


def test_a_form_with_an_old_token_keeps_what_was_typed_and_can_be_sent_again(visitor: Client, world: World) -> None:
    visitor.force_login(world.clerk_a)
    old = visitor.post("/closed/", {"note": "typed", "csrfmiddlewaretoken": "x" * 64}, headers={"Origin": HOST})
    assert old.status_code == 403
    page = text(old)
    assert '<input type="hidden" name="note" value="typed">' in page
    fresh = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[-1]
    again = visitor.post("/closed/", {"note": "typed", "csrfmiddlewaretoken": fresh}, headers={"Origin": HOST})
    assert (again.status_code, text(again)) == (200, "open")


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {}, {"Origin": "null"}])
def test_a_form_of_another_site_is_not_offered_again(visitor: Client, world: World, headers: dict[str, str]) -> None:
    visitor.force_login(world.clerk_a)
    response = visitor.post("/closed/", {"note": "planted"}, headers=headers)
    assert response.status_code == 403
    assert "planted" not in text(response)


def test_a_password_is_never_shown_again(visitor: Client) -> None:
    response = visitor.post("/closed/", {"name": "who", "new_password": "s3cret"}, headers={"Origin": HOST})
    assert "s3cret" not in text(response)
    assert 'name="name"' not in text(response)


def test_htmx_hears_of_the_ended_session_and_keeps_its_page(client: Client) -> None:
    response = client.post("/closed/", headers=HTMX)
    assert (response.status_code, response["HX-Retarget"], response["HX-Reswap"]) == (401, "#problems", "innerHTML")
    assert "<html" not in text(response)


def test_the_session_tells_who_is_signed_in_and_gives_a_token(client: Client, world: World) -> None:
    assert client.get("/session/").json()["who"] is None
    client.force_login(world.clerk_a)
    known = client.get("/session/")
    assert known.json()["who"] == str(world.clerk_a.pk)
    assert len(known.json()["token"]) == 64
    assert "no-store" in known["Cache-Control"]


# --- errors ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", sorted(errors.PAGES))
def test_every_error_says_what_happened_and_what_to_do(status: int) -> None:
    request = RequestFactory().get("/somewhere/", headers={"Referer": f"{HOST}/components/"})
    response = errors.answer(request, status, "the reason")
    page = text(response)
    assert response.status_code == status
    assert all(str(one) in page for one in errors.PAGES[status][1:])
    assert "the reason" in page
    assert 'href="/components/"' in page


def test_a_page_that_does_not_exist_is_a_404_in_the_frame(client: Client) -> None:
    response = client.get("/nowhere/")
    assert response.status_code == 404
    assert "没有找到此页" in text(response)


def test_a_failure_is_a_page_that_needs_nothing(client: Client) -> None:
    client.raise_request_exception = False
    response = client.get("/failing/")
    assert response.status_code == 500
    assert "系统出错了" in text(response)
    assert "as it was meant to" not in text(response)


@override_settings(DATA_UPLOAD_MAX_NUMBER_FIELDS=3)
def test_a_form_with_too_many_fields_is_413(visitor: Client) -> None:
    visitor.raise_request_exception = False
    data = {"csrfmiddlewaretoken": token(visitor), **{f"field{number}": "1" for number in range(5)}}
    response = visitor.post("/closed/", data)
    assert response.status_code == 413


def test_too_many_requests_say_when_to_come_back() -> None:
    response = errors.too_many(RequestFactory().get("/"), 90)
    assert (response.status_code, response["Retry-After"]) == (429, "90")
    assert "2 分钟" in text(response)


# --- caches, messages ------------------------------------------------------------------------------------------------


def test_pages_of_a_person_are_kept_by_no_cache(client: Client, world: World) -> None:
    client.force_login(world.clerk_a)
    response = client.get("/components/")
    assert response["Cache-Control"] == "private, no-store"
    assert {"Cookie", "HX-Request"} <= {one.strip() for one in response["Vary"].split(",")}


def test_messages_travel_with_a_fragment_once(client: Client) -> None:
    response = client.post("/telling/", headers=HTMX)
    assert json.loads(response["HX-Trigger"]) == {"tidui:messages": [{"text": "saved", "tone": "success"}]}
    assert "saved" not in text(client.get("/components/"))


def test_messages_wait_for_the_next_page_without_htmx(client: Client) -> None:
    assert "HX-Trigger" not in client.post("/telling/")
    assert "saved" in text(client.get("/components/"))


# --- forms and parts -------------------------------------------------------------------------------------------------


def test_the_sample_form_names_every_fault_beside_its_field(client: Client) -> None:
    response = client.post("/components/", {"name": "甲" * 81, "employees": "-1"})
    page = text(response)
    assert response.status_code == 422
    assert 'href="#id_name"' in page
    assert re.search(r'name="employees"[^>]*aria-describedby="id_employees_helptext id_employees_error"', page)
    assert re.search(r'name="employees"[^>]*class="form-control is-invalid"', page)
    assert 'id="id_employees_error"' in page


def test_a_good_sample_is_accepted_and_nothing_is_kept(client: Client) -> None:
    data = {"name": "甲", "uscc": "91620100MA00000018", "kind": "s", "field": "e", "agree": "on"}
    response = client.post("/components/", data)
    assert response.status_code == 200
    assert "示例内容不会保存" in text(response)


def test_a_confirmation_repeats_nothing_of_the_address_in_html(client: Client) -> None:
    page = text(client.get("/components/confirm/?x=<script>"))
    assert 'name="confirmed" value="1"' in page
    assert "<script>" not in page


def test_paging_keeps_what_else_the_address_asks(client: Client) -> None:
    page = text(client.get("/components/?tab=ip&page=2"))
    assert 'href="?tab=ip&amp;page=3" rel="next"' in page


# --- navigation and front page ---------------------------------------------------------------------------------------


def test_a_person_sees_the_entries_that_they_may_open(monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    from django.contrib.auth.models import AnonymousUser

    monkeypatch.setattr(navigation, "_entries", {})
    monkeypatch.setattr(navigation, "_homes", [])
    navigation.add("open", "open", "kit:components", "kit.public", 2, group="g")
    navigation.add("own", "own", "kit:front", "kit.signed_in", 1, group="g", count=lambda user: 3)
    (group,) = navigation.shown(world.clerk_a, "/components/confirm/")[navigation.MAIN]
    assert [(one.label, one.current, one.count) for one in group.entries] == [("own", False, 3), ("open", True, None)]
    (group,) = navigation.shown(AnonymousUser(), "/")[navigation.MAIN]
    assert [one.label for one in group.entries] == ["open"]


@pytest.mark.parametrize(
    ("path", "current"),
    [
        ("/components/", "part"),
        ("/components/confirm/", "part"),
        ("/jobs/", "jobs"),
        ("/enterprises/7/file/", "jobs"),
        ("/calendar/", "首页"),
        ("/calendar/2026/", ""),
    ],
)
def test_one_entry_is_the_current_one(monkeypatch: pytest.MonkeyPatch, world: World, path: str, current: str) -> None:
    monkeypatch.setattr(navigation, "_entries", {})
    monkeypatch.setattr(navigation, "_homes", [])
    navigation.home(lambda user: "/calendar/")
    navigation.add("part", "part", "kit:components", "kit.public")
    navigation.add("jobs", "jobs", "kit:jobs", "kit.public", holds=r"/enterprises/\d+/file/")
    shown = [one for group in navigation.shown(world.clerk_a, path)[navigation.MAIN] for one in group.entries]
    assert [str(one.label) for one in shown] == ["首页", "jobs", "part"]
    assert [str(one.label) for one in shown if one.current] == ([current] if current else [])


def test_the_front_page_leads_a_person_to_their_own_first_page(
    client: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(navigation, "_homes", [])
    navigation.home(lambda user: None, order=1)
    navigation.home(lambda user: "/components/", order=2)
    assert client.get("/").status_code == 200
    client.force_login(world.clerk_a)
    assert client.get("/")["Location"] == "/components/"
