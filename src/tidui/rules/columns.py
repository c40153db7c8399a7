"""Facts of many enterprises as machine columns: what a screening reads.

A `Batch` holds, for every fact (and year offset), one array of machine numbers and one of states. The units are
those of the kernel: money in whole fen, numbers and shares as whole multiples of 1/scale (`FactType.scale`), dates
as days since 1970-01-01, booleans as 0 and 1, and codes, texts and lists as places in a vocabulary.
A value that the machine number cannot hold exactly has the state EXACT and is kept, exactly, beside the column.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from tidui.rules.values import (
    MONEY_LIMIT,
    NONE,
    Catalogue,
    Facts,
    FactType,
    Kind,
    NoneValue,
    Value,
    day_number,
    day_of,
)

Array: TypeAlias = npt.NDArray[Any]
States: TypeAlias = npt.NDArray[np.uint8]
#: A fact and its year offset: None for a fact that is not yearly, 0 for the year assessed, -1 for the one before.
Key: TypeAlias = "tuple[str, int | None]"

UNKNOWN: Final = 0
VALUE: Final = 1
NO_VALUE: Final = 2
EXACT: Final = 3

#: No machine number of a column reaches this; larger values are EXACT (money as large is refused before).
MACHINE_LIMIT: Final = MONEY_LIMIT

_DTYPES: Final[Mapping[Kind, type[np.generic]]] = {
    "money": np.int64,
    "int": np.int64,
    "number": np.int64,
    "share": np.int64,
    "bool": np.uint8,
    "date": np.int32,
    "code": np.int32,
    "text": np.int32,
    "dates": np.int32,
    "list": np.int32,
}
#: Kinds whose column holds places in a vocabulary.
VOCABULARY_KINDS: Final = frozenset({"code", "text", "dates", "list"})
#: Kinds whose column holds whole numbers of 64 bits.
NUMERIC_KINDS: Final = frozenset({"money", "int", "number", "share"})


def column_dtype(kind: Kind) -> np.dtype[Any]:
    """The numpy type of the values of a column of this kind."""
    return np.dtype(_DTYPES[kind])


@dataclass(frozen=True, slots=True)
class Column:
    """One fact of every row. `state` None means that every row has a value; `vocab` is there for codes and lists."""

    values: Array
    state: States | None = None
    vocab: Sequence[Value] | None = None

    def __len__(self) -> int:
        return len(self.values)

    def states(self) -> States:
        """The state of every row, as an array, also where all are values."""
        if self.state is None:
            return np.full(len(self.values), VALUE, dtype=np.uint8)
        return self.state

    def slice(self, start: int, stop: int) -> Column:
        """The rows from start up to stop, without copying."""
        state = None if self.state is None else self.state[start:stop]
        return Column(self.values[start:stop], state, self.vocab)

    def take(self, rows: Array) -> Column:
        """The rows at these positions (a copy)."""
        state = None if self.state is None else self.state[rows]
        return Column(self.values[rows], state, self.vocab)


def to_machine(fact: FactType, value: Value) -> int | None:
    """The machine number of one value, or None where it has none (not exact at the scale, or too large).

    Only for kinds without a vocabulary, and never for NONE.
    """
    if isinstance(value, bool):
        return int(value)
    if fact.kind == "date":
        return day_number(value)  # type: ignore[arg-type]
    scaled = Fraction(value) * fact.scale  # type: ignore[arg-type]
    if scaled.denominator != 1 or abs(scaled) >= MACHINE_LIMIT:
        return None
    return int(scaled)


def from_machine(fact: FactType, number: int) -> Value:
    """The value that a machine number stands for; the opposite of `to_machine`."""
    if fact.kind == "bool":
        return bool(number)
    if fact.kind == "date":
        return day_of(number)
    if fact.scale == 1:
        return number
    value = Fraction(number, fact.scale)
    return int(value) if value.denominator == 1 else value


@dataclass(slots=True)
class ColumnBuilder:
    """Collects the values of one fact, row by row, into a column and the exact values that do not fit it."""

    fact: FactType
    numbers: list[int] = field(default_factory=list)
    states: list[int] = field(default_factory=list)
    exact: dict[int, Value] = field(default_factory=dict)
    _places: dict[Value, int] = field(default_factory=dict)

    def add(self, value: Value | None) -> None:
        """Append the value of the next row."""
        number, state = self._encode(value)
        self.numbers.append(number)
        self.states.append(state)

    def _encode(self, value: Value | None) -> tuple[int, int]:
        if value is None:
            return 0, UNKNOWN
        if isinstance(value, NoneValue):
            return 0, NO_VALUE
        if self.fact.kind in VOCABULARY_KINDS:
            return self._places.setdefault(value, len(self._places)), VALUE
        number = to_machine(self.fact, value)
        if number is None:
            self.exact[len(self.numbers)] = value
            return 0, EXACT
        return number, VALUE

    def column(self) -> Column:
        """What was added, as a column."""
        values = np.array(self.numbers, dtype=column_dtype(self.fact.kind))
        plain = all(state == VALUE for state in self.states)
        state = None if plain else np.array(self.states, dtype=np.uint8)
        vocab = tuple(self._places) if self.fact.kind in VOCABULARY_KINDS else None
        return Column(values, state, vocab)


def founded_after(founded_on: Column, year: int) -> npt.NDArray[np.bool_]:
    """Which rows were founded after a fiscal year ended; never those whose date is not known."""
    after = founded_on.values > day_number(dt.date(year, 12, 31))
    if founded_on.state is not None:
        after &= founded_on.state == VALUE
    return np.asarray(after, dtype=np.bool_)


@dataclass(frozen=True, slots=True)
class Batch:
    """The facts of `n` enterprises.

    A key that is missing from `columns` is unknown for every row, except where the fiscal year does not exist yet:
    `founded_on` holds the founding dates, and facts of `founded_sections` are none for the fiscal years before
    that of the founding. `rows` are the positions of the rows in the whole input, where the batch is a part of one.
    """

    n: int
    columns: Mapping[Key, Column]
    exact: Mapping[Key, Mapping[int, Value]]
    ids: Sequence[str]
    catalogue: Catalogue
    year: int
    founded_on: Column | None = None
    founded_sections: frozenset[str] = frozenset()
    rows: Array | None = None

    def column(self, name: str, offset: int | None) -> Column:
        """The column of a fact at a year offset; where the input has none, unknown (none before the founding year)."""
        found = self.columns.get((name, offset))
        if found is not None:
            return found
        fact = self.catalogue[name]
        values = np.zeros(self.n, dtype=column_dtype(fact.kind))
        state = np.zeros(self.n, dtype=np.uint8)
        if offset is not None and self.founded_on is not None and fact.section in self.founded_sections:
            state[founded_after(self.founded_on, self.year + offset)] = NO_VALUE
        return Column(values, state, () if fact.kind in VOCABULARY_KINDS else None)

    def value(self, name: str, offset: int | None, row: int) -> Value | None:
        """One value as the Python reading sees it: None if unknown, NONE if there is none."""
        return self.value_in(self.column(name, offset), name, offset, row)

    def value_in(self, column: Column, name: str, offset: int | None, row: int) -> Value | None:
        """The same, of a column of this batch that was looked up before."""
        state = VALUE if column.state is None else int(column.state[row])
        if state == UNKNOWN:
            return None
        if state == NO_VALUE:
            return NONE
        if state == EXACT:
            return self.exact[(name, offset)][row]
        number = int(column.values[row])
        if column.vocab is not None:
            return column.vocab[number]
        return from_machine(self.catalogue[name], number)

    def row(self, row: int) -> BatchRow:
        """The facts of one enterprise of the batch."""
        if not 0 <= row < self.n:
            raise IndexError(f"row {row} of a batch of {self.n}")
        return BatchRow(self, row)

    def __len__(self) -> int:
        return self.n

    def __iter__(self) -> Iterator[BatchRow]:
        return (BatchRow(self, row) for row in range(self.n))


@dataclass(frozen=True, slots=True)
class BatchRow:
    """One row of a batch, read as `Facts`."""

    batch: Batch
    index: int

    @property
    def id(self) -> str:
        """The identity (credit code) of the enterprise."""
        return self.batch.ids[self.index]

    def get(self, name: str, year: int | None) -> Value | None:
        """The value of a fact, of a fiscal year where the fact is yearly; None if unknown, NONE if there is none."""
        offset = None if year is None else year - self.batch.year
        return self.batch.value(name, offset, self.index)


def batch_of(
    facts: Sequence[Facts],
    keys: Iterable[Key],
    *,
    catalogue: Catalogue,
    year: int,
    ids: Sequence[str] | None = None,
) -> Batch:
    """Put the facts of some enterprises into columns, for the given facts and year offsets.

    `year` is the fiscal year assessed (offset 0). What a row answers for a year before its founding stands in the
    columns as the row answers it, so every key that will be read has to be given.
    """
    columns: dict[Key, Column] = {}
    exact: dict[Key, Mapping[int, Value]] = {}
    for name, offset in keys:
        builder = ColumnBuilder(catalogue[name])
        absolute = None if offset is None else year + offset
        for one in facts:
            builder.add(one.get(name, absolute))
        columns[(name, offset)] = builder.column()
        if builder.exact:
            exact[(name, offset)] = builder.exact
    names = [str(place) for place in range(len(facts))] if ids is None else ids
    return Batch(len(facts), columns, exact, names, catalogue, year)
