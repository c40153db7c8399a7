"""The lists of calls, of batches, of the applications in a batch, and of those that should be handed over."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import F, Func, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from tidui.accounts.standing import standing
from tidui.casework import call_page
from tidui.casework.actions.transferring import transfer
from tidui.casework.enums import State
from tidui.casework.models import Application, Batch, Call
from tidui.casework.presenting import STATE_TONES, stage_title, verdict_badge
from tidui.kit import access, formats, lists
from tidui.kit.visibility import visible_to


def _phase_badge(call: Call) -> tuple[Any, str]:
    return call_page.WORDS[call_page.phase(call, timezone.now())]


def _phases(rows: QuerySet[Call], values: list[str]) -> QuerySet[Call]:
    now, wanted = timezone.now(), Q(pk__in=())
    for value in values:
        wanted |= call_page.phase_q(value, now)
    return rows.filter(wanted)


CALLS: Final = lists.List(
    name="casework.calls",
    title=pgettext_lazy("many", "申报通知"),
    model=Call,
    permission="casework.view_calls",
    columns=(
        lists.text(
            "title", _("标题"), strong=True, sort="title", link=lambda row: reverse("casework:call", args=[row.pk])
        ),
        lists.badge("phase", _("状态"), value=_phase_badge),
        lists.text("left", _("时间"), value=lambda row: call_page.countdown(row, timezone.now())),
        lists.text(
            "programme", _("业务"), value=lambda row: call_page.programme_title(row.programme), sort="programme"
        ),
        lists.moment("opens_at", _("开始受理"), sort="opens_at"),
        lists.moment("closes_at", _("截止受理"), sort="closes_at"),
    ),
    filters=(
        lists.custom(
            "phase", _("状态"), apply=_phases,
            options=[(name, call_page.WORDS[name][0]) for name in (call_page.OPEN, call_page.COMING, call_page.CLOSED)],
        ),
        lists.choice("programme", _("业务"), options=call_page.programme_choices, field="programme"),
        lists.dates("closes", _("截止日期"), field="closes_at"),
    ),
    order="-closes_at",
    export=False,
    saved=False,
    start=_("还没有申报通知"),
    start_text=_("申报通知发布后，会在这里公开。"),
    empty=_("没有符合条件的申报通知"),
)  # fmt: skip


def _batch_badge(batch: Batch) -> tuple[Any, str]:
    if batch.ended_at is not None:
        return _("已办结"), "good"
    return (_("收件中"), "wait") if batch.closed_at is None else (_("办理中"), "info")


def _batch_states(rows: QuerySet[Batch], values: list[str]) -> QuerySet[Batch]:
    conditions = {
        "open": Q(closed_at__isnull=True),
        "running": Q(closed_at__isnull=False, ended_at__isnull=True),
        "ended": Q(ended_at__isnull=False),
    }
    wanted = Q(pk__in=())
    for value in values:
        wanted |= conditions[value]
    return rows.filter(wanted)


def _counted(rows: QuerySet[Batch]) -> QuerySet[Batch]:
    # Counted for each batch by its index; a join would hand every application through the grouping of whole batches.
    inside = Application.objects.filter(batch=OuterRef("pk")).order_by()
    counted = inside.annotate(there=Func(F("pk"), function="COUNT", output_field=IntegerField())).values("there")
    return rows.annotate(count=Subquery(counted))


BATCHES: Final = lists.List(
    name="casework.batches",
    title=pgettext_lazy("many", "批次"),
    model=Batch,
    permission="casework.view_all",
    columns=(
        lists.text(
            "title", _("名称"), strong=True, sort="title", link=lambda row: reverse("casework:batch", args=[row.pk])
        ),
        lists.badge("state", _("状态"), value=_batch_badge),
        lists.text(
            "stage", _("环节"), value=lambda row: stage_title(row.call.programme, row.stage) if row.stage else "",
        ),
        lists.number("count", _("申报数"), value="count"),
        lists.text("call", _("申报通知"), value="call.title", sort="call__title"),
        lists.text("number", _("批次"), value=lambda row: str(row.number), sort="number"),
        lists.moment("made_at", _("建立时间"), sort="made_at"),
        lists.moment("closed_at", _("封闭时间"), sort="closed_at"),
    ),
    filters=(
        lists.custom(
            "state", _("状态"), apply=_batch_states,
            options=[("open", _("收件中")), ("running", _("办理中")), ("ended", _("已办结"))],
        ),
        lists.choice("programme", _("业务"), options=call_page.programme_choices, field="call__programme"),
    ),
    order="-made_at",
    related=("call",),
    annotate=_counted,
    saved=False,
    start=_("还没有批次"),
    start_text=_("在申报通知的页面上建立批次，确认的申报列入其中。"),
    empty=_("没有符合条件的批次"),
)  # fmt: skip


def _case(row: Application) -> str:
    return reverse("casework:case", args=[row.pk])


def _in_batch(user: Any, *, batch: int) -> QuerySet[Application]:
    return visible_to(user, Application).filter(batch=batch)


def _doubts(rows: QuerySet[Application], values: list[str]) -> QuerySet[Application]:
    wanted = Q(pk__in=())
    if "some" in values:
        wanted |= Q(doubts__gt=0)
    if "none" in values:
        wanted |= Q(doubts=0)
    return rows.filter(wanted)


IN_BATCH: Final = lists.List(
    name="casework.in_batch",
    title=_("批次中的申报"),
    model=Application,
    permission="casework.view_all",
    rows=_in_batch,
    columns=(
        lists.text(
            "name", _("企业名称"), strong=True, value="organisation.name", sort="organisation__name", link=_case
        ),
        lists.code("uscc", _("统一社会信用代码"), value="organisation.uscc", sort="organisation__uscc", page=False),
        lists.code("number", _("受理编号"), sort="number"),
        lists.text(
            "division", _("行政区划"), value=lambda row: lists.division_name(row.organisation.division),
            sort="organisation__division",
        ),
        lists.badge("verdict", _("测算结论"), value=verdict_badge),
        lists.number("doubts", _("存疑项"), sort="doubts"),
        lists.badge("state", _("状态"), value=lambda row: (row.get_state_display(), STATE_TONES[row.state])),
        lists.text("stage", _("环节"), value=lambda row: stage_title(row.programme, row.stage), sort="stage"),
        lists.date("due_on", _("办理期限"), sort="due_on", page=False),
    ),
    filters=(
        lists.choice("state", _("状态"), State.choices, field="state"),
        lists.custom("doubts", _("存疑项"), options=[("some", _("有")), ("none", _("没有"))], apply=_doubts),
        lists.division("division", _("行政区划"), field="organisation__division"),
    ),
    order="organisation__division",
    related=("organisation",),
    saved=False,
    start=_("批次里还没有申报"),
    start_text=_("省级确认的申报会列入正在收件的批次。"),
    empty=_("没有符合条件的申报"),
)  # fmt: skip


def moved(user: Any) -> QuerySet[Application]:
    """The applications whose enterprise has another unit now, as far as the person may hand them over."""
    who = standing(user)
    rows = visible_to(user, Application).filter(unit_changed_at__isnull=False, ended_at__isnull=True)
    return rows if who.sees_everything else rows.filter(unit__in=who.units)


def _new_unit(row: Application) -> str:
    return row.unit_now.name if row.unit_now else str(_("省科技厅"))


def _hand_over(user: Any, rows: QuerySet[Application], at: Any) -> Any:
    done, refused = 0, []
    for row in rows.select_related("organisation"):
        try:
            transfer(application=row, by=user, at=at, seen=row.version)
        except access.NotAllowed as why:
            refused.append(formats.labelled(row.organisation.name, why.refused.reason))
        else:
            done += 1
    said = ngettext("已转交 %(count)s 份申报。", "已转交 %(count)s 份申报。", done) % {"count": done}
    return " ".join([said, *refused])


TRANSFERS: Final = lists.List(
    name="casework.transfers",
    title=_("待转交的申报"),
    model=Application,
    permission="casework.see_transfers",
    rows=moved,
    columns=(
        lists.text(
            "name", _("企业名称"), strong=True, value="organisation.name", sort="organisation__name", link=_case
        ),
        lists.code("number", _("受理编号"), sort="number"),
        lists.text("programme", _("业务"), value=lambda row: call_page.programme_title(row.programme), page=False),
        lists.text("stage", _("环节"), value=lambda row: stage_title(row.programme, row.stage)),
        lists.text("unit", _("原推荐单位"), value="unit.name", sort="unit__name"),
        lists.text("unit_now", _("现推荐单位"), value=_new_unit, sort="unit_now__name"),
        lists.moment("unit_changed_at", _("变更时间"), sort="unit_changed_at"),
    ),
    order="unit_changed_at",
    related=("organisation", "unit", "unit_now"),
    actions=(
        lists.Bulk(
            "transfer", _("转交"), permission="casework.transfer", run=_hand_over, icon="arrows-exchange",
            tone="primary", confirm=_("转交后由企业现在的推荐单位办理，办理期限重新计算。"),
        ),
    ),
    saved=False,
    export=False,
    start=_("没有待转交的申报"),
    start_text=_("企业迁移或者变更隶属关系后，其未办结的申报会列在这里。"),
    empty=_("没有符合条件的申报"),
)  # fmt: skip
