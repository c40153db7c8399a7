"""The tax policies against a referee: exact fractions of a yuan, written by hand from the regulations, not from the policy files.

Every amount and outcome is compared on invented enterprises for each year coded. Where facts are missing or the law
leaves a question open, what the policy says must hold for every way in which the gap may be filled.
"""

from __future__ import annotations

import datetime as dt
import itertools
import math
from collections.abc import Callable, Iterator
from fractions import Fraction as Q
from random import Random
from typing import Any

import pytest

from tidui.facts.factset import FactSet
from tidui.policies.library import shelf
from tidui.rules import explain
from tidui.rules.answers import Answer
from tidui.rules.errors import NoVersion
from tidui.rules.values import NONE

Facts = dict[str, Any]

RD, LOSS, SMALL = "cn/rd-super-deduction", "cn/loss-carry-forward", "cn/small-low-profit"
INCOME, CARRIER = "cn/income-tax", "cn/carrier-tax"
#: Invented enterprises a year and test.
EXAMPLES = 100
ITEMS = (
    "tax_rd_staff_cost",
    "tax_rd_direct_input",
    "tax_rd_depreciation",
    "tax_rd_intangibles",
    "tax_rd_design_trials",
)


# ---------------------------------------------------------------------- the referee: super-deduction
def is_excluded(firm: Facts) -> bool:
    """Tobacco, hotels and catering, trade, real estate, leasing and business services, entertainment."""
    share = firm.get("excluded_industry_share")
    if share is not None:
        return bool(share > Q(1, 2))
    division = firm["industry"][:3]
    return division in {"C16", "F51", "F52", "H61", "H62", "K70", "L71", "L72", "R90"}


def is_entitled(firm: Facts) -> bool:
    entry = ("resident", "audit_collection", "sound_accounts", "collects_rd_costs")
    return all(firm[name] for name in entry) and not is_excluded(firm)


def rd_base(firm: Facts, year: int) -> Q:
    """What was spent on R&D in the year, as far as it may be counted."""
    five = sum((firm[name] for name in ITEMS), Q(0))
    other = firm["tax_rd_other"]
    if year >= 2021:
        other = min(other, (five + firm["tax_rd_capitalised_formed"]) / 9)
    at_home = five + other + firm["tax_rd_external_domestic"] * 8 / 10
    abroad = min(firm["tax_rd_external_overseas"] * 8 / 10, at_home * 2 / 3) if year >= 2018 else Q(0)
    return at_home + abroad


def rd_rate(firm: Facts, year: int) -> Q:
    """Percent of the add-on; in 2022 that of the first three quarters for those on 75 %."""
    if year >= 2023:
        return Q(120) if firm["ic_or_machine_tool"] else Q(100)
    if year in (2021, 2022) and firm["manufacturing_share"] >= Q(1, 2):
        return Q(100)
    if year == 2022 and firm["sme_zero_number_next_year"]:
        return Q(100)
    if year >= 2018 or (year == 2017 and firm["sme_zero_number_next_year"]):
        return Q(75)
    return Q(50)


def extra_deduction(firm: Facts, year: int) -> Q:
    if not is_entitled(firm):
        return Q(0)
    counted = rd_base(firm, year) + firm["tax_rd_amortised"]
    rate = rd_rate(firm, year)
    if year != 2022 or rate == 100:
        return counted * rate / 100
    months = firm["operating_months"]
    by_months = counted * min(3, months) / months if months else counted
    actual = firm.get("tax_rd_q4")
    fourth = by_months if actual is None else max(by_months, min(actual, counted))
    return (counted - fourth) * rate / 100 + fourth


# ---------------------------------------------------------------------- the referee: losses
def is_hte(firm: Facts, year: int) -> bool:
    said = firm["hte_in_year"].get(year)
    if said is not None:
        return bool(said)
    revoked = firm["hte_revoked_on"]
    for day in firm["hte_recognised_on"]:
        last = day.year + 2
        if revoked is not NONE and day.year <= revoked.year:
            last = min(last, revoked.year - 1)
        if day.year <= year <= last:
            return True
    return False


def loss_life(firm: Facts, arose: int, assessed: int) -> int:
    """For how many years a loss lives, as far as the year assessed can tell."""
    for year in range(max(arose + 1, 2018), min(arose + 5, assessed) + 1):
        if is_hte(firm, year) or firm["sme_number_in_year"][year]:
            return 10
    hard = ("G53", "G54", "G55", "G56", "G57", "G58", "H61", "H62", "L729", "N786", "R873", "R875", "R876")
    return 8 if arose == 2020 and firm["industry"].startswith(hard) else 5


