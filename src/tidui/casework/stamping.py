"""The kinds of file that printing makes and takes: stamped pages, packages of cases."""

from __future__ import annotations

from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from tidui.casework import evidence, writing
from tidui.casework.models import Application, Archive, Attachment
from tidui.casework.programme import programme
from tidui.kit import access, files
from tidui.kit.access import Outcome, Refused
from tidui.kit.models import StoredFile
from tidui.kit.visibility import visible_to

STAMPED: Final = "casework.stamped"
ARCHIVE: Final = "casework.archive"
_NOT_YOURS: Final = Refused("not-yours", _("该文件不在您的查看范围内。"))


def _reads_archive(user: Any, stored: StoredFile) -> Outcome:
    """Whoever may see the package; a whole file only who decides on the case."""
    return access.ALLOWED if visible_to(user, Archive).filter(file=stored).exists() else _NOT_YOURS


files.define(
    files.Kind(
        name=STAMPED, title=_("盖章页"), accepts=("pdf", "jpg"), limit=20 * files.MB, may_read=evidence.may_read,
        may_add=evidence.may_add, sensitive=True,
    )
)  # fmt: skip
files.define(
    files.Kind(
        name=ARCHIVE, title=_("案卷包"), accepts=("zip",), limit=2000 * files.MB, may_read=_reads_archive,
        may_add=lambda user: _NOT_YOURS, sensitive=True,
    )
)  # fmt: skip


def is_missing(application: Application) -> bool:
    """Does the programme ask for stamped pages, and are those of the newest submission not there?"""
    if not programme(application.programme).form.stamped:
        return False
    newest = application.submissions.order_by("-number").values_list("pk", flat=True).first()
    pages = Attachment.objects.filter(submission=newest, evidence=writing.STAMPED, removed_at__isnull=True)
    return newest is not None and not pages.exists()
