"""How values are written for people: money, shares, numbers, days and moments, and what is hidden of personal data."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.utils.safestring import mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

NOTHING: Final = "—"
SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
#: Whole numbers that stand for one, in stored numbers and shares (rules.values.NUMBER_SCALE).
SCALE: Final = 240_000
_YI, _WAN = 10_000_000_000, 1_000_000  # 亿元 and 万元 in fen

_MOBILE = re.compile(r"(?<!\d)(1[3-9]\d)\d{4}(\d{4})(?!\d)")
_LANDLINE = re.compile(r"(?<!\d)(0\d{2,3}-?)\d{4}(\d{3,4})(?!\d)")
_IDENTITY = re.compile(r"(?<![0-9A-Za-z])(\d{6})\d{8}(\d{3}[0-9Xx])(?![0-9A-Za-z])")
_MAIL = re.compile(r"([A-Za-z0-9])[A-Za-z0-9._%+-]*@([A-Za-z0-9.-]+)")


def english() -> bool:
    """Do the pages speak English now?"""
    return (get_language() or "").startswith("en")


def number(value: Any, digits: int | None = None) -> str:
    """A number with thousands separators, rounded half up; without `digits` as many as it needs, at most four."""
    if type(value) is int and not digits:
        return f"{value:,}"
    exact = _decimal(value, 4 if digits is None else digits)
    if exact is None:
        return NOTHING
    text = f"{exact:,f}"
    return text.rstrip("0").rstrip(".") if digits is None and "." in text else text


def money(fen: Any, unit: str = "yuan") -> str:
    """Money in fen as people read it: in 元 (`yuan`), 万元 (`wan`), what says it exactly (`auto`), or bare (`bare`).

    `auto` is for what people act on, bounds and what is missing to them: 亿元 where two digits say it exactly,
    万元 where four do (whole yuan), else 元. English has no 万: it says yuan, to the fen.
    """
    if fen is None or fen == "":
        return NOTHING
    if unit == "bare":
        return number(Fraction(fen) / 100, 2)
    if not english():
        if unit == "auto" and abs(fen) >= _YI and not fen % (_YI // 100):
            return _("%(amount)s 亿元") % {"amount": number(Fraction(fen, _YI), 2)}
        if unit == "auto" and abs(fen) >= _WAN and not fen % 100:
            return _("%(amount)s 万元") % {"amount": _two_or_more(number(Fraction(fen, _WAN), 4))}
        if unit == "wan":
            return _("%(amount)s 万元") % {"amount": number(Fraction(fen) / _WAN, 2)}
    yuan = number(Fraction(fen) / 100, 2)
    return _("%(amount)s 元") % {"amount": yuan}


def _two_or_more(text: str) -> str:
    """A number of four digits without the zeros at its end beyond the second."""
    return text[:-2] if text.endswith("00") else text.removesuffix("0")


def share(value: Any, digits: int | None = None) -> str:
    """A share of one as a percentage."""
    if value is None or value == "":
        return NOTHING
    return f"{number(_fraction(value) * 100, digits)}%"


def share_scaled(value: Any, digits: int | None = None) -> str:
    """A stored share, a whole number of 1/240,000, as a percentage."""
    return NOTHING if value is None or value == "" else share(Fraction(value, SCALE), digits)


def day(value: Any, short: bool = False) -> str:
    """A day; a moment gives the day that it has in Shanghai."""
    if not value:
        return NOTHING
    if isinstance(value, datetime.datetime):
        value = _in_shanghai(value).date()
    if isinstance(value, str):
        value = datetime.date.fromisoformat(value[:10])
    if short:
        return str(value.isoformat())
    if english():
        return f"{value.day} {value:%b %Y}"
    return _("%(year)d年%(month)d月%(day)d日") % {"year": value.year, "month": value.month, "day": value.day}


def moment(value: Any) -> str:
    """A moment as the clocks in Shanghai show it, to the minute."""
    if not value:
        return NOTHING
    if isinstance(value, str):
        value = datetime.datetime.fromisoformat(value)
    return _in_shanghai(value).strftime("%Y-%m-%d %H:%M")


def desensitise(text: Any, kind: str = "") -> str:
    """The text with personal data hidden: numbers and addresses by their shape, names when `kind` is `name`."""
    if text is None:
        return ""
    text = str(text)
    if kind == "name":
        return text[:1] + "*" * (len(text) - 1) if text.isascii() is False else re.sub(r"(?<=\w)\w", "*", text)
    text = _IDENTITY.sub(r"\1********\2", text)
    text = _MOBILE.sub(r"\1****\2", text)
    text = _LANDLINE.sub(r"\1****\2", text)
    return _MAIL.sub(r"\1***@\2", text)


def _in_shanghai(value: datetime.datetime) -> datetime.datetime:
    return value.astimezone(SHANGHAI) if value.tzinfo else value


def _fraction(value: Any) -> Fraction:
    return Fraction(str(value)) if isinstance(value, float) else Fraction(value)


def _decimal(value: Any, digits: int) -> Decimal | None:
    """The value rounded half up to so many digits, exactly: also a fraction that has no end."""
    if value is None or value == "":
        return None
    exact = _fraction(value)
    scaled = abs(exact) * 10**digits
    whole = (scaled.numerator * 2 + scaled.denominator) // (scaled.denominator * 2)
    signed = -whole if exact < 0 else whole
    return Decimal(signed).scaleb(-digits).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def yes_no(value: bool | None) -> str:
    """Yes, no, or nothing known."""
    if value is None:
        return NOTHING
    return _("是") if value else _("否")


def heading(text: Any) -> str:
    """A text as it stands at the head of something: English begins with a capital there, unlike inside a sentence.

    In Chinese nothing changes, nor do names such as pH; what is HTML stays HTML.
    """
    said = str(text)
    if (get_language() or "").startswith("zh") or not _BEGINS_SMALL.match(said):
        return said
    begun = said[0].upper() + said[1:]
    return mark_safe(begun) if hasattr(said, "__html__") else begun


#: A word in small letters.
_BEGINS_SMALL: Final = re.compile(r"[a-z](?:[a-z' -]|$)")


def labelled(label: Any, text: Any) -> str:
    """A name and what it is."""
    return _("%(label)s：%(text)s") % {"label": label, "text": text}


def listed(items: Iterable[Any]) -> str:
    """Things in a row."""
    return str(_("、")).join(str(item) for item in items)
