"""A sheet of a declared workbook, from rows of cells to rows of values, with every fault and its place."""

from __future__ import annotations

import datetime as dt
import itertools
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

from tidui.codes import divisions, uscc
from tidui.codes.faults import BadValue, quoted
from tidui.codes.money import MoneyUnit
from tidui.facts.catalogue import FIRST_YEAR, LAST_YEAR, plain_label
from tidui.facts.faults import Fault
from tidui.facts.normalise import NONE_WORDS, normalise
from tidui.rules.values import FactType, Kind
from tidui.tables.collect import FaultList, column_title
from tidui.tables.declared import UNIT, DeclaredColumn, DeclaredSheet
from tidui.tables.header import HEAD_ROWS, spread_merged
from tidui.tables.headings import squash, unit_of_table
from tidui.tables.keys import read_year
from tidui.tables.sections import Grid

#: Characters of a long text, as the official tables allow.
MAX_LONG: Final = 400
_BRACKETS: Final = re.compile(r"\(([^()]*)\)")
_UNITS: Final[Mapping[str, MoneyUnit]] = {"万元": "万元", "元": "元", "单位:万元": "万元", "单位:元": "元"}
_LABEL: Final = re.compile(r"([A-Z]{2})?0*([1-9][0-9]{0,3})")
_BETWEEN: Final = re.compile(r"[;,、，；\s]+")
#: Options are separated by these only: their labels have commas in them.
_BETWEEN_OPTIONS: Final = re.compile(r"[;；\n|]+")
#: So many distinct cells of a column are remembered with what they mean.
_REMEMBERED: Final = 50_000
_KINDS: Final[Mapping[str, Kind]] = {
    "money": "money", "int": "int", "number": "number", "date": "date", "bool": "bool", "text": "text",
}  # fmt: skip
_FROM_ZERO: Final = frozenset({"money", "int", "number"})


@dataclass(slots=True)
class DeclaredRow:
    """One row: its number on the sheet, its values by the names of columns (None: blank), whether it has a fault."""

    number: int
    values: dict[str, Any]
    bad: bool = False

    def get(self, name: str) -> Any:
        """The value in a column; None where it is blank or the sheet has no such column."""
        return self.values.get(name)


@dataclass(slots=True)
class DeclaredTable:
    """A sheet as read. `titles` gives for every column that it has how people find it (letter and heading)."""

    spec: DeclaredSheet
    sheet: str
    titles: dict[str, str]
    rows: list[DeclaredRow] = field(default_factory=list)

    def fault(self, row: DeclaredRow, name: str, message: str, instead: str | None, level: Any = "fault") -> Fault:
        """A fault of a cell; a row that has one is bad."""
        if level == "fault":
            row.bad = True
        place = f"{self.spec.book}.{self.spec.name}.{name}"
        return Fault(place, message, instead, level, self.sheet, row.number, self.titles.get(name))


@dataclass(slots=True)
class _Place:
    """A column of the sheet that is read: where it stands and in which unit its bare amounts are."""

    column: DeclaredColumn
    index: int
    title: str
    unit: MoneyUnit
    known: dict[Any, Any] = field(default_factory=dict)


def read_declared(
    grid: Grid, spec: DeclaredSheet, faults: FaultList, *, unit: MoneyUnit | None = None
) -> DeclaredTable | None:
    """Read one sheet. None, with faults, where its headings cannot be used; nothing to say of an empty sheet.

    `unit` is that of amounts whose heading names none; without it the unit of the official tables, 万元.
    """
    rows = grid.rows()
    head = list(itertools.islice(rows, HEAD_ROWS))
    if all(_blank(cell) for _, row in head for cell in row):
        return None
    found = _find_places([row for _, row in head], grid, spec, faults, unit)
    if found is None:
        return None
    first, places = found
    table = DeclaredTable(spec, grid.name, {place.column.name: place.title for place in places})
    for number, cells in itertools.chain(head[first:], rows):
        row = _read_row(number, cells, places, table, grid, faults)
        if row is not None:
            table.rows.append(row)
    return table


def _blank(cell: object) -> bool:
    return cell is None or cell == "" or (isinstance(cell, str) and not cell.strip())


def _bare(text: str) -> str:
    """A heading without its brackets: units and remarks stand in them."""
    return _BRACKETS.sub("", squash(text))


