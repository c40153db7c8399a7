"""The units of the fictional province and what each of them reaches."""

# tidui: data

from __future__ import annotations

import datetime as dt
from typing import Final

from tidui.accounts.actions.organisations import NewOrganisation, found
from tidui.accounts.actions.reach import give_reach
from tidui.accounts.enums import OrganisationKind as Kind
from tidui.accounts.enums import ReachKind
from tidui.accounts.models import Organisation, User
from tidui.codes import divisions

#: Everything in the demonstration has been so since this day.
SINCE: Final = dt.date(2020, 1, 1)
#: 兰州新区 has no code in GB/T 2260; it recommends by itself what lies in it.
NEW_AREA: Final = "兰州新区"
UNIVERSITY: Final = "陇原理工大学（演示）"

_OTHERS: Final = (
    (Kind.ZONE, "兰州高新技术产业开发区（演示）", "620102"),
    (Kind.UNIVERSITY, UNIVERSITY, "620102"),
    (Kind.BUREAU, "甘肃省工业主管部门（演示）", ""),
    (Kind.CENTRAL, "中央在甘矿冶集团（演示）", "620402"),
    (Kind.AGENCY, "陇右科技评价中心（演示）", "620102"),
    (Kind.AUTHORITY, "甘肃科技发展研究院（演示）", ""),
    (Kind.SITE_INSTITUTION, "河西考察评估院（演示）", "620702"),
    (Kind.TAX, "税务部门（演示）", ""),
    (Kind.PARTNER, "信用主管部门（演示）", ""),
    (Kind.FINANCE, "财政部门（演示）", ""),
    (Kind.INSPECTION, "驻厅纪检监察组（演示）", ""),
)


def make_units(by: User, at: dt.datetime) -> dict[str, Organisation]:
    """Register all units with their reach; by division code, and by name for those that have none of their own."""
    made: dict[str, Organisation] = {}
    for division in divisions.table().values():
        if division.level == "statistics":
            continue
        kind = Kind.PREFECTURE if division.level == "prefecture" else Kind.COUNTY
        unit = _found(kind, f"{division.zh}科学技术局（演示）", division.code, by, at)
        give_reach(
            unit=unit, kind=ReachKind.DIVISION, division=division.code, since=SINCE, reason="演示数据", by=by, at=at
        )
        made[division.code] = unit
    new_area = NewOrganisation(kind=Kind.ZONE, name=NEW_AREA, division="620121", recommends_alone=True)
    made[NEW_AREA] = found(organisation=new_area, since=SINCE, reason="演示数据", by=by, at=at)
    for kind, name, code in _OTHERS:
        made[name] = _found(kind, name, code, by, at)
    for name in (NEW_AREA, _OTHERS[0][1]):
        give_reach(
            unit=made[name], kind=ReachKind.ZONE, target=made[name], since=SINCE, reason="演示数据", by=by, at=at
        )
    for name in (row[1] for row in _OTHERS if row[0] in (Kind.UNIVERSITY, Kind.CENTRAL)):
        give_reach(
            unit=made[name], kind=ReachKind.AFFILIATION, target=made[name], since=SINCE, reason="演示数据", by=by, at=at
        )
    return made


def _found(kind: str, name: str, division: str, by: User, at: dt.datetime) -> Organisation:
    wanted = NewOrganisation(kind=kind, name=name, division=division)
    return found(organisation=wanted, since=SINCE, reason="演示数据", by=by, at=at)
