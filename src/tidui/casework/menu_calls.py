"""What calls, batches and hand-overs add to the navigation."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tidui.kit import navigation

_GROUP = pgettext_lazy("many", "申报")
navigation.add(
    "casework.calls", pgettext_lazy("many", "申报通知"),
    "casework:calls", "kit.signed_in", order=60, icon="speakerphone", group=_GROUP
)
navigation.add(
    "casework.public_calls", pgettext_lazy("many", "申报通知"),
    "casework:calls", "casework.view_calls", order=20, icon="speakerphone",
    place="public",
)  # fmt: skip
navigation.add(
    "casework.batches", pgettext_lazy("many", "批次"),
    "casework:batches", "casework.view_all", order=68, icon="stack-2", group=_GROUP
)
navigation.add(
    "casework.transfers", _("待转交的申报"), "casework:transfers", "casework.see_transfers", order=69,
    icon="arrows-exchange", group=_GROUP,
)  # fmt: skip
