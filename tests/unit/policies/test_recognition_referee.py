"""A second opinion on the recognition policies, worked by hand from the regulations in exact fractions.

Nothing here is read from the policy files. Each rule is written again, straight from the published measures, as a
plain function of known facts; the engine's reading of the YAML must agree on every generated enterprise, ties
included, and must never contradict it when facts are taken away.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tidui.facts.factset import FactSet
from tidui.policies.library import shelf
from tidui.rules.answers import Answer
from tidui.rules.values import NONE

WAN = 10_000 * 100  # fen
YUAN = 100  # fen
SOME = settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
DAYS = {
    "cn/tech-sme": [dt.date(2019, 4, 30), dt.date(2023, 6, 1), dt.date(2025, 7, 1)],
    "cn/hte": [dt.date(2017, 8, 1), dt.date(2024, 2, 29), dt.date(2025, 9, 30)],
    "gansu/provincial-innovative": [dt.date(2022, 5, 10), dt.date(2024, 6, 1)],
}
#: Facts whose absence a policy reads in its own way (a revocation not on record, a fall-back); they are never dropped.
KEPT = {
    "hte_revoked_on", "sme_revoked_on", "sme_barred_until", "excluded_industry_share", "restricted_industry",
    "rd_expense", "rd_expense_domestic", "rd_deductible", "hte_recognised_on",
}  # fmt: skip


@dataclass
class Firm:
    """All facts known; `marks` holds what a panel has given, and only that."""

    on: dt.date
    facts: dict[str, Any]
    years: dict[int, dict[str, Any]]
    marks: dict[str, Fraction] = field(default_factory=dict)

    @property
    def assessed(self) -> int:
        return self.on.year if self.facts["established_on"].year >= self.on.year else self.on.year - 1

    def figure(self, name: str, back: int = 0) -> Any:
        return self.years[self.assessed - back][name]

    def existing(self, most: int) -> list[int]:
        """How far back the fiscal years that exist lie, the latest first."""
        first = self.facts["established_on"].year
        return [back for back in range(most) if self.assessed - back >= first]

    def factset(self, without: frozenset[tuple[str, int | None]] = frozenset()) -> FactSet:
        values: dict[tuple[str, int | None], Any] = {(name, None): value for name, value in self.facts.items()}
        values |= {(name, None): mark for name, mark in self.marks.items()}
        values |= {(name, year): value for year, row in self.years.items() for name, value in row.items()}
        return FactSet.of({key: value for key, value in values.items() if key not in without})


# ---------------------------------------------------------------------- what the regulations say
def quotient(top: Any, bottom: Any) -> Fraction:
    return Fraction(top) / Fraction(bottom) if bottom else Fraction(0)


def hte_in_force(firm: Firm) -> bool:
    until, revoked, dates = (firm.facts[n] for n in ("hte_valid_until", "hte_revoked_on", "hte_recognised_on"))
    if until is NONE or until < firm.on:
        return False
    if revoked is NONE or revoked > firm.on:
        return True
    return bool(dates) and max(dates) > revoked


def revoked_in_the_year(firm: Firm, name: str) -> bool:
    day = firm.facts[name]
    return day is not NONE and day <= firm.on and day.year == firm.on.year


def in_two_years(firm: Firm, name: str) -> bool:
    return any(dt.date(firm.on.year - 1, 1, 1) <= day <= firm.on for day in firm.facts[name])


def sme_staff(firm: Firm) -> int:
    share = quotient(firm.figure("st_staff"), firm.figure("employees"))
    percent = [(30, 20), (25, 16), (20, 12), (15, 8), (10, 4)]
    return next((points for least, points in percent if share * 100 >= least), 0)


def sme_rd(firm: Firm) -> int:
    spent = firm.figure("rd_deductible")
    of_sales, of_cost = (quotient(spent, firm.figure(n)) * 100 for n in ("sales_revenue", "total_cost"))
    first = next((points for least, points in [(6, 50), (5, 40), (4, 30), (3, 20), (2, 10)] if of_sales >= least), 0)
    other = next(
        (points for least, points in [(30, 50), (25, 40), (20, 30), (15, 20), (10, 10)] if of_cost >= least), 0
    )
    return max(first, other)


def sme_ip(firm: Firm) -> int:
    return 30 if firm.facts["ip_class1"] >= 1 else min(firm.facts["ip_class2"], 4) * 6


def sme(firm: Firm) -> dict[str, Any]:
    """Measure 国科发政〔2017〕115号; from 2022 with the guide 国科火字〔2022〕67号."""
    facts, guided = firm.facts, firm.on.year >= 2022
    staff, rd, ip = sme_staff(firm), sme_rd(firm), sme_ip(firm)
    size = (
        firm.figure("employees") <= 500
        and firm.figure("sales_revenue") <= 20_000 * WAN
        and firm.figure("total_assets") <= 20_000 * WAN
    )
    windows = ["major_incidents", "research_dishonesty", *(["serious_fraud"] if guided else [])]
    clean = not any(in_two_years(firm, name) for name in windows)
    clean = clean and not facts["abnormal_listed"] and not facts["dishonesty_listed"]
    direct = (
        hte_in_force(firm)
        or facts["national_award_top3"] or facts["provincial_rd_institution"] or facts["standard_lead"]
    )  # fmt: skip
    scored = staff + rd + ip >= 60 and staff != 0
    holds = facts["resident"] and size and not facts["prohibited_products"] and clean
    holds = holds and not revoked_in_the_year(firm, "sme_revoked_on") and (direct or scored)
    if guided:
        books = ("sound_accounts", "audit_collection", "collects_rd_costs", "pays_income_tax")
        barred = facts["sme_barred_until"] is not NONE and facts["sme_barred_until"] >= firm.on
        holds = holds and all(facts[name] for name in books) and not barred
        holds = holds and firm.figure("excluded_industry_share") * 2 <= 1 and not firm.figure("restricted_industry")
    return {
        "verdict": verdict(holds), "size": verdict(size), "clean": verdict(clean),
        "scored": "not_needed" if direct else verdict(scored), "staff": staff, "rd": rd, "ip": ip,
        "score": staff + rd + ip,
    }  # fmt: skip


def verdict(holds: bool) -> str:
    return "pass" if holds else "fail"


def hte_rd(firm: Firm, back: int) -> tuple[Fraction, Fraction]:
    """R&D of a year on the HTE basis, all and domestic: given, or from its eight items."""
    row = firm.years[firm.assessed - back]
    if "rd_expense" in row:
        return Fraction(row["rd_expense"]), Fraction(row["rd_expense_domestic"])
    six = sum(row[f"rd_{name}"] for name in ("staff_cost", "direct_input", "depreciation", "intangibles", "design", "testing"))  # fmt: skip
    other = min(Fraction(row["rd_other"]), Fraction(six, 4))  # 20 % of a whole of which the six are 80 %
    home = six + other + Fraction(8, 10) * row["rd_external_domestic"]
    return home + Fraction(8, 10) * row["rd_external_overseas"], home


def growth_band(values: list[int]) -> tuple[int, int]:
    """Two or three year-end figures, the earliest first: the band of growth marks."""
    if len(values) < 2 or values[-2] == 0 or any(value < 0 for value in values):
        return 0, 0
    if len(values) == 2 or values[0] == 0:
        growth = Fraction(values[-1], values[-2]) - 1
    else:
        growth = (Fraction(values[1], values[0]) + Fraction(values[2], values[1])) / 2 - 1
    for least, band in [(35, (9, 10)), (25, (7, 8)), (15, (5, 6)), (5, (3, 4))]:
        if growth * 100 >= least:
            return band
    return (1, 2) if growth > 0 else (0, 0)


def count_band(first: int, second: int) -> tuple[int, int]:
    if first >= 1:
        return 7, 8
    if second >= 5:
        return 5, 6
    return (3, 4) if second >= 3 else (1, 2) if second >= 1 else (0, 0)


def conversion_band(firm: Firm) -> tuple[int, int]:
    backs = firm.existing(3)
    mean = quotient(sum(firm.figure("conversions", back) for back in backs), len(backs))
    bands = [(5, (25, 30)), (4, (19, 24)), (3, (13, 18)), (2, (7, 12)), (1, (1, 6))]
    return next((band for least, band in bands if mean >= least), (0, 0))


def hte_parts(firm: Firm) -> dict[str, tuple[Fraction, Fraction]]:
    """The twelve indicators: the panel's mark, otherwise the band that the facts allow."""
    facts, backs = firm.facts, firm.existing(3)
    items = facts["ip_class1"] + facts["ip_class2_unused"]
    obtained = (0, 0) if items == 0 else (1, 6) if facts["self_developed_ip"] else (1, 3)
    bands = {
        "tech_advancement": (0, 8), "core_support": (0, 8),
        "ip_count_marks": count_band(facts["ip_class1"], facts["ip_class2_unused"]), "ip_acquisition": obtained,
        "standards_bonus": (1, 2) if facts["standards_drafted"] else (0, 0), "conversion_marks": conversion_band(firm),
        "rd_management": (0, 6), "rd_institution": (0, 6), "rd_incentives": (0, 4), "rd_talent": (0, 4),
        "net_asset_growth_marks": growth_band([firm.figure("net_assets", back) for back in reversed(backs)]),
        "sales_growth_marks": growth_band([firm.figure("sales_revenue", back) for back in reversed(backs)]),
    }  # fmt: skip
    given_marks = {name: (mark, mark) for name, mark in firm.marks.items()}
    return {name: (Fraction(low), Fraction(high)) for name, (low, high) in {**bands, **given_marks}.items()}


