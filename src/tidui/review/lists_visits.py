"""The lists of site visits and of commissions: the department's, and each institution's own."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tidui.kit import clock, lists
from tidui.review import visiting
from tidui.review.enums import ClaimOutcome, RecordState, VisitState
from tidui.review.forms_visits import institutions
from tidui.review.models import Commission, Visit


def state_of(visit: Visit) -> tuple[Any, str]:
    """The state of a visit in words; one that is late says so."""
    if overdue(visit):
        return _("逾期"), "bad"
    return visit.get_state_display(), visiting.TONES[VisitState(visit.state)]


def overdue(visit: Visit) -> bool:
    """Is the report late?"""
    return visit.state in visiting.OPEN and visit.commission.due_on < clock.today()


def overdue_q() -> Q:
    """The same as a condition."""
    return Q(state__in=visiting.OPEN, commission__due_on__lt=clock.today())


def _late(rows: QuerySet[Visit], values: list[str]) -> QuerySet[Visit]:
    return rows.filter(overdue_q()) if values else rows


def _counted(rows: QuerySet[Visit]) -> QuerySet[Visit]:
    return rows.annotate(
        all_claims=Count("claims", distinct=True),
        open_claims=Count("claims", filter=Q(claims__outcome=ClaimOutcome.OPEN), distinct=True),
        conflicts=Count("records", filter=Q(records__state=RecordState.CONFLICT), distinct=True),
    )


def _progress(visit: Any) -> str:
    done = visit.all_claims - visit.open_claims
    text = f"{done}/{visit.all_claims}"
    if visit.conflicts:
        text += " " + str(_("冲突 %(count)s") % {"count": visit.conflicts})
    return text


def _institutions(user: Any) -> list[tuple[int, str]]:
    return [(one.pk, one.name) for one in institutions()]


VISITS: Final = lists.List(
    name="review.visits",
    title=_("现场考察"),
    model=Visit,
    permission="review.view_commissions",
    columns=(
        lists.text(
            "enterprise", _("申报单位"), strong=True, value="application.organisation.name",
            sort="application__organisation__name", link=lambda row: reverse("review:visit", args=[row.pk]),
        ),
        lists.badge("state", _("状态"), value=state_of, sort="state"),
        lists.text("progress", _("核查进度"), value=_progress),
        lists.date("planned_on", _("约定日期"), sort="planned_on"),
        lists.date("due_on", _("考察期限"), value="commission.due_on", sort="commission__due_on"),
        lists.text("institution", _("专业机构"), value="commission.institution.name"),
        lists.code("number", _("受理编号"), value="application.number"),
    ),
    filters=(
        lists.choice("state", _("状态"), VisitState.choices, field="state"),
        lists.custom("late", _("期限"), options=[("late", _("逾期"))], apply=_late),
        lists.choice("institution", _("专业机构"), options=_institutions, field="commission__institution_id"),
        lists.dates("due", _("考察期限"), field="commission__due_on"),
    ),
    order="-commission__due_on",
    related=("application__organisation", "commission__institution"),
    annotate=_counted,
    start=_("还没有委托的现场考察"),
    empty=_("没有符合条件的现场考察"),
)  # fmt: skip


def _counted_visits(rows: QuerySet[Commission]) -> QuerySet[Commission]:
    live = ~Q(visits__state=VisitState.WITHDRAWN)
    done = Q(visits__state__in=[VisitState.REPORTED, VisitState.ACCEPTED])
    return rows.annotate(all_visits=Count("visits", filter=live), done_visits=Count("visits", filter=done))


COMMISSIONS: Final = lists.List(
    name="review.commissions",
    title=_("考察委托"),
    model=Commission,
    permission="review.view_commissions",
    columns=(
        lists.text("institution", _("专业机构"), strong=True, value="institution.name", sort="institution__name"),
        lists.text("batch", _("批次"), value="batch.title"),
        lists.code("number", _("委托文号"), value="document_number"),
        lists.date("due_on", _("考察期限"), sort="due_on"),
        lists.number("visits", _("家数"), value="all_visits"),
        lists.number("reported", _("已报告"), value="done_visits"),
        lists.moment("made_at", _("委托时间"), sort="made_at"),
        lists.text("note", _("委托要求"), page=False),
    ),
    filters=(
        lists.choice("institution", _("专业机构"), options=_institutions, field="institution_id"),
        lists.dates("due", _("考察期限"), field="due_on"),
    ),
    order="-made_at",
    related=("institution", "batch"),
    annotate=_counted_visits,
    start=_("还没有考察委托"),
    empty=_("没有符合条件的考察委托"),
)  # fmt: skip
