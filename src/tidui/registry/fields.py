"""Columns of the accepted tables: one kind of column for each kind of fact, labelled by the catalogue.

A column holds a known value; where there is none (`nones` of the row) and where nothing is known it is null.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import ValidationError
from django.db import models

from tidui.facts import catalogue
from tidui.kit.lang import Pair
from tidui.rules.values import MONEY_LIMIT, NUMBER_SCALE, Kind

if TYPE_CHECKING:
    Base = models.Field[Any, Any]
else:
    Base = models.Field


class FactColumn(Base):
    """What all columns of facts share: null for what is not known, and the catalogue's label."""

    #: The kinds of facts that such a column holds.
    kinds: frozenset[Kind] = frozenset()

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"null": True, "blank": True, "editable": False, **options})

    def set_attributes_from_name(self, name: str) -> None:
        """Take the label of the fact of this name."""
        super().set_attributes_from_name(name)
        if name in catalogue.load():
            fact = catalogue.load()[name]
            self.verbose_name = Pair(fact.zh, fact.en)  # type: ignore[assignment]

    def deconstruct(self) -> Any:
        """What a migration keeps: the column, not its label and the options that all such columns have."""
        name, path, args, options = super().deconstruct()
        for shared in ("null", "blank", "editable", "max_length", "verbose_name"):
            options.pop(shared, None)
        return name, path, args, options


class MoneyColumn(FactColumn, models.BigIntegerField):  # type: ignore[type-arg]
    """Money in whole fen."""

    kinds = frozenset({"money"})


class CountColumn(FactColumn, models.BigIntegerField):  # type: ignore[type-arg]
    """A whole number."""

    kinds = frozenset({"int"})


class NumberField(FactColumn, models.BigIntegerField):  # type: ignore[type-arg]
    """A number or a share, kept as a whole multiple of 1/240,000; in Python an int or a Fraction.

    ValidationError for what is not such a multiple: `tidui.registry.checking` refuses it before, with advice.
    """

    kinds = frozenset({"number", "share"})

    def from_db_value(self, value: int | None, expression: Any, connection: Any) -> int | Fraction | None:
        """The number that a stored multiple stands for."""
        return None if value is None else unscaled(value)

    def to_python(self, value: Any) -> int | Fraction | None:
        """A number as it is; a text such as '22/3' read exactly."""
        if value is None:
            return None
        number = Fraction(value)
        return int(number) if number.denominator == 1 else number

    def get_prep_value(self, value: Any) -> int | None:
        """The multiple that is stored."""
        return None if value is None else scaled(value)


class FlagColumn(FactColumn, models.BooleanField):  # type: ignore[type-arg]
    """Yes or no."""

    kinds = frozenset({"bool"})


class DayColumn(FactColumn, models.DateField):  # type: ignore[type-arg]
    """A day in Asia/Shanghai."""

    kinds = frozenset({"date"})


class WordColumn(FactColumn, models.CharField):  # type: ignore[type-arg]
    """A code or a text of at most 200 characters."""

    kinds = frozenset({"code", "text"})

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_length": 200, **options})


class ListColumn(FactColumn, models.JSONField):
    """Days or records, as FACTS files hold them."""

    kinds = frozenset({"dates", "list"})


COLUMNS: Final[tuple[type[FactColumn], ...]] = (
    MoneyColumn, CountColumn, NumberField, FlagColumn, DayColumn, WordColumn, ListColumn,
)  # fmt: skip


def fits(value: int | Fraction) -> bool:
    """Whether a number can be kept exactly: a multiple of 1/240,000, and not out of range."""
    number = Fraction(value) * NUMBER_SCALE
    return number.denominator == 1 and abs(number) < MONEY_LIMIT


def scaled(value: int | Fraction) -> int:
    """The multiple of 1/240,000 that a number is; ValidationError where it is none."""
    number = Fraction(value) * NUMBER_SCALE
    if number.denominator != 1 or abs(number) >= MONEY_LIMIT:
        raise ValidationError(f"{value} cannot be kept as a multiple of 1/{NUMBER_SCALE}")
    return int(number)


def unscaled(multiple: int) -> int | Fraction:
    """The number that a multiple of 1/240,000 stands for."""
    number = Fraction(multiple, NUMBER_SCALE)
    return int(number) if number.denominator == 1 else number
