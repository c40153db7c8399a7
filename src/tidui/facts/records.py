"""Reading the facts that are lists of records: [{kind: first, on: 2021-01-05, amount: 200000}].

In one cell of a table the records stand between ; or new lines, and their fields, in the order of the catalogue,
between spaces, : or |, or by name: `first 2021-01-05 200000; kind=bank on=2019-08-01 amount=50000`. JSON is read too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from tidui.codes import numbers
from tidui.codes.faults import BadValue, quoted
from tidui.codes.money import MoneyUnit
from tidui.facts import catalogue
from tidui.rules.values import FactType, Record, Scalar, Value

MAX_RECORDS: Final = 1000
MAX_CELL: Final = 32_767  # what a spreadsheet cell can hold

#: Reads one field of a record.
ReadField = Callable[[FactType, object, MoneyUnit], Value | None]


def parse(fact: FactType, raw: object, unit: MoneyUnit, read: ReadField) -> tuple[Record, ...]:
    """The records of a list fact, in the order given; every record has its fields sorted by name.

    Fields that the catalogue calls optional may be unknown; they are left out of the record. Raises BadValue.
    """
    rows = _rows(fact, raw)
    if len(rows) > MAX_RECORDS:
        raise BadValue(f"has {len(rows)} records", f"write at most {MAX_RECORDS}")
    found: list[Record] = []
    for place, row in enumerate(rows, start=1):
        try:
            found.append(_record(fact, row, unit, read))
        except BadValue as bad:
            raise BadValue(f"record {place}: {bad.message}", bad.instead) from None
    _refuse_twins(fact, found)
    return tuple(found)


def _rows(fact: FactType, raw: object) -> list[Any]:
    if isinstance(raw, str):
        if len(raw) > MAX_CELL:
            raise BadValue(f"has {len(raw)} characters", f"write at most {MAX_CELL}")
        return _cell_rows(fact, raw)
    if isinstance(raw, Mapping):
        return [raw]
    if isinstance(raw, list | tuple):
        return list(raw)
    raise BadValue(f"{quoted(raw)} is not a list of records", f"write {example(fact)}")


def _cell_rows(fact: FactType, raw: str) -> list[Any]:
    text = numbers.plain(raw)
    if text.startswith(("[", "{")):
        try:
            rows = json.loads(text, parse_float=str, parse_constant=str)
        except (ValueError, RecursionError):
            raise BadValue(f"{quoted(raw)} is not a list of records", f"write {example(fact)}") from None
        return rows if isinstance(rows, list) else [rows]
    names = list(catalogue.load().fields(fact.name))
    return [_cell_row(names, part) for part in re.split(r"[;\n]+", text) if part.strip()]


def _cell_row(names: list[str], text: str) -> dict[str, object]:
    tokens = [token for token in re.split(r"[\s|]+|:(?![0-9]{2}\b)", re.sub(r"\s*=\s*", "=", text)) if token]
    if len(tokens) > len(names):
        raise BadValue(f"{quoted(text.strip())} has {len(tokens)} parts", f"write {' '.join(names)}")
    row: dict[str, object] = {}
    for name, token in zip(names, tokens, strict=False):
        key, equals, value = token.partition("=")
        key, value = (key, value) if equals else (name, token)
        if key in row:
            raise BadValue(f"{quoted(text.strip())} gives {quoted(key)} twice", f"write {' '.join(names)}")
        row[key] = value
    return row


def _record(fact: FactType, row: object, unit: MoneyUnit, read: ReadField) -> Record:
    if not isinstance(row, Mapping):
        raise BadValue(f"{quoted(row)} is not a record", f"write {example(fact)}")
    fields = catalogue.load().fields(fact.name)
    given: dict[str, Scalar | Any] = {}
    for key, raw in row.items():
        name, own_unit = _field_name(fact, key)
        if name in given:
            raise BadValue(f"gives {name} twice", "write it once")
        try:
            value = read(fields[name], raw, own_unit or unit)
        except BadValue as bad:
            raise BadValue(f"{name}: {bad.message}", bad.instead) from None
        if value is not None:
            given[name] = value
    for name in fields:
        if name not in given and name not in catalogue.load().optional_fields(fact.name):
            raise BadValue(f"has no {name} {fields[name].zh}", f"write {example(fact)}")
    return tuple(sorted(given.items()))


def _field_name(fact: FactType, key: object) -> tuple[str, MoneyUnit | None]:
    """The field that a key means, by name or Chinese label, and the unit of money in its brackets."""
    fields = catalogue.load().fields(fact.name)
    if key is True and "on" in fields:  # YAML 1.1 reads a bare `on` as true
        return "on", None
    label, unit = catalogue.split_unit(key) if isinstance(key, str) else ("", None)
    plain = catalogue.plain_label(label)
    for name, field in fields.items():
        if plain in (name, catalogue.plain_label(field.zh)):
            return name, unit
    near = catalogue.nearest(plain, {name: name for name in fields})
    hint = f"did you mean {near}?" if near else f"write {', '.join(fields)}"
    raise BadValue(f"{quoted(key)} is not a field of {fact.name}", hint)


def _refuse_twins(fact: FactType, found: list[Record]) -> None:
    key = catalogue.load().key_field(fact.name)
    seen: set[object] = set()
    for place, record in enumerate(found, start=1):
        identity: object = dict(record)[key] if key else record
        if identity in seen:
            what = f"{key} {identity}" if key else "it"
            raise BadValue(f"record {place}: {what} is given twice", "write every record once")
        seen.add(identity)


def example(fact: FactType) -> str:
    """A record as it is written, with the names of its fields."""
    inside = ", ".join(f"{name}: …" for name in catalogue.load().fields(fact.name))
    return f"[{{{inside}}}]"
