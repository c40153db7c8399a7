"""What the graph reads of a fact, as SQL over the columns of the relation: see `leaves.py` for the meaning of steps.

A leaf becomes two expressions: its value (a whole number or a boolean; NULL unless there is one) and whether there
is none (never NULL). Unknown is what is neither.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from tidui.rules.leaves import context_value
from tidui.rules.nodes import Leaf
from tidui.rules.sql_dialects import NARROW, Dialect, identifier, literal, one_of
from tidui.rules.sql_input import FOUNDING, NUMBER_DECIMALS, InputColumn
from tidui.rules.values import MONEY_LIMIT, Catalogue, FactType, day_of

NEVER: Final = "FALSE"
#: Whole numbers (counts, ranks, years) up to here never leave the narrow type; neither do numbers and days.
_COUNT_LIMIT: Final = 2**40
_NUMBER_LIMIT: Final = 10**9
_MARK_LIMIT: Final = 1_000
_DAY_LIMIT: Final = 2**22
_MOST_RECORDS: Final = 1_000


@dataclass(frozen=True, slots=True)
class SqlLeaf:
    """A leaf's two expressions, and the size that its value never exceeds."""

    value: str
    none: str
    limit: int


@dataclass(frozen=True, slots=True)
class _Step:
    """A value on its way: an expression of a kind (of facts), which is not to be read where `none` or `guard`."""

    value: str
    none: str
    kind: str
    limit: int = _COUNT_LIMIT
    guard: str = NEVER


