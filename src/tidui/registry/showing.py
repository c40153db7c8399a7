"""Values of facts as people read them, and as they are typed into a form."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from django.utils.translation import gettext as _

from tidui.codes import fields
from tidui.codes.money import FEN_PER, MoneyUnit
from tidui.codes.numbers import counted
from tidui.facts import catalogue
from tidui.kit import formats, lang
from tidui.registry.layout import label_of
from tidui.rules.values import FactType, NoneValue, Value

# tidui: data
_UNITS: Final = {
    "people": ("人", "people"),
    "items": ("项", "items"),
    "months": ("个月", "months"),
    "sqm": ("平方米", "m²"),
}


def shown(name: str, value: Value | None, unit: str = "yuan") -> str:
    """A value in words: with its unit, `无` where there is none, a dash where it is not known."""
    if value is None:
        return formats.NOTHING
    if isinstance(value, NoneValue):
        return _("无")
    return _shown(catalogue.load()[name], value, unit)


def _shown(fact: FactType, value: Any, unit: str) -> str:
    match fact.kind:
        case "money":
            return formats.money(value, unit)
        case "share":
            return formats.share(value)
        case "int" | "number":
            text = formats.number(value) if _decimal(value) is not None else str(value)
            return counted(text, unit_of(fact))
        case "bool":
            return formats.yes_no(value)
        case "date":
            return formats.day(value)
        case "dates":
            return formats.listed(formats.day(day, short=True) for day in value)
        case "list":
            return _("；").join(_record(fact, record) for record in value)
        case "code":
            return _code(fact, value)
    return str(value)


def _record(fact: FactType, record: Any) -> str:
    known = catalogue.load().fields(fact.name)
    parts = []
    held = dict(record)
    for field, of in known.items():
        if field not in held:
            continue
        value = held[field]
        if isinstance(value, NoneValue):
            parts.append(_("无"))
        elif of.options:
            parts.append(lang.of(catalogue.load().options(f"{fact.name}.{field}").get(value, value), str(value)))
        elif of.kind == "int":
            parts.append(str(value))
        else:
            parts.append(_shown(of, value, "yuan"))
    return " ".join(parts)


def _code(fact: FactType, value: str) -> str:
    if fact.options:
        return lang.of(catalogue.load().options(fact.name).get(value, value), value)
    if catalogue.load().forms.get(fact.name) == "field":
        found = fields.SECOND_LEVEL[value]
        return f"{value} {lang.of(found.zh, found.en)}"
    return value


def unit_of(fact: FactType) -> str:
    """The unit of a number that is not money, in the language of the page."""
    return lang.of(*_UNITS[fact.unit]) if fact.unit in _UNITS else ""


def typed(name: str, value: Value | None, unit: MoneyUnit = "元") -> str:
    """A value as it would be typed: reading it gives the value again. Empty where it is not known, or is none."""
    if value is None or isinstance(value, NoneValue):
        return ""
    fact = catalogue.load()[name]
    if fact.kind == "money":
        return amount(int(value), unit)  # type: ignore[arg-type]
    if fact.kind == "share":
        return _percent(value)
    if fact.kind == "dates":
        return "\n".join(str(day) for day in value)  # type: ignore[union-attr]
    if fact.kind == "list":
        return "\n".join(_typed_record(fact, record, unit) for record in value)  # type: ignore[union-attr]
    if fact.kind == "bool":
        return "true" if value else "false"
    if isinstance(value, dt.date):
        return value.isoformat()
    exact = _decimal(value) if isinstance(value, int | Fraction) else None
    return str(value) if exact is None else f"{exact:f}"


def amount(fen: int, unit: MoneyUnit) -> str:
    """An amount as it is typed in a unit: 1,234,567.89 yuan, 123.456789 万元."""
    text = f"{Decimal(fen) / FEN_PER[unit]:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _decimal(value: Any) -> Decimal | None:
    """The number with at most four decimals; None where it needs more."""
    scaled = Fraction(value) * 10_000
    return Decimal(int(scaled)).scaleb(-4).normalize() if scaled.denominator == 1 else None


def _percent(value: Any) -> str:
    exact = _decimal(Fraction(value) * 100)
    return str(value) if exact is None else f"{exact:f}%"


def _typed_record(fact: FactType, record: Any, unit: MoneyUnit) -> str:
    held = dict(record)
    parts = []
    for field, of in catalogue.load().fields(fact.name).items():
        if field in held:
            value = held[field]
            text = amount(value, unit) if of.kind == "money" else str(value)
            parts.append(f"{field}={text}" if of.kind == "money" else text)
    return " ".join(parts)


def place_label(section: str, year: int | None) -> str:
    """The name of a part of the file: `年度经营与研发 2025`."""
    from tidui.registry.enums import Section

    label = str(Section(section).label)
    return f"{label} {year}" if year else label


__all__ = ["amount", "label_of", "place_label", "shown", "typed", "unit_of"]
