"""The lists of those who look at applications: the desk, what was sent back, all applications, proposals."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from functools import reduce
from operator import or_
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet, Value
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from tidui.accounts.enums import OrganisationKind
from tidui.accounts.models import Organisation
from tidui.accounts.standing import standing
from tidui.casework import presenting
from tidui.casework.enums import State, Turn
from tidui.casework.models import Application, Call, Proposal
from tidui.casework.permissions import may_work
from tidui.casework.presenting import STATE_TONES, VERDICTS
from tidui.casework.programme import programmes
from tidui.casework.queries import on_desk, submitted_applications
from tidui.kit import calendar, clock, lists
from tidui.kit.visibility import visible_to

Rows = QuerySet[Application]
MOST_CALLS: Final = 60


def desk_rows(user: Any, queue: str = "") -> Rows:
    """What waits for the person's organisations; each row knows the filter under which it was found."""
    return on_desk(user).annotate(queue=Value(queue))


def _desk_rows_by_key(user: Any, queue: str = "") -> Rows:
    """The same, looked up by their keys."""
    return on_desk(user, by_key=True).annotate(queue=Value(queue))


def returned_rows(user: Any) -> Rows:
    """What the person's organisations sent back and has not come in again."""
    who = standing(user)
    mine = [key for key in who.ids if may_work(who, key)]
    if not mine:
        return Application.objects.none()
    return submitted_applications(user).filter(sent_back_by__in=mine)


def all_rows(user: Any) -> Rows:
    """Every submitted application that the person may see."""
    return submitted_applications(user)


def open_proposals(user: Any) -> QuerySet[Proposal]:
    """What colleagues proposed and nobody has confirmed yet, at the version at which it was proposed."""
    return visible_to(user, Proposal).filter(ended_at__isnull=True)


# ---------------------------------------------------------------------- filters
def places(user: Any = None) -> list[tuple[str, Any]]:
    """Every stage of every programme, as `tech-sme:agency_check`."""
    named = []
    for owner in programmes().values():
        named += [(f"{owner.name}:{one.name}", _Joined(owner.title, one.title)) for one in owner.stages]
    return named


class _Joined:
    """Two labels as one, in the language of the page."""

    def __init__(self, first: Any, second: Any) -> None:
        self.first, self.second = first, second

    def __str__(self) -> str:
        return _now("%(first)s · %(second)s") % {"first": self.first, "second": self.second}


def _at_places(rows: Any, values: Sequence[str]) -> Any:
    pairs = [value.partition(":") for value in values]
    return rows.filter(reduce(or_, (Q(programme=name, stage=stage) for name, _colon, stage in pairs)))


def _calls(user: Any) -> list[tuple[int, str]]:
    found = visible_to(user, Call).exclude(published_at=None).order_by("-opens_at", "-pk")
    return list(found.values_list("pk", "title")[:MOST_CALLS])


def _agencies(user: Any) -> list[tuple[int, str]]:
    found = Organisation.objects.filter(kind=OrganisationKind.AGENCY).order_by("name", "pk")
    return list(found.values_list("pk", "name"))


def _doubted(rows: Any, values: Sequence[str]) -> Any:
    wanted = {"yes": Q(doubts__gt=0), "no": Q(doubts=0), "again": Q(corrections__gt=0)}
    return rows.filter(reduce(or_, (wanted[value] for value in values)))


def due_q(value: str, today: dt.date) -> Q:
    """Applications that are overdue, due within one working day, or within five."""
    if value == "overdue":
        return Q(due_on__lt=today)
    last = calendar.calendar().after(today, 1 if value == "soon" else 5)
    return Q(due_on__gte=today, due_on__lte=last)


def _due(rows: Any, values: Sequence[str]) -> Any:
    today = clock.today()
    return rows.filter(reduce(or_, (due_q(value, today) for value in values)))


