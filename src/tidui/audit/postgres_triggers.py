"""The triggers of the tamper log on PostgreSQL.

New rows of tables that are filled by the hundred thousand are logged by one call a statement, all at once; other
changes row by row, which for a single row costs half as much.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tidui.audit.sqlite_triggers import literal, quoted
from tidui.audit.tamper import GUARD_PREFIX, TAMPER_PREFIX, Column, Guarded, Watched, column_of

#: How a value is written into the image: {} is the column.
SPELLINGS: Final = {
    "text": "{}",
    "plain": "{}::text",
    "bool": "{}::text",
    "json": "{}::text",
    "moment": "((extract(epoch from {}) * 1000000)::bigint)::text",
    "day": "({} - date '2000-01-01')::text",
    "time": "extract(epoch from {})::text",
    "float": "encode(float8send({}), 'hex')",
    "bytes": "encode(sha256({}), 'hex')",
}
#: How a value is copied into the log where its JSON would depend on settings of the session, or lose something.
LOGGED: Final = {
    "json": "{}::text",
    "moment": "to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')",
}
ARGUMENTS: Final = 90
#: Bits of pg_trigger.tgtype.
ROW, BEFORE, INSERT, DELETE, UPDATE, TRUNCATE = 1, 2, 4, 8, 16, 32
BITS: Final = {"INSERT": INSERT, "DELETE": DELETE, "UPDATE": UPDATE, "TRUNCATE": TRUNCATE}


@dataclass(frozen=True, slots=True)
class Function:
    """A trigger function: its name and the text of its body."""

    name: str
    body: str

    @property
    def statement(self) -> str:
        """The statement that makes it."""
        head = f"CREATE OR REPLACE FUNCTION {quoted(self.name)}() RETURNS trigger LANGUAGE plpgsql"
        return f"{head} AS $tidui${self.body}$tidui$"


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger of a table: when it fires, and its function."""

    name: str
    table: str
    events: tuple[str, ...]
    function: str
    before: bool = False
    each_row: bool = False

    @property
    def bits(self) -> int:
        """As pg_trigger.tgtype holds it."""
        return (
            (ROW if self.each_row else 0) | (BEFORE if self.before else 0) | sum(BITS[event] for event in self.events)
        )

    @property
    def transitions(self) -> tuple[str, str]:
        """The names of its tables of old and of new rows; empty where it has none."""
        return ("", "new_rows" if self.events == ("INSERT",) and not self.each_row else "")

    @property
    def statement(self) -> str:
        """The statement that makes it."""
        old, new = self.transitions
        tables = f" OLD TABLE AS {old}" * bool(old) + f" NEW TABLE AS {new}" * bool(new)
        referencing = f" REFERENCING{tables}" * bool(tables)
        return (
            f"CREATE TRIGGER {quoted(self.name)} {'BEFORE' if self.before else 'AFTER'} {' OR '.join(self.events)}"
            f" ON {quoted(self.table)}{referencing} FOR EACH {'ROW' if self.each_row else 'STATEMENT'}"
            f" EXECUTE FUNCTION {quoted(self.function)}()"
        )


def row_text(columns: list[Column], source: str) -> str:
    """The SQL expression of a row's text: an array's, in which nothing can be taken for something else."""
    values = [SPELLINGS[kind].format(f"{source}.{quoted(column)}") for column, kind in columns]
    return f"(ARRAY[{', '.join(values)}]::text[])::text"


def tampers(one: Watched, columns: list[Column], shape: int) -> tuple[Function, list[Trigger]]:
    """The function and the triggers of a watched table."""
    name = f"{TAMPER_PREFIX}{one.table}"
    letters = {"INSERT": "i", "UPDATE": "u", "DELETE": "d", "TRUNCATE": "t"}
    by_row = {"UPDATE", "DELETE"} if one.brief else {"INSERT", "UPDATE", "DELETE"}
    triggers = [
        Trigger(f"{name}_{letter}", one.table, (event,), name, each_row=event in by_row)
        for event, letter in letters.items()
    ]
    return Function(name, _declared(one, shape) + _logging(one, columns, shape)), triggers