def losses(firm: Facts, year: int) -> dict[str, Q]:
    """Usable and expiring losses; then, one loss after the other by expiry, what income takes and what lapses."""
    lots = []
    for arose, amount in firm["losses"]:
        last = arose + loss_life(firm, arose, year)
        if arose < year <= last:
            lots.append((last, arose, amount))
    income = max(Q(0), firm["adjusted_income"] - extra_deduction(firm, year))
    left, used, lapsing = income, Q(0), Q(0)
    for last, _, amount in sorted(lots):
        taken = min(left, amount)
        left, used = left - taken, used + taken
        lapsing += amount - taken if last == year else Q(0)
    usable = sum((amount for _, _, amount in lots), Q(0))
    expiring = sum((amount for last, _, amount in lots if last == year), Q(0))
    return {"usable_losses": usable, "expiring": expiring, "used": used, "lapsing": lapsing, "left": left}


# ---------------------------------------------------------------------- the referee: income tax
def final_income(firm: Facts, year: int) -> Q:
    return losses(firm, year)["left"]


def is_small(firm: Facts, year: int) -> bool:
    return bool(
        final_income(firm, year) <= 3_000_000
        and firm["employees_quarterly"] <= 300
        and firm["assets_quarterly"] <= 50_000_000
        and not firm["restricted_industry"]
    )


def slices_tax(income: Q, year: int) -> Q:
    """Percent of the slice to one million, and of that above it."""
    percents = {2019: (Q(5), Q(10)), 2020: (Q(5), Q(10)), 2021: (Q(5, 2), Q(10)), 2022: (Q(5, 2), Q(5))}
    first, second = percents.get(year, (Q(5), Q(5)))
    return min(income, Q(1_000_000)) * first / 100 + max(income - 1_000_000, Q(0)) * second / 100


def small_tax(firm: Facts, year: int) -> Q:
    income = final_income(firm, year)
    return slices_tax(income, year) if is_small(firm, year) else income * 25 / 100


def regimes(firm: Facts, year: int) -> dict[str, Q]:
    """The tax under every regime that the enterprise could be in; "hte" as if it held the status."""
    income = final_income(firm, year)
    half = min(income, firm["reduced_project_income"])
    rest = income - half
    found = {"ordinary": rest * 25 / 100 + half * 125 / 1000, "hte": rest * 15 / 100 + half * 125 / 1000}
    if firm["west_development"]:
        found["west"] = found["hte"]
    if is_small(firm, year):
        found["small"] = slices_tax(income, year)
    return found


def held_regimes(firm: Facts, year: int) -> dict[str, Q]:
    return {name: tax for name, tax in regimes(firm, year).items() if name != "hte" or is_hte(firm, year)}


def best_regime(firm: Facts, year: int) -> str:
    held = held_regimes(firm, year)
    return next(name for name in ("small", "west", "hte", "ordinary") if held.get(name) == min(held.values()))


def income_tax(firm: Facts, year: int) -> dict[str, Q]:
    ways = regimes(firm, year)
    without = min(tax for name, tax in ways.items() if name != "hte")
    return {
        "tax": min(held_regimes(firm, year).values()),
        "taxable_after": final_income(firm, year),
        "saving": max(Q(0), without - min(without, ways["hte"])),
    }


# ---------------------------------------------------------------------- the referee: carriers
#: The questions that the texts leave open, and in which years (None: always); an answer to all of them is one possible law.
OPEN: dict[str, Callable[[int], bool] | None] = {
    "earlier_provincial": None,
    "earlier_makerspace": None,
    "new_levels": None,
    "lease_2019_dearer": lambda year: year == 2019,
    "vat_2026": lambda year: year >= 2026,
    "levy_2026_lower": lambda year: year >= 2026,
}


def covers(kind: str, record: tuple[str, dt.date, dt.date | None], month: dt.date, law: dict[str, bool]) -> bool:
    """Whether a recognition gives relief in the month that begins on this day."""
    level, begun, ended = record
    if begun >= month or (ended is not None and ended < month):
        return False
    if level in ("standard", "excellence"):
        return law["new_levels"]
    early = begun <= dt.date(2018, 12, 31)
    if kind == "makerspace":
        return level == "national" and (not early or law["earlier_makerspace"])
    return level == "national" or not early or law["earlier_provincial"]


