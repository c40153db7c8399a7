"""The officer's register: search, filters by rung, verdict, shortfall, place, industry and field, and its export."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import or_
from typing import Any, Final

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tidui.accounts.models import Organisation
from tidui.codes import fields
from tidui.codes.industries import SECTIONS
from tidui.cultivation import queries
from tidui.cultivation.models import Placement
from tidui.cultivation.naming import condition_name, conditions_of, rung_name
from tidui.cultivation.presenting import VERDICTS
from tidui.kit import formats, lang, lists
from tidui.policies.ladder import rungs
from tidui.registry.models import YearFigures

_NO_RUNG: Final = "none"
#: How many conditions fail, by the filter's word.
_SHORTFALLS: Final = {"one": (1, 1), "two": (2, 2), "more": (3, 99)}


def _rungs(user: Any = None) -> list[tuple[str, Any]]:
    named = [(one.id, lang.Pair(one.zh, one.en)) for one in reversed(rungs())]
    return [*named, (_NO_RUNG, _("尚无资格"))]


def _by_rung(rows: QuerySet[Any], values: Sequence[str]) -> QuerySet[Any]:
    return rows.filter(placement__rung__in=["" if value == _NO_RUNG else value for value in values])


def _by_shortfall(rows: QuerySet[Any], values: Sequence[str]) -> QuerySet[Any]:
    wanted = [Q(placement__open_count__range=_SHORTFALLS[value]) for value in values]
    return rows.filter(reduce(or_, wanted), placement__verdict="fail")


def _by_industry(rows: QuerySet[Any], values: Sequence[str]) -> QuerySet[Any]:
    return rows.filter(reduce(or_, (Q(file__industry__startswith=value) for value in values)))


def _by_field(rows: QuerySet[Any], values: Sequence[str]) -> QuerySet[Any]:
    return rows.filter(reduce(or_, (Q(file__field__startswith=value[0]) for value in values)))


def _only_conditions(user: Any) -> list[tuple[str, Any]]:
    """Every condition that may be the only one missing, in words: from the texts, so that no row has to be read."""
    return [
        (f"{one.id}.{condition}", formats.labelled(rung_name(one.id), condition_name(one.id, condition)))
        for one in rungs()
        for condition in conditions_of(one.id)
    ]


def _by_only(rows: QuerySet[Any], values: Sequence[str]) -> QuerySet[Any]:
    pairs = [value.partition(".") for value in values]
    return rows.filter(reduce(or_, (Q(placement__next=one, placement__only=other) for one, _dot, other in pairs)))


def _with_figures(rows: QuerySet[Any]) -> QuerySet[Any]:
    """The last filed sales and staff, for the rows of the page only."""
    newest = YearFigures.objects.filter(organisation=OuterRef("pk")).order_by("-year")
    shown: QuerySet[Any] = rows.annotate(
        sales_revenue=Subquery(newest.values("sales_revenue")[:1]), employees=Subquery(newest.values("employees")[:1])
    )
    return shown


def _placement(organisation: Organisation) -> Placement | None:
    return getattr(organisation, "placement", None)


def _rung_badge(organisation: Organisation) -> tuple[Any, str]:
    placed = _placement(organisation)
    if placed is None:
        return _("未测算"), "neutral"
    return (rung_name(placed.rung), "info") if placed.rung else (_("尚无资格"), "neutral")


def _verdict_badge(organisation: Organisation) -> tuple[Any, str]:
    placed = _placement(organisation)
    if placed is None or not placed.verdict:
        return "", "neutral"
    tone, text, _icon = VERDICTS[placed.verdict]
    return text, tone


def _next(organisation: Organisation) -> str:
    placed = _placement(organisation)
    return rung_name(placed.next) if placed else ""


def shortfall(organisation: Organisation) -> str:
    """What is open, in a few words: the condition where it is one, otherwise the first and how many more."""
    placed = _placement(organisation)
    if placed is None or not placed.open:
        return ""
    first = condition_name(placed.next, placed.open[0])
    if placed.open_count == 1:
        return first
    return str(_("%(first)s，另有 %(count)s 项") % {"first": first, "count": placed.open_count - 1})


def _first_page(organisation: Organisation) -> str:
    return reverse("cultivation:first_page", args=[organisation.pk])


REGISTER: Final = lists.List(
    name="cultivation.register",
    title=_("企业名册"),
    model=Organisation,
    permission="cultivation.view_register",
    rows=queries.register,
    columns=(
        lists.text("name", _("企业名称"), sort="name", link=_first_page, strong=True),
        lists.code("uscc", _("统一社会信用代码"), sort="uscc"),
        lists.text("division", _("所在地"), value=lambda row: lists.division_name(row.division), sort="division"),
        lists.badge("rung", _("现处梯级"), value=_rung_badge, sort="placement__rung"),
        lists.text("next", _("下一梯级"), value=_next, sort="placement__next"),
        lists.badge("verdict", _("结论"), value=_verdict_badge, sort="placement__verdict"),
        lists.text("shortfall", _("差距"), value=shortfall, sort="placement__open_count"),
        lists.money("sales_revenue", _("最近年度销售收入"), page=False),
        lists.number("employees", _("最近年度职工总数"), page=False),
        lists.code("industry", _("国民经济行业"), value="file.industry", page=False),
        lists.code("field", _("高新技术领域"), value="file.field", page=False),
        lists.moment("placed_at", _("测算时间"), value="placement.placed_at", page=False),
    ),
    filters=(
        lists.custom("rung", _("现处梯级"), options=_rungs, apply=_by_rung),
        lists.choice("next", _("下一梯级"), _rungs()[:-1], field="placement__next"),
        lists.choice(
            "verdict", _("结论"), [(name, VERDICTS[name][1]) for name in ("pass", "fail", "unknown")],
            field="placement__verdict",
        ),
        lists.custom(
            "shortfall", _("差距"), apply=_by_shortfall,
            options=[("one", _("只差一项")), ("two", _("差两项")), ("more", _("差三项以上"))],
        ),
        lists.custom("only", _("只差的条件"), options=_only_conditions, apply=_by_only),
        lists.division("division", _("所在地"), field="division"),
        lists.custom(
            "industry", _("行业门类"), apply=_by_industry,
            options=[(one.letter, lang.Pair(f"{one.letter} {one.zh}", f"{one.letter} {one.en}")) for one in SECTIONS],
        ),
        lists.custom(
            "field", _("高新技术领域"), apply=_by_field,
            options=[(one.code, lang.Pair(one.zh, one.en)) for one in fields.FIELDS.values()],
        ),
    ),
    search=_("名称、曾用名、统一社会信用代码"),
    order="name",
    related=("file", "placement"),
    annotate=_with_figures,
    empty=_("没有符合条件的企业"),
    start=_("辖区内还没有企业档案"),
)  # fmt: skip