def _declared(one: Watched, shape: int) -> str:
    """The variables of a trigger function: the head and the tail of a digest are the same for a whole statement."""
    return f"""
DECLARE
  v_at timestamptz := clock_timestamp();
  v_actor text := coalesce(current_setting('tidui.actor', true), '');
  v_organisation text := coalesce(current_setting('tidui.organisation', true), '');
  v_head text := ((extract(epoch from v_at) * 1000000)::bigint)::text || E'\\n' || {literal(one.table)} || E'\\n';
  v_tail text := E'\\n' || v_actor || E'\\n' || v_organisation || E'\\n{shape}\\n';
  v_operations text[];
  v_operation text;
  v_row text := '';
  v_changes text := '';
  v_salt text := '';
  v_image text := '';"""


def _logging(one: Watched, columns: list[Column], shape: int) -> str:
    """The body of a trigger function. A key that changes is a row gone and a row come."""
    key, table = quoted(one.key), literal(one.table)
    image = _sha256(f"'r' || v_salt || {row_text(columns, 'NEW')}")
    new_text = row_text(columns, "n")
    new_rows = f"SELECT n.{key}::text AS k, 'I'::text AS op, ''::text AS changes, {new_text} AS body FROM new_rows n"
    return f"""
BEGIN
  IF TG_LEVEL = 'STATEMENT' AND TG_OP = 'INSERT' THEN
    {_log(one.table, shape, new_rows)};
    RETURN NULL;
  END IF;
  IF TG_OP = 'UPDATE' THEN
    IF NOT ({_differs(columns)}) THEN
      RETURN NULL;
    END IF;
    v_operations := CASE WHEN OLD.{key} = NEW.{key} THEN '{{U}}' ELSE '{{D,I}}' END;
  ELSE
    v_operations := ARRAY[left(TG_OP, 1)];
  END IF;
  FOREACH v_operation IN ARRAY v_operations LOOP
    v_salt := replace(gen_random_uuid()::text, '-', '');
    IF TG_LEVEL = 'ROW' THEN
      v_row := CASE WHEN v_operation = 'D' THEN OLD.{key} ELSE NEW.{key} END::text;
      v_changes := {changes(one, columns, "OLD", "NEW")};
      v_image := CASE WHEN v_operation = 'D' THEN '' ELSE {image} END;
    END IF;
    INSERT INTO audit_tamperrow
      (at, "table", "row", operation, actor_id, organisation_id, shape, changes, salt, image, digest)
    VALUES (v_at, {table}, v_row, v_operation, nullif(v_actor, '')::bigint, nullif(v_organisation, '')::bigint,
      {shape}, v_changes, v_salt, v_image, {_digest("v_operation", "v_image", "v_changes", "v_salt", "v_row")});
  END LOOP;
  RETURN NULL;
END"""


def baseline(one: Watched, columns: list[Column], shape: int, condition: str = "true") -> str:
    """The statement that logs all rows (`t`) as they stand that fulfil a condition."""
    table = literal(one.table)
    rows = (
        f"SELECT t.{quoted(one.key)}::text AS k, 'B'::text AS op, ''::text AS changes, {row_text(columns, 't')} AS body"
        f" FROM {quoted(one.table)} t WHERE {condition}"
    )
    settings = (
        "SELECT v_at, v_actor, v_organisation,"
        f" ((extract(epoch from v_at) * 1000000)::bigint)::text || E'\\n' || {table} || E'\\n' AS v_head,"
        f" E'\\n' || v_actor || E'\\n' || v_organisation || E'\\n{shape}\\n' AS v_tail FROM"
        " (SELECT clock_timestamp() AS v_at, coalesce(current_setting('tidui.actor', true), '') AS v_actor,"
        " coalesce(current_setting('tidui.organisation', true), '') AS v_organisation OFFSET 0) w"
    )
    return _log(one.table, shape, rows, settings)


