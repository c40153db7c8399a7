"""The screen reading: programs over batches of columns, in machine code where llvmlite is installed.

Whatever machine numbers cannot decide for certain is settled, row by row, by the exact Python reading; so screening
says of every row what explain says of it.
"""

from __future__ import annotations

import datetime as dt
import itertools
import os
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, Literal, TypeAlias

import numpy as np

from tidui.rules import kernel
from tidui.rules.answers import Range, read_leaves
from tidui.rules.columns import Batch, Column, Key
from tidui.rules.integers import ASSUMED_DAY, Word
from tidui.rules.kernel_cache import KernelCache
from tidui.rules.kernel_emitter import BitsOutput, NumberOutput, Output, TooLarge, TruthOutput, bits_for
from tidui.rules.kernel_leaves import CHUNK, LeafReader, Mode, Prepared, merged, serves, source_of
from tidui.rules.leaves import context_value
from tidui.rules.lower import Lowering
from tidui.rules.nodes import Leaf
from tidui.rules.program import Built, Program
from tidui.rules.pycode import PythonReading
from tidui.rules.quotients import Quotient
from tidui.rules.screen_result import (
    FAIL,
    NOT_NEEDED,
    PASS,
    UNKNOWN,
    Array,
    Ends,
    NumberColumn,
    PolicyResult,
    ScreenResult,
)
from tidui.rules.values import Value

Reading = Literal["auto", "kernel", "python"]

#: Fewer rows than this are sooner read by the Python function than compiled for.
WORTH_COMPILING: Final = 4_000
#: Fewer doubtful rows than this in a batch are sooner settled by Python than by code of 256 bits.
WORTH_WIDENING: Final = 32
#: So many kinds of batch (which facts are complete, which are absent) get code of their own.
MAX_VARIANTS: Final = 4

TRUTHS: Final = ("verdict", "condition", "flag", "outcome")
NUMBERS: Final = ("total", "group", "score", "amount", "outcome")


# ---------------------------------------------------------------------- what is computed of a program
@dataclass(frozen=True, slots=True)
class TruthResult:
    """A rule that is a condition."""

    rule: str
    yes: Word
    no: Word
    unneeded: Word


@dataclass(frozen=True, slots=True)
class NumberResult:
    """A rule that is a number; the ends of amounts are rounded to the fen, `exact` speaks of the unrounded."""

    rule: str
    low: Quotient
    high: Quotient
    has_low: Word
    has_high: Word
    none: Word
    exact: Word

    @property
    def truths(self) -> tuple[Word, ...]:
        """The words of the flags, in the order of their bits."""
        return self.has_low, self.has_high, self.none, self.exact


Result: TypeAlias = TruthResult | NumberResult


def results_of(program: Program, lowering: Lowering, only: Collection[str] | None = None) -> list[Result]:
    """The words of a program's results, in the order of its rules: all, or those of the kinds of rules named."""
    found: list[Result] = []
    for built in program.rules.values():
        if only is not None and built.rule.kind not in only:
            continue
        if built.node.type == "bool" and built.rule.kind in TRUTHS:
            found.append(_truth_result(built, lowering))
        elif built.node.type != "bool" and built.rule.kind in NUMBERS:
            found.append(_number_result(built, lowering))
    return found


def _truth_result(built: Built, lowering: Lowering) -> TruthResult:
    truth = lowering.truth(built.node)
    unneeded = lowering.words.false if built.needed is None else lowering.truth(built.needed).no
    return TruthResult(built.rule.id, truth.yes, truth.no, unneeded)


def _number_result(built: Built, lowering: Lowering) -> NumberResult:
    number, w = lowering.number(built.node), lowering.words
    low, high = number.low, number.high
    if built.rule.kind == "amount":
        low, high = (Quotient(lowering.rounded(end), lowering.one) for end in (low, high))
    exact = w.both(lowering.exact(number), w.negate(number.none))
    return NumberResult(built.rule.id, low, high, number.has_low, number.has_high, number.none, exact)


