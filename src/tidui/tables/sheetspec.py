"""What a sheet of an output holds: its names, its columns, and how values are shown in them."""

from __future__ import annotations

import datetime as dt
import decimal
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal, Protocol

from tidui.codes.money import decimal_text
from tidui.rules.values import NoneValue

Lang = Literal["zh", "en"]
#: money is whole fen when written and yuan when shown; a share is a fraction of one.
CellKind = Literal["text", "money", "int", "number", "share", "bool", "date"]

#: What a spreadsheet cell can hold.
MAX_CELL_TEXT: Final = 32_767
_FORMULA: Final = re.compile(r"^[\s]*[=+\-@＝＋－＠\t\r]")
_WORDS: Final = {"zh": ("是", "否", "无"), "en": ("yes", "no", "none")}


@dataclass(frozen=True, slots=True)
class ColumnSpec:
    """One column: its name in machine-read files, its labels in workbooks, the kind of its cells."""

    name: str
    zh: str
    en: str
    kind: CellKind = "text"
    width: int | None = None

    def label(self, lang: Lang) -> str:
        """The heading in a workbook, with the unit where it is money."""
        text = self.zh if lang == "zh" else self.en
        unit = {"zh": "(元)", "en": " (yuan)"}[lang]
        return f"{text}{unit}" if self.kind == "money" else text


@dataclass(frozen=True, slots=True)
class SheetSpec:
    """One sheet: its name (also of the file in a folder), its titles, its columns."""

    name: str
    zh: str
    en: str
    columns: Sequence[ColumnSpec]

    def title(self, lang: Lang) -> str:
        """The name of the sheet in a workbook."""
        return self.zh if lang == "zh" else self.en


class Sink(Protocol):
    """Where the rows of an output go while it is written, in one form of file."""

    def write_rows(self, sheet: str, rows: Iterable[Sequence[object]]) -> None:
        """Append rows to a sheet."""
        ...

    def write_arrow(self, sheet: str, table: object) -> None:
        """Append an Arrow table or record batch, its columns by the names of the sheet's columns."""
        ...

    def close(self) -> None:
        """Write what is still held back and close the files."""
        ...

    def abandon(self) -> None:
        """Close the files without finishing them."""
        ...


def is_formula(text: str) -> bool:
    """Whether a spreadsheet program might run this text as a formula."""
    return _FORMULA.match(text) is not None


def neutral(text: str) -> str:
    """The text with an apostrophe before it where a spreadsheet program might run it as a formula."""
    return f"'{text}" if is_formula(text) else text


def shown_text(value: object, kind: CellKind, lang: Lang) -> str:
    """A cell of a CSV file: yuan with two decimals, dates as 2023-01-05, true and false, nothing for unknown."""
    if value is None:
        return ""
    if isinstance(value, NoneValue):
        return none_word(lang)
    if kind == "bool":
        return "true" if value else "false"
    if kind == "money" and isinstance(value, int):
        return decimal_text(value)
    if isinstance(value, Fraction):
        return repr(float(value)) if value.denominator != 1 else str(value.numerator)
    if isinstance(value, dt.date | int | float | decimal.Decimal):
        return str(value)
    return neutral(str(value))


def none_word(lang: Lang) -> str:
    """How "there is none" is shown."""
    return _WORDS[lang][2]


def bool_word(value: object, lang: Lang) -> str:
    """How a boolean is shown."""
    return _WORDS[lang][0] if value else _WORDS[lang][1]
