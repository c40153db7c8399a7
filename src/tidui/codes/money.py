"""Money: whole fen inside, yuan outside, exactly.

A fen is 1/100 yuan (元), 万元 is 10,000 yuan. Amounts from 2^50 fen on are refused, so that no sum can wrap.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal
from fractions import Fraction
from typing import Final, Literal

from tidui.codes import numbers
from tidui.codes.faults import BadValue, quoted

MoneyUnit = Literal["元", "万元", "分"]

#: Money of this many fen, about 11 trillion yuan, and more is refused.
LIMIT: Final = 2**50
FEN_PER: Final[dict[str, int]] = {"分": 1, "元": 100, "万元": 1_000_000, "亿元": 10_000_000_000}

_SIGN: Final = re.compile(r"^(?P<minus>-?)\s*(?:¥|CNY|RMB|人民币)\s*|\s*(?:CNY|RMB|人民币)$", re.IGNORECASE)
_SUFFIX: Final = re.compile(r"^(?P<number>.*[0-9.])\s*(?P<unit>亿元?|万元?|元|圆|分)\s*整?$")
#: A sum of floats is off by a few units of its last place; more than this share of a fen is never noise.
_NOISE: Final = Fraction(1, 1_000_000)
_MOST_NOISE: Final = Fraction(1, 20)


def parse(raw: object, unit: MoneyUnit = "元") -> int:
    """The amount in fen of a number (or text) in the given unit; a text's own unit (3,200万元) wins.

    Raises BadValue for what is not an amount, for more than two decimals of a yuan (the noise of float arithmetic
    apart) and from 2^50 fen on.
    """
    scale = FEN_PER[unit]
    noisy = isinstance(raw, float)
    if isinstance(raw, str):
        if len(raw) > 4 * numbers.MAX_LENGTH:
            raise BadValue(f"{quoted(raw)} is not an amount", "write the amount in plain digits")
        text, own = _split(numbers.plain(raw))
        scale = FEN_PER.get(own or unit, scale)
        value, noisy = _text_value(text, raw)
    elif isinstance(raw, float):
        value = numbers.of_float(raw)
    else:
        value = Fraction(numbers.parse(raw))
    return _whole_fen(value, scale, noisy, raw)


def _split(text: str) -> tuple[str, str | None]:
    """A text without its currency sign, and the unit written after the number."""
    text = _SIGN.sub(lambda found: found["minus"] or "", text)
    found = _SUFFIX.match(text)
    if found is None:
        return text, None
    unit = found["unit"].replace("圆", "元")
    return found["number"], unit if unit in FEN_PER else unit + "元"


def _text_value(text: str, raw: str) -> tuple[Fraction, bool]:
    """The number in a text, and whether it is the print of a float (16 digits and 7 decimals, and more)."""
    digits = re.sub(r"[^0-9]", "", text.partition("e")[0]).strip("0")
    if len(digits) >= 16 and re.fullmatch(r"-?[0-9]+\.[0-9]{7,}(e-?[0-9]+)?", text):
        return numbers.of_float(float(text)), True
    try:
        return Fraction(numbers.parse(text)), False
    except BadValue as bad:
        raise BadValue(f"{quoted(raw)} is not an amount of money", bad.instead) from None


def _whole_fen(value: Fraction, scale: int, noisy: bool, raw: object) -> int:
    exact = value * scale
    if abs(exact) >= LIMIT + 1:
        raise BadValue(f"{quoted(raw)} is more money than there is", "check the unit: amounts are in yuan")
    fen = round(exact)
    if fen != exact and not (noisy and abs(exact - fen) <= _tolerance(value, scale)):
        nearest = decimal_text(math.floor(exact + Fraction(1, 2)))
        raise BadValue(
            f"{quoted(raw)} is not a whole number of fen", f"write yuan with two decimals, such as {nearest}"
        )
    if abs(fen) >= LIMIT:
        raise BadValue(f"{quoted(raw)} is more money than there is", "check the unit: amounts are in yuan")
    return fen


def _tolerance(value: Fraction, scale: int) -> Fraction:
    """By how much of a fen a float may be off: a millionth, or four units of its last place, never over 1/20."""
    last_place = Fraction(math.ulp(float(value))) * scale
    return max(_NOISE, min(4 * last_place, _MOST_NOISE))


def decimal_text(fen: int) -> str:
    """Yuan as a decimal text with two places: 12345 fen is '123.45'."""
    yuan, rest = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{yuan}.{rest:02d}"


def display(fen: int, unit: Literal["元", "万元"] = "元") -> str:
    """An amount as people read it, exactly: '1,234.50 元', '3,200 万元', '0.0001 万元'."""
    number = Decimal(fen).scaleb(-2 if unit == "元" else -6)
    text = f"{number:,f}"
    if unit == "万元":
        text = text.rstrip("0").rstrip(".")
    return f"{text} {unit}"
