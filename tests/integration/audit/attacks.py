"""Changes made behind the back of the triggers, as somebody with all rights on the database could make them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.utils import timezone

from tidui.audit import seals
from tidui.audit.findings import Finding
from tidui.audit.verify import verify


@contextmanager
def triggers_off() -> Iterator[None]:
    """Inside, no trigger fires; afterwards all stand as before, so that they give nothing away."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            kept = cursor.fetchall()
            for name, _ in kept:
                cursor.execute(f'DROP TRIGGER "{name}"')
            yield
            for _, statement in kept:
                cursor.execute(statement)
        else:
            # Foreign keys that are checked at the end of the transaction are triggers too.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET session_replication_role = replica")
            yield
            cursor.execute("SET session_replication_role = DEFAULT")


def behind(statement: str, *parameters: object) -> int:
    """Run one statement with no trigger watching; returns how many rows it touched."""
    with triggers_off(), connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.rowcount)


def sealed() -> None:
    """Close all that was written."""
    assert seals.seal(at=timezone.now(), pause=0)


def findings() -> list[tuple[str, str, str]]:
    """What a verification finds: (kind, table, row)."""
    return [(finding.kind, finding.table, finding.row) for finding in found()]


def found() -> list[Finding]:
    """What a verification finds."""
    return verify().findings
