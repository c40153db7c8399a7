"""How allauth behaves here: its words, its messages, what it keeps, and what it must ask again."""

from __future__ import annotations

import time
from typing import Any, Final

import segno
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tidui.accounts.signin import lockout, portal, secrets
from tidui.kit import clock, outbox

#: What allauth tells after a deed, by the template that it would use; of the rest it says nothing.
MESSAGES: Final = {
    "account/messages/logged_out.txt": _("您已退出登录。"),
    "account/messages/password_changed.txt": _("密码已修改，其他地方的登录已全部结束。"),
    "mfa/messages/totp_activated.txt": _("动态口令已启用。"),
    "mfa/messages/totp_deactivated.txt": _("动态口令已停用。"),
    "mfa/messages/webauthn_added.txt": _("通行密钥已添加。"),
    "mfa/messages/webauthn_removed.txt": _("通行密钥已移除。"),
    "mfa/messages/recovery_codes_generated.txt": _("已生成新的恢复码，只显示这一次，请妥善保存。"),
}
#: What a person is told of in a message, so that they notice what they did not do themselves.
DEEDS: Final = {
    "account/email/password_changed": _("密码已修改"),
    "account/email/password_reset": _("密码已通过一次性链接重新设置"),
    "mfa/email/totp_activated": _("动态口令已启用"),
    "mfa/email/totp_deactivated": _("动态口令已停用"),
    "mfa/email/recovery_codes_generated": _("恢复码已重新生成"),
    "mfa/email/webauthn_added": _("已添加通行密钥"),
    "mfa/email/webauthn_removed": _("已移除通行密钥"),
}
WRONG: Final = _("登录名或密码不正确。")


class AccountAdapter(DefaultAccountAdapter):
    """Passwords, sessions and messages."""

    error_messages: Final = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": WRONG,
        "username_password_mismatch": WRONG,
        "invalid_login": WRONG,
        "enter_current_password": _("当前密码不正确。"),
        "incorrect_password": _("密码不正确。"),
        "incorrect_code": _("验证没有通过，请重试。"),
        "invalid_password_reset": _("链接无效、已过期或已使用过。"),
        "too_many_login_attempts": _("失败次数过多，请稍后再试。"),
        "rate_limited": _("操作过于频繁，请稍后再试。"),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up by allauth: enterprises have a page of their own, others are invited."""
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Axes counts passwords; allauth's own count would lock a name out for everybody at once."""

    def is_safe_url(self, url: str | None) -> bool:
        """Only a path of this site may follow signing in: `/` and something, neither `//` nor a backslash."""
        return bool(url) and super().is_safe_url(url) and str(url).startswith("/") and not str(url).startswith("//")

    def is_reauthentication_required(self, *, app: str, **rest: Any) -> bool:
        """Whoever proved who they are within the last minutes is not asked once more."""
        done = get_authentication_records(self.request, self.request.user)
        return not done or time.time() - done[-1]["at"] >= settings.ACCOUNT_REAUTHENTICATION_TIMEOUT

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """The ways to prove once more who one is, in our words."""
        words = {
            "reauthenticate": gettext("用密码验证"),
            "mfa_reauthenticate": gettext("用动态口令或恢复码验证"),
            "mfa_reauthenticate:webauthn": gettext("用通行密钥验证"),
        }
        return [{**one, "description": words[one["id"]]} for one in super().get_reauthentication_methods(user)]

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Where to after changing the password."""
        return reverse("mfa_index")

    def respond_user_inactive(self, request: HttpRequest, user: Any) -> HttpResponse:
        """An account that was closed is told nothing more than a wrong password is."""
        messages.error(request, str(WRONG))
        return self._to("account_login")

    def _to(self, name: str) -> HttpResponse:
        from django.shortcuts import redirect

        return redirect(name)

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, message_context: Any = None,
        extra_tags: str = "", message: str | None = None,
    ) -> None:  # fmt: skip
        """Our words for what allauth tells."""
        said = message or MESSAGES.get(message_template or "")
        if said:
            messages.add_message(request, level, str(said), extra_tags=extra_tags)

    def get_client_ip(self, request: HttpRequest) -> str:
        """Where the request comes from; the same answer as for counting failures."""
        return lockout.client_address(request) or "0.0.0.0"

    def send_notification_mail(
        self, template_prefix: str, user: Any, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """Tell the person what was done with their account: on the site, and by e-mail where they have an address."""
        deed = DEEDS.get(template_prefix)
        if deed is None:
            return
        at = clock.now()
        said = {
            "deed": deed,
            "when": at.astimezone(clock.LEGAL_ZONE).strftime("%Y-%m-%d %H:%M"),
            "address": self.get_client_ip(self.request),
        }
        outbox.notify(to=[user], template="accounts.security", context=said, at=at, link=reverse("mfa_index"))


class SecondFactorAdapter(DefaultMFAAdapter):
    """Codes and passkeys."""

    error_messages: Final = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("验证码不正确，或已经用过。"),
        "cannot_delete_authenticator": _("您的职责要求使用两步验证，不能停用最后一种方式。"),
        "cannot_generate_recovery_codes": _("请先设置动态口令或通行密钥，再生成恢复码。"),
    }

    def encrypt(self, text: str) -> str:
        """A copy of the database alone must not make codes."""
        return secrets.lock(text)

    def decrypt(self, encrypted_text: str) -> str:
        """Counterpart of `encrypt`."""
        return secrets.unlock(encrypted_text)

    def get_totp_label(self, user: Any) -> str:
        """What the code generator shows: the sign-in name."""
        return str(user.username)

    def build_totp_svg(self, url: str) -> str:
        """The QR code as SVG without style attributes; black on white in both themes, or no phone reads it."""
        return segno.make(url, error="m").svg_inline(border=4, dark="#000", light="#fff", omitsize=True)

    def generate_authenticator_name(self, user: Any, type: Any) -> str:
        """A name for a new passkey, until the person finds a better one."""
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return gettext("通行密钥 %(number)d") % {"number": count + 1}

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """By what name a browser remembers this site."""
        return {**super().get_public_key_credential_rp_entity(), "name": "Tidui"}

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """May it go? Not the last one of a person who must have one."""
        from tidui.accounts.signin import duties

        person = authenticator.user
        if not (duties.second_factor_required() and duties.needs_second_factor(person)):
            return True
        kinds = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
        return Authenticator.objects.filter(user_id=person.pk, type__in=kinds).exclude(pk=authenticator.pk).exists()


class PortalAccountAdapter(DefaultSocialAccountAdapter):
    """What becomes of somebody whom the provincial portal vouches for."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Accounts are made on our own page, once the person agreed."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Find the person; ImmediateHttpResponse leads a new one to the page where they join."""
        portal.arrived(request, sociallogin)

    def on_authentication_error(self, request: HttpRequest, provider: Any, **rest: Any) -> None:
        """Write down why, for whoever looks after the connection; the person is told only that it failed."""
        portal.logger.warning("portal sign-in failed: %s %r", rest.get("error"), rest.get("exception"))

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Linking is told on the page where it is done."""
