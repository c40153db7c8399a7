"""Sheets as read, brought together: one row for each enterprise, its yearly figures beside it by year."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from tidui.facts.catalogue import FOUNDED_SECTIONS, Catalogue
from tidui.facts.faults import Fault
from tidui.rules.columns import (
    NO_VALUE,
    UNKNOWN,
    VALUE,
    VOCABULARY_KINDS,
    Batch,
    Column,
    Key,
    States,
    column_dtype,
    founded_after,
)
from tidui.rules.values import Value
from tidui.tables.collect import FaultList, SectionColumn, SectionTable

#: A fact and its fiscal year, or its offset from the year assessed, or neither.
StoreKey = tuple[str, int | None, int | None]
Flags = npt.NDArray[np.bool_]
Years = npt.NDArray[np.int32]
_MOST_YEARS = 10_000


@dataclass(slots=True)
class Store:
    """All enterprises of an input, in memory, as columns. `bad` marks those with a fault."""

    catalogue: Catalogue
    ids: list[str]
    columns: dict[StoreKey, Column]
    exact: dict[StoreKey, dict[int, Value]]
    sheet: str
    rows: npt.NDArray[np.int64]
    first_year: Years
    bad: Flags = field(default_factory=lambda: np.zeros(0, np.bool_))
    #: Where a column came from: sheet, row number of each enterprise (0: none), title of the column.
    origins: dict[StoreKey, tuple[str, npt.NDArray[np.int64], str]] = field(default_factory=dict)

    def locate(self, place: int, name: str, year: int | None, assessed: int) -> tuple[str, int, str | None]:
        """Where a fact of the enterprise at this position was read: sheet, row, column."""
        offset = None if year is None else year - assessed
        for key in ((name, year, None), (name, None, offset)):
            if key in self.origins:
                sheet, rows, title = self.origins[key]
                return sheet, int(rows[place]), title
        return self.sheet, int(self.rows[place]), None

    def batch(self, rows: npt.NDArray[np.int64] | slice, year: int) -> Batch:
        """The enterprises at these positions, assessed for a fiscal year (offset 0)."""
        positions = np.arange(len(self.ids))[rows]
        founded_on = self._part(("established_on", None, None), rows)
        columns: dict[Key, Column] = {}
        exact: dict[Key, dict[int, Value]] = {}
        for (name, absolute, relative), whole in self.columns.items():
            offset = relative if absolute is None else absolute - year
            part = whole.slice(rows.start, rows.stop) if isinstance(rows, slice) else whole.take(rows)
            if founded_on is not None and offset is not None and self.catalogue[name].section in FOUNDED_SECTIONS:
                part = since_founding(part, founded_on, year + offset)
            columns[(name, offset)] = part
            kept = self.exact.get((name, absolute, relative))
            if kept:
                exact[(name, offset)] = _exact_of(kept, positions)
        ids = self.ids[rows] if isinstance(rows, slice) else [self.ids[place] for place in rows.tolist()]
        columns[("uscc", None)] = Column(np.arange(len(ids), dtype=np.int32), None, ids)
        return Batch(
            n=len(positions),
            columns=columns,
            exact=exact,
            ids=ids,
            catalogue=self.catalogue,
            year=year,
            founded_on=founded_on,
            founded_sections=FOUNDED_SECTIONS,
            rows=positions,
        )

    def _part(self, key: StoreKey, rows: npt.NDArray[np.int64] | slice) -> Column | None:
        whole = self.columns.get(key)
        if whole is None:
            return None
        return whole.slice(rows.start, rows.stop) if isinstance(rows, slice) else whole.take(rows)


def _exact_of(kept: dict[int, Value], positions: npt.NDArray[np.int64]) -> dict[int, Value]:
    """The exact values of some rows, by their place among them."""
    wanted = np.isin(positions, np.fromiter(kept, dtype=np.int64, count=len(kept)))
    return {place: kept[int(positions[place])] for place in np.flatnonzero(wanted).tolist()}


def since_founding(column: Column, founded_on: Column, year: int) -> Column:
    """A year's column with none where the enterprise was founded later; the same column where none was."""
    before = founded_after(founded_on, year)
    if not before.any():
        return column
    state = column.states().copy()
    state[before] = NO_VALUE
    return Column(column.values, state, column.vocab)


def founding_years(column: Column | None, length: int) -> Years:
    """The year of a column of dates, 0 where it is not known."""
    if column is None:
        return np.zeros(length, dtype=np.int32)
    years = column.values.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970
    return np.where(column.states() == VALUE, years, 0).astype(np.int32)


