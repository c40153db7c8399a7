"""What the registry adds to the navigation."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tidui.accounts.standing import standing
from tidui.kit import navigation, search
from tidui.kit.prepared import Prepared
from tidui.kit.visibility import visible_to
from tidui.registry.actions.property import words_of
from tidui.registry.enums import DifferenceState
from tidui.registry.models import Difference, IntellectualProperty


def open_differences(user: Any) -> navigation.Waiting:
    """How many differences wait for somebody; None for none."""
    who = standing(user)
    if who.only_own:
        return _open_of.counting(sorted(who.ids))
    return visible_to(user, Difference).filter(state=DifferenceState.OPEN).count() or None


_open_of: Prepared[int] = Prepared(
    lambda own: Difference.objects.filter(organisation__in=own, state=DifferenceState.OPEN).values_list("pk", flat=True)
)


def add_all() -> None:
    """The own file for members of enterprises; returns, differences and IP for whoever reads files."""
    group = pgettext_lazy("many", "企业")
    navigation.add(
        "registry.own_file", _("企业档案"), "registry:own_file", "registry.own_file", order=20, icon="folder",
        group=group, holds=r"/enterprises/\d+/file/",
    )  # fmt: skip
    navigation.add(
        "registry.differences", _("指标差异"), "registry:differences", "registry.view_differences", order=40,
        icon="arrows-diff", group=group, count=open_differences,
    )  # fmt: skip
    navigation.add(
        "registry.returns", _("填报记录"), "registry:returns", "registry.view_returns", order=50, icon="files",
        group=group,
    )  # fmt: skip
    navigation.add(
        "registry.all_property", _("知识产权"), "registry:all_property", "registry.see_shared_property", order=55,
        icon="certificate", group=group,
    )  # fmt: skip
    search.source(IntellectualProperty, words_of)
