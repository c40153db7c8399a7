"""When two ways of writing a name mean one organisation or one person."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

#: What a company's name may end with; what is left is what tells it from others.
_ENDINGS: Final = re.compile("(股份有限公司|有限责任公司|有限公司|股份公司|公司)$")  # tidui: data
#: A branch is no company of its own.
_BRANCH: Final = re.compile("((?:股份有限|有限责任|有限|股份)公司).{1,20}分公司$")  # tidui: data
_MARKS: Final = re.compile(r"[\s()\[\]{}<>〔〕【】《》“”\"'‘’·•・.,，。、:：;；_\-—–/|]+")
_SPLIT: Final = re.compile(r"[\s()\[\]【】,，、:：;；/|]+")
#: A rest shorter than this tells nobody from anybody else.
_LEAST: Final = 2


def plain(text: str) -> str:
    """A name without what writers choose freely: width, letter case, blanks, brackets and marks."""
    return _MARKS.sub("", unicodedata.normalize("NFKC", text)).casefold()


def organisation(name: str) -> str:
    """An organisation's name, plain and without its legal form: a company that became one by shares stays itself."""
    bare = _BRANCH.sub(r"\1", plain(name))
    short = _ENDINGS.sub("", bare)
    return short if len(short) >= _LEAST else bare


def lines(text: str) -> list[str]:
    """The lines of a list that somebody typed, one entry a line; blank ones are left out."""
    return [line.strip() for line in re.split(r"[\r\n]+", text) if line.strip()]


#: What may stand before a name.
_TITLES: Final = frozenset(
    ("专家", "教授", "副教授", "研究员", "副研究员", "高级工程师", "高工", "院士", "博士", "老师")  # tidui: data
)


def people(text: str) -> list[str]:
    """The entries of a list of people, one a line or parted by semicolons: a name, then where the person works."""
    return [one for line in lines(text) for one in re.split("[;；]+", line) if one.strip()]  # tidui: data


def person(entry: str) -> frozenset[str]:
    """What an entry of such a list names, plain: all of it, or its first part that is no title: one person only."""
    parts = [one for one in _SPLIT.split(unicodedata.normalize("NFKC", entry)) if one and one not in _TITLES]
    return frozenset(one for one in (plain(entry), *map(plain, parts[:1])) if len(one) >= _LEAST)


def words(line: str) -> frozenset[str]:
    """What a line of a list may name: the whole of it, and each of its parts, plain."""
    parts = _SPLIT.split(unicodedata.normalize("NFKC", line))
    found = {plain(line), organisation(line), *(plain(part) for part in parts), *(organisation(part) for part in parts)}
    return frozenset(one for one in found if len(one) >= _LEAST)
