"""Lists of yearly information and of reported changes."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tidui.kit import clock, lists
from tidui.kit.visibility import visible_to
from tidui.recognition.models_years import Change, ChangeKind, ChangeState, YearlyReturn

CHANGE_TONES: Final = {"filed": "wait", "returned": "warn", "kept": "good", "ended": "neutral", "doubted": "bad"}
WAITING, MISSING, FILED, LATE = "waiting", "missing", "filed", "late"
STANDINGS: Final = (
    (WAITING, _("待填报")), (MISSING, _("逾期未报")), (FILED, _("按期填报")), (LATE, _("逾期填报")),
)  # fmt: skip
_TONES: Final = {WAITING: "wait", MISSING: "bad", FILED: "good", LATE: "warn"}


def standing_of(row: YearlyReturn) -> tuple[Any, str]:
    """How the information of a year stands today."""
    on = clock.day_of(row.filed_at) if row.filed_at else clock.today()
    late = on > row.due_on
    key = (LATE if late else FILED) if row.filed_at else (MISSING if late else WAITING)
    return dict(STANDINGS)[key], _TONES[key]


def _by_standing(rows: QuerySet[YearlyReturn], values: list[str]) -> QuerySet[YearlyReturn]:
    today = clock.today()
    meant = {
        WAITING: Q(filed_at__isnull=True, due_on__gte=today), MISSING: Q(filed_at__isnull=True, due_on__lt=today),
        FILED: Q(filed_at__date__lte=F("due_on")), LATE: Q(filed_at__date__gt=F("due_on")),
    }  # fmt: skip
    found = Q()
    for value in values:
        found |= meant[value]
    return rows.filter(found)


def _place(row: Any) -> str:
    return str(lists.division_name(row.recognition.organisation.division))


RETURNS: Final = lists.List(
    name="recognition.yearly_returns",
    title=_("年度报告"),
    model=YearlyReturn,
    permission="recognition.view_years",
    rows=lambda user: visible_to(user, YearlyReturn),
    columns=(
        lists.text(
            "organisation", _("企业"), value="recognition.organisation.name", strong=True,
            sort="recognition__organisation__name",
            link=lambda row: reverse("recognition:yearly_return", args=[row.pk]),
        ),
        lists.code("number", _("编号"), value="recognition.number", sort="recognition__number"),
        lists.text("year", _("年度"), sort="year"),
        lists.badge("standing", _("状态"), value=standing_of),
        lists.date("due_on", _("填报期限"), sort="due_on"),
        lists.moment("filed_at", _("填报时间"), sort="filed_at"),
        lists.text("division", _("行政区划"), value=_place, sort="recognition__organisation__division"),
    ),
    filters=(
        lists.custom("standing", _("状态"), options=STANDINGS, apply=_by_standing),
        lists.numbers("year", _("年度"), field="year"),
        lists.division("division", _("行政区划"), field="recognition__organisation__division"),
    ),
    order="-year",
    related=("recognition__organisation",),
    start=_("还没有年度报告"),
    empty=_("没有符合条件的年度报告"),
)  # fmt: skip


def _late(row: Change) -> tuple[Any, str] | None:
    return (_("逾期报告"), "warn") if clock.day_of(row.filed_at) > row.due_on else None


CHANGES: Final = lists.List(
    name="recognition.changes",
    title=_("变更报告"),
    model=Change,
    permission="recognition.view_years",
    rows=lambda user: visible_to(user, Change),
    columns=(
        lists.text(
            "organisation", _("企业"), value="recognition.organisation.name", strong=True,
            sort="recognition__organisation__name", link=lambda row: reverse("recognition:change", args=[row.pk]),
        ),
        lists.code("number", _("编号"), value="recognition.number", sort="recognition__number"),
        lists.badge("kind", _("变更事项"), choices=ChangeKind.choices, sort="kind"),
        lists.badge("state", _("状态"), choices=ChangeState.choices, tones=CHANGE_TONES, sort="state"),
        lists.date("happened_on", _("变更日期"), sort="happened_on"),
        lists.moment("filed_at", _("报告时间"), sort="filed_at"),
        lists.badge("late", _("逾期"), value=_late),
        lists.text("division", _("行政区划"), value=_place, sort="recognition__organisation__division"),
    ),
    filters=(
        lists.choice("state", _("状态"), ChangeState.choices, field="state", counts=True),
        lists.choice("kind", _("变更事项"), ChangeKind.choices, field="kind"),
        lists.division("division", _("行政区划"), field="recognition__organisation__division"),
    ),
    order="-filed_at",
    related=("recognition__organisation",),
    start=_("还没有变更报告"),
    empty=_("没有符合条件的变更报告"),
)  # fmt: skip
