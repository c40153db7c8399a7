"""What the page shows of a score: each band at, below and above its bound, ranges, the better indicator, the day."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import Any

import pytest
from django.utils import translation

from tests.casework import facts_of_form
from tidui.casework import judging, scoring
from tidui.casework.form import Block, FormView
from tidui.casework.models import Application
from tidui.casework.programme import programme
from tidui.facts.factset import FactSet
from tidui.registry.facts import File
from tidui.rules.values import NONE

TECH_SME = programme("tech-sme")
YEAR = 2025
TODAY = dt.date(2026, 7, 1)


@pytest.fixture(autouse=True)
def _chinese() -> Any:
    with translation.override("zh-hans"):
        yield


def shown(*, on: dt.date = TODAY, unknown: tuple[str, ...] = (), hte: bool | None = False, **changed: Any) -> scoring.Score:
    """The score of the form of the helpers with some facts changed or unknown; not a high-tech enterprise unless said."""
    year = on.year - 1
    facts = {key: value for key, value in facts_of_form(year, **changed).items() if key[0] not in unknown}
    if hte is not None:
        facts["hte_valid_until", None] = dt.date(2027, 1, 1) if hte else dt.date(2019, 1, 1)
        facts["hte_revoked_on", None] = NONE
    held = FactSet.of(facts)
    view = FormView(Application(organisation_id=7), TECH_SME, year, "元", File({}, held.values), {}, frozenset())
    view.questions, view.agency = Block("questions", "", "", []), None
    return scoring.score_of(judging.judge(TECH_SME.policy, held, on=on, year=year), view)


def test_a_status_that_nobody_recorded_is_named_with_who_can_record_it() -> None:
    """Below 60 points it decides: the enterprise cannot type it in, so the page says whom to ask."""
    score = shown(hte=None, rd_deductible=0)
    assert score.verdict == "unknown"
    named = {one.label: one for one in score.missing if one.matters and not one.url}
    assert "登记为“无”" in named["高新技术企业证书有效期止"].how
    assert shown(rd_deductible=0).verdict == "fail"


def part(score: scoring.Score, name: str) -> scoring.Part:
    """One part of a score."""
    return next(one for one in score.parts if one.id == name)


def here(indicator: scoring.Indicator) -> list[str]:
    """The rows in which the value lies, or may lie."""
    return [f"{row.bound} {row.marks}" for row in indicator.rows if row.state]


@pytest.mark.parametrize(
    ("staff", "row", "marks"),
    [
        (40, "≥ 30% 20", "20"), (30, "≥ 30% 20", "20"), (29, "≥ 25% 16", "16"), (25, "≥ 25% 16", "16"),
        (24, "≥ 20% 12", "12"), (20, "≥ 20% 12", "12"), (19, "≥ 15% 8", "8"), (15, "≥ 15% 8", "8"),
        (14, "≥ 10% 4", "4"), (10, "≥ 10% 4", "4"), (9, "其他 0", "0"), (0, "其他 0", "0"),
    ],
)  # fmt: skip
def test_each_band_is_shown_at_below_and_above_its_bound(staff: int, row: str, marks: str) -> None:
    found = part(shown(st_staff=staff), "staff")
    assert (here(found.indicators[0]), found.marks) == ([row], marks)
    assert len(found.indicators[0].rows) == 6 and found.indicators[0].cites.endswith("第七条(一)")


def test_the_next_band_says_how_many_people_are_short() -> None:
    said = part(shown(st_staff=22, employees=99), "staff").indicators[0].following
    assert "≥ 25%" in said and "得 16 分" in said and "24.75 人" in said and "还差 2.75 人" in said
    assert part(shown(st_staff=30), "staff").indicators[0].following == ""


def test_the_next_band_of_money_is_exact_to_the_fen() -> None:
    said = part(shown(sales_revenue=333_333_33, rd_deductible=10_000_00, total_cost=900_000_000), "rd").indicators[0].following
    assert "≥ 4%" in said and "13,333.34 元" in said and "还差 3,333.34 元" in said


def test_a_share_just_short_of_a_bound_does_not_look_as_if_it_had_reached_it() -> None:
    found = part(shown(st_staff=2999999, employees=10_000_000), "staff").indicators[0]
    assert found.value == "29.99%" and here(found) == ["≥ 25% 16"]


@pytest.mark.parametrize(
    ("sales", "cost", "counts"),
    [(10_000_000_00, 8_000_000_00, "研发费用占销售收入"), (100_000_000_00, 1_000_000_00, "研发费用占成本费用支出")],
)
def test_the_better_of_two_indicators_is_pointed_out_with_both_values(sales: int, cost: int, counts: str) -> None:
    found = part(shown(sales_revenue=sales, total_cost=cost), "rd")
    assert [one.label for one in found.indicators if one.best] == [counts]
    assert counts in found.better and all(one.value in found.better for one in found.indicators)


def test_two_indicators_that_give_the_same_are_both_said() -> None:
    found = part(shown(sales_revenue=10_000_000_00, total_cost=1_500_000_00), "rd")
    assert [one.marks for one in found.indicators] == ["30", "40"] or found.better
    even = part(shown(sales_revenue=10_000_000_00, total_cost=2_000_000_00, rd_deductible=450_000_00), "rd")
    assert [one.marks for one in even.indicators] == ["30", "30"] and "取较高者" in even.better
    assert all(one.best for one in even.indicators)


def test_an_unknown_fact_gives_a_range_and_says_which_bands_are_possible() -> None:
    score = shown(unknown=("st_staff",))
    assert (score.total, score.exact) == ("60–80", False)
    assert len(here(part(score, "staff").indicators[0])) == 6
    assert part(score, "staff").indicators[0].following == ""


def test_unknown_facts_say_whether_they_matter_and_lead_to_their_field() -> None:
    score = shown(unknown=("st_staff", "total_cost"))
    assert {(one.url, one.matters) for one in score.missing if one.url.startswith("#")} == {
        (f"#st_staff.{YEAR}", True), (f"#total_cost.{YEAR}", False),
    }  # fmt: skip
    assert [one.matters for one in score.missing] == sorted((one.matters for one in score.missing), reverse=True)


def test_a_condition_that_fails_says_its_article_value_and_what_is_short() -> None:
    score = shown(employees=501, st_staff=200)
    assert score.verdict == "fail" and [one.label for one in score.failing] == ["规模"]
    [test] = score.failing[0].tests
    assert "500" in test.compared and "501" in test.compared and score.failing[0].cites.endswith("第六条(二)")


def test_the_amounts_of_a_condition_are_shown_as_money() -> None:
    [test] = shown(sales_revenue=25_000_000_000).failing[0].tests
    assert test.compared == "现为 2.50 亿元, 要求 ≤ 2.00 亿元, 差 5,000.00 万元"


def test_too_low_a_score_fails_unless_a_direct_route_is_open() -> None:
    poor = {"rd_deductible": 0, "ip_class1": 0}
    score = shown(**poor)
    assert (score.verdict, score.total) == ("fail", "20") and [one.label for one in score.failing][-1] == "综合评价达标"
    score = shown(**poor, provincial_rd_institution=True)
    assert score.verdict == "pass" and score.failing == []
    routes = [(one.mark.tone, one.label) for one in score.routes[0].tests]
    assert len(routes) == 4 and routes[2][0] == "good" and shown(**poor, hte=True).verdict == "pass"


@pytest.mark.parametrize(
    ("day", "founded", "character", "is_open"),
    [
        (dt.date(2026, 5, 31), dt.date(2015, 5, 20), "0", False), (dt.date(2026, 6, 1), dt.date(2015, 5, 20), "A", True),
        (dt.date(2026, 8, 31), dt.date(2015, 5, 20), "A", True), (dt.date(2026, 9, 1), dt.date(2015, 5, 20), "A", False),
        (dt.date(2026, 6, 1), dt.date(2026, 1, 5), "B", True),
    ],
)  # fmt: skip
def test_the_day_decides_the_eleventh_character_and_the_window(
    day: dt.date, founded: dt.date, character: str, is_open: bool
) -> None:
    score = shown(on=day, established_on=founded)
    assert [value for label, value, _cites in score.outcomes if "第11位" in label] == [character]
    assert score.window is not None and score.window.open is is_open and score.window.first == "2026年6月1日"


def test_house_defaults_for_a_division_by_zero_are_told_only_where_they_decide() -> None:
    labels = [name for name, _why in shown().defaults]
    assert "科技人员占职工总数" not in labels and labels
    assert "科技人员占职工总数" in [name for name, _why in shown(employees=0, st_staff=0).defaults]


def test_quantities_round_up_what_is_to_be_reached() -> None:
    class Money:
        op, unit = "leaf", (("yuan", 1),)

    assert scoring.quantity(Money(), Fraction(100_01, 2), "元", up=True) == "50.01 元"  # type: ignore[arg-type]
    assert scoring.quantity(Money(), Fraction(100_01, 2), "万元", up=True) == "0.005001 万元"  # type: ignore[arg-type]
