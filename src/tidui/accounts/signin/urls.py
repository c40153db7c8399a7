"""The addresses of signing in. Names are allauth's, which looks them up; what is not wanted is not here."""

from __future__ import annotations

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.conf import settings
from django.urls import URLPattern, URLResolver, path, re_path

from tidui.accounts.signin import views
from tidui.accounts.signin.routes import declare

_PORTAL = {"provider_id": settings.PORTAL}

urlpatterns: list[URLPattern | URLResolver] = [
    *declare(
        [
            path("sign-in/", account.login, name="account_login"),
            path("sign-in/code/", mfa.authenticate, name="mfa_authenticate"),
            path("sign-in/passkey/", webauthn.login_webauthn, name="mfa_login_webauthn"),
            path("sign-out/", account.logout, name="account_logout"),
            path("password/done/", account.password_reset_from_key_done, name="account_reset_password_from_key_done"),
            re_path(
                r"^password/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[^/]+)/$",
                account.password_reset_from_key,
                name="account_reset_password_from_key",
            ),
        ],
        "kit.public",
    ),
    *declare(
        [
            path("me/security/confirm/", account.reauthenticate, name="account_reauthenticate"),
            path("me/security/confirm/code/", mfa.reauthenticate, name="mfa_reauthenticate"),
            path("me/security/confirm/passkey/", webauthn.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
            path("me/security/password/", account.password_change, name="account_change_password"),
            path("me/security/password/first/", account.password_set, name="account_set_password"),
            path("me/security/code/", totp.activate_totp, name="mfa_activate_totp"),
            path("me/security/code/off/", totp.deactivate_totp, name="mfa_deactivate_totp"),
            path("me/security/recovery/", recovery.view_recovery_codes, name="mfa_view_recovery_codes"),
            path("me/security/recovery/new/", recovery.generate_recovery_codes, name="mfa_generate_recovery_codes"),
            path("me/security/passkeys/new/", webauthn.add_webauthn, name="mfa_add_webauthn"),
            path("me/security/passkeys/<int:pk>/", webauthn.edit_webauthn, name="mfa_edit_webauthn"),
            path("me/security/passkeys/<int:pk>/remove/", webauthn.remove_webauthn, name="mfa_remove_webauthn"),
        ],
        "kit.signed_in",
    ),
    path("sign-in/forgotten/", views.forgotten, name="account_reset_password"),
    path("me/security/", views.security, name="mfa_index"),
    path("me/security/passkeys/", views.passkeys, name="mfa_list_webauthn"),
    path("me/sessions/", views.my_sessions, name="usersessions_list"),
    path("people/<int:pk>/sign-in/", views.member, name="member_sign_in"),
    path("portal/login/", views.portal_login, _PORTAL, name="openid_connect_login"),
    path("portal/callback/", views.portal_callback, _PORTAL, name="openid_connect_callback"),
    path("portal/cancelled/", views.portal_cancelled, name="socialaccount_login_cancelled"),
    path("portal/join/", views.portal_join, name="portal_join"),
    path("portal/unlink/", views.portal_unlink, name="portal_unlink"),
]
