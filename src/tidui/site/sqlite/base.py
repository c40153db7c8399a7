"""The database backend `tidui.site.sqlite`."""

from __future__ import annotations

import contextlib
import functools
import re
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from django.db import OperationalError
from django.db.backends.sqlite3 import base

from tidui.site.sqlite.queue import Place, TooLong

#: Small cache and no memory map: 64 threads have a connection each.
PRAGMAS: Final = "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-2000; PRAGMA mmap_size=0"
#: For what does not stand in the queue: a backup, the sqlite3 program.
BUSY_SECONDS: Final = 20
#: How long a writer waits for its turn.
PATIENCE_SECONDS: Final = 120.0
#: Longer statements write many rows at once: each is another one, and translating it is not what takes their time.
_LONGEST_KEPT: Final = 8_000
_WRITES = re.compile(r"\s*(?:insert|update|delete|replace|create|drop|alter|reindex|analyze|vacuum)\b", re.IGNORECASE)


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection in WAL mode whose transactions begin IMMEDIATE, once it is this writer's turn."""

    def __init__(self, settings_dict: dict[str, Any], *args: Any, **kwargs: Any) -> None:
        super().__init__(settings_dict, *args, **kwargs)
        self._place: Place | None = None

    def get_connection_params(self) -> dict[str, Any]:
        """The options of Django's own backend, with our defaults."""
        options = self.settings_dict["OPTIONS"]
        options.setdefault("transaction_mode", "IMMEDIATE")
        options.setdefault("init_command", PRAGMAS)
        options.setdefault("timeout", BUSY_SECONDS)
        return dict(super().get_connection_params())

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """A connection, and its place in the queue; a database in memory has no other writers."""
        connection = super().get_new_connection(conn_params)
        if not self.is_in_memory_db():
            name = Path(str(self.settings_dict["NAME"]))
            self._place = Place(name.with_name(f"{name.name}-queue"), PATIENCE_SECONDS)
        return connection

    def create_cursor(self, name: str | None = None) -> Any:
        """A cursor whose single statements stand in the queue too."""
        return self.connection.cursor(factory=lambda connection: _Cursor(connection, self))

    def goes_at_once(self, statement: str) -> bool:
        """Is it this writer's turn already, or does the statement not write?"""
        return self.in_atomic_block or self._place is None or self._place.held or not _WRITES.match(statement)

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """One's turn for a statement that writes outside a transaction."""
        assert self._place is not None
        self._enter()
        try:
            yield
        finally:
            self._place.leave()

    def _enter(self) -> None:
        assert self._place is not None
        try:
            self._place.enter()
        except TooLong:
            raise OperationalError(f"database is locked: no turn in {PATIENCE_SECONDS:.0f} s") from None

    def _leave(self) -> None:
        if self._place is not None:
            self._place.leave()

    def _start_transaction_under_autocommit(self) -> None:
        if self._place is not None and not self._place.held:
            self._enter()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._leave()
            raise

    def _commit(self) -> Any:
        result = super()._commit()  # type: ignore[misc]
        self._leave()
        return result

    def _rollback(self) -> Any:
        try:
            return super()._rollback()  # type: ignore[misc]
        finally:
            self._leave()

    def _close(self) -> Any:
        try:
            return super()._close()  # type: ignore[misc]
        finally:
            if self._place is not None:
                self._place.close()


@functools.lru_cache(maxsize=512)
def _in_our_marks(query: str) -> str:
    """A statement with SQLite's marks for its parameters; the same few hundred are asked again and again."""
    return base.FORMAT_QMARK_REGEX.sub("?", query).replace("%%", "%")


class _Cursor(base.SQLiteCursorWrapper):
    def __init__(self, connection: sqlite3.Connection, wrapper: DatabaseWrapper) -> None:
        super().__init__(connection)
        self._wrapper = wrapper

    def convert_query(self, query: str, *, param_names: Any = None) -> str:
        """As Django's own, which looks for the marks anew every time."""
        if param_names is not None or len(query) > _LONGEST_KEPT:
            return super().convert_query(query, param_names=param_names)
        return _in_our_marks(query)

    def execute(self, query: str, params: Any = None) -> Any:
        if self._wrapper.goes_at_once(query):
            return super().execute(query, params)
        with self._wrapper.turn():
            return super().execute(query, params)

    def executemany(self, query: str, param_list: Iterable[Any]) -> Any:
        if self._wrapper.goes_at_once(query):
            return super().executemany(query, param_list)
        with self._wrapper.turn():
            return super().executemany(query, param_list)
