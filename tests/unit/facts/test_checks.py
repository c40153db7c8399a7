"""What the facts of one enterprise say about each other."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import Any

import pytest

from tidui.facts.checks import check, rd_total
from tidui.facts.read import collect

ITEMS = {
    "rd_staff_cost": 40_000,
    "rd_direct_input": 20_000,
    "rd_depreciation": 5_000,
    "rd_intangibles": 5_000,
    "rd_design": 6_000,
    "rd_testing": 4_000,
    "rd_other": 30_000,
    "rd_external_domestic": 10_000,
    "rd_external_overseas": 5_000,
}


def found(content: dict[str, Any]) -> list[tuple[str, str]]:
    values, faults = collect(content)
    assert faults == []
    return [(fault.place, fault.message) for fault in check(values)]


def year(**facts: Any) -> dict[str, Any]:
    return {"years": {2022: facts}}


def firm(**facts: Any) -> dict[str, Any]:
    return {"enterprise": facts}


# --- totals


def test_the_total_of_the_items_caps_other_costs_and_counts_80_percent_of_what_is_entrusted() -> None:
    values, _ = collect(year(**ITEMS))
    assert rd_total(values, 2022) == (80_000 + 20_000 + 12_000) * 100
    below, _ = collect(year(**{**ITEMS, "rd_other": "19999.99"}))
    assert rd_total(below, 2022) == Fraction((80_000 + 12_000) * 100 + 1_999_999)


@pytest.mark.parametrize("missing", list(ITEMS))
def test_without_one_of_the_items_there_is_no_total(missing: str) -> None:
    items = {name: amount for name, amount in ITEMS.items() if name != missing}
    values, _ = collect(year(**items))
    assert rd_total(values, 2022) is None
    assert found(year(**items, rd_expense=1)) == []


@pytest.mark.parametrize(
    ("given", "fits"),
    [("111998.99", False), ("111999", True), ("112000", True), ("112001", True), ("112001.01", False)],
)
def test_a_total_may_differ_from_its_items_by_a_yuan(given: str, fits: bool) -> None:
    said = found(year(**ITEMS, rd_expense=given))
    message = f"研究开发费用总额 {float(given):.2f} disagrees with its items, which make 112000.00"
    assert said == ([] if fits else [("years.2022.rd_expense", message)])


@pytest.mark.parametrize(
    ("part", "whole"),
    [("st_staff", "employees"), ("high_tech_income", "total_income"), ("rd_expense_domestic", "rd_expense")],
)
def test_a_part_is_not_more_than_its_whole(part: str, whole: str) -> None:
    assert found(year(**{part: 100, whole: 100})) == []
    assert [place for place, _ in found(year(**{part: "100.01", whole: 100}))] == [f"years.2022.{part}"]
    assert found(year(**{part: 100})) == []


# --- dates


@pytest.mark.parametrize(("until", "fits"), [("2020-12-31", False), ("2021-01-01", True)])
def test_a_tenant_does_not_leave_before_it_comes(until: str, fits: bool) -> None:
    said = found(firm(tenant_since="2021-01-01", tenant_until=until))
    assert said == (
        [] if fits else [("enterprise.tenant_until", "毕业或退出日期 2020-12-31 is before 入孵日期 2021-01-01")]
    )


@pytest.mark.parametrize("later", ["hte_valid_until", "hte_revoked_on"])
@pytest.mark.parametrize(("day", "fits"), [("2018-05-03", False), ("2018-05-04", True), ("2019-01-01", True)])
def test_a_certificate_does_not_end_before_the_first_was_issued(later: str, day: str, fits: bool) -> None:
    said = found(firm(hte_recognised_on=["2018-05-04", "2021-05-04"], **{later: day}))
    assert [place for place, _ in said] == ([] if fits else [f"enterprise.{later}"])


@pytest.mark.parametrize("status", ["hte_recognised_on", "provincial_recognised_on"])
def test_nothing_is_recognised_before_it_is_founded(status: str) -> None:
    assert found(firm(established_on="2018-05-04", **{status: ["2018-05-04"]})) == []
    said = found(firm(established_on="2018-05-05", **{status: ["2018-05-04", "2021-05-04"]}))
    assert [place for place, _ in said] == [f"enterprise.{status}"]


def test_none_and_unknown_dates_are_not_compared() -> None:
    assert (
        found(firm(tenant_since="", tenant_until="2021-01-01", hte_recognised_on=[], hte_valid_until="2020-01-01"))
        == []
    )


# --- years


@pytest.mark.parametrize("section", ["years", "tax_years"])
def test_figures_of_a_year_before_the_founding_are_a_fault(section: str) -> None:
    name = "employees" if section == "years" else "operating_months"
    content = {**firm(established_on="2020-12-31"), section: {2019: {name: 5}, 2020: {name: 5}}}
    said = f"gives {name} for a year before the founding of the enterprise on 2020-12-31"
    assert found(content) == [(f"{section}.2019", said)]


def test_a_carrier_may_have_figures_of_a_year_before() -> None:
    assert found({**firm(established_on="2020-12-31"), "carrier_years": {2019: {"service_income": 5}}}) == []


@pytest.mark.parametrize(("lost", "fits"), [(2017, False), (2018, True), (2021, True), (2022, False), (2023, False)])
def test_a_loss_is_of_an_earlier_year_in_which_the_enterprise_was_there(lost: int, fits: bool) -> None:
    content = {**firm(established_on="2018-05-04"), "tax_years": {2022: {"losses": [{"year": lost, "amount": 5}]}}}
    assert [place for place, _ in found(content)] == ([] if fits else ["tax_years.2022.losses"])


def test_no_losses_are_no_fault() -> None:
    assert found({"tax_years": {2022: {"losses": []}}}) == []


def test_unknown_facts_show_nothing() -> None:
    assert check({}) == []
    assert check({("established_on", None): dt.date(2018, 5, 4)}) == []
