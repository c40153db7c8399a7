"""Plans under the shipped policies: against sums by hand for technology SMEs, and checked for high-tech enterprises."""

from __future__ import annotations

import datetime as dt
import functools
import random
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pytest

pytest.importorskip("ortools")

from tidui.facts.factset import FactSet
from tidui.policies import levers as lever_files
from tidui.policies.library import shelf
from tidui.rules.levers import Lever
from tidui.rules.plan import cheapest, plan, plan_json
from tidui.rules.values import NONE

ON = dt.date(2023, 8, 1)
YEAR = 2022
WAN = 10_000 * 100


@functools.lru_cache(maxsize=1)
def levers() -> dict[str, Lever]:
    """The shipped levers by id."""
    return {lever.id: lever for lever in lever_files.load()}


def small_firm(**changes: Any) -> FactSet:
    """A technology SME in everything but its score; `changes` are facts of the enterprise or the year."""
    enterprise: dict[str, Any] = {
        "established_on": dt.date(2015, 3, 1), "industry": "I6511", "resident": True, "sound_accounts": True,
        "audit_collection": True, "collects_rd_costs": True, "pays_income_tax": True, "prohibited_products": False,
        "major_incidents": (), "serious_fraud": (), "research_dishonesty": (), "abnormal_listed": False,
        "dishonesty_listed": False, "ip_class1": 0, "ip_class2": 0, "national_award_top3": False,
        "provincial_rd_institution": False, "standard_lead": False, "hte_valid_until": NONE, "sme_number": NONE,
        "core_ip": True, "self_developed_ip": True, "field": "101", "standards_drafted": False, "ip_class2_unused": 0,
    }  # fmt: skip
    year: dict[str, Any] = {
        "sales_revenue": 1000 * WAN, "total_cost": 900 * WAN, "total_assets": 500 * WAN, "employees": 100,
        "st_staff": 5, "rd_deductible": 30 * WAN,
    }  # fmt: skip
    for name, value in changes.items():
        (year if name in year else enterprise)[name] = value
    return FactSet(enterprise, {YEAR: year})


# ---------------------------------------------------------------------- technology SMEs: the sums by hand
def rungs(points: dict[Any, int], reached: Any, most: int) -> Iterator[tuple[int, int]]:
    """Points and the fewest units that earn them: (0, 0), and each band that is within reach."""
    yield 0, 0
    for threshold, earned in points.items():
        units = next((count for count in range(most + 1) if reached(count, threshold)), None)
        if units is not None:
            yield earned, units


def by_hand(firm: dict[str, Any]) -> Fraction | None:
    """The least cost of 60 points with some for staff, for a firm with these figures (money in fen)."""
    hire, spend, first, second = (levers()[name] for name in ("st_hire", "rd_spending", "class1_ip", "class2_ip"))
    st, all_, rd = firm["st_staff"], firm["employees"], firm["rd_deductible"]
    sales, cost = firm["sales_revenue"], firm["total_cost"]
    staff = list(rungs(
        {30: 20, 25: 16, 20: 12, 15: 8, 10: 4}, lambda k, t: 100 * (st + k) >= t * (all_ + k) and all_ + k <= 500,
        hire.steps,
    ))  # fmt: skip
    by_sales = rungs({6: 50, 5: 40, 4: 30, 3: 20, 2: 10}, lambda k, t: 100 * (rd + k * WAN) >= t * sales, spend.steps)
    by_cost = rungs(
        {30: 50, 25: 40, 20: 30, 15: 20, 10: 10}, lambda k, t: 100 * (rd + k * WAN) >= t * (cost + k * WAN), spend.steps
    )
    research = [*by_sales, *by_cost]
    one = [(points, count * first.cost) for points, count in rungs({1: 30}, lambda k, t: firm["ip_class1"] + k >= t, 3)]
    two = [
        (points, count * second.cost)
        for points, count in rungs({4: 24, 3: 18, 2: 12, 1: 6}, lambda k, t: firm["ip_class2"] + k >= t, 20)
    ]
    costs = [
        hired * hire.cost + spent * spend.cost + bought
        for a, hired in staff if a
        for b, spent in research
        for c, bought in (*one, *two) if a + b + c >= 60
    ]  # fmt: skip
    return min(costs, default=None)


