"""Writing one row with a statement that is kept for its table: what a model's own `save` makes anew every time.

For rows that every application writes. Nothing is passed by: columns are prepared by their fields, the triggers of the
tamper log stand in the database, and a model to which a signal listens is saved by Django itself.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from django.db import DatabaseError, connections, models
from django.db.models import signals

Row = TypeVar("Row", bound=models.Model)

_USING: Final = "default"


@dataclass(frozen=True, slots=True)
class _Statement:
    """`returns`: the database gives the key."""

    sql: str
    fields: tuple[Any, ...]
    returns: bool = False


_inserts: dict[tuple[str, type[models.Model]], _Statement | None] = {}
_updates: dict[tuple[str, type[models.Model], frozenset[str]], _Statement | None] = {}


def insert(record: Row) -> Row:
    """Write a new record; it has its key then, as after `save(force_insert=True)`."""
    model, connection = type(record), connections[_USING]
    keyed = record.pk is not None
    found = None
    if not keyed or not isinstance(model._meta.pk, models.AutoField):
        key = connection.vendor, model
        if key not in _inserts:
            _inserts[key] = _insert_of(model, connection)
        found = _inserts[key]
    if found is None or _heard(model):
        record.save(force_insert=True)
        return record
    params = [field.get_db_prep_save(field.pre_save(record, True), connection) for field in found.fields]
    with connection.cursor() as cursor:
        cursor.execute(found.sql, params)
        if found.returns:
            record.pk = cursor.fetchone()[0]
    record._state.adding, record._state.db = False, _USING
    return record


def update(record: models.Model, names: Collection[str]) -> None:
    """Write these fields of a record, as `save(update_fields=names)` does. DatabaseError where it is not there."""
    model, connection = type(record), connections[_USING]
    key = connection.vendor, model, frozenset(names)
    if key not in _updates:
        _updates[key] = _update_of(model, key[2], connection)
    found = _updates[key]
    if found is None or _heard(model):
        record.save(update_fields=names)
        return
    params = [field.get_db_prep_save(field.pre_save(record, False), connection) for field in found.fields]
    with connection.cursor() as cursor:
        cursor.execute(found.sql, [*params, record.pk])
        if cursor.rowcount != 1:
            raise DatabaseError(f"{model.__name__} {record.pk} is not there to be changed")


def _heard(model: type[models.Model]) -> bool:
    """Does somebody listen to what Django says when it saves such a record?"""
    return bool(signals.pre_save.has_listeners(model) or signals.post_save.has_listeners(model))


def _plain(model: type[models.Model], fields: Collection[Any]) -> bool:
    """Is it one table, with columns that take a value as it is?"""
    return not model._meta.parents and not any(hasattr(field, "get_placeholder") for field in fields)


def _insert_of(model: type[models.Model], connection: Any) -> _Statement | None:
    pk = model._meta.pk
    returns = isinstance(pk, models.AutoField)
    fields = tuple(field for field in model._meta.concrete_fields if not (returns and field is pk))
    if not _plain(model, fields) or not connection.features.can_return_columns_from_insert:
        return None
    quote = connection.ops.quote_name
    columns, places = ", ".join(quote(field.column) for field in fields), ", ".join(["%s"] * len(fields))
    sql = f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({places})"
    return _Statement(f"{sql} RETURNING {quote(pk.column)}" if returns else sql, fields, returns)


def _update_of(model: type[models.Model], names: frozenset[str], connection: Any) -> _Statement | None:
    fields = tuple(field for field in model._meta.concrete_fields if {field.name, field.attname} & names)
    if not _plain(model, fields) or any(field.primary_key for field in fields):
        return None
    quote = connection.ops.quote_name
    changes = ", ".join(f"{quote(field.column)} = %s" for field in fields)
    key = quote(model._meta.pk.column)
    return _Statement(f"UPDATE {quote(model._meta.db_table)} SET {changes} WHERE {key} = %s", fields)
