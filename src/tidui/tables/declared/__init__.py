"""Tables that are declared: which sheets a workbook of a published shape has, and what stands in their columns.

The official declaration tables and the tables of the take-over are files beside this module (`official.yaml`,
`takeover.yaml`); `reading` reads a sheet by its declaration, `template` writes the blank workbook.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import yaml

from tidui.codes.money import MoneyUnit
from tidui.tables.headings import squash
from tidui.tables.sheetspec import Lang

_BAD_IN_NAMES: Final[dict[int, str]] = {ord(sign): " " for sign in "[]:*?/\\"}
#: The declared workbooks: the official tables, and the take-over of the years before.
BOOKS: Final = ("official", "takeover")
#: The unit of amounts without one in the heading: that of the official tables.
UNIT: Final[MoneyUnit] = "万元"


@dataclass(frozen=True, slots=True)
class DeclaredColumn:
    """One column. `kind` says how its cells are read; `computed` columns are compared, `ignored` ones passed over."""

    name: str
    zh: str
    en: str
    kind: str
    required: bool = False
    options: Mapping[str, str] = field(default_factory=dict)
    refused: Mapping[str, Mapping[Lang, str]] = field(default_factory=dict)
    prefix: str = ""
    negative: bool = False
    computed: bool = False
    ignored: bool = False
    note: Mapping[Lang, str] = field(default_factory=dict)
    width: int = 14
    also: tuple[str, ...] = ()

    @property
    def heading(self) -> str:
        """The heading of a template: the label with the unit of money."""
        return f"{self.zh}({UNIT})" if self.kind == "money" else self.zh

    @property
    def labels(self) -> tuple[str, ...]:
        """What the column is found under, as headings are compared."""
        return tuple(dict.fromkeys(squash(one) for one in (self.zh, *self.also, self.name, self.en)))


@dataclass(frozen=True, slots=True)
class DeclaredSheet:
    """One sheet: its names, its columns, and rows that show how it is filled."""

    book: str
    name: str
    zh: str
    en: str
    columns: tuple[DeclaredColumn, ...]
    also: tuple[str, ...] = ()
    examples: Sequence[Mapping[str, Any]] = field(default=(), repr=False)

    def column(self, name: str) -> DeclaredColumn:
        """The column of this name; KeyError if there is none."""
        return next(column for column in self.columns if column.name == name)


@dataclass(frozen=True, slots=True)
class DeclaredBook:
    """One workbook: its names, the words on its first sheet, its sheets by name."""

    name: str
    zh: str
    en: str
    help: Mapping[Lang, Sequence[str]]
    sheets: Mapping[str, DeclaredSheet]


@functools.cache
def book(name: str) -> DeclaredBook:
    """A declared workbook."""
    text = Path(__file__).with_name(f"{name}.yaml").read_bytes()
    entries: dict[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)
    sheets = {key: _sheet(name, key, entry, entries["lists"]) for key, entry in entries["sheets"].items()}
    titles = entries["workbook"]
    return DeclaredBook(name, titles["zh"], titles["en"], entries["help"], MappingProxyType(sheets))


def _sheet(book_name: str, key: str, entry: Mapping[str, Any], lists: Mapping[str, Any]) -> DeclaredSheet:
    columns = tuple(_column(name, one, lists) for name, one in entry["columns"].items())
    also = tuple(entry.get("also", ()))
    return DeclaredSheet(book_name, key, entry["zh"], entry["en"], columns, also, tuple(entry["examples"]))


def _column(name: str, entry: Mapping[str, Any], lists: Mapping[str, Any]) -> DeclaredColumn:
    options = entry.get("options") or lists.get(entry.get("list", ""), {})
    plain = ("required", "refused", "prefix", "negative", "computed", "ignored", "note", "width")
    taken = {key: entry[key] for key in plain if key in entry}
    return DeclaredColumn(
        name, entry["zh"], entry["en"], entry["type"], options=options, also=tuple(entry.get("also", ())), **taken
    )


@functools.cache
def _by_title() -> Mapping[str, DeclaredSheet]:
    found: dict[str, DeclaredSheet] = {}
    for name in BOOKS:
        for sheet in book(name).sheets.values():
            for title in (sheet.zh, *sheet.also):
                found[squash(_cut(title))] = sheet
    return found


def _cut(title: str) -> str:
    """A title as a worksheet can carry it."""
    return title.translate(_BAD_IN_NAMES)[:31]


def sheet_of_title(title: str) -> DeclaredSheet | None:
    """The declared sheet that a worksheet of this name holds, or None."""
    return _by_title().get(squash(_cut(title)))
