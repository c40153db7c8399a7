"""Finding 元 mistaken for 万元: figures about 10,000 times off from the enterprise's other figures and years.

A slip is never corrected, only told, with both readings. What is told is seldom wrong: ordinary growth, a founding
year and a firm that spends before it sells are left alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import pairwise
from typing import Final, NamedTuple, TypeAlias

from tidui.codes import money
from tidui.facts import catalogue
from tidui.facts.faults import Fault
from tidui.rules.values import Value

Values: TypeAlias = "Mapping[tuple[str, int | None], Value]"

#: 万元 for 元 makes 10,000; between two years the firm itself may have grown or shrunk fivefold.
LEAST_FACTOR: Final = 2_000
MOST_FACTOR: Final = 50_000
#: Figures this near to each other bear each other out.
NEAR: Final = 100
#: Below this, 100,000 yuan, the larger figure says too little.
LEAST_FIGURE: Final = 100_000_00
#: Total cost for a head and year, in fen, that no firm has, but for which 10,000 times as much is ordinary.
LEAST_COST_A_HEAD: Final = 2_00
MOST_COST_A_HEAD: Final = 200_00
LEAST_EMPLOYEES: Final = 5

COMPARED: Final = ("sales_revenue", "total_income", "total_cost", "total_assets", "rd_expense", "rd_deductible")
SAME_YEAR: Final = (
    ("sales_revenue", "total_income"),
    ("sales_revenue", "total_cost"),
    ("total_assets", "assets_quarterly"),
)


class _Figure(NamedTuple):
    name: str
    year: int
    fen: int

    @property
    def place(self) -> str:
        return catalogue.load().path(self.name, self.year)


def find(values: Values) -> list[Fault]:
    """A warning for every figure that was probably meant in 万元 (or in 元, where 万元 was read)."""
    table = _positive(values)
    founded = values.get(("established_on", None))
    first_year = getattr(founded, "year", 0)
    found: dict[str, Fault] = {}
    for odd, other in (*_across_years(table, first_year), *_within_year(table)):
        found.setdefault(odd.place, _warning(odd, other))
    for odd, employees in _cost_a_head(table, values):
        found.setdefault(odd.place, _head_warning(odd, employees))
    return list(found.values())


def _positive(values: Values) -> dict[str, dict[int, _Figure]]:
    table: dict[str, dict[int, _Figure]] = {}
    names = {*COMPARED, *(name for pair in SAME_YEAR for name in pair)}
    for (name, year), value in values.items():
        if name in names and year is not None and isinstance(value, int) and value > 0:
            table.setdefault(name, {})[year] = _Figure(name, year, value)
    return table


def _slip(one: _Figure, two: _Figure) -> bool:
    """Whether two figures are as far apart as 元 and 万元."""
    less, more = sorted((one.fen, two.fen))
    return more >= LEAST_FIGURE and LEAST_FACTOR * less <= more <= MOST_FACTOR * less


def _across_years(table: dict[str, dict[int, _Figure]], first_year: int) -> Iterator[tuple[_Figure, _Figure]]:
    """Pairs (the odd figure, the one that shows it) of one fact in neighbouring years."""
    for name in COMPARED:
        figures = [figure for _, figure in sorted(table.get(name, {}).items())]
        for one, two in pairwise(figures):
            less, more = sorted((one, two), key=lambda figure: figure.fen)
            if _slip(one, two) and less.year != first_year:
                yield (more, less) if _support(table, less) > _support(table, more) else (less, more)


def _support(table: dict[str, dict[int, _Figure]], figure: _Figure) -> int:
    """How many other years of the same fact bear a figure out."""
    others = (other for year, other in table[figure.name].items() if year != figure.year)
    return sum(max(other.fen, figure.fen) <= NEAR * min(other.fen, figure.fen) for other in others)


def _within_year(table: dict[str, dict[int, _Figure]]) -> Iterator[tuple[_Figure, _Figure]]:
    """Pairs of two facts of one year; not where other years bear both out, nor where income bears low sales out."""
    for left, right in SAME_YEAR:
        for year, one in sorted(table.get(left, {}).items()):
            two = table.get(right, {}).get(year)
            if two is None or not _slip(one, two):
                continue
            if _support(table, one) and _support(table, two):
                continue
            if right == "total_cost" and _income_agrees(table, one):
                continue
            less, more = sorted((one, two), key=lambda figure: figure.fen)
            yield (more, less) if _support(table, less) > _support(table, more) else (less, more)


def _income_agrees(table: dict[str, dict[int, _Figure]], sales: _Figure) -> bool:
    income = table.get("total_income", {}).get(sales.year)
    return income is not None and max(income.fen, sales.fen) <= NEAR * min(income.fen, sales.fen)


def _cost_a_head(table: dict[str, dict[int, _Figure]], values: Values) -> Iterator[tuple[_Figure, int | Fraction]]:
    for year, cost in sorted(table.get("total_cost", {}).items()):
        employees = values.get(("employees", year))
        if not isinstance(employees, int | Fraction) or employees < LEAST_EMPLOYEES:
            continue
        if LEAST_COST_A_HEAD * employees <= cost.fen < MOST_COST_A_HEAD * employees:
            yield cost, employees


def _warning(odd: _Figure, other: _Figure) -> Fault:
    zh = catalogue.load()[odd.name].zh
    beside = f"{catalogue.load()[other.name].zh} of {other.year} is {money.display(other.fen)}"
    factor = 10_000 if odd.fen < other.fen else Fraction(1, 10_000)
    return _told(odd, f"{zh} {money.display(odd.fen)} beside {beside}", factor)


def _head_warning(odd: _Figure, employees: int | Fraction) -> Fault:
    zh = catalogue.load()[odd.name].zh
    return _told(odd, f"{zh} {money.display(odd.fen)} for {float(employees):g} employees", Fraction(10_000))


def _told(odd: _Figure, what: str, factor: int | Fraction) -> Fault:
    meant = money.decimal_text(round(odd.fen * factor))
    unit, read = ("万元", "元") if factor > 1 else ("元", "万元")
    return Fault(
        odd.place,
        f"{what}: {unit} taken for {read}? As it stands {money.decimal_text(odd.fen)} yuan, else {meant} yuan",
        f"write {meant} if {unit} was meant; keep it if it is right",
        level="warning",
    )
