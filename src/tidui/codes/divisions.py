"""Administrative divisions: GB/T 2260, and those of the model province Gansu by name.

620171 兰州新区 and 620201 嘉峪关市 are statistics codes, not counties of GB/T 2260; both are recognised.
Jiayuguan has no counties. A code of another province is checked for its form only.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, Literal, NamedTuple

from tidui.codes.faults import BadValue, quoted

Level = Literal["prefecture", "county", "statistics"]

PROVINCE: Final = "62"
PROVINCE_NAME: Final = "甘肃省"
#: First two digits of the divisions of the country.
_PROVINCES: Final = frozenset(
    str(code)
    for first, last in ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71), (81, 82))
    for code in range(first, last + 1)
)


class Division(NamedTuple):
    """A division of the province: six digits, level and names."""

    code: str
    level: Level
    zh: str
    en: str

    @property
    def prefecture(self) -> str:
        """The code of the prefecture that it is, or lies in."""
        return self.code[:4] + "00"


#: Changes that came after the files beside this module were made: code, Chinese and English name, successor.
_changes: tuple[tuple[str, str, str, str], ...] = ()


def use_changes(changes: Iterable[tuple[str, str, str, str]]) -> None:
    """Take these changes (oldest first) into account from now on, in this process; they replace earlier ones.

    A change with a name adds or renames a division; one with a successor ends it, and its code becomes an old code.
    """
    global _changes
    given = tuple(changes)
    if given != _changes:
        _changes = given
        for kept in (table, old_codes, _by_name):
            kept.cache_clear()


def _level(code: str) -> Level:
    return "prefecture" if code.endswith("00") else "county"


@functools.cache
def table() -> Mapping[str, Division]:
    """The 14 prefectures, 86 counties and 2 statistics codes of Gansu, and later changes, by code."""
    found = dict(_first_table())
    for code, zh, en, successor in _changes:
        if successor:
            found.pop(code, None)
        else:
            before = found.get(code)
            named = en or (before.en if before else zh)
            found[code] = Division(code, before.level if before else _level(code), zh, named)
    return dict(sorted(found.items()))


@functools.cache
def _first_table() -> Mapping[str, Division]:
    lines = Path(__file__).with_name("gansu_divisions.csv").read_text(encoding="utf-8").splitlines()[1:]
    rows = (line.split(",") for line in lines)
    return {code: Division(code, level, zh, en) for code, level, zh, en in rows}  # type: ignore[arg-type]


def prefectures() -> tuple[Division, ...]:
    """The 14 prefectures, by code."""
    return tuple(division for division in table().values() if division.level == "prefecture")


def counties(prefecture: str) -> tuple[Division, ...]:
    """The counties of a prefecture (its six digits), without statistics codes."""
    found = (division for division in table().values() if division.prefecture == prefecture)
    return tuple(division for division in found if division.level == "county")


def find(code: str) -> Division | None:
    """The division of Gansu with this code, or None."""
    return table().get(code)


@functools.cache
def old_codes() -> Mapping[str, str]:
    """Codes that Gansu's divisions had before the changes of 2001 to 2018, with the code of today."""
    lines = Path(__file__).with_name("gansu_old_codes.csv").read_text(encoding="utf-8").splitlines()[1:]
    found = {code: current for code, _, _, current in (line.split(",") for line in lines)}
    for code, _zh, _en, successor in _changes:
        if successor:
            found = {old: successor if current == code else current for old, current in found.items()}
            found[code] = successor
    return found


def of_credit_code(code: str) -> Division | None:
    """The division of today that a credit code's digits 3 to 8 name, also by an old code; None for a registry's."""
    digits = code[2:8]
    return table().get(old_codes().get(digits, digits))


@functools.cache
def _by_name() -> Mapping[str, str]:
    """Names to codes: 城关区, 兰州市城关区, 甘肃省兰州市城关区, 兰州市. No two divisions of Gansu share one."""
    names: dict[str, str] = {}
    for division in table().values():
        if division.code == "620201":
            continue
        full = division.zh if division.level == "prefecture" else table()[division.prefecture].zh + division.zh
        names.update({division.zh: division.code, full: division.code, PROVINCE_NAME + full: division.code})
    return names


def normalise(text: str) -> str:
    """Plain six digits; the name of a division of Gansu, and a code that it had before, become its code of today."""
    given = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))
    if given.isascii():
        return old_codes().get(given, given)
    return _by_name().get(given, given)


def problem(code: str) -> str | None:
    """What is wrong with a normalised code, or None if nothing is."""
    if not re.fullmatch(r"[0-9]{6}", code):
        return "is not a division code; one is six digits, such as 620102"
    if code[:2] not in _PROVINCES:
        return f"begins with {code[:2]}; no province has that"
    if not code.startswith(PROVINCE):
        return f"is a whole province; name its prefecture or county, such as {code[:2]}0100" if _whole(code) else None
    if _whole(code):
        return "is the whole province; name the prefecture or county, 620100 to 623027"
    if code in table():
        return None
    prefecture = table().get(code[:4] + "00")
    if prefecture is None:
        return f"is not in Gansu; its prefectures are {', '.join(one.code for one in prefectures())}"
    inside = counties(prefecture.code)
    if not inside:
        return f"is not a division; {prefecture.zh} has no counties: {prefecture.code}"
    return f"is not a county of {prefecture.zh}; those are {', '.join(one.code + one.zh for one in inside)}"


def _whole(code: str) -> bool:
    return code.endswith("0000")


def parse(text: str) -> str:
    """The normalised code; BadValue with what is wrong."""
    code = normalise(text)
    wrong = problem(code)
    if wrong is not None:
        raise BadValue(f"{quoted(text)} {wrong}", "write six digits of GB/T 2260")
    return code
