"""Holds the rows of watched tables, as they stand now, against their last images in the tamper log."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from tidui.audit import digests, postgres_triggers, sqlite_triggers, tamper
from tidui.audit.models import Shape

BATCH = 2000
_ROW = '"row" = %s'


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A row that is not as its last image says: `what` is changed, removed, inserted, or shape (unknown columns)."""

    table: str
    row: str
    what: str
    logged_at: dt.datetime | None = None
    logged_id: int | None = None


def wrong_rows(connection: BaseDatabaseWrapper, only: str | None = None) -> dict[str, set[str]]:
    """The keys of the rows that do not match, by table."""
    wrong: dict[str, set[str]] = {}
    present = set(connection.introspection.table_names())
    for table, one in tamper.watched().items():
        if table in present and only in (None, table):
            for mismatch in mismatches(connection, one):
                wrong.setdefault(table, set()).add(mismatch.row)
    return wrong


def is_wrong(connection: BaseDatabaseWrapper, one: tamper.Watched, key: str) -> bool:
    """Does this row (if it is there) differ from its last image?"""
    return bool(list(mismatches(connection, one, key=key)))


def mismatches(
    connection: BaseDatabaseWrapper,
    one: tamper.Watched,
    checked: Callable[[int], None] | None = None,
    key: str | None = None,
) -> Iterator[Mismatch]:
    """The rows of one table (or the one with this key) that differ from the log, or are only in one of the two.

    Rows whose image covers columns that are no longer there are told as `shape`.
    """
    shapes = {
        shape.pk: [(column, kind) for column, kind in shape.columns]
        for shape in Shape.objects.using(connection.alias).filter(table=one.table)
    }
    there = _columns_there(connection, one.table)
    readable = {number: cols for number, cols in shapes.items() if {column for column, _ in cols} <= there}
    yield from _differing(connection, one, readable, checked or (lambda rows: None), key)
    if key is None:
        yield from _gone(connection, one)


def row_text(connection: BaseDatabaseWrapper, columns: list[tamper.Column], source: str) -> str:
    """The SQL expression of a row's text on this database, whatever somebody has put into its columns."""
    if connection.vendor != "sqlite":
        return postgres_triggers.row_text(columns, source)
    return without_bytes(sqlite_triggers.row_text(columns, source), columns, source)


def without_bytes(text: str, columns: list[tamper.Column], source: str) -> str:
    """The expression of a row's JSON on SQLite, or of what is none where there are bytes in a column of another kind.

    Such a column takes bytes by hand all the same; JSON has no spelling of them.
    """
    others = [f"typeof({source}.{sqlite_triggers.quoted(column)})" for column, kind in columns if kind != "bytes"]
    return f"CASE WHEN 'blob' IN ({', '.join(others)}) THEN 'bytes' ELSE {text} END"


def has_key(connection: BaseDatabaseWrapper, one: tamper.Watched) -> str:
    """The condition that a row `t` has the key given as text; found by the index on both databases."""
    key = f"t.{sqlite_triggers.quoted(one.key)}"
    if connection.vendor == "sqlite":
        return f"{key} = %s"
    return f"{key} = CAST(%s AS {one.model._meta.pk.rel_db_type(connection)})"


def _columns_there(connection: BaseDatabaseWrapper, table: str) -> set[str]:
    with connection.cursor() as cursor:
        return {column.name for column in connection.introspection.get_table_description(cursor, table)}