def _find_places(
    head: list[list[object]], grid: Grid, spec: DeclaredSheet, faults: FaultList, unit: MoneyUnit | None
) -> tuple[int, list[_Place]] | None:
    labels = {label: column for column in spec.columns for label in column.labels}
    bare = {_bare(column.zh): column for column in spec.columns}
    rows = spread_merged(head, grid.merged)

    def meaning(text: str) -> DeclaredColumn | None:
        return labels.get(squash(text)) or bare.get(_bare(text)) or labels.get(_bare(text))

    scores = [sum(1 for cell in row if isinstance(cell, str) and meaning(cell)) for row in rows]
    top = max(range(len(rows)), key=lambda place: (scores[place], -place), default=0)
    if not rows or scores[top] < 2:
        instead = f"a row with the headings of the template, within the first {HEAD_ROWS} rows"
        faults.add(Fault("", "no row of headings was found", instead, sheet=grid.name))
        return None
    leaf = top
    if leaf + 1 < len(rows) and _all_headings(rows[leaf + 1], meaning):
        leaf += 1
    table_unit = next(
        (got for row in rows[:top] for cell in row if isinstance(cell, str) and (got := unit_of_table(cell))), None
    )
    places = _places(rows, top, leaf, meaning, table_unit or unit or UNIT, grid, faults)
    missing = [
        column for column in spec.columns if column.required and column not in [place.column for place in places]
    ]
    for column in missing:
        faults.add(Fault("", f"no column {column.zh}", f"a column {column.heading}", sheet=grid.name, row=leaf + 1))
    return None if missing else (leaf + 1, places)


def _all_headings(row: Sequence[object], meaning: Callable[[str], DeclaredColumn | None]) -> bool:
    filled = [cell for cell in row if not _blank(cell)]
    return bool(filled) and all(isinstance(cell, str) and meaning(cell) for cell in filled)


def _places(
    rows: list[list[object]],
    top: int,
    leaf: int,
    meaning: Callable[[str], DeclaredColumn | None],
    unit: MoneyUnit,
    grid: Grid,
    faults: FaultList,
) -> list[_Place]:
    places: dict[str, _Place] = {}
    for index in range(max(len(row) for row in rows[: leaf + 1])):
        stack = [row[index] for row in rows[top : leaf + 1] if index < len(row)]
        texts = [cell for cell in stack if isinstance(cell, str) and cell.strip()]
        if not texts:
            continue
        column = meaning(texts[-1])
        title = column_title(index, texts[-1])
        if column is None:
            message, instead = "the column is not read", "give it a heading of the template if it is meant"
            faults.add(Fault("", message, instead, "warning", grid.name, leaf + 1, title))
        elif column.name in places:
            message = f"{column.zh} stands in column {places[column.name].title} too"
            faults.add(Fault("", message, "one column for each heading", sheet=grid.name, row=leaf + 1, column=title))
        else:
            own = next((got for text in reversed(texts) if (got := _unit_in(text))), None)
            places[column.name] = _Place(column, index, title, own or unit)
    return list(places.values())


def _unit_in(text: str) -> MoneyUnit | None:
    return next((_UNITS[part] for part in _BRACKETS.findall(squash(text)) if part in _UNITS), None)


def _read_row(
    number: int, cells: Sequence[object], places: Iterable[_Place], table: DeclaredTable, grid: Grid, faults: FaultList
) -> DeclaredRow | None:
    if all(_blank(cell) for cell in cells):
        return None
    row = DeclaredRow(number, {})
    for place in places:
        cell = cells[place.index] if place.index < len(cells) else None
        hole = grid.holes.get((number, place.index)) if grid.holes else None
        if hole is not None:
            faults.add(table.fault(row, place.column.name, *hole))
        elif place.column.ignored:
            continue
        elif _blank(cell):
            row.values[place.column.name] = None
            if place.column.required:
                faults.add(table.fault(row, place.column.name, f"{place.column.zh} is missing", _advice(place.column)))
        else:
            try:
                row.values[place.column.name] = _value(place, cell, grid.serials)
            except BadValue as bad:
                faults.add(table.fault(row, place.column.name, bad.message, bad.instead))
    return row


def _advice(column: DeclaredColumn) -> str:
    if column.options:
        return f"write one of {', '.join(column.options.values())}"
    return f"write {column.zh}"


