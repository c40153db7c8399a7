"""Lookup tables hold what a leaf reads of each value, whatever order the batches come in."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest

from tests.unit.rules.invented import CATALOGUE, ON, YEAR, Plain
from tidui.rules.columns import Batch, Column, batch_of
from tidui.rules.kernel_leaves import LeafReader, Prepared, day_steps
from tidui.rules.leaves import read
from tidui.rules.nodes import Leaf
from tidui.rules.values import NONE, day_number, day_of


def decoded(leaf: Leaf, *batches: Batch) -> list[list[tuple[int, int]]]:
    """What one reader makes of the leaf in each row of each batch: (value, state)."""
    reader = LeafReader([leaf], CATALOGUE, ON, YEAR)
    found = []
    for batch in batches:
        values, states = reader.prepare(batch)[leaf].decoded(0, batch.n)
        found.append(list(zip(values.tolist(), states.tolist(), strict=True)))
    return found


def expected(leaf: Leaf, values: list[Any]) -> list[tuple[int, int]]:
    return [read(leaf, value, CATALOGUE[leaf.fact], ON, YEAR) for value in values]  # type: ignore[misc]


def batch(name: str, values: list[Any]) -> Batch:
    return batch_of([Plain({(name, None): value}) for value in values], [(name, None)], catalogue=CATALOGUE, year=YEAR)


@pytest.mark.parametrize("step", [("year",), ("month_index",), ("day_of_month",), ("add_months", 36), ("add_months", -1)])
def test_many_days_at_once_are_as_one_by_one(step: tuple[Any, ...]) -> None:
    leaf = Leaf("until", None, (step,))
    first, last = day_number(dt.date(1895, 1, 1)), day_number(dt.date(1906, 1, 1))
    later = day_number(dt.date(2095, 1, 1)), day_number(dt.date(2105, 1, 1))
    for start, stop in ((first, last), later):
        found = day_steps(leaf.steps, np.arange(start, stop))
        assert found is not None
        kind = CATALOGUE["until"]
        assert found.tolist() == [read(leaf, day_of(day), kind, ON, YEAR)[0] for day in range(start, stop)]


@pytest.mark.slow
def test_days_of_later_batches_widen_the_table() -> None:
    leaf = Leaf("until", None, (("add_months", 1),))
    rows: list[list[Any]] = [
        [None, NONE],
        [dt.date(2020, 1, 31), NONE, None],
        [dt.date(2020, 2, 1), dt.date(1990, 12, 31)],
        [dt.date(2099, 1, 30), dt.date(2020, 1, 31), None],
        [dt.date(1, 1, 1), dt.date(9999, 12, 31)],
    ]
    assert decoded(leaf, *(batch("until", row) for row in rows)) == [expected(leaf, row) for row in rows]


def test_what_lies_where_nothing_is_known_does_no_harm() -> None:
    leaf = Leaf("until", None, (("year",),))
    values = np.array([2**31 - 1, day_number(dt.date(2020, 5, 1)), -(2**31), 0], dtype=np.int32)
    column = Column(values, np.array([0, 1, 2, 1], dtype=np.uint8))
    wild = Batch(4, {("until", None): column}, {}, ["a", "b", "c", "d"], CATALOGUE, YEAR)
    assert decoded(leaf, wild) == [[(0, 0), (2020, 1), (0, 2), (1970, 1)]]


@pytest.mark.parametrize("step", [("starts", "C", "F5"), ("in", "C16", "K70"), ("has",)])
def test_codes_are_looked_up_by_their_place(step: tuple[Any, ...]) -> None:
    leaf = Leaf("trade", None, (step,))
    rows: list[list[Any]] = [["C16", "K70", None, NONE, "C16"], ["K70", "F51"], ["C16"]]
    assert decoded(leaf, *(batch("trade", row) for row in rows)) == [expected(leaf, row) for row in rows]


def test_lists_of_dates_are_read_as_explain_reads_them() -> None:
    days = (dt.date(2024, 1, 1), dt.date(2024, 6, 30))
    rows: list[Any] = [days, NONE, None, (dt.date(2019, 1, 1),)]
    window = (("within", ("sub", ("on",), ("number", 365)), ("on",)),)
    for steps in (window, (("first",),), (("last",), ("add_months", 12)), (("count",),), (("has",),)):
        leaf = Leaf("accidents", None, steps)
        assert decoded(leaf, batch("accidents", rows)) == [expected(leaf, rows)], steps


def test_a_total_too_large_for_the_machine_is_left_to_exact_arithmetic() -> None:
    leaf = Leaf("losses", 0, (("total", "amount", ()),))
    rows = [(("amount", 2**44 + 1), ("year", 2020)), (("amount", 5), ("year", 2020))]
    made = batch_of(
        [Plain({("losses", YEAR): (row,)}) for row in rows], [("losses", 0)], catalogue=CATALOGUE, year=YEAR
    )
    assert decoded(leaf, made) == [[(0, 3), (5, 1)]]


def test_a_fact_that_no_row_has_is_absent() -> None:
    leaf = Leaf("until", None, (("year",),))
    nothing = Batch(2, {}, {}, ["a", "b"], CATALOGUE, YEAR)
    (prepared,) = LeafReader([leaf], CATALOGUE, ON, YEAR).prepare(nothing).values()
    assert isinstance(prepared, Prepared)
    assert prepared.mode == "absent"
    assert decoded(leaf, nothing) == [[(0, 0), (0, 0)]]
