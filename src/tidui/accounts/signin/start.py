"""What signing in makes known when the site starts; `AccountsConfig.ready` calls it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tidui.kit import navigation


def start() -> None:
    """Permissions, parameters, texts, doors, signals, nightly work, and the entries of the person's own menu."""
    from tidui.accounts.signin import audited, duties, nightly, permissions, queries, signals, texts

    del audited, duties, nightly, permissions, queries, signals, texts
    user = navigation.USER
    navigation.add("me.security", _("登录与安全"), "mfa_index", "kit.signed_in", 80, "shield-lock", place=user)
    navigation.add("me.sessions", _("我的登录"), "usersessions_list", "kit.signed_in", 81, "devices", place=user)
    navigation.add("me.sign_out", _("退出登录"), "account_logout", "kit.signed_in", 99, "logout", place=user, post=True)
