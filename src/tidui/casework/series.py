"""Numbers in series without gaps: given inside the transaction of what they number."""

from __future__ import annotations

from typing import Final

from django.db import transaction


def next_number(name: str) -> int:
    """The next number of a series, 1 for the first; held until the transaction ends. RuntimeError outside one."""
    connection = transaction.get_connection()
    if not connection.in_atomic_block:
        raise RuntimeError("a number is given inside the transaction of what it numbers")
    getattr(connection, "let_go_early", _as_ever)()
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [name])
        return int(cursor.fetchone()[0])


def _as_ever() -> None:
    """Where the database has nothing that many wait for: on SQLite one writes at a time."""


#: One statement: it makes the series, or holds its row, whoever else asks.
_NEXT: Final = """
    INSERT INTO casework_series (name, last) VALUES (%s, 1)
    ON CONFLICT (name) DO UPDATE SET last = casework_series.last + 1 RETURNING last
"""