def hte_score(parts: dict[str, tuple[Fraction, Fraction]]) -> tuple[Fraction, Fraction]:
    property_names = ["tech_advancement", "core_support", "ip_count_marks", "ip_acquisition", "standards_bonus"]
    ends = []
    for end in (0, 1):
        intellectual = min(Fraction(30), sum((parts[name][end] for name in property_names), Fraction(0)))
        ends.append(intellectual + sum(parts[name][end] for name in parts if name not in property_names))
    return ends[0], ends[1]


def hte(firm: Firm) -> dict[str, Any]:
    """Measure 国科发火〔2016〕32号 and guide 国科发火〔2016〕195号."""
    facts, backs = firm.facts, firm.existing(3)
    parts = hte_parts(firm)
    low, high = hte_score(parts)
    spent = [hte_rd(firm, back) for back in backs]
    all_rd, home_rd = (sum((pair[n] for pair in spent), Fraction(0)) for n in (0, 1))
    sales = sum(firm.figure("sales_revenue", back) for back in backs)
    latest = firm.figure("sales_revenue")
    needed = 5 if latest <= 5_000 * WAN else 4 if latest <= 20_000 * WAN else 3
    conditions = {
        "registered": (firm.on - facts["established_on"]).days >= 365,
        "in_field": facts["field"] is not NONE,
        "staff_share": quotient(firm.figure("st_staff"), firm.figure("employees")) * 10 >= 1,
        "rd_share": quotient(all_rd, sales) * 100 >= needed,
        "rd_in_china": quotient(home_rd, all_rd) * 100 >= 60,
        "high_tech_share": quotient(firm.figure("high_tech_income"), firm.figure("total_income")) * 100 >= 60,
        "clean": not any(0 <= (firm.on - day).days <= 365 for day in facts["major_incidents"]),
    }
    owns = facts["core_ip"] and facts["ip_class1"] + facts["ip_class2"] >= 1
    rest = facts["resident"] and owns and not revoked_in_the_year(firm, "hte_revoked_on")
    innovative = "pass" if low > 70 else "fail" if high <= 70 else "unknown"
    whole = verdict(False) if not (rest and all(conditions.values())) else innovative
    return {
        "verdict": whole, "innovative": innovative, "score": (low, high),
        **{name: verdict(holds) for name, holds in conditions.items()}, **parts,
    }  # fmt: skip


