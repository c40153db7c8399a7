"""The relation that the SQL reading reads: one row for each enterprise, a column for each fact and year offset.

Column names are those of wide files: `established_on`, `sales_revenue@-1`, and, for a fact that may be none,
`tenant_since#none`, a boolean that is true where it is.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any, Final

from tidui.rules.nodes import Leaf
from tidui.rules.sql_dialects import Dialect, identifier
from tidui.rules.values import NONE, Catalogue, Facts, FactType, NoneValue, Value

#: Decimals of a number, share or mark in the relation.
NUMBER_DECIMALS: Final = 12
#: The code of the enterprise: the first column in and out.
KEY: Final = "uscc"
FOUNDING: Final = "established_on"


@dataclass(frozen=True, slots=True)
class InputColumn:
    """One column of the relation: a fact at a year offset, or (`none`) whether there is none."""

    fact: FactType
    offset: int | None
    none: bool = False

    @property
    def name(self) -> str:
        """The column's name."""
        place = "" if self.offset is None else f"@{self.offset}"
        return f"{self.fact.name}{place}{'#none' if self.none else ''}"

    def type(self, dialect: Dialect) -> str:
        """The column's type."""
        if self.none:
            return "boolean"
        whole = "8" if self.fact.section == "expert" or self.fact.kind == "share" else "16"
        number = f"decimal({int(whole) + NUMBER_DECIMALS},{NUMBER_DECIMALS})"
        return {
            "money": "decimal(20,2)", "int": "bigint", "number": number, "share": number, "bool": "boolean",
            "date": "date", "code": dialect.text, "text": dialect.text, "dates": dialect.date_type(),
            "list": dialect.json,
        }[self.fact.kind]  # fmt: skip

    @property
    def meaning(self) -> str:
        """What the column holds, in one line."""
        if self.none:
            return f"true where there is no {self.fact.name}"
        parts = [self.fact.zh, _when(self.offset)]
        if self.fact.kind == "list":
            parts.append("[{" + ", ".join(self.fact.fields) + "}]")
        parts.append("yuan" if self.fact.kind == "money" else self.fact.unit)
        return ", ".join(part for part in parts if part) or self.fact.kind


def _when(offset: int | None) -> str:
    if offset is None:
        return ""
    years = f"{abs(offset)} year{'s' if abs(offset) > 1 else ''}"
    return "year assessed" if offset == 0 else f"{years} {'before' if offset < 0 else 'after'}"


def input_columns(leaves: Iterable[Leaf], catalogue: Catalogue, founded_sections: frozenset[str]) -> list[InputColumn]:
    """The columns that these leaves are read from, the code first, then in the order of the catalogue and the years."""
    wanted = {(KEY, None, False), *((leaf.fact, leaf.offset, False) for leaf in leaves)}
    for name, offset, _ in list(wanted):
        fact = catalogue[name]
        if fact.can_be_none and fact.kind not in ("dates", "list"):
            wanted.add((name, offset, True))
        if offset is not None and fact.section in founded_sections:
            wanted.add((FOUNDING, None, False))
    place = {name: number for number, name in enumerate(catalogue)}
    ordered = sorted(wanted, key=lambda key: (key[0] != KEY, place[key[0]], key[1] or 0, key[2]))
    return [InputColumn(catalogue[name], offset, none) for name, offset, none in ordered]


def create_table(columns: Sequence[InputColumn], dialect: Dialect, name: str) -> str:
    """A CREATE TABLE statement for the relation, with the meaning of each column as a comment."""
    lines = [f"  {identifier(one.name)} {one.type(dialect)}" for one in columns]
    lines[0] += " PRIMARY KEY"
    width = max(len(line) for line in lines) + 1
    last = len(lines) - 1
    rows = [
        f"{line + (',' if place < last else ''):<{width}}  -- {one.meaning}"
        for place, (line, one) in enumerate(zip(lines, columns, strict=True))
    ]
    return f"CREATE TABLE {identifier(name)} (\n" + "\n".join(rows) + "\n);"


def input_row(columns: Sequence[InputColumn], facts: Facts, year: int) -> list[Any]:
    """One enterprise's row of the relation: what a database driver is given, `year` being assessed.

    Unknown is None. Facts that are none have no value, and true in the column that says so; an empty list is none.
    """
    row: list[Any] = []
    for column in columns:
        value = facts.get(column.fact.name, None if column.offset is None else year + column.offset)
        if column.none:
            row.append(None if value is None else isinstance(value, NoneValue))
        elif isinstance(value, NoneValue):
            row.append({"dates": [], "list": "[]"}.get(column.fact.kind))
        else:
            row.append(None if value is None else _stored(column.fact, value))
    return row


def _stored(fact: FactType, value: Value) -> Any:
    if fact.kind == "money":
        return Decimal(int(value)).scaleb(-2)  # type: ignore[arg-type]
    if fact.kind in ("number", "share"):
        exact = Fraction(value)  # type: ignore[arg-type]
        quantum = Decimal(1).scaleb(-NUMBER_DECIMALS)
        return (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(quantum, ROUND_HALF_UP)
    if fact.kind == "dates":
        return list(value)  # type: ignore[arg-type]
    if fact.kind == "list":
        return json.dumps([_record(fact, record) for record in value], ensure_ascii=False)  # type: ignore[union-attr]
    return value


def _record(fact: FactType, record: Any) -> dict[str, Any]:
    return {name: _plain(fact.fields[name], item) for name, item in record}


def _plain(kind: str, value: Any) -> Any:
    if value is NONE:
        return ""
    if kind == "money" and value is not None:
        return str(Decimal(int(value)).scaleb(-2))
    return value.isoformat() if isinstance(value, dt.date) else value
