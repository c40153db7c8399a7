"""The catalogue of facts."""

from __future__ import annotations

from fractions import Fraction

import pytest

from tidui.codes import industries
from tidui.facts import catalogue
from tidui.facts.normalise import normalise
from tidui.rules import units
from tidui.rules.values import NONE

KNOWN = catalogue.load()


def test_the_sections_hold_all_facts_in_the_order_of_the_file() -> None:
    assert {section: len(names) for section, names in KNOWN.sections.items()} == {
        "enterprise": 45,
        "years": 22,
        "expert": 12,
        "tax_years": 25,
        "carrier_years": 13,
    }
    assert [name for names in KNOWN.sections.values() for name in names] == list(KNOWN)
    assert len(KNOWN) == 117


def test_every_fact_has_both_labels_and_no_two_share_one() -> None:
    labels = [catalogue.plain_label(KNOWN[name].zh) for name in KNOWN]
    assert all(labels)
    assert len(set(labels)) == len(labels)
    assert all(KNOWN[name].en for name in KNOWN)
    assert len({KNOWN[name].en for name in KNOWN}) == len(KNOWN)


def test_every_unit_is_one_that_the_engine_knows() -> None:
    assert {KNOWN[name].unit for name in KNOWN} == {
        "",
        "yuan",
        "yuan/sqm",
        "sqm",
        "share",
        "people",
        "items",
        "months",
        "points",
    }
    for name in KNOWN:
        units.parse(KNOWN[name].unit)


def test_only_net_assets_and_adjusted_income_may_be_negative() -> None:
    numeric = [name for name in KNOWN if KNOWN[name].kind in ("money", "int", "number", "share")]
    assert {name for name in numeric if KNOWN[name].low is None} == {"net_assets", "adjusted_income"}
    assert {KNOWN[name].low for name in numeric} == {None, Fraction(0)}


def test_shares_end_at_one_months_at_twelve_and_marks_at_their_maximum() -> None:
    assert {name: KNOWN[name].high for name in KNOWN if KNOWN[name].high is not None} == {
        **dict.fromkeys(("tech_advancement", "core_support", "ip_count_marks"), 8),
        **dict.fromkeys(("ip_acquisition", "rd_management", "rd_institution"), 6),
        "standards_bonus": 2,
        "conversion_marks": 30,
        **dict.fromkeys(("rd_incentives", "rd_talent"), 4),
        **dict.fromkeys(("net_asset_growth_marks", "sales_growth_marks"), 10),
        **dict.fromkeys(("excluded_industry_share", "manufacturing_share"), 1),
        **dict.fromkeys(("operating_months", "months_exempt"), 12),
    }


def test_facts_of_the_three_yearly_sections_are_yearly() -> None:
    yearly = {KNOWN[name].section for name in KNOWN if KNOWN[name].yearly}
    assert yearly == {"years", "tax_years", "carrier_years"}
    assert not any(KNOWN[name].yearly for name in (*KNOWN.sections["enterprise"], *KNOWN.sections["expert"]))


def test_status_facts_are_those_that_recognition_writes() -> None:
    assert {name for name in KNOWN if KNOWN[name].status} == {
        *("tenant_of", "tenant_since", "tenant_until", "sme_number", "sme_valid_until", "sme_revoked_on"),
        *("sme_barred_until", "provincial_recognised_on", "provincial_valid_until", "hte_recognised_on"),
        *("hte_valid_until", "hte_revoked_on", "hte_bank_selected_on", "hte_bank_left_on", "rewards_paid"),
        "carrier_history",
    }


def test_what_can_be_none_and_what_cannot() -> None:
    assert all(KNOWN[name].can_be_none for name in KNOWN if KNOWN[name].kind in ("dates", "list"))
    assert not any(KNOWN[name].can_be_none for name in KNOWN if KNOWN[name].kind in ("money", "int", "number", "bool"))
    assert KNOWN["field"].can_be_none
    assert not KNOWN["uscc"].can_be_none


