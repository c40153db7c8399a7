"""Certificate numbers by a pattern such as `GSCX{year}62{serial:05d}`. Pure."""

from __future__ import annotations

import re
from typing import Final

_FIELD: Final = re.compile(r"\{(year|serial)(?::0([1-9])d)?\}")
_PLAIN: Final = re.compile(r"[A-Z0-9\-]*")
#: The most characters of a number.
MOST: Final = 40


class WrongPattern(ValueError):
    """The pattern makes no numbers; `code` says why: fields, characters, length."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def check(pattern: str) -> None:
    """WrongPattern unless it has the year and the serial once each, and else capital letters, digits and hyphens."""
    fields = [found[1] for found in _FIELD.finditer(pattern)]
    if sorted(fields) != ["serial", "year"]:
        raise WrongPattern("fields")
    if not _PLAIN.fullmatch(_FIELD.sub("", pattern)):
        raise WrongPattern("characters")
    if len(number(pattern, 2026, 10**8)) > MOST:
        raise WrongPattern("length")


def number(pattern: str, year: int, serial: int) -> str:
    """The number of a serial in a year; a serial that has outgrown its digits takes more of them."""
    values = {"year": year, "serial": serial}
    return _FIELD.sub(lambda found: f"{values[found[1]]:0{found[2] or 1}d}", pattern)


def fits(pattern: str, text: str) -> bool:
    """Could this be a number of the pattern?"""
    made, last = "", 0
    for found in _FIELD.finditer(pattern):
        made += re.escape(pattern[last : found.start()])
        made += r"[0-9]{4}" if found[1] == "year" else rf"[0-9]{{{found[2] or 1},9}}"
        last = found.end()
    return re.fullmatch(made + re.escape(pattern[last:]), text) is not None
