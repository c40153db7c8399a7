"""Arrow arrays to machine columns, without copying where the type is already right.

Money: int64 in fen (heading with 分), integers, decimals and floats in yuan or 万元. Dates: date32, timestamps.
Booleans, dictionary-encoded codes, lists of dates and of records. Anything else (text, as in a CSV file) is read
once for each distinct value. A null, and NaN in a float column, is unknown; an empty list is none.
"""

from __future__ import annotations

import datetime as dt
import decimal
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tidui.facts.catalogue import FIRST_YEAR, LAST_YEAR
from tidui.facts.faults import BadValue
from tidui.facts.normalise import normalise
from tidui.rules.columns import (
    EXACT,
    NO_VALUE,
    NUMERIC_KINDS,
    UNKNOWN,
    VALUE,
    VOCABULARY_KINDS,
    Array,
    Column,
    States,
    column_dtype,
    to_machine,
)
from tidui.rules.values import FactType, NoneValue, Value, day_number
from tidui.tables.cells import Plain, plain_numbers, to_machine_numbers
from tidui.tables.headings import Heading

_FIRST_DAY: Final = day_number(dt.date(FIRST_YEAR, 1, 1))
_LAST_DAY: Final = day_number(dt.date(LAST_YEAR, 12, 31))

Bad = tuple[int, str, str | None]


@dataclass(slots=True)
class Converted:
    """A column, its exact values, and the cells that cannot be read: (row, message, what to write instead)."""

    column: Column
    exact: dict[int, Value] = field(default_factory=dict)
    bad: list[Bad] = field(default_factory=list)


def convert(heading: Heading, array: Any) -> Converted:
    """Convert one Arrow array (not chunked) under a heading."""
    kind, type_ = heading.fact.kind, array.type
    if pa.types.is_null(type_):
        return Converted(_unknown(heading.fact, len(array)))
    if kind in NUMERIC_KINDS:
        plain = plain_numbers(heading.fact, heading.unit or "元", heading.percent)
        if pa.types.is_integer(type_) and not pa.types.is_uint64(type_):
            return _whole_numbers(heading, array, plain)
        if pa.types.is_floating(type_):
            return _floating(heading, array, plain)
        if pa.types.is_decimal(type_) and kind == "money":
            return _decimals(heading, array)
    if kind == "bool" and pa.types.is_boolean(type_):
        return Converted(Column(_booleans(array), validity(array)))
    if kind == "date" and (pa.types.is_date(type_) or (pa.types.is_timestamp(type_) and type_.tz is None)):
        return _dates(heading, array)
    if kind == "dates" and _is_list(type_) and pa.types.is_date(type_.value_type):
        return _lists(heading, array)
    if kind == "list" and _is_list(type_) and pa.types.is_struct(type_.value_type):
        return _lists(heading, array)
    return _distinct(heading, array)


def validity(array: Any) -> States | None:
    """The states of an array: None where nothing is null, else 1 for a value and 0 for null."""
    if array.null_count == 0:
        return None
    return _bits(array.buffers()[0], array.offset, len(array))


def _bits(buffer: Any, offset: int, length: int) -> States:
    """One byte a bit of a bitmap; mind that a slice begins in the middle of a byte."""
    first, last = offset // 8, (offset + length + 7) // 8
    packed = np.frombuffer(buffer, dtype=np.uint8)[first:last]
    return np.unpackbits(packed, bitorder="little", count=offset % 8 + length)[offset % 8 :]


def _booleans(array: Any) -> npt.NDArray[np.uint8]:
    return _bits(array.buffers()[1], array.offset, len(array))


def _unknown(fact: FactType, length: int) -> Column:
    values = np.zeros(length, dtype=column_dtype(fact.kind))
    return Column(values, np.zeros(length, np.uint8), () if fact.kind in VOCABULARY_KINDS else None)


def _is_list(type_: Any) -> bool:
    return bool(pa.types.is_list(type_) or pa.types.is_large_list(type_))


