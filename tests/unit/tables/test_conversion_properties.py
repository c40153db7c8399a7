"""Converting whole columns gives, cell by cell, what reading one cell gives."""

from __future__ import annotations

import datetime as dt
import decimal
import math
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.tables.making import A, B, code
from tidui.codes import uscc
from tidui.facts import catalogue
from tidui.facts.faults import BadValue
from tidui.facts.normalise import normalise
from tidui.rules.columns import Batch
from tidui.rules.values import Value
from tidui.tables.arrow_columns import convert
from tidui.tables.cells import CellColumn
from tidui.tables.headings import Heading
from tidui.tables.keys import valid_texts

FACTS = catalogue.load()
REFUSED = "refused"
RELAXED = settings(max_examples=150, deadline=None)
NAMES = ("sales_revenue", "net_assets", "employees", "ip_class1", "manufacturing_share", "tech_advancement")
UNITS = ("元", "万元", "分")

hundredths = st.integers(-(10**12), 10**12).map(lambda number: number / 100)
twelfths = st.integers(0, 10**6).map(lambda number: number / 12)
noisy = st.tuples(hundredths, st.integers(-3, 3)).map(lambda pair: pair[0] + pair[1] * math.ulp(pair[0]))
numbers = st.one_of(hundredths, twelfths, noisy, st.floats(), st.integers(-5, 5), st.integers(2**49, 2**51))
texts = st.one_of(
    st.sampled_from(
        ["", " ", "无", "12%", "1,234.5", "１２．５", "nan", "inf", "1_0", "1e3", "7/3", "3万元", "x", "是"]
    ),
    hundredths.map(str),
    st.text(max_size=6),
)
cells = st.one_of(numbers, texts, st.booleans(), st.none(), st.dates(), st.datetimes())


def one_by_one(name: str, raw: object, unit: Any) -> Value | str | None:
    if isinstance(raw, float) and raw.is_integer() and abs(raw) < 2**50:
        raw = int(raw)
    try:
        return normalise(FACTS[name], raw, money_unit=unit)
    except BadValue:
        return REFUSED


def read_back(name: str, column: Any, exact: Any, bad: Any, rows: int) -> list[Value | str | None]:
    offset = 0 if FACTS[name].yearly else None
    batch = Batch(rows, {(name, offset): column}, {(name, offset): exact}, [""] * rows, FACTS, 2023)
    refused = {row for row, _, _ in bad}
    return [REFUSED if row in refused else batch.value(name, offset, row) for row in range(rows)]


@RELAXED
@given(st.sampled_from(NAMES), st.sampled_from(UNITS), st.lists(cells, max_size=12), st.integers(0, 12))
def test_cells_of_a_spreadsheet(name: str, unit: Any, given_cells: list[object], cut: int) -> None:
    column = CellColumn(Heading(FACTS[name], unit=unit))
    column.add(given_cells[:cut])
    column.add(given_cells[cut:])
    found = read_back(name, column.column(), column.exact, column.bad, len(given_cells))
    assert found == [one_by_one(name, cell, unit) for cell in given_cells]


@RELAXED
@given(st.sampled_from(NAMES), st.sampled_from(UNITS), st.lists(texts, max_size=12))
def test_cells_of_a_csv_file(name: str, unit: Any, given_cells: list[object]) -> None:
    column = CellColumn(Heading(FACTS[name], unit=unit))
    column.add(given_cells)
    found = read_back(name, column.column(), column.exact, column.bad, len(given_cells))
    assert found == [one_by_one(name, cell, unit) for cell in given_cells]


@RELAXED
@given(
    st.sampled_from(
        ["name", "industry", "division", "hte_valid_until", "resident", "hte_recognised_on", "carrier_kind"]
    ),
    st.lists(st.one_of(cells, st.sampled_from(["C3571", "620102", 620102.0, "孵化器", 20230105.0])), max_size=12),
)
def test_cells_of_codes_dates_and_lists(name: str, given_cells: list[object]) -> None:
    column = CellColumn(Heading(FACTS[name]))
    column.add(given_cells)
    found = read_back(name, column.column(), column.exact, column.bad, len(given_cells))
    assert found == [one_by_one(name, cell, "元") for cell in given_cells]


@RELAXED
@given(
    st.sampled_from(NAMES),
    st.sampled_from(UNITS),
    st.one_of(
        st.lists(st.one_of(st.none(), hundredths, twelfths, noisy, st.floats()), max_size=12).map(
            lambda values: pa.array(values, pa.float64())
        ),
        st.lists(st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1), st.integers(-9, 9)), max_size=12).map(
            lambda values: pa.array(values, pa.int64())
        ),
        st.lists(st.one_of(st.none(), texts), max_size=12).map(lambda values: pa.array(values, pa.string())),
        st.lists(st.one_of(st.none(), st.decimals(-(10**15), 10**15, places=3)), max_size=12).map(
            lambda values: pa.array(values, pa.decimal128(30, 3))
        ),
    ),
    st.integers(0, 9),
)
def test_arrow_columns_whole_and_sliced(name: str, unit: Any, array: Any, start: int) -> None:
    part = array.slice(start)
    converted = convert(Heading(FACTS[name], unit=unit), part)
    found = read_back(name, converted.column, converted.exact, converted.bad, len(part))
    expected = []
    for raw in part.to_pylist():
        missing = isinstance(raw, float) and math.isnan(raw)
        expected.append(None if missing else one_by_one(name, raw, unit))
    assert found == expected


@RELAXED
@given(
    st.lists(st.one_of(st.none(), st.dates()), max_size=12),
    st.sampled_from([pa.date32(), pa.date64(), pa.timestamp("us")]),
)
def test_arrow_dates(days: list[dt.date | None], type_: Any) -> None:
    array = pa.array(days, pa.date32()).cast(type_)
    converted = convert(Heading(FACTS["established_on"]), array)
    found = read_back("established_on", converted.column, converted.exact, converted.bad, len(days))
    assert found == [one_by_one("established_on", day, "元") for day in days]


@RELAXED
@given(
    st.lists(
        st.one_of(
            st.sampled_from([A, B, code(7), A[:-1], A + "0", A.lower(), "Ａ" + A[1:], None, 5, ""]),
            st.text(uscc.ALPHABET, min_size=18, max_size=18),
            st.text(min_size=18, max_size=18),
        ),
        max_size=12,
    )
)
def test_credit_codes_many_at_a_time(codes: list[object]) -> None:
    expected = [isinstance(one, str) and uscc.problem(one) is None and one == uscc.normalise(one) for one in codes]
    assert valid_texts(codes).tolist() == expected


def test_an_amount_of_every_size_survives() -> None:
    fen = [0, 1, 99, 100, 2**31, 2**44 - 1, 2**44 + 1, 2**50 - 1, -(2**50) + 1]
    array = pa.array([decimal.Decimal(one).scaleb(-2) for one in fen], pa.decimal128(20, 2))
    converted = convert(Heading(FACTS["net_assets"], unit="元"), array)
    assert converted.column.values.tolist() == fen
    assert converted.bad == []
