"""How the facts of a section stand on its form: groups in the order in which an accountant has the figures at hand."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml
from django.utils.translation import gettext_lazy as _

from tidui.facts import catalogue
from tidui.kit import lang
from tidui.registry.models import IDENTITY

_HELP: Final = Path(__file__).with_name("help.yaml")


@dataclass(frozen=True, slots=True)
class Group:
    """Facts that belong together, under a title; `lead` says in a sentence what they are."""

    name: str
    title: Any
    facts: tuple[str, ...]
    lead: Any = ""


GROUPS: Final[Mapping[str, tuple[Group, ...]]] = {
    "enterprise": (
        Group("basic", _("企业概况"), ("established_on", "industry", "field", "resident", "listed")),
        Group(
            "accounting", _("会计与纳税"),
            ("audit_collection", "sound_accounts", "collects_rd_costs", "pays_income_tax"),
        ),
        Group(
            "conduct", _("守法与诚信"),
            (
                "prohibited_products", "major_incidents", "serious_fraud", "research_dishonesty", "abnormal_listed",
                "dishonesty_listed",
            ),
            _("从未发生的，请勾选“无”；不清楚的留空。"),
        ),
        Group(
            "innovation", _("知识产权与创新"),
            (
                "core_ip", "self_developed_ip", "ip_class1", "ip_class2", "ip_class2_unused", "standards_drafted",
                "standard_lead", "national_award_top3", "provincial_rd_institution", "national_contest_prizes",
            ),
            _("知识产权登记册填写完整后，前五项由登记册计算。"),
        ),
        Group("carrier", _("孵化载体"), ("carrier_kind",), _("不是孵化载体的企业请勾选“无”。")),
    ),
    "years": (
        Group(
            "income", _("收入、成本与资产"),
            (
                "estimated", "sales_revenue", "total_income", "high_tech_income", "total_cost", "total_assets",
                "net_assets",
            ),
            _("按经审计的年度会计报表填写。"),
        ),
        Group(
            "people", _("职工与科技人员"), ("employees", "st_staff"),
            _("全年月平均数；可以有小数，也可以写成分数，例如 22/3。"),
        ),
        Group(
            "research", _("研发费用(高企口径)"),
            (
                "rd_staff_cost", "rd_direct_input", "rd_depreciation", "rd_intangibles", "rd_design", "rd_testing",
                "rd_other", "rd_external_domestic", "rd_external_overseas", "rd_expense", "rd_expense_domestic",
            ),
            _("没有发生的项目填 0；总额由各项归集，其他费用以总额的 20% 为限，委托外部研发按实际发生额的 80% 计入。"),
        ),
        Group("results", _("加计扣除口径与成果转化"), ("rd_deductible", "conversions")),
    ),
    "tax_years": (
        Group(
            "income", _("所得与规模"),
            (
                "adjusted_income", "restricted_industry", "reduced_project_income", "operating_months",
                "employees_quarterly", "assets_quarterly", "losses",
            ),
        ),
        Group(
            "research", _("研发费用(加计扣除口径)"),
            (
                "tax_rd_staff_cost", "tax_rd_direct_input", "tax_rd_depreciation", "tax_rd_intangibles",
                "tax_rd_design_trials", "tax_rd_other", "tax_rd_external_domestic", "tax_rd_external_overseas",
                "tax_rd_capitalised_formed", "tax_rd_amortised", "tax_rd_q4",
            ),
            _("没有发生的项目填 0。"),
        ),
        Group(
            "conditions", _("适用条件"),
            (
                "excluded_industry_share", "manufacturing_share", "ic_or_machine_tool", "sme_number_in_year",
                "sme_zero_number_next_year", "hte_in_year", "west_development",
            ),
        ),
    ),
    "carrier_years": (
        Group(
            "services", _("孵化服务"),
            ("separate_books", "service_income", "lease_income", "months_exempt"),
            _("只填服务在孵对象并单独核算的部分。"),
        ),
        Group("vat", _("增值税"), ("vat_taxpayer", "lease_vat_method", "input_vat_transferred_out", "half_relief")),
        Group(
            "property", _("房产与土地"),
            ("owns_property", "property_value_used", "property_rent", "land_area", "land_rate"),
        ),
    ),
}  # fmt: skip


@functools.cache
def editable(section: str) -> tuple[str, ...]:
    """The facts of a section that people file by form, in the order of the form."""
    return tuple(name for group in GROUPS[section] for name in group.facts)


@functools.cache
def statuses() -> tuple[str, ...]:
    """The facts that recognition alone writes."""
    known = catalogue.load()
    return tuple(name for name in known.sections["enterprise"] if known[name].status)


@functools.cache
def _helps() -> Mapping[str, Mapping[str, str]]:
    texts: dict[str, dict[str, str]] = yaml.load(_HELP.read_bytes(), Loader=yaml.CSafeLoader)
    return texts


def help_of(name: str) -> str:
    """What a fact means exactly, in the language of the page; empty where the label says it all."""
    text = _helps().get(name, {})
    return lang.of(text.get("zh", ""), text.get("en", "") or catalogue.load().notes[name])


def label_of(name: str) -> str:
    """The name of a fact in the language of the page."""
    fact = catalogue.load()[name]
    return lang.of(fact.zh, fact.en)


__all__ = ["GROUPS", "IDENTITY", "Group", "editable", "help_of", "label_of", "statuses"]
