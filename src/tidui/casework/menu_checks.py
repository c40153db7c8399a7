"""The entry of findings in the navigation."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tidui.casework import lists_checks  # noqa: F401  the list makes itself known
from tidui.kit import navigation

navigation.add(
    "casework.findings", _("核查发现"), "casework:findings", "casework.see_findings", order=60, icon="zoom-exclamation",
    group=_("申报"), holds=r"/findings/\d+/",
)  # fmt: skip
