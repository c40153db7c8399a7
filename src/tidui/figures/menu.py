"""What figures add to the navigation."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tidui.kit import navigation

navigation.add(
    "figures.figures", _("统计"), "figures:figures", "figures.view", order=500, icon="chart-bar", group=_("统计"),
)  # fmt: skip
navigation.add(
    "figures.published", _("统计"), "figures:figures", "figures.view_public", order=50, icon="chart-bar",
    place=navigation.PUBLIC,
)  # fmt: skip
