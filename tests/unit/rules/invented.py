"""An invented catalogue, invented policies over it, and strategies for random rule texts and facts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from tidui.rules import policyfile
from tidui.rules.program import Program
from tidui.rules.values import NONE, FactType

ON = dt.date(2024, 6, 30)
YEAR = 2023

FACTS = {
    kind.name: kind
    for kind in [
        FactType("cash", "years", "money", "yuan", Fraction(0), None, yearly=True),
        FactType("profit", "years", "money", "yuan", None, None, yearly=True),
        FactType("staff", "enterprise", "number", "people", Fraction(0), None),
        FactType("part", "enterprise", "share", "share", Fraction(0), Fraction(1)),
        FactType("patents", "enterprise", "int", "items", Fraction(0), None),
        FactType("mark", "expert", "number", "points", Fraction(0), Fraction(10)),
        FactType("listed", "enterprise", "bool"),
        FactType("clean", "enterprise", "bool"),
        FactType("trade", "enterprise", "code"),
        FactType("established_on", "enterprise", "date"),
        FactType("until", "enterprise", "date", can_be_none=True),
        FactType("accidents", "enterprise", "dates", can_be_none=True),
        FactType(
            "losses", "years", "list", yearly=True, can_be_none=True, fields={"year": "int", "amount": "money"}
        ),
    ]
}


class Invented(dict[str, FactType]):
    """The invented catalogue."""


CATALOGUE: Any = Invented(FACTS)


class Plain:
    """Facts of one enterprise, as a dictionary keyed by name and year."""

    def __init__(self, values: dict[tuple[str, int | None], Any]) -> None:
        self.values = values

    def get(self, name: str, year: int | None) -> Any:
        return self.values.get((name, year))


def policy(rules: str, *, parameters: str = "", tables: str = "") -> bytes:
    """A policy file around these rules; each block is indented YAML."""
    return f"""policy: test/invented