def months_covered(firm: Facts, year: int, law: dict[str, bool]) -> list[int]:
    days = [dt.date(year, month, 1) for month in range(1, 13)]
    records = firm["carrier_history"]
    return [day.month for day in days if any(covers(firm["carrier_kind"], r, day, law) for r in records)]


def carrier_vat(firm: Facts, year: int, months: list[int], law: dict[str, bool]) -> Q:
    services, lease = firm["service_income"], firm["lease_income"]
    simple = Q(3, 100) if year >= 2026 and law["levy_2026_lower"] else Q(5, 100)
    if firm["vat_taxpayer"] == "general":
        rate = Q(9, 100)
        if year == 2019 and set(months) & {1, 2, 3} and law["lease_2019_dearer"]:
            rate = Q(10, 100)
        if firm["lease_vat_method"] == "simple":
            rate = simple
        due = services * Q(6, 106) + lease * rate / (1 + rate)
        return max(Q(0), due - firm["input_vat_transferred_out"])
    levy = Q(1, 100) if year >= 2023 else Q(3, 100)
    net = services / (1 + levy) + lease / (1 + simple)
    allowed = {2019: 1_200_000, 2020: 1_200_000, 2021: 1_650_000, 2022: 1_800_000}.get(year, 1_200_000)
    if net <= allowed and firm["sales_revenue"] <= allowed:
        return Q(0)
    return services * levy / (1 + levy) + lease * simple / (1 + simple)


def counted_months(firm: Facts, year: int, law: dict[str, bool]) -> int:
    """The months that are given, or those of the recognitions; the whole year where there are none."""
    given: int | None = firm["months_exempt"]
    return given if given is not None else len(months_covered(firm, year, law)) or 12


def carrier_qualifies(firm: Facts, year: int, law: dict[str, bool]) -> bool:
    covered = bool(months_covered(firm, year, law)) and counted_months(firm, year, law) > 0
    return covered and bool(firm["separate_books"])


def carrier_tax(firm: Facts, year: int, law: dict[str, bool]) -> dict[str, Q]:
    months = counted_months(firm, year, law)
    part = Q(1, 2) if firm["half_relief"] else Q(1)
    by_value = firm["property_value_used"] * Q(70, 100) * Q(12, 1000) * months / 12
    property_tax: Q = (by_value + firm["property_rent"] * Q(12, 100)) * part
    land: Q = firm["land_area"] * firm["land_rate"] * months / 12 * part
    if not firm["owns_property"]:
        property_tax = land = Q(0)
    vat = carrier_vat(firm, year, months_covered(firm, year, law), law)
    free_of_vat = year <= 2025 or law["vat_2026"]
    relief = property_tax + land + (vat if free_of_vat else 0) if carrier_qualifies(firm, year, law) else Q(0)
    return {"property_tax": property_tax, "land_use_tax": land, "vat": vat, "relief": relief}


def every_law(year: int) -> list[dict[str, bool]]:
    """Every way in which the questions that are open in this year may be answered."""
    open_now = [name for name in OPEN if OPEN[name] is None or OPEN[name](year)]
    answers = itertools.product((False, True), repeat=len(open_now))
    return [dict.fromkeys(OPEN, False) | dict(zip(open_now, chosen, strict=True)) for chosen in answers]


# ---------------------------------------------------------------------- invented enterprises
INDUSTRIES = ("C3571", "C1610", "F5123", "H6110", "H6210", "K7010", "L7291", "L7110", "R9010", "I6510", "G5432", "G5990",
              "N7861", "R8760", "R8890")  # fmt: skip
SHARES = (Q(0), Q(1, 2), Q(4999, 10_000), Q(5001, 10_000), Q(1, 3), Q(1))


def yuan(rng: Random, *edges: int, most: int = 9_000_000) -> Q:
    """Whole fen: as often as not an edge of the law, or a fen to either side of it."""
    if rng.random() < 0.5:
        return Q(max(0, rng.choice((0, *edges)) * 100 + rng.randint(-1, 1)), 100)
    return Q(rng.randint(0, most * 100), 100)


def share(rng: Random) -> Q:
    return rng.choice((*SHARES, Q(rng.randint(0, 240_000), 240_000)))


def day(rng: Random) -> dt.date:
    return dt.date(2008, 1, 1) + dt.timedelta(days=rng.randint(0, 7_300))


