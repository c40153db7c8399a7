"""Which tables the tamper log watches, and which tables only grow.

Apps name their tables in `<app>/audited.py`, which is imported at start-up; the triggers are made from the models
after every migration (see `install`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType
from typing import Any, Final

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from tidui.audit.digests import canonical

#: A column, and how its value is written into the image of its row.
Column = tuple[str, str]
TAMPER_PREFIX: Final = "tidui_tamper_"
GUARD_PREFIX: Final = "tidui_guard_"


@dataclass(frozen=True, slots=True)
class Watched:
    """A model whose table is watched. `secret` columns enter the image but are never copied into the log."""

    model: type[models.Model]
    secret: frozenset[str]
    ignore: frozenset[str]
    brief: bool

    @property
    def table(self) -> str:
        """The table's name."""
        return self.model._meta.db_table

    @property
    def key(self) -> str:
        """The column of the primary key."""
        return key_column(self.model)


@dataclass(frozen=True, slots=True)
class Guarded:
    """A table to which rows are only added; `personal` columns may be replaced while something is forgotten."""

    model: type[models.Model]
    personal: frozenset[str]

    @property
    def table(self) -> str:
        """The table's name."""
        return self.model._meta.db_table


_watched: dict[str, Watched] = {}
_guarded: dict[str, Guarded] = {}


def watch(
    model: type[models.Model], *, secret: tuple[str, ...] = (), ignore: tuple[str, ...] = (), brief: bool = False
) -> None:
    """Log every change of this model's table, whoever makes it and by whatever way.

    The values of `secret` fields (a password's hash) are covered but not copied; `ignore`d fields (the time of the last
    sign-in) are not covered at all. `brief`: new rows are logged by their digest alone, for tables that are filled by
    the hundred thousand. ValueError for an unknown field, or a table named twice.
    """
    table = model._meta.db_table
    if table in _watched:
        raise ValueError(f"{table} is watched twice")
    _watched[table] = Watched(model, _columns_of(model, secret), _columns_of(model, ignore), brief)


def append_only(model: type[models.Model], *, personal: tuple[str, ...] = ()) -> None:
    """Let the database refuse to change or delete rows of this table."""
    _guarded[model._meta.db_table] = Guarded(model, _columns_of(model, personal))


def watched() -> Mapping[str, Watched]:
    """The watched tables by name."""
    return MappingProxyType(_watched)


def guarded() -> Mapping[str, Guarded]:
    """The tables that only grow, by name."""
    return MappingProxyType(_guarded)


def unwatch(model: type[models.Model]) -> None:
    """Take a model off the list; its triggers go with the next migration."""
    _watched.pop(model._meta.db_table, None)


def key_column(model: type[models.Model]) -> str:
    """The column of the primary key."""
    column = model._meta.pk.column
    if column is None:
        raise ValueError(f"{model._meta.label}: a key of several columns is not logged")
    return column


def columns(one: Watched, connection: BaseDatabaseWrapper) -> list[Column]:
    """The columns that the image covers, in the order of the model, each with its kind on this database."""
    return [
        (column_of(field), kind(field.db_type(connection) or ""))
        for field in one.model._meta.local_concrete_fields
        if not field.generated and field.column not in one.ignore
    ]


def column_of(field: Any) -> str:
    """The column of a field that has one."""
    return str(field.column)


def kind(db_type: str) -> str:
    """How values of this type are written into the image: by a spelling that no setting of a session changes."""
    name = db_type.lower().split("(")[0].strip()
    for start, found in _KINDS:
        if name.startswith(start):
            return found
    return "plain"


_KINDS: Final = (
    ("timestamp", "moment"),
    ("date", "day"),
    ("time", "time"),
    ("jsonb", "json"),
    ("double", "float"),
    ("real", "float"),
    ("bytea", "bytes"),
    ("blob", "bytes"),
    ("bool", "bool"),
    ("varchar", "text"),
    ("char", "text"),
    ("text", "text"),
)


def shape_number(table: str, covered: list[Column]) -> int:
    """The number of a list of columns: the same for the same list, so that triggers need not be made again."""
    return int(sha256(canonical([table, covered]).encode()).hexdigest()[:7], 16)


def _columns_of(model: type[models.Model], names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(_column_of(model, name) for name in names)


def _column_of(model: type[models.Model], name: str) -> str:
    try:
        return column_of(model._meta.get_field(name))
    except FieldDoesNotExist as error:
        raise ValueError(f"{model._meta.label} has no field {name}") from error
