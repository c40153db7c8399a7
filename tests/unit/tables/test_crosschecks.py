"""Facts that contradict each other: columns pass over no row on which the checks of one enterprise find anything."""

from __future__ import annotations

import datetime as dt
import random

import numpy as np
import pytest

from tidui.facts import catalogue, checks
from tidui.facts.factset import FactSet
from tidui.rules.columns import Key, batch_of
from tidui.rules.values import NONE, Value
from tidui.tables.crosschecks import cross_faults, given_values, suspects

YEAR = 2023
AMOUNTS = ("sales_revenue", "total_income", "high_tech_income", "total_cost", "total_assets", "rd_deductible")
RESEARCH = (
    "rd_staff_cost",
    "rd_direct_input",
    "rd_depreciation",
    "rd_intangibles",
    "rd_design",
    "rd_testing",
    "rd_other",
    "rd_external_domestic",
    "rd_external_overseas",
)
DATES = ("tenant_since", "tenant_until", "hte_valid_until", "hte_revoked_on", "provincial_valid_until")
LISTS = ("hte_recognised_on", "provincial_recognised_on")


def amount(chance: random.Random) -> int:
    return chance.choice((0, 1, 99, 20_000, 10**7, 10**8, 2 * 10**8, 10**11)) * chance.choice((1, 1, 3, 10_000))


def day(chance: random.Random) -> dt.date:
    return dt.date(chance.choice((2015, 2019, 2022, 2023)), chance.randrange(1, 13), chance.randrange(1, 28))


def invented(chance: random.Random) -> dict[Key, Value]:
    """Facts with about as much wrong as right in them, by name and year."""
    values: dict[Key, Value] = {("established_on", None): dt.date(chance.choice((2010, 2019)), 5, 1)}
    for name in DATES:
        values[(name, None)] = NONE if chance.random() < 0.6 else day(chance)
    for name in LISTS:
        values[(name, None)] = NONE if chance.random() < 0.6 else tuple(sorted({day(chance), day(chance)}))
    for year in (2021, 2022, 2023):
        for name in AMOUNTS:
            if chance.random() < 0.7:
                values[(name, year)] = amount(chance)
        if chance.random() < 0.5:
            values.update({(name, year): chance.randrange(0, 50) * 100 for name in RESEARCH})
            total = checks.rd_total(values, year)
            assert total is not None
            values[("rd_expense", year)] = round(total) + chance.choice((0, 99, 100, 101, -101, 500))
        values[("employees", year)] = chance.choice((4, 5, 6, 60))
        values[("st_staff", year)] = chance.choice((0, 5, 6, 60, 61))
        if chance.random() < 0.3:
            lost = chance.choice((2008, 2018, 2019, 2020, 2021, 2022, 2023))
            values[("losses", year)] = ((("amount", 5), ("year", lost)),)
    kept = chance.choice((0.1, 0.3, 0.97))
    return {key: value for key, value in values.items() if chance.random() < kept}


@pytest.mark.parametrize("seed", range(12))
def test_columns_find_on_every_row_what_the_checks_of_one_enterprise_find(seed: int) -> None:
    chance = random.Random(seed)
    invented_rows = [invented(chance) for _ in range(400)]
    facts = [FactSet.of(values) for values in invented_rows]
    keys: list[Key] = sorted(
        {(name, None if year is None else year - YEAR) for values in invented_rows for name, year in values},
        key=lambda key: (key[0], key[1] or 0),
    )
    batch = batch_of(facts, keys, catalogue=catalogue.load(), year=YEAR)
    found: list[list[str]] = [[] for _ in facts]
    for row, fault in cross_faults(batch, lambda row, name, year: ("s", row, name)):
        found[row].append(fault.message)
    expected = [[fault.message for fault in checks.check(given_values(batch, row))] for row in range(batch.n)]
    assert found == expected
    assert 50 < sum(map(bool, expected)) < 400


def test_rows_without_a_contradiction_are_passed_over() -> None:
    sound: dict[Key, Value] = {
        ("established_on", None): dt.date(2015, 1, 1),
        ("hte_recognised_on", None): (dt.date(2021, 1, 1),),
        ("hte_valid_until", None): dt.date(2023, 12, 31),
        ("sales_revenue", 2022): 900_000_000,
        ("sales_revenue", 2023): 1_000_000_000,
        ("total_cost", 2023): 800_000_000,
        ("employees", 2023): 30,
        ("st_staff", 2023): 30,
    }
    keys: list[Key] = [(name, None if year is None else year - YEAR) for name, year in sound]
    batch = batch_of([FactSet.of(sound)] * 3, keys, catalogue=catalogue.load(), year=YEAR)
    assert not np.any(suspects(batch))