DUE: Final = lists.custom(
    "due", _("期限"), apply=_due,
    options=[("overdue", _("已逾期")), ("soon", _("今明到期")), ("week", _("五个工作日内到期"))],
)  # fmt: skip
AT: Final = lists.custom("at", _("环节"), options=places, apply=_at_places)
CALL: Final = lists.choice("call", _("申报通知"), options=_calls, field="call_id")
VERDICT: Final = lists.choice(
    "verdict", _("结论"), [(name, label) for name, (_tone, label) in VERDICTS.items()], field="verdict"
)
DOUBTS: Final = lists.custom(
    "doubts", _("存疑和补正"), apply=_doubted,
    options=[("yes", _("有存疑项")), ("no", _("无存疑项")), ("again", _("补正后再次提交"))],
)  # fmt: skip
PLACE: Final = lists.division("division", _("所在地"), field="organisation__division")


# ---------------------------------------------------------------------- columns
def _doubts_badge(row: Application) -> tuple[Any, str]:
    if row.doubts:
        return ngettext("存疑%(count)s项", "存疑%(count)s项", row.doubts) % {"count": row.doubts}, "warn"
    return "", "neutral"


def _left_badge(row: Application) -> tuple[Any, str]:
    found = presenting.left(row.due_on)
    return (found.text, found.tone) if found is not None else ("", "neutral")


def _again(row: Application) -> str:
    return _now("第%(count)s次补正") % {"count": row.corrections} if row.corrections else ""


def _review(row: Application) -> str:
    queue = getattr(row, "queue", "")
    return reverse("casework:review", args=[row.pk]) + (f"?{queue}" if queue else "")


def case_url(row: Application) -> str:
    """The page of a case."""
    return reverse("casework:case", args=[row.pk])


def _common(link: Callable[[Application], str], *, stage: bool = True) -> tuple[Any, ...]:
    """What every list of applications begins with; the heaps above the desk tell the stage already."""
    return (
        lists.text("name", _("企业名称"), value="organisation.name", sort="organisation__name", link=link, strong=True),
        lists.code("number", _("受理编号"), sort="number"),
        lists.code("uscc", _("统一社会信用代码"), value="organisation.uscc", page=False),
        lists.text("programme", _("业务"), value=lambda row: presenting.programme_title(row.programme), page=False),
        lists.text("stage", _("环节"), value=lambda row: presenting.stage_title(row.programme, row.stage), page=stage),
    )


_PLACE_COLUMN: Final = lists.text(
    "division", _("所在地"), value=lambda row: lists.division_name(row.organisation.division),
    sort="organisation__division",
)  # fmt: skip
_VERDICT_COLUMN: Final = lists.badge(
    "verdict", _("结论"), value=presenting.verdict_badge, sort=("verdict", "score_low")
)
_LEFT_COLUMN: Final = lists.badge("left", _("剩余时间"), value=_left_badge, sort="due_on")
_DUE_COLUMN: Final = lists.date("due_on", _("办理期限"), page=False)
SEARCH: Final = _("企业名称、信用代码、受理编号")


def _to_preview(user: Any, rows: Any, at: dt.datetime) -> Any:
    """The desk's own view leads ticked rows to the preview; nothing is ever decided from the list itself."""
    raise ValidationError(_now("请从待办页选择后先看预览。"))


DESK: Final = lists.List(
    name="casework.desk",
    title=_("待办申报"),
    model=Application,
    permission="casework.desk",
    rows=desk_rows,
    loaded=_desk_rows_by_key,
    columns=(
        *_common(_review, stage=False),
        lists.badge("doubts", _("存疑"), value=_doubts_badge, sort=("-doubts", "due_on")),
        _VERDICT_COLUMN,
        _LEFT_COLUMN,
        _DUE_COLUMN,
        _PLACE_COLUMN,
        lists.text("again", _("补正"), value=_again, page=False),
        lists.moment("submitted_at", _("提交时间"), sort="submitted_at", page=False),
    ),
    filters=(AT, CALL, DUE, DOUBTS, VERDICT, PLACE),
    search=SEARCH,
    order="doubts",
    related=("organisation",),
    empty=_("没有符合条件的待办申报"),
    start=_("没有待办的申报"),
    start_text=_("新的申报到达后会出现在这里，每个工作日早上另有一条汇总消息。"),
    actions=(
        lists.Bulk("bulk", _("批量办理所选"), permission="casework.desk", run=_to_preview, icon="checks"),
        lists.Bulk(
            "bulk_all", _("批量办理全部筛选结果"), permission="casework.desk", run=_to_preview, icon="list-check"
        ),
    ),
)  # fmt: skip

