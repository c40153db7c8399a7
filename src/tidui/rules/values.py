"""What a fact may hold, and how the engine is told what facts there are.

The engine knows no fact by name: it is handed a catalogue of `FactType` and, for each enterprise, something
that answers `get(name, year)`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final, Literal, Protocol, TypeAlias


class _None:
    """The one value that says "there is none": never recognised, no field, no such fiscal year."""

    _instance: _None | None = None

    def __new__(cls) -> _None:
        if cls._instance is None:
            cls._instance = super().__new__(cls)
        return cls._instance

    def __repr__(self) -> str:
        return "NONE"

    def __bool__(self) -> bool:
        return False

    def __reduce__(self) -> str:
        return "NONE"


NONE: Final = _None()
NoneValue: TypeAlias = _None

Record: TypeAlias = "tuple[tuple[str, Scalar | NoneValue], ...]"
Scalar: TypeAlias = int | Fraction | bool | str | dt.date
Value: TypeAlias = Scalar | tuple[dt.date, ...] | tuple[Record, ...] | NoneValue

Kind = Literal["money", "int", "number", "share", "bool", "date", "code", "text", "dates", "list"]

#: Numbers and shares travel in machine columns as whole multiples of 1/240,000: two-dozenths (means of monthly
#: means) and four decimals are exact. What does not fit is settled by exact arithmetic, row by row.
NUMBER_SCALE: Final = 240_000
#: Marks are means over a panel: thirds, sevenths … up to sixteenths, and three decimals, are exact.
MARK_SCALE: Final = 90_090_000
#: Money is refused at load from here on (fen), so that sums cannot wrap.
MONEY_LIMIT: Final = 2**50


@dataclass(frozen=True, slots=True)
class FactType:
    """One entry of the catalogue of facts.

    `low` and `high` bound the value in the file's own unit (yuan for money, both included); `fields` gives the
    kinds of the fields of a list's records; `yearly` facts are read at a year offset.
    """

    name: str
    section: str
    kind: Kind
    unit: str = ""
    low: Fraction | None = None
    high: Fraction | None = None
    yearly: bool = False
    can_be_none: bool = False
    status: bool = False
    fields: Mapping[str, Kind] = field(default_factory=dict)
    zh: str = ""
    en: str = ""
    options: tuple[str, ...] = ()

    @property
    def scale(self) -> int:
        """The whole number by which a value of this fact is multiplied in a machine column."""
        if self.kind in ("number", "share"):
            return MARK_SCALE if self.section == "expert" else NUMBER_SCALE
        return 1


class Catalogue(Protocol):
    """The facts that there are."""

    def __getitem__(self, name: str) -> FactType: ...

    def __contains__(self, name: object) -> bool: ...

    def __iter__(self) -> Iterator[str]: ...


class Facts(Protocol):
    """The facts of one enterprise."""

    def get(self, name: str, year: int | None) -> Value | None:
        """The value of a fact (of a fiscal year, where the fact is yearly); None if unknown, NONE if there is none."""
        ...


EPOCH: Final = dt.date(1970, 1, 1)


def day_number(day: dt.date) -> int:
    """Days since 1970-01-01."""
    return (day - EPOCH).days


def day_of(number: int) -> dt.date:
    """The date so many days after 1970-01-01; the calendar's first or last day beyond its ends."""
    if number < -719_162:
        return dt.date.min
    if number > 2_932_896:
        return dt.date.max
    return EPOCH + dt.timedelta(days=number)
