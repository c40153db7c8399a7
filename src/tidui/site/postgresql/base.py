"""The database backend `tidui.site.postgresql`."""

from __future__ import annotations

import select
import time
from collections.abc import Callable
from typing import Any, Final

from django.db.backends.postgresql import base
from psycopg import ClientCursor

from tidui.kit.aside import aside

#: The protocol counts the values of a statement in 16 bits.
MOST_VALUES: Final = 65_535
#: A connection that answered so many seconds ago is asked again before it is used.
SURE: Final = 5.0
_WRITES: Final = ("INSERT", "UPDATE", "DELETE")


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that takes statements of any number of values, and steps aside while what it wrote is committed.

    A commit is over when the disk has it. The database lets go of its locks then, whoever's turn it is in this process:
    nobody waits for somebody who waits for them.
    """

    def __init__(self, settings_dict: dict[str, Any], *args: Any, **kwargs: Any) -> None:
        super().__init__(settings_dict, *args, **kwargs)
        self._wrote = False
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

    def is_usable(self) -> bool:
        """Is the server there? Asked by a query, unless it has just answered and said no goodbye since."""
        if self.connection is None or time.monotonic() - self._answered > SURE or _speaks(self.connection):
            return bool(super().is_usable())
        return True

    def _commit(self) -> Any:
        if not self._wrote:
            return super()._commit()  # type: ignore[misc]
        self._wrote = False
        with aside():
            return super()._commit()  # type: ignore[misc]

    def _rollback(self) -> Any:
        self._wrote = False
        return super()._rollback()  # type: ignore[misc]


def _speaks(connection: Any) -> bool:
    """Has the server sent something that nobody asked for, such as that it ends?"""
    if connection.closed:
        return True
    ear = select.poll()
    ear.register(connection.fileno(), select.POLLIN)
    return bool(ear.poll(0))
