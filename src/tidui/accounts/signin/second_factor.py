"""Codes and passkeys: each code counts once, and wrong ones are counted as wrong passwords are."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter as account_adapter
from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as base
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp
from allauth.mfa.totp.internal import auth as totp_auth
from allauth.mfa.webauthn import forms as webauthn
from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tidui.accounts.signin import lockout

#: Where the step of the newest code that was used is kept, in an authenticator's data.
USED = "used_step"
_CODE_ATTRS = {"autocomplete": "one-time-code", "inputmode": "numeric", "maxlength": "12", "autofocus": True}


def step_of(secret: str, code: str) -> int | None:
    """The time step for which this is the code, among those that count now; None if it is none of them."""
    for step in totp_auth.yield_hotp_counters_from_time():
        if totp_auth.format_hotp_value(totp_auth.hotp_value(secret, step)) == code:
            return step
    return None


def use_once(authenticator: Authenticator, code: str) -> bool:
    """Take the code, so that neither it nor an older one counts again: in the database, for all processes alike."""
    step = step_of(get_adapter().decrypt(authenticator.data["secret"]), code)
    if step is None:
        return False
    rows = Authenticator.objects.filter(pk=authenticator.pk)
    newer = rows.filter(Q(**{f"data__{USED}__lt": step}) | ~Q(data__has_key=USED))
    taken = newer.update(data={**authenticator.data, USED: step})
    authenticator.refresh_from_db(fields=["data"])
    return taken == 1


def tidy(code: str) -> str:
    """A code without the spaces and dashes that people type."""
    return code.replace(" ", "").replace("-", "").strip()


class _Code(forms.Form):
    user: Any
    reauthentication = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["code"]
        field.label, field.help_text = _("验证码"), _("手机上的 6 位动态口令，或一个没有用过的 8 位恢复码。")
        field.widget.attrs.pop("placeholder", None)
        field.widget.attrs.update(_CODE_ATTRS)

    def clean_code(self) -> str:
        """ValidationError for a wrong code, one that was used, or one too many."""
        if lockout.is_locked(context.request, self.user):
            raise account_adapter().validation_error("too_many_login_attempts")
        code = tidy(self.cleaned_data["code"])
        kinds = [Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES]
        for one in Authenticator.objects.filter(user=self.user, type__in=kinds).order_by("-type"):
            fits = use_once(one, code) if one.type == Authenticator.Type.TOTP else one.wrap().validate_code(code)
            if fits:
                one.user = self.user
                self.authenticator = one
                return code
        lockout.count_failure(context.request, self.user)
        raise get_adapter().validation_error("incorrect_code")


class CodeForm(_Code, base.AuthenticateForm):
    """The second step of signing in."""


class ConfirmCodeForm(_Code, base.ReauthenticateForm):
    """A code once more, before something delicate."""


class ActivateForm(totp.ActivateTOTPForm):
    """The first code of a new generator; the same code does not sign in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["code"]
        field.label, field.help_text = _("动态口令"), _("手机应用上显示的 6 位数字。")
        field.widget.attrs.pop("placeholder", None)
        field.widget.attrs.update({**_CODE_ATTRS, "maxlength": "7"})

    def clean_code(self) -> str:
        """ValidationError for a wrong code."""
        self.cleaned_data["code"] = tidy(self.cleaned_data["code"])
        code: str = super().clean_code()
        return code


class DeactivateForm(totp.DeactivateTOTPForm):
    """Nothing to fill in."""


class PasskeyForm(webauthn.AddWebAuthnForm):
    """A new passkey: one that signs in by itself if it can ask for a finger, a face or a PIN."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name, alone = self.fields["name"], self.fields["passwordless"]
        name.label, name.help_text = _("名称"), _("便于辨认，例如“办公电脑”“手机”。")
        assert isinstance(name, forms.CharField)
        name.max_length = 60
        name.widget.attrs["maxlength"] = "60"
        alone.label = _("可以不输密码直接登录")
        alone.help_text = _("要求设备能用指纹、面容或 PIN 码确认是本人。")
        alone.initial = True

    def clean_name(self) -> str:
        """Never longer than the list shows."""
        return str(super().clean_name())[:60]


class RenamePasskeyForm(webauthn.EditWebAuthnForm):
    """Another name for a passkey."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name = self.fields["name"]
        assert isinstance(name, forms.CharField)
        name.label, name.max_length = _("名称"), 60
        name.widget.attrs["maxlength"] = "60"
