"""Numbers of intellectual property: one spelling for each, check digits verified, and how long protection lasts.

Patents: ZC 0006-2003 (number and check digit), 专利法 第四十二条 (terms). Software: 计算机软件著作权登记办法.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from tidui.registry.enums import PropertyClass

#: The digit of a patent number that says what kind it is: entries under the PCT have their own.
_PATENT_DIGITS: Final = {
    PropertyClass.INVENTION: "18",
    PropertyClass.UTILITY_MODEL: "29",
    PropertyClass.DESIGN: "3",
}
_PATENT: Final = re.compile(r"(?:ZL|CN)?(?P<body>[0-9]{12}|[0-9]{8})\.?(?P<check>[0-9X])")
_SOFTWARE: Final = re.compile(r"(?:登记号)?(?P<year>20[0-9]{2}|19[0-9]{2})SR(?P<serial>[0-9]{5,7})")
_CERTIFICATE: Final = re.compile(r"软著[登变][字补]?第?(?P<serial>[0-9]{5,9})号?")
_LAYOUT: Final = re.compile(r"BS\.?(?P<body>[0-9]{8,10})")
_PLANT: Final = re.compile(r"CNA(?P<body>[0-9]{8,11})(?:\.(?P<check>[0-9]))?")
#: Designs filed from this day on are protected for fifteen years, earlier ones for ten.
_DESIGN_FIFTEEN: Final = dt.date(2021, 6, 1)


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it is shown, its key (one for each item), and the year of filing that it tells, if it does."""

    shown: str
    key: str
    filed_year: int | None = None


def read(kind: str, raw: str) -> Number:
    """The number of an item of a class. ValidationError, which says what to write, where it cannot be one."""
    text = re.sub(r"[\s\u3000]+", "", unicodedata.normalize("NFKC", raw)).upper()
    if not text:
        raise ValidationError(_("请填写编号。"), code="required")
    return _READERS.get(PropertyClass(kind), _other)(PropertyClass(kind), text)


def check_digit(body: str) -> str:
    """The check digit of a patent number (its first eight or twelve digits): weights 2 to 9 in turn, modulo 11."""
    total = sum(int(digit) * (2 + place % 8) for place, digit in enumerate(body))
    rest = total % 11
    return "X" if rest == 10 else str(rest)


def _patent(kind: PropertyClass, text: str) -> Number:
    found = _PATENT.fullmatch(text)
    if found is None:
        raise ValidationError(
            _("专利号应为 ZL 加 12 位数字(2003 年 10 月前申请的为 8 位)、小数点和校验位，例如 ZL201810123456.3。"),
            code="form",
        )
    body, check = found["body"], found["check"]
    expected = check_digit(body)
    if check != expected:
        wrong = _("校验位 %(check)s 不对：按前面的数字应为 %(expected)s。请核对专利证书。")
        raise ValidationError(wrong, code="check", params={"check": check, "expected": expected})
    digit = body[4] if len(body) == 12 else body[2]
    if digit not in _PATENT_DIGITS[kind]:
        wrong = _("该编号的种类位是 %(digit)s，不是所选的类别(%(kind)s)。请核对类别或编号。")
        raise ValidationError(wrong, code="kind", params={"digit": digit, "kind": kind.label})
    year = int(body[:4]) if len(body) == 12 else 1900 + int(body[:2]) + (100 if body[0] == "0" else 0)
    shown = f"ZL{body}.{check}"
    return Number(shown, shown, year)


def _software(kind: PropertyClass, text: str) -> Number:
    if found := _SOFTWARE.fullmatch(text):
        key = f"{found['year']}SR{found['serial'].zfill(7)}"
        return Number(f"{found['year']}SR{found['serial']}", key)
    if found := _CERTIFICATE.fullmatch(text):
        key = f"软著登字第{found['serial'].zfill(7)}号"  # tidui: data
        return Number(f"软著登字第{found['serial']}号", key)  # tidui: data
    raise ValidationError(_("软件著作权请填登记号(如 2018SR123456)或证书号(如 软著登字第2345678号)。"), code="form")


def _layout(kind: PropertyClass, text: str) -> Number:
    if found := _LAYOUT.fullmatch(text):
        return Number(f"BS.{found['body']}", f"BS.{found['body']}")
    raise ValidationError(_("布图设计登记号应为 BS. 加数字，例如 BS.185012345。"), code="form")


def _plant(kind: PropertyClass, text: str) -> Number:
    if found := _PLANT.fullmatch(text):
        shown = f"CNA{found['body']}" + (f".{found['check']}" if found["check"] else "")
        return Number(shown, shown)
    raise ValidationError(_("品种权号应为 CNA 加数字，例如 CNA20100345.6。"), code="form")


def _other(kind: PropertyClass, text: str) -> Number:
    if len(text) < 4 or not re.search(r"[0-9]", text) or len(text) > 60:
        raise ValidationError(_("请填写证书上的完整编号(含数字，4 至 60 个字符)。"), code="form")
    return Number(text, text)


_READERS: Final[dict[PropertyClass, Callable[[PropertyClass, str], Number]]] = {
    PropertyClass.INVENTION: _patent,
    PropertyClass.UTILITY_MODEL: _patent,
    PropertyClass.DESIGN: _patent,
    PropertyClass.SOFTWARE: _software,
    PropertyClass.LAYOUT: _layout,
    PropertyClass.PLANT: _plant,
}

#: Classes whose protection runs from the day of filing, which therefore has to be known.
FROM_FILING: Final = frozenset({PropertyClass.INVENTION, PropertyClass.UTILITY_MODEL, PropertyClass.DESIGN})


def last_day(kind: str, *, filed_on: dt.date | None, granted_on: dt.date) -> dt.date | None:
    """The last day of protection by the legal term; None for classes without one, and where the filing is not known.

    Inventions 20 years from filing, utility models 10, designs 15 (filed before June 2021: 10), layouts 10, plant
    varieties 15 from the grant, software of a company to the end of the 50th year.
    """
    of = PropertyClass(kind)
    if of in FROM_FILING:
        return None if filed_on is None else _before(_anniversary(filed_on, _patent_years(of, filed_on)))
    if of == PropertyClass.LAYOUT:
        return _before(_anniversary(filed_on or granted_on, 10))
    if of == PropertyClass.PLANT:
        return _before(_anniversary(granted_on, 15))
    if of == PropertyClass.SOFTWARE:
        return dt.date(granted_on.year + 50, 12, 31)
    return None


def _patent_years(kind: PropertyClass, filed_on: dt.date) -> int:
    if kind == PropertyClass.INVENTION:
        return 20
    return 15 if kind == PropertyClass.DESIGN and filed_on >= _DESIGN_FIFTEEN else 10


def _anniversary(day: dt.date, years: int) -> dt.date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return dt.date(day.year + years, 3, 1)


def _before(day: dt.date) -> dt.date:
    return day - dt.timedelta(days=1)
