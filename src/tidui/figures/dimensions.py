"""By what figures are broken down: place, field, industry, score, route, 11th character, stage, reasons of failure."""

# tidui: data

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from tidui.casework.programme import programmes
from tidui.codes import divisions as codes
from tidui.codes import fields, industries
from tidui.kit import divisions, lang
from tidui.kit.lang import Pair
from tidui.policies.library import shelf

#: What stands in an address for an empty value.
NONE: Final = "-"
UNKNOWN: Final = Pair("未填", "not stated")
ELSEWHERE: Final = Pair("省外或未填", "elsewhere or not stated")
BANDS: Final = {
    "": Pair("不能确定", "undecided"), "0": Pair("60分以下", "below 60"), "60": Pair("60—69分", "60 to 69"),
    "70": Pair("70—79分", "70 to 79"), "80": Pair("80—89分", "80 to 89"), "90": Pair("90分以上", "90 and more"),
}  # fmt: skip
ROUTES: Final = {
    "": Pair("不能确定", "undecided"), "none": Pair("综合评价", "by score"),
    "hte": Pair("高新技术企业证书", "HTE certificate"),
    "award": Pair("国家级科技奖励", "national award"), "institution": Pair("省部级以上研发机构", "R&D institution"),
    "standard": Pair("主导制定标准", "led a standard"),
}  # fmt: skip
MARKS: Final = {
    "": Pair("没有编号", "no number"),
    "0": Pair("0：往年成立，5月31日前提交", "0: founded before, submitted by 31 May"),
    "A": Pair("A：往年成立，6月1日后提交", "A: founded before, submitted from 1 June"),
    "B": Pair("B：当年成立", "B: founded in the year"),
}  # fmt: skip
REASONS: Final = {
    "": Pair("不适用", "not refused"), "objection": Pair("异议成立", "objection upheld"),
    "tax": Pair("税务核验不符", "tax verification differs"),
    "platform": Pair("国家平台不予登记", "refused by the national platform"),
    "other": Pair("其他理由，见告知书", "other reason, see the letter"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Dimension:
    """One way to break figures down: the column of the records, and what a value is called.

    `order` sorts values; `only` names the indicator of the records to which it applies (empty: all); `needs` the kind
    of stage without which a programme has no such table.
    """

    name: str
    title: Pair
    column: str
    label: Callable[[str, str], str]
    order: Callable[[str], Any] = str
    only: str = ""
    needs: str = ""


def _place(value: str, _programme: str) -> str:
    found = divisions.table().get(value)
    return lang.of(found.zh, found.en) if found is not None else value or str(ELSEWHERE)


def _county(value: str, _programme: str) -> str:
    found = divisions.table().get(value)
    if found is None:
        return value or str(ELSEWHERE)
    above = divisions.table().get(found.prefecture)
    if above is None or above.code == found.code:
        return lang.of(f"{found.zh}（市本级）", f"{found.en} (prefecture itself)")
    return lang.of(f"{above.zh} {found.zh}", f"{found.en}, {above.en}")


def _field(value: str, _programme: str) -> str:
    found = fields.FIELDS.get(value)
    return lang.of(found.zh, found.en) if found is not None else value or str(UNKNOWN)


def _section(value: str, _programme: str) -> str:
    found = next((one for one in industries.SECTIONS if one.letter == value), None)
    return f"{found.letter} {lang.of(found.zh, found.en)}" if found is not None else value or str(UNKNOWN)


def _of(words: Mapping[str, Pair]) -> Callable[[str, str], str]:
    return lambda value, _programme: str(words.get(value, value))


def _reason(value: str, programme_name: str) -> str:
    if value in REASONS:
        return str(REASONS[value])
    owner = programmes().get(programme_name)
    found = shelf().newest(owner.policy).rules.get(value) if owner is not None else None
    return lang.of_label(found.label) if found is not None and found.label else value


def _stage(value: str, programme_name: str) -> str:
    owner = programmes().get(programme_name)
    found = next((one for one in owner.stages if one.name == value), None) if owner is not None else None
    return str(found.title) if found is not None else value


def _made(*found: Dimension) -> Mapping[str, Dimension]:
    return MappingProxyType({one.name: one for one in found})


DIMENSIONS: Final = _made(
    Dimension("prefecture", Pair("市州", "prefecture"), "prefecture", _place),
    Dimension("county", Pair("县区", "county"), "county", _county),
    Dimension("field", Pair("技术领域", "field"), "field", _field),
    Dimension("section", Pair("行业门类", "industry"), "section", _section),
    Dimension("band", Pair("得分段", "score"), "band", _of(BANDS), lambda value: int(value or -1), needs="platform"),
    Dimension(
        "route", Pair("直接确认途径", "route"), "route", _of(ROUTES), lambda value: [*ROUTES, value].index(value),
        needs="platform",
    ),
    Dimension("mark", Pair("编号第11位", "11th character"), "mark", _of(MARKS), only="registered", needs="platform"),
    Dimension("stage", Pair("所处环节", "stage"), "application__stage", _stage),
    Dimension("reason", Pair("未通过的原因", "reason of failure"), "reason", _reason, only="failed"),
    Dimension(
        "told", Pair("平台的理由", "the platform's reason"), "told", _of({"": UNKNOWN}), only="refused_by_platform",
        needs="platform",
    ),
)  # fmt: skip


def prefecture_of(division: str) -> str:
    """The prefecture in which a division lies; empty for one of another province."""
    found = codes.table().get(division)
    return found.prefecture if found is not None else ""
