"""The facts that the official tables add up to, so that nobody enters them a second time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from tidui.codes.money import decimal_text
from tidui.facts.faults import Fault
from tidui.registry.importing.contents import Firm, Placed
from tidui.rules.values import Value
from tidui.tables.importing import Part

#: Items of the cost table that are facts of the year as they stand.
ITEMS: Final = (
    "rd_staff_cost", "rd_direct_input", "rd_depreciation", "rd_intangibles", "rd_design", "rd_testing", "rd_other",
)  # fmt: skip
#: By how many fen a total may differ from its items: every one of them was rounded to 0.01 万元.
TOLERANCE: Final = 100_00
#: Years that one declaration covers: the three before its own.
COVERED: Final = 3

#: The column that a fact comes from, where it is not called like the fact.
_COLUMNS: Final = {"products": "income", "conversions": "year", "costs": "external", "main": "declared_year"}

#: What is told of a fault.
Tell = Callable[[Fault], None]


def add_facts(firm: Firm, tell: Tell) -> None:
    """Add what the official tables of an enterprise say to its facts; faults where they contradict each other.

    A fact that the file gives on a sheet of facts as well must be the same.
    """
    _add(firm, _of_main(firm), tell)
    for _ in _with_year(firm, "property", tell):
        pass  # an item of property says nothing of the year; it has to have one
    _check_activities(firm, tell)
    _add(firm, _of_costs(firm, tell), tell)
    _add(firm, _of_products(firm, tell), tell)
    _add(firm, _of_conversions(firm), tell)


#: A fact with its section and year, its value, and the row that says it.
Derived = tuple[Part, str, Value, Placed]


def _add(firm: Firm, derived: Iterable[Derived], tell: Tell) -> None:
    for part, name, value, (table, row) in derived:
        facts = firm.parts.setdefault(part, {})
        if name in facts and not _near(facts[name], value):
            message = f"{name} of {part[1]} is given otherwise elsewhere in the file"
            column = name if name in table.titles else _COLUMNS.get(table.spec.name, name)
            tell(table.fault(row, column, message, "correct one of the two"))
            firm.bad = True
        facts.setdefault(name, value)


def _near(one: Value, other: Value) -> bool:
    """Equal, or as close as amounts that were rounded to 0.01 万元."""
    if isinstance(one, int) and isinstance(other, int) and not isinstance(one, bool):
        return abs(one - other) <= (TOLERANCE if max(abs(one), abs(other)) >= TOLERANCE else 0)
    return one == other


def _of_main(firm: Firm) -> Iterator[Derived]:
    for placed in firm.of("official", "main"):
        _, row = placed
        declared = row.get("declared_year")
        if declared is None:
            continue
        last = ("years", declared - 1)
        for name in ("employees", "st_staff", "total_income", "high_tech_income"):
            if row.get(name) is not None:
                yield last, name, row.get(name), placed
        for fact, column in (("net_assets", "net_assets"), ("sales_revenue", "sales")):
            for number in range(1, COVERED + 1):
                value = row.get(f"{column}_{number}")
                if value is not None:
                    yield ("years", declared - COVERED - 1 + number), fact, value, placed


def _declared_year(firm: Firm, row: Any) -> int | None:
    """The year of the declaration of a row; that of the only first sheet where the row leaves it blank."""
    year: int | None = row.get("declared_year")
    if year is None:
        years = {one.get("declared_year") for _, one in firm.of("official", "main")}
        year = years.pop() if len(years) == 1 else None
        row.values["declared_year"] = year
    return year


def _with_year(firm: Firm, sheet: str, tell: Tell) -> Iterator[tuple[Placed, int]]:
    """The rows of a sheet with the year of their declaration; a row without any has a fault."""
    for placed in firm.of("official", sheet):
        table, row = placed
        year = _declared_year(firm, row)
        if year is None:
            tell(
                table.fault(row, "declared_year", "the year of the declaration is missing", "four digits, such as 2024")
            )
            firm.bad = True
        else:
            yield placed, year


def _check_activities(firm: Firm, tell: Tell) -> None:
    seen: dict[tuple[Any, ...], int] = {}
    for (table, row), year in _with_year(firm, "rd", tell):
        _refuse_twin(firm, (table, row), (year, row.get("code")), seen, tell)
        spent = [row.get(f"spent_{number}") for number in (1, 2, 3)]
        if row.get("spent") is not None and None not in spent:
            _compare(firm, (table, row), "spent", sum(spent), tell)
        if row.get("started_on") and row.get("ended_on") and row.get("ended_on") < row.get("started_on"):
            tell(table.fault(row, "ended_on", "the end is before the beginning", "correct one of the two"))
            firm.bad = True


def _refuse_twin(
    firm: Firm, placed: Placed, key: tuple[Any, ...], seen: dict[tuple[Any, ...], int], tell: Tell
) -> None:
    """Two rows with one key in one table are a fault of the second."""
    table, row = placed
    first = seen.setdefault(key, row.number)
    if first != row.number:
        shown = " ".join(str(part) for part in key)
        column = "code" if "code" in table.titles else "name"
        tell(table.fault(row, column, f"{shown} stands in row {first} too", "one row for each"))
        firm.bad = True


def _compare(firm: Firm, placed: Placed, name: str, expected: int, tell: Tell, *others: int) -> None:
    """A total that is given must be what its items make."""
    table, row = placed
    given = row.get(name)
    if all(abs(given - one) > TOLERANCE for one in (expected, *others)):
        total, label = decimal_text(expected), table.spec.column(name).zh
        message = f"{label} {decimal_text(given)} disagrees with its items, which make {total}"
        # tidui: data
        tell(table.fault(row, name, message, f"correct it or the items, or write {total}元"))
        firm.bad = True


def _of_costs(firm: Firm, tell: Tell) -> Iterator[Derived]:
    """R&D costs of a year are the sums over its activities; a sum with a blank item is not known."""
    seen: dict[tuple[Any, ...], int] = {}
    sums: dict[int, dict[str, int | None]] = {}
    last: dict[int, Placed] = {}
    for placed, declared in _with_year(firm, "costs", tell):
        row = placed[1]
        year = row.get("year")
        if year is None or row.bad:
            continue
        _refuse_twin(firm, placed, (declared, year, row.get("code")), seen, tell)
        _check_costs(firm, placed, tell)
        external, domestic = row.get("external"), row.get("external_domestic")
        if external == 0 and domestic is None:
            domestic = row.values["external_domestic"] = 0
        found = {name: row.get(name) for name in ITEMS}
        found["rd_external_domestic"] = domestic
        found["rd_external_overseas"] = None if external is None or domestic is None else external - domestic
        before = sums.setdefault(year, dict.fromkeys(found, 0))
        for name, value in found.items():
            so_far = before[name]
            before[name] = None if so_far is None or value is None else so_far + value
        last[year] = placed
    for year, found in sorted(sums.items()):
        for name, value in found.items():
            if value is not None:
                yield ("years", year), name, value, last[year]


def _check_costs(firm: Firm, placed: Placed, tell: Tell) -> None:
    table, row = placed
    items = [row.get(name) for name in ITEMS]
    external, domestic = row.get("external"), row.get("external_domestic")
    if external is not None and domestic is not None and domestic > external:
        tell(
            table.fault(row, "external_domestic", "the domestic part is more than the whole", "correct one of the two")
        )
        firm.bad = True
    if any(item is None for item in items):
        return
    internal = sum(items)
    if row.get("internal") is not None:
        _compare(firm, placed, "internal", internal, tell)
    if row.get("total") is not None and external is not None:
        # The published table does not say whether its total counts entrusted research whole or to 80 %.
        _compare(firm, placed, "total", internal + external, tell, internal + external * 4 // 5)


def _of_products(firm: Firm, tell: Tell) -> Iterator[Derived]:
    """The income of high-tech products and services of a year is the sum over the table."""
    seen: dict[tuple[Any, ...], int] = {}
    sums: dict[int, int] = {}
    last: dict[int, Placed] = {}
    for placed, declared in _with_year(firm, "products", tell):
        _refuse_twin(firm, placed, (declared, placed[1].get("code")), seen, tell)
        income = placed[1].get("income")
        if income is not None:
            sums[declared - 1] = sums.get(declared - 1, 0) + income
            last[declared - 1] = placed
    for year, income in sums.items():
        yield ("years", year), "high_tech_income", income, last[year]


def _of_conversions(firm: Firm) -> Iterator[Derived]:
    """Conversions of each of the three years that a declaration covers: the table lists them all.

    One result that became several products counts once, in its first year (国科火〔2016〕195号, the working guide).
    """
    first: dict[tuple[int, str], Placed] = {}
    for placed in firm.of("official", "conversions"):
        row = placed[1]
        declared = _declared_year(firm, row)
        if declared is None or row.get("year") is None or row.get("name") is None:
            continue
        known = first.setdefault((declared, row.get("name")), placed)
        if row.get("year") < known[1].get("year"):
            first[declared, row.get("name")] = placed
    counts: dict[int, int] = {}
    last: dict[int, Placed] = {}
    for (declared, _), placed in first.items():
        for year in range(declared - COVERED, declared):
            counts.setdefault(year, 0)
            last.setdefault(year, placed)
        year = placed[1].get("year")
        if year in counts:
            counts[year] += 1
            last[year] = placed
    for year, count in counts.items():
        yield ("years", year), "conversions", count, last[year]
