"""Recognitions that hold for years: how long, what is due each year, which are due to be renewed.

Which programmes these are is said by their policies: those with a parameter `validity` in months. What the published
text of the provincial programme does not give is a dated parameter, and is shown as a house default.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from tidui.audit.personal import months_after
from tidui.casework.models import Call
from tidui.casework.programme import programme, programmes
from tidui.kit import parameters
from tidui.kit.lang import of_label
from tidui.policies.library import shelf
from tidui.recognition.models import Recognition
from tidui.review.parameters import RENEWAL_MONTHS
from tidui.rules.errors import NoVersion, UnknownPolicy

_HOUSE: Final = _("公布的办法没有规定，为本系统默认值。")
#: The day by which the year before is filed: month-day.
RETURN_DUE: Final = parameters.define(
    "recognition.return_due", _("年度报告截止（月-日）"), "text", "05-31", help=_HOUSE
).name
#: Months within which a change is reported.
CHANGE_MONTHS: Final = parameters.define(
    "recognition.change_months", _("变更报告期限（月）"), "int", 3, low=1, high=24, help=_HOUSE
).name
#: Days before the end of the yearly return's time at which it is reminded of once more.
RETURN_BEFORE: Final = parameters.define(
    "recognition.return_before", _("年度报告截止前几日提醒"), "int", 15, low=1, high=90, help=_HOUSE
).name
#: What is asked each year: facts of the enterprise file, of the year and of the enterprise.
YEARLY_FACTS: Final = ("employees", "st_staff", "sales_revenue", "rd_expense", "net_assets", "conversions")
HELD_FACTS: Final = ("ip_class1", "ip_class2")


@dataclass(frozen=True, slots=True)
class Validity:
    """How many months a recognition of a programme holds; `house`: why, where the text does not say."""

    months: int
    house: str


def validity(programme_name: str, on: dt.date) -> Validity | None:
    """How long a recognition of a day holds by the programme's policy; None for one that holds by years of numbers."""
    if programme_name not in programmes():
        return None
    try:
        found = shelf().file_for(programme(programme_name).policy, on=on, year=on.year - 1).parameters.get("validity")
    except (NoVersion, UnknownPolicy):
        return None
    row = found.at(on) if found is not None else None
    if found is None or row is None:
        return None
    house: Any = getattr(found, "house_default", None)
    return Validity(int(row.value), of_label(house) if house else "")


def lasts(programme_name: str, on: dt.date) -> bool:
    """Does a recognition of this programme hold for years?"""
    return validity(programme_name, on) is not None


def names(on: dt.date) -> list[str]:
    """The programmes whose recognitions hold for years and are the province's own to look after."""
    return [one.name for one in programmes().values() if one.status and lasts(one.name, on)]


def in_force(on: dt.date) -> QuerySet[Recognition]:
    """The recognitions of such programmes that hold on a day."""
    rows = Recognition.objects.filter(programme__in=names(on), valid_from__lte=on, valid_until__gte=on)
    return rows.exclude(revoked_on__lte=on).filter(announced_at__isnull=False)


def return_due(year: int) -> dt.date:
    """The last day for the information of a year."""
    day = dt.date(year + 1, 12, 31)
    raw = str(parameters.get(RETURN_DUE, day)).strip()
    try:
        month, number = (int(part) for part in raw.split("-"))
        return dt.date(year + 1, month, number)
    except ValueError:
        return dt.date(year + 1, 5, 31)


def change_due(happened_on: dt.date) -> dt.date:
    """The last day on which a change of a day is reported in time."""
    return months_after(happened_on, int(parameters.get(CHANGE_MONTHS, happened_on)))


def to_renew(call: Call, on: dt.date) -> QuerySet[Recognition]:
    """Whose recognition ends soon enough for a call to be the one for renewal, and that have nothing newer."""
    last = months_after(on, int(parameters.get(RENEWAL_MONTHS, on)))
    newer = Recognition.objects.filter(
        programme=call.programme, organisation=OuterRef("organisation"), valid_until__gt=OuterRef("valid_until"),
        revoked_on__isnull=True,
    )  # fmt: skip
    rows = Recognition.objects.filter(
        programme=call.programme, valid_until__lte=last, valid_until__gte=months_after(on, -12),
        revoked_on__isnull=True,
    )  # fmt: skip
    return rows.filter(~Exists(newer))
