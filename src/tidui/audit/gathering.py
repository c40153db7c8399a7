"""Rows that one action writes one after the other, sent to the database in one statement where it takes that.

A statement costs a round to the database and the preparing of it on both sides; of a submission, which writes a dozen
rows, that was a sixth of its time. On PostgreSQL what `tidui.audit.rows` is given while rows are gathered waits, and
goes out together; keys that others need at once are drawn beforehand, all by one statement. Who reads or changes a
table of which something waits finds it written: it is sent first. On SQLite, where a statement costs little and no one
statement writes several tables, everything is written as it comes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final, TypeAlias

from django.db import DatabaseError, connections, models
from django.db.transaction import TransactionManagementError

from tidui.audit import acting
from tidui.audit.connections import asked_and_told

#: The only database of the site.
USING: Final = "default"
#: Values of one statement, but for one part that has more by itself; the protocol counts them in 16 bits.
MOST_VALUES: Final = 30_000
#: A person and an organisation, by their keys.
Who: TypeAlias = "tuple[int | None, int | None]"
#: A statement, its values, and whether it changes a row that has to be there.
Part: TypeAlias = "tuple[str, Sequence[Any], bool]"
#: Statements that begin or end what may be taken back alone.
_SAVEPOINTS: Final = ("SAVEPOINT", "RELEASE SAVEPOINT")
_TAKES_BACK: Final = "ROLLBACK TO SAVEPOINT"


class Gathered:
    """What waits to be written in a transaction.

    The rows of one table are written in their order, and nobody sees one table written before another. `begun` are new
    records that wait for what else their action makes of them: they are written by their next `update`, or when
    somebody asks for their table. Each is written in the name of whoever wrote it, with the values that it had then.
    """

    def __init__(self, connection: Any, write: Callable[[models.Model], None]) -> None:
        self._connection, self._write = connection, write
        self._keys: dict[type[models.Model], list[int]] = {}
        self._begun: dict[int, tuple[models.Model, Who]] = {}
        self._parts: list[Part] = []
        self._who: Who = (None, None)
        self._values = 0
        self._tables: set[str] = set()
        self._fixed: set[str] = set()

    def draw(self, wanted: Mapping[type[models.Model], int]) -> None:
        """Draw so many keys for new records of these models."""
        models_of = [model for model, count in wanted.items() for _one in range(count)]
        if not models_of:
            return
        drawn = ", ".join(f"nextval('{_sequence(self._connection, model)}')" for model in models_of)
        for model, key in zip(models_of, asked_and_told(self._connection, drawn), strict=False):
            self._keys.setdefault(model, []).append(key)

    def key(self, model: type[models.Model]) -> int | None:
        """A key that was drawn for a new record; None where none is left."""
        left = self._keys.get(model)
        return left.pop(0) if left else None

    def begin(self, record: models.Model) -> None:
        """Let a new record, which has its key, wait for its next `update`."""
        self._begun[id(record)] = record, acting.current()
        self._tables.add(record._meta.db_table)

    def finish(self, record: models.Model) -> bool:
        """Does this new record still wait? Not from now on: whoever is told so writes it."""
        return self._begun.pop(id(record), None) is not None

    def add(self, table: str, sql: str, params: Sequence[Any], *, alone: bool = False) -> None:
        """Let a statement wait that writes this table. One that changes a row, or whose rows get their keys from the
        database, is `alone` with its table: parts of one statement do not see one another and have no order."""
        who, meets = acting.current(), table in self._fixed or (alone and table in self._tables)
        if meets or (self._parts and (who != self._who or self._values + len(params) > MOST_VALUES)):
            self.send(begun=meets)
        if alone:
            self._fixed.add(table)
        self._who = who
        self._values += len(params)
        self._tables.add(table)
        self._parts.append((sql, self._connection.settled(params), sql.startswith("UPDATE")))

    def send(self, *, begun: bool = False) -> None:
        """Write what waits; with `begun`, also the records that still wait for something."""
        if begun:
            for key, (record, who) in list(self._begun.items()):
                del self._begun[key]
                with acting.acting(*who):
                    self._write(record)
        parts, who = self._parts, self._who
        self._parts, self._values, self._fixed = [], 0, set()
        self._tables = {record._meta.db_table for record, _who in self._begun.values()}
        if parts:
            with acting.acting(*who):
                self._sent(parts)

    def _sent(self, parts: Sequence[Part]) -> None:
        if len(parts) == 1:
            [(sql, params, changes)] = parts
            with self._connection.cursor() as cursor:
                cursor.execute(sql, params)
                counts = [cursor.rowcount] if changes else []
        else:
            sql = _together(tuple((text, changes) for text, _params, changes in parts))
            with self._connection.numbered() as cursor:
                cursor.execute(sql, [value for _text, params, _changes in parts for value in params])
                counts = list(cursor.fetchone()) if any(changes for _text, _params, changes in parts) else []
        if any(count != 1 for count in counts):
            raise DatabaseError("a row is not there to be changed")

    def drop(self) -> None:
        """Forget what waits: what it belongs to is taken back."""
        self._parts, self._values, self._tables, self._fixed, self._begun = [], 0, set(), set(), {}

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        """Around every statement: what waits of the tables that it names is written before it."""
        if self._tables:
            if sql.startswith(_TAKES_BACK):
                self.drop()
            elif sql.startswith(_SAVEPOINTS) or any(table in sql for table in self._tables):
                self.send(begun=True)
        return execute(sql, params, many, context)


_current: ContextVar[Gathered | None] = ContextVar("gathered", default=None)


def current() -> Gathered | None:
    """What is being gathered, if anything is."""
    return _current.get()


@contextmanager
def gathering(
    wanted: Mapping[type[models.Model], int], write: Callable[[models.Model], None]
) -> Iterator[None]:
    """Gather what is written in here; see `rows.gathered`. TransactionManagementError outside a transaction."""
    connection = connections[USING]
    if not connection.in_atomic_block:
        raise TransactionManagementError("rows are gathered inside a transaction only")
    if not hasattr(connection, "numbered") or _current.get() is not None:
        yield
        return
    found = Gathered(connection, write)
    found.draw(wanted)
    before = _current.set(found)
    try:
        with connection.execute_wrapper(found):
            yield
            found.send(begun=True)
    finally:
        _current.reset(before)


_sequences: dict[type[models.Model], str] = {}
_statements: dict[tuple[tuple[str, bool], ...], str] = {}
#: Actions of one kind make one statement; with files, one for each number of them.
_MOST: Final = 500


def _sequence(connection: Any, model: type[models.Model]) -> str:
    """The sequence of a model's keys."""
    if model not in _sequences:
        meta = model._meta
        assert meta.pk is not None
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [f'"{meta.db_table}"', meta.pk.column])
            _sequences[model] = cursor.fetchone()[0]
    return _sequences[model]


def _together(parts: tuple[tuple[str, bool], ...]) -> str:
    """One statement of these, its values numbered; it gives how many rows each change of a row found."""
    found = _statements.get(parts)
    if found is None:
        if len(_statements) >= _MOST:
            _statements.clear()
        found = _statements[parts] = _made(parts)
    return found


def _made(parts: Sequence[tuple[str, bool]]) -> str:
    texts, counts = [], []
    for place, (text, changes) in enumerate(parts):
        texts.append(f"w{place} AS ({text}{' RETURNING 1' if changes else ''})")
        if changes:
            counts.append(f"(SELECT count(*) FROM w{place})")
    pieces = f"WITH {', '.join(texts)} SELECT {', '.join(counts) or '1'}".split("%s")
    return "".join(f"{piece}${place}" for place, piece in enumerate(pieces[:-1], 1)) + pieces[-1]
