"""What a screening says of a batch: verdicts as small numbers, scores and amounts as exact numbers, and as a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tidui.rules.answers import Range
from tidui.rules.outputs import Output, outputs
from tidui.rules.program import Program

Array: TypeAlias = npt.NDArray[Any]

#: The numbers that stand for verdicts, and for truths of flags and outcomes (of which the first three are used).
FAIL: Final = 0
PASS: Final = 1
UNKNOWN: Final = 2
NOT_NEEDED: Final = 3
VERDICTS: Final = ("fail", "pass", "unknown", "not_needed")

#: Bits of `NumberColumn.flags`: the low end is bounded, the high end is, there is none, both ends are the value.
HAS_LOW: Final = 1
HAS_HIGH: Final = 2
IS_NONE: Final = 4
IS_EXACT: Final = 8


@dataclass(slots=True)
class Ends:
    """One end of a number in every row: `numbers` divided by `per`, both whole."""

    numbers: Array
    per: int | Array

    def at(self, row: int) -> Fraction:
        """The end in one row."""
        per = self.per if isinstance(self.per, int) else int(self.per[row])
        return Fraction(int(self.numbers[row]), per)

    def put(self, row: int, value: Fraction) -> bool:
        """Sets one row; False where the machine number cannot hold the value."""
        if isinstance(self.per, int):
            number = value * self.per
            if number.denominator != 1 or not holds(self.numbers, number.numerator):
                return False
            self.numbers[row] = number.numerator
            return True
        if not holds(self.numbers, value.numerator) or not holds(self.per, value.denominator):
            return False
        self.numbers[row], self.per[row] = value.numerator, value.denominator
        return True


def _each(per: int | Array, rows: int) -> list[int]:
    return [per] * rows if isinstance(per, int) else per.tolist()


def holds(array: Array, number: int) -> bool:
    """Whether a number is within the range of an array's type."""
    limits = np.iinfo(array.dtype)
    return bool(limits.min <= number <= limits.max)


