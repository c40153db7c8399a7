"""The messages that signing in sends."""

# tidui: data

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tidui.kit import texts

texts.define(
    "accounts.security",
    _("账号安全提醒"),
    zh=(
        "账号安全提醒：{deed}",
        "{when}，您的账号发生变更：{deed}。操作地址：{address}。\n"
        "如果不是您本人操作，请立即修改密码，结束其他地方的登录，并联系本单位管理员。",
    ),
    en=(
        "Security notice: {deed}",
        "On {when} your account was changed: {deed}. Address: {address}.\n"
        "If this was not you, change your password at once, end your other sessions and tell your administrator.",
    ),
    placeholders={"deed": _("发生了什么"), "when": _("时间"), "address": _("网络地址")},
)
texts.define(
    "accounts.reset_link",
    _("重设密码的一次性链接"),
    zh=(
        "重设密码",
        "{by} 为您生成了一次性链接，{hours} 小时内有效，使用一次后失效。若非您本人要求，请勿打开并联系管理员。",
    ),
    en=(
        "Set a new password",
        "{by} made a one-time link for you. It works once, within {hours} hours. "
        "If you did not ask for it, do not open it and tell your administrator.",
    ),
    placeholders={"by": _("由谁生成"), "hours": _("有效小时数")},
)