def one_in(rng: Random, n: int) -> bool:
    return rng.randrange(n) == 0


def firm_of(rng: Random, year: int) -> Facts:
    """One enterprise with every fact that the income-tax rules read for this year."""
    entry = ("resident", "audit_collection", "sound_accounts", "collects_rd_costs")
    firm: Facts = {name: not one_in(rng, 12) for name in entry}
    costs = ("tax_rd_other", "tax_rd_external_domestic", "tax_rd_external_overseas", "tax_rd_capitalised_formed")
    firm.update({name: yuan(rng, 90_000, 100_000, most=500_000) for name in (*ITEMS, *costs, "tax_rd_amortised")})
    firm["industry"] = rng.choice(INDUSTRIES)
    firm["excluded_industry_share"] = share(rng) if one_in(rng, 2) else None
    firm["manufacturing_share"] = share(rng)
    for name in ("ic_or_machine_tool", "sme_zero_number_next_year", "west_development"):
        firm[name] = one_in(rng, 2)
    firm["restricted_industry"] = one_in(rng, 6)
    firm["operating_months"] = rng.randint(0, 12)
    firm["tax_rd_q4"] = yuan(rng, 90_000, most=500_000) if one_in(rng, 2) else None
    firm["reduced_project_income"] = yuan(rng, most=3_000_000)
    firm["employees_quarterly"] = rng.choice((Q(300), Q(300) + Q(1, 24), Q(299), Q(12)))
    firm["assets_quarterly"] = yuan(rng, 50_000_000, most=50_000_000)
    firm.update(standing(rng, year))
    ages = rng.sample(range(13), rng.randint(0, 5))
    firm["losses"] = [(year - age, yuan(rng, most=2_000_000) + Q(1, 100)) for age in ages]
    firm["adjusted_income"] = yuan(rng, 1_000_000, 3_000_000) * rng.choice((1, 1, 1, -1))
    if one_in(rng, 2):  # final income at an edge, once everything is taken off
        taken_off = extra_deduction(firm, year) + losses(firm, year)["usable_losses"]
        aim = yuan(rng, 1_000_000, 3_000_000, most=3_300_000)
        firm["adjusted_income"] = aim + Q(math.ceil(taken_off * 100), 100)
    return firm


def standing(rng: Random, year: int) -> Facts:
    """Numbers and certificates; in the year of a revocation no certificate follows it, as the measure demands."""
    span = range(year - 9, year + 1)
    certificates = tuple(sorted(day(rng) for _ in range(rng.randint(0, 2))))
    revoked: Any = day(rng) if one_in(rng, 2) else NONE
    if revoked is not NONE and any(c.year == revoked.year and c > revoked for c in certificates):
        revoked = NONE
    return {
        "sme_number_in_year": {y: one_in(rng, 5) for y in span},
        "hte_in_year": {y: rng.choice((None, None, False, True)) for y in span},
        "hte_recognised_on": certificates,
        "hte_revoked_on": revoked,
    }


def carrier_of(rng: Random, year: int) -> Facts:
    """One incubator, science park or makerspace with every fact that the carrier rules read for this year."""
    levels = ("national", "national", "provincial", "provincial", "standard", "excellence")
    firm: Facts = {"carrier_kind": rng.choice(("incubator", "science_park", "makerspace")), "carrier_history": []}
    for _ in range(rng.choice((0, 1, 1, 2, 3))):
        begun = rng.choice((day(rng), day(rng), dt.date(2018, 12, 31), dt.date(2019, 1, 1), dt.date(year, 1, 31)))
        ended = begun + dt.timedelta(days=rng.randint(0, 3_000)) if one_in(rng, 2) else None
        firm["carrier_history"].append((rng.choice(levels), begun, ended))
    firm["months_exempt"] = rng.choice((None, None, None, 0, 7, 12))
    for name in ("separate_books", "owns_property"):
        firm[name] = not one_in(rng, 6)
    firm["half_relief"] = one_in(rng, 2)
    firm["vat_taxpayer"] = rng.choice(("general", "small_scale"))
    firm["lease_vat_method"] = rng.choice(("general", "simple"))
    for name in ("property_value_used", "property_rent", "service_income", "lease_income"):
        firm[name] = yuan(rng, 600_000, 1_212_000, 1_236_000, 1_699_500, most=3_000_000)
    firm["input_vat_transferred_out"] = yuan(rng, most=100_000)
    firm["land_area"] = rng.randint(0, 500_000) * Q(1, 10)
    firm["land_rate"] = yuan(rng, most=30)
    firm["sales_revenue"] = yuan(rng, 1_200_000, 1_650_000, 1_800_000, most=4_000_000)
    return firm


