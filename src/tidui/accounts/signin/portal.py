"""Signing in by the province's service portal, which vouches for a person and for the enterprise they act for.

OpenID Connect, code flow with PKCE. Beyond what allauth checks: the token's signature is always verified, by a fixed
list of algorithms; it must carry our nonce, which is bound to the state; and the portal must call itself what we were
told that it is called. What we keep of it is the portal's number for the person, the credit code and the names.
"""

from __future__ import annotations

import hmac
import logging
from dataclasses import asdict, dataclass
from typing import Any, Final

import jwt
from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialAccount, SocialLogin
from allauth.socialaccount.providers.oauth2.client import OAuth2Client, OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.crypto import salted_hmac
from requests import RequestException

from tidui.accounts import finding
from tidui.accounts.enums import OrganisationKind
from tidui.accounts.models import Membership, User
from tidui.accounts.signin.names import as_mobile
from tidui.accounts.standing import in_force
from tidui.codes import uscc
from tidui.codes.faults import BadValue
from tidui.kit import clock, divisions

logger = logging.getLogger(__name__)

#: Where somebody who has arrived, and has no account yet, is kept in the session.
ARRIVED: Final = "portal_arrived"
ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384")
DEMANDED: Final = ("iss", "aud", "exp", "iat", "sub", "nonce")
#: What can go wrong between the portal and us; whatever it is, nobody is signed in by it.
FAILURES: Final = (OAuth2Error, RequestException, KeyError, ValueError)
#: Clocks of two machines may differ by so many seconds.
LEEWAY: Final = 30


@dataclass(frozen=True, slots=True)
class Vouched:
    """What the portal says: its own number for the person, and whom they act for."""

    subject: str
    uscc: str
    organisation: str
    name: str
    mobile: str

    @classmethod
    def read(cls, claims: dict[str, Any]) -> Vouched:
        """From a verified token; OAuth2Error for one without a valid credit code or a name."""

        def said(key: str, longest: int) -> str:
            value = claims.get(settings.PORTAL_CLAIMS[key])
            return str(value).strip()[:longest] if isinstance(value, str | int) else ""

        try:
            code = str(uscc.parse(said("uscc", 40)))
        except BadValue as fault:
            raise OAuth2Error("the portal gave no valid credit code") from fault
        name = said("name", 64)
        if not name:
            raise OAuth2Error("the portal gave no name")
        return cls(str(claims["sub"]), code, said("organisation", 200), name, as_mobile(said("mobile", 20)))


def nonce_of(state: str) -> str:
    """The nonce that belongs to a state; whoever does not know our secret cannot make one fit another."""
    return salted_hmac("tidui.portal.nonce", state, algorithm="sha256").hexdigest()


class PortalClient(OAuth2Client):
    """Asks the portal, with a nonce."""

    def get_redirect_url(self, authorization_url: str, scope: list[str], extra_params: dict[str, Any]) -> str:
        """Where the browser is sent."""
        asked = {**extra_params, "nonce": nonce_of(str(self.state))}
        return str(super().get_redirect_url(authorization_url, list(scope), asked))


class PortalAdapter(OpenIDConnectOAuth2Adapter):
    """Checks what the portal answers."""

    client_class = PortalClient

    @property
    def openid_config(self) -> dict[str, Any]:
        """What the portal says of itself; OAuth2Error if it calls itself otherwise than we were told."""
        try:
            config: dict[str, Any] = super().openid_config
        except ValueError as fault:
            raise OAuth2Error("the portal's description is no JSON") from fault
        if str(config.get("issuer", "")).rstrip("/") != settings.PORTAL_ISSUER.rstrip("/"):
            raise OAuth2Error("the portal names another issuer than the one that is set")
        return config

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **answer: Any) -> SocialLogin:
        """The person of a verified token; OAuth2Error for one that is not right in every part."""
        id_token = answer["response"].get("id_token")
        if not isinstance(id_token, str):
            raise OAuth2Error("the portal gave no id_token")
        claims = self._verified(id_token, app.client_id)
        if not hmac.compare_digest(str(claims["nonce"]), nonce_of(request.GET.get("state", ""))):
            raise OAuth2Error("the token carries another nonce")
        who = Vouched.read(claims)
        login: SocialLogin = self.get_provider().sociallogin_from_response(request, asdict(who))
        login.vouched = who
        return login

    def _verified(self, id_token: str, audience: str) -> dict[str, Any]:
        try:
            kid = jwt.get_unverified_header(id_token).get("kid")
            fitting = [one for one in self._keys() if kid is None or one.get("kid") == kid]
            if len(fitting) != 1:
                raise OAuth2Error("the token is signed by no key of the portal")
            key = jwt.PyJWK(fitting[0])
            claims: dict[str, Any] = jwt.decode(
                id_token, key.key, algorithms=[one for one in ALGORITHMS if one == key.algorithm_name],
                audience=audience, issuer=self.openid_config["issuer"], leeway=LEEWAY,
                options={"require": list(DEMANDED)},
            )  # fmt: skip
        except jwt.PyJWTError as fault:
            raise OAuth2Error(f"the token is not valid: {fault}") from fault
        if isinstance(claims["aud"], list) and len(claims["aud"]) > 1 and claims.get("azp") != audience:
            raise OAuth2Error("the token was given to somebody else")
        return claims

    def _keys(self) -> list[dict[str, Any]]:
        with get_adapter().get_requests_session() as session:
            answer = session.get(self.openid_config["jwks_uri"])
        answer.raise_for_status()
        keys = answer.json().get("keys", [])
        return [one for one in keys if isinstance(one, dict) and one.get("use", "sig") == "sig"]


