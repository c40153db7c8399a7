"""One account for every role of the demonstration, and an enterprise whose file is being worked on."""

# tidui: data

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

from django.contrib.auth.hashers import make_password

from tidui.accounts.actions.members import become
from tidui.accounts.enums import Role
from tidui.accounts.models import Organisation, User
from tidui.cultivation.models import Placement
from tidui.cultivation.self_marks import mark_oneself
from tidui.demo.enterprises import YEARS
from tidui.demo.province import NEW_AREA, UNIVERSITY
from tidui.registry.models import TaxYear

#: Sign-in name, person, unit (division code or name, `enterprise` for the enterprise that is one condition short; none
#: for experts, who are members of nothing and stand in the register of experts).
PEOPLE: Final = (
    ("officer", "程志远", "department", Role.OFFICER),
    ("leader", "马国梁", "department", Role.LEADER),
    ("lanzhou", "魏晓东", "620100", Role.OFFICER),
    ("county", "孙丽华", "620104", Role.OFFICER),
    ("county-leader", "郑卫国", "620104", Role.LEADER),
    ("county-admin", "唐文博", "620104", Role.ADMINISTRATOR),
    ("newarea", "蒋海燕", NEW_AREA, Role.OFFICER),
    ("university", "沈怀远", UNIVERSITY, Role.OFFICER),
    ("agency", "韩立新", "陇右科技评价中心（演示）", Role.OFFICER),
    ("tax", "田守信", "税务部门（演示）", Role.OFFICER),
    ("credit", "宋知信", "信用主管部门（演示）", Role.CLERK),
    ("auditor", "严守正", "驻厅纪检监察组（演示）", Role.READER),
    ("boss", "白建国", "enterprise", Role.ADMINISTRATOR),
    ("accountant", "白小慧", "enterprise", Role.CLERK),
    ("neighbour", "黄志强", "other", Role.ADMINISTRATOR),
    ("officer2", "陶秀英", "department", Role.OFFICER),
    ("keeper", "温良玉", "甘肃科技发展研究院（演示）", Role.OFFICER),
    ("visitor", "梁求实", "河西考察评估院（演示）", Role.OFFICER),
    ("expert", "石维汉", "", Role.READER),
    ("cpa", "暴海波", "", Role.READER),
)
COUNTY: Final = "620104"


def make_people(
    units: Mapping[str, Organisation], *, department: Organisation, password: str, by: User, at: dt.datetime
) -> list[User]:
    """Make the accounts; everybody has the same password."""
    places = {**units, "department": department, "enterprise": _one_short(), "other": _neighbour()}
    hashed = make_password(password)
    made = []
    for number, (username, name, place, role) in enumerate(PEOPLE):
        person = User.objects.create(username=username, name=name, mobile=f"1390000{number:04d}", password=hashed)
        if place:
            become(places[place], person, role, reason="演示数据", given_by=by, at=at)
        made.append(person)
    return made


def _one_short() -> Organisation:
    """An enterprise of the county that lacks one condition for the highest rung."""
    rows = Placement.objects.filter(organisation__division=COUNTY, next="hte", only="rd_share").order_by("organisation")
    taxed = TaxYear.objects.filter(year=YEARS[-1]).values("organisation")
    of_county = Placement.objects.filter(organisation__division=COUNTY).order_by("organisation")
    found = rows.filter(organisation__in=taxed).first() or rows.first() or of_county.first()
    if found is None:
        raise LookupError(f"the sample has no enterprise in {COUNTY}")
    return found.organisation


def _neighbour() -> Organisation:
    """An enterprise of another county."""
    return Organisation.objects.filter(kind="enterprise", division="620103").order_by("pk")[0]


#: What the enterprise of the demonstration thinks of itself.
MARKS: Final = {
    "tech_advancement": "6", "core_support": "6.5", "ip_count_marks": "5", "ip_acquisition": "5",
    "standards_bonus": "0", "conversion_marks": "20", "rd_management": "5", "rd_institution": "4",
    "rd_incentives": "3", "rd_talent": "3",
}  # fmt: skip


def mark(people: list[User], at: dt.datetime) -> None:
    """The accountant marks the enterprise, so that its plan is a plan."""
    accountant = next(person for person in people if person.username == "accountant")
    mark_oneself(organisation=_one_short(), marks=MARKS, by=accountant, at=at)
