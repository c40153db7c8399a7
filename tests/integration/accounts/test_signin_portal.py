"""Signing in by the provincial portal, against an issuer on this machine: who gets in, and every way to be refused."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.mfa.totp.internal import auth as totp
from allauth.socialaccount.models import SocialAccount
from django.conf import settings as site
from django.http import HttpResponse
from django.test import Client

from tests.integration.accounts.issuer import Issuer
from tests.people import PASSWORD, World, credit_code
from tidui.accounts.models import JoinRequest, Membership, User
from tidui.accounts.signin import portal
from tidui.kit import stamp

NO_SUCCESS = "省政务服务网登录没有成功"


@pytest.fixture(scope="module")
def running() -> Iterator[Issuer]:
    issuer = Issuer().start()
    yield issuer
    issuer.stop()


@pytest.fixture
def issuer(running: Issuer, settings: Any) -> Issuer:
    stamp.forget_all()
    running.twisted, running.forged, running.called, running.requests = {}, "", "", []
    running.asked.clear()
    settings.PORTAL_ISSUER = running.url
    app = {
        "provider_id": site.PORTAL, "name": "portal", "client_id": running.client_id, "secret": running.secret,
        "settings": {"server_url": running.url, "scope": ["openid", "profile", "phone"]},
    }  # fmt: skip
    oidc = {**site.SOCIALACCOUNT_PROVIDERS["openid_connect"], "APPS": [app]}
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": oidc}
    return running


def claims_of(world: World, **others: Any) -> dict[str, Any]:
    said = {
        "sub": "portal-0001", "uscc": world.a.uscc, "organisation": world.a.name, "name": world.clerk_a.name,
        "phone_number": world.clerk_a.mobile,
    }  # fmt: skip
    return {**said, **others}


def come(client: Client, issuer: Issuer, claims: dict[str, Any]) -> HttpResponse:
    """Go to the portal, agree there, and come back."""
    leaving = client.get("/portal/login/")
    assert leaving.status_code == 302
    return client.get("/portal/callback/", issuer.consent(leaving.headers["Location"], claims))


def who(client: Client) -> str | None:
    return client.session.get("_auth_user_id")


def test_the_browser_is_sent_with_state_nonce_and_a_challenge(client: Client, issuer: Issuer, db: None) -> None:
    address = urlsplit(client.get("/portal/login/?scope=admin&auth_params=nonce%3Dx%26state%3Dy").headers["Location"])
    query = {name: values[0] for name, values in parse_qs(address.query).items()}
    assert f"{address.scheme}://{address.netloc}" == issuer.url
    assert query["nonce"] == portal.nonce_of(query["state"])
    assert query["code_challenge_method"] == "S256"
    assert set(query["scope"].split()) == {"openid", "profile", "phone"}
    assert query["redirect_uri"] == "http://testserver/portal/callback/"
    assert query["response_type"] == "code"


def test_a_member_with_the_same_name_and_mobile_number_is_recognised_and_signed_in(
    client: Client, issuer: Issuer, world: World
) -> None:
    assert come(client, issuer, claims_of(world)).headers["Location"] == "/"
    assert who(client) == str(world.clerk_a.pk)
    account = SocialAccount.objects.get()
    assert (account.user_id, account.uid) == (world.clerk_a.pk, "portal-0001")
    assert account.extra_data == {"uscc": world.a.uscc, "organisation": world.a.name, "name": world.clerk_a.name}


def test_who_was_linked_signs_in_whatever_they_are_called_now(client: Client, issuer: Issuer, world: World) -> None:
    come(client, issuer, claims_of(world))
    again = Client()
    assert come(again, issuer, claims_of(world, name="白改名", phone_number=None)).headers["Location"] == "/"
    assert who(again) == str(world.clerk_a.pk)


@pytest.mark.parametrize(
    "other", [{"phone_number": "13999999999"}, {"name": "别人"}, {"phone_number": None}, {"phone_number": ""}]
)
def test_a_stranger_of_the_same_enterprise_does_not_become_a_member_by_it(
    client: Client, issuer: Issuer, world: World, other: dict[str, Any]
) -> None:
    assert come(client, issuer, claims_of(world, **other)).headers["Location"] == "/portal/join/"
    assert who(client) is None
    assert not SocialAccount.objects.exists()


def test_the_same_name_and_number_in_another_enterprise_is_nobody(client: Client, issuer: Issuer, world: World) -> None:
    assert come(client, issuer, claims_of(world, uscc=world.b.uscc)).headers["Location"] == "/portal/join/"


def test_a_former_member_is_not_recognised(client: Client, issuer: Issuer, world: World) -> None:
    from django.utils import timezone

    Membership.objects.filter(user=world.clerk_a).update(until=timezone.now())
    assert come(client, issuer, claims_of(world)).headers["Location"] == "/portal/join/"


def test_a_second_factor_is_asked_for_after_the_portal_too(client: Client, issuer: Issuer, world: World) -> None:
    totp.TOTP.activate(world.clerk_a, totp.generate_totp_secret())
    assert come(client, issuer, claims_of(world)).headers["Location"].startswith("/sign-in/code/")
    assert who(client) is None


def test_a_closed_account_does_not_get_in_by_the_portal(client: Client, issuer: Issuer, world: World) -> None:
    come(client, issuer, claims_of(world))
    User.objects.filter(pk=world.clerk_a.pk).update(is_active=False)
    again = Client()
    come(again, issuer, claims_of(world))
    assert who(again) is None


def test_a_newcomer_gets_an_account_without_a_role_and_a_request_that_waits(
    client: Client, issuer: Issuer, world: World
) -> None:
    come(client, issuer, claims_of(world, sub="portal-9", name="新来的", phone_number="13700000001"))
    page = client.get("/portal/join/").content.decode()
    assert world.a.uscc in page and "新来的" in page
    response = client.post("/portal/join/")
    assert response.headers["Location"] == "/me/"
    person = User.objects.get(name="新来的")
    assert who(client) == str(person.pk)
    assert (person.mobile, person.has_usable_password()) == ("13700000001", False)
    assert not Membership.objects.filter(user=person).exists()
    request = JoinRequest.objects.get()
    assert (request.user, request.uscc, request.state, request.inside) == (person, world.a.uscc, "waiting", True)
    assert portal.vouched_for(person, world.a.uscc)


def test_somebody_of_an_unknown_enterprise_asks_for_it_to_be_registered(
    client: Client, issuer: Issuer, world: World
) -> None:
    code = credit_code(7_000_001, "620103")
    come(client, issuer, claims_of(world, uscc=code, organisation="兰州七里新企业有限公司", name="新来的"))
    assert client.post("/portal/join/").headers["Location"] == "/me/"
    request = JoinRequest.objects.get()
    assert (request.organisation, request.unit, request.division) == (None, world.other_county, "620103")


def test_where_the_place_is_not_known_the_person_is_asked_for_it(client: Client, issuer: Issuer, world: World) -> None:
    code = credit_code(7_000_002, "110000")
    come(client, issuer, claims_of(world, uscc=code, organisation="外地迁来有限公司", name="新来的"))
    response = client.post("/portal/join/")
    assert response.headers["Location"].startswith("/join/?uscc=" + code)
    assert not JoinRequest.objects.exists()
    assert "外地迁来有限公司" in client.get(response.headers["Location"]).content.decode()


def test_whoever_has_an_account_links_it_after_signing_in(client: Client, issuer: Issuer, world: World) -> None:
    come(client, issuer, claims_of(world, phone_number=None))
    client.post("/sign-in/", {"login": "clerk_a", "password": PASSWORD, "next": "/portal/join/"})
    assert "关联到我的账号" in client.get("/portal/join/").content.decode()
    assert client.post("/portal/join/").headers["Location"] == "/me/security/"
    assert SocialAccount.objects.get().user == world.clerk_a
    again = Client()
    come(again, issuer, claims_of(world, phone_number=None))
    assert who(again) == str(world.clerk_a.pk)


def test_linking_asks_for_the_password_again_once_the_last_proof_is_old(
    client: Client, issuer: Issuer, world: World
) -> None:
    client.post("/sign-in/", {"login": "clerk_a", "password": PASSWORD})
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time() - 601}]
    session.save()
    come(client, issuer, claims_of(world, phone_number=None))
    assert client.post("/portal/join/").headers["Location"].startswith("/me/security/confirm/")
    assert not SocialAccount.objects.exists()


def test_a_link_is_undone_only_by_whoever_has_a_password(client: Client, issuer: Issuer, world: World) -> None:
    come(client, issuer, claims_of(world))
    User.objects.filter(pk=world.clerk_a.pk).update(password="!none")
    client.force_login(User.objects.get(pk=world.clerk_a.pk), backend=site.AUTHENTICATION_BACKENDS[-1])
    client.post("/portal/unlink/")
    assert SocialAccount.objects.exists()
    person = User.objects.get(pk=world.clerk_a.pk)
    person.set_password(PASSWORD)
    person.save()
    client.force_login(person, backend=site.AUTHENTICATION_BACKENDS[-1])
    client.post("/portal/unlink/")
    assert not SocialAccount.objects.exists()


@pytest.mark.parametrize(
    ("twisted", "forged"),
    [
        ({"aud": "somebody-else"}, ""),
        ({"aud": ["tidui", "somebody-else"]}, ""),
        ({"iss": "https://another.example"}, ""),
        ({"exp": int(time.time()) - 3600}, ""),
        ({"iat": int(time.time()) + 30 * 86_400}, ""),  # far ahead: reckoned when the tests are read, and not when they run
        ({"nonce": "another"}, ""),
        ({"nonce": None}, ""),
        ({"exp": None}, ""),
        ({"sub": None}, ""),
        ({"uscc": None}, ""),
        ({"uscc": "91620102MA00000000"}, ""),
        ({"name": None}, ""),
        ({}, "another key"),
        ({}, "unknown key"),
        ({}, "none"),
        ({}, "public key as secret"),
    ],
)
def test_a_token_that_is_wrong_in_one_part_signs_in_nobody(
    client: Client, issuer: Issuer, world: World, twisted: dict[str, Any], forged: str
) -> None:
    issuer.twisted, issuer.forged = twisted, forged
    response = come(client, issuer, claims_of(world))
    assert response.status_code == 401
    assert NO_SUCCESS in response.content.decode()
    assert who(client) is None
    assert not SocialAccount.objects.exists()


def test_a_portal_that_calls_itself_otherwise_is_not_ours(client: Client, issuer: Issuer, world: World) -> None:
    issuer.called = "https://another.example"
    assert client.get("/portal/login/").status_code == 401


def test_a_state_that_we_did_not_give_is_refused(client: Client, issuer: Issuer, world: World) -> None:
    back = issuer.consent(client.get("/portal/login/").headers["Location"], claims_of(world))
    for state in ("", "another", back["state"] + "x"):
        assert client.get("/portal/callback/", {**back, "state": state}).status_code == 401
    assert who(client) is None


def test_a_state_counts_once_and_only_in_the_browser_that_asked(client: Client, issuer: Issuer, world: World) -> None:
    leaving = client.get("/portal/login/").headers["Location"]
    other = Client()
    assert other.get("/portal/callback/", issuer.consent(leaving, claims_of(world))).status_code == 401
    assert client.get("/portal/callback/", issuer.consent(leaving, claims_of(world))).status_code == 302
    assert client.get("/portal/callback/", issuer.consent(leaving, claims_of(world))).status_code == 401


def test_a_code_that_was_given_to_another_session_is_refused_by_its_nonce(
    client: Client, issuer: Issuer, world: World
) -> None:
    theirs = issuer.consent(Client().get("/portal/login/").headers["Location"], claims_of(world))
    mine = issuer.consent(client.get("/portal/login/").headers["Location"], claims_of(world))
    issuer.asked[theirs["code"]].query["code_challenge"] = issuer.asked[mine["code"]].query["code_challenge"]
    response = client.get("/portal/callback/", {"code": theirs["code"], "state": mine["state"]})
    assert response.status_code == 401
    assert who(client) is None


def test_stopping_at_the_portal_leads_back_to_signing_in(client: Client, issuer: Issuer, world: World) -> None:
    back = issuer.consent(client.get("/portal/login/").headers["Location"], claims_of(world))
    response = client.get("/portal/callback/", {"error": "access_denied", "state": back["state"]})
    assert response.headers["Location"] == "/portal/cancelled/"
    page = client.get("/portal/cancelled/", follow=True)
    assert "您取消了省政务服务网登录" in page.content.decode()


def test_a_portal_that_does_not_answer_is_told_as_a_page(
    client: Client, issuer: Issuer, settings: Any, db: None
) -> None:
    broken = Issuer().start()
    url = broken.url
    broken.stop()
    settings.PORTAL_ISSUER = url
    settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]["settings"]["server_url"] = url
    response = client.get("/portal/login/")
    assert response.status_code == 401
    assert NO_SUCCESS in response.content.decode()


def test_without_a_portal_there_is_no_such_page(client: Client, settings: Any, db: None) -> None:
    settings.PORTAL_ISSUER = ""
    assert client.get("/portal/login/").status_code == 404
    assert client.get("/portal/callback/").status_code == 404
    assert client.get("/portal/join/").headers["Location"] == "/sign-in/"
    assert "法人登录" not in client.get("/sign-in/").content.decode()