def gather(tables: list[SectionTable], *, catalogue: Catalogue, faults: FaultList) -> Store:
    """Bring tables together by credit code. The first is the one with a row for each enterprise."""
    base, others = tables[0], tables[1:]
    store = Store(catalogue, base.ids, {}, {}, base.sheet, base.rows, np.zeros(len(base.ids), np.int32))
    store.bad = np.zeros(len(base.ids), dtype=np.bool_)
    store.bad[list(base.bad)] = True
    index = _index(base, store, faults)
    for column in base.columns:
        _put(store, column, column.heading.year, column.column, column.exact)
        store.origins[(column.heading.fact.name, column.heading.year, column.heading.offset)] = (
            base.sheet,
            base.rows,
            column.title,
        )
    _apply_none_columns(store, base)
    store.first_year = founding_years(store.columns.get(("established_on", None, None)), len(base.ids))
    for table in others:
        _join(store, table, index, faults)
    return store


def gather_any(tables: list[SectionTable], *, catalogue: Catalogue, faults: FaultList) -> Store:
    """Bring tables together where none of them need have a row for each enterprise: what some of them name, counts.

    A wide table (section None) is still the one with a row for each.
    """
    if tables[0].section is None:
        return gather(tables, catalogue=catalogue, faults=faults)
    named: dict[str, int] = {}
    for table in tables:
        for code, row in zip(table.ids, table.rows.tolist(), strict=True):
            if code:
                named.setdefault(code, row)
    rows = np.fromiter(named.values(), np.int64, len(named))
    base = SectionTable(None, tables[0].sheet, list(named), rows, None, [])
    store = gather([base], catalogue=catalogue, faults=faults)
    index = {code: place for place, code in enumerate(base.ids)}
    for table in sorted(tables, key=lambda one: one.section != "enterprise"):
        _join(store, table, index, faults)
        if table.section == "enterprise":
            store.first_year = founding_years(store.columns.get(("established_on", None, None)), len(base.ids))
    return store


def _index(base: SectionTable, store: Store, faults: FaultList) -> dict[str, int]:
    """Where each credit code stands; a code that stands twice is a fault of all its rows."""
    index = {code: place for place, code in reversed(list(enumerate(base.ids))) if code}
    if len(index) == len(base.ids):
        return index
    counts = Counter(base.ids)
    title = catalogue_title(store.catalogue)
    for place, code in enumerate(base.ids):
        if not code or counts[code] == 1:
            continue
        store.bad[place] = True
        first = int(base.rows[index[code]])
        if index[code] != place:
            message = f"the credit code {code} stands in row {first} too"
            instead = "one row for each enterprise"
            faults.add(Fault("uscc", message, instead, "fault", base.sheet, int(base.rows[place]), title))
    return index


def catalogue_title(catalogue: Catalogue) -> str:
    """How a fault names the column of credit codes."""
    return catalogue["uscc"].zh


def _put(store: Store, source: SectionColumn, year: int | None, column: Column, exact: dict[int, Value]) -> None:
    if source.heading.none:
        return
    key = (source.heading.fact.name, year, source.heading.offset)
    store.columns[key] = column
    if exact:
        store.exact[key] = exact


def _apply_none_columns(store: Store, base: SectionTable) -> None:
    """A column `fact#none` says where the fact is none."""
    for source in base.columns:
        if not source.heading.none:
            continue
        fact = source.heading.fact
        key = (fact.name, source.heading.year, source.heading.offset)
        length = len(base.ids)
        column = store.columns.get(key) or _unknown(store.catalogue, fact.name, length)
        store.columns[key] = with_none(column, source.column)


def with_none(column: Column, none: Column) -> Column:
    """The column with none where the booleans of `none` are true."""
    states = column.states().copy()
    states[(none.states() == VALUE) & (none.values == 1)] = NO_VALUE
    return Column(column.values, states, column.vocab)


def _unknown(catalogue: Catalogue, name: str, length: int) -> Column:
    kind = catalogue[name].kind
    vocab = () if kind in VOCABULARY_KINDS else None
    return Column(np.zeros(length, column_dtype(kind)), np.full(length, UNKNOWN, np.uint8), vocab)


def _join(store: Store, table: SectionTable, index: dict[str, int], faults: FaultList) -> None:
    """Put the rows of another sheet beside their enterprises, one column for each fact and year."""
    positions = np.array([index.get(code, -1) for code in table.ids], dtype=np.int64)
    _refuse_strangers(table, positions, store, faults)
    years = table.years if table.years is not None else np.zeros(len(positions), dtype=np.int32)
    _refuse_repeats(table, positions, years, store, faults)
    for place in table.bad:
        if positions[place] >= 0:
            store.bad[positions[place]] = True
    _refuse_before_founding(table, positions, years, store, faults)
    for year, rows in _rows_by_year(years, positions, table):
        numbers = np.zeros(len(store.ids), dtype=np.int64)
        numbers[positions[rows]] = table.rows[rows]
        for source in table.columns:
            _scatter(store, source, year, rows, positions[rows])
            store.origins[(source.heading.fact.name, year, None)] = (table.sheet, numbers, source.title)


