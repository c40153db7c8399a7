"""The history of one row from the tamper log, and which columns of a wrong row differ from it."""

from __future__ import annotations

import json
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from tidui.audit import images, logged, postgres_triggers, sqlite_triggers, tamper
from tidui.audit.findings import Finding
from tidui.audit.images import Mismatch
from tidui.audit.models import TamperRow

HIDDEN = "*"


def explained(connection: BaseDatabaseWrapper, one: tamper.Watched, mismatch: Mismatch) -> Finding:
    """What is wrong with a row, with the columns as far as the log knows their values."""
    last = TamperRow.objects.using(connection.alias).filter(pk=mismatch.logged_id or 0).first()
    by = last.actor_id if last else None
    if mismatch.what != "changed":
        return Finding("table", mismatch.what, one.table, mismatch.row, logged_at=mismatch.logged_at, logged_by=by)
    known, complete = last_values(connection, one.table, mismatch.row)
    try:
        now = current_values(connection, one, mismatch.row)
    except ValueError:  # an infinite number, or bytes, which JSON cannot tell: nobody's program wrote that
        return Finding("table", "changed", one.table, mismatch.row, logged_at=mismatch.logged_at, logged_by=by)
    compared = [column for column, _ in tamper.columns(one, connection)] if complete else list(known)
    differ = [
        (column, shown(known.get(column)), shown(now.get(column)))
        for column in compared
        if HIDDEN not in (known.get(column), now.get(column)) and known.get(column) != now.get(column)
    ]
    columns = tuple(column for column, _, _ in differ)
    if not columns and complete:
        columns = tuple(sorted(one.secret))  # all others are known, and as they were
    return Finding("table", "changed", one.table, mismatch.row, columns, tuple(differ), mismatch.logged_at, by)


def last_values(connection: BaseDatabaseWrapper, table: str, row: str) -> tuple[dict[str, Any], bool]:
    """The last logged value of each column; and whether the log knows the row from its beginning."""
    values: dict[str, Any] = {}
    complete = False
    rows = TamperRow.objects.using(connection.alias).filter(table=table, row=row).order_by("id")
    for operation, text in rows.values_list("operation", "changes").iterator():
        if operation in ("I", "B"):
            values, complete = {}, bool(text)
        if operation == "U" and not text:  # forgotten
            values, complete = {}, False
        for column, (_, new) in (json.loads(text) if text else {}).items():
            values[column] = new
    return values, complete


def current_values(connection: BaseDatabaseWrapper, one: tamper.Watched, row: str) -> dict[str, Any]:
    """The row's values as the log would write them now; columns without a value are left out.

    ValueError where it could not write them.
    """
    columns, table = tamper.columns(one, connection), sqlite_triggers.quoted(one.table)
    sqlite = connection.vendor == "sqlite"
    if sqlite:
        asked = images.without_bytes(sqlite_triggers.values(columns, "t"), columns, "t")
    else:
        asked = postgres_triggers.changes(one, columns, "", "t")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {asked} FROM {table} t WHERE {images.has_key(connection, one)}", [row])
        found = cursor.fetchone()
    if found is None:
        return {}
    text = logged.changed(sqlite_triggers.names(one, columns), None, found[0]) if sqlite else found[0]
    return {column: new for column, (_, new) in json.loads(text).items()}


def shown(value: Any) -> str:
    """A logged value in a line of text."""
    text = "∅" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}…"