# ---------------------------------------------------------------------- the exact reading of rows
class RowReading:
    """The Python function of all results: what settles a row, and what screens where there is no llvmlite."""

    def __init__(self, program: Program, only: Collection[str] | None = None) -> None:
        self.program, self.only = program, only
        self.results = results_of(program, Lowering(program.catalogue), only)
        words = [word for result in self.results for word in _python_words(result)]
        self.reading = PythonReading(words)
        self.kinds = [program.catalogue[leaf.fact] for leaf in self.reading.leaves]
        #: Numbers that are whole in every row.
        self.whole = frozenset(
            r.rule for r in self.results if isinstance(r, NumberResult) and _is_one(r.low.d) and _is_one(r.high.d)
        )

    def settle(self, facts: Any, row: int, into: PolicyResult, on: dt.date, year: int) -> None:
        """Reads one enterprise and writes its results into a row."""
        values, states = read_leaves(self.reading.leaves, self.kinds, facts, on, year)
        self.write(self.reading(values, states, on, year), row, into)

    def write(self, found: Sequence[Any], row: int, into: PolicyResult) -> None:
        """Writes what the function returned into a row."""
        at = 0
        for result in self.results:
            if isinstance(result, TruthResult):
                yes, no, unneeded = found[at : at + 3]
                at += 3
                into.truths[result.rule][row] = NOT_NEEDED if unneeded else PASS if yes else FAIL if no else UNKNOWN
            else:
                ln, ld, hn, hd, has_low, has_high, none, exact = found[at : at + 8]
                at += 8
                low = Fraction(ln, ld) if has_low else None
                high = Fraction(hn, hd) if has_high else None
                into.numbers[result.rule].put(row, Range(low, high, bool(none)), bool(exact))

    def read_batch(self, leaves: Mapping[Leaf, Prepared], rows: _Rows, into: PolicyResult) -> None:
        """Every row of a batch, a chunk at a time."""
        for start in range(0, into.n, CHUNK):
            stop = min(start + CHUNK, into.n)
            decoded = [leaves[leaf].decoded(start, stop) for leaf in self.reading.leaves]
            values = _rows_of([value for value, _ in decoded], stop - start)
            states = _rows_of([state for _, state in decoded], stop - start)
            for row, (value, state) in enumerate(zip(values, states, strict=True), start):
                if 3 in state:
                    self.settle(rows.at(row), row, into, rows.on, rows.year)
                else:
                    self.write(self.reading(value, state, rows.on, rows.year), row, into)


def _rows_of(columns: list[Array], rows: int) -> Any:
    return zip(*(column.tolist() for column in columns), strict=True) if columns else [()] * rows


def _python_words(result: Result) -> tuple[Word, ...]:
    if isinstance(result, TruthResult):
        return result.yes, result.no, result.unneeded
    return result.low.n, result.low.d, result.high.n, result.high.d, *result.truths


def _is_one(word: Word) -> bool:
    return word.op == "const" and word.value == 1


class _Rows:
    """The rows of a batch as facts; each column is looked up once."""

    def __init__(self, batch: Batch, on: dt.date, year: int) -> None:
        self.batch, self.on, self.year = batch, on, year
        self._columns: dict[Key, Column] = {}
        self._row = 0

    def at(self, row: int) -> _Rows:
        """The facts of one row, until the next call."""
        self._row = row
        return self

    def get(self, name: str, year: int | None) -> Value | None:
        """The value of a fact, as the Python reading sees it."""
        key = (name, None if year is None else year - self.batch.year)
        if key not in self._columns:
            self._columns[key] = self.batch.column(*key)
        return self.batch.value_in(self._columns[key], *key, self._row)


