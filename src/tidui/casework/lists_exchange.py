"""The lists of exchanges and of their lines."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tidui.casework import exchanging
from tidui.casework.enums import ExchangeState
from tidui.casework.models import Exchange, ExchangeRow, HeldAnswer
from tidui.kit import clock, lists
from tidui.kit.visibility import visible_to

TONES = {
    ExchangeState.PREPARED: "neutral", ExchangeState.SENT: "wait", ExchangeState.ANSWERED: "info",
    ExchangeState.COMPLETE: "good", ExchangeState.VOID: "neutral",
}  # fmt: skip
RUNNING = (ExchangeState.SENT, ExchangeState.ANSWERED)
_HELD = Q(rows__held__isnull=False, rows__held__ended_at__isnull=True)


def title_of(row: Exchange) -> str:
    """What the exchange is for; a purpose that is no longer declared is shown by its name."""
    known = exchanging.purposes().get(row.purpose)
    return str(known.title) if known else row.purpose


def overdue(row: Exchange) -> bool:
    """Is an answer late?"""
    return row.state in RUNNING and row.due_on is not None and row.due_on < clock.today()


def _counted(rows: QuerySet[Any]) -> QuerySet[Any]:
    counted: QuerySet[Any] = rows.annotate(
        answered_count=Count("rows", filter=~Q(rows__outcome=""), distinct=True),
        held_count=Count("rows__held", filter=_HELD, distinct=True),
    )
    return counted


def _state(row: Exchange) -> tuple[Any, str]:
    return (_("逾期未回复"), "bad") if overdue(row) else (row.get_state_display(), TONES[ExchangeState(row.state)])


def _late(rows: QuerySet[Any], values: list[str]) -> QuerySet[Any]:
    late = Q(state__in=RUNNING, due_on__lt=clock.today())
    held = Q(pk__in=HeldAnswer.objects.filter(ended_at__isnull=True).values("row__exchange"))
    wanted = Q()
    for value in values:
        wanted |= {"late": late, "held": held}[value]
    return rows.filter(wanted)


def _answered(row: Any) -> str:
    return f"{row.answered_count}/{row.count}"


_COLUMNS = (
    lists.text(
        "title", _("名称"), sort="title", strong=True, link=lambda row: reverse("casework:exchange", args=[row.pk])
    ),
    lists.text("purpose", _("用途"), value=title_of),
    lists.text("partner", _("对方单位"), value="partner.name"),
    lists.badge("state", _("状态"), value=_state),
    lists.text("answered", _("已回复"), value=_answered),
    lists.whole("held", _("待核定"), value=lambda row: row.held_count or None),
    lists.date("due_on", _("回复期限"), sort="due_on"),
    lists.moment("sent_at", _("发出时间"), sort="sent_at"),
    lists.moment("made_at", _("生成时间"), sort="made_at"),
)
_FILTERS = (
    lists.choice(
        "purpose", _("用途"), field="purpose",
        options=lambda user: [(one.name, str(one.title)) for one in exchanging.purposes().values()],
    ),
    lists.choice("state", _("状态"), ExchangeState.choices, field="state"),
    lists.custom("needs", _("需要处理"), [("late", _("逾期未回复")), ("held", _("有待核定的回复"))], apply=_late),
)  # fmt: skip

EXCHANGES: lists.List = lists.List(
    name="casework.exchanges", title=pgettext_lazy("many", "数据交换"),
    model=Exchange, permission="casework.list_exchanges",
    columns=_COLUMNS, filters=_FILTERS, order="-made_at", related=("partner",), annotate=_counted,
    empty=_("没有符合条件的清单"), start=_("还没有生成过清单"),
    start_text=_("在批次页面生成税务核验、国家平台或联审清单。"),
)  # fmt: skip

#: What a partner authority or the tax side was sent.
PARTNER: lists.List = lists.List(
    name="casework.partner", title=_("待回复清单"), model=Exchange, permission="casework.partner",
    columns=tuple(one for one in _COLUMNS if one.name not in ("partner", "made_at", "held")), filters=_FILTERS[1:2],
    order="-sent_at", annotate=_counted, empty=_("没有符合条件的清单"), start=_("还没有发给本单位的清单"),
)  # fmt: skip


# ---------------------------------------------------------------------- lines
def _rows(user: Any, *, exchange: int) -> QuerySet[ExchangeRow]:
    return visible_to(user, ExchangeRow).filter(exchange=exchange)


def outcome_badge(row: ExchangeRow) -> tuple[Any, str]:
    """What was answered, as a badge."""
    known = exchanging.purposes().get(row.exchange.purpose)
    outcome = known.outcome(row.outcome) if known else None
    if outcome is not None:
        return str(outcome.title), outcome.tone
    if row.outcome:
        return row.outcome, "neutral"
    if getattr(row, "is_held", False):
        return _("待核定"), "warn"
    return (_("待回复"), "wait") if row.open else (_("已撤回"), "neutral")


def answer_words(row: ExchangeRow) -> str:
    """The values of an answer in one line."""
    from tidui.casework.exchange_files import shown

    known = exchanging.purposes().get(row.exchange.purpose)
    if known is None:
        return ""
    return " ".join(shown(one, row.answer[one.name]) for one in known.answer_columns if one.name in row.answer)


def _marked(rows: QuerySet[Any]) -> QuerySet[Any]:
    held = HeldAnswer.objects.filter(row=OuterRef("pk"), ended_at__isnull=True)
    marked: QuerySet[Any] = rows.annotate(is_held=Exists(held))
    return marked


def _stands(rows: QuerySet[Any], values: list[str]) -> QuerySet[Any]:
    held = Q(pk__in=HeldAnswer.objects.filter(ended_at__isnull=True).values("row"))
    released = Q(open=False, outcome="")
    meant = {"open": Q(open=True), "held": held, "answered": ~Q(outcome=""), "released": released}
    wanted = Q()
    for value in values:
        wanted |= meant[value]
    return rows.filter(wanted)


EXCHANGE_ROWS: lists.List = lists.List(
    name="casework.exchange_rows", title=_("清单明细"), model=ExchangeRow, permission="casework.view_exchanges",
    rows=_rows,
    columns=(
        lists.text(
            "name", _("单位名称"), value=lambda row: row.sent.get("name", ""), strong=True,
            link=lambda row: reverse("casework:exchange_row", args=[row.pk]),
        ),
        lists.code("uscc", _("统一社会信用代码"), sort="uscc"),
        lists.badge("outcome", _("回复结论"), value=outcome_badge),
        lists.text("answer", _("回复内容"), value=answer_words),
        lists.moment("answered_at", _("回复时间"), sort="answered_at"),
    ),
    filters=(
        lists.custom(
            "stands", _("回复情况"),
            [("open", _("待回复")), ("held", _("待核定")), ("answered", _("已回复")), ("released", _("已撤回"))],
            apply=_stands,
        ),
    ),
    order="pk", related=("exchange",), annotate=_marked, saved=False, empty=_("没有符合条件的单位"),
)  # fmt: skip
