"""How a test with transactions of its own leaves the database: as it was made, in milliseconds instead of a second.

Django empties every table and then lets all apps set themselves up again, which reads the shape of ninety watched
tables. Here the database as it was made is kept beside it, and put back: on SQLite the whole file, triggers and
search index included, on PostgreSQL the few rows that an empty site has.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.management.commands.flush import Command
from django.db import connection

#: On PostgreSQL: where the rows of an empty site are kept.
KEPT = "as_made"


@contextmanager
def as_made(folder: Path) -> Iterator[None]:
    """While it lasts, `flush` puts back what the database holds now; `folder` holds the copy."""
    given = Command.handle
    back = _kept_file(folder) if connection.vendor == "sqlite" else _kept_rows()

    def put_back(command: Command, **options: Any) -> None:
        back()
        ContentType.objects.clear_cache()

    Command.handle = put_back  # type: ignore[method-assign,assignment]
    try:
        yield
    finally:
        Command.handle = given  # type: ignore[method-assign]


def _kept_file(folder: Path) -> Any:
    kept = sqlite3.connect(folder / f"{Path(str(connection.settings_dict['NAME'])).name}.kept")
    connection.ensure_connection()
    connection.connection.backup(kept)

    def back() -> None:
        connection.ensure_connection()
        # In its turn: a worker that the test has started may still be writing.
        with connection.turn():  # type: ignore[attr-defined]
            kept.backup(connection.connection)

    return back


def _kept_rows() -> Any:
    tables = connection.introspection.table_names()
    with connection.cursor() as cursor:
        full = [table for table in tables if _any(cursor, table)]
        cursor.execute(f"CREATE SCHEMA {KEPT}")
        for table in full:
            cursor.execute(f'CREATE TABLE {KEPT}."{table}" AS SELECT * FROM public."{table}"')
    emptied = "".join(f'DELETE FROM public."{table}";' for table in tables)
    filled = "".join(f'INSERT INTO public."{table}" SELECT * FROM {KEPT}."{table}";' for table in full)

    def back() -> None:
        with connection.cursor() as cursor:
            # In the mode of a replica no trigger acts: neither the guards of what is never removed nor foreign keys.
            cursor.execute(f"BEGIN;SET LOCAL session_replication_role = replica;{emptied}{filled}COMMIT")

    return back


def _any(cursor: Any, table: str) -> bool:
    cursor.execute(f'SELECT EXISTS (SELECT 1 FROM public."{table}")')
    return bool(cursor.fetchone()[0])
