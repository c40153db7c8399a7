"""Exact reading of numbers as people and spreadsheets write them."""

from __future__ import annotations

import math
import re
import unicodedata
from decimal import Decimal
from fractions import Fraction
from typing import Final

from tidui.codes.faults import BadValue, quoted

#: Longer texts are no numbers that anybody means.
MAX_LENGTH: Final = 60
#: Means of so many parts at most are recovered from a repeating decimal.
MAX_DENOMINATOR: Final = 64
#: A decimal with as many significant digits, and as many of them after the point, was computed, not typed.
LONG_DIGITS: Final = 12
LONG_PLACES: Final = 9

_DECIMAL: Final = re.compile(
    r"(?P<sign>[+-]?)(?P<whole>[0-9]{1,3}(?:,[0-9]{3})+|[0-9]*)(?:\.(?P<part>[0-9]*))?(?:[eE](?P<power>[+-]?[0-9]{1,3}))?"
)
_FRACTION: Final = re.compile(r"(?P<sign>[+-]?)(?P<top>[0-9]+)\s*/\s*(?P<bottom>[0-9]+)")
_MINUS: Final = str.maketrans({"−": "-", "–": "-", "﹣": "-", "⁄": "/", "÷": "/"})
_MAX_POWER: Final = 40

#: English units of one; Chinese has no number, nor have signs such as m².
_OF_ONE: Final = {
    "people": "person", "items": "item", "months": "month", "points": "point", "days": "day",
}  # fmt: skip


def counted(amount: str, unit: str) -> str:
    """A number that is written already, with its unit: `1 person`, `5 people`, `1 人`; the number alone without one."""
    return f"{amount} {_OF_ONE.get(unit, unit) if amount == '1' else unit}".strip()


def plain(text: str) -> str:
    """A text with full-width signs made plain, trimmed, and every sort of minus written as '-'."""
    return unicodedata.normalize("NFKC", text).translate(_MINUS).strip()


def parse(raw: object, *, percent: bool = False) -> int | Fraction:
    """The exact number that was given: 12, 1,234.5, 22/3, 1.5e3, full-width digits, and 12% where `percent`.

    A float stands for the decimal that Python shows for it; a repeating one (7.333333333333333) for the fraction
    that it was rounded from (22/3). Raises BadValue for what is no finite number.
    """
    if isinstance(raw, bool):
        raise BadValue(f"{raw} is not a number", "write a number")
    if isinstance(raw, int):
        return raw
    if isinstance(raw, float):
        return whole(_recovered(of_float(raw)))
    if isinstance(raw, Fraction):
        return whole(raw)
    if isinstance(raw, Decimal):
        return whole(_recovered(_of_decimal(raw)))
    if isinstance(raw, str):
        return whole(_of_text(raw, percent))
    raise BadValue(f"{quoted(raw)} is not a number", "write a number")


def whole(value: Fraction | int) -> int | Fraction:
    """The same number, as an int where it is whole."""
    return int(value) if value.denominator == 1 else value


def of_float(raw: float) -> Fraction:
    """The shortest decimal that a float prints as, exactly; BadValue for NaN and infinity."""
    if not math.isfinite(raw):
        raise BadValue(f"{raw} is not a number", "leave it out if it is not known")
    return Fraction(float.__repr__(raw))


def _of_decimal(raw: Decimal) -> Fraction:
    if not raw.is_finite():
        raise BadValue(f"{raw} is not a number", "leave it out if it is not known")
    if abs(raw.adjusted()) > _MAX_POWER or len(raw.as_tuple().digits) > MAX_LENGTH:
        raise BadValue("is beyond every size that is meant here", "write the number in plain digits")
    return Fraction(raw)


def _of_text(raw: str, percent: bool) -> Fraction:
    if len(raw) > 4 * MAX_LENGTH:
        raise BadValue(f"{quoted(raw)} is not a number", "write a number in plain digits")
    text = plain(raw)
    if len(text) > MAX_LENGTH:
        raise BadValue(f"{quoted(raw)} is not a number", "write a number in plain digits")
    if text.endswith("%"):
        if not percent:
            raise BadValue(f"{quoted(raw)} is a percentage", "write the number itself")
        return _unsigned_text(raw, text[:-1].rstrip()) / 100
    return _unsigned_text(raw, text)


def _unsigned_text(raw: str, text: str) -> Fraction:
    found = _FRACTION.fullmatch(text)
    if found:
        if int(found["bottom"]) == 0:
            raise BadValue(f"{quoted(raw)} divides by zero", "leave it out if it is not known")
        value = Fraction(int(found["top"]), int(found["bottom"]))
        return -value if found["sign"] == "-" else value
    found = _DECIMAL.fullmatch(text)
    if found is None or not (found["whole"] or found["part"]):
        raise BadValue(f"{quoted(raw)} is not a number", _advice(text))
    power = int(found["power"] or 0)
    if abs(power) > _MAX_POWER:
        raise BadValue(f"{quoted(raw)} is beyond every size that is meant here", "write the number in plain digits")
    part = found["part"] or ""
    value = Fraction(int(found["whole"].replace(",", "") + part or "0"), 10 ** len(part)) * Fraction(10) ** power
    return _recovered(-value if found["sign"] == "-" else value)


def _advice(text: str) -> str:
    if text.casefold() in {"nan", "inf", "-inf", "infinity", "-infinity", "n/a", "#n/a", "null", "-", "--", "/"}:
        return "leave it out if it is not known; write 0 if it is zero"
    if re.fullmatch(r"\([0-9.,]+\)", text):
        return f"write -{text[1:-1]} if it is negative"
    if "," in text:
        return "write the number without separators, with a point before the decimals"
    return "write a number in plain digits, such as 1234.5"


def digits(value: Fraction) -> tuple[int, int]:
    """How many significant digits a decimal has, and how many of its places stand after the point; no decimal: 0, 0."""
    numerator, denominator = abs(value.numerator), value.denominator
    twos = fives = 0
    while denominator % 2 == 0:
        denominator, twos = denominator // 2, twos + 1
    while denominator % 5 == 0:
        denominator, fives = denominator // 5, fives + 1
    if denominator != 1:
        return 0, 0
    places = max(twos, fives)
    return len(str(numerator * 10**places // value.denominator).strip("0")), places


def _recovered(value: Fraction) -> Fraction:
    """The number that a long decimal was rounded from: a decimal of at most 8 digits, else a fraction of at most 64ths.

    Only for decimals of 12 digits and 9 places and more, and only within 1e-12 of the value, relatively: nobody
    types those.
    """
    significant, places = digits(value)
    if significant < LONG_DIGITS or places < LONG_PLACES:
        return value
    exponent = math.floor(math.log10(abs(value)))
    short = Fraction(round(value * Fraction(10) ** (7 - exponent))) / Fraction(10) ** (7 - exponent)
    for guess in (short, value.limit_denominator(MAX_DENOMINATOR)):
        if abs(guess - value) * 10**12 <= abs(value):
            return guess
    return value
