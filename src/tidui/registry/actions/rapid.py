"""Writing many rows with few words: INSERT of values that are ready for the database, past Django's own preparation.

Of a bulk filing by Django's `bulk_create`, half of the time went into preparing each of fifty columns of each row.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any, Final

from django.db import connection
from django.db.models import JSONField, Model

from tidui.facts import catalogue
from tidui.facts.factset import plain
from tidui.registry.acceptance import SectionState
from tidui.registry.fields import scaled
from tidui.registry.values import NAMES
from tidui.rules.values import FactType, NoneValue, Value

#: Parameters of one statement: SQLite takes 32,766, PostgreSQL 65,535.
MOST_PARAMETERS: Final = 30_000


def reserve(model: type[Model], count: int) -> list[int]:
    """Keys for this many new rows; on SQLite the transaction must hold the database, as every writing one here does."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
            last = cursor.fetchone()
            first = (last[0] if last else 0) + 1
            return list(range(first, first + count))
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count])
        return sorted(row[0] for row in cursor.fetchall())


def insert(
    model: type[Model], names: Sequence[str], rows: Sequence[tuple[Any, ...]], *, unique: Sequence[str] = (),
    changing: Sequence[str] = (),
) -> None:  # fmt: skip
    """Insert rows of these columns; a row that is there already, by its `unique` columns, is brought to them.

    With `changing` only those columns of it are. Values are ready for the database: JSON and days as text, numbers as
    whole multiples (see `accepted_row`).
    """
    if not rows:
        return
    quote = connection.ops.quote_name
    fields = [model._meta.get_field(name) for name in names]
    columns = [quote(_column(model, name)) for name in names]
    as_json = connection.vendor == "postgresql"
    places = ", ".join("%s::jsonb" if as_json and isinstance(field, JSONField) else "%s" for field in fields)
    tail = ""
    if unique:
        keys = [quote(_column(model, name)) for name in unique]
        moving = [quote(name) for name in changing] or [column for column in columns if column not in keys]
        changed = ", ".join(f"{column} = excluded.{column}" for column in moving)
        tail = f" ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {changed}"
    head = f"INSERT INTO {quote(model._meta.db_table)} ({', '.join(columns)}) VALUES "
    rest = iter(rows)
    with connection.cursor() as cursor:
        while part := list(islice(rest, MOST_PARAMETERS // len(names))):
            text = head + ", ".join([f"({places})"] * len(part)) + tail
            cursor.execute(text, [value for row in part for value in row])


def _column(model: type[Model], name: str) -> str:
    field: Any = model._meta.get_field(name)
    return str(field.column)


def dumped(value: Any) -> str:
    """JSON as text."""
    return json.dumps(value, ensure_ascii=False)


def _same(value: Any) -> Any:
    return value


def _list_writer(fact: FactType) -> Callable[[Any], str]:
    return lambda value: dumped(plain(fact, value))


def _writer(fact: FactType) -> Callable[[Any], Any]:
    if fact.kind in ("number", "share"):
        return scaled
    if fact.kind == "date":
        return str
    return _list_writer(fact) if fact.kind in ("dates", "list") else _same


_WRITERS: Final = {
    section: tuple((name, _writer(catalogue.load()[name])) for name in names) for section, names in NAMES.items()
}
#: The columns of an accepted row that `accepted_row` gives, after those that say whose it is.
STATE_COLUMNS: Final = ("nones", "provenance", "verified")


def accepted_row(section: str, state: SectionState) -> tuple[Any, ...]:
    """The columns of an accepted row: `STATE_COLUMNS`, then the facts of the section in order."""
    values: dict[str, Value] = state.values
    nones = sorted(name for name, value in values.items() if isinstance(value, NoneValue))
    facts = tuple(
        None if (value := values.get(name)) is None or isinstance(value, NoneValue) else write(value)
        for name, write in _WRITERS[section]
    )
    provenance, verified = dict(sorted(state.provenance.items())), dict(sorted(state.verified.items()))
    return dumped(nones), dumped(provenance), dumped(verified), *facts
