"""The entry of findings in the navigation."""

from __future__ import annotations

from django.utils.translation import pgettext_lazy

from tidui.casework import lists_checks  # noqa: F401  the list makes itself known
from tidui.kit import navigation

navigation.add(
    "casework.findings", pgettext_lazy("many", "核查发现"),
    "casework:findings", "casework.see_findings", order=60, icon="zoom-exclamation",
    group=pgettext_lazy("many", "申报"), holds=r"/findings/\d+/",
)  # fmt: skip
