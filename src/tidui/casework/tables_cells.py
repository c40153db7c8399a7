"""What is typed into a cell of a table: read as the value that it stands for, and typed again from that value.

Choices may be typed by their words, fields by their names, references by the numbers that the page shows; what was
recognised is kept by its code, everything else as it was typed, with what is wrong with it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from tidui.casework.programme import Column
from tidui.codes import fields, money, numbers
from tidui.codes.faults import BadValue
from tidui.facts import days
from tidui.facts.faults import Fault
from tidui.kit import clock, files
from tidui.registry.assessing import told
from tidui.registry.entry import ON
from tidui.registry.showing import amount

#: What ticks a box in a workbook.
YES: Final = frozenset({ON, "是", "有", "y", "yes", "true", "1", "√", "✓", "对"})  # tidui: data
_NO: Final = frozenset({"", "否", "无", "n", "no", "false", "0", "×", "x"})  # tidui: data
_APART: Final = re.compile(r"[\s,，、;；/]+")  # tidui: data
_MOST_NUMBER: Final = 10_000_000
_FIRST_YEAR: Final = 1949
#: Widths and small letters do not matter where words are recognised.
_LOOSE: Final = re.compile(r"[\s()（）]+")  # tidui: data


class CellFault(ValueError):
    """What is wrong with a cell, in the language of the page."""


def same(text: str) -> str:
    return _LOOSE.sub("", unicodedata.normalize("NFKC", text)).casefold()


def code_of(column: Column, text: str) -> str | None:
    """The code that a choice's text means: itself, or its words in either language."""
    wanted = same(text)
    for code, title in column.options:
        if wanted in (same(code), same(title.zh), same(title.en)):
            return code
    return None


def kept(column: Column, text: str) -> str:
    """What is kept of a text: the code of what it means where that can be told, else the text itself."""
    said = text.strip()
    if column.kind == "choice":
        return code_of(column, said) or said if said else ""
    if column.kind == "field":
        code = fields.normalise(said.split(" ")[0]) if said else ""
        whole = fields.normalise(said)
        return whole if whole in fields.SECOND_LEVEL else code if code in fields.SECOND_LEVEL else said
    if column.kind == "tick":
        return ON if same(said) in YES else "" if same(said) in _NO else said
    return said


def keys_of(text: str, numbered: Mapping[str, str]) -> list[str] | None:
    """The keys of the rows that a text names by their numbers, each once; None where one of them is not there.

    `numbered` is number to key: IP03 to 7. The prefix may be left out.
    """
    found: list[str] = []
    plain = {_bare(number): key for number, key in numbered.items()}
    for part in _APART.split(unicodedata.normalize("NFKC", text).strip()):
        if not part:
            continue
        key = plain.get(_bare(part))
        if key is None:
            return None
        if key not in found:
            found.append(key)
    return found


def _bare(number: str) -> str:
    digits = re.sub(r"^[A-Za-z]+", "", number.strip())
    return digits.lstrip("0") if digits.isascii() and digits.isdigit() else number.casefold()


def secret(text: str) -> str:
    """Why a text may not be here: it bears a mark of classification. Empty where it may."""
    try:
        files.validate_open(text)
    except ValidationError as wrong:
        return _("；").join(wrong.messages)
    return ""


def read(column: Column, text: str) -> Any:
    """The plain value of a text, None for a blank. Raises CellFault. References are read by their keys elsewhere."""
    said = text.strip()
    if column.kind == "tick":
        if said not in ("", ON):
            raise CellFault(_("请填“是”或留空"))
        return said == ON
    if not said:
        return None
    why = secret(said)
    if why:
        raise CellFault(why)
    try:
        return _READERS.get(column.kind, _line)(column, said)
    except BadValue as bad:
        worded = told(Fault("", bad.message, bad.instead))
        raise CellFault(_("，").join(part for part in (worded.message, worded.instead) if part)) from None


def _line(column: Column, text: str) -> str:
    if len(text) > column.most:
        raise CellFault(_("最多 %(most)s 字，现有 %(count)s 字") % {"most": column.most, "count": len(text)})
    return text


def _number(column: Column, text: str) -> int | float:
    value = Fraction(numbers.parse(text))
    if not 0 <= value <= _MOST_NUMBER:
        raise CellFault(_("应在 0 到 %(most)s 之间") % {"most": _MOST_NUMBER})
    if (value * 100).denominator != 1:
        raise CellFault(_("最多两位小数"))
    return int(value) if value.denominator == 1 else float(value)


def _money(column: Column, text: str) -> int:
    fen = money.parse(text, "万元")
    if fen < 0:
        raise CellFault(_("金额不能小于零"))
    return fen


def _date(column: Column, text: str) -> str:
    day = days.parse(int(text) if text.isascii() and text.isdigit() and len(text) == 5 else text)
    if day > clock.today():
        return _later(column, day.isoformat())
    return day.isoformat()


def _later(column: Column, day: str) -> str:
    """A day to come: only where something ends."""
    if not column.after:
        raise CellFault(_("日期晚于今天"))
    return day


def _year(column: Column, text: str) -> int:
    plain = unicodedata.normalize("NFKC", text).removesuffix("年").strip()  # tidui: data
    if not (plain.isascii() and plain.isdigit() and _FIRST_YEAR <= int(plain[:9]) <= clock.today().year):
        raise CellFault(_("请填四位年份，不晚于今年"))
    return int(plain)


def _choice(column: Column, text: str) -> str:
    code = code_of(column, text)
    if code is None:
        raise CellFault(_("不在可选项之内：%(options)s") % {"options": _listed(column)})
    return code


def _choices(column: Column, text: str) -> list[str]:
    return list(dict.fromkeys(_choice(column, part) for part in _APART.split(text) if part))


def _listed(column: Column) -> str:
    return _("、").join(str(title) for _code, title in column.options)


def _field(column: Column, text: str) -> str:
    return fields.parse(text)


_READERS: Final = {
    "number": _number, "money": _money, "date": _date, "year": _year, "choice": _choice, "choices": _choices,
    "field": _field,
}  # fmt: skip


def typed(column: Column, value: Any) -> str:
    """A plain value as it would be typed. References have no text of their own: their numbers are put in elsewhere."""
    if column.kind == "tick":
        return ON if value else ""
    if value is None or column.kind == "refs":
        return ""
    if column.kind == "money":
        return amount(int(value), "万元")
    if column.kind == "choices":
        known = dict(column.options)
        return _("、").join(str(known.get(code, code)) for code in value)
    return str(value)


def listed(numbers_: Iterable[str]) -> str:
    """Numbers of rows as they are typed: `IP01、IP03`."""
    return _("、").join(numbers_)
