"""The second factor: codes that count once, recovery codes shown once, who must have one, and asking again."""

from __future__ import annotations

import re
import time
from types import SimpleNamespace
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from tests.people import PASSWORD, World
from tidui.accounts.models import User
from tidui.accounts.signin import duties, second_factor
from tidui.audit.models import Event
from tidui.kit import parameters, stamp


@pytest.fixture(autouse=True)
def as_in_real_use(settings: Any) -> None:
    settings.SECOND_FACTOR_ENFORCED = True
    stamp.forget_all()


def enter(client: Client, name: str, next: str = "") -> HttpResponse:
    return client.post("/sign-in/", {"login": name, "password": PASSWORD, "next": next})


def code(secret: str, steps: int = 0) -> str:
    return totp.format_hotp_value(totp.hotp_value(secret, int(totp.time.time()) // 30 + steps))


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock that codes are reckoned by stands: no step of half a minute ends between a code and its answer."""
    now = time.time()
    monkeypatch.setattr(totp, "time", SimpleNamespace(time=lambda: now))


def with_generator(person: User) -> str:
    """Give the person a code generator and recovery codes; its secret."""
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(person, secret)
    RecoveryCodes.activate(person)
    return secret


def answer(client: Client, said: str) -> HttpResponse:
    return client.post("/sign-in/code/", {"code": said})


def test_a_code_generator_is_set_up_by_a_picture_from_this_host_and_a_first_code(client: Client, world: World) -> None:
    enter(client, "clerk_a")
    page = client.get("/me/security/code/").content.decode()
    assert page.count("<svg") >= 1
    assert 'style="' not in page
    secret = re.search(r'id="authenticator-secret">([A-Z2-7]+)<', page)[1]  # type: ignore[index]
    assert client.post("/me/security/code/", {"code": "000000"}).status_code == 422
    response = client.post("/me/security/code/", {"code": code(secret)})
    assert response.headers["Location"] == "/me/security/recovery/"
    row = Authenticator.objects.get(user=world.clerk_a, type="totp")
    assert secret not in str(row.data)
    verbs = list(Event.objects.filter(verb="accounts.add_second_factor").values_list("details_text", flat=True))
    assert len(verbs) == 2


def test_recovery_codes_are_shown_once_with_a_file_to_keep(client: Client, world: World) -> None:
    enter(client, "clerk_a")
    page = client.get("/me/security/code/").content.decode()
    secret = re.search(r'id="authenticator-secret">([A-Z2-7]+)<', page)[1]  # type: ignore[index]
    client.post("/me/security/code/", {"code": code(secret)})
    first = client.get("/me/security/recovery/").content.decode()
    codes = re.findall(r"<li>(\d{8})</li>", first)
    assert len(codes) == 10
    assert f"data:text/plain;charset=utf-8,{codes[0]}%0A" in first
    second = client.get("/me/security/recovery/").content.decode()
    assert not any(one in second for one in codes)
    assert "还有 10 个恢复码没有用过" in second


def test_with_a_generator_the_password_alone_signs_in_nobody(client: Client, world: World) -> None:
    secret = with_generator(world.clerk_a)
    assert enter(client, "clerk_a", "/me/sessions/").headers["Location"].startswith("/sign-in/code/")
    assert client.get("/me/sessions/").status_code == 302
    assert "两步验证" in client.get("/sign-in/code/").content.decode()
    assert answer(client, "123").status_code in (200, 422)
    assert answer(client, code(secret)).headers["Location"] == "/me/sessions/"
    assert client.get("/me/sessions/").status_code == 200


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_a_phone_that_is_half_a_minute_off_still_signs_in(
    client: Client, world: World, still: None, steps: int
) -> None:
    secret = with_generator(world.clerk_a)
    enter(client, "clerk_a")
    assert answer(client, code(secret, steps)).status_code == 302


@pytest.mark.parametrize("steps", [-2, 2])
def test_a_code_that_is_a_minute_off_does_not(client: Client, world: World, still: None, steps: int) -> None:
    secret = with_generator(world.clerk_a)
    enter(client, "clerk_a")
    answer(client, code(secret, steps))
    assert "_auth_user_id" not in client.session


def test_a_code_that_was_used_is_refused_and_so_is_an_older_one(client: Client, world: World) -> None:
    secret = with_generator(world.clerk_a)
    enter(client, "clerk_a")
    used = code(secret)
    older = code(secret, -1)
    assert answer(client, used).status_code == 302
    cache.clear()
    for said in (used, older):
        other = Client()
        enter(other, "clerk_a")
        assert "验证码不正确，或已经用过。" in answer(other, said).content.decode()
        assert "_auth_user_id" not in other.session


def test_the_code_that_set_up_the_generator_does_not_sign_in(client: Client, world: World) -> None:
    enter(client, "clerk_a")
    page = client.get("/me/security/code/").content.decode()
    secret = re.search(r'id="authenticator-secret">([A-Z2-7]+)<', page)[1]  # type: ignore[index]
    first = code(secret)
    client.post("/me/security/code/", {"code": first})
    cache.clear()
    other = Client()
    enter(other, "clerk_a")
    assert "已经用过" in answer(other, first).content.decode()


def test_two_processes_cannot_use_one_code_both(world: World) -> None:
    secret = with_generator(world.clerk_a)
    one, same = (Authenticator.objects.get(user=world.clerk_a, type="totp") for _ in range(2))
    said = code(secret)
    assert second_factor.use_once(one, said)
    assert not second_factor.use_once(same, said)


def test_a_recovery_code_signs_in_once(client: Client, world: World) -> None:
    with_generator(world.clerk_a)
    codes = RecoveryCodes(Authenticator.objects.get(user=world.clerk_a, type="recovery_codes")).generate_codes()
    enter(client, "clerk_a")
    assert answer(client, f" {codes[0][:4]}-{codes[0][4:]} ").status_code == 302
    other = Client()
    enter(other, "clerk_a")
    answer(other, codes[0])
    assert "_auth_user_id" not in other.session
    assert answer(other, codes[1]).status_code == 302


def test_five_wrong_codes_lock_out_as_wrong_passwords_do(client: Client, world: World) -> None:
    secret = with_generator(world.clerk_a)
    enter(client, "clerk_a")
    statuses = [answer(client, f"00000{number}").status_code for number in range(5)]
    assert statuses[-1] == 429
    answer(client, code(secret))
    assert "_auth_user_id" not in client.session
    assert enter(Client(), "clerk_a").status_code == 429


@pytest.mark.parametrize(
    ("name", "must"),
    [
        ("department_officer", True), ("department_administrator", True), ("county_officer", True), ("county_leader", True),
        ("inspector", True), ("county_reader", False), ("clerk_a", False), ("administrator_a", False), ("stranger", False),
    ],
)  # fmt: skip
def test_who_decides_for_the_public_must_have_a_second_factor(world: World, name: str, must: bool) -> None:
    assert duties.needs_second_factor(getattr(world, name)) is must


def test_an_officer_without_one_is_led_to_set_it_up_and_nowhere_else(client: Client, world: World) -> None:
    enter(client, "county_officer")
    assert client.get("/me/sessions/").headers["Location"] == "/me/security/"
    assert "您的职责要求使用两步验证" in client.get("/me/security/").content.decode()
    page = client.get("/me/security/code/").content.decode()
    secret = re.search(r'id="authenticator-secret">([A-Z2-7]+)<', page)[1]  # type: ignore[index]
    client.post("/me/security/code/", {"code": code(secret)})
    assert client.get("/me/security/recovery/").status_code == 200
    assert client.get("/me/sessions/").status_code == 200


def test_the_demonstration_asks_nobody_and_says_so(client: Client, world: World, settings: object) -> None:
    settings.SECOND_FACTOR_ENFORCED = False  # type: ignore[attr-defined]
    assert "演示环境没有要求两步验证" in client.get("/sign-in/").content.decode()
    enter(client, "county_officer")
    assert client.get("/me/sessions/").status_code == 200
    assert "本环境没有强制两步验证" in client.get("/me/security/").content.decode()


def test_the_department_may_put_it_off_by_a_parameter(client: Client, world: World) -> None:
    at = timezone.now()
    from tidui.kit import clock

    parameters.set_value(
        name=duties.REQUIRED.name,
        raw="false",
        since=clock.today(),
        reason="试运行",
        by=world.department_administrator,
        at=at,
    )
    enter(client, "county_officer")
    assert client.get("/me/sessions/").status_code == 200


def test_who_must_have_one_cannot_switch_off_the_last(client: Client, world: World) -> None:
    secret = with_generator(world.county_officer)
    enter(client, "county_officer")
    answer(client, code(secret))
    response = client.post("/me/security/code/off/")
    assert "不能停用最后一种方式" in response.content.decode()
    assert Authenticator.objects.filter(user=world.county_officer, type="totp").exists()


def test_others_switch_it_off_and_the_recovery_codes_go_with_it(client: Client, world: World) -> None:
    secret = with_generator(world.clerk_a)
    enter(client, "clerk_a")
    answer(client, code(secret))
    assert client.post("/me/security/code/off/").status_code == 302
    assert not Authenticator.objects.filter(user=world.clerk_a).exists()
    assert enter(Client(), "clerk_a").headers["Location"] == "/"


def test_what_is_delicate_asks_again_once_the_last_proof_is_old(client: Client, world: World) -> None:
    enter(client, "clerk_a")
    assert client.get("/me/security/code/").status_code == 200
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time() - 601}]
    session.save()
    response = client.get("/me/security/code/")
    assert response.headers["Location"] == "/me/security/confirm/?next=%2Fme%2Fsecurity%2Fcode%2F"
    assert "请再次验证身份" in client.get(response.headers["Location"]).content.decode()
    wrong = client.post("/me/security/confirm/", {"password": "no", "next": "/me/security/code/"})
    assert wrong.status_code == 422
    assert "密码不正确。" in wrong.content.decode()
    right = client.post("/me/security/confirm/", {"password": PASSWORD, "next": "/me/security/code/"})
    assert right.headers["Location"] == "/me/security/code/"
    assert client.get("/me/security/code/").status_code == 200


def test_the_passkey_page_says_that_it_needs_a_script(client: Client, world: World) -> None:
    enter(client, "clerk_a")
    page = client.get("/me/security/passkeys/new/").content.decode()
    assert "添加通行密钥需要浏览器允许运行脚本（JavaScript）" in page
    assert re.search(r"<script(?![^>]* src=)", page) is None
    assert 'data-passkey="create"' in page


def test_a_forged_passkey_is_refused(client: Client, world: World) -> None:
    enter(client, "clerk_a")
    client.get("/me/security/passkeys/new/")
    for said in ("{}", "[]", "null", "1", '{"type": "public-key"}', "not json"):
        response = client.post("/me/security/passkeys/new/", {"name": "x", "credential": said})
        assert response.status_code == 422, said
    assert not Authenticator.objects.exists()
    anonymous = Client()
    for said in ("{}", "[]", "null", "1", '{"response": {"userHandle": "MQ"}}', "not json"):
        assert anonymous.post("/sign-in/passkey/", {"credential": said}).status_code in (302, 422), said
    assert "_auth_user_id" not in anonymous.session
