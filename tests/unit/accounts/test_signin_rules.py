"""What signing in decides without a database: passwords, names, devices, when a session is over, the portal's words."""

from __future__ import annotations

import pytest
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django.contrib.auth.hashers import get_hasher
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from tests.people import credit_code

from tidui.accounts.models import User
from tidui.accounts.signin import portal, secrets, sessions
from tidui.accounts.signin.names import as_mobile, check_name

SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Mobile/15E148 Safari/604.1"
)
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0"
WECHAT = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/116.0 Mobile Safari/537.36 MicroMessenger/8.0"


@pytest.mark.parametrize(
    "password",
    [
        "short-1x", "1357924680246", "password1234", "Woaini5201314!", "Gansu@2024666", "Lanzhou19900101", "qwertyuiop123",
        "1qaz2wsx3edc", "Keji888888!", "aaaaaaaaaaaa", "Admin@123456", "zhangwei2024!", "18919001234x", "Tidui@2026!!",
    ],
)  # fmt: skip
def test_a_password_that_people_here_try_first_is_refused(password: str) -> None:
    person = User(username="zhangwei", name="张伟", mobile="18919001234")
    with pytest.raises(ValidationError):
        validate_password(password, person)


@pytest.mark.parametrize(
    "password", ["horse-battery-staple", "岷江石榴树下的铜壶水", "kT9#vLq2!mXz", "xuehu7 tongling"]
)
def test_a_password_of_unrelated_words_is_taken(password: str) -> None:
    validate_password(password, User(username="zhangwei", name="张伟"))


def test_what_is_left_of_a_password_is_what_nobody_guesses() -> None:
    from tidui.accounts.signin.passwords import unguessed

    assert unguessed("Woaini-2024-Lqx7") == "lqx7"
    assert unguessed("Gansu@19980203") == ""


def test_passwords_are_kept_by_argon2id_at_the_cost_that_was_measured() -> None:
    from tidui.site.security import Argon2id

    assert isinstance(get_hasher(), Argon2id)
    assert (Argon2id.time_cost, Argon2id.memory_cost, Argon2id.parallelism) == (2, 19 * 1024, 1)


@pytest.mark.parametrize(
    ("typed", "digits"),
    [("13919001234", "13919001234"), ("+86 139-1900-1234", "13919001234"), ("008613919001234", "13919001234"),
     ("12019001234", ""), ("zhangwei", ""), ("1391900123", "")],
)  # fmt: skip
def test_a_mobile_number_is_known_however_it_is_written(typed: str, digits: str) -> None:
    assert as_mobile(typed) == digits


@pytest.mark.parametrize("name", ["13919001234", "a@b.cn"])
def test_a_sign_in_name_that_is_somebodys_number_or_address_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        check_name(name)
    check_name("zhangwei")


@pytest.mark.parametrize(
    ("agent", "told"),
    [(SAFARI, ("Safari", "iOS")), (EDGE, ("Edge", "Windows")), (WECHAT, ("WeChat", "Android")), ("curl/8", ("", ""))],
)
def test_a_device_is_named_by_browser_and_system(agent: str, told: tuple[str, str]) -> None:
    assert sessions.device(agent) == told


def test_a_session_is_over_after_half_an_hour_of_nothing_or_twelve_hours_of_anything() -> None:
    began = {"began": 1_000_000, "seen": 1_000_000}
    assert not sessions.over(began, 1_000_000 + 1800)
    assert sessions.over(began, 1_000_000 + 1801)
    used = {"began": 1_000_000, "seen": 1_000_000 + 43_200}
    assert not sessions.over(used, 1_000_000 + 43_200)
    assert sessions.over(used, 1_000_000 + 43_201)


@pytest.mark.parametrize("kept", [{}, {"began": 1}, {"began": "1", "seen": "1"}])
def test_a_session_that_does_not_say_when_it_began_is_over(kept: dict[str, object]) -> None:
    assert sessions.over(kept, 2)


def test_the_secret_of_a_code_generator_is_unreadable_without_the_secret_of_the_site(settings: object) -> None:
    locked = secrets.lock("JBSWY3DPEHPK3PXP")
    assert "JBSWY3DPEHPK3PXP" not in locked
    assert secrets.unlock(locked) == "JBSWY3DPEHPK3PXP"
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]  # type: ignore[attr-defined]
    settings.SECRET_KEY = "another-secret"  # type: ignore[attr-defined]
    assert secrets.unlock(locked) == "JBSWY3DPEHPK3PXP"


def test_what_the_portal_says_is_read_by_the_names_that_are_set() -> None:
    code = credit_code(7)
    who = portal.Vouched.read(
        {
            "sub": "s1",
            "uscc": code.lower(),
            "organisation": " 某公司 ",
            "name": "张三",
            "phone_number": "+8613919001234",
        }
    )
    assert who == portal.Vouched("s1", code, "某公司", "张三", "13919001234")


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": "s", "name": "张三"},
        {"sub": "s", "uscc": "91620102MA0000001X", "name": "张三"},
        {"sub": "s", "uscc": credit_code(7), "name": ""},
    ],
)
def test_a_portal_that_names_no_valid_enterprise_or_no_person_is_refused(claims: dict[str, str]) -> None:
    with pytest.raises(OAuth2Error):
        portal.Vouched.read(claims)


def test_a_nonce_belongs_to_its_state_alone() -> None:
    assert portal.nonce_of("a") == portal.nonce_of("a") != portal.nonce_of("b")
