"""What the facts of one enterprise say about each other: totals and their items, the order of dates, units of money."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any, Final, TypeAlias

from tidui.codes import money
from tidui.facts import catalogue, slips
from tidui.facts.faults import Fault
from tidui.rules.values import Value

Values: TypeAlias = "Mapping[tuple[str, int | None], Value]"

#: By how many fen a total may differ from its items: every item was rounded by somebody.
TOTAL_TOLERANCE: Final = 100
#: The items that count in full, and set the ceiling of other costs.
RD_ITEMS: Final = (
    "rd_staff_cost",
    "rd_direct_input",
    "rd_depreciation",
    "rd_intangibles",
    "rd_design",
    "rd_testing",
)
#: A part and its whole.
PARTS: Final = (
    ("st_staff", "employees"),
    ("high_tech_income", "total_income"),
    ("rd_expense_domestic", "rd_expense"),
)
#: A date that cannot be earlier than another.
ORDER: Final = (
    ("tenant_until", "tenant_since"),
    ("hte_valid_until", "hte_recognised_on"),
    ("hte_revoked_on", "hte_recognised_on"),
    ("provincial_valid_until", "provincial_recognised_on"),
    ("hte_recognised_on", "established_on"),
    ("provincial_recognised_on", "established_on"),
)


def check(values: Values) -> list[Fault]:
    """Every fault and warning that the facts, by name and year, show among each other. Unknown facts show none."""
    years = sorted({year for _, year in values if year is not None})
    found: list[Fault] = []
    found.extend(_before_founding(values))
    found.extend(_dates_out_of_order(values))
    for year in years:
        found.extend(_rd_total(values, year))
        found.extend(_parts_over_whole(values, year))
        found.extend(_losses(values, year))
    found.extend(slips.find(values))
    return found


def _number(values: Values, name: str, year: int | None) -> Any:
    """The number that a fact has, or None where it is unknown or none."""
    value = values.get((name, year))
    return value if isinstance(value, int | Fraction) else None


def rd_total(values: Values, year: int) -> Fraction | None:
    """R&D expense (HTE basis) by its items, in fen: items 1 to 6, other costs up to a quarter of these, and 80 % of
    what was entrusted; None unless all nine are known. Source: 国科发火〔2016〕195号; A107041 row 24 for the cap."""
    own = [_number(values, name, year) for name in RD_ITEMS]
    rest = [_number(values, name, year) for name in ("rd_other", "rd_external_domestic", "rd_external_overseas")]
    if any(item is None for item in own + rest):
        return None
    base = Fraction(sum(own))
    other, domestic, overseas = (Fraction(item) for item in rest)
    return base + min(other, base / 4) + Fraction(4, 5) * (domestic + overseas)


def _rd_total(values: Values, year: int) -> Iterator[Fault]:
    given, expected = _number(values, "rd_expense", year), rd_total(values, year)
    if given is None or expected is None or abs(given - expected) <= TOTAL_TOLERANCE:
        return
    shown = money.decimal_text(round(expected))
    yield Fault(
        f"years.{year}.rd_expense",
        f"研究开发费用总额 {money.decimal_text(given)} disagrees with its items, which make {shown}",
        f"correct it or the items, or write {shown} (other costs count up to 20 % of the whole, entrusted ones 80 %)",
    )


def _parts_over_whole(values: Values, year: int) -> Iterator[Fault]:
    known = catalogue.load()
    for part, whole in PARTS:
        less, more = _number(values, part, year), _number(values, whole, year)
        if less is not None and more is not None and less > more:
            message = f"{known[part].zh} {_shown(part, less)} is more than {known[whole].zh} {_shown(whole, more)}"
            yield Fault(f"years.{year}.{part}", message, f"correct {part} or {whole}")


def _shown(name: str, value: int | Fraction) -> str:
    return money.decimal_text(int(value)) if catalogue.load()[name].kind == "money" else str(value)


def _losses(values: Values, year: int) -> Iterator[Fault]:
    records = values.get(("losses", year))
    founded = _first_day(values.get(("established_on", None)))
    for record in records if isinstance(records, tuple) else ():
        lost: Any = dict(record)["year"]  # type: ignore[arg-type]  # a list's records, not dates
        if lost >= year:
            yield Fault(f"tax_years.{year}.losses", f"a loss of {lost} is not one of an earlier year", "leave it out")
        elif founded is not None and lost < founded.year:
            yield Fault(
                f"tax_years.{year}.losses",
                f"a loss of {lost} is older than the enterprise ({founded})",
                "correct the year of the loss or enterprise.established_on",
            )


def _before_founding(values: Values) -> Iterator[Fault]:
    founded = _first_day(values.get(("established_on", None)))
    if founded is None:
        return
    known = catalogue.load()
    early: dict[tuple[str, int], list[str]] = {}
    for name, year in values:
        if year is not None and year < founded.year and known[name].section in catalogue.FOUNDED_SECTIONS:
            early.setdefault((known[name].section, year), []).append(name)
    for (section, year), names in sorted(early.items()):
        shown = ", ".join(names[:3]) + (" …" if len(names) > 3 else "")
        yield Fault(
            f"{section}.{year}",
            f"gives {shown} for a year before the founding of the enterprise on {founded}",
            "leave the year out, or correct enterprise.established_on",
        )


def _dates_out_of_order(values: Values) -> Iterator[Fault]:
    known = catalogue.load()
    for later, earlier in ORDER:
        end, start = _first_day(values.get((later, None))), _first_day(values.get((earlier, None)))
        if end is not None and start is not None and end < start:
            message = f"{known[later].zh} {end} is before {known[earlier].zh} {start}"
            yield Fault(f"enterprise.{later}", message, f"correct {later} or {earlier}")


def _first_day(value: object) -> dt.date | None:
    """A date, or the first of a list of dates; None where there is none."""
    if isinstance(value, tuple) and value:
        value = value[0]
    return value if isinstance(value, dt.date) else None
