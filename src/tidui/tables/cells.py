"""Cells of a workbook or CSV file to machine columns.

Plain numbers are converted a chunk of a column at a time; whatever is not plain (text, percentages, thousands
separators, more decimals than the machine number holds) is read by `facts.normalise`, each distinct cell once.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from tidui.codes.money import FEN_PER, MoneyUnit
from tidui.codes.numbers import MAX_DENOMINATOR
from tidui.facts.faults import BadValue
from tidui.facts.normalise import COUNT_LIMIT, MAX_TEXT, normalise
from tidui.rules.columns import (
    EXACT,
    MACHINE_LIMIT,
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
from tidui.rules.values import FactType, NoneValue, Value
from tidui.tables.headings import Heading

Floats = npt.NDArray[np.float64]

#: Longer texts than this may hold more digits than a double: they are read exactly.
_PLAIN_LENGTH: Final = 16
#: Numbers, shares and marks with up to four decimals are multiples of one over the scale.
_DECIMALS: Final = 10_000
_NAN: Final = math.nan
#: A text without full-width letters and digits (U+FF10 to U+FF5A) and without doubled spaces.
_PLAIN_TEXT: Final = re.compile("[^\\s\\ufeff\\uff10-\\uff5a#]+(?: [^\\s\\ufeff\\uff10-\\uff5a]+)*")
#: Day numbers of 1950-01-01 and of 2101-01-01.
_FIRST_SERIAL: Final = 18_264
_END_SERIAL: Final = 73_416
#: Noise of float arithmetic in money: at most this part of a fen, and only below so many fen, where it can be told.
_MOST_NOISE: Final = 0.04
_NOISE_BELOW: Final = 2**44


@dataclass(frozen=True, slots=True)
class Plain:
    """How plain numbers of a column become machine numbers: whole multiples of 1/steps, times `times`.

    Money may carry the noise of float arithmetic (0.1 + 0.2), as `codes.money` allows it, in its last places;
    numbers may be the float of a fraction of at most 64ths of their `scale`, as `codes.numbers` recovers it.
    """

    steps: int
    times: int
    low: int
    high: int
    money: bool
    scale: int


def plain_numbers(fact: FactType, unit: MoneyUnit, percent: bool = False) -> Plain:
    """The conversion of plain numbers for a fact: money from its unit to fen, numbers and shares to their scale."""
    steps, times = 1, 1
    if fact.kind == "money":
        steps = FEN_PER[unit]
    elif fact.kind in ("number", "share"):
        steps, times = (_DECIMALS // 100 if percent else _DECIMALS), fact.scale // _DECIMALS
    whole = 100 if fact.kind == "money" else fact.scale
    limit = MACHINE_LIMIT - 1 if fact.kind == "money" else min(MACHINE_LIMIT, COUNT_LIMIT * fact.scale) - 1
    low = -limit if fact.low is None else max(-limit, math.ceil(fact.low * whole))
    high = limit if fact.high is None else min(limit, math.floor(fact.high * whole))
    return Plain(steps, times, low, high, fact.kind == "money", 1 if percent else fact.scale)


def to_machine_numbers(numbers: Floats, plain: Plain) -> tuple[Array, npt.NDArray[np.bool_]]:
    """Machine numbers, and where they are exact and within bounds. NaN and infinity are not exact."""
    with np.errstate(invalid="ignore", over="ignore"):
        product = numbers * plain.steps
        steps = np.rint(product)
        exact = (steps / plain.steps == numbers) & (np.abs(steps) < MACHINE_LIMIT)
        if plain.money:
            noise = np.abs(product - steps)
            small = (noise <= 2 * np.spacing(np.abs(numbers)) * plain.steps) & (noise <= _MOST_NOISE)
            exact |= small & (np.abs(steps) < _NOISE_BELOW)
        whole = np.where(exact, steps, 0).astype(np.int64) * plain.times
        if plain.scale > 1 and not exact.all():
            _recover_fractions(numbers, plain.scale, whole, exact)
    exact &= (whole >= plain.low) & (whole <= plain.high)
    return whole, exact


def _recover_fractions(numbers: Floats, scale: int, whole: Array, exact: npt.NDArray[np.bool_]) -> None:
    """Take 33.333333333333336 for 100/3, as `codes.numbers` does: small denominators only, to the last place."""
    places = np.flatnonzero(~exact & (np.abs(numbers) < MACHINE_LIMIT / scale))
    values = numbers[places]
    nearest = np.rint(values * scale)
    close = np.abs(nearest / scale - values) <= 2 * np.spacing(np.abs(values))
    places, found = places[close], nearest[close].astype(np.int64)
    small = (np.gcd(found, scale) * MAX_DENOMINATOR >= scale) & (found != 0)
    whole[places[small]] = found[small]
    exact[places[small]] = True


@dataclass(slots=True)
class _Distinct:
    """The distinct cells of a column that were read one by one: number, state and what is wrong, by their place."""

    numbers: list[int] = field(default_factory=lambda: [0])
    states: list[int] = field(default_factory=lambda: [UNKNOWN])
    exact: dict[int, Value] = field(default_factory=dict)
    wrong: dict[int, BadValue] = field(default_factory=dict)
    _done: tuple[Array, States] = field(default_factory=lambda: (np.zeros(0, np.int64), np.zeros(0, np.uint8)))

    def arrays(self) -> tuple[Array, States]:
        """Numbers and states as arrays; what was added since the last time is appended."""
        numbers, states = self._done
        if len(numbers) < len(self.numbers):
            numbers = np.concatenate([numbers, np.array(self.numbers[len(numbers) :], np.int64)])
            states = np.concatenate([states, np.array(self.states[len(states) :], np.uint8)])
            self._done = numbers, states
        return self._done

    def add(self, number: int, state: int) -> int:
        """Keep a machine number and state; the answer is its place."""
        self.numbers.append(number)
        self.states.append(state)
        return len(self.numbers) - 1


@dataclass(slots=True)
class CellColumn:
    """Turns the cells of one column, chunk by chunk, into machine numbers.

    `serials` says that bare numbers in a column of dates are day numbers of a spreadsheet. `bad` lists the cells
    that cannot be read: place in the column, message, what to write instead.
    """

    heading: Heading
    unit: MoneyUnit = "元"
    serials: bool = False
    exact: dict[int, Value] = field(default_factory=dict)
    bad: list[tuple[int, str, str | None]] = field(default_factory=list)
    _length: int = 0
    _chunks: list[tuple[Array, States]] = field(default_factory=list)
    _vocab: dict[Value, int] = field(default_factory=dict)
    _distinct: _Distinct = field(default_factory=_Distinct)
    _memo: dict[type, dict[Any, int]] = field(default_factory=dict)
    _plain: Plain | None = None

    def __post_init__(self) -> None:
        if self.heading.fact.kind in NUMERIC_KINDS:
            unit = self.heading.unit or self.unit
            self._plain = plain_numbers(self.heading.fact, unit, self.heading.percent)

    def add(self, cells: Sequence[object]) -> None:
        """Convert the next cells."""
        if self._plain is not None:
            values, states = self._numbers(cells, self._plain)
        else:
            values, states = self._read_all(cells, range(len(cells)))
        self._chunks.append((values, states))
        self._length += len(cells)

    def column(self) -> Column:
        """All cells that were added."""
        kind = self.heading.fact.kind
        empty = np.zeros(0, dtype=column_dtype(kind))
        values = np.concatenate([empty, *(chunk for chunk, _ in self._chunks)])
        states = np.concatenate([np.zeros(0, np.uint8), *(chunk for _, chunk in self._chunks)])
        state = None if bool((states == VALUE).all()) else states
        return Column(values, state, tuple(self._vocab) if kind in VOCABULARY_KINDS else None)

    def _numbers(self, cells: Sequence[object], plain: Plain) -> tuple[Array, States]:
        values, good = to_machine_numbers(_floats(cells), plain)
        states = good.astype(np.uint8)
        odd = [place for place in np.flatnonzero(~good).tolist() if cells[place] is not None and cells[place] != ""]
        if odd:
            values[odd], states[odd] = self._read_all([cells[place] for place in odd], odd)
        return values, states

    def _read_all(self, cells: Sequence[object], places: Sequence[int]) -> tuple[Array, States]:
        """Read cells, each distinct one once; `places` are where they stand in the chunk."""
        found = self._places_of(cells)
        table = self._distinct
        numbers, all_states = table.arrays()
        values = numbers[found].astype(column_dtype(self.heading.fact.kind))
        states = all_states[found]
        if table.wrong or table.exact:
            for index in np.flatnonzero(np.isin(found, [*table.wrong, *table.exact])).tolist():
                source, row = int(found[index]), self._length + places[index]
                if source in table.wrong:
                    self.bad.append((row, table.wrong[source].message, table.wrong[source].instead))
                else:
                    self.exact[row] = table.exact[source]
        return values, states

    def _places_of(self, cells: Sequence[object]) -> npt.NDArray[np.int64]:
        """Where the machine number of each cell stands in the table of distinct cells; 0 for a blank cell."""
        kinds = set(map(type, cells))
        if len(kinds) > 1:
            found = np.zeros(len(cells), dtype=np.int64)
            for kind in kinds:
                rows = [row for row, cell in enumerate(cells) if type(cell) is kind]
                found[rows] = self._places_of([cells[row] for row in rows])
            return found
        memo = self._memo.setdefault(kinds.pop(), {"": 0, None: 0}) if kinds else {}
        for cell in dict.fromkeys(cells):
            if cell not in memo:
                memo[cell] = self._place_of(cell)
        return np.fromiter(map(memo.__getitem__, cells), np.int64, len(cells))

    def _place_of(self, cell: object) -> int:
        """Read one distinct cell into the table."""
        fact, table = self.heading.fact, self._distinct
        try:
            value = self._value(cell)
        except BadValue as error:
            place = table.add(0, UNKNOWN)
            table.wrong[place] = error
            return place
        if value is None:
            return 0
        if isinstance(value, NoneValue):
            return table.add(0, NO_VALUE)
        if fact.kind in VOCABULARY_KINDS:
            return table.add(self._vocab.setdefault(value, len(self._vocab)), VALUE)
        number = to_machine(fact, value)
        place = table.add(number or 0, EXACT if number is None else VALUE)
        if number is None:
            table.exact[place] = value
        return place

    def _value(self, cell: object) -> Value | None:
        fact = self.heading.fact
        if fact.kind == "text" and isinstance(cell, str) and _is_plain_text(cell):
            return cell
        if self.serials and fact.kind == "date":
            cell = _day_of_serial(cell)
        if isinstance(cell, float) and cell.is_integer() and abs(cell) < MACHINE_LIMIT:
            cell = int(cell)  # all numbers of a workbook are floats; a message shows what was typed
        if self.heading.percent:
            cell = _as_percent(cell)
        return normalise(fact, cell, money_unit=self.heading.unit or self.unit)


def _is_plain_text(text: str) -> bool:
    """Whether `facts.normalise` would leave the text as it is: the quick way for names of enterprises."""
    return (
        _PLAIN_TEXT.fullmatch(text) is not None
        and len(text) <= MAX_TEXT
        and text.isprintable()
        and unicodedata.is_normalized("NFC", text)
    )


def _as_percent(cell: object) -> object:
    """A cell under a heading with (%): 12 and "12" stand for 12 %."""
    if isinstance(cell, float | int) and not isinstance(cell, bool):
        return f"{cell!r}%"
    if isinstance(cell, str) and cell.strip() and cell.strip()[-1] not in "%％无":
        return f"{cell.strip()}%"
    return cell


def _day_of_serial(cell: object) -> object:
    """The date of a bare day number, counted as spreadsheets do from 1899-12-30; any other cell as it is."""
    if isinstance(cell, float) and _FIRST_SERIAL <= cell < _END_SERIAL:
        return dt.date(1899, 12, 30) + dt.timedelta(days=int(cell))
    return cell


def _floats(cells: Sequence[object]) -> Floats:
    """The plain numbers among the cells; NaN for all else (blank, text, dates, booleans)."""
    kinds = set(map(type, cells))
    if kinds == {str}:
        return _floats_of_text(cells)  # type: ignore[arg-type]
    if kinds == {float}:
        return np.array(cells, np.float64)
    return np.array([cell if type(cell) is float else _float_of(cell) for cell in cells], np.float64)


def _float_of(cell: object) -> float:
    return float(cell) if type(cell) is int and abs(cell) < MACHINE_LIMIT else _NAN


def _floats_of_text(cells: Sequence[str]) -> Floats:
    try:
        numbers = list(map(float, [cell or "nan" for cell in cells]))
    except ValueError:
        return np.array([_float_of_text(cell) for cell in cells], np.float64)
    if max(map(len, cells)) > _PLAIN_LENGTH or "_" in "".join(cells):
        return np.array([_float_of_text(cell) for cell in cells], np.float64)
    return np.array(numbers, np.float64)


def _float_of_text(cell: str) -> float:
    if len(cell) > _PLAIN_LENGTH or "_" in cell:
        return _NAN
    try:
        return float(cell)
    except ValueError:
        return _NAN
