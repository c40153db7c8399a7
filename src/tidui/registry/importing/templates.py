"""The workbooks that are offered for download: blank, or with example rows that show how they are filled."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from tidui.rules.values import NONE
from tidui.tables import template as fact_template
from tidui.tables.declared import book
from tidui.tables.declared import template as declared_template
from tidui.tables.sheetspec import Lang

#: The sections that are imported; experts' marks come from reviews.
SECTIONS: Final = ("enterprise", "years", "tax_years", "carrier_years")
_EXAMPLE: Final = "91620100XNY000001W"


@dataclass(frozen=True, slots=True)
class Template:
    """A workbook to download: its name in the address, its title, what it is for, who may have it."""

    name: str
    title: Any
    text: Any
    department_only: bool = False


TEMPLATES: Final = (
    Template("facts", _("指标表"), _("企业、年度、税务年度、载体年度各一张表，一行一家企业(一年)，金额为元。")),
    Template(
        "official", _("高企申报表"),
        _("知识产权汇总表、RD、研发费用结构明细表、PS、科技成果转化，表样与官方申报表一致，金额为万元；汇总数自动计入年度指标。"),
    ),
    Template(
        "takeover", _("历史数据接管表"),
        _("历次认定、入库编号、证书、撤销、入选、奖补、载体备案、已用Ⅱ类知识产权，一行一件事。"), department_only=True,
    ),
)  # fmt: skip


def by_name(name: str) -> Template | None:
    """The template of this name."""
    return next((one for one in TEMPLATES if one.name == name), None)


def write(name: str, path: Path, *, statuses: bool, examples: bool, lang: Lang) -> None:
    """Write a template; `statuses` says whether the columns of statuses are in it, which enterprises do not fill."""
    if name == "facts":
        rows = _example_rows() if examples else {}
        shape = fact_template.Shape(SECTIONS, places=statuses, statuses=statuses, prefill=not examples, rows=rows)
        fact_template.write(path, shape)
    else:
        declared_template.write(path, name, examples=examples, lang=lang)


def _example_rows() -> dict[str, list[tuple[str, int | None, Mapping[str, Any]]]]:
    """One enterprise that shows how each sort of cell is filled."""
    enterprise = {
        # tidui: data
        "name": book("official").sheets["main"].examples[0]["name"], "established_on": dt.date(2015, 3, 1),
        "division": "620102", "industry": "C3571", "field": "804", "resident": True, "audit_collection": True,
        "sound_accounts": True, "collects_rd_costs": True, "pays_income_tax": True, "listed": False,
        "prohibited_products": False, "major_incidents": NONE, "serious_fraud": NONE, "research_dishonesty": NONE,
        "abnormal_listed": False, "dishonesty_listed": False, "core_ip": True, "self_developed_ip": True,
        "ip_class1": 1, "ip_class2": 4, "ip_class2_unused": 3,
        "hte_recognised_on": (dt.date(2019, 9, 5), dt.date(2022, 10, 18)),
        "hte_valid_until": dt.date(2025, 10, 17),
        "rewards_paid": ((("amount", 20_000_000), ("kind", "first"), ("on", dt.date(2020, 9, 1))),),
    }  # fmt: skip
    year = {
        "sales_revenue": 33_502_500_00, "total_income": 34_000_000_00, "high_tech_income": 24_105_000_00,
        "total_cost": 28_000_000_00, "total_assets": 40_000_000_00, "net_assets": 15_000_000_00, "employees": 86,
        "st_staff": 21, "conversions": 2, "rd_staff_cost": 602_500_00, "rd_direct_input": 280_000_00,
    }  # fmt: skip
    tax = {"adjusted_income": 3_000_000_00, "restricted_industry": False, "operating_months": 12, "losses": NONE}
    return {
        "enterprise": [(_EXAMPLE, None, enterprise)],
        "years": [(_EXAMPLE, 2023, year)],
        "tax_years": [(_EXAMPLE, 2023, tax)],
    }
