"""How PostgreSQL and DuckDB write the few things that they write differently."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Final, Literal

DialectName = Literal["postgres", "duckdb"]

#: Whole numbers within these bounds (of 64 bits, with room for a rounding) are computed in the narrow type.
NARROW: Final = 2**62


class Dialect(ABC):
    """A database's way of writing; everything that both write alike is written where it is used.

    `narrow` and `wide` are its types for whole numbers; `widest` is the size that the wide type holds for certain
    (None: any), `number_scale` the multiple of a number's value that is whole, if it is to be read at all.
    """

    name: ClassVar[DialectName]
    narrow: ClassVar[str] = "bigint"
    wide: ClassVar[str]
    widest: ClassVar[int | None]
    number_scale: ClassVar[int]
    #: Ends a layer, so that the planner does not write its expressions into the next one over and over.
    fence: ClassVar[str]
    text: ClassVar[str]
    json: ClassVar[str]
    advice: ClassVar[tuple[str, ...]]

    @abstractmethod
    def quotient(self, left: str, right: str, wide: bool) -> str:
        """left ÷ right cut off towards zero, of whole numbers."""

    @abstractmethod
    def dates_end(self, dates: str, end: Literal["min", "max"]) -> str:
        """The earliest or latest of a list of dates; NULL where it is NULL or empty."""

    @abstractmethod
    def length(self, items: str) -> str:
        """How many items a list of dates or of records has; NULL where it is NULL."""

    @abstractmethod
    def any_date(self, dates: str, first: str, last: str) -> str:
        """Whether any of the dates lies in first..last; NULL where the list is NULL."""

    @abstractmethod
    def field(self, name: str) -> str:
        """The text of a field of the record `r`; NULL where it has none."""

    @abstractmethod
    def count_records(self, records: str, test: str) -> str:
        """How many records `r` pass the test; NULL where the list is NULL."""

    @abstractmethod
    def fold_records(self, records: str, test: str, function: Literal["sum", "min", "max"], value: str) -> str:
        """Sum, smallest or largest value over the records `r` that pass; NULL where there are none."""

    @abstractmethod
    def off_grid(self, column: str, value: str) -> str:
        """What stops the query at a number that `number_scale` does not make whole."""

    def date_type(self) -> str:
        """The type of a column of lists of dates."""
        return "date[]"


class Postgres(Dialect):
    """PostgreSQL 15 or newer. `numeric` is exact at any size."""

    name = "postgres"
    wide = "numeric"
    widest = None
    number_scale = 3 * 10**12
    fence = " OFFSET 0"
    text = "text"
    json = "jsonb"
    advice = (
        "SET jit = off first: compiling the statement costs more than running it.",
        "A part of the population is screened by selecting it in the innermost FROM: a condition on the whole",
        "statement is applied after everything was computed.",
    )

    def quotient(self, left: str, right: str, wide: bool) -> str:
        return f"div({left}, {right})" if wide else f"({left} / {right})"

    def dates_end(self, dates: str, end: Literal["min", "max"]) -> str:
        return f"(SELECT {end}(d) FROM unnest({dates}) AS d)"

    def length(self, items: str) -> str:
        return f"cardinality({items})"

    def any_date(self, dates: str, first: str, last: str) -> str:
        found = f"EXISTS (SELECT FROM unnest({dates}) AS d WHERE d BETWEEN {first} AND {last})"
        return f"CASE WHEN {dates} IS NOT NULL THEN {found} END"

    def field(self, name: str) -> str:
        return f"(r ->> {literal(name)})"

    def count_records(self, records: str, test: str) -> str:
        found = f"(SELECT count(*) FROM jsonb_array_elements({records}) AS r WHERE {test})"
        return f"CASE WHEN {records} IS NOT NULL THEN {found} END"

    def fold_records(self, records: str, test: str, function: Literal["sum", "min", "max"], value: str) -> str:
        return f"(SELECT {function}({value}) FROM jsonb_array_elements({records}) AS r WHERE {test})"

    def off_grid(self, column: str, value: str) -> str:
        raise AssertionError(f"{column}: every number of twelve decimals is whole here")


class DuckDB(Dialect):
    """DuckDB 1.3 or newer. Its whole numbers end at 127 bits, and it refuses rather than wraps beyond them."""

    name = "duckdb"
    narrow = "BIGINT"
    wide = "HUGEINT"
    widest = 2**126
    number_scale = 240_000
    fence = ""
    text = "VARCHAR"
    json = "JSON"
    advice = (
        "A whole number beyond 127 bits stops the statement with an Out of Range error; nothing wraps.",
        "Lists of structs become JSON by to_json(column).",
    )

    def quotient(self, left: str, right: str, wide: bool) -> str:
        return f"({left} // {right})"

    def dates_end(self, dates: str, end: Literal["min", "max"]) -> str:
        return f"list_{end}({dates})"

    def length(self, items: str) -> str:
        return f"len({items})"

    def any_date(self, dates: str, first: str, last: str) -> str:
        return f"(len(list_filter({dates}, lambda d: d BETWEEN {first} AND {last})) > 0)"

    def field(self, name: str) -> str:
        return f"json_extract_string(r, {literal('$.' + name)})"

    def _records(self, records: str, test: str) -> str:
        return f"list_filter(CAST({records} AS JSON[]), lambda r: {test})"

    def count_records(self, records: str, test: str) -> str:
        return f"len({self._records(records, test)})"

    def fold_records(self, records: str, test: str, function: Literal["sum", "min", "max"], value: str) -> str:
        return f"list_{function}(list_transform({self._records(records, test)}, lambda r: {value}))"

    def off_grid(self, column: str, value: str) -> str:
        said = f"{column} holds a number that is neither of four decimals nor a mean of twenty-fourths: "
        return f"error({literal(said)} || CAST({value} AS VARCHAR))"

    def date_type(self) -> str:
        return "DATE[]"


DIALECTS: Final[dict[DialectName, Dialect]] = {"postgres": Postgres(), "duckdb": DuckDB()}


def literal(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """A name as SQL writes it, whatever it holds."""
    return '"' + name.replace('"', '""') + '"'


def one_of(value: str, texts: Sequence[str]) -> str:
    """Whether a text is one of these."""
    return f"({value} IN ({', '.join(literal(text) for text in texts)}))"
