"""From what was typed, or read from a file, to the value of a fact: exact, in one form, or refused with advice."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, Final

from tidui.codes import divisions, fields, industries, money, numbers, uscc
from tidui.codes.faults import BadValue, quoted
from tidui.codes.money import MoneyUnit
from tidui.facts import catalogue, days, records
from tidui.rules.values import NONE, FactType, NoneValue, Value

#: What says "there is none" in a cell or a text.
NONE_WORDS: Final = frozenset({"无", "没有", "none"})
#: Counts and numbers of this size are mistakes.
COUNT_LIMIT: Final = 10**9
MAX_TEXT: Final = 200
#: No number that is meant has a denominator over this.
FINEST: Final = 10**20

_TRUE: Final = frozenset({"是", "true", "1", "yes", "y", "有", "对", "√", "✓", "1.0"})
_FALSE: Final = frozenset({"否", "false", "0", "no", "n", "无", "没有", "不是", "错", "×", "0.0"})
_SPREADSHEET_ERROR: Final = re.compile(r"#(?:N/A|NAME\?|DIV/0!|VALUE!|REF!|NUM!|NULL!|[A-Z_/0]+[!?]?)", re.IGNORECASE)
_WIDE: Final = {
    ord(wide): ord(wide) - 0xFEE0
    for first, last in ("０９", "ＡＺ", "ａｚ")
    for wide in map(chr, range(ord(first), ord(last) + 1))
}


def normalise(
    fact: FactType, raw: object, *, money_unit: MoneyUnit = "元", empty_is_none: bool = False
) -> Value | None:
    """The value of a fact, NONE where it says that there is none, None where it says nothing (a blank cell).

    `money_unit` is that of the column; `empty_is_none` reads "" as none, as FACTS files mean it. Kinds of the result
    are those of `tidui.rules.values`. Raises BadValue, and nothing else, for what the fact cannot be.
    """
    if type(raw).__module__ == "numpy":
        raw = raw.tolist()  # type: ignore[attr-defined]
    if raw is None:
        return None
    if isinstance(raw, NoneValue):
        return none_of(fact)
    if isinstance(raw, str):
        text = raw.strip().strip("\ufeff").strip()
        if not text:
            return none_of(fact) if empty_is_none else None
        if _SPREADSHEET_ERROR.fullmatch(text):
            raise BadValue(f"{quoted(text)} is an error of the spreadsheet", "correct the formula, or leave it blank")
        if fact.kind not in ("bool", "text") and text.casefold() in NONE_WORDS:
            return none_of(fact)
    if isinstance(raw, list | tuple) and not raw:
        return none_of(fact)
    return _READERS[fact.kind](fact, raw, money_unit)


def none_of(fact: FactType) -> Value:
    """NONE for a fact that can be none; else BadValue."""
    if fact.can_be_none:
        return NONE
    instead = "write 0 if it is zero, leave it out if it is not known"
    if fact.kind == "bool":
        instead = "write 是 or 否, leave it out if it is not known"
    elif fact.kind in ("code", "text", "date"):
        instead = "leave it out if it is not known"
    raise BadValue("cannot be none", instead)


def _money(fact: FactType, raw: object, unit: MoneyUnit) -> Value:
    fen = money.parse(raw, unit)
    if fact.low is not None and fen < fact.low * 100:
        if fen < 0 and fact.low == 0:
            raise BadValue(f"{quoted(raw)} is negative", "write 0 or more; check the sign")
        raise BadValue(f"{quoted(raw)} is below {_shown(fact.low)} yuan", f"write at least {_shown(fact.low)}")
    if fact.high is not None and fen > fact.high * 100:
        raise BadValue(f"{quoted(raw)} is over {_shown(fact.high)} yuan", f"write at most {_shown(fact.high)}")
    return fen


def _int(fact: FactType, raw: object, unit: MoneyUnit) -> Value:
    value = numbers.parse(raw)
    if not isinstance(value, int):
        raise BadValue(f"{quoted(raw)} is not a whole number", "write a whole number")
    return _bounded(fact, value, raw)


def _number(fact: FactType, raw: object, unit: MoneyUnit) -> Value:
    return _bounded(fact, numbers.parse(raw), raw)


def _share(fact: FactType, raw: object, unit: MoneyUnit) -> Value:
    value: int | Fraction = numbers.parse(raw, percent=True)
    if 1 < value <= 100 and fact.high == 1 and not (isinstance(raw, str) and "%" in numbers.plain(raw)):
        shown = str(raw).strip()
        raise BadValue(f"{quoted(raw)} is a share over 1", f"write {quoted(shown)}% if percent is meant")
    return _bounded(fact, value, raw)


def _bounded(fact: FactType, value: int | Fraction, raw: object) -> int | Fraction:
    if fact.low is not None and value < fact.low:
        what = "negative" if fact.low == 0 else f"below {_shown(fact.low)}"
        raise BadValue(f"{quoted(raw)} is {what}", f"write at least {_shown(fact.low)}")
    if fact.high is not None and value > fact.high:
        raise BadValue(f"{quoted(raw)} is over {_shown(fact.high)}", f"write at most {_shown(fact.high)}")
    if not -COUNT_LIMIT < value < COUNT_LIMIT:
        raise BadValue(f"{quoted(raw)} is too large", "check the figure and its unit")
    if value.denominator > FINEST:
        raise BadValue(f"{quoted(raw)} has too many digits", "round it; write 0 if it is zero")
    return value


def _shown(value: Fraction) -> str:
    return str(int(value)) if value.denominator == 1 else str(float(value))


def _bool(fact: FactType, raw: object, unit: MoneyUnit) -> Value:
    if isinstance(raw, bool):
        return raw
    word = ""
    if isinstance(raw, str):
        word = unicodedata.normalize("NFKC", raw).strip().casefold()
    elif isinstance(raw, int | float) and raw in (0, 1):
        word = str(int(raw))
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise BadValue(f"{quoted(raw)} is neither yes nor no", "write 是 or 否 (true or false)")


def _date(fact: FactType, raw: object, unit: MoneyUnit) -> Value:
    return days.parse(raw)


def _dates(fact: FactType, raw: object, unit: MoneyUnit) -> Value:
    return days.parse_many(raw)


def _text(fact: FactType, raw: object, unit: MoneyUnit) -> Value:
    if isinstance(raw, int) and not isinstance(raw, bool):
        raw = quoted(raw)
    if not isinstance(raw, str):
        raise BadValue(f"{quoted(raw)} is not a text", "write it as text, in quotation marks")
    text = " ".join(unicodedata.normalize("NFC", raw).strip("\ufeff").translate(_WIDE).split())
    if len(text) > MAX_TEXT:
        raise BadValue(f"has {len(text)} characters", f"write at most {MAX_TEXT}")
    if not text.isprintable():
        raise BadValue(f"{quoted(text)} has signs that cannot be printed", "write it without them")
    return text


def _code(fact: FactType, raw: object, unit: MoneyUnit) -> Value:
    text = _code_text(fact, raw)
    options = catalogue.load().options(fact.name)
    if fact.options:
        return _option(text, fact.options, options)
    form = catalogue.load().forms.get(fact.name, "")
    return _FORMS[form](text) if form else unicodedata.normalize("NFKC", text).strip()


def _code_text(fact: FactType, raw: object) -> str:
    if isinstance(raw, float) and raw.is_integer() and abs(raw) < 2**53:
        raw = int(raw)
    if isinstance(raw, int) and not isinstance(raw, bool):
        raw = quoted(raw)
    if isinstance(raw, float):
        raise BadValue(f"{quoted(raw)} has lost digits", "format the column as text and write the code again")
    if not isinstance(raw, str):
        raise BadValue(f"{quoted(raw)} is not a code", "write it as text, in quotation marks")
    if len(raw) > MAX_TEXT:
        raise BadValue(f"has {len(raw)} characters", f"write at most {MAX_TEXT}")
    return raw


def _option(text: str, options: tuple[str, ...], labels: Mapping[str, str]) -> str:
    plain = catalogue.plain_label(text)
    for option in options:
        if plain in (option, catalogue.plain_label(labels.get(option, option))):
            return option
    shown = ", ".join(f"{option} {labels.get(option, '')}".strip() for option in options)
    raise BadValue(f"{quoted(text)} is not one of {shown}", f"write one of {', '.join(options)}")


def _uscc(text: str) -> str:
    return str(uscc.parse(text))


def _sme_number(text: str) -> str:
    """A registration number by its coding rule: year, division, mark 0, A or B, serial; 18 characters."""
    number = uscc.normalise(text)
    if not re.fullmatch(r"20[0-9]{2}[0-9]{6}[0AB][0-9A-Z]{7}", number):
        what = f"has {len(number)} characters" if len(number) != 18 else "does not keep to the coding rule"
        rule = "write 18 characters: year (4), division (6), 0, A or B, serial (7)"
        raise BadValue(f"{quoted(text)} is not a registration number: it {what}", rule)
    return number


def _list(fact: FactType, raw: object, unit: MoneyUnit) -> Value:
    def read(field: FactType, item: object, money_unit: MoneyUnit) -> Value | None:
        return normalise(field, item, money_unit=money_unit, empty_is_none=True)

    return records.parse(fact, raw, unit, read)


_FORMS: Final[dict[str, Callable[[str], str]]] = {
    "uscc": _uscc,
    "division": divisions.parse,
    "industry": industries.parse,
    "field": fields.parse,
    "sme_number": _sme_number,
}
_READERS: Final[dict[str, Callable[[FactType, Any, MoneyUnit], Value]]] = {
    "money": _money,
    "int": _int,
    "number": _number,
    "share": _share,
    "bool": _bool,
    "date": _date,
    "dates": _dates,
    "code": _code,
    "text": _text,
    "list": _list,
}
