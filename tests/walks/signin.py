"""What signing in tells the walk: rows of people who never walk themselves, which nobody else is ever shown."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession

from tests import walk
from tests.people import make_member, make_user
from tidui.accounts.enums import Role
from tidui.accounts.signin.models import PasswordDuty


@walk.plants
def sign_in(garden: walk.Garden) -> None:
    """A clerk of `b` with a passkey, a session, a link to the portal and a password that somebody else knows."""
    person = make_user("walked-sign-in", "周末")
    make_member(person, garden.world.b, Role.CLERK)
    PasswordDuty.objects.create(user=person)
    secret = {"seers": (), "shown": False}
    garden.things["passkey"] = Authenticator.objects.create(
        user=person, type="webauthn", data={"name": garden.mark("name of a passkey", **secret), "credential": {}}
    )
    UserSession.objects.create(
        user=person, ip="192.0.2.77", session_key="walked", user_agent=garden.mark("browser of a session", **secret)
    )
    SocialAccount.objects.create(
        user=person, provider="portal", uid=garden.mark("number at the portal", **secret),
        extra_data={"organisation": garden.mark("organisation at the portal", **secret), "uscc": "", "name": ""},
    )  # fmt: skip
    garden.things["signer"] = person


for _name in ("mfa_edit_webauthn", "mfa_remove_webauthn"):
    walk.example(_name, lambda garden: [garden.things["passkey"].pk])
walk.example("member_sign_in", lambda garden: [garden.things["signer"].pk])
walk.example("member_sign_in", lambda garden: [garden.world.other_county_officer.pk])
walk.example("account_reset_password_from_key", lambda garden: {"uidb36": "1", "key": "no-such-key"})
for _step in ("link", "unlock", "sessions", "factor"):
    walk.post("member_sign_in", lambda garden, step=_step: {"do": step, "confirmed": "1"})

for _name in (
    "account_login", "account_logout", "account_reauthenticate", "account_change_password", "account_set_password",
    "account_reset_password_from_key", "mfa_authenticate", "mfa_login_webauthn", "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn", "mfa_activate_totp", "mfa_deactivate_totp", "mfa_generate_recovery_codes",
    "mfa_add_webauthn", "mfa_edit_webauthn", "mfa_remove_webauthn", "usersessions_list", "portal_join", "portal_unlink",
):  # fmt: skip
    walk.own_account(_name, "everybody looks after how they sign in themselves")
