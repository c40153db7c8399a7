"""The records behind a number."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tidui.casework.enums import State
from tidui.figures import counting
from tidui.figures.dimensions import BANDS, DIMENSIONS, MARKS
from tidui.figures.models import Line
from tidui.kit import lists
from tidui.kit.visibility import visible_to

STATE_TONES: Final = {
    "draft": "neutral", "active": "wait", "correction": "warn", "withdrawn": "neutral", "lapsed": "neutral",
    "refused": "bad", "accepted": "good",
}  # fmt: skip


def _records(
    user: Any, programme: str = "", year: int = 0, indicator: str = "", dimension: str = "", value: str = ""
) -> QuerySet[Line]:
    if not indicator:
        return counting.prepared(visible_to(user, Line))
    return counting.records(user, programme, year, indicator, dimension, value)


def _worded(dimension: str) -> Any:
    """A column's value as a dimension calls it."""

    def value(row: Line) -> str:
        chosen = DIMENSIONS[dimension]
        return chosen.label(str(getattr(row, chosen.column)), row.programme)

    return value


def _stage(row: Line) -> str:
    return DIMENSIONS["stage"].label(row.application.stage, row.programme)


def _number(row: Line) -> str:
    found = getattr(row.application, "recognition", None)
    return found.number if found is not None else ""


RECORDS: Final = lists.List(
    name="figures.records",
    title=pgettext_lazy("many", "记录"),
    model=Line,
    permission="figures.view",
    rows=_records,
    columns=(
        lists.text(
            "organisation", _("企业"), value="organisation.name", sort="organisation__name", strong=True,
            link=lambda row: reverse("casework:case", args=[row.pk]),
        ),
        lists.code("uscc", _("统一社会信用代码"), value="organisation.uscc", sort="organisation__uscc"),
        lists.code("number", _("受理编号"), value="application.number", sort="application__number"),
        lists.text("county", _("县区"), value=_worded("county"), sort="county"),
        lists.text("field", _("技术领域"), value=_worded("field"), sort="field"),
        lists.text("section", _("行业门类"), value=_worded("section"), sort="section", page=False),
        lists.text("band", _("得分段"), value=_worded("band"), sort="band"),
        lists.text("route", _("直接确认途径"), value=_worded("route"), page=False),
        lists.badge("state", _("状态"), value="application.state", choices=State.choices, tones=STATE_TONES),
        lists.text("stage", _("环节"), value=_stage),
        lists.text("reason", _("未通过的原因"), value=lambda row: _worded("reason")(row) if row.reason else ""),
        lists.code("recognition", _("编号"), value=_number),
        lists.text("mark", _("编号第11位"), value=_worded("mark"), page=False),
    ),
    filters=(
        lists.choice("state", _("状态"), State.choices, field="application__state"),
        lists.choice("band", _("得分段"), tuple((key, BANDS[key]) for key in BANDS if key), field="band"),
        lists.choice("mark", _("编号第11位"), tuple((key, MARKS[key]) for key in MARKS if key), field="mark"),
        lists.division("division", _("行政区划"), field="county"),
    ),
    order="number",
    related=("organisation", "application", "application__recognition"),
    saved=False,
    start=_("没有记录"),
    empty=_("没有符合条件的记录"),
)  # fmt: skip
