"""The stored files of exchanges and who may read them, and the message by which a partner learns of a list."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from tidui.casework.actions.exchanging import ANSWERS, LIST
from tidui.casework.models import Exchange
from tidui.kit import access, files, texts
from tidui.kit.access import Outcome, Refused
from tidui.kit.models import StoredFile
from tidui.kit.visibility import visible_to


def _may_read(user: Any, stored: StoredFile) -> Outcome:
    """Whoever may see the list that the file is of, or has just handed it in."""
    about = files.about(stored)
    if isinstance(about, Exchange) and visible_to(user, Exchange).filter(pk=about.pk).exists():
        return access.ALLOWED
    if about is None and stored.uploaded_by_id == getattr(user, "pk", None):
        return access.ALLOWED
    return Refused("not-yours", _("这份文件不归您查看。"))


def _may_add(user: Any) -> Outcome:
    return access.check("casework.answer", user)


files.define(files.Kind(LIST, _("数据交换清单"), accepts=("xlsx", "csv"), may_read=_may_read, sensitive=True))
files.define(
    files.Kind(
        ANSWERS, _("清单回复文件"), accepts=("xlsx", "csv"), limit=50 * files.MB, may_read=_may_read, may_add=_may_add,
        sensitive=True,
    )
)  # fmt: skip

texts.define(
    "casework.list_sent", _("收到需要回复的清单"),
    zh=("请回复清单：{title}", "省科技厅发来清单“{title}”，共{count}家，请于{due}前回复。文号：{document}。"),
    en=(
        "A list to be answered: {title}",
        "The department has sent the list “{title}” of {count} enterprises; please answer it by {due}. "
        "Document: {document}.",
    ),
    placeholders={"title": _("名称"), "count": _("家数"), "due": _("回复期限"), "document": _("文号")}, by_sms=True,
)  # fmt: skip
