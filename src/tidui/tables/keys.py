"""Credit codes and years as keys of rows, many at a time."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from tidui.codes import uscc
from tidui.facts.catalogue import FIRST_YEAR, LAST_YEAR

_NOT_A_SIGN: Final = 255
_FIRST_PLACES: Final = 17
_DIVISION: Final = slice(2, 8)


def _sign_values() -> npt.NDArray[np.uint8]:
    table = np.full(256, _NOT_A_SIGN, dtype=np.uint8)
    for value, sign in enumerate(uscc.ALPHABET):
        table[ord(sign)] = value
    return table


_VALUES: Final = _sign_values()
_WEIGHTS: Final = tuple(pow(3, place, 31) for place in range(_FIRST_PLACES))


def valid_codes(signs: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    """Which credit codes are valid, given as rows of 18 characters (their numbers below 256), already normalised.

    The rule is that of `codes.uscc.problem`: alphabet, digits of the division, check character (GB 32100-2015).
    """
    digits = signs[:, _DIVISION]
    good = ((digits >= ord("0")) & (digits <= ord("9"))).all(axis=1)
    total = np.zeros(len(signs), dtype=np.uint16)
    for place, weight in enumerate(_WEIGHTS):
        value = _VALUES[signs[:, place]]
        good &= value != _NOT_A_SIGN
        total += value.astype(np.uint16) * np.uint16(weight)
    check = _VALUES[signs[:, _FIRST_PLACES]]
    return np.asarray(good & (check != _NOT_A_SIGN) & ((total + check) % 31 == 0), dtype=np.bool_)


def valid_texts(codes: Sequence[object]) -> npt.NDArray[np.bool_]:
    """Which of these cells are valid credit codes as they stand; what is not may still be one after normalising."""
    plain = [code if code.__class__ is str and len(code) == uscc.LENGTH else "" for code in codes]
    letters = np.array(plain, dtype=f"U{uscc.LENGTH}").view(np.uint32).reshape(len(plain), uscc.LENGTH)
    signs = np.where(letters < 256, letters, 0).astype(np.uint8)
    return valid_codes(signs)


_YEAR: Final = re.compile(r"([0-9]{4})(?:\.0+)?\s*(?:年|年度)?")


def read_year(cell: object) -> int | None:
    """The fiscal year in a cell: 2022, 2022.0, "2022年度", full-width digits; None if it is none."""
    if isinstance(cell, bool):
        return None
    if isinstance(cell, int | float):
        return int(cell) if cell == cell and FIRST_YEAR <= cell <= LAST_YEAR and cell == int(cell) else None
    if not isinstance(cell, str):
        return None
    found = _YEAR.fullmatch(unicodedata.normalize("NFKC", cell).strip())
    if found is None:
        return None
    year = int(found.group(1))
    return year if FIRST_YEAR <= year <= LAST_YEAR else None


def read_years(cells: Sequence[object]) -> npt.NDArray[np.int32]:
    """The fiscal year of every cell, 0 where it is none."""
    memo: dict[Any, int] = {}
    years = np.zeros(len(cells), dtype=np.int32)
    for place, cell in enumerate(cells):
        key = (cell.__class__, cell)
        year = memo.get(key)
        if year is None:
            year = memo[key] = read_year(cell) or 0
        years[place] = year
    return years
