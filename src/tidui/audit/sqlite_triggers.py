"""The triggers of the tamper log on SQLite. Their functions are those of `connections`: no other tool can write."""

from __future__ import annotations

from typing import Final

from tidui.audit.tamper import GUARD_PREFIX, TAMPER_PREFIX, Column, Guarded, Watched, column_of

LOG = (
    'INSERT INTO audit_tamperrow (at, "table", "row", operation, shape, actor_id, organisation_id, changes, salt,'
    " image, digest) SELECT tidui_tamper({table}, {row}, {operation}, {shape}, {changes}, {text}), {table}, {row},"
    " {operation}, {shape}, tidui_part(0), tidui_part(1), tidui_part(2), tidui_part(3), tidui_part(4), tidui_part(5)"
)


def quoted(name: str) -> str:
    """A name in SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text in SQL."""
    return "'" + text.replace("'", "''") + "'"


#: How a value is written into the image where JSON has no spelling of it, or not one that tells all its digits.
SPELLINGS: Final = {"float": "printf('%!.17g', {})", "bytes": "hex({})"}
#: A function of SQLite takes 127 arguments at least.
ARGUMENTS: Final = 100


def row_text(columns: list[Column], source: str) -> str:
    """The SQL expression of a row's text: a JSON array, several for a wide table. A chain of || is 8 times slower."""
    values = [SPELLINGS.get(kind, "{}").format(f"{source}.{quoted(column)}") for column, kind in columns]
    groups = [values[start : start + ARGUMENTS] for start in range(0, len(values), ARGUMENTS)]
    return "||".join(f"json_array({', '.join(group)})" for group in groups)


def tampers(one: Watched, columns: list[Column], shape: int) -> dict[str, str]:
    """The triggers of a watched table: statement by name."""
    table, key = one.table, quoted(one.key)
    differs = " OR ".join(f"OLD.{quoted(column)} IS NOT NEW.{quoted(column)}" for column, _ in columns)
    new, old = f"CAST(NEW.{key} AS TEXT)", f"CAST(OLD.{key} AS TEXT)"
    new_text = row_text(columns, "NEW")
    inserted = "''" if one.brief else changes(one, columns, "", "NEW")
    deleted = _log(table, old, "'D'", shape, changes(one, columns, "OLD", ""), "NULL")
    moved = f"CASE WHEN OLD.{key} IS NEW.{key} THEN 'U' ELSE 'I' END"
    updated = _log(table, new, moved, shape, changes(one, columns, "OLD", "NEW"), new_text)
    bodies = {
        "i": ("INSERT", "", [_log(table, new, "'I'", shape, inserted, new_text)]),
        "u": ("UPDATE", f" WHEN {differs}", [f"{deleted} WHERE OLD.{key} IS NOT NEW.{key}", updated]),
        "d": ("DELETE", "", [deleted]),
    }
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
    logged = _log(one.table, row, literal("B"), shape, literal(""), text)
    return f"{logged} FROM {quoted(one.table)} t WHERE {condition}"


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


def _log(table: str, row: str, operation: str, shape: int, changes: str, text: str) -> str:
    return LOG.format(table=literal(table), row=row, operation=operation, shape=shape, changes=changes, text=text)


def changes(one: Watched, columns: list[Column], old: str, new: str) -> str:
    """The expression of the changes: JSON, a column to [old, new], of the columns that differ."""
    parts = []
    for column, kind in columns:
        before = f"{old}.{quoted(column)}" if old else "NULL"
        after = f"{new}.{quoted(column)}" if new else "NULL"
        name = literal(f',"{column}":')
        if kind == "bytes" or column in one.secret:
            value = literal('["*","*"]')
        else:
            value = f"'['||json_quote({before})||','||json_quote({after})||']'"
        parts.append(f"CASE WHEN {before} IS NOT {after} THEN {name}||{value} ELSE '' END")
    return f"'{{'||substr({'||'.join(parts)},2)||'}}'"