def invented(make: Callable[[Random, int], Facts], year: int) -> Iterator[tuple[Random, Facts]]:
    """The same enterprises in every run, so that what fails can be run again."""
    for seed in range(EXAMPLES):
        rng = Random(f"{make.__name__} {year} {seed}")
        yield rng, make(rng, year)


# ---------------------------------------------------------------------- from the referee's facts to the policy's
MONEY = {*ITEMS, "tax_rd_other", "tax_rd_external_domestic", "tax_rd_external_overseas", "tax_rd_capitalised_formed",
         "tax_rd_amortised", "tax_rd_q4", "adjusted_income", "reduced_project_income", "assets_quarterly",
         "property_value_used", "property_rent", "service_income", "lease_income", "input_vat_transferred_out",
         "land_rate", "sales_revenue"}  # fmt: skip
ENTERPRISE = {"resident", "audit_collection", "sound_accounts", "collects_rd_costs", "industry", "hte_recognised_on",
              "hte_revoked_on", "carrier_kind"}  # fmt: skip


def record(**fields: Any) -> tuple[tuple[str, Any], ...]:
    return tuple(sorted((name, value) for name, value in fields.items()))


def as_facts(firm: Facts, year: int) -> FactSet:
    values: dict[tuple[str, int | None], Any] = {}
    for name, value in firm.items():
        if value is None:
            continue
        if name in ("sme_number_in_year", "hte_in_year"):
            values.update({(name, y): given for y, given in value.items() if given is not None})
        elif name == "losses":
            rows = tuple(record(year=arose, amount=int(amount * 100)) for arose, amount in value)
            values[name, year] = rows or NONE
        elif name == "carrier_history":
            rows = tuple(record(level=level, on=begun, until=ended or NONE) for level, begun, ended in value)
            values[name, None] = rows or NONE
        elif name == "hte_recognised_on":
            values[name, None] = value or NONE
        else:
            values[name, None if name in ENTERPRISE else year] = int(value * 100) if name in MONEY else value
    return FactSet.of(values)


def answer_of(policy: str, facts: FactSet, year: int) -> Answer:
    return shelf().explain(policy, facts, on=dt.date(year + 1, 5, 31), year=year)


def fen(amount: Q) -> int:
    """Rounded half up, once."""
    return math.floor(amount * 100 + Q(1, 2))


def agrees(answer: Answer, expected: dict[str, Q]) -> bool:
    """Whether every amount is known, and to the fen what the referee says."""
    return {name: answer.amount(name) for name in expected} == {
        name: (fen(value), fen(value), True) for name, value in expected.items()
    }


def without_some(rng: Random, facts: FactSet, kept: tuple[str, ...]) -> FactSet:
    """The same facts but for a few that are unknown."""
    removable = sorted((name, year or 0) for name, year in facts if name not in kept)
    return facts.with_values({(name, year or None): None for name, year in rng.sample(removable, rng.randint(1, 4))})


def within(answer: Answer, name: str, value: Q) -> bool:
    low, high, exact = answer.amount(name)
    inside = (low is None or low <= fen(value)) and (high is None or fen(value) <= high)
    return inside and (not exact or low == fen(value))


# ---------------------------------------------------------------------- the proofs
@pytest.mark.parametrize("year", range(2016, 2028))
def test_super_deduction_agrees_with_the_referee(year: int) -> None:
    for _, firm in invented(firm_of, year):
        answer = answer_of(RD, as_facts(firm, year), year)
        eligible = rd_base(firm, year) if is_entitled(firm) else Q(0)
        assert agrees(answer, {"eligible": eligible, "extra_deduction": extra_deduction(firm, year)}), firm
        assert answer.verdict("verdict") == ("pass" if is_entitled(firm) else "fail"), firm
        assert answer.number("rate").exact == rd_rate(firm, year) / 100, firm


@pytest.mark.parametrize("year", range(2016, 2028))
def test_losses_agree_with_a_simulation_lot_by_lot(year: int) -> None:
    for _, firm in invented(firm_of, year):
        expected = losses(firm, year)
        del expected["left"]
        assert agrees(answer_of(LOSS, as_facts(firm, year), year), expected), firm


