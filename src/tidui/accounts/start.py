"""What this app makes known when the site starts; `AccountsConfig.ready` calls it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tidui.accounts.models import Organisation, User
from tidui.accounts.standing import standing
from tidui.kit import language, navigation, search


def start() -> None:
    """Permissions, doors, lists, texts, files, nightly work, and the entries of the navigation."""
    from tidui.accounts import administration, evidence, finding, lists, nightly, permissions, queries, texts

    del administration, evidence, lists, nightly, permissions, texts
    search.source(Organisation, finding.text_of)
    language.keep_with(_keep_language)
    navigation.describe_user(describe)
    navigation.home(_home, order=900)
    people = _("单位与人员")
    add = navigation.add
    add(
        "accounts.mine",
        _("本单位"),
        "accounts:my_organisation",
        "accounts.my_organisation",
        760,
        "building",
        group=people,
    )
    add(
        "accounts.organisations", pgettext_lazy("many", "单位"),
        "accounts:organisations", "accounts.view_organisations", 761,
        icon="buildings", group=people,
    )  # fmt: skip
    add(
        "accounts.requests", _("入驻申请"), "accounts:requests", "accounts.view_requests", 762, icon="user-check",
        group=people, count=queries.count_waiting_requests,
    )  # fmt: skip
    add("accounts.reach", _("推荐范围"), "accounts:reaches", "accounts.view_reach", 763, "map", group=people)
    add(
        "accounts.sign_up", _("企业注册"), "accounts:sign_up", "accounts.sign_up", 10, "building",
        place=navigation.PUBLIC,
    )  # fmt: skip
    add("me.profile", _("我的信息"), "accounts:profile", "accounts.profile", 10, "user", place=navigation.USER)


def describe(user: Any) -> str:
    """The organisation and role that stand under a person's name; of several the first, and how many more."""
    who = standing(user)
    if not who.held:
        return str(_("尚未加入单位"))
    first = who.held[0]
    more = len(who.held) - 1
    return f"{first.organisation.name} · {first.role.label}" + (f" +{more}" if more else "")


def _home(user: Any) -> str | None:
    """Somebody without any role begins at what the site knows of them."""
    from django.urls import reverse

    return None if standing(user).held else reverse("accounts:profile")


def _keep_language(user: Any, code: str) -> None:
    User.objects.filter(pk=user.pk).update(language=code)