def provincial(firm: Firm) -> dict[str, Any]:
    """甘科高规〔2024〕1号, with the house's bands; the version of 2021 takes the same conditions."""
    facts, backs = firm.facts, firm.existing(2)
    spent = sum((hte_rd(firm, back)[0] for back in backs), Fraction(0))
    sales, latest = sum(firm.figure("sales_revenue", back) for back in backs), firm.figure("sales_revenue")
    needed = 5 if latest <= 5_000 * WAN else 4 if latest <= 20_000 * WAN else 3
    conditions = {
        "in_gansu": facts["division"].startswith("62"),
        "registered": (firm.on - facts["established_on"]).days >= 365,
        "not_yet_hte": not hte_in_force(firm),
        "in_field": facts["field"] is not NONE,
        "ip_owned": facts["core_ip"] and facts["ip_class1"] + facts["ip_class2"] >= 1,
        "staff_share": quotient(firm.figure("st_staff"), firm.figure("employees")) * 10 >= 1,
        "rd_share": quotient(spent, sales) * 100 >= needed,
    }
    books = all(facts[n] for n in ("resident", "sound_accounts", "audit_collection", "collects_rd_costs"))
    return {
        "verdict": verdict(books and all(conditions.values())),
        **{name: verdict(bool(holds)) for name, holds in conditions.items()},
    }