@pytest.mark.parametrize("year", range(2019, 2028))
def test_small_low_profit_agrees_with_the_referee(year: int) -> None:
    for _, firm in invented(firm_of, year):
        answer = answer_of(SMALL, as_facts(firm, year), year)
        assert agrees(answer, {"tax": small_tax(firm, year)}), firm
        assert answer.verdict("verdict") == ("pass" if is_small(firm, year) else "fail"), firm


@pytest.mark.parametrize("year", range(2019, 2028))
def test_income_tax_agrees_with_the_referee(year: int) -> None:
    for _, firm in invented(firm_of, year):
        answer = answer_of(INCOME, as_facts(firm, year), year)
        assert agrees(answer, income_tax(firm, year)), firm
        assert explain.outcome(answer, answer.program.rules["regime"]) == best_regime(firm, year), firm


@pytest.mark.parametrize("year", range(2019, 2028))
def test_carrier_tax_agrees_with_the_referee_under_every_reading_of_open_questions(year: int) -> None:
    for _, firm in invented(carrier_of, year):
        answer = answer_of(CARRIER, as_facts(firm, year), year)
        readings = [carrier_tax(firm, year, law) for law in every_law(year)]
        months = {tuple(months_covered(firm, year, law)) for law in every_law(year)}
        settled = len(months) == 1 and all(reading == readings[0] for reading in readings)
        for name in ("property_tax", "land_use_tax", "vat", "relief"):
            assert all(within(answer, name, value) for value in {reading[name] for reading in readings}), (name, firm)
            assert answer.amount(name)[2] or not settled, (name, firm)
        verdicts = {"pass" if carrier_qualifies(firm, year, law) else "fail" for law in every_law(year)}
        assert answer.verdict("verdict") == (verdicts.pop() if len(verdicts) == 1 else "unknown"), firm


@pytest.mark.parametrize("year", [2019, 2021, 2022, 2023, 2027])
def test_what_is_said_with_facts_missing_holds_whatever_they_are(year: int) -> None:
    # These have a reading of their own when absent, so taking them away changes the case.
    kept = ("excluded_industry_share", "tax_rd_q4", "hte_in_year")
    for rng, firm in invented(firm_of, year):
        blank = without_some(rng, as_facts(firm, year), kept)
        known: dict[str, dict[str, Q]] = {
            RD: {"extra_deduction": extra_deduction(firm, year)},
            LOSS: {name: losses(firm, year)[name] for name in ("usable_losses", "expiring", "used", "lapsing")},
            SMALL: {"tax": small_tax(firm, year)},
            INCOME: income_tax(firm, year),
        }
        for policy, amounts in known.items():
            answer = answer_of(policy, blank, year)
            assert all(within(answer, name, value) for name, value in amounts.items()), (
                policy,
                blank.to_mapping(),
                firm,
            )
        entitled = "pass" if is_entitled(firm) else "fail"
        assert answer_of(RD, blank, year).verdict("verdict") in ("unknown", entitled), firm


@pytest.mark.parametrize("year", [2019, 2022, 2026])
def test_what_is_said_of_a_carrier_with_facts_missing_holds_whatever_they_are(year: int) -> None:
    for rng, firm in invented(carrier_of, year):
        answer = answer_of(CARRIER, without_some(rng, as_facts(firm, year), ("months_exempt",)), year)
        for law in every_law(year):
            amounts = carrier_tax(firm, year, law)
            assert all(within(answer, name, value) for name, value in amounts.items()), firm
            verdict = "pass" if carrier_qualifies(firm, year, law) else "fail"
            assert answer.verdict("verdict") in ("unknown", verdict), firm


@pytest.mark.parametrize(
    ("policy", "first"), [(RD, 2016), (LOSS, 2016), (SMALL, 2019), (INCOME, 2019), (CARRIER, 2019)]
)
def test_a_year_that_is_not_coded_refuses(policy: str, first: int) -> None:
    for year in (first - 1, 2028):
        with pytest.raises(NoVersion):
            answer_of(policy, FactSet(), year)


@pytest.mark.parametrize("policy", [RD, LOSS, SMALL, INCOME, CARRIER])
def test_nothing_is_known_of_an_enterprise_without_facts(policy: str) -> None:
    answer = answer_of(policy, FactSet(), 2023)
    amounts = answer.program.of_kind("amount")
    assert amounts
    assert all(not answer.amount(built.rule.id)[2] for built in amounts)
