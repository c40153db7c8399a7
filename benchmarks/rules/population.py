"""Fictional enterprises as machine columns, the same for every contender: deterministic, with rows on the thresholds.

One row in ten lies exactly on a statutory threshold (5, 4 or 3 % of R&D, 10 % of staff, 60 % of income), one in two
hundred has no sales. `missing` of the values are unknown, drawn apart for every column.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np

from tidui.facts import catalogue
from tidui.rules.columns import Batch, Column, Key, column_dtype
from tidui.rules.values import NONE, Value, day_number

ON = dt.date(2020, 6, 30)
YEAR = 2019
PART = 1_000_000
MARKS = {
    "tech_advancement": 8, "core_support": 8, "ip_count_marks": 8, "ip_acquisition": 6, "standards_bonus": 2,
    "conversion_marks": 30, "rd_management": 6, "rd_institution": 6, "rd_incentives": 4, "rd_talent": 4,
    "net_asset_growth_marks": 10, "sales_growth_marks": 10,
}  # fmt: skip
FLAGS = {
    "resident": 0.995, "prohibited_products": 0.005, "abnormal_listed": 0.02, "dishonesty_listed": 0.005,
    "national_award_top3": 0.001, "provincial_rd_institution": 0.03, "standard_lead": 0.01, "core_ip": 0.8,
    "self_developed_ip": 0.7, "standards_drafted": 0.05,
}  # fmt: skip
FIELDS = ("101", "204", "401", "602", "705", "809")


@dataclass(slots=True)
class Population:
    """Columns by fact and year offset."""

    rows: int
    missing: float
    columns: dict[Key, Column]

    def batch(self, start: int, stop: int) -> Batch:
        """Some rows, as screening reads them."""
        part = {key: column.slice(start, stop) for key, column in self.columns.items()}
        return Batch(stop - start, part, {}, range(start, stop), catalogue.load(), YEAR)  # type: ignore[arg-type]

    @property
    def bytes_a_row(self) -> float:
        """How much memory the columns take."""
        held = sum(c.values.nbytes + (0 if c.state is None else c.state.nbytes) for c in self.columns.values())
        return held / self.rows


def population(rows: int, missing: float, seed: int = 7) -> Population:
    """So many enterprises."""
    columns: dict[Key, Column] = {}
    for start in range(0, rows, PART):
        count = min(PART, rows - start)
        for key, part in _part(count, missing, seed + start // PART).items():
            _append(columns, key, part, start, rows)
    return Population(rows, missing, columns)


def _append(columns: dict[Key, Column], key: Key, part: Column, start: int, rows: int) -> None:
    whole = columns.get(key)
    if whole is None:
        state = None if part.state is None else np.empty(rows, dtype=np.uint8)
        whole = columns[key] = Column(np.empty(rows, dtype=part.values.dtype), state, part.vocab)
    whole.values[start : start + len(part)] = part.values
    if whole.state is not None:
        whole.state[start : start + len(part)] = part.states()


def _part(n: int, missing: float, seed: int) -> dict[Key, Column]:
    draw = np.random.default_rng(seed)
    numbers: dict[Key, Any] = {**_money(n, draw), **_counts(n, draw)}
    age = np.rint(draw.exponential(2500, n)).clip(0, 12_000) + 182  # nobody was founded in the year of the decision
    founded = (np.datetime64(ON) - age.astype("timedelta64[D]")).astype("datetime64[Y]").astype(np.int64) + 1970
    for (name, offset), array in numbers.items():
        if offset in (-1, -2):
            # Before its founding year an enterprise has no figures.
            numbers[name, offset] = np.where(founded > YEAR + offset, 0, array)
    for name, probability in FLAGS.items():
        numbers[(name, None)] = draw.random(n) < probability
    numbers[("estimated", 0)] = draw.random(n) < 0.02
    for name, most in MARKS.items():
        numbers[(name, None)] = (most - np.minimum(most, draw.poisson(most * 0.2, n))) * catalogue.load()[name].scale
    numbers[("established_on", None)] = day_number(ON) - age
    columns = {key: Column(_typed(key, array), None) for key, array in numbers.items()}
    columns |= _statuses(n, draw)
    if missing:
        columns = {key: _with_gaps(column, draw.random(n) < missing) for key, column in columns.items()}
    return columns


def _typed(key: Key, array: Any) -> Any:
    return np.ascontiguousarray(np.asarray(array).astype(column_dtype(catalogue.load()[key[0]].kind)))


def _with_gaps(column: Column, gaps: Any) -> Column:
    state = column.states().copy()
    state[gaps] = 0
    values = column.values.copy()
    values[gaps] = 0
    return Column(values, state, column.vocab)


def _money(n: int, draw: np.random.Generator) -> dict[Key, Any]:
    fen = {}
    sales = [np.rint(np.exp(draw.normal(np.log(30e6), 1.6, n)))]
    for _ in range(2):
        sales.append(np.rint(sales[-1] / np.exp(draw.normal(0.12, 0.25, n))))
    edge = draw.random(n) < 0.1
    step = np.choose(draw.integers(0, 3, n), [5, 4, 3])
    none = draw.random(n) < 0.005
    share = np.exp(draw.normal(np.log(0.05), 0.6, n))
    income, domestic = draw.normal(0.65, 0.25, n).clip(0, 1), draw.normal(0.9, 0.2, n).clip(0, 1)
    income, domestic = np.where(edge, 0.6, income), np.where(edge, 0.6, domestic)
    for offset, yearly in zip((0, -1, -2), sales, strict=True):
        yearly = np.where(none, 0, yearly) // 100 * 100
        fen["sales_revenue", offset] = yearly * 100
        spent = np.where(edge, yearly * step, np.rint(yearly * share * 100))
        fen["rd_expense", offset] = spent
        fen["rd_expense_domestic", offset] = np.where(edge, spent // 10 * 6, np.rint(spent * domestic))
    now = fen["sales_revenue", 0]
    fen["total_income", 0] = now // 100 * 103
    whole = fen["total_income", 0]
    fen["high_tech_income", 0] = np.where(edge, whole // 10 * 6, np.rint(whole * income))
    fen["rd_deductible", 0] = np.rint(fen["rd_expense", 0] * 0.9)
    fen["total_cost", 0] = np.rint(now * draw.normal(0.85, 0.15, n).clip(0.1, 2))
    assets = np.rint(now * np.exp(draw.normal(-0.3, 0.8, n)))
    fen["total_assets", 0] = np.where(draw.random(n) < 0.01, 2e10, assets * 1.5 // 1)
    for offset in (0, -1, -2):
        fen["net_assets", offset] = np.where(draw.random(n) < 0.02, -assets, assets)
        assets = np.rint(assets / np.exp(draw.normal(0.1, 0.3, n)))
    return fen


def _counts(n: int, draw: np.random.Generator) -> dict[Key, Any]:
    people = np.maximum(1, np.rint(np.exp(draw.normal(np.log(60), 1.0, n))))
    edge = draw.random(n) < 0.1
    skilled = np.rint(people * draw.normal(0.22, 0.15, n).clip(0, 1))
    skilled = np.where(edge, people / 10, skilled)
    scale = catalogue.load()["employees"].scale
    counts: dict[Key, Any] = {
        ("employees", 0): people * scale, ("st_staff", 0): np.rint(np.minimum(skilled, people) * scale),
        ("ip_class1", None): draw.poisson(0.4, n), ("ip_class2", None): draw.poisson(4, n),
    }  # fmt: skip
    counts["ip_class2_unused", None] = np.minimum(draw.poisson(3, n), counts["ip_class2", None])
    for offset in (0, -1, -2):
        counts["conversions", offset] = draw.poisson(4, n)
    return counts


def _statuses(n: int, draw: np.random.Generator) -> dict[Key, Column]:
    today = day_number(ON)
    held = draw.random(n) < 0.1
    columns: dict[Key, Column] = {}
    valid = np.where(held, today + draw.integers(-800, 1000, n), 0).astype(np.int32)
    columns["hte_valid_until", None] = Column(valid, _there(held))
    for name, often in (("hte_revoked_on", 0.002), ("sme_revoked_on", 0.004)):
        there = draw.random(n) < often
        days = np.where(there, today - draw.integers(0, 900, n), 0).astype(np.int32)
        columns[name, None] = Column(days, _there(there))
    for name, often in (("major_incidents", 0.01), ("research_dishonesty", 0.002)):
        columns[name, None] = _dates(n, draw.random(n) < often, draw)
    columns["hte_recognised_on", None] = _dates(n, held, draw)
    has_field = draw.random(n) < 0.9
    columns["field", None] = Column(draw.integers(0, len(FIELDS), n).astype(np.int32), _there(has_field), FIELDS)
    return columns


def _there(flags: Any) -> Any:
    """States: a value, or none."""
    return np.where(flags, 1, 2).astype(np.uint8)


def _dates(n: int, there: Any, draw: np.random.Generator) -> Column:
    vocabulary: tuple[Value, ...] = tuple((ON - dt.timedelta(days=int(days)),) for days in range(1, 1500, 7))
    return Column(draw.integers(0, len(vocabulary), n).astype(np.int32), _there(there), vocabulary)


def one(batch: Batch, row: int) -> dict[Key, Value | None]:
    """One row's values."""
    return {key: batch.value(*key, row) for key in batch.columns}


__all__ = ["NONE", "ON", "YEAR", "Population", "one", "population"]
