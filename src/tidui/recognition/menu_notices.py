"""What notices, objections and documents add to the navigation."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tidui.kit import navigation
from tidui.kit.visibility import visible_to
from tidui.recognition.models import Objection
from tidui.recognition.noticing import OPEN


def open_objections(user: Any) -> int | None:
    """How many objections wait for the department; None for none."""
    return visible_to(user, Objection).filter(state__in=OPEN).count() or None


_GROUP = pgettext_lazy("many", "认定")
navigation.add(
    "recognition.notices", pgettext_lazy("many", "公示"),
    "recognition:notices", "kit.signed_in", order=300, icon="speakerphone",
    group=_GROUP,
)  # fmt: skip
navigation.add(
    "recognition.objections", pgettext_lazy("many", "异议"),
    "recognition:objections", "recognition.view_objections", order=305,
    icon="message-exclamation", group=_GROUP, count=open_objections,
)  # fmt: skip
navigation.add(
    "recognition.announcements", pgettext_lazy("many", "公告"),
    "recognition:announcements", "kit.signed_in", order=310, icon="news",
    group=_GROUP,
)  # fmt: skip
navigation.add(
    "recognition.documents", pgettext_lazy("many", "公文"),
    "recognition:documents", "recognition.view_documents", order=315,
    icon="file-text", group=_GROUP,
)  # fmt: skip
for _name, _label, _route, _icon, _order in (
    ("notices", pgettext_lazy("many", "公示"), "recognition:notices", "speakerphone", 20),
    ("announcements", pgettext_lazy("many", "公告"), "recognition:announcements", "news", 25),
    ("verify", _("核验编号"), "recognition:verify", "certificate", 30),
    ("open", _("开放数据"), "recognition:open_data", "database-export", 40),
):
    navigation.add(
        f"recognition.public_{_name}", _label, _route, "recognition.view_public", order=_order, icon=_icon,
        place=navigation.PUBLIC,
    )  # fmt: skip
