"""The leaves of a program as a machine reads them: the columns of a batch, and lookup tables for what is derived.

A fact that a leaf reads as it is, is its column. A leaf with steps (the year of a date, whether a code starts with
'C') is computed once for each distinct value; the machine looks it up by the value's place.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from tidui.rules import leaves as leaf_values
from tidui.rules.columns import UNKNOWN, VOCABULARY_KINDS, Batch, Column, column_dtype
from tidui.rules.kernel_emitter import Source
from tidui.rules.kernel_ir import source_dtype
from tidui.rules.lower import leaf_bounds
from tidui.rules.nodes import Leaf, Step
from tidui.rules.values import NONE, Catalogue, Value, day_of

Array: TypeAlias = npt.NDArray[Any]
Mode = Literal["absent", "complete", "nullable"]

#: The state of a looked-up value that the machine cannot hold: the row is settled by exact arithmetic.
ODD: Final = 3


#: Steps that end in a truth.
_TRUTHS: Final = frozenset({"within", "starts", "in", "has"})
#: Days are computed many at a time from 1800 to 2299; a table over more days than so many is made for good reason only.
_FIRST_DAY: Final = -62_091
_LAST_DAY: Final = 120_529
_SPAN: Final = 200_000
#: So many derived values of a leaf are remembered.
REMEMBERED: Final = 100_000
#: Rows that one call of the machine code reads: few enough for the columns of several programs to stay in the cache.
CHUNK: Final = 16_384
#: One chunk of zeros and one of ones, read again and again where a whole column is unknown, or known.
NOTHING: Final = {np.dtype(name): np.zeros(CHUNK, dtype=name) for name in ("int64", "int32", "uint8")}
KNOWN: Final = np.ones(CHUNK, dtype=np.uint8)


@dataclass(slots=True)
class Prepared:
    """A leaf of one batch: its numbers and states (None: all known), or its places in `table` (`value * 4 + state`),
    counted from `base`; `slot` is the place of what is read of none. Mode says what is so in every row."""

    mode: Mode
    values: Array
    states: Array | None
    table: Array | None = None
    base: int = 0
    slot: int = 0

    def decoded(self, start: int, stop: int) -> tuple[Array, Array]:
        """Values (0 unless known) and states of these rows; state 3 where exact arithmetic has to read the fact."""
        if self.mode == "absent":
            return np.zeros(stop - start, dtype=np.int64), np.zeros(stop - start, dtype=np.uint8)
        raw = self.states[start:stop] if self.states is not None else np.ones(stop - start, dtype=np.uint8)
        values = self.values[start:stop].astype(np.int64)
        if self.table is None:
            return np.where(raw == 1, values, 0), raw
        places = np.where(raw == 1, values - self.base, self.slot)
        packed = self.table[places]
        states = np.where(raw == UNKNOWN, UNKNOWN, packed & 3).astype(np.uint8)
        return np.where(states == 1, packed >> 2, 0), states


class LeafReader:
    """Prepares the leaves of batch after batch for one day and year assessed; derived values are remembered."""

    def __init__(self, leaves: Iterable[Leaf], catalogue: Catalogue, on: dt.date, year: int) -> None:
        self.leaves = tuple(leaves)
        self.catalogue, self.on, self.year = catalogue, on, year
        self._derived: dict[Leaf, dict[Value, int]] = {leaf: {} for leaf in self.leaves}
        self._days: dict[Leaf, _Days] = {}
        self._tables: dict[Leaf, tuple[Sequence[Value], Array]] = {}

    def prepare(self, batch: Batch) -> dict[Leaf, Prepared]:
        """All leaves of a batch."""
        columns: dict[tuple[str, int | None], Column | None] = {}
        for leaf in self.leaves:
            key = (leaf.fact, leaf.offset)
            if key not in columns:
                columns[key] = _column(batch, key)
        return {leaf: self._prepare(leaf, columns[(leaf.fact, leaf.offset)]) for leaf in self.leaves}

    def _prepare(self, leaf: Leaf, column: Column | None) -> Prepared:
        kind = self.catalogue[leaf.fact].kind
        if column is None:
            table = np.zeros(1, dtype=np.int64) if leaf.steps else None
            return Prepared("absent", NOTHING[column_dtype(kind)], NOTHING[np.dtype(np.uint8)], table)
        values = np.ascontiguousarray(column.values)
        states = None if column.state is None else np.ascontiguousarray(column.state)
        if not leaf.steps:
            return Prepared("complete" if states is None else "nullable", values, states)
        if kind in VOCABULARY_KINDS:
            table, base = self._vocabulary_table(leaf, column), 0
        else:
            table, base = self._day_table(leaf, values, states)
        known = states is None and bool((table[:-1] & 3 == 1).all())
        return Prepared("complete" if known else "nullable", values, states, table, base, len(table) - 1)

    # ------------------------------------------------------------------ tables
    def _packed(self, leaf: Leaf, value: Value) -> int:
        kind = self.catalogue[leaf.fact]
        number, state = leaf_values.read(leaf, value, kind, self.on, self.year)
        if state != 1:
            return state
        if leaf.steps[-1][0] in _TRUTHS:
            return int(number) * 4 + 1
        low, high, _, assumed = leaf_bounds(leaf, kind)
        within = (-assumed if low is None else low) <= number <= (assumed if high is None else high)
        if isinstance(number, Fraction) or not within:
            return ODD
        return number * 4 + 1

    def _remembered(self, leaf: Leaf, value: Value) -> int:
        known = self._derived[leaf]
        found = known.get(value)
        if found is None:
            if len(known) > REMEMBERED:
                known.clear()
            found = known[value] = self._packed(leaf, value)
        return found

    def _vocabulary_table(self, leaf: Leaf, column: Column) -> Array:
        vocabulary = column.vocab or ()
        kept = self._tables.get(leaf)
        if kept is None or kept[0] is not vocabulary:
            # Batches of one input often share a vocabulary.
            kept = self._tables[leaf] = (vocabulary, self._table_of(leaf, vocabulary))
        return kept[1]

    def _table_of(self, leaf: Leaf, vocabulary: Sequence[Value]) -> Array:
        table = np.zeros(len(vocabulary) + 1, dtype=np.int64)
        if leaf.steps == (("has",),) and self.catalogue[leaf.fact].kind == "text":
            # Any text is there, whatever it says: no need to look at each.
            table[:-1] = self._packed(leaf, "text")
        else:
            table[:-1] = [self._remembered(leaf, value) for value in vocabulary]
        table[-1] = self._packed(leaf, NONE)
        return table

    def _day_table(self, leaf: Leaf, values: Array, states: Array | None) -> tuple[Array, int]:
        """The table of a date over all days from the first to the last that has occurred, and its first day."""
        days = self._days.get(leaf)
        if days is None:
            days = self._days[leaf] = _Days(np.array([self._packed(leaf, NONE)], dtype=np.int64), 0)
        if not len(values):
            return days.table, days.base
        first, last = int(values.min()), int(values.max())
        if last - first > _SPAN and states is not None:
            # What lies where nothing is known may be anything.
            values = np.where(states == 1, values, 0)
            first, last = int(values.min()), int(values.max())
        for start, stop in days.widen(first, last):
            days.table[start - days.base : stop - days.base] = self._packed_days(leaf, start, stop)
        return days.table, days.base

    def _packed_days(self, leaf: Leaf, start: int, stop: int) -> Array:
        """The entries of these days, one after another."""
        found = day_steps(leaf.steps, np.arange(start, stop, dtype=np.int64))
        if found is not None:
            return found * 4 + 1
        return np.array([self._packed(leaf, day_of(day)) for day in range(start, stop)], dtype=np.int64)


@dataclass(slots=True)
class _Days:
    """A lookup table of the days from `base` on; its last slot holds what is read of none."""

    table: Array
    base: int

    def widen(self, first: int, last: int) -> list[tuple[int, int]]:
        """Makes room for these days and a year about them; the days (from, up to) that have to be filled in."""
        start, stop = self.base, self.base + len(self.table) - 1
        if start <= first and last < stop:
            return []
        if start == stop:
            start = stop = first
        new_start, new_stop = min(first - 366, start), max(last + 367, stop)
        table = np.empty(new_stop - new_start + 1, dtype=np.int64)
        table[start - new_start : stop - new_start] = self.table[:-1]
        table[-1] = self.table[-1]
        self.table, self.base = table, new_start
        return [(new_start, start), (stop, new_stop)]


def day_steps(steps: Sequence[Step], days: Array) -> Array | None:
    """What a single step makes of each of these days, all at once; None for other steps, and beyond the years that
    a date may have."""
    if len(steps) != 1 or not len(days) or days[0] < _FIRST_DAY or days[-1] > _LAST_DAY:
        return None
    name, *args = steps[0]
    dates = days.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    index = months.astype(np.int64) + 1970 * 12
    day = (dates - months).astype(np.int64) + 1
    if name == "year":
        return np.asarray(index // 12)
    if name == "month_index":
        return np.asarray(index)
    if name == "day_of_month":
        return np.asarray(day)
    if name == "add_months" and abs(int(args[0])) < 1200:
        moved = months + int(args[0])
        length = ((moved + 1).astype("datetime64[D]") - moved.astype("datetime64[D]")).astype(np.int64)
        return np.asarray(moved.astype("datetime64[D]").astype(np.int64) + np.minimum(day, length) - 1)
    return None


def _column(batch: Batch, key: tuple[str, int | None]) -> Column | None:
    """A column of the batch; None where the fact is unknown in every row."""
    if key in batch.columns:
        return batch.columns[key]
    name, offset = key
    founded = offset is not None and batch.founded_on is not None
    if founded and batch.catalogue[name].section in batch.founded_sections:
        return batch.column(name, offset)
    return None


def source_of(leaf: Leaf, mode: Mode, catalogue: Catalogue) -> Source:
    """How a leaf is loaded in this mode."""
    kind = catalogue[leaf.fact].kind
    return Source(source_dtype(column_dtype(kind)), mode != "complete", bool(leaf.steps), mode == "absent")


def merged(one: Mapping[Leaf, Mode], other: Mapping[Leaf, Mode]) -> dict[Leaf, Mode]:
    """Modes that serve batches of both kinds."""
    return {leaf: mode if other[leaf] == mode else "nullable" for leaf, mode in one.items()}


def serves(variant: Mapping[Leaf, Mode], batch: Mapping[Leaf, Mode]) -> bool:
    """Whether code made for these modes reads this batch correctly."""
    return all(mode in ("nullable", batch[leaf]) for leaf, mode in variant.items())