RETURNED: Final = lists.List(
    name="casework.returned",
    title=_("等待补正"),
    model=Application,
    permission="casework.desk",
    rows=returned_rows,
    columns=(
        *_common(case_url),
        lists.badge("left", _("补正剩余时间"), value=_left_badge, sort="due_on"),
        lists.date("due_on", _("补正期限"), page=False),
        lists.text("again", _("补正"), value=_again),
        _PLACE_COLUMN,
    ),
    filters=(AT, CALL, DUE, PLACE),
    search=SEARCH,
    order="left",
    related=("organisation",),
    empty=_("没有符合条件的申报"),
    start=_("没有等待补正的申报"),
)  # fmt: skip


def _turn(row: Application) -> str:
    if row.turn in (Turn.PUBLIC, Turn.TAX, Turn.PLATFORM, Turn.PARTNER, Turn.NOBODY) or row.holder is None:
        return str(row.get_turn_display())
    return row.holder.name


def _urge(user: Any, rows: Any, at: dt.datetime) -> Any:
    from tidui.casework.actions.urging import urge_many

    count, left = urge_many(applications=rows, note="", by=user, at=at)
    if left:
        return _now("已催办 %(count)s 件；另有 %(left)s 件不需要或不能由您催办。") % {"count": count, "left": left}
    return ngettext("已催办 %(count)s 件。", "已催办 %(count)s 件。", count) % {"count": count}


ALL: Final = lists.List(
    name="casework.all",
    title=_("申报名册"),
    model=Application,
    permission="casework.list",
    rows=all_rows,
    columns=(
        *_common(case_url),
        lists.badge("state", _("状态"), choices=State.choices, tones=STATE_TONES),
        lists.text("turn", _("现由谁办理"), value=_turn),
        _LEFT_COLUMN,
        _VERDICT_COLUMN,
        _DUE_COLUMN,
        _PLACE_COLUMN,
        lists.text("unit", _("推荐单位"), value="unit.name", page=False),
        lists.text("agency", _("评价机构"), value="agency.name", page=False),
        lists.text("batch", _("批次"), value="batch.title", page=False),
        lists.moment("submitted_at", _("提交时间"), sort="submitted_at", page=False),
        lists.moment("changed_at", _("最近变动"), sort="changed_at"),
    ),
    filters=(
        AT, CALL, lists.choice("state", _("状态"), State.choices[1:], field="state"), DUE, VERDICT, DOUBTS, PLACE,
        lists.choice("agency", _("评价机构"), options=_agencies, field="agency_id"),
    ),
    search=SEARCH,
    order="-changed_at",
    related=("organisation", "holder", "unit", "agency", "batch"),
    empty=_("没有符合条件的申报"),
    start=_("还没有申报"),
    actions=(
        lists.Bulk(
            "urge", _("催办"), permission="casework.urge", run=_urge, icon="bell",
            confirm=_("向正在办理的单位各发送一条催办消息。"),
        ),
    ),
)  # fmt: skip


def _proposed(row: Proposal) -> str:
    title = presenting.stage_title(row.application.programme, row.application.stage)
    owner = programmes().get(row.application.programme)
    stage = next((one for one in owner.stages if one.name == row.application.stage), None) if owner else None
    move = stage.move(row.move) if stage else None
    return f"{title} · {move.title if move else row.move}"


PROPOSALS: Final = lists.List(
    name="casework.proposals",
    title=_("待复核"),
    model=Proposal,
    permission="casework.desk",
    rows=open_proposals,
    columns=(
        lists.text(
            "name", _("企业名称"), value="application.organisation.name", sort="application__organisation__name",
            link=lambda row: reverse("casework:proposal", args=[row.pk]), strong=True,
        ),
        lists.code("number", _("受理编号"), value="application.number"),
        lists.text("proposed", _("办理意见"), value=_proposed),
        lists.text("reason", _("理由")),
        lists.text("by", _("提出人"), value="by.name"),
        lists.moment("at", _("提出时间"), sort="at"),
    ),
    order="at",
    related=("application__organisation", "by"),
    start=_("没有等待复核的办理意见"),
)  # fmt: skip
