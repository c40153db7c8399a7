"""元 mistaken for 万元."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidui.facts import slips
from tidui.facts.read import collect


def places(years: dict[int, dict[str, Any]], **enterprise: Any) -> list[str]:
    values, faults = collect({"enterprise": enterprise, "years": years})
    assert faults == []
    found = slips.find(values)
    assert {fault.level for fault in found} <= {"warning"}
    return [fault.place for fault in found]


def sales(*amounts: float) -> dict[int, dict[str, Any]]:
    return {2020 + place: {"sales_revenue": amount} for place, amount in enumerate(amounts)}


def test_a_year_in_10000_yuan_among_years_in_yuan_is_told_with_both_readings() -> None:
    values, _ = collect({"years": sales(30_000_000, 3200, 32_000_000)})
    [fault] = slips.find(values)
    assert str(fault) == (
        "warning: years.2021.sales_revenue: 销售收入 3,200.00 元 beside 销售收入 of 2020 is 30,000,000.00 元: 万元 taken for 元? "
        "As it stands 3200.00 yuan, else 32000000.00 yuan; write 32000000.00 if 万元 was meant; keep it if it is right"
    )


def test_a_year_10000_times_too_large_is_told_as_such() -> None:
    values, _ = collect({"years": sales(3_000_000, 32_000_000_000, 3_400_000)})
    [fault] = slips.find(values)
    assert fault.place == "years.2021.sales_revenue"
    assert "元 taken for 万元?" in fault.message
    assert fault.instead == "write 3200000.00 if 元 was meant; keep it if it is right"


@pytest.mark.parametrize(
    ("factor", "told"), [("1999.99", False), ("2000", True), ("10000", True), ("50000", True), ("50000.01", False)]
)
def test_the_factor_is_from_2000_to_50000(factor: str, told: bool) -> None:
    small, large = 100, round(100 * float(factor), 2)
    assert places(sales(small, large)) == (["years.2020.sales_revenue"] if told and large >= 100_000 else [])
    assert places(sales(large, small)) == (["years.2021.sales_revenue"] if told and large >= 100_000 else [])


@pytest.mark.parametrize(("large", "told"), [("99999.99", False), ("100000", True)])
def test_figures_under_100000_yuan_say_too_little(large: str, told: bool) -> None:
    assert bool(places({2020: {"sales_revenue": large}, 2021: {"sales_revenue": 10}})) == told


@given(st.integers(1, 10**9), st.lists(st.integers(2, 1999), min_size=1, max_size=4))
def test_growth_by_less_than_2000_times_a_year_is_never_told(first: int, factors: list[int]) -> None:
    amounts = [first]
    for factor in factors:
        amounts.append(min(amounts[-1] * factor, 10**10))
    assert places(sales(*amounts)) == []


def test_the_first_sales_of_a_firm_in_its_founding_year_are_ordinary() -> None:
    assert places(sales(3200, 32_000_000), established_on="2020-11-01") == []
    assert places(sales(3200, 32_000_000), established_on="2019-11-01") == ["years.2020.sales_revenue"]


def test_a_whole_year_in_10000_yuan_is_told_fact_by_fact() -> None:
    plain = {"sales_revenue": 30_000_000, "total_cost": 28_000_000, "total_assets": 50_000_000}
    odd = {name: amount / 10_000 for name, amount in plain.items()}
    assert places({2020: plain, 2021: odd, 2022: plain}) == [f"years.2021.{name}" for name in plain]


def test_sales_are_compared_with_the_income_and_cost_of_the_year() -> None:
    assert places({2022: {"sales_revenue": 3200, "total_income": 33_000_000}}) == ["years.2022.sales_revenue"]
    assert places({2022: {"sales_revenue": 3200, "total_cost": 31_000_000}}) == ["years.2022.sales_revenue"]
    assert places({2022: {"sales_revenue": 32_000_000, "total_cost": 3100}}) == ["years.2022.total_cost"]


def test_a_firm_that_spends_before_it_sells_is_left_alone() -> None:
    assert places({2022: {"sales_revenue": 5000, "total_income": 6000, "total_cost": 20_000_000}}) == []
    years = {year: {"sales_revenue": 5000, "total_cost": 20_000_000} for year in (2021, 2022)}
    assert places(years) == []


def test_assets_are_compared_with_those_of_the_tax_return() -> None:
    values, _ = collect(
        {"years": {2022: {"total_assets": 5000}}, "tax_years": {2022: {"assets_quarterly": 48_000_000}}}
    )
    assert [fault.place for fault in slips.find(values)] == ["years.2022.total_assets"]


@pytest.mark.parametrize(("cost", "told"), [("19.99", False), ("20", True), ("1999.99", True), ("2000", False)])
def test_a_cost_of_2_to_200_yuan_a_head_is_told(cost: str, told: bool) -> None:
    assert places({2022: {"total_cost": cost, "employees": 10}}) == (["years.2022.total_cost"] if told else [])


@pytest.mark.parametrize(("employees", "told"), [("4.99", False), ("5", True)])
def test_the_cost_a_head_of_a_tiny_firm_says_too_little(employees: str, told: bool) -> None:
    assert bool(places({2022: {"total_cost": 500, "employees": employees}})) == told


def test_zero_and_negative_figures_are_not_compared() -> None:
    assert (
        places({2021: {"sales_revenue": 0, "net_assets": -3200}, 2022: {"sales_revenue": 5, "net_assets": -32_000_000}})
        == []
    )


def test_neighbours_are_compared_over_a_missing_year() -> None:
    assert places({2018: {"rd_expense": 2_000_000}, 2022: {"rd_expense": 210}}) == ["years.2022.rd_expense"]
