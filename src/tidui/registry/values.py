"""Values of facts in their three shapes: as the rules read them, as JSON holds them, as columns of accepted tables.

All conversions are exact and go both ways. Values that come from people pass `tidui.registry.checking` first; here
nothing is checked.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Final

from tidui.facts import catalogue
from tidui.facts.factset import plain
from tidui.registry.models import IDENTITY, TABLES, Accepted
from tidui.rules.values import NONE, FactType, NoneValue, Value

#: Facts as JSON holds them; null says that nothing is known.
Plain = Mapping[str, Any]

#: Names of the facts of each section that are filed, and that the accepted tables hold.
NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    section: tuple(name for name in catalogue.load().sections[section] if name not in IDENTITY) for section in TABLES
}


def of_plain(fact: FactType, raw: Any) -> Value | None:
    """The value that JSON holds; the opposite of `plain`."""
    if raw is None:
        return None
    if raw == "" or raw == []:
        return NONE
    kind = fact.kind
    if kind == "money":
        return _fen(raw)
    if kind in ("number", "share"):
        number = Fraction(raw)
        return int(number) if number.denominator == 1 else number
    if kind == "date":
        return dt.date.fromisoformat(raw)
    if kind == "dates":
        return tuple(dt.date.fromisoformat(day) for day in raw)
    if kind == "list":
        fields = catalogue.load().fields(fact.name)
        return tuple(tuple(sorted((name, of_plain(fields[name], item)) for name, item in row.items())) for row in raw)  # type: ignore[return-value]
    return raw  # type: ignore[no-any-return]  # bool, int, text


def _fen(raw: str) -> int:
    yuan, _, rest = raw.lstrip("-").partition(".")
    fen = int(yuan) * 100 + int(rest or 0)
    return -fen if raw.startswith("-") else fen


def plain_of(name: str, value: Value | None) -> Any:
    """The value of a fact as JSON holds it."""
    return plain(catalogue.load()[name], value)


def values_of(facts: Plain) -> dict[str, Value | None]:
    """The values of facts as JSON holds them."""
    known = catalogue.load()
    return {name: of_plain(known[name], raw) for name, raw in facts.items()}


def to_column(fact: FactType, value: Value | None) -> Any:
    """What the column of a fact holds: null also where there is none (the row's `nones` says so)."""
    if value is None or isinstance(value, NoneValue):
        return None
    if fact.kind in ("dates", "list"):
        return plain(fact, value)
    return value


def from_column(fact: FactType, held: Any) -> Value | None:
    """The value of a column that is not none; the opposite of `to_column`."""
    if held is None or fact.kind not in ("dates", "list"):
        return held  # type: ignore[no-any-return]
    return of_plain(fact, held)


def of_row(row: Accepted) -> dict[str, Value]:
    """The accepted values of a row: what is not known is left out."""
    known = catalogue.load()
    found: dict[str, Value] = {}
    for name in NAMES[row.section]:
        value = from_column(known[name], getattr(row, name))
        if value is not None:
            found[name] = value
    found.update((name, NONE) for name in row.nones)
    return found


def put_row(row: Accepted, values: Mapping[str, Value]) -> None:
    """Set the columns of a row, and its nones, to these values; what is not among them is not known."""
    known = catalogue.load()
    for name in NAMES[row.section]:
        setattr(row, name, to_column(known[name], values.get(name)))
    row.nones = sorted(name for name, value in values.items() if isinstance(value, NoneValue))
