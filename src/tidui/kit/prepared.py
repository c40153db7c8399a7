"""Queries that every request asks: made into SQL once in each process, and asked again with other values.

Django spends ten times as long on putting such a query together as the database does on answering it. A `Prepared` is
given a function that builds the queryset from its values; it runs once with marks in their place, and from then on only
the values are put in. It is for queries whose shape never changes: lists, and what depends on who asks, stay querysets.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from django.db import connections, models
from django.db.models import QuerySet
from django.db.models.base import ModelState
from django.db.models.fields.related_descriptors import ForeignKeyDeferredAttribute
from django.db.models.query import FlatValuesListIterable, ModelIterable, ValuesListIterable
from django.db.models.query_utils import DeferredAttribute
from django.db.models.signals import post_init, pre_init
from django.db.models.sql import UpdateQuery
from django.db.transaction import TransactionManagementError

Row = TypeVar("Row")

#: The only database of the site.
USING: Final = "default"

#: Marks are looked for among a query's parameters, and must not be what somebody would write into a query; a number
#: must fit into the smallest column, or Django leaves its condition out.
_NUMBER: Final = 31_000
_MOST_ITEMS: Final = 200
_MOMENT: Final = dt.datetime(1911, 10, 10, 3, 4, 5, tzinfo=dt.UTC)
_DAY: Final = dt.date(1911, 10, 10)

_Adapt = Callable[[Any, Any], Any]


@dataclass(slots=True)
class _Statement:
    """A query as one database takes it: `holes` are places among the parameters, each with the value that fills it."""

    sql: str
    params: list[Any]
    holes: list[tuple[int, int, int | None, _Adapt]]
    converters: list[tuple[int, Any, Any]]
    of_row: Callable[[Any, str], Any]
    locks: bool


class Prepared(Generic[Row]):
    """A query whose SQL is kept; call it with the values of its function.

    A value is a whole number, a text, a moment or a day; or a list or tuple of whole numbers or texts, for which a
    statement is kept for each length. A query over no values at all is not asked: [] is its answer.
    """

    def __init__(self, make: Callable[..., QuerySet[Any, Row]]) -> None:
        self._make = make
        self._statements: dict[tuple[Any, ...], _Statement] = {}

    def __call__(self, *values: Any) -> list[Row]:
        """The rows. TransactionManagementError where it locks rows outside a transaction."""
        connection = connections[USING]
        found = self._statement(connection, values)
        if found is None:
            return []
        if found.locks and not connection.in_atomic_block:
            raise TransactionManagementError("rows are locked inside a transaction only")
        with connection.cursor() as cursor:
            cursor.execute(found.sql, _filled(found, connection, values))
            rows = cursor.fetchall()
        return [found.of_row(_converted(row, found.converters, connection), USING) for row in rows]

    def count(self, *values: Any) -> int:
        """How many rows there are; for queries of keys alone, which the database need not fetch."""
        return counted([self.counting(*values)])[0]

    def counting(self, *values: Any) -> Counting:
        """The same, to be asked together with others: see `counted`."""
        return Counting(self, values)

    def _statement(self, connection: Any, values: Sequence[Any]) -> _Statement | None:
        """The statement for values of these kinds; None where one of them is an empty list."""
        shape = tuple(len(value) if isinstance(value, list | tuple) else type(value) for value in values)
        if 0 in shape:
            return None
        found = self._statements.get((connection.vendor, *shape))
        if found is None:
            found = self._statements[connection.vendor, *shape] = self._prepare(connection, values)
        return found

    def first(self, *values: Any) -> Row | None:
        """The first row, if there is one."""
        rows = self(*values)
        return rows[0] if rows else None

    def _prepare(self, connection: Any, values: Sequence[Any]) -> _Statement:
        marks = [_mark(place, value) for place, value in enumerate(values)]
        rows: Any = self._make(*marks)
        compiler = rows.query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        params = list(params)
        holes = _holes(params, marks, connection)
        selected = [one[0] for one in compiler.select]
        converters = [(place, *one) for place, one in compiler.get_converters(selected).items()]
        locks = rows.query.select_for_update and connection.features.has_select_for_update
        return _Statement(
            sql, params, holes, [(place, list(found), column) for place, found, column in converters],
            _maker(rows, compiler), bool(locks),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Counting:
    """How many rows a query has, not asked for yet."""

    query: Prepared[Any]
    values: tuple[Any, ...]


def counted(asked: Sequence[Counting]) -> list[int]:
    """How many rows each of these queries has, in one statement."""
    connection = connections[USING]
    found = [one.query._statement(connection, one.values) for one in asked]
    parts = [f"(SELECT COUNT(*) FROM ({one.sql}) AS found)" for one in found if one is not None]
    if not parts:
        return [0] * len(asked)
    filled = zip(found, asked, strict=True)
    params = [param for one, of in filled if one is not None for param in _filled(one, connection, of.values)]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", params)
        numbers = iter(cursor.fetchone())
    return [0 if one is None else int(next(numbers)) for one in found]


class Change:
    """An update whose SQL is kept; its function gives the rows and, by field, what they become.

    Each of its values stands once in the rows' conditions or once among what they become.
    """

    def __init__(self, make: Callable[..., tuple[QuerySet[Any], dict[str, Any]]]) -> None:
        self._make = make
        self._statements: dict[tuple[Any, ...], _Statement] = {}

    def __call__(self, *values: Any) -> int:
        """Change the rows; how many there were."""
        connection = connections[USING]
        key = (connection.vendor, *map(type, values))
        found = self._statements.get(key)
        if found is None:
            found = self._statements[key] = self._prepare(connection, values)
        with connection.cursor() as cursor:
            cursor.execute(found.sql, _filled(found, connection, values))
            return int(cursor.rowcount)

    def _prepare(self, connection: Any, values: Sequence[Any]) -> _Statement:
        marks = [_one_mark(place, value) for place, value in enumerate(values)]
        rows, becomes = self._make(*marks)
        query: Any = rows.query.chain(UpdateQuery)
        query.add_update_values(becomes)
        sql, params = query.get_compiler(connection=connection).as_sql()
        return _Statement(sql, list(params), _holes(list(params), marks, connection), [], _nothing, False)


def _nothing(row: Any, using: str) -> None:
    return None


def _filled(statement: _Statement, connection: Any, values: Sequence[Any]) -> list[Any]:
    params = statement.params.copy()
    for place, value, item, adapt in statement.holes:
        given = values[value]
        params[place] = adapt(connection, given if item is None else given[item])
    return params


def _mark(place: int, value: Any) -> Any:
    if isinstance(value, list | tuple):
        if len(value) > _MOST_ITEMS:
            raise ValueError(f"more than {_MOST_ITEMS} values are asked for by a queryset")
        return [_one_mark((place + 1) * _MOST_ITEMS + item, one) for item, one in enumerate(value)]
    return _one_mark(place, value)


def _one_mark(number: int, value: Any) -> Any:
    if isinstance(value, bool) or value is None:
        raise TypeError("yes, no and nothing change what a query asks: write a query for each")
    if isinstance(value, int):
        return _NUMBER + number
    if isinstance(value, str):
        return f"\ufdd0{number}\ufdd1"
    if isinstance(value, dt.datetime):
        return _MOMENT + dt.timedelta(microseconds=number + 1)
    if isinstance(value, dt.date):
        return _DAY - dt.timedelta(days=number)
    raise TypeError(f"a query is not prepared for {type(value).__name__}")


def _holes(params: Sequence[Any], marks: Sequence[Any], connection: Any) -> list[tuple[int, int, int | None, _Adapt]]:
    """Where the marks went. ValueError for one that the query uses otherwise than as it is."""
    wanted: dict[tuple[type, str], tuple[int, int | None, _Adapt]] = {}
    for number, mark in enumerate(marks):
        for item, one in enumerate(mark) if isinstance(mark, list) else [(None, mark)]:
            adapt = _adapter(one)
            for form in (one, adapt(connection, one)):
                wanted[_kind(form), str(form)] = (number, item, adapt)
    holes = []
    for place, param in enumerate(params):
        found = wanted.get((_kind(param), str(param)))
        if found is not None:
            holes.append((place, *found[:2], _wrapped(type(param)) if isinstance(param, int) else found[2]))
    count = sum(len(mark) if isinstance(mark, list) else 1 for mark in marks)
    if len({(number, item) for _place, number, item, _adapt in holes}) != count:
        raise ValueError("a value of the query is not found among its parameters as it was given")
    return holes


def _kind(param: Any) -> type:
    """The type of a parameter; psycopg has several for a whole number."""
    return int if isinstance(param, int) and not isinstance(param, bool) else type(param)


def _wrapped(kind: type) -> _Adapt:
    return lambda connection, value: kind(value)


def _adapter(mark: Any) -> _Adapt:
    if isinstance(mark, dt.datetime):
        return lambda connection, value: connection.ops.adapt_datetimefield_value(value)
    if isinstance(mark, dt.date):
        return lambda connection, value: connection.ops.adapt_datefield_value(value)
    return lambda connection, value: value


def _converted(row: Sequence[Any], converters: Sequence[tuple[int, Any, Any]], connection: Any) -> Sequence[Any]:
    if not converters:
        return row
    changed = list(row)
    for place, found, column in converters:
        value = changed[place]
        for convert in found:
            value = convert(value, column, connection)
        changed[place] = value
    return changed


def _maker(rows: Any, compiler: Any) -> Callable[[Any, str], Any]:
    """What makes an object of a row, as the queryset itself would."""
    if rows._prefetch_related_lookups:
        raise TypeError("prefetching is not prepared")
    if rows._iterable_class is FlatValuesListIterable:
        return lambda row, using: row[0]
    if rows._iterable_class is ValuesListIterable:
        return lambda row, using: tuple(row)
    if rows._iterable_class is not ModelIterable:
        raise TypeError("only records and lists of values are prepared")
    record, noted = _record(compiler.klass_info, compiler.select), tuple((compiler.annotation_col_map or {}).items())
    if not noted:
        return record

    def annotated(row: Any, using: str) -> Any:
        made = record(row, using)
        for name, place in noted:
            setattr(made, name, row[place])
        return made

    return annotated


def _record(kind: Any, select: Sequence[Any]) -> Callable[[Any, str], Any]:
    """What makes a record of its part of a row, with the records that it leads to."""
    if kind.get("from_parent"):
        raise TypeError("records that are kept in two tables are not prepared")
    start, end = kind["select_fields"][0], kind["select_fields"][-1] + 1
    names = [one[0].target.attname for one in select[start:end]]
    build = _builder(kind["model"], names)
    related = [
        (one["local_setter"], one["remote_setter"], _key_place(one, select), _record(one, select))
        for one in kind.get("related_klass_infos", ())
    ]

    def made(row: Any, using: str) -> Any:
        record = build(using, row[start:end])
        for here, there, key, make in related:
            other = make(row, using) if row[key] is not None else None
            here(record, other)
            if other is not None:
                there(other, record)
        return record

    return made


def _key_place(kind: Any, select: Sequence[Any]) -> int:
    """Where the primary key of a record stands in the row: nothing there, no record."""
    pk = kind["model"]._meta.pk.attname
    return next(int(place) for place in kind["select_fields"] if select[place][0].target.attname == pk)


def _builder(model: type[models.Model], names: Sequence[str]) -> Callable[[str, Sequence[Any]], Any]:
    """`Model.from_db` for these columns; where a model has nothing to do of its own when a record is made, at once."""
    plain = (
        model.__init__ is models.Model.__init__
        and "from_db" not in {name for one in model.__mro__ if one is not models.Model for name in vars(one)}
        and all(type(vars(_owner(model, name))[name]) in _PLAIN for name in names)
        and not (pre_init.has_listeners(model) or post_init.has_listeners(model))
    )
    if not plain:
        return lambda using, values: model.from_db(using, names, values)

    def build(using: str, values: Sequence[Any]) -> Any:
        record = model.__new__(model)
        record._state = state = ModelState()
        state.adding, state.db = False, using
        record.__dict__.update(zip(names, values, strict=True))
        return record

    return build


#: How a model keeps the value of a column: in the record's own dictionary, with nothing done when it is set.
_PLAIN: Final = (DeferredAttribute, ForeignKeyDeferredAttribute)


def _owner(model: type[models.Model], name: str) -> type:
    return next(one for one in model.__mro__ if name in vars(one))