REFEREES = {"cn/tech-sme": sme, "cn/hte": hte, "gansu/provincial-innovative": provincial}


# ---------------------------------------------------------------------- invented enterprises, many of them on a line
MARKS = {
    "tech_advancement": 8, "core_support": 8, "ip_count_marks": 8, "ip_acquisition": 6, "standards_bonus": 2,
    "conversion_marks": 30, "rd_management": 6, "rd_institution": 6, "rd_incentives": 4, "rd_talent": 4,
    "net_asset_growth_marks": 10, "sales_growth_marks": 10,
}  # fmt: skip
mostly_true = st.sampled_from([True] * 9 + [False])
mostly_false = st.sampled_from([False] * 9 + [True])
amounts = st.one_of(
    st.sampled_from([0, 5_000 * WAN, 5_000 * WAN + 1, 20_000 * WAN, 20_000 * WAN + 1, 20_000 * WAN - 1]),
    st.integers(0, 30_000 * WAN),
    st.integers(1, 3_000).map(lambda wan: wan * WAN),
)


def near(total: int, percents: list[int]) -> st.SearchStrategy[int]:
    """A part of a total: on a line, a fen beside it, or anywhere."""
    on_a_line = st.sampled_from(percents).map(lambda percent: -(-total * percent // 100))
    beside = st.tuples(on_a_line, st.sampled_from([-1, 0, 0, 1])).map(lambda pair: max(0, sum(pair)))
    return st.one_of(beside, beside, st.integers(0, max(total, 1)))


@st.composite
def year_figures(draw: st.DrawFn, by_items: bool) -> dict[str, Any]:
    """One fiscal year's figures."""
    sales, cost, income = draw(amounts), draw(amounts), draw(amounts)
    employees = draw(st.one_of(st.sampled_from([0, 10, 20, 100, 500, 501, Fraction(1001, 2)]), st.integers(1, 600)))
    staff = Fraction(employees) * draw(st.sampled_from([0, 9, 10, 15, 20, 25, 29, 30, 31, 60])) / 100
    row: dict[str, Any] = {
        "sales_revenue": sales, "total_cost": cost, "total_income": income, "employees": employees, "st_staff": staff,
        "high_tech_income": draw(near(income, [60])), "total_assets": draw(amounts),
        "net_assets": draw(st.one_of(amounts, st.integers(-5 * WAN, 5 * WAN))), "conversions": draw(st.integers(0, 8)),
        "rd_deductible": draw(st.one_of(near(sales, [2, 3, 4, 5, 6]), near(cost, [10, 15, 20, 25, 30]))),
        "excluded_industry_share": draw(st.sampled_from([Fraction(0), Fraction(0), Fraction(1, 2), Fraction(501, 1000)])),
        "restricted_industry": draw(mostly_false),
    }  # fmt: skip
    if by_items:
        row |= draw(rd_items(sales))
    else:
        row["rd_expense"] = draw(near(sales, [3, 4, 5]))
        row["rd_expense_domestic"] = min(row["rd_expense"], draw(near(row["rd_expense"], [60, 60, 100])))
    return row


@st.composite
def rd_items(draw: st.DrawFn, sales: int) -> dict[str, int]:
    names = ["staff_cost", "direct_input", "depreciation", "intangibles", "design", "testing"]
    six = draw(near(sales, [3, 4, 5]))
    row = {f"rd_{name}": six // 6 for name in names}
    row["rd_staff_cost"] += six % 6
    row["rd_other"] = draw(st.one_of(st.just(six // 4), st.just(six // 4 + 1), st.integers(0, six + 1)))
    row["rd_external_domestic"] = draw(st.integers(0, six + 1))
    row["rd_external_overseas"] = draw(st.one_of(st.just(0), st.integers(0, 2 * six + 1)))
    return row


def dates(on: dt.date) -> st.SearchStrategy[dt.date]:
    """Days that matter to windows: their ends and the days beside them."""
    ends = [on, on - dt.timedelta(365), dt.date(on.year - 1, 1, 1), dt.date(on.year, 1, 1)]
    days = [end + dt.timedelta(step) for end in ends for step in (-1, 0, 1)]
    return st.one_of(st.sampled_from(days), st.dates(dt.date(2010, 1, 1), dt.date(on.year + 3, 12, 31)))


def optional(day: st.SearchStrategy[dt.date], chance: int) -> st.SearchStrategy[Any]:
    return st.one_of(*[st.just(NONE)] * chance, day)


@st.composite
def firms(draw: st.DrawFn, on: dt.date) -> Firm:
    day = dates(on)
    few = st.one_of(*[st.just(())] * 6, st.lists(day, min_size=1, max_size=2).map(lambda days: tuple(sorted(days))))
    young = st.sampled_from([on - dt.timedelta(364), on - dt.timedelta(365), on - dt.timedelta(366)])
    old = st.dates(dt.date(on.year - 4, 1, 1), on)
    second = draw(st.integers(0, 7))
    facts: dict[str, Any] = {
        "established_on": draw(st.one_of(young, old, old, st.just(dt.date(2009, 5, 5)))),
        "division": draw(st.sampled_from(["620102", "620102", "620921", "610102"])),
        "industry": draw(st.sampled_from(["C3571", "I6513"])),
        "field": draw(st.sampled_from(["801", "801", "101", "801", NONE])),
        "ip_class1": draw(st.sampled_from([0, 0, 1, 2])), "ip_class2": second,
        "ip_class2_unused": draw(st.integers(0, second)),
        "hte_recognised_on": draw(few), "hte_valid_until": draw(optional(day, 3)),
        "hte_revoked_on": draw(optional(day, 5)), "sme_revoked_on": draw(optional(day, 8)),
        "sme_barred_until": draw(optional(day, 8)),
    }  # fmt: skip
    facts |= {name: draw(few) for name in ("major_incidents", "serious_fraud", "research_dishonesty")}
    for name in ("resident", "audit_collection", "sound_accounts", "collects_rd_costs", "pays_income_tax", "core_ip"):
        facts[name] = draw(mostly_true)
    for name in ("prohibited_products", "abnormal_listed", "dishonesty_listed", "national_award_top3",
                 "provincial_rd_institution", "standard_lead", "standards_drafted"):  # fmt: skip
        facts[name] = draw(mostly_false)
    facts["self_developed_ip"] = draw(st.booleans())
    # The facts hold together: a certificate was issued once, and core property is some property.
    if facts["hte_valid_until"] is not NONE and not facts["hte_recognised_on"]:
        facts["hte_recognised_on"] = (facts["hte_valid_until"] - dt.timedelta(days=1_095),)
    facts["core_ip"] = facts["core_ip"] and facts["ip_class1"] + second >= 1
    first = max(facts["established_on"].year, on.year - 3)
    years = {year: draw(year_figures(draw(st.booleans()))) for year in range(first, on.year + 1)}
    return Firm(on, facts, years, draw(panel()))


@st.composite
def panel(draw: st.DrawFn) -> dict[str, Fraction]:
    """No marks, all marks, or some; means over three experts among them."""
    share = draw(st.sampled_from([0, 0, 5, 10, 10]))
    marks = {}
    for name, most in MARKS.items():
        if draw(st.integers(0, 9)) < share:
            marks[name] = Fraction(most) if draw(st.booleans()) else Fraction(draw(st.integers(0, 3 * most)), 3)
    return marks


# ---------------------------------------------------------------------- the comparison
def ask(policy: str, firm: Firm, without: frozenset[tuple[str, int | None]] = frozenset()) -> Answer:
    explainer = shelf().explainer(policy, on=firm.on, year=firm.assessed)
    return explainer(firm.factset(without), on=firm.on, year=firm.assessed)


def said(answer: Answer, name: str, expected: Any) -> Any:
    """The engine's result in the referee's form."""
    if isinstance(expected, str):
        return answer.verdict(name)
    found = answer.number(name)
    return (found.low, found.high) if isinstance(expected, tuple) else found.exact


@st.composite
def nearly_good(draw: st.DrawFn, on: dt.date) -> Firm:
    """An enterprise that qualifies everywhere, but for a few facts of another: these are what decides."""
    good, other = plain_firm(), draw(firms(on))
    names = st.lists(st.sampled_from(sorted(good.facts)), max_size=3)
    facts = good.facts | {name: other.facts[name] for name in draw(names)}
    first = max(facts["established_on"].year, on.year - 3)
    rows = {year: dict(good.years[2022]) for year in range(first, on.year + 1)}
    for year in draw(st.lists(st.sampled_from(sorted(rows)), max_size=1)):
        rows[year] = other.years.get(year, rows[year])
    return Firm(on, facts, rows, draw(st.sampled_from([good.marks, other.marks])))


def cases(policy: str) -> st.SearchStrategy[Firm]:
    return st.sampled_from(DAYS[policy]).flatmap(lambda on: st.one_of(firms(on), nearly_good(on)))


@pytest.mark.parametrize("policy", list(REFEREES))
def test_the_engine_agrees_with_the_referee_on_every_condition_part_and_verdict(policy: str) -> None:
    @SOME
    @given(cases(policy))
    def check(firm: Firm) -> None:
        expected = REFEREES[policy](firm)
        answer = ask(policy, firm)
        assert {name: said(answer, name, value) for name, value in expected.items()} == expected

    check()


@pytest.mark.parametrize("policy", list(REFEREES))
def test_taking_facts_away_never_contradicts_what_all_the_facts_say(policy: str) -> None:
    @SOME
    @given(cases(policy), st.data())
    def check(firm: Firm, data: st.DataObject) -> None:
        expected = REFEREES[policy](firm)
        names = [key for key in firm.factset().values if key[0] not in KEPT and key[0] not in MARKS]
        gone = frozenset(data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=12)))
        answer = ask(policy, firm, gone)
        for name, whole in expected.items():
            contradicts(said(answer, name, whole if not isinstance(whole, int) else (whole, whole)), whole, name)

    check()


def contradicts(found: Any, whole: Any, name: str) -> None:
    if isinstance(whole, str):
        assert found in (whole, "unknown") or "not_needed" in (found, whole), name
        return
    low, high = whole if isinstance(whole, tuple) else (whole, whole)
    assert found[0] is None or found[0] <= low, name
    assert found[1] is None or found[1] >= high, name


# ---------------------------------------------------------------------- the referee's own lines, said once in words
def plain_firm(**changes: Any) -> Firm:
    """An enterprise that qualifies everywhere, of three years, founded long before."""
    on = dt.date(2023, 6, 1)
    facts: dict[str, Any] = {
        "established_on": dt.date(2010, 1, 1), "division": "620102", "industry": "C3571", "field": "801",
        "ip_class1": 1, "ip_class2": 0, "ip_class2_unused": 0, "hte_recognised_on": (), "hte_valid_until": NONE,
        "hte_revoked_on": NONE, "sme_revoked_on": NONE, "sme_barred_until": NONE, "major_incidents": (),
        "serious_fraud": (), "research_dishonesty": (), "resident": True, "audit_collection": True,
        "sound_accounts": True, "collects_rd_costs": True, "pays_income_tax": True, "core_ip": True,
        "prohibited_products": False, "abnormal_listed": False, "dishonesty_listed": False,
        "national_award_top3": False, "provincial_rd_institution": False, "standard_lead": False,
        "standards_drafted": False, "self_developed_ip": True,
    }  # fmt: skip
    row = {
        "sales_revenue": 1_000 * WAN, "total_cost": 900 * WAN, "total_income": 1_000 * WAN,
        "high_tech_income": 600 * WAN, "total_assets": 1_000 * WAN, "net_assets": 500 * WAN, "employees": 100,
        "st_staff": 10, "conversions": 5, "rd_expense": 50 * WAN, "rd_expense_domestic": 30 * WAN,
        "rd_deductible": 60 * WAN, "excluded_industry_share": Fraction(0), "restricted_industry": False,
    }  # fmt: skip
    marks = {name: Fraction(most) for name, most in MARKS.items()}
    marks |= {"net_asset_growth_marks": Fraction(0), "sales_growth_marks": Fraction(0), "rd_management": Fraction(0)}
    firm = Firm(on, facts, {year: dict(row) for year in (2020, 2021, 2022)}, marks)
    for name, value in changes.items():
        (firm.marks if name in MARKS else facts if name in facts else firm.years[2022])[name] = value
    return firm


@pytest.mark.parametrize(
    ("policy", "changes", "expected"),
    [
        ("cn/hte", {}, "pass"),
        ("cn/hte", {"st_staff": Fraction(999, 100)}, "fail"),
        ("cn/hte", {"high_tech_income": 600 * WAN - 1}, "fail"),
        ("cn/hte", {"rd_expense": 50 * WAN - 1}, "fail"),
        ("cn/hte", {"rd_expense_domestic": 30 * WAN - 1}, "fail"),
        ("cn/hte", {"established_on": dt.date(2022, 6, 2)}, "fail"),
        ("cn/hte", {"rd_institution": Fraction(2)}, "fail"),
        ("cn/hte", {"rd_institution": Fraction(3)}, "pass"),
        ("cn/hte", {"conversion_marks": Fraction(26)}, "fail"),
        ("cn/hte", {"conversion_marks": Fraction(79, 3)}, "pass"),
        ("cn/tech-sme", {}, "pass"),
        ("cn/tech-sme", {"rd_deductible": 60 * WAN - 1, "ip_class1": 0, "ip_class2": 2}, "fail"),
        ("cn/tech-sme", {"st_staff": Fraction(999, 100)}, "fail"),
        ("gansu/provincial-innovative", {}, "pass"),
        ("gansu/provincial-innovative", {"division": "630102"}, "fail"),
        ("gansu/provincial-innovative", {"hte_valid_until": dt.date(2023, 6, 1)}, "fail"),
        ("gansu/provincial-innovative", {"hte_valid_until": dt.date(2023, 5, 31)}, "pass"),
    ],
)
def test_both_say_the_same_on_a_line_and_a_fen_beside_it(policy: str, changes: dict[str, Any], expected: str) -> None:
    firm = plain_firm(**changes)
    assert (REFEREES[policy](firm)["verdict"], ask(policy, firm).verdict("verdict")) == (expected, expected)


# ---------------------------------------------------------------------- rewards: money that moves once
@st.composite
def rewarded(draw: st.DrawFn) -> tuple[dt.date, dict[str, Any]]:
    """A day and what recognition and finance have recorded, much of it around the ends of that year."""
    on = draw(st.dates(dt.date(2021, 1, 1), dt.date(2026, 12, 31)))
    edges = [dt.date(on.year, 1, 1), dt.date(on.year, 12, 31), on]
    around = [edge + dt.timedelta(step) for edge in edges for step in (-1, 0, 1)]
    day = st.one_of(st.sampled_from(around), st.dates(dt.date(2015, 1, 1), dt.date(2028, 1, 1)))
    kinds = st.sampled_from(["first", "again", "bank"])
    sums = st.sampled_from([50_000, 100_000, 199_999, 200_000, 300_000]).map(lambda yuan: yuan * YUAN)
    paid = st.tuples(sums, kinds, day).map(lambda one: (("amount", one[0]), ("kind", one[1]), ("on", one[2])))
    return on, {
        "hte_recognised_on": tuple(sorted(draw(st.lists(day, max_size=3, unique=True)))),
        "hte_revoked_on": draw(optional(day, 2)), "hte_bank_selected_on": draw(optional(day, 1)),
        "rewards_paid": tuple(draw(st.lists(paid, max_size=4))),
    }  # fmt: skip


def reward(on: dt.date, facts: dict[str, Any]) -> int:
    """What the year earned, kind by kind, less what was paid for it, in fen."""
    revoked = facts["hte_revoked_on"]
    stands = revoked is NONE or revoked > on or revoked.year < on.year
    recognised = [day.year for day in facts["hte_recognised_on"]]
    bank = facts["hte_bank_selected_on"]
    earned = {
        "first": 200_000 * YUAN if stands and recognised[:1] == [on.year] else 0,
        "again": 100_000 * YUAN if stands and on.year in recognised and recognised[0] < on.year else 0,
        "bank": 50_000 * YUAN if bank is not NONE and bank.year == on.year else 0,
    }
    for payment in map(dict, facts["rewards_paid"]):
        if payment["kind"] == "first" or payment["on"].year >= on.year:  # a first recognition is one in a life
            earned[payment["kind"]] -= payment["amount"]
    return sum(max(0, left) for left in earned.values())


@SOME
@given(rewarded())
def test_a_reward_is_what_the_year_earned_less_what_was_paid_for_it(drawn: tuple[dt.date, dict[str, Any]]) -> None:
    on, facts = drawn
    answer = shelf().explain("gansu/rewards", FactSet.of({(name, None): value for name, value in facts.items()}), on=on)
    assert answer.amount("reward") == (reward(on, facts), reward(on, facts), True)
