"""The list of an applicant's own applications: how each stands, whose turn it is, and what is to be done next."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from tidui.casework import presenting
from tidui.casework.enums import OPEN_TO_APPLICANT, State
from tidui.casework.models import Application
from tidui.casework.programme import programmes
from tidui.casework.queries import own_applications
from tidui.kit import clock, formats, lists


def own_rows(user: Any) -> QuerySet[Application]:
    """The applications of the person's own enterprises, drafts included."""
    return own_applications(user)


def address_of(row: Application) -> str:
    """Where the applicant goes on: the form while it can be written, the page of the case afterwards."""
    route = "casework:form" if row.state in OPEN_TO_APPLICANT else "casework:case"
    return reverse(route, args=[row.pk])


def due_of(row: Application) -> Any:
    """The day by which something has to happen: a draft's is that on which its call closes."""
    return clock.day_of(row.call.closes_at) if row.state == State.DRAFT else row.due_on


def next_of(row: Application) -> str:
    """What is to be done next, and by whom, in a sentence."""
    if row.state == State.DRAFT:
        if row.call.closes_at < clock.now():
            return _now("申报已截止，未提交")
        return _now("填写并提交，%(when)s截止") % {"when": formats.moment(row.call.closes_at)}
    if row.state == State.CORRECTION:
        return _now("按退回理由补正后重新提交")
    if row.state == State.ACTIVE:
        return _now("等待%(who)s：%(stage)s") % {
            "who": row.holder.name if row.holder is not None else str(row.get_turn_display()),
            "stage": presenting.stage_title(row.programme, row.stage),
        }
    return _now("已结束，可查看结果")


MINE: Final = lists.List(
    name="casework.mine",
    title=_("我的申报"),
    model=Application,
    permission="casework.apply",
    rows=own_rows,
    columns=(
        lists.text("call", _("申报"), value=lambda row: row.call.title, link=address_of),
        lists.badge("state", _("状态"), choices=State.choices, tones=presenting.STATE_TONES),
        lists.text("next", _("下一步"), value=next_of),
        lists.text("turn", _("轮到"), value=lambda row: str(row.get_turn_display())),
        lists.date("due_on", _("期限"), value=due_of, sort="due_on"),
        lists.code("number", _("受理编号"), sort="number"),
        lists.text("organisation", _("申报单位"), value="organisation.name", page=False),
        lists.text(
            "programme", _("业务"), value=lambda row: presenting.programme_title(row.programme), page=False
        ),
        lists.moment("changed_at", _("最近变动"), sort="changed_at"),
    ),
    filters=(
        lists.choice("state", _("状态"), State.choices, field="state"),
        lists.choice(
            "programme", _("业务"), options=lambda user: [(one.name, one.title) for one in programmes().values()],
            field="programme",
        ),
    ),
    order="-changed_at",
    related=("call", "organisation", "holder"),
    start=_("还没有申报"),
    empty=_("没有符合条件的申报"),
)  # fmt: skip
