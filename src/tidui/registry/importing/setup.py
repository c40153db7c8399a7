"""What the app makes known at start-up: permissions, doors, kinds of files, jobs."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tidui.kit import navigation
from tidui.registry.importing import audited, exporting, jobs, permissions, queries, stored, views

__all__ = ["audited", "exporting", "jobs", "permissions", "queries", "stored", "views"]

navigation.add(
    "registry.imports", _("导入"), "registry:imports", "registry.import", order=60, icon="database-import",
    group=pgettext_lazy("many", "企业"),
)  # fmt: skip