def test_the_records_of_lists_have_their_fields() -> None:
    assert {name: dict(KNOWN[name].fields) for name in KNOWN if KNOWN[name].fields} == {
        "rewards_paid": {"kind": "code", "on": "date", "amount": "money"},
        "national_contest_prizes": {"edition": "int", "rank": "int"},
        "carrier_history": {"level": "code", "on": "date", "until": "date"},
        "losses": {"year": "int", "amount": "money"},
    }
    assert KNOWN.fields("carrier_history")["until"].can_be_none
    assert KNOWN.optional_fields("carrier_history") == {"until"}
    assert KNOWN.key_field("losses") == "year"
    assert KNOWN.key_field("rewards_paid") is None


def test_every_option_has_a_chinese_label() -> None:
    assert KNOWN["carrier_kind"].options == ("incubator", "science_park", "makerspace")
    assert KNOWN.options("vat_taxpayer") == {"general": "一般纳税人", "small_scale": "小规模纳税人"}
    assert KNOWN.options("rewards_paid.kind") == {"first": "首次认定", "again": "再次认定", "bank": "入选培育库"}


def test_every_code_has_a_form_or_options() -> None:
    codes = {name for name in KNOWN if KNOWN[name].kind == "code"}
    assert codes == set(KNOWN.forms) | {name for name in codes if KNOWN[name].options}
    assert normalise(KNOWN["industry"], f"C{industries.SECTIONS[2].first}") == "C13"
    assert normalise(KNOWN["field"], "无") is NONE


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("sales_revenue", "sales_revenue"),
        ("Sales_Revenue", "sales_revenue"),
        ("销售收入", "sales_revenue"),
        (" 销售 收入 ", "sales_revenue"),
        ("Ⅰ类知识产权数", "ip_class1"),
        ("I类知识产权数", "ip_class1"),
        ("研究开发费用总额（高企口径）", "rd_expense"),
    ],
)
def test_a_fact_is_found_by_name_or_label(label: str, name: str) -> None:
    found = KNOWN.by_label(label)
    assert found is not None
    assert found.name == name


def test_a_label_of_another_section_is_not_found() -> None:
    assert KNOWN.by_label("销售收入", "enterprise") is None
    assert KNOWN.by_label("没有这个") is None


@pytest.mark.parametrize(
    ("typed", "meant"), [("employes", "employees"), ("销售收", "销售收入"), ("xyzzy", None), ("a" * 500, None)]
)
def test_a_near_name_is_suggested(typed: str, meant: str | None) -> None:
    assert KNOWN.suggestion(typed) == meant


@pytest.mark.parametrize(
    ("header", "label", "unit"),
    [
        ("销售收入(万元)", "销售收入", "万元"),
        ("销售收入（元）", "销售收入", "元"),
        ("销售收入 [万元]", "销售收入", "万元"),
        ("sales_revenue【分】", "sales_revenue", "分"),
        ("研究开发费用总额（高企口径）（万元）", "研究开发费用总额(高企口径)", "万元"),
        ("研究开发费用总额(高企口径)", "研究开发费用总额(高企口径)", None),
        ("职工总数(人)", "职工总数(人)", None),
        ("(元)", "(元)", None),
    ],
)
def test_the_unit_in_a_header_is_split_off(header: str, label: str, unit: str | None) -> None:
    assert catalogue.split_unit(header) == (label, unit)


def test_the_path_of_a_fact_is_that_of_a_facts_file() -> None:
    assert KNOWN.path("industry") == "enterprise.industry"
    assert KNOWN.path("employees", 2022) == "years.2022.employees"


def test_the_digest_is_that_of_the_text() -> None:
    assert catalogue.Catalogue(b"years:\n  a: {zh: x, type: money}\n").digest != KNOWN.digest
    assert len(KNOWN.digest) == 64