def _rows_by_year(
    years: Years, positions: npt.NDArray[np.int64], table: SectionTable
) -> Iterator[tuple[int | None, npt.NDArray[np.int64]]]:
    usable = positions >= 0
    if table.years is None:
        yield None, np.flatnonzero(usable)
        return
    for year in np.unique(years[usable & (years > 0)]).tolist():
        yield year, np.flatnonzero(usable & (years == year))


def _scatter(
    store: Store,
    source: SectionColumn,
    year: int | None,
    rows: npt.NDArray[np.int64],
    positions: npt.NDArray[np.int64],
) -> None:
    length = len(store.ids)
    values = np.zeros(length, dtype=source.column.values.dtype)
    states: States = np.zeros(length, dtype=np.uint8)
    values[positions] = source.column.values[rows]
    states[positions] = VALUE if source.column.state is None else source.column.state[rows]
    state = None if bool((states == VALUE).all()) else states
    exact: dict[int, Value] = {}
    if source.exact:
        wanted = np.isin(rows, np.fromiter(source.exact, dtype=np.int64, count=len(source.exact)))
        exact = {int(positions[place]): source.exact[int(rows[place])] for place in np.flatnonzero(wanted).tolist()}
    _put(store, source, year, Column(values, state, source.column.vocab), exact)


def _refuse_strangers(table: SectionTable, positions: npt.NDArray[np.int64], store: Store, faults: FaultList) -> None:
    title = catalogue_title(store.catalogue)
    for place in np.flatnonzero(positions < 0).tolist():
        code = table.ids[place]
        if code:
            message = f"the credit code {code} is not in {store.sheet}"
            instead = f"add the enterprise to {store.sheet}, or correct the code"
            faults.add(Fault("uscc", message, instead, "fault", table.sheet, int(table.rows[place]), title))


def _refuse_repeats(
    table: SectionTable, positions: npt.NDArray[np.int64], years: Years, store: Store, faults: FaultList
) -> None:
    usable = np.flatnonzero(positions >= 0)
    keys = positions[usable] * _MOST_YEARS + years[usable]
    _, first, inverse, counts = np.unique(keys, return_index=True, return_inverse=True, return_counts=True)
    if len(counts) == len(usable):
        return
    for number in np.flatnonzero(counts[inverse] > 1).tolist():
        place, original = int(usable[number]), int(usable[first[inverse[number]]])
        store.bad[positions[place]] = True
        if place == original:
            continue
        year = f" and the year {years[place]}" if table.years is not None else ""
        message = f"{table.ids[place]}{year} stand in row {int(table.rows[original])} too"
        instead = "one row for each enterprise and year" if year else "one row for each enterprise"
        faults.add(Fault("uscc", message, instead, "fault", table.sheet, int(table.rows[place])))


def _refuse_before_founding(
    table: SectionTable, positions: npt.NDArray[np.int64], years: Years, store: Store, faults: FaultList
) -> None:
    """Figures of a year before the founding year are a fault, unless they are all zero."""
    if table.section not in FOUNDED_SECTIONS or table.years is None:
        return
    early = (positions >= 0) & (years > 0)
    early[early] = store.first_year[positions[early]] > years[early]
    if not early.any():
        return
    given = np.zeros(len(positions), dtype=np.bool_)
    for source in table.columns:
        given |= is_given(source.column)
    for place in np.flatnonzero(early & given).tolist():
        store.bad[positions[place]] = True
        where = f"{table.section}.{years[place]}"
        faults.add(early_fault(where, table.sheet, int(table.rows[place]), None))


def is_given(column: Column) -> Flags:
    """Where a column has a value other than zero."""
    filled = column.values != 0 if column.vocab is None else np.ones(len(column), dtype=np.bool_)
    return np.asarray(filled & (column.states() == VALUE), dtype=np.bool_)


def early_fault(place: str, sheet: str, row: int, column: str | None) -> Fault:
    """The fault of a figure for a year before the founding year."""
    message = "a figure for a year before the founding of the enterprise"
    instead = "leave the year blank, or correct 注册成立日期 (established_on)"
    return Fault(place, message, instead, "fault", sheet, row, column)