# ---------------------------------------------------------------------- the machine's reading
class Variant:
    """A program compiled for batches of one kind: which leaves are known, or unknown, in every row."""

    def __init__(
        self, program: Program, modes: Mapping[Leaf, Mode], cache: KernelCache, only: Collection[str] | None = None
    ) -> None:
        self.modes = modes
        complete = {leaf for leaf, mode in modes.items() if mode == "complete"}
        self.results = results_of(program, Lowering(program.catalogue, complete.__contains__), only)
        outputs: list[Output] = []
        #: For each result, how to make its arrays; and for each array, its type.
        self.shapes = [self._shape(result, outputs) for result in self.results]
        sources = {leaf: source_of(leaf, mode, program.catalogue) for leaf, mode in modes.items()}
        self.kernel = kernel.Kernel(outputs, sources, cache)
        self.dtypes = [f"int{output.bits}" if isinstance(output, NumberOutput) else "int8" for output in outputs]

    def _shape(self, result: Result, outputs: list[Output]) -> tuple[int, ...]:
        """Where the arrays of a result stand: of a truth one, of a number its flags and ends; fixed ones are −1."""
        if isinstance(result, TruthResult):
            unneeded = None if result.unneeded.op == "false" else result.unneeded
            outputs.append(TruthOutput(result.yes, result.no, unneeded))
            return (len(outputs) - 1,)
        outputs.append(BitsOutput(result.truths))
        places = [len(outputs) - 1]
        made: dict[int, int] = {}
        for word in (result.low.n, result.low.d, result.high.n, result.high.d):
            if word.id not in made:
                made[word.id] = -1 if word.op == "const" and word is not result.low.n else len(outputs)
                if made[word.id] >= 0:
                    outputs.append(NumberOutput(word, bits_for(word)))
            places.append(made[word.id])
        return tuple(places)

    def run(self, leaves: Mapping[Leaf, Prepared], contexts: Mapping[object, int], into: PolicyResult,
            executor: Executor | None) -> Array:
        """Computes all results; the answer is the rows that have to be settled."""
        *arrays, doubts = carved([*self.dtypes, "uint8"], into.n)
        fixed = [contexts[expression] for expression in self.kernel.code.contexts]
        self.kernel.run(leaves, fixed, arrays, doubts, executor)
        doubtful = np.flatnonzero(doubts)
        if len(doubtful) >= WORTH_WIDENING:
            self.kernel.settle(leaves, fixed, arrays, doubts, doubtful)
            doubtful = np.flatnonzero(doubts)
        for result, places in zip(self.results, self.shapes, strict=True):
            if isinstance(result, TruthResult):
                into.truths[result.rule] = arrays[places[0]]
            else:
                into.numbers[result.rule] = _number_column(result, places, arrays)
        return doubtful


