"""What a column heading means: which fact, of which year, in which unit.

A heading is the name of a fact or its label (Chinese or English), with the unit in brackets and, in wide tables,
the year after an `@`: `sales_revenue@-1`, `销售收入(万元)@2022`, `2022年销售收入（元）`. Width, case and spaces do not
matter.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from dataclasses import dataclass, field
from typing import Final

from tidui.codes.money import MoneyUnit
from tidui.facts.catalogue import YEARLY_SECTIONS, Catalogue
from tidui.rules.values import FactType

#: The sections of a workbook or folder, in order, with the names that a sheet may carry.
SECTION_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "enterprise": ("enterprise", "enterprises", "企业", "企业信息", "企业基本信息"),
    "years": ("years", "年度", "年度数据", "年度指标"),
    "expert": ("expert", "experts", "专家评分", "专家"),
    "tax_years": ("tax_years", "税务年度", "税务", "税务数据"),
    "carrier_years": ("carrier_years", "载体年度", "载体", "载体数据"),
}
#: Columns for people only.
_COMMENT_COLUMNS: Final = frozenset(
    {"备注", "说明", "注", "序号", "编号", "note", "notes", "remark", "remarks", "comment", "comments", "no", "no."}
)
#: Sheets for people only.
_COMMENT_SHEETS: Final = frozenset(
    {"说明", "填表说明", "填报说明", "导出说明", "备注", "目录", "字典", "选项", "问题清单"}
    | {"note", "notes", "readme", "help", "options", "faults"}
)
_YEAR_HEADINGS: Final = frozenset({"year", "年度", "年份", "会计年度", "fiscalyear", "fiscal_year", "所属年度"})
_MONEY_UNITS: Final[dict[str, MoneyUnit]] = {
    "元": "元",
    "人民币元": "元",
    "yuan": "元",
    "万元": "万元",
    "人民币万元": "万元",
    "10kyuan": "万元",
    "10000yuan": "万元",
    "10,000yuan": "万元",
    "分": "分",
    "fen": "分",
}
_REFUSED_MONEY_UNITS: Final = frozenset({"千元", "百万元", "亿元", "美元", "thousandyuan", "millionyuan"})
_PLAIN_UNITS: Final = frozenset(
    {
        "人",
        "个",
        "项",
        "件",
        "月",
        "个月",
        "平方米",
        "㎡",
        "m2",
        "people",
        "items",
        "months",
        "sqm",
        "是/否",
        "yyyy-mm-dd",
    }
)
_PERCENT: Final = frozenset({"%", "percent", "百分比"})
_UNIT = "|".join(
    re.escape(unit)
    for unit in sorted((*_MONEY_UNITS, *_REFUSED_MONEY_UNITS, *_PLAIN_UNITS, *_PERCENT), key=len, reverse=True)
)
_SHAPE: Final = re.compile(
    rf"(?:(?P<before>(?:19|20)\d\d)年度?)?(?P<base>.+?)"
    rf"(?:\((?:单位:)?(?P<unit1>{_UNIT})\))?(?:@(?P<year>[+-]?\d{{1,4}})年?)?"
    rf"(?:\((?:单位:)?(?P<unit2>{_UNIT})\))?(?P<none>#none)?"
)
_GROUP_YEAR: Final = re.compile(r"((?:19|20)\d\d)(?:年|年度)?(?:数据|指标)?")
_TABLE_UNIT: Final = re.compile(r"(?:金额)?单位[:：]?(人民币)?(万元|元|分)")
_ABSOLUTE_FROM: Final = 1900


class HeadingError(Exception):
    """A heading that cannot be read. `instead` says what to write."""

    def __init__(self, message: str, instead: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.instead = instead


@dataclass(frozen=True, slots=True)
class Heading:
    """A column of facts. Of `year` (fiscal year) and `offset` (from the year assessed) at most one is given.

    `unit` is the unit of money written in the heading, `percent` that numbers are hundredths; `none` marks a column
    of booleans that say where the fact of the same name is "none".
    """

    fact: FactType
    year: int | None = None
    offset: int | None = None
    unit: MoneyUnit | None = None
    percent: bool = False
    none: bool = False


@dataclass(frozen=True, slots=True)
class YearColumn:
    """The column that says of which fiscal year a row is."""


@dataclass(frozen=True, slots=True)
class CommentColumn:
    """A column that is not read."""


Meaning = Heading | YearColumn | CommentColumn


def squash(text: str) -> str:
    """A heading or sheet name as it is compared: normal width, lower case, no spaces, no required-field stars."""
    return re.sub(r"[\s*★]+", "", unicodedata.normalize("NFKC", text)).lower()


def section_of_sheet(name: str) -> str | None:
    """The section that a sheet or file of this name holds, or None."""
    squashed = squash(name)
    for section, names in SECTION_NAMES.items():
        if squashed in names:
            return section
    return None


def is_comment_sheet(name: str) -> bool:
    """Whether a sheet of this name is for people only."""
    return squash(name) in _COMMENT_SHEETS


def unit_of_table(text: str) -> MoneyUnit | None:
    """The unit that a line such as 单位：万元 above a table sets for all its money, or None."""
    found = _TABLE_UNIT.search(squash(text))
    return _MONEY_UNITS[found.group(2)] if found else None


def year_of_group(text: str) -> int | None:
    """The year that a heading such as 2022年度 gives to all the columns under it, or None."""
    found = _GROUP_YEAR.fullmatch(squash(text))
    return int(found.group(1)) if found else None


def _index_labels(catalogue: Catalogue) -> dict[str, list[FactType]]:
    index: dict[str, list[FactType]] = {}
    for name in catalogue:
        fact = catalogue[name]
        for label in dict.fromkeys(squash(one) for one in (name, fact.zh, fact.en) if one):
            index.setdefault(label, []).append(fact)
    return index


@dataclass(slots=True)
class HeadingReader:
    """Reads headings against a catalogue of facts."""

    catalogue: Catalogue
    _labels: dict[str, list[FactType]] = field(init=False)

    def __post_init__(self) -> None:
        self._labels = _index_labels(self.catalogue)

    def read(self, text: str, *, section: str | None, group_year: int | None = None) -> Meaning:
        """What a heading means on the sheet of a section (None: a wide table).

        `group_year` is the year that a merged heading above gives. Raises HeadingError with what to write instead.
        """
        squashed = squash(text)
        if section is not None and section != "enterprise":
            group_year = None
        if squashed in _COMMENT_COLUMNS:
            return CommentColumn()
        if section in YEARLY_SECTIONS and squashed in _YEAR_HEADINGS:
            return YearColumn()
        whole = self._find(squashed, section)
        if whole is not None:
            return self._placed(Heading(whole, year=group_year if whole.yearly else None), text, section)
        found = _SHAPE.fullmatch(squashed)
        fact = self._find(found.group("base"), section) if found else None
        if found is None or fact is None:
            raise HeadingError(f"no fact is called “{text.strip()}”", self._suggest(squashed))
        return self._placed(self._described(fact, found, text, group_year), text, section)

    def knows(self, text: str, section: str | None) -> bool:
        """Whether a cell looks like a heading: how the row of headings is found."""
        squashed = squash(text)
        if squashed in _COMMENT_COLUMNS or (section in YEARLY_SECTIONS and squashed in _YEAR_HEADINGS):
            return True
        found = _SHAPE.fullmatch(squashed)
        return squashed in self._labels or (found is not None and found.group("base") in self._labels)

    def _find(self, label: str, section: str | None) -> FactType | None:
        facts = self._labels.get(label)
        if not facts:
            return None
        return next((fact for fact in facts if fact.section == section), facts[0])

    def _described(self, fact: FactType, found: re.Match[str], text: str, group_year: int | None) -> Heading:
        year, offset = _year_of(found, group_year if fact.yearly else None)
        if (year is not None or offset is not None) and not fact.yearly:
            raise HeadingError(f"“{text.strip()}”: {fact.name} holds on a date and has no year", fact.zh or fact.name)
        unit = found.group("unit1") or found.group("unit2")
        if unit in _REFUSED_MONEY_UNITS or ((unit in _MONEY_UNITS) != (fact.kind == "money") and unit):
            allowed = "元, 万元 or 分" if fact.kind == "money" else "no unit of money"
            raise HeadingError(f"“{text.strip()}”: {fact.name} takes {allowed}", _with_unit(fact))
        return Heading(
            fact,
            year=year,
            offset=offset,
            unit=_MONEY_UNITS.get(unit) if unit else None,
            percent=unit in _PERCENT and fact.kind == "share",
            none=bool(found.group("none")),
        )

    def _placed(self, heading: Heading, text: str, section: str | None) -> Meaning:
        """Refuse a fact on the wrong sheet or without its year; a name repeated on another sheet is a comment."""
        fact = heading.fact
        dated = heading.year is not None or heading.offset is not None
        if section in YEARLY_SECTIONS or section == "expert":
            if fact.name == "uscc":
                return heading
            if fact.name == "name":
                return CommentColumn()
            if fact.section != section:
                raise HeadingError(f"“{text.strip()}” belongs on the sheet {fact.section}", _sheet_of(fact))
            if dated:
                raise HeadingError(f"“{text.strip()}”: on this sheet the year stands in its own column", fact.zh)
        elif fact.yearly and not dated:
            raise HeadingError(f"“{text.strip()}”: of which year?", f"{fact.name}@-1 or {fact.zh or fact.name}@2022")
        return heading

    def _suggest(self, squashed: str) -> str | None:
        near = difflib.get_close_matches(squashed, list(self._labels), n=1, cutoff=0.6)
        if not near:
            return None
        fact = self._labels[near[0]][0]
        return f"{fact.zh} ({fact.name})" if fact.zh else fact.name


def _year_of(found: re.Match[str], group_year: int | None) -> tuple[int | None, int | None]:
    text = found.group("year")
    if text is not None:
        number = int(text)
        return (number, None) if number >= _ABSOLUTE_FROM else (None, number)
    before = found.group("before")
    return (int(before) if before else group_year), None


def _with_unit(fact: FactType) -> str:
    label = fact.zh or fact.name
    return f"{label}(元)" if fact.kind == "money" else label


def _sheet_of(fact: FactType) -> str:
    names = SECTION_NAMES.get(fact.section, (fact.section,))
    return f"the sheet {names[0]} / {names[2] if len(names) > 2 else names[0]}"
