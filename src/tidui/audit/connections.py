"""What every database connection gets: who writes, for the triggers, and on SQLite the functions that they call."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from django.db.backends.base.base import BaseDatabaseWrapper

from tidui.audit import acting
from tidui.audit.logged import Row

#: Statements that change no rows; before any other, PostgreSQL is told who writes.
READS: Final = re.compile(
    r"\s*(SELECT|EXPLAIN|SAVEPOINT|RELEASE|SET|SHOW|DECLARE|FETCH|CLOSE|BEGIN|COMMIT|PRAGMA)\b", re.IGNORECASE
)
ROLLS_BACK: Final = re.compile(r"\s*ROLLBACK\b", re.I)
_TELL: Final = "pg_catalog.set_config('tidui.actor', %s, %s), pg_catalog.set_config('tidui.organisation', %s, %s)"


def prepare(sender: Any, connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Receiver of `connection_created`."""
    if connection.vendor == "sqlite":
        _sqlite_functions(connection)
    if not any(isinstance(wrapper, Announcing) for wrapper in connection.execute_wrappers):
        connection.execute_wrappers.append(Announcing())


class Announcing:
    """Settles who writes before a writing statement, and on PostgreSQL tells the session.

    A setting made inside a transaction is gone when the transaction, or the savepoint, is rolled back: so it is made
    again in every transaction, before its first write, and after each return to a savepoint.
    """

    def __init__(self) -> None:
        self.told: tuple[int | None, int | None] | None = None

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        connection = context["connection"]
        if connection.vendor == "postgresql":
            self._tell(connection, sql)
        elif not READS.match(sql):
            acting.current()
        return execute(sql, params, many, context)

    def _tell(self, connection: BaseDatabaseWrapper, sql: str) -> None:
        idle = connection.connection.info.transaction_status == 0
        if idle or ROLLS_BACK.match(sql):
            self.told = None
        if READS.match(sql) or ROLLS_BACK.match(sql):
            return
        now = acting.current()
        if now != self.told:
            announce(connection, now)
            self.told = now


def announce(connection: BaseDatabaseWrapper, who: tuple[int | None, int | None] | None = None) -> None:
    """Tell PostgreSQL who writes in this transaction; needed only before a COPY, which goes past Django."""
    if connection.vendor != "postgresql":
        return
    with connection.connection.cursor() as cursor:
        cursor.execute(f"SELECT {_TELL}", _told_of(connection, who or acting.current()))


def _told_of(connection: BaseDatabaseWrapper, who: tuple[int | None, int | None]) -> tuple[Any, ...]:
    actor, organisation = ("" if key is None else str(key) for key in who)
    return actor, connection.in_atomic_block, organisation, connection.in_atomic_block


def asked_and_told(connection: BaseDatabaseWrapper, columns: str) -> tuple[Any, ...]:
    """The answer to a SELECT of these columns; in the same statement PostgreSQL is told who writes from now on."""
    who = acting.current()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns}, {_TELL}", _told_of(connection, who))
        found: tuple[Any, ...] = cursor.fetchone()
    for wrapper in connection.execute_wrappers:
        if isinstance(wrapper, Announcing):
            wrapper.told = who
    return found


# ---------------------------------------------------------------------- SQLite
def _sqlite_functions(connection: BaseDatabaseWrapper) -> None:
    database = connection.connection
    database.create_function("tidui_tamper", 8, Row().told)
    database.create_function("tidui_forgetting", 0, lambda: int(acting.is_forgetting()))
