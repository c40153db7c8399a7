"""The list of meetings."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tidui.kit import lists
from tidui.kit.visibility import visible_to
from tidui.recognition.lists_notices import programme_options, programme_title
from tidui.recognition.models_decisions import Meeting, MeetingState, Outcome

TONES: Final = {
    MeetingState.DRAFT: "info", MeetingState.PROPOSED: "wait", MeetingState.DECIDED: "warn",
    MeetingState.PUBLISHED: "good",
}  # fmt: skip
OUTCOME_TONES: Final = {Outcome.APPROVE: "good", Outcome.REFUSE: "bad", Outcome.DEFER: "wait", "": "neutral"}


def _meetings(user: Any) -> QuerySet[Meeting]:
    return visible_to(user, Meeting).defer("note")


def _counted(rows: QuerySet[Meeting]) -> QuerySet[Meeting]:
    counts = {one.value: Count("decisions", filter=Q(decisions__outcome=one)) for one in Outcome}
    return rows.annotate(**{f"count_{name}": count for name, count in counts.items()})


MEETINGS: Final = lists.List(
    name="recognition.meetings",
    title=_("厅务会"),
    model=Meeting,
    permission="recognition.view_meetings",
    rows=_meetings,
    columns=(
        lists.text(
            "title", _("会议名称"), strong=True, link=lambda row: reverse("recognition:meeting", args=[row.pk])
        ),
        lists.date("held_on", _("会议日期"), sort="held_on"),
        lists.badge(
            "state", _("状态"), sort="state",
            value=lambda row: (row.get_state_display(), TONES[MeetingState(row.state)]),
        ),
        lists.text("programme", _("业务"), value=lambda row: programme_title(row.batch.call.programme)),
        lists.text("batch", _("批次"), value="batch.title"),
        lists.number("approve", _("同意认定"), value="count_approve"),
        lists.number("refuse", _("不予认定"), value="count_refuse"),
        lists.number("defer", _("暂缓"), value="count_defer"),
        lists.code(
            "minutes", _("纪要文号"), page=False, value=lambda row: row.minutes.number if row.minutes else ""
        ),
    ),
    filters=(
        lists.choice("programme", _("业务"), options=programme_options, field="batch__call__programme"),
        lists.choice("state", _("状态"), MeetingState.choices, field="state"),
        lists.dates("held", _("会议日期"), field="held_on"),
    ),
    order="-held_on",
    related=("batch__call", "minutes"),
    annotate=_counted,
    start=_("还没有厅务会"),
    start_text=_("批次到达厅务会审定环节后，在批次页面组织厅务会。"),
    empty=_("没有符合条件的厅务会"),
    saved=False,
)  # fmt: skip