def guards(one: Guarded) -> tuple[Function, list[Trigger]]:
    """The function and the triggers of a table that only grows."""
    name = f"{GUARD_PREFIX}{one.table}"
    others = [
        quoted(column_of(field)) for field in one.model._meta.local_concrete_fields if field.column not in one.personal
    ]
    allowed = ""
    if one.personal:
        same = " AND ".join(f"OLD.{column} IS NOT DISTINCT FROM NEW.{column}" for column in others)
        allowed = f"""
  IF TG_OP = 'UPDATE' AND coalesce(current_setting('tidui.forgetting', true), '') = 'on' THEN
    IF {same} THEN
      RETURN NEW;
    END IF;
  END IF;"""
    body = f"""
BEGIN{allowed}
  RAISE EXCEPTION 'rows of {one.table} are only added' USING ERRCODE = 'restrict_violation';
END"""
    rows = Trigger(f"{name}_r", one.table, ("UPDATE", "DELETE"), name, before=True, each_row=True)
    whole = Trigger(f"{name}_t", one.table, ("TRUNCATE",), name, before=True)
    return Function(name, body), [rows, whole]


def _differs(columns: list[Column]) -> str:
    return " OR ".join(f"OLD.{quoted(column)} IS DISTINCT FROM NEW.{quoted(column)}" for column, _ in columns)


def _sha256(text: str) -> str:
    return f"encode(sha256(convert_to({text}, 'UTF8')), 'hex')"


def _digest(operation: str, image: str, changed: str, salt: str, row: str) -> str:
    """The expression of `digests.tamper_digest`; the head and the tail are the same for all rows of a statement."""
    marked = _sha256(f"'c' || {salt} || {changed}")
    mark = f"CASE WHEN {changed} = '' THEN '' ELSE {marked} END"
    return _sha256(f"v_head || {operation} || v_tail || {image} || E'\\n' || {mark} || E'\\n' || {row}")


def _log(table: str, shape: int, rows: str, settings: str = "") -> str:
    """The statement that logs `rows` (k, op, changes, body). OFFSET 0 fences: a salt is drawn once for a row."""
    source = f", ({settings}) v" if settings else ""
    image = _sha256("'r' || salt || body")
    return f"""INSERT INTO audit_tamperrow
      (at, "table", "row", operation, actor_id, organisation_id, shape, changes, salt, image, digest)
    SELECT v_at, {literal(table)}, k, op, nullif(v_actor, '')::bigint, nullif(v_organisation, '')::bigint, {shape},
      changes, salt, image, {_digest("op", "image", "changes", "salt", "k")}
    FROM (SELECT k, op, changes, salt, {image} AS image
      FROM (SELECT x.*, replace(gen_random_uuid()::text, '-', '') AS salt FROM ({rows}) x OFFSET 0) y
      OFFSET 0) z{source}"""


def changes(one: Watched, columns: list[Column], old: str, new: str) -> str:
    """The expression of the changes: JSON as text, a column to [old, new], of the columns that differ."""
    if one.brief and (old, new) == ("OLD", "NEW"):
        return f"CASE WHEN v_operation = 'I' THEN '' ELSE {_object(one, columns, old, new)} END"
    return _object(one, columns, old, new)


def _object(one: Watched, columns: list[Column], old: str, new: str) -> str:
    pieces = []
    for column, kind in columns:
        before, after = (f"{source}.{quoted(column)}" if source else "" for source in (old, new))
        when = f"{before} IS DISTINCT FROM {after}" if before and after else f"{before or after} IS NOT NULL"
        if kind == "bytes" or column in one.secret:
            value = """'["*","*"]'"""
        else:
            value = f"'[' || {_json(before, kind)} || ',' || {_json(after, kind)} || ']'"
        label = literal(f',"{column}":')
        pieces.append(f"CASE WHEN {when} THEN {label} || {value} END")
    # A function takes at most 100 arguments.
    groups = [pieces[start : start + ARGUMENTS] for start in range(0, len(pieces), ARGUMENTS)]
    listed = " || ".join(f"concat({', '.join(group)})" for group in groups)
    return f"'{{' || substr({listed}, 2) || '}}'"


def _json(value: str, kind: str) -> str:
    if not value:
        return "'null'"
    return f"coalesce(to_json({LOGGED.get(kind, '{}').format(value)})::text, 'null')"