title: {{zh: 试验, en: test}}
document: 试〔2020〕1号
effective: {{from: 2020-01-01}}
parameters:
  enough: {{unit: yuan, cites: 第一条, rows: [{{from: 2020-01-01, value: 1000}}]}}
  few: {{unit: people, cites: 第一条, rows: [{{from: 2020-01-01, value: 10}}]}}
  tenth: {{unit: share, cites: 第一条, rows: [{{from: 2020-01-01, value: 0.1}}]}}
{parameters}tables:
  steps: {{by: share, gives: points, cites: 第二条, rows: [{{from: 2020-01-01, bands: [[0.3, 9], [">0.2", [5, 7]], ["1/7", 3]], else: 0}}]}}
  jagged: {{by: yuan, gives: share, cites: 第二条, rows: [{{from: 2020-01-01, upto: [[500, 0.05], [2000, 0.03]], else: 0.04}}]}}
{tables}rules:
{rules}""".encode()


def program(rules: str, **more: str) -> Program:
    """The program of these rules over the invented catalogue."""
    return Program(policyfile.loads(policy(rules, **more), "invented.yaml"), CATALOGUE, None, on=ON, year=YEAR)


def rule(name: str, text: str, **more: str) -> str:
    """One intermediate rule as YAML."""
    extra = "".join(f", {key}: {value}" for key, value in more.items())
    return f'  - {{id: {name}, is: "{text}", zero: {{cites: 第三条}}{extra}}}\n' if "ratio(" in text else (
        f'  - {{id: {name}, is: "{text}"{extra}}}\n'
    )


# ---------------------------------------------------------------------- random texts
MONEY = st.sampled_from(["cash", "cash[-1]", "cash[-2]", "profit", "profit[-1]", "enough", "sum_years(cash, -2, 0)"])
SHARE = st.sampled_from(["part", "tenth", "0.25", "1"])
POINTS = st.sampled_from(["mark", "2 * mark", "bands(part, steps)"])
BOOLS = st.sampled_from([
    "listed", "clean", "staff >= few", "has(until) and until >= on", "within(accidents, 365)", "exists(-1)",
    "starts(trade, 'C', 'F5')", "trade in {'K70', 'C16'}", "has(cash[-2])", "known(mark)", "patents >= 3",
    "days(established_on, on) >= 365", "count(accidents) <= 1", "months(established_on, on) > 24",
    "total(losses, amount, year=assessed - 1) > 0", "outside(mark, bands(part, steps))",
])  # fmt: skip


def numbers(atoms: st.SearchStrategy[str], depth: int) -> st.SearchStrategy[str]:
    """Texts that are numbers of one unit."""
    if depth == 0:
        return atoms
    below = numbers(atoms, depth - 1)
    return st.one_of(
        atoms,
        st.tuples(below, st.sampled_from(["+", "-"]), below).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        st.tuples(st.sampled_from(["min", "max", "sum", "first_known"]), below, below).map(
            lambda t: f"{t[0]}({t[1]}, {t[2]})"
        ),
        st.tuples(below, conditions(depth - 1), below).map(lambda t: f"({t[0]} if {t[1]} else {t[2]})"),
        st.tuples(below, st.sampled_from(["0.8", "-2", "part"])).map(lambda t: f"{t[1]} * {t[0]}"),
    )


def shares(depth: int) -> st.SearchStrategy[str]:
    """Texts that are shares, ratios among them."""
    money = numbers(MONEY, max(depth - 1, 0))
    ratio = st.tuples(money, money, st.sampled_from(["0", "1", "unknown"])).map(
        lambda t: f"ratio({t[0]}, {t[1]}, if_zero: {t[2]})"
    )
    return st.one_of(SHARE, ratio, numbers(SHARE, depth), money.map(lambda m: f"bands({m}, jagged)"))


def conditions(depth: int) -> st.SearchStrategy[str]:
    """Texts that are conditions."""
    if depth == 0:
        return BOOLS
    relation = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])
    pairs = st.one_of(
        st.tuples(numbers(MONEY, depth - 1), relation, numbers(MONEY, depth - 1)),
        st.tuples(shares(depth - 1), relation, shares(depth - 1)),
        st.tuples(numbers(POINTS, depth - 1), relation, numbers(POINTS, depth - 1)),
    ).map(lambda t: f"({t[0]} {t[1]} {t[2]})")
    below = conditions(depth - 1)
    return st.one_of(
        BOOLS, pairs, below.map(lambda c: f"not ({c})"),
        st.tuples(below, st.sampled_from(["and", "or"]), below).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
    )  # fmt: skip


# ---------------------------------------------------------------------- random facts
_money = st.one_of(
    st.sampled_from([0, 100, 50_000, 50_001, 100_000, 99_999, 200_000]), st.integers(0, 10**6), st.integers(0, 2**50 - 1)
)
_signed = st.one_of(_money, _money.map(lambda x: -x))
_fraction = st.sampled_from([Fraction(0), Fraction(1, 10), Fraction(1, 7), Fraction(1, 5), Fraction(3, 10), Fraction(1)])
_day = st.dates(dt.date(2018, 1, 1), dt.date(2026, 12, 31))


def values_of(kind: FactType) -> st.SearchStrategy[Any]:
    """Random known values of a fact."""
    return {
        "cash": _money, "profit": _signed, "staff": st.sampled_from([0, 9, 10, Fraction(21, 2), Fraction(1, 3), 300]),
        "part": _fraction, "patents": st.integers(0, 5), "trade": st.sampled_from(["C16", "F51", "K70", "C3571"]),
        "mark": st.one_of(st.integers(0, 10), st.just(Fraction(22, 3)), st.just(Fraction(1, 17))),
        "listed": st.booleans(), "clean": st.booleans(), "established_on": _day,
        "until": st.one_of(_day, st.just(NONE)), "accidents": st.lists(_day, max_size=3).map(lambda d: tuple(sorted(d))),
        "losses": st.lists(st.tuples(st.integers(0, 10**9), st.integers(2015, 2023)), max_size=3).map(
            lambda rows: tuple((("amount", amount), ("year", year)) for amount, year in rows)
        ),
    }[kind.name]  # fmt: skip


def cells() -> Iterator[tuple[str, int | None]]:
    """Every fact that random texts may read, with its year."""
    for kind in FACTS.values():
        for year in (YEAR, YEAR - 1, YEAR - 2) if kind.yearly else (None,):
            yield kind.name, year


@st.composite
def facts(draw: Any, *, complete: bool = False) -> dict[tuple[str, int | None], Any]:
    """Random facts; unless complete, some are unknown. Yearly facts of the first year may be none."""
    found: dict[tuple[str, int | None], Any] = {}
    young = draw(st.booleans())
    for name, year in cells():
        if year == YEAR - 2 and young and name != "losses":
            found[name, year] = NONE
        elif complete or draw(st.integers(0, 3)):
            found[name, year] = draw(values_of(FACTS[name]))
    return found