class LeafWriter:
    """Writes leaves for one dialect, one day and one assessed year."""

    def __init__(
        self, catalogue: Catalogue, dialect: Dialect, *, on: dt.date, year: int, founded_sections: frozenset[str]
    ) -> None:
        self.catalogue, self.dialect, self.on, self.year = catalogue, dialect, on, year
        self.founded_sections = founded_sections

    def write(self, leaf: Leaf) -> SqlLeaf:
        """The expressions of a leaf."""
        fact = self.catalogue[leaf.fact]
        column = identifier(InputColumn(fact, leaf.offset).name)
        early = self._before_founding(fact, leaf.offset)
        if fact.kind in ("dates", "list"):
            step = self._listed(fact, column, early, leaf.steps[0])
        else:
            step = self._plain(fact, column, early, leaf.offset)
            if leaf.steps:
                step = self._reduced(step, leaf.steps[0])
        for later in leaf.steps[1:]:
            step = self._of_date(step, later)
        return self._machine(fact, step)

    # ------------------------------------------------------------------ the fact itself
    def _before_founding(self, fact: FactType, offset: int | None) -> str:
        if offset is None or fact.section not in self.founded_sections:
            return NEVER
        last = min(max(self.year + offset, 1), 9999)
        return f"COALESCE({identifier(FOUNDING)} > DATE '{dt.date(last, 12, 31)}', FALSE)"

    def _plain(self, fact: FactType, column: str, early: str, offset: int | None) -> _Step:
        value = f"NULLIF({column}, '')" if fact.kind in ("code", "text") else column
        none = [early] if early != NEVER else []
        if fact.can_be_none:
            none.append(f"COALESCE({identifier(InputColumn(fact, offset, True).name)}, FALSE)")
        where = f"({' OR '.join(none)})" if len(none) > 1 else none[0] if none else NEVER
        return _Step(value, where, fact.kind, guard=where)

    # ------------------------------------------------------------------ codes and dates
    def _reduced(self, step: _Step, done: tuple[object, ...]) -> _Step:
        name, *args = done
        if name in ("starts", "in", "has"):
            return _Step(_unless(step.none, "FALSE", self._of_code(str(name), args, step.value)), NEVER, "bool")
        return self._of_date(step, done)

    @staticmethod
    def _of_code(name: str, args: list[Any], value: str) -> str:
        if name == "in":
            return one_of(value, args)
        if name == "starts":
            return "(" + " OR ".join(f"starts_with({value}, {literal(text)})" for text in args) + ")"
        return f"CASE WHEN {value} IS NOT NULL THEN TRUE END"

    def _of_date(self, step: _Step, done: tuple[object, ...]) -> _Step:
        name, *args = done
        day = step.value
        if name == "add_months":
            value = f"CAST({day} + INTERVAL '{args[0]} months' AS date)"
            return _Step(value, step.none, "date", guard=step.guard)
        year, month = f"EXTRACT(YEAR FROM {day})", f"EXTRACT(MONTH FROM {day})"
        value = {
            "year": year, "month_index": f"{year} * 12 + {month} - 1", "day_of_month": f"EXTRACT(DAY FROM {day})"
        }[str(name)]  # fmt: skip
        return _Step(value, step.none, "int", guard=step.guard)

    # ------------------------------------------------------------------ lists
    def _listed(self, fact: FactType, column: str, early: str, done: tuple[object, ...]) -> _Step:
        name, *args = done
        empty = self._empty(fact, column, early)
        if name == "has":
            return _Step(_unless(empty, "FALSE", f"CASE WHEN {column} IS NOT NULL THEN TRUE END"), NEVER, "bool")
        if name in ("first", "last"):
            end = self.dialect.dates_end(column, "min" if name == "first" else "max")
            return _Step(end, empty, "date", guard=early)
        if name == "count":
            return _Step(_unless(early, "0", self.dialect.length(column)), NEVER, "int")
        if name == "within":
            found = self.dialect.any_date(column, *(self._day(arg) for arg in args))
            return _Step(_unless(early, "FALSE", found), NEVER, "bool")
        if name == "tally":
            found = self.dialect.count_records(column, self._tests(fact, args[0]))
            return _Step(_unless(early, "0", found), NEVER, "int")
        return self._of_field(fact, column, early, str(name), str(args[0]), args[1])

    def _empty(self, fact: FactType, column: str, early: str) -> str:
        dialect = self.dialect
        length = dialect.count_records(column, "TRUE") if fact.kind == "list" else dialect.length(column)
        none = f"COALESCE({length} = 0, FALSE)"
        return none if early == NEVER else f"({early} OR {none})"

    def _of_field(self, fact: FactType, column: str, early: str, name: str, field: str, filters: Any) -> _Step:
        """total, earliest or latest of a field: none is skipped, one that is unknown makes the whole unknown."""
        dialect = self.dialect
        text, kind = dialect.field(field), fact.fields[field]
        tests = self._tests(fact, filters)
        given = f"{tests} AND {text} IS DISTINCT FROM ''"
        open_ = f"{dialect.count_records(column, f'{tests} AND {text} IS NULL')} > 0"
        value = self._field_value(field, kind)
        function: Any = {"total": "sum", "earliest": "min", "latest": "max"}[name]
        folded = dialect.fold_records(column, given, function, value)
        if name == "total":
            folded = f"CASE WHEN {column} IS NOT NULL AND NOT ({open_}) THEN COALESCE({folded}, 0) END"
            limit = _MOST_RECORDS * (MONEY_LIMIT if kind == "money" else _COUNT_LIMIT)
            return _Step(_unless(early, "0", folded), NEVER, "int", limit)
        folded = f"CASE WHEN NOT ({open_}) THEN {folded} END"
        nothing = f"COALESCE({dialect.count_records(column, given)} = 0, FALSE)"
        none = nothing if early == NEVER else f"({early} OR {nothing})"
        limit = MONEY_LIMIT if kind == "money" else _COUNT_LIMIT
        return _Step(folded, none, "date" if kind == "date" else "int", limit, guard=early)

    def _field_value(self, field: str, kind: str) -> str:
        """A field's value: a date, or a whole number (fen for money)."""
        text = f"NULLIF({self.dialect.field(field)}, '')"
        if kind == "date":
            return f"CAST({text} AS date)"
        if kind == "money":
            return f"CAST(CAST({text} AS decimal(20,2)) * 100 AS {self.dialect.narrow})"
        return f"CAST({text} AS {self.dialect.narrow})"

    def _tests(self, fact: FactType, filters: Any) -> str:
        if not filters:
            return "TRUE"
        return " AND ".join(self._test(field, fact.fields[field], test) for field, test in filters)

    def _test(self, field: str, kind: str, test: Any) -> str:
        how, *args = test
        if how == "in":
            return one_of(self.dialect.field(field), args)
        ends = [self._day(arg) if kind == "date" else str(context_value(arg, self.on, self.year)) for arg in args]
        value = self._field_value(field, kind)
        return f"({value} = {ends[0]})" if how == "equals" else f"({value} BETWEEN {ends[0]} AND {ends[1]})"

    def _day(self, expression: Any) -> str:
        return f"DATE '{day_of(context_value(expression, self.on, self.year)).isoformat()}'"

    # ------------------------------------------------------------------ machine numbers
    def _machine(self, fact: FactType, step: _Step) -> SqlLeaf:
        value, limit = self._number(fact, step)
        if step.guard != NEVER:
            value = f"CASE WHEN NOT {step.guard} THEN {value} END"
        return SqlLeaf(value, step.none, limit)

    def _number(self, fact: FactType, step: _Step) -> tuple[str, int]:
        narrow = self.dialect.narrow
        if step.kind == "bool":
            return step.value, 1
        if step.kind == "date":
            return f"CAST({step.value} - DATE '1970-01-01' AS {narrow})", _DAY_LIMIT
        if step.kind == "money":
            return f"CAST(CAST({step.value} AS decimal(20,2)) * 100 AS {narrow})", MONEY_LIMIT
        if step.kind in ("number", "share"):
            return self._scaled(fact, step.value)
        return f"CAST({step.value} AS {narrow})", step.limit

    def _scaled(self, fact: FactType, value: str) -> tuple[str, int]:
        """A number times its scale. One that was cut off after twelve decimals, such as 22/3, is made whole again."""
        column = InputColumn(fact, None)
        scale, grid = sql_scale(fact, self.dialect), fact.scale
        limit = scale * (_MARK_LIMIT if fact.section == "expert" else 1 if fact.kind == "share" else _NUMBER_LIMIT)
        kind = self.dialect.wide if limit >= NARROW else self.dialect.narrow
        exact = f"CAST({value} AS {column.type(self.dialect)})"
        # Half of the last decimal, a little more for safety, as it stands after the multiplication.
        slack = f"{float(Fraction(grid * 52, 10 ** (NUMBER_DECIMALS + 2))):.9f}"
        near = f"round({exact} * {grid})"
        snapped = f"CAST({near} AS {kind})"
        if scale == grid:
            off = self.dialect.off_grid(column.name, value)
        else:
            snapped += f" * {scale // grid}"
            tens = 10**NUMBER_DECIMALS
            whole = f"{exact} * CAST({tens} AS decimal({NUMBER_DECIMALS + 1},0))"
            off = f"CAST({whole} AS {kind}) * {scale // tens}"
        close = f"abs({exact} * {grid} - {near}) <= {slack}"
        return f"CASE WHEN {close} THEN {snapped} WHEN {value} IS NOT NULL THEN {off} END", limit


def _unless(none: str, instead: str, value: str) -> str:
    return value if none == NEVER else f"CASE WHEN {none} THEN {instead} ELSE {value} END"


def sql_scale(fact: FactType, dialect: Dialect) -> int:
    """The whole number by which SQL multiplies a number, share or mark, so that what it reads is whole."""
    if fact.kind == "number" and fact.section != "expert":
        return dialect.number_scale
    return math.lcm(10**NUMBER_DECIMALS, fact.scale)