def _values(array: Any, dtype: Any = None) -> Array:
    """The numbers of a fixed-width array, null places included, without copying."""
    dtype = dtype or array.type.to_pandas_dtype()
    return np.frombuffer(array.buffers()[1], dtype=dtype, count=len(array) + array.offset)[array.offset :]


def _whole_numbers(heading: Heading, array: Any, plain: Plain) -> Converted:
    """Integers: fen stay as they are, without a copy; others are multiplied within their bounds."""
    if not len(array):
        return Converted(_unknown(heading.fact, 0))
    factor = plain.steps * plain.times
    span = pc.min_max(array).as_py()
    low, high = span["min"], span["max"]
    values, state = _values(array), validity(array)
    if low is None:
        return Converted(_unknown(heading.fact, len(array)))
    if low * factor >= plain.low and high * factor <= plain.high:
        if factor == 1 and values.dtype == np.int64:
            return Converted(Column(values, state))
        whole = values.astype(np.int64)
        if state is not None:
            whole[state == UNKNOWN] = 0
        return Converted(Column(whole * factor, state))
    good = (values >= -(-plain.low // factor)) & (values <= plain.high // factor)
    whole = np.where(good, values, 0).astype(np.int64) * factor
    return _with_odd(heading, array, Column(whole, state), good)


def _floating(heading: Heading, array: Any, plain: Plain) -> Converted:
    numbers = _values(array).astype(np.float64, copy=False)
    values, good = to_machine_numbers(numbers, plain)
    state = validity(array)
    missing = np.isnan(numbers)
    if state is None and missing.any():
        state = np.ones(len(array), dtype=np.uint8)
    if state is not None:
        state = np.where(missing, np.uint8(UNKNOWN), state)
    return _with_odd(heading, array, Column(values, state), good)


def _decimals(heading: Heading, array: Any) -> Converted:
    """Decimals of money: the places after the point are moved, then the low 64 bits of each are its fen."""
    fact = heading.fact
    places = {"元": 2, "万元": 6, "分": 0}[heading.unit or "元"]
    plain = plain_numbers(fact, heading.unit or "元")
    try:
        exact = pc.cast(array, pa.decimal128(38, places))
    except pa.ArrowInvalid:
        return _distinct(heading, array)
    if not len(exact):
        return Converted(_unknown(fact, 0))
    halves = np.frombuffer(exact.buffers()[1], dtype=np.int64)
    halves = halves[2 * exact.offset : 2 * (exact.offset + len(exact))].reshape(-1, 2)
    values = np.ascontiguousarray(halves[:, 0])
    good = (halves[:, 1] == values >> 63) & (values >= plain.low) & (values <= plain.high)
    return _with_odd(heading, array, Column(values, validity(array)), good)


def _with_odd(heading: Heading, array: Any, column: Column, good: npt.NDArray[np.bool_]) -> Converted:
    """Read one by one what the quick way did not take: too large, out of bounds, not exact."""
    state = column.state
    odd = np.flatnonzero(~good if state is None else ~good & (state == VALUE))
    if not len(odd):
        return Converted(column)
    read = _distinct(heading, array.take(pa.array(odd)))
    states, values = column.states().copy(), column.values.copy()
    values[odd], states[odd] = read.column.values, read.column.states()
    exact = {int(odd[place]): value for place, value in read.exact.items()}
    return Converted(
        Column(values, states), exact, [(int(odd[place]), message, instead) for place, message, instead in read.bad]
    )


def read_value(heading: Heading, raw: object) -> Value | None:
    """One value of a typed file, read by `facts.normalise` under the heading's unit."""
    if isinstance(raw, float) and raw != raw:
        return None
    if heading.percent and isinstance(raw, int | float | decimal.Decimal) and not isinstance(raw, bool):
        raw = f"{raw}%"
    return normalise(heading.fact, raw, money_unit=heading.unit or "元")


def _dates(heading: Heading, array: Any) -> Converted:
    """Days, without a copy where they are date32; of a moment the day."""
    days = array if pa.types.is_date32(array.type) else pc.cast(array, pa.date32(), safe=False)
    values = _values(days, np.int32) if len(days) else np.zeros(0, np.int32)
    good = (values >= _FIRST_DAY) & (values <= _LAST_DAY)
    return _with_odd(heading, array, Column(values, validity(array)), good)


def _lists(heading: Heading, array: Any) -> Converted:
    """Lists: most are empty (none); the others are read one by one into a vocabulary."""
    lengths = np.asarray(pc.fill_null(pc.list_value_length(array), 0))
    state = np.where(lengths > 0, np.uint8(VALUE), np.uint8(NO_VALUE))
    valid = validity(array)
    if valid is not None:
        state[valid == UNKNOWN] = UNKNOWN
    values = np.zeros(len(array), dtype=np.int32)
    places: dict[Value, int] = {}
    bad: list[Bad] = []
    filled = np.flatnonzero(state == VALUE)
    for place, raw in zip(filled.tolist(), array.take(pa.array(filled)).to_pylist(), strict=True):
        try:
            value = normalise(heading.fact, _plain_list(raw), money_unit=heading.unit or "元")
        except BadValue as error:
            state[place] = UNKNOWN
            bad.append((place, error.message, error.instead))
            continue
        if value is None or isinstance(value, NoneValue):
            state[place] = UNKNOWN if value is None else NO_VALUE
        else:
            values[place] = places.setdefault(value, len(places))
    return Converted(Column(values, state, tuple(places)), {}, bad)


def _plain_list(raw: list[Any]) -> list[Any]:
    """Records without their null fields."""
    return [{key: one[key] for key in one if one[key] is not None} if isinstance(one, dict) else one for one in raw]


def _distinct(heading: Heading, array: Any) -> Converted:
    """Any other array: each distinct value is read once and its rows point to it."""
    encoded = array if pa.types.is_dictionary(array.type) else _encoded(array)
    if encoded is None:
        return _one_by_one(heading, array)
    indices = encoded.indices
    state = validity(indices)
    rows = _values(indices).astype(np.int64) if len(indices) else np.zeros(0, np.int64)
    if state is not None:
        rows[state == UNKNOWN] = len(encoded.dictionary)
    return _spread(heading, encoded.dictionary.to_pylist(), rows)


def _encoded(array: Any) -> Any:
    try:
        return pc.dictionary_encode(array)
    except pa.ArrowNotImplementedError:
        return None


def _one_by_one(heading: Heading, array: Any) -> Converted:
    return _spread(heading, array.to_pylist(), np.arange(len(array), dtype=np.int64))


def _spread(heading: Heading, raws: list[Any], rows: Array) -> Converted:
    """Read the distinct values, then give each row the number and state of its own; a last one stands for null."""
    fact = heading.fact
    numbers = np.zeros(len(raws) + 1, dtype=column_dtype(fact.kind))
    states = np.zeros(len(raws) + 1, dtype=np.uint8)
    places: dict[Value, int] = {}
    wrong: dict[int, BadValue] = {}
    exact: dict[int, Value] = {}
    for index, raw in enumerate(raws):
        try:
            value = None if raw is None else read_value(heading, raw)
        except BadValue as error:
            wrong[index] = error
            continue
        if value is None:
            continue
        if isinstance(value, NoneValue):
            states[index] = NO_VALUE
        elif fact.kind in VOCABULARY_KINDS:
            numbers[index], states[index] = places.setdefault(value, len(places)), VALUE
        else:
            number = to_machine(fact, value)
            numbers[index], states[index] = (0, EXACT) if number is None else (number, VALUE)
            if number is None:
                exact[index] = value
    vocab = tuple(places) if fact.kind in VOCABULARY_KINDS else None
    state = states[rows]
    column = Column(numbers[rows], None if bool((state == VALUE).all()) else state, vocab)
    result = Converted(column)
    for index in np.flatnonzero(np.isin(rows, [*wrong, *exact])).tolist() if wrong or exact else ():
        source = int(rows[index])
        if source in exact:
            result.exact[index] = exact[source]
        else:
            result.bad.append((index, wrong[source].message, wrong[source].instead))
    return result
