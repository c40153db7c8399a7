"""The machine code decides as whole-number arithmetic does, or says that it is in doubt."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidui.rules.integers import Word, Words
from tidui.rules.kernel import Kernel
from tidui.rules.kernel_cache import KernelCache
from tidui.rules.kernel_emitter import BitsOutput, NumberOutput, Output, Source, TooLarge, TruthOutput, bits_for, fits
from tidui.rules.kernel_leaves import Prepared
from tidui.rules.nodes import Leaf
from tidui.rules.pycode import PythonReading

ROWS = 48
BOUNDS = [(0, 2**44), (-(2**44), 2**44), (0, 2**31), (0, 500), (-(2**62), 2**62), (0, 2**34)]


class Bench:
    """Leaves with values, words made of them, and both readings of the words."""

    def __init__(self, bounds: Sequence[tuple[int, int]]) -> None:
        self.words = Words()
        self.leaves = [Leaf(f"fact{place}", None) for place in range(len(bounds))]
        self.values = [
            self.words.leaf("value", leaf, *ends) for leaf, ends in zip(self.leaves, bounds, strict=True)
        ]

    def exactly(self, outputs: Sequence[Word], rows: Sequence[Sequence[int]]) -> list[tuple[Any, ...]]:
        """What Python makes of every row."""
        reading = PythonReading(outputs)
        places = [self.leaves.index(leaf) for leaf in reading.leaves]
        function = reading._function
        return [function([row[at] for at in places], [1] * len(places), []) for row in rows]

    def machine(
        self, outputs: Sequence[Word], rows: Sequence[Sequence[int]], *, settled: bool = False
    ) -> tuple[list[tuple[Any, ...]], list[bool]]:
        """What the machine code makes of them, and which rows it doubts; `settled`: also with 256 bits."""
        wanted: list[Output] = [
            BitsOutput((word,)) if word.kind == "bool" else NumberOutput(word, bits_for(word)) for word in outputs
        ]
        kernel = Kernel(wanted, dict.fromkeys(self.leaves, Source("i64", states=False)), KernelCache(None))
        columns = np.array(rows, dtype=np.int64).reshape(len(rows), len(self.leaves))
        prepared = {
            leaf: Prepared("complete", np.ascontiguousarray(columns[:, at]), None) for at, leaf in enumerate(self.leaves)
        }
        arrays = [np.empty(len(rows), f"int{one.bits}" if isinstance(one, NumberOutput) else "int8") for one in wanted]
        doubts = np.empty(len(rows), np.uint8)
        kernel.run(prepared, [], arrays, doubts)
        if settled:
            kernel.settle(prepared, [], arrays, doubts, np.flatnonzero(doubts))
        return list(zip(*(array.tolist() for array in arrays), strict=True)), doubts.astype(bool).tolist()


def grown(bench: Bench, draw: random.Random, size: int) -> list[Word]:
    """Random words over the leaves."""
    w = bench.words
    numbers: list[Word] = [*bench.values, *(w.const(n) for n in (0, 1, 3, -7, 240_000, 10**12, 2**61))]
    truths: list[Word] = [w.true]
    for _ in range(size):
        a, b = draw.choice(numbers), draw.choice(numbers)
        op = draw.choice(["add", "sub", "mul", "mul", "least", "most", "choose", "floordiv", "lt", "le", "eq", "eq"])
        if op in ("lt", "le", "eq"):
            truths.append(w.compare(op, a, b))
        elif op == "choose":
            numbers.append(w.choose(draw.choice(truths), a, b))
        elif op == "floordiv":
            numbers.append(w.floordiv(a, w.most(b, w.const(1))))
        else:
            numbers.append(getattr(w, op)(a, b))
        if draw.random() < 0.3:
            x, y = draw.choice(truths), draw.choice(truths)
            truths.append(draw.choice([w.both(x, y), w.either(x, y), w.negate(x)]))
    return [*truths[-6:], *numbers[-4:]]


def rows_of(bounds: Sequence[tuple[int, int]], draw: random.Random) -> list[list[int]]:
    """Rows of values within the bounds: ends, equal values, neighbours, anything."""
    rows = []
    for _ in range(ROWS):
        common = draw.choice([0, 1, draw.randrange(2**draw.randrange(1, 45))])
        row = []
        for low, high in bounds:
            value = draw.choice([low, high, 0, 1, common, common + 1, draw.randint(low, high)])
            row.append(min(max(value, low), high))
        rows.append(row)
    return rows


@settings(max_examples=60)
@given(seed=st.integers(0, 2**32), kinds=st.lists(st.sampled_from(BOUNDS), min_size=1, max_size=4))
def test_a_row_without_doubt_is_read_exactly(seed: int, kinds: list[tuple[int, int]]) -> None:
    draw = random.Random(seed)
    bench = Bench(kinds)
    outputs = grown(bench, draw, 25)
    rows = rows_of(kinds, draw)
    try:
        found, doubts = bench.machine(outputs, rows)
    except TooLarge:
        return
    exact = bench.exactly(outputs, rows)
    for row, (one, other, doubtful) in enumerate(zip(found, exact, doubts, strict=True)):
        assert doubtful or one == tuple(map(int, other)), f"row {rows[row]}"


def test_words_within_62_bits_are_never_in_doubt() -> None:
    bench = Bench([(0, 2**44), (0, 2**44)])
    w, (a, b) = bench.words, bench.values
    outputs = [w.compare(op, w.mul(w.const(20), a), b) for op in ("lt", "le", "eq")]
    rows = [[2**39, 20 * 2**39], [2**39, 20 * 2**39 - 1], [2**39, 20 * 2**39 + 1], [0, 0], [2**44 - 1, 2**44 - 1]]
    found, doubts = bench.machine(outputs, rows)
    assert found == [(0, 1, 1), (0, 0, 0), (1, 1, 0), (0, 1, 1), (0, 0, 0)]
    assert not any(doubts)


def test_a_tie_of_products_beyond_64_bits_is_doubted_and_its_clear_neighbours_are_not() -> None:
    bench = Bench([(0, 2**44)] * 4)
    w, (a, b, c, d) = bench.words, bench.values
    big, other = w.mul(a, b), w.mul(c, d)
    assert not fits(big)
    tie = [2**40, 2**41, 2**41, 2**40]
    found, doubts = bench.machine([w.compare("le", big, other)], [tie, [2**40, 2**40, 2**41, 2**40], [0, 7, 0, 9]])
    assert doubts == [True, False, False]
    assert found[1:] == [(1,), (1,)]


def test_small_products_are_certain_though_their_bounds_are_not() -> None:
    bench = Bench([(0, 2**44)] * 4)
    w, (a, b, c, d) = bench.words, bench.values
    outputs = [w.compare("eq", w.mul(a, b), w.mul(c, d)), w.compare("lt", w.mul(a, b), w.mul(c, d))]
    found, doubts = bench.machine(outputs, [[6, 4, 3, 8], [6, 4, 5, 5], [2**26, 2**25, 2**25, 2**26]])
    assert found == [(1, 0), (0, 1), (1, 0)]
    assert doubts == [False, False, False]


def test_a_value_beyond_its_bounds_is_doubted() -> None:
    bench = Bench([(0, 500), (-(2**44), 2**44)])
    outputs = [bench.words.compare("lt", *bench.values)]
    rows = [[500, 0], [501, 0], [-1, 0], [0, 2**44], [0, 2**44 + 1], [0, -(2**63)], [2**63 - 1, 0]]
    assert bench.machine(outputs, rows)[1] == [False, True, True, False, True, True, True]


@pytest.mark.parametrize("divisor", [2, 3, 100, 270, 54_000, 2**40 + 1])
def test_division_rounds_down_at_and_beside_every_multiple(divisor: int) -> None:
    bench = Bench([(-(2**61), 2**61)])
    w, (a,) = bench.words, bench.values
    whole = [n * divisor for n in (0, 1, 2, 7, 2**44 // divisor, 2**60 // divisor)]
    rows = [[sign * n + step] for n in whole for step in (-1, 0, 1) for sign in (1, -1)]
    found, doubts = bench.machine([w.floordiv(a, w.const(divisor))], rows)
    assert [one[0] for one in found] == [row[0] // divisor for row in rows]
    assert not any(doubts)


def test_states_and_lookup_tables() -> None:
    words = Words()
    plain, looked = Leaf("plain", None), Leaf("looked", None, (("year",),))
    outputs: list[Output] = [
        BitsOutput(tuple(words.leaf(op, plain) for op in ("known", "none"))),
        BitsOutput(tuple(words.leaf(op, looked) for op in ("known", "none", "yes", "no"))),
        NumberOutput(words.leaf("value", plain, 0, 9), 64),
        NumberOutput(words.leaf("value", looked, -9, 9), 64),
    ]
    sources = {plain: Source("i32"), looked: Source("i32", table=True)}
    kernel = Kernel(outputs, sources, KernelCache(None))
    # Rows: known, none, unknown, not exact; the numbers where nothing is known are whatever was left there.
    states = np.array([1, 2, 0, 3, 1, 1, 1], np.uint8)
    table = np.array([-5 * 4 + 1, 1 * 4 + 1, 0 * 4 + 1, 3, 2], np.int64)
    places = np.array([100, 77, 10**6, 101, 101, 102, 103], np.int32)
    prepared = {
        plain: Prepared("nullable", np.array([5, 6, 7, 8, 9, 10, 0], np.int32), states),
        looked: Prepared("nullable", places, np.where(states == 3, 1, states).astype(np.uint8), table, 100, 4),
    }
    arrays = [np.empty(7, np.int8), np.empty(7, np.int8), np.empty(7, np.int64), np.empty(7, np.int64)]
    doubts = np.empty(7, np.uint8)
    kernel.run(prepared, [], arrays, doubts)
    assert doubts.tolist() == [0, 0, 0, 1, 0, 1, 1]  # not exact; 10 is beyond 9; a table entry that is not exact
    assert arrays[0][[0, 1, 2, 4]].tolist() == [1, 2, 0, 1]
    assert arrays[1][[0, 1, 2, 4]].tolist() == [1, 2, 0, 1 + 4]
    assert arrays[2][[0, 1, 2, 4]].tolist() == [5, 0, 0, 9]
    assert arrays[3][[0, 1, 2, 4]].tolist() == [-5, 0, 0, 1]


def test_truths_with_all_four_codes() -> None:
    words = Words()
    a, b, c = (Leaf(name, None) for name in "abc")
    output = TruthOutput(words.leaf("yes", a), words.leaf("no", b), words.leaf("yes", c))
    kernel = Kernel([output], dict.fromkeys((a, b, c), Source("i8", states=False)), KernelCache(None))
    rows = np.array([[1, 1, 0], [0, 0, 0], [0, 1, 0], [1, 0, 1]], np.uint8)
    prepared = {
        leaf: Prepared("complete", np.ascontiguousarray(rows[:, at]), None) for at, leaf in enumerate((a, b, c))
    }
    codes, doubts = np.empty(4, np.int8), np.empty(4, np.uint8)
    kernel.run(prepared, [], [codes], doubts)
    assert codes.tolist() == [1, 0, 2, 3]
    assert not doubts.any()


def test_a_number_without_bounds_is_left_to_exact_arithmetic() -> None:
    bench = Bench([(0, 2**62)])
    word = bench.values[0]
    for _ in range(5):
        word = bench.words.mul(word, word)
    with pytest.raises(TooLarge):
        bench.machine([bench.words.compare("lt", word, bench.words.const(3))], [[1]])


@settings(max_examples=60)
@given(seed=st.integers(0, 2**32), kinds=st.lists(st.sampled_from(BOUNDS), min_size=1, max_size=4))
def test_what_256_bits_settle_is_read_exactly(seed: int, kinds: list[tuple[int, int]]) -> None:
    draw = random.Random(seed)
    bench = Bench(kinds)
    outputs = grown(bench, draw, 25)
    rows = rows_of(kinds, draw)
    try:
        found, doubts = bench.machine(outputs, rows, settled=True)
    except TooLarge:
        return
    exact = bench.exactly(outputs, rows)
    for row, (one, other, doubtful) in enumerate(zip(found, exact, doubts, strict=True)):
        assert doubtful or one == tuple(map(int, other)), f"row {rows[row]}"


def test_256_bits_leave_no_tie_in_doubt() -> None:
    bench = Bench([(-(2**44), 2**44)] * 4)
    w, (a, b, c, d) = bench.words, bench.values
    left, right = w.mul(a, b), w.mul(c, d)
    unit = w.const(2**30)
    half_up = w.floordiv(w.add(w.mul(w.const(2), left), unit), w.mul(w.const(2), unit))
    outputs = [w.compare("le", left, right), w.compare("lt", left, right), half_up]
    row = [2**40, 3 * 2**19, 2**41 + 2, 3 * 2**18]
    rows = [row, [row[0] + 1, *row[1:]], [-row[0], row[1], -row[2], row[3]]]
    tie = [2**40, 2**21, 2**41, 2**20]
    rows.append(tie)
    assert bench.machine(outputs[:2], rows)[1][-1]
    found, doubts = bench.machine(outputs, rows, settled=True)
    assert not any(doubts)
    assert found == [tuple(map(int, one)) for one in bench.exactly(outputs, rows)]


@pytest.mark.parametrize("number", [-1, -5, 5, -(2**64), 2**64 + 1, -(2**80) - 1, 2**87])
def test_256_bits_divide_numbers_of_any_size_and_sign(number: int) -> None:
    bench = Bench([(-(2**44), 2**44)] * 2)
    w, (a, b) = bench.words, bench.values
    whole = w.add(w.mul(w.mul(w.const(2**40), a), b), w.const(number))
    divisors = [2**30, 2**40, 2**50, 3**30]
    outputs = [w.floordiv(whole, w.const(divisor)) for divisor in divisors]
    found, doubts = bench.machine(outputs, [[0, 0], [1, -1], [2**10, 2**3]], settled=True)
    assert not any(doubts)
    expected = [2**40 * product + number for product in (0, -1, 2**13)]
    assert found == [tuple(one // divisor for divisor in divisors) for one in expected]