@pytest.mark.parametrize("seed", range(25))
def test_the_cheapest_plan_of_an_sme_is_what_the_sums_by_hand_say(seed: int) -> None:
    chance = random.Random(seed)
    firm = {
        "employees": chance.randint(3, 480), "sales_revenue": chance.randint(50 * WAN, 19_000 * WAN),
        "ip_class1": chance.choice([0, 0, 0, 1]), "ip_class2": chance.randint(0, 4),
    }  # fmt: skip
    firm["st_staff"] = chance.randint(0, firm["employees"] // 3)
    firm["total_cost"] = int(firm["sales_revenue"] * chance.uniform(0.6, 1.1))
    firm["rd_deductible"] = int(firm["sales_revenue"] * chance.uniform(0, 0.07))
    explainer = shelf().explainer("cn/tech-sme", on=ON, year=YEAR)
    found = plan(explainer, small_firm(**firm), lever_files.load(), on=ON, year=YEAR)
    expected = by_hand(firm)
    if found.status == "qualified":
        assert expected == 0
    else:
        assert found.exact
        assert [one.cost for one in found.alternatives[:1]] == ([] if expected is None else [expected])


def test_an_incident_blocks_an_sme_until_the_year_after_next() -> None:
    explainer = shelf().explainer("cn/tech-sme", on=ON, year=YEAR)
    facts = small_firm(major_incidents=(dt.date(2023, 2, 1),), ip_class2=1, st_staff=30, employees=100)
    found = plan_json(plan(explainer, facts, lever_files.load(), on=ON, year=YEAR))
    assert found["status"] == "plan"
    assert [(one["condition"], one["holds_on"]) for one in found["time"]] == [("clean", "2025-01-01")]
    assert all(one["holds_from"] == "2025-01-01" for one in found["alternatives"])


def test_a_large_enterprise_cannot_become_an_sme() -> None:
    explainer = shelf().explainer("cn/tech-sme", on=ON, year=YEAR)
    short = cheapest(explainer, small_firm(sales_revenue=30_000 * WAN), lever_files.load(), on=ON, year=YEAR)
    assert (short.status, short.reason) == ("impossible", "size")


# ---------------------------------------------------------------------- high-tech enterprises
MARKS = {
    "tech_advancement": 5,
    "core_support": 5,
    "rd_management": 4,
    "rd_institution": 4,
    "rd_incentives": 2,
    "rd_talent": 2,
}


def hte_firm(established: dt.date = dt.date(2015, 3, 1), marks: dict[str, int] = MARKS) -> FactSet:
    """A firm near recognition: R&D, staff, income and conversions a little short."""
    base = small_firm(established_on=established, ip_class2_unused=2)
    years = {
        year: {
            "sales_revenue": sales * WAN, "total_income": sales * WAN, "high_tech_income": sales * WAN * 55 // 100,
            "net_assets": assets * WAN, "rd_expense": sales * WAN * 4 // 100, "employees": 60, "st_staff": 5,
            "rd_expense_domestic": sales * WAN * 4 // 100, "conversions": 4, "total_cost": sales * WAN,
        }
        for year, sales, assets in ((2022, 3000, 900), (2021, 2500, 700), (2020, 2000, 500))
    }  # fmt: skip
    enterprise = {name: value for (name, year), value in base.values.items() if year is None}
    return FactSet(enterprise, years, marks)


def test_every_plan_to_become_a_high_tech_enterprise_needs_each_of_its_steps() -> None:
    explainer = shelf().explainer("cn/hte", on=ON, year=YEAR)
    found = plan(explainer, hte_firm(), lever_files.load(), on=ON, year=YEAR)
    assert (found.status, len(found.alternatives)) == ("plan", 3)
    for one in found.alternatives:
        everything = {place: new for step in one.steps for place, _, new in step.changes}
        assert explainer(hte_firm().with_values(everything), on=ON, year=YEAR).verdict("verdict") == "pass"
        assert {"rd_share", "high_tech_share"} <= {condition for step in one.steps for condition in step.serves}
        for step in one.steps:
            fewer = {place: new for other in one.steps if other is not step for place, _, new in other.changes}
            assert explainer(hte_firm().with_values(fewer), on=ON, year=YEAR).verdict("verdict") != "pass"
    costs = [one.cost for one in found.alternatives]
    assert costs == sorted(costs)


def test_a_young_firm_waits_for_its_365_days() -> None:
    explainer = shelf().explainer("cn/hte", on=ON, year=YEAR)
    young = hte_firm(dt.date(2022, 9, 15))
    found = plan_json(plan(explainer, young, lever_files.load(), on=ON, year=YEAR))
    assert ("registered", "2023-09-15") in [(one["condition"], one["holds_on"]) for one in found["time"]]
    assert {one["holds_from"] for one in found["alternatives"]} <= {"2023-09-15"}


def test_without_the_panels_marks_they_are_to_be_found_out_first() -> None:
    explainer = shelf().explainer("cn/hte", on=ON, year=YEAR)
    found = plan(explainer, hte_firm(marks={}), lever_files.load(), on=ON, year=YEAR)
    assert found.status == "unknown"
    assert {f"expert.{name}" for name in MARKS} <= set(found.find_out)
    assert found.unusable["technology_level"] == ("tech_advancement",)
