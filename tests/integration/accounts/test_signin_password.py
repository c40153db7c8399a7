"""Signing in with a password: who gets in, what the others are told, lock-out and its end, changing the password."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.people import PASSWORD, World
from tidui.accounts.models import User
from tidui.accounts.signin import actions, lockout
from tidui.accounts.signin.models import PasswordDuty
from tidui.audit.models import Event
from tidui.kit import stamp

WRONG = "登录名或密码不正确。"
NEW = "xuehu7-tongling"

Enter = Callable[..., HttpResponse]


@pytest.fixture(autouse=True)
def nothing_is_remembered() -> None:
    stamp.forget_all()


def enter(client: Client, name: str, password: str = PASSWORD, next: str = "", **headers: str) -> HttpResponse:
    return client.post("/sign-in/", {"login": name, "password": password, "next": next}, **headers)


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


@pytest.mark.parametrize(
    "name", ["clerk_a", "Clerk_A ", "clerk_a@example.org", "CLERK_A@EXAMPLE.ORG", "mobile", "+86 mobile"]
)
def test_a_person_signs_in_by_name_by_mobile_number_or_by_mail(client: Client, world: World, name: str) -> None:
    typed = name.replace("mobile", world.clerk_a.mobile)
    response = enter(client, typed)
    assert response.status_code == 302
    assert client.session["_auth_user_id"] == str(world.clerk_a.pk)


def test_a_mobile_number_that_two_people_share_signs_in_neither(client: Client, world: World) -> None:
    User.objects.filter(pk=world.clerk_b.pk).update(mobile=world.clerk_a.mobile)
    assert enter(client, world.clerk_a.mobile).status_code == 422
    assert not is_signed_in(client)
    assert enter(client, "clerk_a").status_code == 302


def test_a_wrong_password_an_unknown_name_and_a_closed_account_are_told_the_same(client: Client, world: World) -> None:
    User.objects.filter(pk=world.clerk_b.pk).update(is_active=False)
    pages = []
    for name, password in [("clerk_a", "not-the-password"), ("nobody-here", PASSWORD), ("clerk_b", PASSWORD)]:
        response = enter(Client(), name, password)
        assert response.status_code == 422
        text = response.content.decode()
        assert WRONG in text
        pages.append(re.sub(r'value="[^"]*"|X-CSRFToken[^}]*', "", text))
    assert pages[0] == pages[1] == pages[2]


def test_an_unknown_name_costs_the_same_queries_and_one_hash_as_a_wrong_password(client: Client, world: World) -> None:
    counts, hashes = [], []
    from django.contrib.auth.hashers import Argon2PasswordHasher

    kept = Argon2PasswordHasher.encode, Argon2PasswordHasher.verify
    for name in ("clerk_a", "nobody-here"):
        ran: list[str] = []
        Argon2PasswordHasher.encode = lambda *a, ran=ran, **k: (ran.append("hash"), kept[0](*a, **k))[1]  # type: ignore[method-assign]
        Argon2PasswordHasher.verify = lambda *a, ran=ran, **k: (ran.append("hash"), kept[1](*a, **k))[1]  # type: ignore[method-assign]
        try:
            with CaptureQueriesContext(
                connection,
            ) as queries:
                enter(Client(), name, "not-the-password")
        finally:
            Argon2PasswordHasher.encode, Argon2PasswordHasher.verify = kept  # type: ignore[method-assign]
        counts.append(len(queries))
        hashes.append(ran)
    assert counts[0] == counts[1]
    assert hashes == [["hash"], ["hash"]]


def test_five_wrong_passwords_lock_the_name_at_this_address_and_the_right_one_no_longer_helps(
    client: Client, world: World
) -> None:
    for _ in range(4):
        assert enter(client, "clerk_a", "wrong-password").status_code == 422
    locked = enter(client, "clerk_a", "wrong-password")
    assert locked.status_code == 429
    assert "暂时不能登录" in locked.content.decode()
    assert locked.headers["Retry-After"] == "900"
    assert enter(client, "clerk_a").status_code == 429
    assert not is_signed_in(client)


def test_a_name_that_nobody_has_is_locked_just_the_same(client: Client, world: World) -> None:
    answers = [enter(client, "nobody-here", "wrong-password").status_code for _ in range(6)]
    assert answers == [422, 422, 422, 422, 429, 429]


def test_mobile_number_mail_and_name_are_counted_as_one(client: Client, world: World) -> None:
    person = world.clerk_a
    for name in ("clerk_a", person.mobile, person.email, "CLERK_A"):
        assert enter(client, name, "wrong-password").status_code == 422
    assert enter(client, f"+86{person.mobile}", "wrong-password").status_code == 429


def test_somebody_at_another_address_is_not_locked_out_by_it(client: Client, world: World) -> None:
    for _ in range(5):
        enter(client, "clerk_a", "wrong-password")
    assert enter(Client(), "clerk_a", REMOTE_ADDR="10.0.0.9").status_code == 302


def test_an_address_that_tries_many_names_is_locked_for_all_of_them(
    client: Client, world: World, settings: object
) -> None:
    settings.LOCKOUT_ADDRESS_FAILURES = 8  # type: ignore[attr-defined]
    answers = [enter(client, f"guess-{number}", "wrong-password").status_code for number in range(8)]
    assert answers == [422] * 7 + [429]
    assert enter(client, "clerk_a").status_code == 429
    assert enter(Client(), "clerk_a", REMOTE_ADDR="10.0.0.9").status_code == 302


def test_signing_in_does_not_wipe_what_the_address_did_with_other_names(
    client: Client, world: World, settings: object
) -> None:
    settings.LOCKOUT_ADDRESS_FAILURES = 8  # type: ignore[attr-defined]
    for number in range(6):
        enter(client, f"guess-{number}", "wrong-password")
    assert enter(client, "clerk_a").status_code == 302
    client.logout()
    enter(client, "guess-6", "wrong-password")
    assert enter(client, "guess-7", "wrong-password").status_code == 429


def test_a_header_that_the_client_writes_is_no_way_around_the_count(client: Client, world: World) -> None:
    answers = [
        enter(client, "clerk_a", "wrong-password", HTTP_X_FORWARDED_FOR=f"10.0.0.{number}").status_code
        for number in range(6)
    ]
    assert answers[4:] == [429, 429]


def test_the_lock_ends_by_itself_and_guessing_meanwhile_does_not_lengthen_it(client: Client, world: World) -> None:
    for _ in range(8):
        enter(client, "clerk_a", "wrong-password")
    assert lockout.locked_since(world.clerk_a) is not None
    AccessAttempt.objects.update(attempt_time=timezone.now() - dt.timedelta(minutes=14, seconds=30))
    assert enter(client, "clerk_a").status_code == 429
    AccessAttempt.objects.update(attempt_time=timezone.now() - dt.timedelta(minutes=15, seconds=1))
    assert enter(client, "clerk_a").status_code == 302


def test_a_flood_of_tries_is_answered_by_a_page_that_says_so(client: Client, world: World, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "login": "2/m/ip"}
    assert [enter(client, f"name-{number}", "x").status_code for number in range(2)] == [422, 422]
    response = enter(client, "clerk_a")
    assert response.status_code == 429
    assert "操作过于频繁" in response.content.decode()
    assert client.get("/sign-in/").status_code == 200


def test_no_password_and_no_token_is_kept_of_a_failed_try(client: Client, world: World) -> None:
    enter(client, "clerk_a", "a-very-secret-typo")
    row = AccessAttempt.objects.get()
    assert "a-very-secret-typo" not in f"{row.post_data} {row.get_data}"
    assert "clerk_a" not in row.post_data


def test_the_chain_holds_who_signed_in_who_was_locked_out_and_who_signed_out(client: Client, world: World) -> None:
    for _ in range(7):
        enter(Client(), "clerk_b", "wrong-password")
    enter(client, "clerk_a")
    client.post("/sign-out/")
    told = [(event.verb, event.subject_pk) for event in Event.objects.order_by("pk")]
    assert told == [
        ("accounts.lock_out", str(world.clerk_b.pk)),
        ("accounts.sign_in", str(world.clerk_a.pk)),
        ("accounts.sign_out", str(world.clerk_a.pk)),
    ]


@pytest.mark.parametrize("then", ["/me/sessions/", "/me/sessions/?a=1"])
def test_after_signing_in_one_goes_on_where_one_was(client: Client, world: World, then: str) -> None:
    assert enter(client, "clerk_a", next=then).headers["Location"] == then


@pytest.mark.parametrize(
    "then",
    ["https://evil.example/", "//evil.example/", "/\\evil.example/", "http://testserver.evil.example/", "javascript:alert(1)",
     "https:///evil.example", "\\\\evil.example", "/\t/evil.example", "http://testserver/me/"],
)  # fmt: skip
def test_only_a_path_of_this_site_may_follow(client: Client, world: World, then: str) -> None:
    response = enter(client, "clerk_a", next=then)
    assert response.status_code == 302
    assert response.headers["Location"] == "/"


def test_a_page_for_the_signed_in_leads_to_signing_in_and_back(client: Client, world: World) -> None:
    response = client.get("/me/sessions/?a=1")
    assert response.headers["Location"] == "/sign-in/?next=%2Fme%2Fsessions%2F%3Fa%3D1"
    page = client.get(response.headers["Location"]).content.decode()
    assert 'name="next" value="/me/sessions/?a=1"' in page


def test_signing_out_takes_a_form_and_ends_the_session(client: Client, world: World) -> None:
    enter(client, "clerk_a")
    assert client.get("/sign-out/").status_code == 200
    assert is_signed_in(client)
    key = client.session.session_key
    assert client.post("/sign-out/").headers["Location"] == "/"
    assert not client.session.exists(key)


@pytest.mark.parametrize(
    "address", ["/accounts/signup/", "/sign-up/email/", "/accounts/login/", "/accounts/email/", "/social/signup/"]
)
def test_what_is_not_wanted_of_allauth_is_not_there(client: Client, db: None, address: str) -> None:
    assert client.get(address).status_code == 404


def change(client: Client, old: str, new: str, again: str | None = None) -> HttpResponse:
    return client.post("/me/security/password/", {"oldpassword": old, "password1": new, "password2": again or new})


def test_changing_the_password_ends_every_other_session_and_not_this_one(client: Client, world: World) -> None:
    other = Client()
    enter(other, "clerk_a")
    enter(client, "clerk_a")
    assert change(client, PASSWORD, NEW).status_code == 302
    assert client.get("/me/sessions/").status_code == 200
    assert other.get("/me/sessions/").status_code == 302
    assert enter(Client(), "clerk_a").status_code == 422
    assert enter(Client(), "clerk_a", NEW).status_code == 302


@pytest.mark.parametrize(
    ("old", "new", "again", "told"),
    [
        ("not-the-password", NEW, NEW, "当前密码不正确。"),
        (PASSWORD, NEW, NEW + "x", "两次输入的新密码不一致。"),
        (PASSWORD, PASSWORD, PASSWORD, "新密码不能与当前密码相同。"),
        (PASSWORD, "Woaini5201314!", "Woaini5201314!", "这个密码由常见的词、日期或键盘顺序组成，容易被猜到。"),
    ],
)
def test_a_new_password_that_will_not_do_is_refused_with_the_reason(
    client: Client, world: World, old: str, new: str, again: str, told: str
) -> None:
    enter(client, "clerk_a")
    response = change(client, old, new, again)
    assert response.status_code == 422
    assert told in response.content.decode()


def test_whoever_got_a_password_from_somebody_else_must_change_it_before_anything_else(
    client: Client, world: World
) -> None:
    actions.must_change_password(person=world.clerk_a, by=world.administrator_a, at=timezone.now())
    enter(client, "clerk_a", next="/me/sessions/")
    for address in ("/", "/me/sessions/", "/people/1/sign-in/"):
        assert client.get(address).headers["Location"] == "/me/security/password/"
    assert (
        client.get("/me/sessions/", headers={"HX-Request": "true"}).headers["HX-Redirect"] == "/me/security/password/"
    )
    assert client.post("/language/", {"language": "zh-hans", "next": "/"}).headers["Location"] == "/"
    assert "请先换成只有您自己知道的密码" in client.get("/me/security/password/").content.decode()
    assert change(client, PASSWORD, NEW).status_code == 302
    assert not PasswordDuty.objects.exists()
    assert client.get("/me/sessions/").status_code == 200
