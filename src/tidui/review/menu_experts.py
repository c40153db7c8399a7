"""Experts and fees in the navigation."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tidui.accounts.standing import standing
from tidui.kit import access, navigation
from tidui.review import (  # noqa: F401  make themselves known
    affirming,
    importing,
    lists_experts,
    panels_fees,
    texts_experts,
)
from tidui.review.enums import ExpertState
from tidui.review.models import Expert
from tidui.review.queries import expert_of

_GROUP = pgettext_lazy("many", "评审")
_OWN = _("我的评审")


def _waiting(user: Any) -> int | None:
    if not standing(user).decides_for_department:
        return None
    waiting = (ExpertState.APPLIED, ExpertState.NOMINATED)
    return Expert.objects.filter(state__in=waiting).count() or None


def _has_entry(user: Any, _thing: Any) -> access.Outcome:
    return access.ALLOWED if expert_of(user) is not None else access.Refused("no-entry", _("您没有专家信息。"))


access.define("review.have_entry", _("查看本人专家信息"), access.Predicate(_has_entry))

navigation.add(
    "review.experts", _("专家库"), "review:experts", "review.view_register", order=250, icon="users-group",
    group=_GROUP, count=_waiting,
)  # fmt: skip
navigation.add(
    "review.recusals", pgettext_lazy("many", "回避"),
    "review:recusals", "review.view_experts", order=252, icon="shield-off", group=_GROUP
)
navigation.add(
    "review.fees", _("评审费"), "review:fees", "review.view_fees", order=285, icon="coin", group=_GROUP
)
navigation.add(
    "review.own_expert", _("我的专家信息"), "review:own_expert", "review.have_entry", order=295, icon="user-circle",
    group=_OWN,
)  # fmt: skip
