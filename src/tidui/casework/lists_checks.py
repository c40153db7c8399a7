"""The list of findings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tidui.casework import findings
from tidui.casework.enums import FindingKind, Weight
from tidui.casework.models import Finding
from tidui.casework.programme import programmes
from tidui.casework.showing_findings import WEIGHTS
from tidui.casework.wording import said
from tidui.kit import lists
from tidui.kit.visibility import visible_to

OPEN: Final = "open"
CLEARED: Final = "cleared"
GONE: Final = "gone"
_STATES: Final = {
    OPEN: findings.OPEN, CLEARED: Q(gone_at__isnull=True, cleared_at__isnull=False), GONE: Q(gone_at__isnull=False),
}
_LABELS: Final = {OPEN: _("待处理"), CLEARED: _("已核销"), GONE: _("已消失")}
_TONES: Final = {OPEN: "warn", CLEARED: "good", GONE: "neutral"}


def state_of(finding: Finding) -> str:
    """open, cleared or gone."""
    return GONE if finding.gone_at is not None else CLEARED if finding.cleared_at is not None else OPEN


def _by_state(rows: QuerySet[Any], values: Sequence[str]) -> QuerySet[Any]:
    wanted = Q()
    for value in values:
        wanted |= _STATES[value]
    return rows.filter(wanted)


def _programmes(user: Any = None) -> list[tuple[str, Any]]:
    return [(name, one.title) for name, one in programmes().items()]


def _rows(user: Any) -> QuerySet[Finding]:
    return visible_to(user, Finding)


FINDINGS: Final = lists.List(
    name="casework.findings",
    title=pgettext_lazy("many", "核查发现"),
    model=Finding,
    permission="casework.see_findings",
    rows=_rows,
    columns=(
        lists.text(
            "said", _("发现"), value=said, link=lambda row: reverse("casework:finding", args=[row.pk])
        ),
        lists.badge("weight", _("轻重"), value=lambda row: (row.get_weight_display(), WEIGHTS[Weight(row.weight)][0])),
        lists.text("kind", _("类别"), value=lambda row: str(row.get_kind_display()), sort="kind"),
        lists.text(
            "organisation", _("申报单位"), value="application.organisation.name",
            link=lambda row: reverse("casework:case", args=[row.application_id]),
        ),
        lists.code("number", _("受理编号"), value="application.number", sort="application__number"),
        lists.badge("state", _("状态"), value=lambda row: (_LABELS[state_of(row)], _TONES[state_of(row)])),
        lists.moment("found_at", _("发现时间"), sort="found_at"),
        lists.text("source", _("来源"), page=False),
        lists.text("cleared_reason", _("核销理由"), page=False),
        lists.moment("cleared_at", _("核销时间"), page=False),
    ),
    filters=(
        lists.custom("state", _("状态"), options=list(_LABELS.items()), apply=_by_state),
        lists.choice("weight", _("轻重"), Weight.choices, field="weight"),
        lists.choice("kind", _("类别"), FindingKind.choices, field="kind"),
        lists.choice("programme", _("业务"), options=_programmes, field="application__programme"),
        lists.division("division", _("行政区划"), field="application__organisation__division"),
        lists.dates("found", _("发现日期"), field="found_at__date"),
    ),
    order="-found_at",
    related=("application__organisation",),
    start=_("还没有核查发现"),
    start_text=_("企业提交申报后自动核查，发现的问题列在这里。"),
    empty=_("没有符合条件的核查发现"),
)