@dataclass(slots=True)
class NumberColumn:
    """A number's two ends in every row (yuan are fen, dates are days since 1970-01-01), and flags.

    `odd` holds the rows whose ends the machine numbers cannot hold.
    """

    low: Ends
    high: Ends
    flags: Array
    odd: dict[int, Range] = field(default_factory=dict)

    def range(self, row: int) -> Range:
        """What is known of the number in one row."""
        if row in self.odd:
            return self.odd[row]
        flags = int(self.flags[row])
        low = self.low.at(row) if flags & HAS_LOW else None
        high = self.high.at(row) if flags & HAS_HIGH else None
        return Range(low, high, bool(flags & IS_NONE))

    def put(self, row: int, ends: Range, exact: bool) -> None:
        """Sets one row. `exact` is whether the value is known, which for a rounded amount its ends do not tell."""
        self.odd.pop(row, None)
        bits = (ends.low is not None) * HAS_LOW | (ends.high is not None) * HAS_HIGH
        self.flags[row] = bits | ends.none * IS_NONE | (exact and not ends.none) * IS_EXACT
        wanted = [(end, value) for end, value in ((self.low, ends.low), (self.high, ends.high)) if value is not None]
        held = [end.put(row, value) for end, value in wanted]
        # Where both ends share an array, the second may have overwritten the first.
        shared = self.low.numbers is self.high.numbers or self.low.per is self.high.per
        if not all(held) or (shared and any(end.at(row) != value for end, value in wanted)):
            self.odd[row] = ends

    def known(self, bit: int) -> Array:
        """Where a flag is set, as booleans."""
        return np.asarray(self.flags & bit != 0)

    def real(self, end: Ends, bit: int) -> Array:
        """One end as the nearest double; NaN where it has no bound."""
        numbers = end.numbers / end.per
        numbers = np.where(self.known(bit), numbers, np.nan)
        for row, ends in self.odd.items():
            value = ends.low if bit == HAS_LOW else ends.high
            numbers[row] = np.nan if value is None else float(value)
        return np.asarray(numbers)

    def fen(self, end: Ends, bit: int, there: Array) -> Array:
        """One end rounded half-up to whole numbers; Python's own where 64 bits do not hold them."""
        per = end.per
        if isinstance(per, int) and per == 1:
            numbers = np.asarray(end.numbers, dtype=np.int64)
        else:
            exact = [(2 * n + d) // (2 * d) for n, d in zip(end.numbers.tolist(), _each(per, len(there)), strict=True)]
            numbers = np.array(exact, dtype=np.int64 if all(abs(n) < 2**63 for n in exact) else object)
        numbers = np.where(there, numbers, 0)
        for row, ends in self.odd.items():
            value = ends.low if bit == HAS_LOW else ends.high
            rounded = 0 if value is None else int((2 * value + 1) // 2)
            if numbers.dtype != object and abs(rounded) >= 2**63:
                numbers = numbers.astype(object)
            numbers[row] = rounded
        return np.asarray(numbers)

    def whole(self, end: Ends, bit: int) -> Array:
        """One end as whole numbers (0 where it has no bound), for rules that have no others."""
        numbers = np.asarray(end.numbers, dtype=np.int64)
        if not isinstance(end.per, int) or end.per != 1:
            numbers = numbers // end.per
        numbers = np.where(self.known(bit), numbers, 0)
        for row, ends in self.odd.items():
            value = ends.low if bit == HAS_LOW else ends.high
            numbers[row] = int(value or 0)
        return np.asarray(numbers)


@dataclass(slots=True)
class PolicyResult:
    """One policy over one batch of `n` rows: truths as VERDICTS' numbers, numbers as columns, by the rule's id.

    `whole` names the numbers that have no fractions; `settled` is how many rows exact arithmetic had to decide.
    """

    program: Program
    n: int
    truths: dict[str, Array] = field(default_factory=dict)
    numbers: dict[str, NumberColumn] = field(default_factory=dict)
    whole: frozenset[str] = frozenset()
    settled: int = 0

    @property
    def policy(self) -> str:
        """The policy's name."""
        return self.program.file.policy

    @property
    def verdict(self) -> Array | None:
        """0 fail, 1 pass, 2 unknown in every row; None for a policy without a verdict."""
        return self.truths.get("verdict")

    @property
    def conditions(self) -> dict[str, Array]:
        """The verdicts of the conditions, 3 where one is not needed."""
        found = (built.rule.id for built in self.program.of_kind("condition"))
        return {name: self.truths[name] for name in found if name in self.truths}

    def columns(self, *, fen: bool = False) -> Iterator[tuple[Output, Any]]:
        """The result columns of `tidui.rules.outputs` as Arrow arrays; money as yuan, or as whole fen."""
        for output in outputs(self.program):
            name = output.built.rule.id
            if name in self.truths:
                yield output, truth_array(self.truths[name], named=output.kind == "verdict")
            elif name in self.numbers:
                yield output, self._number_array(output, self.numbers[name], fen)

    def _number_array(self, output: Output, column: NumberColumn, fen: bool) -> Any:
        name = output.built.rule.id
        end, bit = (column.high, HAS_HIGH) if output.end == "high" else (column.low, HAS_LOW)
        there = column.known(bit if output.end else IS_EXACT)
        if output.kind == "yuan":
            return yuan_array(column.fen(end, bit, there), there, as_fen=fen)
        if output.kind == "option":
            places = np.where(there, column.whole(end, bit), 0).astype(np.int32)
            return pa.DictionaryArray.from_arrays(
                pa.array(places, mask=~there), pa.array(list(output.built.rule.options))
            )
        if output.kind == "date":
            return pa.array(column.whole(end, bit).astype(np.int32), mask=~there).cast(pa.date32())
        if name in self.whole:
            return pa.array(column.whole(end, bit), mask=~there)
        return pa.array(column.real(end, bit), mask=~there)


@dataclass(slots=True)
class ScreenResult:
    """What all policies say of one batch."""

    ids: Sequence[str]
    policies: dict[str, PolicyResult]

    def table(self, *, fen: bool = False) -> Any:
        """An Arrow table: `uscc`, then `<policy>.<column>` with the columns of `tidui.rules.outputs`, policy by policy.

        Verdicts are words in a dictionary, money is exact yuan (a decimal; `fen`: whole fen), points are whole
        numbers or, where a policy has fractions of points, the nearest double; null where a value is not known.
        """
        names, arrays = ["uscc"], [pa.array(list(self.ids), type=pa.string())]
        for policy, result in self.policies.items():
            for output, array in result.columns(fen=fen):
                names.append(f"{policy}.{output.name}")
                arrays.append(array)
        return pa.table(arrays, names=names)


def truth_array(codes: Array, *, named: bool) -> Any:
    """Verdicts as words (pass, fail, unknown, not_needed); flags and outcomes as booleans, null where unknown."""
    if named:
        return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(VERDICTS))
    return pa.array(codes == PASS, mask=codes == UNKNOWN)


def yuan_array(fen: Array, there: Array, *, as_fen: bool) -> Any:
    """Whole fen as exact yuan, decimals of two places (or as they are); null where not there. OverflowError for
    whole fen beyond 64 bits."""
    if fen.dtype == object:
        if as_fen:
            raise OverflowError("an amount of 2^63 fen or more cannot be written as whole fen")
        exact = [Decimal(f"{number}e-2") if known else None for number, known in zip(fen, there, strict=True)]
        return pa.array(exact, _YUAN)
    if as_fen:
        return pa.array(fen, mask=~there)
    halves = np.empty((len(fen), 2), dtype=np.int64)
    halves[:, 0], halves[:, 1] = fen, fen >> 63
    return pa.Array.from_buffers(_YUAN, len(fen), [pa.array(there).buffers()[1], pa.py_buffer(halves)])


_YUAN: Final = pa.decimal128(38, 2)
