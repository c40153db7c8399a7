"""The unified social credit code of an organisation: GB 32100-2015.

18 characters of an alphabet of 31: department (1), kind (1), division (6 digits; an old or a registry code is
allowed), organisation code (9) and check character (1), which can be any of the 31. The organisation code has a
check digit of its own by GB 11714; codes in use break it, so it is no gate.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from tidui.codes.faults import BadValue, quoted

ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
LENGTH: Final = 18
_VALUES: Final = {sign: value for value, sign in enumerate(ALPHABET)}
_WEIGHTS: Final = tuple(pow(3, place, 31) for place in range(LENGTH - 1))
_LOOKALIKES: Final = {"I": "1", "O": "0", "Z": "2", "S": "5", "V": "U"}


@dataclass(frozen=True, slots=True)
class Uscc:
    """The parts of a credit code."""

    department: str
    kind: str
    division: str
    organisation: str
    check: str

    def __str__(self) -> str:
        return self.department + self.kind + self.division + self.organisation + self.check


def normalise(text: str) -> str:
    """Full-width letters made plain, small ones capital, spaces and hyphens left out."""
    return re.sub(r"[\s\-]+", "", unicodedata.normalize("NFKC", text)).upper()


def check_character(body: str) -> str:
    """The check character that the first 17 characters ask for: (31 − Σ value × 3^(i−1)) mod 31."""
    total = sum(_VALUES[sign] * weight for sign, weight in zip(body, _WEIGHTS, strict=True))
    return ALPHABET[-total % 31]


def problem(code: str) -> str | None:
    """What is wrong with a normalised code, or None if nothing is."""
    if len(code) != LENGTH:
        return f"has {len(code)} characters; a credit code has 18"
    for place, sign in enumerate(code, start=1):
        if sign not in _VALUES:
            likely = _LOOKALIKES.get(sign)
            hint = f"; is it a {likely}?" if likely else ""
            return f"has {sign!r} at place {place}; a credit code has digits and letters without I O S V Z{hint}"
    if not code[2:8].isdigit():
        return f"has {code[2:8]} at places 3 to 8; the division is six digits"
    expected = check_character(code[:-1])
    if code[-1] != expected:
        return f"has the check character {code[-1]}; its first 17 characters ask for {expected}"
    return None


def parse(text: str) -> Uscc:
    """The parts of a code, normalised; BadValue with what is wrong."""
    code = normalise(text)
    wrong = problem(code)
    if wrong is not None:
        raise BadValue(f"{quoted(text)} {wrong}", "write the 18 characters as on the business licence")
    return Uscc(code[0], code[1], code[2:8], code[8:17], code[17])
