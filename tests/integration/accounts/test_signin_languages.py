"""Every page of signing in is wholly Chinese, and wholly English when that is chosen; nothing of allauth shines through."""

from __future__ import annotations

import html
import re
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.utils import translation

from tests.people import PASSWORD, World
from tidui.accounts.signin import lockout
from tidui.kit import stamp

CHINESE = re.compile(r"[\u3400-\u9fff\uff01-\uff5e\u3000-\u303f]+")
#: Words that a Chinese page may hold: names, and what has no other name.
NAMES = {
    "JavaScript", "PIN", "TOTP", "Tidui", "Chrome", "Windows", "clerk", "a", "b", "administrator", "English", "Passkey",
}  # fmt: skip
ENGLISH = re.compile(r"[A-Za-z]{2,}")


@pytest.fixture(autouse=True)
def nothing_is_remembered() -> None:
    stamp.forget_all()


def words(response: HttpResponse) -> str:
    """What a person reads of the page, or hears: texts, and labels of what has none."""
    page = response.content.decode()
    main = page[page.index("<main") : page.index("</main>")]
    title = re.search(r"<title>(.*?) · ", page, re.S)[1]  # type: ignore[index]
    said = " ".join(re.findall(r'(?:aria-label|placeholder|title|data-text-\w+|data-label)="([^"]*)"', main))
    text = re.sub(
        r"<span class=\"secret\".*?</span>|<svg.*?</svg>|<script.*?</script>|<input[^>]*>", " ", main, flags=re.S
    )
    return html.unescape(f"{title} {said} {re.sub(r'<[^>]+>', ' ', text)}")


def pages(world: World, language: str) -> dict[str, HttpResponse]:
    """Every page, and every page with a form that was filled in wrongly."""
    found: dict[str, HttpResponse] = {}
    person, other = Client(HTTP_USER_AGENT="Windows NT Chrome/1"), Client()
    for client in (person, other):
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = language

    def get(client: Client, address: str, name: str = "") -> None:
        found[name or address] = client.get(address, follow=True)

    def post(client: Client, address: str, said: dict[str, str], name: str) -> None:
        found[name] = client.post(address, said, follow=True)

    get(other, "/sign-in/")
    post(other, "/sign-in/", {}, "nothing typed")
    post(other, "/sign-in/", {"login": "clerk_a", "password": "wrong"}, "wrong password")
    get(other, "/sign-in/forgotten/")
    get(other, "/password/1-abc/", "wrong link")
    with translation.override(language):
        found["locked"] = lockout.locked_out(found["/sign-in/"].wsgi_request, None, None)  # type: ignore[attr-defined]
    post(person, "/sign-in/", {"login": "administrator_a", "password": PASSWORD, "next": "/me/security/"}, "signed in")
    for address in (
        "/me/security/", "/me/security/password/", "/me/security/code/", "/me/security/passkeys/new/", "/me/sessions/",
        f"/people/{world.clerk_a.pk}/sign-in/",
    ):  # fmt: skip
        get(person, address)
    weak = {"oldpassword": "x", "password1": "12345", "password2": "1"}
    post(person, "/me/security/password/", weak, "weak password")
    post(person, "/me/security/password/", {}, "no password")
    post(person, "/me/security/code/", {"code": "1"}, "wrong first code")
    post(person, "/me/security/passkeys/new/", {"credential": "{}"}, "wrong passkey")
    post(person, f"/people/{world.clerk_a.pk}/sign-in/", {"do": "link"}, "link")
    post(person, f"/people/{world.clerk_a.pk}/sign-in/", {"do": "factor"}, "really reset")
    _second_factor(world, person, found, get, post)
    session = person.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time() - 601}]
    session.save()
    post(person, "/me/security/confirm/", {"password": "wrong"}, "confirm wrongly")
    post(person, "/me/security/confirm/code/", {"code": "1"}, "confirm by a wrong code")
    get(person, "/me/security/confirm/passkey/", "confirm by passkey")
    get(person, "/sign-out/")
    post(person, "/sign-out/", {}, "signed out")
    post(person, "/sign-in/", {"login": "administrator_a", "password": PASSWORD}, "second step")
    post(person, "/sign-in/code/", {"code": "1"}, "second step wrongly")
    return found


def _second_factor(world: World, person: Client, found: dict[str, HttpResponse], get: object, post: object) -> None:
    """The pages for whoever has a code generator, a passkey and recovery codes."""
    owner = world.administrator_a
    totp.TOTP.activate(owner, totp.generate_totp_secret())
    RecoveryCodes.activate(owner)
    key = Authenticator.objects.create(
        user=owner,
        type="webauthn",
        data={"name": "a", "credential": {"clientExtensionResults": {"credProps": {"rk": True}}}},
    )
    for address in (
        "/me/security/", "/me/security/recovery/", "/me/security/code/off/", "/me/security/recovery/new/",
        f"/me/security/passkeys/{key.pk}/", f"/me/security/passkeys/{key.pk}/remove/",
    ):  # fmt: skip
        get(person, address, f"with everything: {address}")  # type: ignore[operator]
    get(person, "/me/security/recovery/", "codes seen already")  # type: ignore[operator]
    post(person, f"/me/security/passkeys/{key.pk}/remove/", {}, "passkey removed")  # type: ignore[operator]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_is_in_one_language(world: World, language: str) -> None:
    people = {person.name for _, person in world.people()}
    wrong = {}
    for name, response in pages(world, language).items():
        assert response.status_code < 500, name
        text = words(response)
        for person in people:
            text = text.replace(person, "")
        if language == "en":
            strange = CHINESE.findall(text)
        else:
            strange = [word for word in ENGLISH.findall(re.sub(r"\S*testserver\S*", "", text)) if word not in NAMES]
        if strange:
            wrong[name] = strange
    assert wrong == {}
