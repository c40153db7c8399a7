"""Helping another person to sign in: who may, and what each step does."""

from __future__ import annotations

import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from tests.people import PASSWORD, World, make_member
from tidui.accounts.enums import Role
from tidui.accounts.models import User
from tidui.accounts.signin import actions, lockout
from tidui.audit.models import Event
from tidui.kit import access, stamp
from tidui.kit.access import NotAllowed
from tidui.kit.models import Delivery, Message

NEW = "xuehu7-tongling"
BACKEND = "tidui.accounts.signin.backends.PasswordBackend"


@pytest.fixture(autouse=True)
def nothing_is_remembered() -> None:
    stamp.forget_all()


def client_of(person: User) -> Client:
    client = Client()
    client.force_login(person, backend=BACKEND)
    return client


def enter(client: Client, name: str, password: str = PASSWORD) -> HttpResponse:
    return client.post("/sign-in/", {"login": name, "password": password})


def help(world: World, helper: str, helped: str, **said: str) -> HttpResponse:
    return client_of(getattr(world, helper)).post(f"/people/{getattr(world, helped).pk}/sign-in/", said)


def link_of(response: HttpResponse) -> str:
    found = re.search(r'value="http://testserver(/password/[^"]+)"', response.content.decode())
    assert found
    return found[1]


@pytest.mark.parametrize(
    ("helper", "helped", "may"),
    [
        ("administrator_a", "clerk_a", True),
        ("county_officer", "clerk_a", True),
        ("county_leader", "administrator_a", True),
        ("prefecture_officer", "clerk_a", True),
        ("department_administrator", "clerk_a", True),
        ("department_administrator", "county_officer", True),
        ("county_administrator", "county_officer", True),
        ("clerk_a", "administrator_a", False),
        ("administrator_b", "clerk_a", False),
        ("other_county_officer", "clerk_a", False),
        ("county_reader", "clerk_a", False),
        ("county_administrator", "clerk_a", False),
        ("inspector", "clerk_a", False),
        ("stranger", "clerk_a", False),
        ("administrator_a", "administrator_a", False),
        ("administrator_a", "stranger", False),
        ("county_officer", "county_leader", False),
        ("prefecture_officer", "county_officer", False),
    ],
)
def test_who_may_help_whom(world: World, helper: str, helped: str, may: bool) -> None:
    assert bool(access.check("accounts.help_sign_in", getattr(world, helper), getattr(world, helped))) is may
    page = client_of(getattr(world, helper)).get(f"/people/{getattr(world, helped).pk}/sign-in/")
    assert (page.status_code == 200) is may


def test_the_administrator_of_one_organisation_does_not_get_at_a_member_of_two(world: World) -> None:
    make_member(world.clerk_a, world.county, Role.OFFICER)
    assert not access.check("accounts.help_sign_in", world.administrator_a, world.clerk_a)
    assert not access.check("accounts.help_sign_in", world.county_administrator, world.clerk_a)
    assert access.check("accounts.help_sign_in", world.department_administrator, world.clerk_a)
    with pytest.raises(NotAllowed):
        actions.issue_link(person=world.clerk_a, by=world.administrator_a, at=timezone.now())


@pytest.mark.parametrize("step", ["unlock", "issue_link", "drop_second_factor", "end_sessions_of"])
def test_no_step_is_open_to_whoever_may_not(world: World, step: str) -> None:
    with pytest.raises(NotAllowed):
        getattr(actions, step)(person=world.clerk_a, by=world.administrator_b, at=timezone.now())


def test_an_administrator_unlocks_at_once(world: World) -> None:
    client = Client()
    for _ in range(5):
        enter(client, "clerk_a", "wrong-password")
    page = client_of(world.administrator_a).get(f"/people/{world.clerk_a.pk}/sign-in/").content.decode()
    assert "已锁定" in page
    assert help(world, "administrator_a", "clerk_a", do="unlock").status_code == 302
    assert lockout.locked_since(world.clerk_a) is None
    assert enter(client, "clerk_a").status_code == 302
    assert Event.objects.filter(verb="accounts.unlock", subject_pk=str(world.clerk_a.pk)).exists()