class PortalProvider(OpenIDConnectProvider):
    """The portal as allauth knows it."""

    oauth2_adapter_class = PortalAdapter

    def get_auth_params_from_request(self, request: HttpRequest, action: str) -> dict[str, Any]:
        """Nothing that a link could slip in."""
        return dict(self.get_auth_params())

    def get_scope_from_request(self, request: HttpRequest) -> list[str]:
        """What is set, and nothing that a link could slip in."""
        return list(self.get_scope())

    def extract_uid(self, data: dict[str, Any]) -> str:
        """The portal's number for the person."""
        return str(data["subject"])

    def extract_extra_data(self, data: dict[str, Any]) -> dict[str, Any]:
        """What is kept: whom the person acted for when they last came."""
        return {"uscc": data["uscc"], "organisation": data["organisation"], "name": data["name"]}

    def extract_common_fields(self, data: dict[str, Any]) -> dict[str, Any]:
        """Nothing is written into an account by itself."""
        return {}

    def extract_email_addresses(self, data: dict[str, Any]) -> list[Any]:
        """E-mail is not asked for."""
        return []


def is_set_up() -> bool:
    """Is there a portal to sign in by?"""
    return bool(settings.PORTAL_ISSUER)


def members_called(who: Vouched) -> list[User]:
    """Members of the enterprise with this name and this mobile number."""
    if not who.mobile:
        return []
    return list(
        User.objects.filter(
            pk__in=Membership.objects.filter(
                in_force(clock.now()), organisation__uscc=who.uscc, organisation__active=True
            ).values("user"),
            is_active=True, name=who.name, mobile=who.mobile,
        ).order_by("pk")[:2]
    )  # fmt: skip


def arrived(request: HttpRequest, sociallogin: SocialLogin) -> None:
    """Find the account of somebody whom the portal vouches for.

    Who was linked before, or is a member with the same name and mobile number, signs in. Everybody else is led, by
    ImmediateHttpResponse, to the page where they link their account or ask to join the enterprise.
    """
    who: Vouched = sociallogin.vouched
    if sociallogin.is_existing:
        return
    same = members_called(who)
    if len(same) == 1 and not SocialAccount.objects.filter(user=same[0], provider=settings.PORTAL).exists():
        link(same[0], who)
        sociallogin.user = same[0]
        return
    request.session[ARRIVED] = asdict(who)
    raise ImmediateHttpResponse(redirect("portal_join"))


def waiting(request: HttpRequest) -> Vouched | None:
    """Whom the portal vouched for in this session, and who has no account yet."""
    kept = request.session.get(ARRIVED)
    return Vouched(**kept) if isinstance(kept, dict) else None


def link(person: User, who: Vouched) -> SocialAccount:
    """From now on the portal's number signs in as this person."""
    kept = {"uscc": who.uscc, "organisation": who.organisation, "name": who.name}
    account: SocialAccount = SocialAccount.objects.create(
        user=person, provider=settings.PORTAL, uid=who.subject, extra_data=kept
    )
    return account


def sign_in(request: HttpRequest, person: User, who: Vouched, then: str) -> HttpResponse:
    """Sign in whom the portal vouched for; the second factor is asked for as with a password."""
    request.session.pop(ARRIVED, None)
    record_authentication(request, person, "socialaccount", provider=settings.PORTAL, uid=who.subject)
    response: HttpResponse = perform_login(request, person, email_verification="none", redirect_url=then)
    return response


def place_of(who: Vouched) -> dict[str, Any] | None:
    """Name, division and zone of the enterprise, from the register or else from its code; None if neither says it."""
    known = finding.by_code(who.uscc)
    if known is not None:
        if known.kind != OrganisationKind.ENTERPRISE or not known.division:
            return None
        return {"name": who.organisation or known.name, "division": known.division, "zone": known.zone}
    inside = divisions.table().get(uscc.parse(who.uscc).division)
    if inside is None or inside.level != "county" or not who.organisation:
        return None
    return {"name": who.organisation, "division": inside.code, "zone": None}


def vouched_for(person: User, code: str) -> bool:
    """Did the portal say that this person acts for the enterprise with this code?"""
    return SocialAccount.objects.filter(user=person, provider=settings.PORTAL, extra_data__uscc=code).exists()
