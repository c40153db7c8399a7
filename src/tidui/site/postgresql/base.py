"""The database backend `tidui.site.postgresql`."""

from __future__ import annotations

import json
import select
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from django.db.backends.postgresql import base, operations
from django.db.backends.utils import debug_transaction
from psycopg import ClientCursor, RawCursor
from psycopg.types.json import Jsonb

from tidui.kit.aside import aside

#: The protocol counts the values of a statement in 16 bits.
MOST_VALUES: Final = 65_535
#: A connection that answered so many seconds ago is asked again before it is used.
SURE: Final = 5.0
_WRITES: Final = ("INSERT", "UPDATE", "DELETE", "WITH")
#: A commit that waits for no disk, then one that does: what it leaves there lies behind all that was written before.
_LET_GO: Final = (
    "SET LOCAL synchronous_commit = off; COMMIT; SELECT pg_catalog.pg_logical_emit_message(true, 'tidui', ''::text)"
)
_MAY_LET_GO: Final = (
    "SELECT count(*) > 0 AND bool_and(has_function_privilege(oid, 'EXECUTE'))"
    " FROM pg_catalog.pg_proc WHERE proname = 'pg_logical_emit_message'"
)


class DatabaseOperations(operations.DatabaseOperations):
    """For the log of statements: one whose values are numbered is told as it is."""

    def last_executed_query(self, cursor: Any, sql: str, params: Any) -> Any:
        """The statement with its values put in."""
        return sql if isinstance(cursor, RawCursor) else super().last_executed_query(cursor, sql, params)


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that takes statements of any number of values, and steps aside while what it wrote is committed.

    A commit is over when the disk has it. The database lets go of its locks then, whoever's turn it is in this process:
    nobody waits for somebody who waits for them.
    """

    ops_class = DatabaseOperations

    def __init__(self, settings_dict: dict[str, Any], *args: Any, **kwargs: Any) -> None:
        super().__init__(settings_dict, *args, **kwargs)
        self._wrote = self._early = False
        #: May this connection's account write what `_LET_GO` leaves behind? None: not asked yet.
        self._may_let_go: bool | None = None
        self._answered = 0.0
        self.execute_wrappers.append(self._around)

    def _around(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
    ) -> Any:  # fmt: skip
        """Put values into the statement itself where they are too many: a list of all enterprises, say."""
        if sql.startswith(_WRITES):
            self._wrote = True
        if not many and params is not None and len(params) > MOST_VALUES:
            sql, params = ClientCursor(self.connection).mogrify(sql, params), None
        found = execute(sql, params, many, context)
        self._answered = time.monotonic()
        return found

    def numbered(self) -> Any:
        """A cursor for statements whose values are numbered ($1): psycopg looks through no text for their places."""
        self.ensure_connection()
        with self.wrap_database_errors:
            return self._prepare_cursor(RawCursor(self.connection))  # type: ignore[attr-defined]

    def settled(self, params: Sequence[Any]) -> list[Any]:
        """Values as they are now, for a statement that is sent later: JSON is spelled at once."""
        return [_spelled(value) if isinstance(value, Jsonb) else value for value in params]

    def is_usable(self) -> bool:
        """Is the server there? Asked by a query, unless it has just answered and said no goodbye since."""
        if self.connection is None or time.monotonic() - self._answered > SURE or _speaks(self.connection):
            return bool(super().is_usable())
        return True

    def let_go_early(self) -> None:
        """Many wait for what this transaction holds: its commit lets go of it before the disk has what it wrote.

        Whoever commits goes on, and answers, when the disk has it, as ever. Others may see it a moment before; what
        they write because of it reaches the disk behind it.
        """
        self._early = True

    def _commit(self) -> Any:
        wrote, early = self._wrote, self._early
        self._wrote = self._early = False
        if not wrote or self.connection is None:
            return super()._commit()  # type: ignore[misc]
        early = early and self._asked_whether_it_may()
        with aside():
            if not early:
                return super()._commit()  # type: ignore[misc]
            with debug_transaction(self, "COMMIT"), self.wrap_database_errors:
                return self.connection.execute(_LET_GO, prepare=False)

    def _rollback(self) -> Any:
        self._wrote = self._early = False
        return super()._rollback()  # type: ignore[misc]

    def _asked_whether_it_may(self) -> bool:
        if self._may_let_go is None:
            with self.wrap_database_errors:
                self._may_let_go = bool(self.connection.execute(_MAY_LET_GO).fetchone()[0])
        return self._may_let_go

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Another connection, of which nothing is known yet."""
        self._may_let_go = None
        return super().get_new_connection(conn_params)


def _spelled(value: Jsonb) -> Jsonb:
    return Jsonb((value.dumps or json.dumps)(value.obj), dumps=_as_it_is)


def _as_it_is(text: str) -> str:
    return text


def _speaks(connection: Any) -> bool:
    """Has the server sent something that nobody asked for, such as that it ends?"""
    if connection.closed:
        return True
    ear = select.poll()
    ear.register(connection.fileno(), select.POLLIN)
    return bool(ear.poll(0))
