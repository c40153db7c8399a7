"""The files by which people show that they may act for an enterprise."""

from __future__ import annotations

from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from tidui.accounts.models import JoinRequest
from tidui.kit import access, files
from tidui.kit.access import ALLOWED, Outcome, Refused
from tidui.kit.visibility import visible_to

KIND: Final = "accounts.evidence"
NOT_YOURS: Final = Refused("not-yours", _("该文件不在您的查看范围内。"))


def _may_read(user: Any, stored: Any) -> Outcome:
    """Whoever may see the request that the file belongs to."""
    return ALLOWED if visible_to(user, JoinRequest).filter(evidence=stored.pk).exists() else NOT_YOURS


files.define(
    files.Kind(
        name=KIND, title=_("入驻证明材料"), accepts=("pdf", "jpg", "png"), limit=10 * files.MB, may_read=_may_read,
        may_add=lambda user: access.check("accounts.join", user), sensitive=True,
    )
)  # fmt: skip
