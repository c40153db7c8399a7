"""Makes the triggers after every migration, and notes what each table's images cover."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from tidui.audit import events, postgres_triggers, sqlite_triggers, tamper
from tidui.audit.models import Shape, TamperRow

#: Rows that did not match the log when a migration began: what the migration does must not make them right.
_wrong_before: dict[str, dict[str, set[str]]] = {}


@dataclass(frozen=True, slots=True)
class Found:
    """A trigger or function that is not as it should be."""

    name: str
    table: str
    #: missing, changed, disabled, foreign
    what: str


def before_migration(sender: Any, using: str, plan: list[Any], **kwargs: Any) -> None:
    """Receiver of `pre_migrate`: holds the rows against the log, and takes the triggers off for the changes."""
    connection = connections[using]
    present = set(connection.introspection.table_names())
    if not plan or not {Shape._meta.db_table, TamperRow._meta.db_table} <= present:
        return
    from tidui.audit import images

    known = set(Shape.objects.using(using).values_list("table", flat=True))
    with transaction.atomic(using), connection.cursor() as cursor:
        wrong = images.wrong_rows(connection)
        _wrong_before[using] = {table: rows for table, rows in wrong.items() if table in known}
        for statement in _drops(connection, set()):
            cursor.execute(statement)


def after_migration(sender: Any, using: str, **kwargs: Any) -> None:
    """Receiver of `post_migrate`: makes what is missing, drops what is no longer wanted, logs rows as they stand."""
    connection = connections[using]
    present = set(connection.introspection.table_names())
    if TamperRow._meta.db_table not in present:
        return
    with transaction.atomic(using):
        _make_triggers(connection, present)
        _end_shapes(using)
        wrong = _wrong_before.pop(using, None)
        for one in tamper.watched().values():
            if one.table in present:
                _note_shape(connection, one, wrong)


def faults(connection: BaseDatabaseWrapper) -> list[Found]:
    """Triggers and functions that are missing, changed, switched off, or stand on the log without being ours."""
    present = set(connection.introspection.table_names())
    reader = _sqlite_faults if connection.vendor == "sqlite" else _postgres_faults
    return sorted(reader(connection, present), key=lambda found: (found.table, found.name))


def _end_shapes(using: str) -> None:
    """Of a table that is no longer watched the shapes go, so that its rows are logged anew should it come back."""
    for shape in Shape.objects.using(using).exclude(table__in=list(tamper.watched())):
        events.record("audit.unwatch", actor=None, subject=shape, at=timezone.now(), details={"table": shape.table})
        shape.delete()


def _note_shape(connection: BaseDatabaseWrapper, one: tamper.Watched, wrong: dict[str, set[str]] | None) -> None:
    """Keep the list of columns; where it is new, or a migration may have changed rows, log the rows as they stand."""
    columns = tamper.columns(one, connection)
    number = tamper.shape_number(one.table, columns)
    rows = Shape.objects.using(connection.alias)
    known = rows.filter(table=one.table).exists()
    shape, new = rows.get_or_create(
        pk=number, defaults={"table": one.table, "columns": columns, "since": timezone.now()}
    )
    if not new and wrong is None:
        return
    leave = set() if wrong is None else wrong.get(one.table, set())
    logged = _log_rows(connection, one, columns, number, leave, new and known)
    if logged or (new and known):
        details = {"table": one.table, "rows": logged, "columns": [column for column, _ in columns]}
        events.record("audit.watch", actor=None, subject=shape, at=timezone.now(), details=details)


def _log_rows(
    connection: BaseDatabaseWrapper, one: tamper.Watched, columns: list[tamper.Column], number: int,
    leave: set[str], everything: bool,
) -> int:  # fmt: skip
    """Log rows as they stand: all, or those without an image; never those that were wrong before a migration."""
    from tidui.audit import images

    changed = None if everything else images.wrong_rows(connection, only=one.table).get(one.table, set())
    if changed is not None and not changed - leave:
        return 0
    key = sqlite_triggers.quoted(one.key)
    condition = _among(key, leave, negated=True) if changed is None else _among(key, changed - leave)
    module = sqlite_triggers if connection.vendor == "sqlite" else postgres_triggers
    with connection.cursor() as cursor:
        cursor.execute(module.baseline(one, columns, number, condition))
        return max(int(cursor.rowcount), 0)


def log_rows(connection: BaseDatabaseWrapper, one: tamper.Watched, keys: set[str]) -> None:
    """Log some rows as they stand, so that their last image no longer rests on what was forgotten."""
    columns = tamper.columns(one, connection)
    module = sqlite_triggers if connection.vendor == "sqlite" else postgres_triggers
    condition = _among(sqlite_triggers.quoted(one.key), keys)
    with connection.cursor() as cursor:
        cursor.execute(module.baseline(one, columns, tamper.shape_number(one.table, columns), condition))


def _among(key: str, rows: set[str], *, negated: bool = False) -> str:
    if not rows:
        return "true" if negated else "false"
    listed = ", ".join(sqlite_triggers.literal(row) for row in sorted(rows))
    return f"CAST(t.{key} AS TEXT) {'NOT ' * negated}IN ({listed})"


# ---------------------------------------------------------------------- what there should be
def _wanted(connection: BaseDatabaseWrapper, present: set[str], guard: bool = True) -> Iterator[Any]:
    """Of every table that is there: on SQLite (table, statement by name), on PostgreSQL (function, triggers)."""
    sqlite = connection.vendor == "sqlite"
    module: Any = sqlite_triggers if sqlite else postgres_triggers
    for one in tamper.watched().values():
        if one.table in present:
            columns = tamper.columns(one, connection)
            made = module.tampers(one, columns, tamper.shape_number(one.table, columns))
            yield (one.table, made) if sqlite else made
    for other in tamper.guarded().values():
        if other.table in present:
            yield (other.table, module.guards(other)) if sqlite else module.guards(other)


def _ours(name: str) -> bool:
    return name.startswith((tamper.TAMPER_PREFIX, tamper.GUARD_PREFIX))


def _make_triggers(connection: BaseDatabaseWrapper, present: set[str]) -> None:
    wrong = {found.name for found in faults(connection) if found.what != "foreign"}
    make: Callable[[BaseDatabaseWrapper, set[str], set[str]], Iterator[str]]
    make = _sqlite_makes if connection.vendor == "sqlite" else _postgres_makes
    with connection.cursor() as cursor:
        for statement in [*_drops(connection, _names(connection, present)), *make(connection, present, wrong)]:
            cursor.execute(statement)


def _names(connection: BaseDatabaseWrapper, present: set[str]) -> set[str]:
    """The names of all triggers and functions that there should be."""
    names: set[str] = set()
    for first, second in _wanted(connection, present):
        if connection.vendor == "sqlite":
            names |= set(second)
        else:
            names |= {first.name, *(trigger.name for trigger in second)}
    return names


def _drops(connection: BaseDatabaseWrapper, keep: set[str]) -> list[str]:
    """The statements that take away our triggers and functions, but for some."""
    quoted = sqlite_triggers.quoted
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            return [f"DROP TRIGGER {quoted(name)}" for (name,) in cursor.fetchall() if _ours(name) and name not in keep]
        cursor.execute("SELECT t.tgname, t.tgrelid::regclass::text FROM pg_trigger t WHERE NOT t.tgisinternal")
        gone = [(name, table) for name, table in cursor.fetchall() if _ours(name) and name not in keep]
        drops = [f"DROP TRIGGER {quoted(name)} ON {table}" for name, table in gone]
        cursor.execute("SELECT proname FROM pg_proc WHERE pronamespace = current_schema()::regnamespace")
        gone_functions = [name for (name,) in cursor.fetchall() if _ours(name) and name not in keep]
        return drops + [f"DROP FUNCTION {quoted(name)}()" for name in gone_functions]


# ---------------------------------------------------------------------- SQLite
def _sqlite_present(connection: BaseDatabaseWrapper) -> dict[str, tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'")
        return {name: (table, sql) for name, table, sql in cursor.fetchall()}


def _sqlite_faults(connection: BaseDatabaseWrapper, present: set[str]) -> Iterator[Found]:
    there = _sqlite_present(connection)
    wanted: dict[str, str] = {}
    for table, statements in _wanted(connection, present):
        for name, statement in statements.items():
            wanted[name] = table
            if name not in there:
                yield Found(name, table, "missing")
            elif there[name][1] != statement:
                yield Found(name, table, "changed")
    for name, (table, _) in there.items():
        if name not in wanted and table in tamper.guarded():
            yield Found(name, table, "foreign")


def _sqlite_makes(connection: BaseDatabaseWrapper, present: set[str], wrong: set[str]) -> Iterator[str]:
    there = _sqlite_present(connection)
    for _, statements in _wanted(connection, present):
        for name, statement in statements.items():
            if name in wrong:
                if name in there:
                    yield f"DROP TRIGGER {sqlite_triggers.quoted(name)}"
                yield statement


# ---------------------------------------------------------------------- PostgreSQL
_FUNCTIONS = """
SELECT p.proname, p.prosrc, l.lanname = 'plpgsql' AND NOT p.prosecdef AND p.proconfig IS NULL
FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang WHERE p.pronamespace = current_schema()::regnamespace"""
_TRIGGERS = """
SELECT t.tgname, c.relname, t.tgtype, p.proname, coalesce(t.tgoldtable, ''), coalesce(t.tgnewtable, ''),
  t.tgenabled = 'O', t.tgqual IS NULL AND t.tgnargs = 0 AND cardinality(t.tgattr::int[]) = 0
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
WHERE NOT t.tgisinternal AND c.relnamespace = current_schema()::regnamespace"""
_RULES = """
SELECT r.rulename, c.relname FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class
WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace"""


def _postgres_there(connection: BaseDatabaseWrapper) -> tuple[dict[str, Any], dict[str, Any], list[tuple[str, str]]]:
    with connection.cursor() as cursor:
        cursor.execute(_FUNCTIONS)
        functions = {name: (body, plain) for name, body, plain in cursor.fetchall()}
        cursor.execute(_TRIGGERS)
        triggers = {name: rest for name, *rest in cursor.fetchall()}
        cursor.execute(_RULES)
        return functions, triggers, cursor.fetchall()


def _postgres_faults(connection: BaseDatabaseWrapper, present: set[str]) -> Iterator[Found]:
    functions, triggers, rules = _postgres_there(connection)
    wanted: set[str] = set()
    for function, its_triggers in _wanted(connection, present):
        table = its_triggers[0].table
        if function.name not in functions:
            yield Found(function.name, table, "missing")
        elif functions[function.name] != (function.body, True):
            yield Found(function.name, table, "changed")
        for trigger in its_triggers:
            wanted.add(trigger.name)
            if trigger.name not in triggers:
                yield Found(trigger.name, table, "missing")
                continue
            *definition, enabled, plain = triggers[trigger.name]
            if not enabled:
                yield Found(trigger.name, table, "disabled")
            elif definition != [table, trigger.bits, trigger.function, *trigger.transitions] or not plain:
                yield Found(trigger.name, table, "changed")
    logs = set(tamper.guarded())
    for name, (table, *_) in triggers.items():
        if name not in wanted and table in logs:
            yield Found(name, table, "foreign")
    for name, table in rules:
        if table in logs or table in tamper.watched():
            yield Found(name, table, "foreign")


def _postgres_makes(connection: BaseDatabaseWrapper, present: set[str], wrong: set[str]) -> Iterator[str]:
    _, triggers, _ = _postgres_there(connection)
    for function, its_triggers in _wanted(connection, present):
        if function.name in wrong:
            yield function.statement
        for trigger in its_triggers:
            if trigger.name in wrong:
                if trigger.name in triggers:
                    name, table = sqlite_triggers.quoted(trigger.name), sqlite_triggers.quoted(trigger.table)
                    yield f"DROP TRIGGER {name} ON {table}"
                yield trigger.statement
