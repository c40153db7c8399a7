"""What the desk makes known: its lists, messages and clocks, the job of bulk decisions, the navigation."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tidui.casework import bulk, desk, lists_desk, messages, urging
from tidui.kit import navigation

__all__ = ["bulk", "lists_desk", "messages", "urging"]


def on_the_desk(user: Any) -> int | None:
    """How many applications wait for the person's organisations."""
    return desk.waiting(user)


navigation.add(
    "casework.desk", _("待办申报"), "casework:desk", "casework.desk", order=22, icon="inbox",
    group=pgettext_lazy("many", "申报"),
    count=on_the_desk, holds=r"/(desk|proposals)/",
)  # fmt: skip
navigation.add(
    "casework.all", _("申报名册"), "casework:all", "casework.list", order=23, icon="list-details",
    group=pgettext_lazy("many", "申报"),
)  # fmt: skip
