"""Industry codes: GB/T 4754-2017, sections A to T and their divisions.

A code is the section's letter and two to four digits (division, group, class): C35, C357, C3571. Which groups and
classes there are inside a division is not checked.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from tidui.codes.faults import BadValue, quoted


@dataclass(frozen=True, slots=True)
class Section:
    """A section: its letter, its first and last division, its names."""

    letter: str
    first: int
    last: int
    zh: str
    en: str


SECTIONS: Final = tuple(
    Section(*row)
    for row in (
        ("A", 1, 5, "农、林、牧、渔业", "agriculture, forestry, animal husbandry and fishery"),
        ("B", 6, 12, "采矿业", "mining"),
        ("C", 13, 43, "制造业", "manufacturing"),
        ("D", 44, 46, "电力、热力、燃气及水生产和供应业", "electricity, heat, gas and water supply"),
        ("E", 47, 50, "建筑业", "construction"),
        ("F", 51, 52, "批发和零售业", "wholesale and retail trade"),
        ("G", 53, 60, "交通运输、仓储和邮政业", "transport, storage and post"),
        ("H", 61, 62, "住宿和餐饮业", "accommodation and catering"),
        ("I", 63, 65, "信息传输、软件和信息技术服务业", "information transmission, software and IT services"),
        ("J", 66, 69, "金融业", "finance"),
        ("K", 70, 70, "房地产业", "real estate"),
        ("L", 71, 72, "租赁和商务服务业", "leasing and business services"),
        ("M", 73, 75, "科学研究和技术服务业", "scientific research and technical services"),
        ("N", 76, 79, "水利、环境和公共设施管理业", "water conservancy, environment and public facilities"),
        ("O", 80, 82, "居民服务、修理和其他服务业", "resident services, repair and other services"),
        ("P", 83, 83, "教育", "education"),
        ("Q", 84, 85, "卫生和社会工作", "health and social work"),
        ("R", 86, 90, "文化、体育和娱乐业", "culture, sports and entertainment"),
        ("S", 91, 96, "公共管理、社会保障和社会组织", "public management, social security and organisations"),
        ("T", 97, 97, "国际组织", "international organisations"),
    )
)
_BY_LETTER: Final = {section.letter: section for section in SECTIONS}
_CODE: Final = re.compile(r"[A-Z]?[0-9]{1,4}")


def section_of(division: int) -> Section | None:
    """The section that a two-digit division belongs to."""
    return next((section for section in SECTIONS if section.first <= division <= section.last), None)


def normalise(text: str) -> str:
    """Plain capital letter and digits; the letter is put before four digits, or two and more that begin with 0.

    Two or three digits that do not begin with 0 are left as they are: a spreadsheet may have dropped a zero.
    """
    code = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).upper()
    if code.isascii() and code.isdigit() and (len(code) == 4 or (1 < len(code) < 4 and code[0] == "0")):
        section = section_of(int(code[:2]))
        return section.letter + code if section else code
    return code


def problem(code: str) -> str | None:
    """What is wrong with a normalised code, or None if nothing is."""
    if not _CODE.fullmatch(code):
        return "is not an industry code; one is a letter and two to four digits, such as C3571"
    if code.isdigit():
        return _problem_without_letter(code)
    letter, digits = code[0], code[1:]
    if len(digits) < 2:
        return "is not an industry code; after the letter come two to four digits, such as C35"
    section = section_of(int(digits[:2]))
    if letter not in _BY_LETTER:
        return f"begins with {letter}; sections are A to T"
    if section is None:
        return f"has the division {digits[:2]}; divisions are 01 to 97"
    if section.letter != letter:
        return f"has the division {digits[:2]} under {letter}; it belongs to section {section.letter} {section.zh}"
    return None


def _problem_without_letter(code: str) -> str:
    readings = []
    for digits in (code, "0" + code):
        section = section_of(int(digits[:2])) if 2 <= len(digits) <= 4 else None
        if section:
            readings.append(section.letter + digits)
    if not readings:
        return "is not an industry code; one is a letter and two to four digits, such as C3571"
    return f"has no letter; it may be {' or '.join(readings)}"


def parse(text: str) -> str:
    """The normalised code; BadValue with what is wrong."""
    code = normalise(text)
    wrong = problem(code)
    if wrong is not None:
        raise BadValue(f"{quoted(text)} {wrong}", "write the letter and two to four digits of GB/T 4754-2017")
    return code
