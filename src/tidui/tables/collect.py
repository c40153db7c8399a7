"""Faults as they are found while a table is read, and what a table is once it is read."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from tidui.facts.faults import Fault
from tidui.rules.columns import Column
from tidui.rules.values import Value
from tidui.tables.headings import Heading

#: So many faults are listed one by one; of what is beyond, the number is told.
LISTED_FAULTS: Final = 20_000


@dataclass(slots=True)
class FaultList:
    """Gathers faults up to a limit, and counts the rest."""

    limit: int = LISTED_FAULTS
    listed: list[Fault] = field(default_factory=list)
    dropped: int = 0

    def add(self, fault: Fault) -> None:
        """Keep one fault, or count it where the list is full."""
        if len(self.listed) < self.limit:
            self.listed.append(fault)
        else:
            self.dropped += 1

    def extend(self, faults: Iterable[Fault]) -> None:
        """Keep some faults."""
        for fault in faults:
            self.add(fault)

    @property
    def full(self) -> bool:
        """Whether faults are only counted from here on."""
        return len(self.listed) >= self.limit

    def __iter__(self) -> Iterator[Fault]:
        return iter(self.all())

    def all(self) -> list[Fault]:
        """The faults by sheet and row, and a last one that tells how many are not listed."""
        sheets = {sheet: place for place, sheet in enumerate(dict.fromkeys(fault.sheet for fault in self.listed))}
        ordered = sorted(self.listed, key=lambda fault: (sheets[fault.sheet], fault.row or 0))
        if not self.dropped:
            return ordered
        rest = Fault("", f"{self.dropped} more faults are not listed", "correct these first and read again")
        return [*ordered, rest]


@dataclass(slots=True)
class SectionColumn:
    """One column of facts as read: its heading, how people find it (letter and text), its values."""

    heading: Heading
    title: str
    column: Column
    exact: dict[int, Value] = field(default_factory=dict)


@dataclass(slots=True)
class SectionTable:
    """One sheet or file as read: the rows with their credit code (and year), their place, and columns of facts.

    `section` is None for a wide table. `bad` holds the rows (by their place in the arrays) that have a fault;
    a row whose code cannot be read has the code "".
    """

    section: str | None
    sheet: str
    ids: list[str]
    rows: npt.NDArray[np.int64]
    years: npt.NDArray[np.int32] | None
    columns: list[SectionColumn]
    bad: set[int] = field(default_factory=set)


def column_letter(index: int) -> str:
    """The letter of a spreadsheet column: 0 is A, 26 is AA."""
    letters = ""
    number = index + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def column_title(index: int, text: str) -> str:
    """How a fault names a column: its letter and its heading."""
    plain = " ".join(text.split())
    return f"{column_letter(index)} {plain}" if plain else column_letter(index)


def batched(rows: Iterable[tuple[int, list[object]]], size: int) -> Iterable[list[tuple[int, list[object]]]]:
    """Rows in lists of up to `size`."""
    iterator = iter(rows)
    while chunk := list(itertools.islice(iterator, size)):
        yield chunk
