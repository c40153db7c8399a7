"""The kind of file that applicants attach: read by whoever may see the application."""

from __future__ import annotations

from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from tidui.casework.models import Attachment
from tidui.casework.permissions import applicant
from tidui.kit import access, files
from tidui.kit.access import Outcome, Refused
from tidui.kit.models import StoredFile
from tidui.kit.visibility import visible_to

KIND: Final = "casework.evidence"
_NOT_YOURS: Final = Refused("not-yours", _("这份文件不归您查看。"))


def may_read(user: Any, stored: StoredFile) -> Outcome:
    """Whoever may see the application that the file is attached to."""
    found = visible_to(user, Attachment).filter(file=stored).exists()
    return access.ALLOWED if found else _NOT_YOURS


def may_add(user: Any) -> Outcome:
    """Whoever files for an enterprise or carrier."""
    return applicant(user, None)


files.define(
    files.Kind(
        name=KIND, title=_("申报证明材料"), accepts=("pdf", "jpg", "png", "docx", "xlsx"), limit=60 * files.MB,
        may_read=may_read, may_add=may_add, sensitive=True,
    )
)  # fmt: skip
