"""The columns of a list: what a cell holds, how it looks on the page and in a workbook, who sees it whole."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from django.core.exceptions import ObjectDoesNotExist
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from tidui.kit import access, formats
from tidui.kit.lists.masks import mask_of

Kind = Literal["text", "code", "money", "int", "number", "share", "date", "moment", "bool", "badge"]
Label = Any  # a text, translated when it is shown
Getter = str | Callable[[Any], Any] | None

NUMERIC: Final = frozenset({"money", "int", "number", "share"})
#: Characters of a text cell on the page; the export holds the whole.
LONGEST_CELL: Final = 200
YUAN: Final = _("(元)")


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One column. `value` is a dotted path from the row, or a function of it; without one it is the name.

    `mask` desensitises the text unless the person holds the permission `clear` for the row. `sort` names the field (or
    fields, lookups with `__`) that order the rows. `choices` (and `tones` of a badge) give the value its label; they
    are looked up once a list, where Django's `get_…_display` makes them anew for every row.
    """

    name: str
    label: Label
    kind: Kind = "text"
    value: Getter = None
    sort: str | Sequence[str] | None = None
    link: Callable[[Any], str | None] | None = None
    mask: str | None = None
    clear: str | None = None
    page: bool = True
    export: bool = True
    choices: Sequence[tuple[Any, Any]] = ()
    tones: Mapping[Any, str] | None = None
    strong: bool = False

    def __post_init__(self) -> None:
        if self.mask is not None:
            mask_of(self.mask)

    @property
    def sorts(self) -> tuple[str, ...]:
        """The fields that order the rows by this column; none if it does not order them."""
        if self.sort is None:
            return ()
        return (self.sort,) if isinstance(self.sort, str) else tuple(self.sort)

    @property
    def heading(self) -> str:
        """The label, with the unit of money: its cells hold bare numbers."""
        label = formats.heading(self.label)
        return f"{label}{YUAN}" if self.kind == "money" else label

    @property
    def numeric(self) -> bool:
        """Is it aligned to the right?"""
        return self.kind in NUMERIC

    def raw(self, row: Any) -> Any:
        """The value of a row, before it is desensitised or worded; None where a record on the way is missing."""
        if callable(self.value):
            return self.value(row)
        found = row
        for step in (self.value or self.name).split("."):
            try:
                found = getattr(found, step)
            except ObjectDoesNotExist:
                return None
            if found is None:
                return None
        return found() if callable(found) else found

    def shown(self, row: Any, user: Any) -> Any:
        """The value as this person may know it."""
        value = self.raw(row)
        if self.choices:
            label = _labels(self.choices, get_language() or "").get(value, value)
            return label, (self.tones or {}).get(value, "neutral")
        if self.mask is None or value in (None, ""):
            return value
        if self.clear is not None and access.check(self.clear, user, row):
            return value
        return mask_of(self.mask)(str(value))


_worded: dict[tuple[int, str], tuple[Sequence[tuple[Any, Any]], dict[Any, str]]] = {}


def _labels(choices: Sequence[tuple[Any, Any]], language: str) -> dict[Any, str]:
    """The labels of choices in a language, kept for as long as the choices themselves."""
    key = (id(choices), language)
    if key not in _worded:
        _worded[key] = (choices, {value: str(label) for value, label in choices})
    return _worded[key][1]


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of the page."""

    column: Column
    text: str
    url: str | None = None
    tone: str = "neutral"
    machine: str = field(default="")


def cell(column: Column, row: Any, user: Any) -> Cell:
    """The cell of a row on the page."""
    value = column.shown(row, user)
    url = column.link(row) if column.link is not None else None
    if column.kind == "badge" or isinstance(value, tuple):
        text, tone = value if isinstance(value, tuple) else (value, "neutral")
        return Cell(column, worded(column.kind, text), url, str(tone))
    machine = value.isoformat() if isinstance(value, dt.date) else ""
    return Cell(column, worded(column.kind, value), url, machine=machine)


def worded(kind: Kind, value: Any) -> str:
    """A value in words, as the page shows it."""
    if value is None or value == "":
        return formats.NOTHING
    if kind == "bool":
        return formats.yes_no(value)
    if kind == "money":
        return formats.money(value, "bare")
    if kind == "share":
        return formats.share(value, 2)
    if kind in ("int", "number"):
        return formats.number(value)
    if isinstance(value, dt.datetime):
        return formats.moment(value)
    if isinstance(value, dt.date):
        return formats.day(value, short=True)
    text = str(value)
    return text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…"


def _maker(kind: Kind) -> Callable[..., Column]:
    def make(name: str, label: Label, **options: Any) -> Column:
        return Column(name, label, kind, **options)

    make.__doc__ = f"A column of kind {kind}."
    return make


text = _maker("text")
code = _maker("code")
money = _maker("money")
whole = _maker("int")
number = _maker("number")
share = _maker("share")
date = _maker("date")
moment = _maker("moment")
yes_no = _maker("bool")
badge = _maker("badge")