def _differing(
    connection: BaseDatabaseWrapper,
    one: tamper.Watched,
    shapes: dict[int, list[tamper.Column]],
    checked: Callable[[int], None],
    only: str | None,
) -> Iterator[Mismatch]:
    key = f"t.{sqlite_triggers.quoted(one.key)}"
    # The text of a row is written by the shape of its image; a table has one shape, rarely two.
    arms = " ".join(f"WHEN {number} THEN {row_text(connection, cols, 't')}" for number, cols in shapes.items())
    text = f"CASE l.shape {arms} END" if arms else "NULL"
    params = [one.table]
    if connection.vendor == "sqlite":
        newest = (
            "audit_tamperrow l ON l.id = (SELECT max(m.id) FROM audit_tamperrow m"
            f' WHERE m."table" = %s AND m."row" = CAST({key} AS TEXT))'
        )
    else:
        newest = (
            '(SELECT DISTINCT ON ("row") * FROM audit_tamperrow WHERE "table" = %s'
            f'{" AND " + _ROW if only is not None else ""} ORDER BY "row", id DESC) l ON l."row" = {key}::text'
        )
        params += [] if only is None else [only]
    sql = (
        f"SELECT CAST({key} AS TEXT), l.id, l.at, l.operation, l.salt, l.image, {text}"
        f" FROM {sqlite_triggers.quoted(one.table)} t LEFT JOIN {newest}"
    )
    if only is not None:
        sql, params = f"{sql} WHERE {has_key(connection, one)}", [*params, only]
    for row, logged, at, operation, salt, image, now in stream(connection, sql, params):
        checked(1)
        if logged is None or operation == "D":
            yield Mismatch(one.table, row, "inserted", moment(at), logged)
        elif now is None:
            yield Mismatch(one.table, row, "shape", moment(at), logged)
        elif digests.image(salt, now) != image:
            yield Mismatch(one.table, row, "changed", moment(at), logged)


def _gone(connection: BaseDatabaseWrapper, one: tamper.Watched) -> Iterator[Mismatch]:
    """Rows that the log knows, and the table does not; a row emptied by TRUNCATE went after its last image."""
    key = sqlite_triggers.quoted(one.key)
    # SQLite compares a number with a text as numbers, and finds it by the key; PostgreSQL hashes both as text.
    same = f't.{key} = l."row"' if connection.vendor == "sqlite" else f't.{key}::text = l."row"'
    sql = (
        'SELECT l."row", l.id, l.at FROM audit_tamperrow l JOIN (SELECT max(id) AS id FROM audit_tamperrow'
        " WHERE \"table\" = %s GROUP BY \"row\") m ON m.id = l.id WHERE l.operation NOT IN ('D', 'T') AND NOT EXISTS"
        f" (SELECT 1 FROM {sqlite_triggers.quoted(one.table)} t WHERE {same})"
        ' AND l.id > coalesce((SELECT max(id) FROM audit_tamperrow e WHERE e."table" = %s AND e."row" = \'\'), 0)'
    )
    for row, logged, at in stream(connection, sql, [one.table, one.table]):
        yield Mismatch(one.table, row, "removed", moment(at), logged)


def stream(connection: BaseDatabaseWrapper, sql: str, params: list[Any]) -> Iterator[tuple[Any, ...]]:
    """Rows of a query without holding them all: on PostgreSQL by a cursor of the server, inside a transaction."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            while rows := cursor.fetchmany(BATCH):
                yield from rows
        return
    connection.ensure_connection()
    # All rows are wanted, not the first ones soon; and a table that was just filled has no statistics yet.
    with connection.cursor() as settings:
        settings.execute("SET LOCAL cursor_tuple_fraction = 1; SET LOCAL enable_nestloop = off")
        with closing(connection.create_cursor(name="tidui_audit")) as cursor:
            cursor.execute(sql, params)
            while rows := cursor.fetchmany(BATCH):
                yield from rows
        settings.execute("SET LOCAL cursor_tuple_fraction = DEFAULT; SET LOCAL enable_nestloop = DEFAULT")


def moment(value: Any) -> dt.datetime | None:
    """A time as the database gives it in raw SQL: SQLite gives text in UTC."""
    if isinstance(value, str):
        return dt.datetime.fromisoformat(value).replace(tzinfo=dt.UTC)
    found: dt.datetime | None = value
    return found if found is None or found.tzinfo else found.replace(tzinfo=dt.UTC)
