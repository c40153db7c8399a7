"""What an enterprise is told when its draft ends because it was not submitted in time, or can be written again."""

from __future__ import annotations

import datetime as dt

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tidui.casework import hooks, messages, units
from tidui.casework.models import Application, Step
from tidui.casework.programme import programme
from tidui.kit import texts

_PLACES = {"programme": _("业务"), "enterprise": _("企业名称"), "call": _("申报通知")}
_TEXTS = {"lapse": "casework.lapsed", "revive": "casework.revived"}

texts.define(
    "casework.lapsed", _("申报逾期未提交"),
    zh=(
        "{programme}申报逾期未提交：{enterprise}",
        "“{call}”已经截止，{enterprise}的申报没有提交，现已结束。所填内容仍可查看。",
    ),
    en=(
        "Application not submitted in time: {enterprise}",
        "The call “{call}” has closed and the application of {enterprise} was not submitted; it has ended. "
        "What was written can still be read.",
    ),
    placeholders=_PLACES,
)  # fmt: skip
texts.define(
    "casework.revived", _("申报可以继续填写"),
    zh=(
        "{programme}申报可以继续填写：{enterprise}",
        "“{call}”延长了受理时间，{enterprise}未提交的申报可以继续填写、提交。",
    ),
    en=(
        "Application can be written again: {enterprise}",
        "The call “{call}” was prolonged; the application of {enterprise} can be completed and submitted.",
    ),
    placeholders=_PLACES,
)  # fmt: skip


@hooks.when_moved
def tell(application: Application, step: Step, at: dt.datetime) -> None:
    """Whoever files for the enterprise learns of it, in their language."""
    if step.move not in _TEXTS:
        return

    def words() -> dict[str, str]:
        title = str(programme(application.programme).title)
        return {"programme": title, "enterprise": application.organisation.name, "call": application.call.title}

    link = reverse("casework:form", args=[application.pk])
    messages.send(units.filers_of(application.organisation), _TEXTS[step.move], words, at=at, link=link)

