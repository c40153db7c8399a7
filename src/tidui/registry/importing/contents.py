"""What a file says of each enterprise: its facts by section and year, and its rows of declared tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from tidui.accounts.models import Organisation
from tidui.facts import catalogue
from tidui.facts.faults import Fault
from tidui.rules.values import NoneValue, Value
from tidui.tables.declared.reading import DeclaredRow, DeclaredTable
from tidui.tables.importing import ImportInput, Part, facts_of, row_of

#: Facts of the enterprise's sheet that are held by the register of organisations, or say where it belongs.
PLACES: Final = ("name", "division", "located_in", "affiliated_to")
#: The sheets of a declared workbook that say where an enterprise belongs.
_WITH_PLACES: Final = frozenset({("official", "main"), ("takeover", "events"), ("takeover", "carriers")})

#: A row of a declared table, with its table.
Placed = tuple[DeclaredTable, DeclaredRow]


@dataclass(slots=True)
class Firm:
    """What the file says of one enterprise. `sheet` and `row` are where it is first named.

    `given` are name, division, zone and affiliation as the file has them; `parts` its facts; `rows` its rows of
    declared tables by workbook and sheet.
    """

    code: str
    sheet: str
    row: int
    place: int | None = None
    bad: bool = False
    given: dict[str, str] = field(default_factory=dict)
    parts: dict[Part, dict[str, Value]] = field(default_factory=dict)
    rows: dict[tuple[str, str], list[Placed]] = field(default_factory=dict)
    #: The organisation, not saved yet where it is new; set by `preparing`.
    organisation: Organisation | None = None
    new: bool = False
    #: Statuses that the file gives and its source may not write: they must be those that are accepted.
    statuses: dict[str, Value] = field(default_factory=dict)

    def of(self, book: str, sheet: str) -> list[Placed]:
        """The rows of a declared table."""
        return self.rows.get((book, sheet), [])


class Contents:
    """A file as read, enterprise by enterprise, in chunks: the values of a chunk are made when they are asked for."""

    def __init__(self, read: ImportInput) -> None:
        self.read = read
        store = read.store
        self._places: dict[str, int] = {}
        if store is not None:
            self._places = {code: place for place, code in enumerate(store.ids) if code}
        self._only = _only_code(read)
        self._rows: dict[str, list[Placed]] = {}
        for table in read.declared:
            for row in table.rows:
                self._rows.setdefault(self._code(table, row), []).append((table, row))
        self._rows.pop("", None)
        self.codes = [*self._places, *(code for code in self._rows if code not in self._places)]

    def _code(self, table: DeclaredTable, row: DeclaredRow) -> str:
        """The credit code of a row; that of the only enterprise of the file where it is left blank."""
        code = row.get("uscc")
        if code is None and not row.bad:
            if self._only:
                return self._only
            fault = table.fault(row, "uscc", "the credit code is missing", "the 18 characters of the licence")
            self.read.faults.add(fault)
        return code or ""

    @property
    def has_past(self) -> bool:
        """Whether the file takes over the years before."""
        return any(table.spec.book == "takeover" for table in self.read.declared)

    def firms(self, size: int) -> Iterator[list[Firm]]:
        """What the file says of its enterprises, so many at a time, in the order of the file."""
        for start in range(0, len(self.codes), size):
            codes = self.codes[start : start + size]
            yield [self._firm(code, facts) for code, facts in zip(codes, self._facts(codes, start), strict=True)]

    def _facts(self, codes: list[str], start: int) -> list[dict[Part, dict[str, Value]]]:
        """The facts of these enterprises: those of the store come first, in its order."""
        store = self.read.store
        inside = [self._places[code] for code in codes if code in self._places]
        if store is None or not inside:
            return [{} for _ in codes]
        first, last = min(inside), max(inside) + 1
        found = facts_of(store, first, last, self.read.year)
        return [found[self._places[code] - first] if code in self._places else {} for code in codes]

    def _firm(self, code: str, parts: dict[Part, dict[str, Value]]) -> Firm:
        rows = self._rows.get(code, [])
        place = self._places.get(code)
        store = self.read.store
        if place is not None and store is not None:
            sheet, number = row_of(store, place)
        else:
            sheet, number = rows[0][0].sheet, rows[0][1].number
        firm = Firm(code, sheet, number, place, bad=self._is_bad(place, rows), parts=parts)
        for table, row in rows:
            firm.rows.setdefault((table.spec.book, table.spec.name), []).append((table, row))
        firm.given = _given(firm)
        return firm

    def _is_bad(self, place: int | None, rows: list[Placed]) -> bool:
        store = self.read.store
        return (place is not None and store is not None and bool(store.bad[place])) or any(row.bad for _, row in rows)

    def fault(
        self,
        firm: Firm,
        message: str,
        instead: str | None,
        *,
        part: Part | None = None,
        name: str = "",
        level: Any = "fault",
    ) -> Fault:
        """A fault of an enterprise, at the cell of a fact if it is about one; a fault makes the enterprise bad."""
        if level == "fault":
            firm.bad = True
        store = self.read.store
        sheet, row, column = firm.sheet, firm.row, None
        path = ""
        if part is not None and name:
            path = f"{part[0]}.{name}" if part[1] is None else f"{part[0]}.{part[1]}.{name}"
            if firm.place is not None and store is not None:
                found = store.locate(firm.place, name, part[1], self.read.year)
                sheet, row, column = found[0], found[1] or firm.row, found[2]
        return Fault(path, message, instead, level, sheet, row, column)


def _only_code(read: ImportInput) -> str:
    """The credit code of the only enterprise that the file names; "" where there is none or more than one."""
    codes: set[str] = set(read.store.ids) if read.store is not None else set()
    for table in read.declared:
        codes.update(row.get("uscc") or "" for row in table.rows)
    codes.discard("")
    return codes.pop() if len(codes) == 1 else ""


def _given(firm: Firm) -> dict[str, str]:
    """Name, division, zone and affiliation, taken out of the facts; what the sheet of enterprises says comes first."""
    given: dict[str, str] = {}
    facts = firm.parts.get(("enterprise", None), {})
    for name in PLACES:
        value = facts.pop(name, None)
        if value is not None and not isinstance(value, NoneValue):
            given[name] = str(value)
    if not facts:
        firm.parts.pop(("enterprise", None), None)
    for table in sorted(_WITH_PLACES & firm.rows.keys()):
        for _, row in firm.rows[table]:
            for name in PLACES:
                if row.get(name) and (name != "name" or table != ("takeover", "property")):
                    given.setdefault(name, row.get(name))
    return given


def label_of(name: str) -> str:
    """The Chinese label of a fact, for the preview."""
    known = catalogue.load()
    return known[name].zh if name in known else name
