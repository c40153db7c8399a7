"""Forms of passwords, in our words; what they check is allauth's and Django's."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as base
from django import forms
from django.utils.translation import gettext_lazy as _

from tidui.accounts.signin import sessions

MISMATCH = _("两次输入的新密码不一致。")


def _word(form: forms.Form, name: str, label: Any, help: Any = "", autocomplete: str | None = None) -> None:
    field = form.fields[name]
    field.label, field.help_text = label, help
    field.widget.attrs.pop("placeholder", None)
    if autocomplete:
        field.widget.attrs["autocomplete"] = autocomplete


class SignInForm(base.LoginForm):
    """Name and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        login = self.fields["login"]
        assert isinstance(login, forms.CharField)
        login.max_length = 254
        login.validators = []
        login.widget.attrs.update({"maxlength": "254", "autocapitalize": "none", "spellcheck": "false"})
        self.fields["login"] = login
        _word(self, "login", _("登录名"), _("也可以用手机号码或电子邮箱。"), "username")
        _word(self, "password", _("密码"))


class _TwoNew(forms.Form):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rules = _("至少 10 个字符，不能全是数字，不能与登录名、姓名、手机号码相近；不要用常见的拼音、年份或键盘顺序。")
        _word(self, "password1", _("新密码"), rules, "new-password")
        _word(self, "password2", _("再次输入新密码"), "", "new-password")

    def clean(self) -> dict[str, Any]:
        """Both the same."""
        data: dict[str, Any] = super(base.PasswordVerificationMixin, self).clean() or self.cleaned_data
        first, second = data.get("password1"), data.get("password2")
        if first and second and first != second:
            self.add_error("password2", MISMATCH)
        return data


class ChangePasswordForm(_TwoNew, base.ChangePasswordForm):
    """The person changes their own password; it must become another one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _word(self, "oldpassword", _("当前密码"), "", "current-password")

    def clean_password1(self) -> str:
        """ValidationError for the password that the person has already."""
        new: str = self.cleaned_data["password1"]
        if self.user is not None and self.user.check_password(new):
            raise forms.ValidationError(_("新密码不能与当前密码相同。"), code="same")
        return new


class NewPasswordForm(_TwoNew, base.ResetPasswordKeyForm):
    """A new password by a one-time link; whoever was signed in as this person no longer is."""

    def save(self) -> None:
        """Set it and end every session."""
        super().save()
        sessions.end_all(self.user)


class ConfirmPasswordForm(base.ReauthenticateForm):
    """The password once more, before something delicate."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _word(self, "password", _("密码"))
