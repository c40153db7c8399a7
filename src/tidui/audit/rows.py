"""Writing one row with a statement that is kept for its table: what a model's own `save` makes anew every time.

For rows that every application writes. Nothing is passed by: columns are prepared by their fields, the triggers of the
tamper log stand in the database, and a model to which a signal listens is saved by Django itself.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from django.db import DatabaseError, connections, models
from django.db.models import signals

from tidui.audit import gathering

Row = TypeVar("Row", bound=models.Model)

USING: Final = gathering.USING


@dataclass(frozen=True, slots=True)
class _Column:
    """A column: its field, and the types whose values this database takes as they stand in the record."""

    field: Any
    as_they_are: frozenset[type]


@dataclass(frozen=True, slots=True)
class _Statement:
    """`returns`: the database gives the key."""

    sql: str
    columns: tuple[_Column, ...]
    returns: bool = False

    def params(self, record: models.Model, connection: Any, *, adding: bool) -> list[Any]:
        """The values of the record, prepared by their fields; most are a text, a whole number or nothing."""
        given = []
        for column in self.columns:
            field = column.field
            value = getattr(record, field.attname)
            if value.__class__ not in column.as_they_are:
                value = field.get_db_prep_save(field.pre_save(record, adding), connection)
            given.append(value)
        return given


_inserts: dict[tuple[str, type[models.Model], bool], _Statement | None] = {}
_upserts: dict[tuple[str, type[models.Model]], _Statement | None] = {}
_updates: dict[tuple[str, type[models.Model], frozenset[str]], _Statement | None] = {}


def gathered(wanted: Mapping[type[models.Model], int]) -> AbstractContextManager[None]:
    """Send what is written in here together, where the database takes that: see `tidui.audit.gathering`.

    `wanted`: how many new records of which models need their key at once; more of them are written as they come. What
    stands against a row is met when it is sent, at the latest at the end: so directly inside the transaction of an
    action that is taken back as a whole then.
    """
    return gathering.gathering(wanted, _write_begun)


def send() -> None:
    """Write what waits to be written together, but for records that wait for more (`begin`)."""
    waiting = gathering.current()
    if waiting is not None:
        waiting.send()


def insert(record: Row, *, listeners_done: bool = False, unfinished: bool = False) -> Row:
    """Write a new record; it has its key then, as after `save(force_insert=True)`.

    `listeners_done`: what listens to such records has been done to this one by the caller, and need not be told.
    `unfinished`: the same action will `update` it; where rows are gathered it is written only then.
    """
    model, connection, waiting = type(record), connections[USING], gathering.current()
    drawn = waiting.key(model) if waiting is not None and record.pk is None else None
    found = None
    if drawn is not None or record.pk is None or not isinstance(model._meta.pk, models.AutoField):
        found = _inserted(model, keyed=drawn is not None)
    if found is None or (_heard(model) and not listeners_done):
        record.save(force_insert=True)
        return record
    if drawn is not None:
        record.pk = drawn
    if waiting is not None and unfinished and drawn is not None:
        waiting.begin(record)
    else:
        _insert(record, found, connection)
    record._state.adding, record._state.db = False, USING
    return record


def _insert(record: models.Model, found: _Statement, connection: Any) -> None:
    waiting, params = gathering.current(), found.params(record, connection, adding=True)
    if waiting is not None and not found.returns:
        waiting.add(record._meta.db_table, found.sql, params)
        return
    with connection.cursor() as cursor:
        cursor.execute(found.sql, params)
        if found.returns:
            record.pk = cursor.fetchone()[0]


def _write_begun(record: models.Model) -> None:
    """Write a record that has waited, as it is now."""
    found = _inserted(type(record), keyed=True)
    assert found is not None
    _insert(record, found, connections[USING])


def insert_all(records: Sequence[models.Model]) -> None:
    """Write new records of one model in one statement, in their order; they do not learn the keys that they get."""
    waiting = gathering.current()
    found = _inserted(type(records[0])) if len(records) > (waiting is None) else None
    if found is None or not found.returns or _heard(type(records[0])):
        for record in records:
            insert(record)
        return
    connection = connections[USING]
    head, values, _returning = found.sql.partition(f"({', '.join(['%s'] * len(found.columns))})")
    given = [value for record in records for value in found.params(record, connection, adding=True)]
    write(records[0]._meta.db_table, head + ", ".join([values] * len(records)), given, alone=True)


def insert_unless_there(record: Row) -> bool:
    """Write a new record whose key the database gives, as `insert` does; False where a unique column or index stands
    against it. Nothing has failed then: the transaction goes on.

    Where rows are gathered it waits, `unfinished`, and what stands against it is met when it is written.
    """
    model, connection, waiting = type(record), connections[USING], gathering.current()
    found = _inserted(model)
    if found is None or not found.returns or _heard(model):
        raise TypeError(f"{model.__name__} is not written by a plain statement")
    record.pk = waiting.key(model) if waiting is not None else None
    if waiting is not None and record.pk is not None:
        waiting.begin(record)
    else:
        sql = found.sql.replace(" RETURNING ", " ON CONFLICT DO NOTHING RETURNING ")
        with connection.cursor() as cursor:
            cursor.execute(sql, found.params(record, connection, adding=True))
            made = cursor.fetchone()
        if made is None:
            return False
        record.pk = made[0]
    record._state.adding, record._state.db = False, USING
    return True


def update(record: models.Model, names: Collection[str]) -> None:
    """Write these fields of a record, as `save(update_fields=names)` does. DatabaseError where it is not there."""
    model, connection, waiting = type(record), connections[USING], gathering.current()
    if waiting is not None and waiting.finish(record):
        _write_begun(record)
        return
    key = connection.vendor, model, frozenset(names)
    if key not in _updates:
        _updates[key] = _update_of(model, key[2], connection)
    found = _updates[key]
    if found is None or _heard(model):
        record.save(update_fields=names)
        return
    params = [*found.params(record, connection, adding=False), record.pk]
    if waiting is not None:
        waiting.add(model._meta.db_table, found.sql, params, alone=True)
        return
    with connection.cursor() as cursor:
        cursor.execute(found.sql, params)
        if cursor.rowcount != 1:
            raise DatabaseError(f"{model.__name__} {record.pk} is not there to be changed")


def write(table: str, sql: str, params: Sequence[Any], *, alone: bool = False) -> None:
    """Do a statement that writes this table and tells nothing; where rows are gathered, together with the others.

    `alone`: it changes rows that are there, or the order of its keys counts.
    """
    waiting = gathering.current()
    if waiting is not None:
        waiting.add(table, sql, params, alone=alone)
        return
    with connections[USING].cursor() as cursor:
        cursor.execute(sql, params)


def put(record: models.Model) -> None:
    """Write a record whose key is given: a new one, or over all columns of the one that is there."""
    model, connection = type(record), connections[USING]
    key = connection.vendor, model
    if key not in _upserts:
        _upserts[key] = _upsert_of(model, connection)
    found = _upserts[key]
    if found is None or _heard(model):
        record.save()
        return
    write(model._meta.db_table, found.sql, found.params(record, connection, adding=True), alone=True)
    record._state.adding, record._state.db = False, USING


def _heard(model: type[models.Model]) -> bool:
    """Does somebody listen to what Django says when it saves such a record?"""
    return bool(signals.pre_save.has_listeners(model) or signals.post_save.has_listeners(model))


def _plain(model: type[models.Model], fields: Collection[Any]) -> bool:
    """Is it one table, with columns that take a value as it is?"""
    return not model._meta.parents and not any(hasattr(field, "get_placeholder") for field in fields)


def _inserted(model: type[models.Model], *, keyed: bool = False) -> _Statement | None:
    connection = connections[USING]
    key = connection.vendor, model, keyed
    if key not in _inserts:
        _inserts[key] = _insert_of(model, connection, keyed=keyed)
    return _inserts[key]


def _insert_of(model: type[models.Model], connection: Any, *, keyed: bool = False) -> _Statement | None:
    """`keyed`: the record brings its key, also where the database would give it one."""
    pk = model._meta.pk
    returns = isinstance(pk, models.AutoField) and not keyed
    fields = tuple(field for field in model._meta.concrete_fields if not (returns and field is pk))
    if not _plain(model, fields) or not connection.features.can_return_columns_from_insert:
        return None
    quote = connection.ops.quote_name
    columns, places = ", ".join(quote(field.column) for field in fields), ", ".join(["%s"] * len(fields))
    sql = f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({places})"
    sql = f"{sql} RETURNING {quote(pk.column)}" if returns else sql
    return _Statement(sql, _columns(fields, connection), returns)


def _upsert_of(model: type[models.Model], connection: Any) -> _Statement | None:
    pk = model._meta.pk
    added = _insert_of(model, connection)
    if added is None or added.returns:
        return None
    quote = connection.ops.quote_name
    names = [quote(column.field.column) for column in added.columns if column.field is not pk]
    changes = ", ".join(f"{name} = EXCLUDED.{name}" for name in names)
    return _Statement(f"{added.sql} ON CONFLICT ({quote(pk.column)}) DO UPDATE SET {changes}", added.columns)


#: Fields of Django whose values go to the database as they stand in the record, where they are of these types.
_TEXTS: Final = (models.CharField, models.TextField)
_NUMBERS: Final = (
    models.IntegerField, models.BigIntegerField, models.SmallIntegerField, models.PositiveIntegerField,
    models.PositiveSmallIntegerField, models.PositiveBigIntegerField, models.AutoField, models.BigAutoField,
)  # fmt: skip


def _columns(fields: Collection[Any], connection: Any) -> tuple[_Column, ...]:
    return tuple(_Column(field, _as_they_are(field, connection)) for field in fields)


def _as_they_are(field: Any, connection: Any) -> frozenset[type]:
    """The types of values that preparing by this field leaves as they are; psycopg has numbers of its own."""
    target = field
    while isinstance(target, models.ForeignKey):
        target = target.target_field
    dated = isinstance(field, models.DateField | models.TimeField) and not (field.auto_now or field.auto_now_add)
    if type(field).pre_save is not models.Field.pre_save and not dated:
        return frozenset()
    found: set[type] = {type(None)} if field.get_db_prep_save(None, connection) is None else set()
    if type(target) in _TEXTS:
        found |= {str} if target is field else set()
    elif type(target) in _NUMBERS and connection.vendor == "sqlite":
        found |= {int}
    elif type(target) is models.BooleanField:
        found |= {bool}
    return frozenset(found)


def _update_of(model: type[models.Model], names: frozenset[str], connection: Any) -> _Statement | None:
    fields = tuple(field for field in model._meta.concrete_fields if {field.name, field.attname} & names)
    if not _plain(model, fields) or any(field.primary_key for field in fields):
        return None
    quote = connection.ops.quote_name
    changes = ", ".join(f"{quote(field.column)} = %s" for field in fields)
    key = quote(model._meta.pk.column)
    return _Statement(
        f"UPDATE {quote(model._meta.db_table)} SET {changes} WHERE {key} = %s", _columns(fields, connection)
    )
