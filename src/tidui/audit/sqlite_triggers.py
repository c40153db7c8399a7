"""The triggers of the tamper log on SQLite. They call `logged`, by our connections alone: no other tool can write."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tidui.audit.digests import canonical
from tidui.audit.logged import PARTS
from tidui.audit.tamper import GUARD_PREFIX, TAMPER_PREFIX, Column, Guarded, Watched, column_of

#: One call of our function works out a whole row of the log, and its text is taken apart here: after each call the
#: thread stands in line for Python's own lock. OFFSET keeps SQLite from calling it for every mention of the text.
LOG: Final = (
    'INSERT INTO audit_tamperrow (at, "table", "row", operation, shape, actor_id, organisation_id, salt, image, digest,'
    " changes) SELECT {parts} FROM (SELECT {row} AS key, tidui_tamper({table}, {row}, {operation}, {shape}, {names},"
    " {old}, {new}, {text}) AS told{which} LIMIT -1 OFFSET 0)"
)


def quoted(name: str) -> str:
    """A name in SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text in SQL."""
    return "'" + text.replace("'", "''") + "'"


#: How a value is written into the image where JSON has no spelling of it, or not one that tells all its digits.
SPELLINGS: Final = {"float": "printf('%!.17g', {})", "bytes": "hex({})"}
#: The same where changes are written down: no value may be taken for another one, and numbers are as JSON has them.
CHANGED: Final = {"bytes": "CASE WHEN {0} IS NOT NULL THEN quote({0}) END"}
#: A function of SQLite takes 127 arguments at least.
ARGUMENTS: Final = 100


def row_text(columns: list[Column], source: str, spellings: Mapping[str, str] = SPELLINGS) -> str:
    """The SQL expression of a row's text: a JSON array, several for a wide table. A chain of || is 8 times slower."""
    values = [spellings.get(kind, "{}").format(f"{source}.{quoted(column)}") for column, kind in columns]
    groups = [values[start : start + ARGUMENTS] for start in range(0, len(values), ARGUMENTS)]
    return "||".join(f"json_array({', '.join(group)})" for group in groups)


def values(columns: list[Column], source: str) -> str:
    """The SQL expression of a row's values, as the changes tell them."""
    return row_text(columns, source, CHANGED)


def tampers(one: Watched, columns: list[Column], shape: int) -> dict[str, str]:
    """The triggers of a watched table: statement by name. Short: every connection reads and keeps them all."""
    table, key = one.table, quoted(one.key)
    before, after = (", ".join(f"{source}.{quoted(column)}" for column, _ in columns) for source in ("OLD", "NEW"))
    differs = f"({before}) IS NOT ({after})"
    new, old = f"CAST(NEW.{key} AS TEXT)", f"CAST(OLD.{key} AS TEXT)"
    was, becomes = values(columns, "OLD"), values(columns, "NEW")
    text = row_text(columns, "NEW")
    as_it_is = "NULL" if text == becomes else text
    listed = literal(names(one, columns))
    moved = f"CASE WHEN OLD.{key} IS NEW.{key} THEN 'U' ELSE 'I' END"
    gone = f" WHERE OLD.{key} IS NOT NEW.{key}"
    bodies = {
        "i": ("INSERT", "", [_log(table, new, "'I'", shape, "''" if one.brief else listed, "NULL", becomes, as_it_is)]),
        "u": ("UPDATE", f" WHEN {differs}", [
            _log(table, old, "'D'", shape, listed, was, "NULL", "NULL", gone),
            _log(table, new, moved, shape, listed, was, becomes, as_it_is),
        ]),
        "d": ("DELETE", "", [_log(table, old, "'D'", shape, listed, was, "NULL", "NULL")]),
    }  # fmt: skip
    return {
        f"{TAMPER_PREFIX}{table}_{letter}": (
            f"CREATE TRIGGER {quoted(f'{TAMPER_PREFIX}{table}_{letter}')} AFTER {event} ON {quoted(table)}"
            f" FOR EACH ROW{when} BEGIN {'; '.join(statements)}; END"
        )
        for letter, (event, when, statements) in bodies.items()
    }


def baseline(one: Watched, columns: list[Column], shape: int, condition: str = "true") -> str:
    """The statement that logs all rows (`t`) as they stand that fulfil a condition."""
    row = f"CAST(t.{quoted(one.key)} AS TEXT)"
    text = row_text(columns, "t")
    which = f" FROM {quoted(one.table)} t WHERE {condition}"
    return _log(one.table, row, literal("B"), shape, "''", "NULL", "NULL", text, which)


def guards(one: Guarded) -> dict[str, str]:
    """The triggers of a table that only grows: statement by name."""
    table = one.table
    others = [column_of(field) for field in one.model._meta.local_concrete_fields if field.column not in one.personal]
    same = " AND ".join(f"OLD.{quoted(column)} IS NEW.{quoted(column)}" for column in others)
    unless = f" WHEN NOT (tidui_forgetting() AND {same})" if one.personal else ""
    refuse = f"SELECT RAISE(ABORT, 'rows of {table} are only added')"
    return {
        f"{GUARD_PREFIX}{table}_{letter}": (
            f"CREATE TRIGGER {quoted(f'{GUARD_PREFIX}{table}_{letter}')} BEFORE {event} ON {quoted(table)}"
            f" FOR EACH ROW{when} BEGIN {refuse}; END"
        )
        for letter, event, when in (("u", "UPDATE", unless), ("d", "DELETE", ""))
    }


def _log(
    table: str, row: str, operation: str, shape: int, names: str, old: str, new: str, text: str, which: str = ""
) -> str:
    """The statement that logs one row (`which`: those of a table); `text` is NULL where `new` is the row's own text."""
    name = literal(table)
    return LOG.format(
        parts=_parts(name, operation, shape), table=name, row=row, operation=operation, shape=shape, names=names,
        old=old, new=new, text=text, which=which,
    )  # fmt: skip


def _parts(table: str, operation: str, shape: int) -> str:
    """The columns of a row of the log, out of the text that our function wrote."""
    at, actor, organisation, salt, image, digest, changes = (
        f"substr(told,{start},{width})" if width else f"substr(told,{start})" for start, width in PARTS
    )
    numbers = [f"CAST(nullif(trim({one}),'') AS INTEGER)" for one in (actor, organisation)]
    return ", ".join([at, table, "key", operation, str(shape), *numbers, salt, f"trim({image})", digest, changes])


def names(one: Watched, columns: list[Column]) -> str:
    """The names of the columns as our function takes them: JSON, with a * before those whose values are not copied."""
    return canonical(
        [f"{'*' * (kind == 'bytes' or column in one.secret)}{column}" for column, kind in columns]
    )  # fmt: skip
