"""What meetings add to the navigation."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tidui.kit import navigation

navigation.add(
    "recognition.meetings", _("厅务会"), "recognition:meetings", "recognition.view_meetings", order=290, icon="gavel",
    group=pgettext_lazy("many", "评审"),
)  # fmt: skip
