"""What is wrong with facts before they are filed, and what is probably not meant so.

A fault stops the filing; a warning is shown beside the value and stops nothing. Messages are in English here, as
everywhere below the pages; `tidui.facts.wording` says them in Chinese.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any, Final

from tidui.accounts.models import Organisation
from tidui.codes.faults import BadValue
from tidui.codes.money import MoneyUnit
from tidui.facts import catalogue, checks
from tidui.facts.catalogue import FIRST_YEAR, LAST_YEAR
from tidui.facts.factset import FactSet
from tidui.facts.faults import Fault
from tidui.facts.normalise import normalise
from tidui.kit import clock
from tidui.registry.acceptance import STATUS_SOURCES
from tidui.registry.fields import fits
from tidui.registry.models import IDENTITY
from tidui.registry.values import NAMES
from tidui.rules.values import NUMBER_SCALE, Value

Facts = Mapping[str, "Value | None"]

#: A number is offered in place of one that cannot be kept with so many decimals.
_PLACES: Final = 4


def section_faults(section: str, year: int | None, facts: Iterable[str], source: str) -> list[Fault]:
    """What is wrong with where facts are filed, and by whom: an unknown section, year or name, a status."""
    if section not in NAMES:
        return [Fault(section, "is not a section", f"write one of {', '.join(NAMES)}")]
    # Figures of a year to come would stand as the newest ones.
    last = min(LAST_YEAR, clock.today().year)
    if (year is None) != (section == "enterprise") or (year is not None and not FIRST_YEAR <= year <= last):
        return [Fault(f"{section}.{year}", "is not a year", f"write a year from {FIRST_YEAR} to {last}, such as 2022")]
    names = frozenset(NAMES[section])
    known = catalogue.load()
    found = []
    for name in facts:
        place = f"{section}.{name}" if year is None else f"{section}.{year}.{name}"
        if name in IDENTITY and section == "enterprise":
            found.append(Fault(place, "is held by the register of organisations", "leave it out, or change it there"))
        elif name not in names:
            found.append(Fault(place, "is not a fact", "see the catalogue of facts for the names"))
        elif known[name].status and source not in STATUS_SOURCES:
            found.append(Fault(place, "is a status, which recognition alone writes", "leave it out"))
    return found


def without_identity(organisation: Organisation, facts: Facts) -> dict[str, Value | None]:
    """Facts without the credit code, name and division that the register of organisations has anyway."""
    return {
        name: value
        for name, value in facts.items()
        if name not in IDENTITY or (value is not None and value != getattr(organisation, name))
    }


def value_faults(section: str, year: int | None, facts: Facts) -> list[Fault]:
    """Values that the file cannot keep exactly: numbers finer than 1/240,000."""
    known = catalogue.load()
    found = []
    for name, value in facts.items():
        if isinstance(value, Fraction) and known[name].kind in ("number", "share") and not fits(value):
            nearest = Fraction(round(value * 10**_PLACES), 10**_PLACES)
            shown = f"{float(nearest):.{_PLACES}f}".rstrip("0").rstrip(".")
            message = f"{value} is not a whole multiple of 1/{NUMBER_SCALE}"
            found.append(Fault(known.path(name, year), message, f"write {shown}"))
    return found


def cross_faults(section: str, year: int | None, facts: Facts, accepted: FactSet) -> list[Fault]:
    """What the facts of a return say against each other (faults), and against the rest of the file (warnings).

    The founding date counts as said in the return: no figure may be given for a year before it.
    """
    given = {(name, year): value for name, value in facts.items() if value is not None}
    founded = accepted.values.get(("established_on", None))
    alone = dict(given)
    if founded is not None:
        alone.setdefault(("established_on", None), founded)
    inside = checks.check(alone)
    merged: dict[Any, Value] = {**accepted.values, **given}
    for name, value in facts.items():
        if value is None:
            merged.pop((name, year), None)
    before = set(checks.check(accepted.values))
    found = [*inside]
    for fault in checks.check(merged):
        if fault not in inside and fault not in before:
            found.append(Fault(fault.place, fault.message, fault.instead, level="warning"))
    return found


def check(section: str, year: int | None, facts: Facts, source: str, accepted: FactSet) -> list[Fault]:
    """Every fault and warning of facts that are to be filed."""
    found = section_faults(section, year, facts, source)
    if found:
        return found
    return value_faults(section, year, facts) or cross_faults(section, year, facts, accepted)


def read_value(name: str, raw: object, unit: MoneyUnit = "元") -> Value | None:
    """What was typed as the value of a fact; None for a blank. Raises BadValue with what to write instead."""
    fact = catalogue.load()[name]
    value = normalise(fact, raw, money_unit=unit)
    if value is None:
        return None
    wrong = value_faults(fact.section, 2000 if fact.yearly else None, {name: value})
    if wrong:
        raise BadValue(wrong[0].message, wrong[0].instead or "")
    return value


def stopping(faults: Iterable[Fault]) -> list[Fault]:
    """Those that stop a filing."""
    return [fault for fault in faults if fault.level == "fault"]


def warnings(faults: Iterable[Fault]) -> list[Fault]:
    """Those that stop nothing."""
    return [fault for fault in faults if fault.level == "warning"]