def test_a_link_sets_a_new_password_once_and_ends_what_was_open(client: Client, world: World) -> None:
    open_elsewhere = Client()
    enter(open_elsewhere, "clerk_a")
    path = link_of(help(world, "administrator_a", "clerk_a", do="link"))
    shown = client.get(path, follow=True)
    hidden = shown.redirect_chain[-1][0]
    assert path not in hidden  # the secret does not stay in the address
    refused = client.post(hidden, {"password1": "Gansu@2024666", "password2": "Gansu@2024666"})
    assert refused.status_code == 422
    done = client.post(hidden, {"password1": NEW, "password2": NEW}, follow=True)
    assert "新密码已设置" in done.content.decode()
    assert open_elsewhere.get("/me/sessions/").status_code == 302
    assert "链接无效、已过期或已使用过" in Client().get(path, follow=True).content.decode()
    assert enter(Client(), "clerk_a").status_code == 422
    assert enter(Client(), "clerk_a", NEW).status_code == 302
    told = Message.objects.filter(recipient=world.clerk_a, kind="accounts.security")
    assert [("一次性链接" in one.body) for one in told] == [True, True]  # made, and used


def test_a_link_is_void_once_the_person_signs_in_or_a_day_has_gone(world: World, settings: Any) -> None:
    path = link_of(help(world, "administrator_a", "clerk_a", do="link"))
    enter(Client(), "clerk_a")
    assert "链接不能使用" in Client().get(path, follow=True).content.decode()
    path = link_of(help(world, "administrator_a", "clerk_a", do="link"))
    assert "设置新密码" in Client().get(path, follow=True).content.decode()
    settings.PASSWORD_RESET_TIMEOUT = -1
    assert "链接不能使用" in Client().get(path, follow=True).content.decode()


def test_a_link_is_for_its_person_alone(world: World) -> None:
    path = link_of(help(world, "administrator_a", "clerk_a", do="link"))
    from allauth.account.utils import user_pk_to_url_str

    other = path.replace(f"/{user_pk_to_url_str(world.clerk_a)}-", f"/{user_pk_to_url_str(world.county_officer)}-")
    assert other != path
    assert "链接不能使用" in Client().get(other, follow=True).content.decode()


def test_the_link_goes_by_mail_only_if_that_is_asked(world: World) -> None:
    help(world, "administrator_a", "clerk_a", do="link")
    assert not Message.objects.filter(kind="accounts.reset_link").exists()
    help(world, "administrator_a", "clerk_a", do="link", by_mail="on")
    sent = Message.objects.get(kind="accounts.reset_link")
    assert sent.link.startswith("/password/")
    assert Delivery.objects.get(message=sent).address == "clerk_a@example.org"


@pytest.mark.parametrize(
    ("step", "told"),
    [
        ("link", "管理员生成了重设密码的一次性链接"),
        ("unlock", "管理员解除了账号锁定"),
        ("factor", "管理员重置了两步验证"),
        ("sessions", "管理员结束了全部登录"),
    ],
)
def test_the_person_is_told_of_whatever_was_done_in_a_message_without_a_link_to_their_account(
    world: World, step: str, told: str
) -> None:
    help(world, "administrator_a", "clerk_a", do=step, confirmed="1")
    message = Message.objects.get()
    assert (message.recipient, message.kind) == (world.clerk_a, "accounts.security")
    assert told in message.body
    assert "/password/" not in message.body + message.link
    verb = {"link": "issue_reset_link", "factor": "drop_second_factor", "sessions": "end_sessions"}.get(step, step)
    assert Event.objects.filter(verb=f"accounts.{verb}", subject_pk=str(world.clerk_a.pk)).count() == 1


def test_a_lost_telephone_is_forgotten_after_a_question(world: World) -> None:
    totp.TOTP.activate(world.clerk_a, totp.generate_totp_secret())
    asked = help(world, "administrator_a", "clerk_a", do="factor")
    assert "请先核实是本人提出" in asked.content.decode()
    assert Authenticator.objects.exists()
    assert help(world, "administrator_a", "clerk_a", do="factor", confirmed="1").status_code == 302
    assert not Authenticator.objects.exists()
    assert enter(Client(), "clerk_a").headers["Location"] == "/"


def test_somebody_is_signed_out_everywhere(world: World) -> None:
    places = [Client(), Client()]
    for client in places:
        enter(client, "clerk_a")
    help(world, "administrator_a", "clerk_a", do="sessions")
    assert [client.get("/me/sessions/").status_code for client in places] == [302, 302]


def test_an_unknown_step_is_not_found_and_changes_nothing(world: World) -> None:
    assert help(world, "administrator_a", "clerk_a", do="delete").status_code == 404


def test_the_page_for_whoever_forgot_says_whom_to_ask(client: Client, db: None) -> None:
    page = client.get("/sign-in/forgotten/").content.decode()
    assert "请联系本单位管理员" in page and "24 小时内有效" in page
