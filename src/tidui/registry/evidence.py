"""Files that belong to enterprise files: evidence of returns, certificates of intellectual property."""

from __future__ import annotations

from typing import Any, Final

from tidui.kit import access, files
from tidui.kit.access import Outcome, Refused
from tidui.kit.models import StoredFile
from tidui.kit.visibility import visible_to
from tidui.registry.models import IntellectualProperty, Return

EVIDENCE: Final = "registry.evidence"
NOT_YOURS: Final = Refused("not-yours")


def may_read(user: Any, stored: StoredFile) -> Outcome:
    """Whoever may see the return or the item that the file belongs to; and who uploaded it."""
    if stored.uploaded_by_id == getattr(user, "pk", None):
        return access.ALLOWED
    if visible_to(user, Return).filter(document=stored).exists():
        return access.ALLOWED
    found = visible_to(user, IntellectualProperty).filter(attachment=stored).exists()
    return access.ALLOWED if found else NOT_YOURS


def define() -> None:
    """Make the kind of file known."""
    from django.utils.translation import gettext_lazy as _

    files.define(
        files.Kind(
            name=EVIDENCE, title=_("企业档案佐证材料"), accepts=("pdf", "jpg", "png", "docx", "xlsx"),
            limit=20 * files.MB, may_read=may_read, sensitive=True,
        )
    )  # fmt: skip
