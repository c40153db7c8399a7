"""What the facts of an enterprise say about each other, for many enterprises.

The checks are those of `facts.checks`. To read each of millions of enterprises by them would take long, so rows on
which they cannot find anything are passed over first, by arithmetic on whole columns.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from tidui.facts import checks, slips
from tidui.facts.catalogue import FOUNDED_SECTIONS
from tidui.facts.faults import Fault
from tidui.rules.columns import EXACT, VALUE, Batch, Column, founded_after
from tidui.rules.values import Value, day_number

Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

#: Far above every bound that is compared, so that rounding in floats cannot hide a finding.
_MARGIN: Final = 1.001
_RD_REST: Final = ("rd_other", "rd_external_domestic", "rd_external_overseas")

#: Says where a fact of a row of the batch stands: place, sheet, row number, column.
Locate = Callable[[int, str, int | None], tuple[str | None, int | None, str | None]]


def cross_faults(batch: Batch, locate: Locate) -> Iterator[tuple[int, Fault]]:
    """Every fault and warning that the facts of an enterprise show among each other, with its row in the batch."""
    for row in np.flatnonzero(suspects(batch)).tolist():
        for fault in checks.check(given_values(batch, row)):
            yield row, _placed(fault, row, locate)


def given_values(batch: Batch, row: int) -> dict[tuple[str, int | None], Value]:
    """All that is known of one row, by fact and year; not the years before its founding."""
    founded = batch.value("established_on", None, row) if ("established_on", None) in batch.columns else None
    first_year = founded.year if isinstance(founded, dt.date) else 0
    values: dict[tuple[str, int | None], Value] = {}
    for name, offset in batch.columns:
        year = None if offset is None else batch.year + offset
        if year is not None and year < first_year and batch.catalogue[name].section in FOUNDED_SECTIONS:
            continue
        value = batch.value(name, offset, row)
        if value is not None:
            values[(name, year)] = value
    return values


def _placed(fault: Fault, row: int, locate: Locate) -> Fault:
    parts = fault.place.split(".")
    year = int(parts[1]) if len(parts) > 1 and parts[1].isdigit() else None
    sheet, number, column = locate(row, parts[-1], year)
    return Fault(fault.place, fault.message, fault.instead, fault.level, sheet, number, column)


def suspects(batch: Batch) -> Flags:
    """The rows on which `facts.checks` may find something; on the others it finds nothing."""
    found = np.zeros(batch.n, dtype=np.bool_)
    for later, earlier in checks.ORDER:
        found |= _out_of_order(batch, later, earlier)
    for offset in sorted({offset for _, offset in batch.columns if offset is not None}):
        found |= _rd_disagrees(batch, offset)
        found |= _bad_losses(batch, offset)
        for part, whole in checks.PARTS:
            found |= _part_over_whole(batch, part, whole, offset)
        for one, other in slips.SAME_YEAR:
            found |= _slip(_figures(batch, one, offset), _figures(batch, other, offset))
        found |= _odd_cost_a_head(batch, offset)
    for name in slips.COMPARED:
        offsets = [offset for known, offset in batch.columns if known == name and offset is not None]
        for first, second in combinations(offsets, 2):
            found |= _slip(_figures(batch, name, first), _figures(batch, name, second))
    return found


def _column(batch: Batch, name: str, offset: int | None) -> Column | None:
    return batch.columns.get((name, offset))


def _first_days(batch: Batch, name: str) -> tuple[npt.NDArray[np.int64], Flags] | None:
    """The date of each row (of a list of dates its first), and where there is one."""
    column = _column(batch, name, None)
    if column is None:
        return None
    known = column.states() == VALUE
    if column.vocab is None:
        return column.values.astype(np.int64), known
    days = [value[0] if isinstance(value, tuple) and value else None for value in column.vocab]
    table = np.array([day_number(day) if isinstance(day, dt.date) else 0 for day in days] or [0], dtype=np.int64)
    return table[np.where(known, column.values, 0)], known


def _out_of_order(batch: Batch, later: str, earlier: str) -> Flags:
    end, start = _first_days(batch, later), _first_days(batch, earlier)
    if end is None or start is None:
        return np.zeros(batch.n, dtype=np.bool_)
    return np.asarray(end[1] & start[1] & (end[0] < start[0]), dtype=np.bool_)


def _rd_disagrees(batch: Batch, offset: int) -> Flags:
    """Whole twentieths of a fen: other costs count to a quarter of the items, entrusted research to four fifths."""
    none = np.zeros(batch.n, dtype=np.bool_)
    columns = [_column(batch, name, offset) for name in (*checks.RD_ITEMS, *_RD_REST, "rd_expense")]
    known = np.ones(batch.n, dtype=np.bool_)
    numbers: list[npt.NDArray[Any]] = []
    for column in columns:
        if column is None:
            return none
        numbers.append(column.values)
        if column.state is not None:
            known &= column.state == VALUE
    base = sum(numbers[:6], np.zeros(batch.n, dtype=np.int64))
    other, domestic, overseas, given = numbers[6:]
    expected = 20 * base + np.minimum(20 * other, 5 * base) + 16 * (domestic + overseas)
    return np.asarray(known & (np.abs(20 * given - expected) > 20 * checks.TOTAL_TOLERANCE), dtype=np.bool_)


def _part_over_whole(batch: Batch, part: str, whole: str, offset: int) -> Flags:
    less, more = _column(batch, part, offset), _column(batch, whole, offset)
    if less is None or more is None:
        return np.zeros(batch.n, dtype=np.bool_)
    left, right = less.states(), more.states()
    both = (left == VALUE) & (right == VALUE) & (less.values > more.values)
    return np.asarray(both | (left == EXACT) | (right == EXACT), dtype=np.bool_)


def _bad_losses(batch: Batch, offset: int) -> Flags:
    column = _column(batch, "losses", offset)
    if column is None or not column.vocab:
        return np.zeros(batch.n, dtype=np.bool_)
    years = [[int(dict(record)["year"]) for record in records] for records in column.vocab]  # type: ignore[arg-type, union-attr]
    latest = np.array([max(one, default=0) for one in years])
    earliest = np.array([min(one, default=9999) for one in years])
    known = column.states() == VALUE
    places = np.where(known, column.values, 0)
    wrong = latest[places] >= batch.year + offset
    founded_on = _column(batch, "established_on", None)
    if founded_on is not None:
        for year in np.unique(earliest[places[known]]).tolist() if known.any() else ():
            wrong |= (earliest[places] == year) & founded_after(founded_on, year)
    return np.asarray(known & wrong, dtype=np.bool_)


def _figures(batch: Batch, name: str, offset: int) -> Floats | None:
    """Positive amounts in fen; NaN for every other row."""
    column = _column(batch, name, offset)
    if column is None:
        return None
    known = column.values > 0
    if column.state is not None:
        known &= column.state == VALUE
    return np.where(known, column.values, np.nan)


def _slip(one: Floats | None, other: Floats | None) -> Flags:
    """Where two amounts are as far apart as 元 and 万元 (a little wider than `facts.slips` has it)."""
    if one is None or other is None:
        return np.zeros(1, dtype=np.bool_)  # spread over all rows where it is used
    more = np.fmax(one, other)
    ratio = more / np.fmin(one, other)
    far = (ratio * _MARGIN >= slips.LEAST_FACTOR) & (ratio <= slips.MOST_FACTOR * _MARGIN)
    return np.asarray(far & (more >= slips.LEAST_FIGURE), dtype=np.bool_)


def _odd_cost_a_head(batch: Batch, offset: int) -> Flags:
    cost, employees = _figures(batch, "total_cost", offset), _column(batch, "employees", offset)
    if cost is None or employees is None:
        return np.zeros(batch.n, dtype=np.bool_)
    states = employees.states()
    heads = np.where(states == VALUE, employees.values / batch.catalogue["employees"].scale, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        a_head = cost / heads
    odd = (heads * _MARGIN >= slips.LEAST_EMPLOYEES) & (a_head * _MARGIN >= slips.LEAST_COST_A_HEAD)
    odd &= a_head < slips.MOST_COST_A_HEAD * _MARGIN
    return np.asarray(odd | ((states == EXACT) & ~np.isnan(cost)), dtype=np.bool_)
