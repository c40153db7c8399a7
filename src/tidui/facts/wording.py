"""What faults say, in the language of the person: the texts of `wording.yaml`.

Faults are found in rooms that know no web site and speak English there. A page, or a workbook that is handed back,
says the same in Chinese; a text that the table does not have stays as it is.
"""

from __future__ import annotations

import functools
import re
from dataclasses import replace
from pathlib import Path
from typing import Final

import yaml

from tidui.facts import catalogue
from tidui.facts.faults import Fault

FILE: Final = Path(__file__).with_name("wording.yaml")
_PLACE: Final = re.compile(r"\{(\d)(?::(said|fact|sheet))?\}")
_SECTIONS: Final = {
    "enterprise": "企业", "years": "年度", "expert": "专家评分", "tax_years": "税务年度", "carrier_years": "载体年度",
}  # fmt: skip
#: Texts are looked for in so many others at most: a wrapped one has one more, and its inside again.
_DEEPEST: Final = 4

_Entry = tuple[re.Pattern[str], str]


@functools.cache
def _entries() -> tuple[_Entry, ...]:
    """Patterns of the English texts with their Chinese ones, the one with most fixed letters first."""
    texts: dict[str, str] = yaml.load(FILE.read_bytes(), Loader=yaml.CSafeLoader)
    # A text that has another in it comes before all others, or the inner one would be taken for the whole.
    ordered = sorted(texts.items(), key=lambda item: (":said" not in item[1], -len(_PLACE.sub("", item[0]))))
    return tuple((_pattern(english), chinese) for english, chinese in ordered)


def _pattern(english: str) -> re.Pattern[str]:
    parts = _PLACE.split(english)
    pattern = ""
    for place, part in enumerate(parts):
        if place % 3 == 0:
            pattern += re.escape(part)
        elif place % 3 == 1:
            pattern += f"(?P<p{part}>.+?)"
    return re.compile(pattern, re.DOTALL)


@functools.lru_cache(maxsize=4096)
def chinese(text: str) -> str:
    """A message or an advice of a fault in Chinese; the text itself where the table does not have it."""
    return _chinese(text, 0)


def _chinese(text: str, depth: int) -> str:
    if depth > _DEEPEST:
        return text
    field, colon, rest = text.partition(": ")
    if colon and re.fullmatch(r"[a-z_]+", field):  # the field of a record, and what is wrong with it
        return f"{_fact(field)}：{_chinese(rest, depth + 1)}"
    for pattern, wanted in _entries():
        found = pattern.fullmatch(text)
        if found:
            return _filled(wanted, found, depth)
    return text


def _filled(wanted: str, found: re.Match[str], depth: int) -> str:
    """The Chinese text with what varied in the English one."""
    return _PLACE.sub(lambda place: _part(found[f"p{place[1]}"], place[2], depth), wanted)


def _part(text: str, sort: str | None, depth: int) -> str:
    if sort == "said":
        return _chinese(text, depth + 1)
    if sort == "fact":
        return _fact(text)
    return _SECTIONS.get(text, text) if sort == "sheet" else text


def _fact(name: str) -> str:
    """The label of a fact, or of a field of a list's records."""
    known = catalogue.load()
    if name in known:
        return known[name].zh
    labels = (of.zh for fact in known for field, of in known.fields(fact).items() if field == name)
    return next(labels, name)


def said(fault: Fault, language: str) -> Fault:
    """The fault with its message and advice in this language (`zh…` or any other: English)."""
    if not language.startswith("zh"):
        return fault
    return replace(fault, message=chinese(fault.message), instead=chinese(fault.instead) if fault.instead else None)
