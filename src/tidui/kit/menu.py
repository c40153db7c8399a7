"""The kit's own entries of the navigation."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tidui.kit import navigation
from tidui.kit.models import Message
from tidui.kit.prepared import Counting, Prepared

ADMINISTRATION = _("系统维护")


def unread(user: Any) -> Counting | None:
    """How many messages the person has not read."""
    return _unread.counting(user.pk) if getattr(user, "is_authenticated", False) else None


_unread: Prepared[int] = Prepared(
    lambda person: Message.objects.filter(recipient=person, read_at__isnull=True).values_list("pk", flat=True)
)


def add_all() -> None:
    """Messages and jobs for everybody who has signed in, reference data for administrators."""
    navigation.add(
        "kit.messages", _("消息"), "kit:messages", "kit.signed_in", order=10, icon="mail", place="user", count=unread
    )
    navigation.add("kit.jobs", _("后台任务"), "kit:jobs", "kit.signed_in", order=20, icon="list-check", place="user")
    navigation.add(
        "kit.calendar", _("工作日历"), "kit:calendar", "kit.signed_in", order=30, icon="calendar", place="user"
    )
    rows = (
        ("kit.divisions", pgettext_lazy("many", "行政区划"), "kit:divisions", "map-pin"),
        ("kit.parameters", _("参数"), "kit:parameters", "adjustments"),
        ("kit.texts", _("文本模板"), "kit:texts", "template"),
        ("kit.deliveries", _("外发消息"), "kit:deliveries", "send"),
    )
    for order, (name, label, url_name, icon) in enumerate(rows):
        navigation.add(name, label, url_name, "kit.administer", order=900 + order, icon=icon, group=ADMINISTRATION)
