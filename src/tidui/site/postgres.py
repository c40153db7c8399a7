"""What connections to PostgreSQL get: statements of more values than the database takes beside them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django.db.backends.base.base import BaseDatabaseWrapper

#: The protocol counts the values of a statement in 16 bits.
MOST_VALUES: Final = 65_535


def prepare(sender: Any, connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Receiver of `connection_created`."""
    if connection.vendor == "postgresql" and values_inside not in connection.execute_wrappers:
        connection.execute_wrappers.append(values_inside)


def values_inside(
    execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
) -> Any:  # fmt: skip
    """Put the values into the statement itself where they are too many: a list of all enterprises, say."""
    if not many and params is not None and len(params) > MOST_VALUES:
        from psycopg import ClientCursor

        sql, params = ClientCursor(context["connection"].connection).mogrify(sql, params), None
    return execute(sql, params, many, context)