def carved(dtypes: Sequence[str], rows: int) -> list[Array]:
    """Arrays of so many rows, all cut from one allocation: a large one costs the system far fewer page faults."""
    sizes = [np.dtype(dtype).itemsize * rows for dtype in dtypes]
    starts = [0, *itertools.accumulate(-(-size // 64) * 64 for size in sizes)]
    whole = np.empty(starts[-1], dtype=np.uint8)
    parts = zip(dtypes, starts, sizes, strict=False)
    return [whole[start : start + size].view(dtype) for dtype, start, size in parts]


def _number_column(result: NumberResult, places: tuple[int, ...], arrays: list[Array]) -> NumberColumn:
    flags, *rest = places
    words = (result.low.n, result.low.d, result.high.n, result.high.d)
    parts: list[Any] = [
        arrays[place] if place >= 0 else int(word.value)
        for place, word in zip(rest, words, strict=True)
    ]
    for at in (0, 2):
        if isinstance(parts[at], int):
            parts[at] = np.full(len(arrays[flags]), parts[at], dtype=np.int64)
    return NumberColumn(Ends(parts[0], parts[1]), Ends(parts[2], parts[3]), arrays[flags])


# ---------------------------------------------------------------------- the screener
class ProgramScreener:
    """One program, read over batch after batch as of one day and for one year assessed."""

    def __init__(
        self, program: Program, *, on: dt.date, year: int, cache: KernelCache, reading: Reading = "auto",
        only: Collection[str] | None = None,
    ) -> None:
        self.program, self.on, self.year = program, on, year
        self.rows = RowReading(program, only)
        leaves = self.rows.reading.leaves
        self.leaves = LeafReader(leaves, program.catalogue, on, year)
        self.variants: list[Variant] = []
        self._cache = cache
        contexts = self.rows.reading.contexts
        self._contexts = {expression: context_value(expression, on, year) for expression in contexts}
        beyond = any(abs(value) > ASSUMED_DAY for value in self._contexts.values())
        self._machine = reading != "python" and kernel.available() and not beyond
        if reading == "kernel" and not self._machine:
            raise RuntimeError("machine code was asked for, but llvmlite is not installed")

    def compile_for(self, batch: Batch) -> None:
        """Makes the code that this batch needs, so that the first call is as quick as the next."""
        if self._machine:
            self._variant({leaf: prepared.mode for leaf, prepared in self.leaves.prepare(batch).items()})

    def batch(self, batch: Batch, executor: Executor | None = None, *, machine: bool = True) -> PolicyResult:
        """What the program says of every row. `machine` False reads by the Python function."""
        into = PolicyResult(self.program, batch.n, whole=self.rows.whole)
        leaves = self.leaves.prepare(batch)
        rows = _Rows(batch, self.on, self.year)
        variant = self._variant({leaf: leaves[leaf].mode for leaf in leaves}) if machine and self._machine else None
        if variant is None:
            self._empty(into)
            self.rows.read_batch(leaves, rows, into)
            return into
        doubtful = variant.run(leaves, self._contexts, into, executor)
        for row in doubtful.tolist():
            self.rows.settle(rows.at(row), row, into, self.on, self.year)
        into.settled = len(doubtful)
        return into

    def _empty(self, into: PolicyResult) -> None:
        for result in self.rows.results:
            if isinstance(result, TruthResult):
                into.truths[result.rule] = np.empty(into.n, dtype=np.int8)
            else:
                ends = [self._empty_ends(end, into.n) for end in (result.low, result.high)]
                into.numbers[result.rule] = NumberColumn(ends[0], ends[1], np.empty(into.n, dtype=np.int8))

    @staticmethod
    def _empty_ends(end: Quotient, rows: int) -> Ends:
        per = end.d.value if end.d.op == "const" else np.ones(rows, dtype=np.int64)
        return Ends(np.zeros(rows, dtype=np.int64), per)

    def _variant(self, modes: dict[Leaf, Mode]) -> Variant | None:
        for variant in self.variants:
            if serves(variant.modes, modes):
                return variant
        if self.variants:
            modes = merged(self.variants[-1].modes, modes)
        if len(self.variants) >= MAX_VARIANTS - 1:
            modes = dict.fromkeys(modes, "nullable")
        try:
            self.variants.insert(0, Variant(self.program, modes, self._cache, self.rows.only))
        except TooLarge:
            self._machine = False
            return None
        return self.variants[0]


def _processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Screener:
    """Programs read over batches, all as of one day and for one year assessed.

    `rows` is how many rows there will be in all, if that is known: few are read by the Python function, for they are
    done before the machine code would be compiled. `reading` forces one or the other. `threads` defaults to the
    processors that this process may use. `only` names the kinds of rules whose results are wanted: fewer are quicker.
    """

    def __init__(
        self, programs: Sequence[Program], *, on: dt.date, year: int, reading: Reading = "auto",
        rows: int | None = None, threads: int | None = None, cache: KernelCache | None = None,
        only: Collection[str] | None = None,
    ) -> None:
        self.on, self.year = on, year
        self._machine = reading != "auto" or rows is None or rows >= WORTH_COMPILING
        kept = KernelCache.open() if cache is None else cache
        self.screeners = [
            ProgramScreener(program, on=on, year=year, cache=kept, reading=reading, only=only) for program in programs
        ]
        workers = threads or _processors()
        self._executor = ThreadPoolExecutor(workers) if workers > 1 else None

    def batch(self, batch: Batch) -> ScreenResult:
        """What every program says of every row of a batch."""
        if batch.year != self.year:
            raise ValueError(f"a batch for {batch.year} cannot be assessed for {self.year}")
        found = [one.batch(batch, self._executor, machine=self._machine) for one in self.screeners]
        return ScreenResult(batch.ids, {one.policy: one for one in found})

    def close(self) -> None:
        """Ends the threads."""
        if self._executor is not None:
            self._executor.shutdown()

    def __enter__(self) -> Screener:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
