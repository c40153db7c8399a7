"""Sessions: the list of them, ending one or all others, and their end by idleness or age."""

from __future__ import annotations

import datetime as dt
import time

import pytest
from allauth.usersessions.models import UserSession
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.people import PASSWORD, World
from tidui.accounts.signin import sessions
from tidui.kit import stamp

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Mobile/15E148 Safari/604.1"
OFFICE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36"


@pytest.fixture(autouse=True)
def nothing_is_remembered() -> None:
    stamp.forget_all()


def signed_in(name: str, agent: str = OFFICE, address: str = "192.0.2.1") -> Client:
    client = Client(HTTP_USER_AGENT=agent, REMOTE_ADDR=address)
    assert client.post("/sign-in/", {"login": name, "password": PASSWORD}).status_code == 302
    return client


def page(client: Client) -> str:
    return client.get("/me/sessions/").content.decode()


def test_the_list_shows_device_and_address_of_my_sessions_and_nobody_elses(world: World) -> None:
    office, phone = signed_in("clerk_a"), signed_in("clerk_a", PHONE, "198.51.100.7")
    signed_in("clerk_b", address="203.0.113.99")
    text = page(office)
    assert "Chrome Windows" in text and "192.0.2.1" in text
    assert "Safari iOS" in text and "198.51.100.7" in text
    assert "203.0.113.99" not in text
    assert text.count("本机") == 1
    assert phone.get("/me/sessions/").status_code == 200


@pytest.mark.parametrize("others", [0, 2, 5])
def test_the_list_takes_the_same_queries_however_many_sessions_there_are(world: World, others: int) -> None:
    client = signed_in("clerk_a")
    for _ in range(others):
        signed_in("clerk_a", PHONE)
    page(client)
    with CaptureQueriesContext(connection) as queries:
        page(client)
    own = [query for query in queries if "usersession" in query["sql"].lower() or "django_session" in query["sql"]]
    assert len(own) == 3  # the session of the request, the rows, and which of them are alive


def test_a_session_that_is_ended_elsewhere_goes_to_signing_in_with_the_way_back(world: World) -> None:
    office, phone = signed_in("clerk_a"), signed_in("clerk_a", PHONE)
    row = UserSession.objects.get(session_key=phone.session.session_key)
    assert office.post("/me/sessions/", {"end": str(row.pk)}).status_code == 302
    response = phone.get("/me/security/?x=1")
    assert response.headers["Location"] == "/sign-in/?next=%2Fme%2Fsecurity%2F%3Fx%3D1"
    assert office.get("/me/sessions/").status_code == 200


def test_all_others_end_at_once_and_this_one_stays(world: World) -> None:
    office = signed_in("clerk_a")
    others = [signed_in("clerk_a", PHONE) for _ in range(3)]
    office.post("/me/sessions/", {"end": "others"})
    assert [client.get("/me/sessions/").status_code for client in others] == [302, 302, 302]
    assert "没有其他登录" in page(office)
    assert UserSession.objects.filter(user=world.clerk_a).count() == 1


@pytest.mark.parametrize("end", ["999999", "", "abc", "-1", "1; DROP TABLE", "1" * 5000])
def test_ending_what_is_not_there_is_not_found(world: World, end: str) -> None:
    assert signed_in("clerk_a").post("/me/sessions/", {"end": end}).status_code == 404


def test_nobody_ends_the_session_of_another_person(world: World) -> None:
    mine, theirs = signed_in("clerk_a"), signed_in("clerk_b")
    row = UserSession.objects.get(session_key=theirs.session.session_key)
    assert mine.post("/me/sessions/", {"end": str(row.pk)}).status_code == 404
    assert theirs.get("/me/sessions/").status_code == 200


def test_half_an_hour_without_doing_anything_signs_out(world: World) -> None:
    client = signed_in("clerk_a")
    _shift(client, seen=-1801)
    assert client.get("/me/sessions/").headers["Location"].startswith("/sign-in/?next=")
    assert "登录已过期，请重新登录。" in client.get("/sign-in/").content.decode()


def test_twelve_hours_sign_out_whoever_is_busy_too(world: World) -> None:
    client = signed_in("clerk_a")
    _shift(client, began=-43_300, seen=-10)
    assert client.get("/me/sessions/").status_code == 302


def test_use_is_noted_once_a_minute_and_not_at_every_request(world: World) -> None:
    client = signed_in("clerk_a")
    client.get("/me/security/")
    with CaptureQueriesContext(connection) as queries:
        client.get("/me/security/")
    assert not [query for query in queries if query["sql"].startswith(("UPDATE", "INSERT"))]
    _shift(client, seen=-61)
    before = int(time.time())
    client.get("/me/security/")
    assert client.session["seen"] >= before


def test_the_cookie_ends_with_the_browser_and_no_script_reads_it(world: World) -> None:
    client = signed_in("clerk_a")
    cookie = client.cookies["tidui_session"]
    assert cookie["max-age"] == "" and cookie["expires"] == ""
    assert cookie["httponly"] and cookie["samesite"] == "Lax"


def test_rows_of_sessions_that_are_long_over_are_removed(world: World) -> None:
    signed_in("clerk_a")
    assert sessions.end_what_is_over(timezone.now()) == 0
    assert sessions.end_what_is_over(timezone.now() + dt.timedelta(hours=13)) == 1
    assert not UserSession.objects.exists()


def _shift(client: Client, **by: int) -> None:
    session = client.session
    for key, seconds in by.items():
        session[key] = int(time.time()) + seconds
    session.save()
