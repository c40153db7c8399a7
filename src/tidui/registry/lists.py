"""Lists of returns, differences and intellectual property."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tidui.accounts.standing import standing
from tidui.kit import formats, lists
from tidui.kit.visibility import visible_to
from tidui.registry.enums import CLASS_TWO, Acquisition, DifferenceState, PropertyClass, Section, Source
from tidui.registry.layout import label_of
from tidui.registry.models import Difference, IntellectualProperty, Return
from tidui.registry.property_facts import shared_only, with_sharing
from tidui.registry.showing import place_label, shown
from tidui.registry.values import values_of

DIFFERENCE_TONES: Final = {"open": "wait", "accepted": "good", "kept": "neutral", "lapsed": "neutral"}


def _returns(user: Any, organisation: int | None = None) -> QuerySet[Return]:
    rows = visible_to(user, Return)
    return rows if organisation is None else rows.filter(organisation=organisation)


RETURNS = lists.List(
    name="registry.returns",
    title=_("填报记录"),
    model=Return,
    permission="registry.view_returns",
    rows=_returns,
    columns=(
        lists.moment(
            "filed_at", _("填报时间"), sort="filed_at", link=lambda row: reverse("registry:return", args=[row.pk])
        ),
        lists.text(
            "organisation", _("企业"), value=lambda row: row.organisation.name,
            link=lambda row: reverse("registry:file", args=[row.organisation_id]),
        ),
        lists.text("section", _("部分"), value=lambda row: place_label(row.section, row.year)),
        lists.text("source", _("来源"), value=lambda row: str(row.get_source_display())),
        lists.text("filed_for", _("填报单位"), value=lambda row: row.filed_for.name),
        lists.text(
            "filed_by", _("填报人"), value=lambda row: row.filed_by.name, mask="name", clear="registry.see_people"
        ),
        lists.number("count", _("指标数"), value=lambda row: len(row.facts)),
        lists.text("note", _("来源说明"), value="source_note", page=False),
        lists.code("digest", _("内容摘要"), page=False),
    ),
    filters=(
        lists.choice("source", _("来源"), Source.choices, field="source"),
        lists.choice("section", _("部分"), Section.choices, field="section"),
        lists.numbers("year", _("年度"), field="year"),
        lists.dates("filed", _("填报日期"), field="filed_at__date"),
    ),
    order="-filed_at",
    related=("organisation", "filed_for", "filed_by"),
    start=_("还没有填报"),
    empty=_("没有符合条件的填报"),
)  # fmt: skip


def _value(row: Difference, which: str) -> str:
    """The value that a return gives, in words."""
    facts = getattr(row, which).facts
    return shown(row.fact, values_of({row.fact: facts.get(row.fact)})[row.fact])


def _differences(user: Any, organisation: int | None = None) -> QuerySet[Difference]:
    rows = visible_to(user, Difference)
    return rows if organisation is None else rows.filter(organisation=organisation)


DIFFERENCES = lists.List(
    name="registry.differences",
    title=_("指标差异"),
    model=Difference,
    permission="registry.view_differences",
    rows=_differences,
    columns=(
        lists.text(
            "fact", _("指标"), value=lambda row: label_of(row.fact),
            link=lambda row: reverse("registry:difference", args=[row.pk]),
        ),
        lists.text(
            "organisation", _("企业"), value=lambda row: row.organisation.name,
            link=lambda row: reverse("registry:file", args=[row.organisation_id]),
        ),
        lists.text("place", _("部分"), value=lambda row: place_label(row.section, row.year)),
        lists.text("accepted", _("现值"), value=lambda row: _value(row, "accepted")),
        lists.text("offered", _("新值"), value=lambda row: _value(row, "offered")),
        lists.text("source", _("新值来源"), value=lambda row: str(row.offered.get_source_display())),
        lists.moment("filed_at", _("提出时间"), value="offered.filed_at", sort="offered__filed_at"),
        lists.badge(
            "state", _("状态"), value=lambda row: (row.get_state_display(), DIFFERENCE_TONES[row.state]), sort="state"
        ),
        lists.text("reason", _("处理理由"), page=False),
        lists.moment("settled_at", _("处理时间"), page=False),
    ),
    filters=(
        lists.choice("state", _("状态"), DifferenceState.choices, field="state", counts=True),
        lists.choice("section", _("部分"), Section.choices, field="section"),
        lists.choice("source", _("新值来源"), Source.choices, field="offered__source"),
        lists.numbers("year", _("年度"), field="year"),
    ),
    order="-filed_at",
    related=("organisation", "accepted", "offered"),
    start=_("没有差异"),
    empty=_("没有符合条件的差异"),
)  # fmt: skip


def _property(user: Any, organisation: int | None = None) -> QuerySet[IntellectualProperty]:
    rows = visible_to(user, IntellectualProperty)
    return rows if organisation is None else rows.filter(organisation=organisation)


def state_of(item: IntellectualProperty) -> tuple[Any, str]:
    """Whether an item counts today, in a word and its tone."""
    from tidui.kit import clock

    today = clock.today()
    if item.struck_at is not None:
        return _("已注销"), "neutral"
    if item.lapsed_on is not None and item.lapsed_on <= today:
        return _("已失效"), "bad"
    if item.valid_until is not None and item.valid_until < today:
        return _("已到期"), "bad"
    return _("有效"), "good"


def _used(item: IntellectualProperty) -> tuple[Any, str]:
    if item.kind not in CLASS_TWO:
        return _("不限次数"), "neutral"
    return (_("未使用"), "good") if item.used_year is None else (str(item.used_year), "warn")


def _class(item: IntellectualProperty) -> str:
    return str(_("Ⅱ类") if item.kind in CLASS_TWO else _("Ⅰ类"))


def _shared(item: Any) -> tuple[Any, str] | None:
    return (_("另有企业登记"), "warn") if item.shared else None


_COLUMNS = (
    lists.code("number", _("编号"), sort="number", link=lambda row: reverse("registry:property_item", args=[row.pk])),
    lists.text("name", _("名称"), sort="name"),
    lists.text("class", _("类"), value=_class),
    lists.text("kind", _("类别"), value=lambda row: str(row.get_kind_display()), sort="kind"),
    lists.text("owners", _("权利人"), value=lambda row: formats.listed(row.owners)),
    lists.text("acquisition", _("获得方式"), value=lambda row: str(row.get_acquisition_display())),
    lists.date("granted_on", _("授权日期"), sort="granted_on"),
    lists.date("valid_until", _("有效期止"), sort="valid_until"),
    lists.badge("state", _("状态"), value=state_of),
    lists.badge("used", _("高企认定使用"), value=_used),
    lists.yes_no("core", _("核心支持"), page=False),
)
_FILTERS = (
    lists.choice("kind", _("类别"), PropertyClass.choices, field="kind"),
    lists.choice("acquisition", _("获得方式"), Acquisition.choices, field="acquisition"),
    lists.dates("granted", _("授权日期"), field="granted_on"),
    lists.dates("ends", _("有效期止"), field="valid_until"),
    lists.numbers("used", _("已用年度"), field="used_year"),
)

PROPERTY = lists.List(
    name="registry.property",
    title=_("知识产权登记册"),
    model=IntellectualProperty,
    permission="registry.view_property",
    rows=_property,
    columns=_COLUMNS,
    filters=_FILTERS,
    search=_("名称、编号、权利人"),
    order="-granted_on",
    start=_("登记册是空的"),
    start_text=_("逐项录入，或者用官方汇总表导入。"),
    empty=_("没有符合条件的知识产权"),
)


def _reached_property(user: Any) -> QuerySet[IntellectualProperty]:
    return visible_to(user, IntellectualProperty).filter(standing(user).officer_q("organisation__"))


ALL_PROPERTY = lists.List(
    name="registry.all_property",
    title=_("知识产权"),
    model=IntellectualProperty,
    permission="registry.see_shared_property",
    rows=_reached_property,
    columns=(
        _COLUMNS[0],
        lists.text(
            "organisation", _("企业"), value=lambda row: row.organisation.name,
            link=lambda row: reverse("registry:property", args=[row.organisation_id]),
        ),
        *_COLUMNS[1:],
        lists.badge("shared", _("重复登记"), value=_shared),
    ),
    filters=(
        *_FILTERS,
        lists.division("division", _("行政区划"), field="organisation__division"),
        lists.custom(
            "shared", _("重复登记"), options=[("yes", _("另有企业登记"))],
            apply=lambda rows, values: shared_only(rows),
        ),
    ),
    annotate=with_sharing,
    related=("organisation",),
    search=_("名称、编号、权利人"),
    order="-granted_on",
    start=_("还没有登记的知识产权"),
    empty=_("没有符合条件的知识产权"),
)  # fmt: skip
