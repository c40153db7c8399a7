"""The kinds of files of an import: what is handed in, what is handed back, what is exported."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from tidui.kit import access, files
from tidui.kit.access import Outcome
from tidui.kit.models import StoredFile
from tidui.kit.visibility import visible_to
from tidui.registry.importing.models import Import
from tidui.registry.importing.running import MARKED

UPLOAD = "registry.import"
EXPORT = "registry.export"
#: Days for which a workbook that was exported is kept.
KEPT_DAYS = 7


def _may_read(user: Any, stored: StoredFile) -> Outcome:
    """Whoever sees the import that the file is of."""
    about = files.about(stored)
    if not isinstance(about, Import):
        about = Import.objects.filter(file=stored).first()
    if about is not None and visible_to(user, Import).filter(pk=about.pk).exists():
        return access.ALLOWED
    return access.Refused("not-your-import", _("这份文件不归您查看。"))


def _may_add(user: Any) -> Outcome:
    return access.check("registry.import", user)


files.define(
    files.Kind(
        UPLOAD, _("导入文件"), accepts=("xlsx", "csv"), limit=100 * files.MB, may_read=_may_read, may_add=_may_add,
        sensitive=True,
    )
)  # fmt: skip
files.define(files.Kind(MARKED, _("问题工作簿"), accepts=("xlsx",), may_read=_may_read, sensitive=True))
files.define(files.Kind(EXPORT, _("导出的企业档案"), accepts=("xlsx",), sensitive=True, keep=KEPT_DAYS))
