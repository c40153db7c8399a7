"""The message that something was tampered with."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tidui.kit import texts

texts.define(
    "accounts.tampered", _("审计链核对不符"),
    zh=("审计链核对发现{count}处问题", "第一处：{first}。请登录查看全部结果，并保留现场。"),
    en=(
        "The check of the audit chain found {count} problems",
        "The first: {first}. Please sign in for all of them, and leave everything as it is.",
    ),
    placeholders={"count": _("问题数"), "first": _("第一处问题")},
)  # fmt: skip