def _value(place: _Place, cell: object, serials: bool) -> Any:
    """The value of a cell; what was read once is remembered. Raises BadValue."""
    key = (cell.__class__, cell)
    if key in place.known:
        found = place.known[key]
        if isinstance(found, BadValue):
            raise BadValue(found.message, found.instead)
        return found
    try:
        value: Any = _read(place.column, cell, place.unit, serials)
    except BadValue as bad:
        value = bad
    if len(place.known) < _REMEMBERED:
        place.known[key] = value
    if isinstance(value, BadValue):
        raise value
    return value


def _read(column: DeclaredColumn, cell: object, unit: MoneyUnit, serials: bool) -> Any:
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        cell = int(cell)
    if column.kind == "date" and serials and isinstance(cell, int) and 18_264 <= cell < 73_416:
        return dt.date(1899, 12, 30) + dt.timedelta(days=cell)
    if column.kind in _KINDS:
        low = Fraction(0) if column.kind in _FROM_ZERO and not column.negative else None
        return normalise(FactType(column.name, "", _KINDS[column.kind], low=low), cell, money_unit=unit)
    return _READERS[column.kind](column, cell)


def _code(column: DeclaredColumn, cell: object) -> str:
    return str(uscc.parse(_text_of(cell)))


def _division(column: DeclaredColumn, cell: object) -> str:
    text = _text_of(cell)
    offered = re.fullmatch(r"\s*([0-9]{6})\s+\S+\s*", text)
    return divisions.parse(offered[1] if offered else text)


def _year(column: DeclaredColumn, cell: object) -> int:
    year = read_year(cell)
    if year is None:
        raise BadValue(
            f"{quoted(cell)} is not a fiscal year", f"four digits from {FIRST_YEAR} to {LAST_YEAR}, such as 2023"
        )
    return year


def _long(column: DeclaredColumn, cell: object) -> str:
    lines = [" ".join(line.split()) for line in unicodedata.normalize("NFC", _text_of(cell)).splitlines()]
    text = "\n".join(line for line in lines if line)
    if len(text) > MAX_LONG:
        raise BadValue(f"has {len(text)} characters", f"write at most {MAX_LONG}")
    if not all(line.isprintable() for line in lines):
        raise BadValue(f"{quoted(text)} has signs that cannot be printed", "write it without them")
    return text


def _text_of(cell: object) -> str:
    if isinstance(cell, bool) or not isinstance(cell, str | int):
        raise BadValue(f"{quoted(cell)} is not a text", "write it as text, in quotation marks")
    return str(cell)


def _option(column: DeclaredColumn, cell: object) -> str:
    text = plain_label(_text_of(cell))
    for code, label in column.options.items():
        plain = plain_label(label)
        if text in (code, plain, code + plain, f"{code}.{plain}", f"{code}-{plain}"):
            if code in column.refused:
                raise BadValue(f"{label} is not taken here", column.refused[code]["en"])
            return code
    raise BadValue(f"{quoted(cell)} is not one of {'、'.join(column.options.values())}", "choose one of the list")


def _options(column: DeclaredColumn, cell: object) -> tuple[str, ...]:
    parts = [part for part in _BETWEEN_OPTIONS.split(_text_of(cell)) if part.strip()]
    if len(parts) == 1:
        try:
            return (_option(column, parts[0]),)
        except BadValue:
            parts = [part for part in _BETWEEN.split(parts[0]) if part.strip()]
    return tuple(dict.fromkeys(_option(column, part) for part in parts))


def _label(column: DeclaredColumn, cell: object) -> str:
    text = re.sub(r"[\s\-_]+", "", unicodedata.normalize("NFKC", _text_of(cell))).upper()
    found = _LABEL.fullmatch(text)
    if found is None or found[1] not in (None, column.prefix):
        raise BadValue(f"{quoted(cell)} is not a number of this table", f"write it as {column.prefix}01")
    return f"{column.prefix}{int(found[2]):02d}"


def _labels(column: DeclaredColumn, cell: object) -> tuple[str, ...]:
    text = _text_of(cell).strip()
    if text in NONE_WORDS:
        return ()
    return tuple(dict.fromkeys(_label(column, part) for part in _BETWEEN.split(text) if part))


_READERS: Final[Mapping[str, Callable[[DeclaredColumn, object], Any]]] = {
    "code": _code,
    "division": _division,
    "year": _year,
    "long": _long,
    "option": _option,
    "options": _options,
    "label": _label,
    "labels": _labels,
}
