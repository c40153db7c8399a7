"""Returns and verifications never change: the database itself refuses to update or remove their rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.db import connections, router

#: Tables whose rows are only ever added.
TABLES: Final = ("registry_return", "registry_verification")

_SQLITE: Final = """
CREATE TRIGGER IF NOT EXISTS {table}_never_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, '{table}: rows are never changed or removed'); END
"""
_POSTGRES: Final = (
    """
CREATE OR REPLACE FUNCTION registry_never() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '%: rows are never changed or removed', TG_TABLE_NAME
USING ERRCODE = 'integrity_constraint_violation';
END $$
""",
    "DROP TRIGGER IF EXISTS {table}_never ON {table}",
    "CREATE TRIGGER {table}_never BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION registry_never()",
)


def seal(using: str = "default", **_: Any) -> None:
    """Put the triggers in place; called after every migration, and harmless when they are there."""
    connection = connections[using]
    if not router.allow_migrate_model(using, _model()):
        return
    with connection.cursor() as cursor:
        there = set(connection.introspection.table_names(cursor))
        for table in TABLES:
            if table not in there:
                continue
            if connection.vendor == "sqlite":
                for verb in ("update", "delete"):
                    cursor.execute(_SQLITE.format(table=table, verb=verb))
            elif connection.vendor == "postgresql":
                for statement in _POSTGRES:
                    cursor.execute(statement.format(table=table))


def unseal(using: str = "default") -> None:
    """Take the triggers away: for emptying a test database, and for nothing else."""
    connection = connections[using]
    with connection.cursor() as cursor:
        for table in TABLES:
            if connection.vendor == "sqlite":
                for verb in ("update", "delete"):
                    cursor.execute(f"DROP TRIGGER IF EXISTS {table}_never_{verb}")
            elif connection.vendor == "postgresql":
                cursor.execute(f"DROP TRIGGER IF EXISTS {table}_never ON {table}")


@contextmanager
def unsealed(using: str = "default") -> Iterator[None]:
    """The same for the length of a block."""
    unseal(using)
    try:
        yield
    finally:
        seal(using)


def _model() -> Any:
    from tidui.registry.models import Return

    return Return
