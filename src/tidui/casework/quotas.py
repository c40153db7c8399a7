"""How many applications of a call each unit may recommend, how many it has, and the guard that keeps to it.

A place is used by an application that the unit recommended; it is free again when the recommendation is taken back or
the applicant withdraws. A unit for which the call names no number is not limited.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from tidui.accounts.enums import RECOMMENDING
from tidui.accounts.models import Organisation
from tidui.casework import hooks
from tidui.casework.enums import State
from tidui.casework.hooks import Moving
from tidui.casework.kinds import RECOMMENDATION
from tidui.casework.models import Call, Quota, Step
from tidui.casework.programme import programme
from tidui.kit.access import Refused

RECOMMEND: Final = "recommend"
#: The most that a call may give to one unit; a larger number is a slip of the pen.
MOST: Final = 10_000
_LINE: Final = re.compile(r"^(?P<name>.*?)[\s,，:：;；|]+(?P<most>[0-9０-９]+)\s*(?:个|项|家|名)?$")  # tidui: data


@dataclass(frozen=True, slots=True)
class Row:
    """A unit's places under a call."""

    unit: Organisation
    most: int
    used: int

    @property
    def left(self) -> int:
        """The places that are free; negative where more were recommended than are allowed now."""
        return self.most - self.used


def stages_of(call: Call) -> list[str]:
    """The names of the stages of the call at which a unit recommends."""
    return [one.name for one in programme(call.programme).stages if one.kind.name == RECOMMENDATION.name]


def _recommended(call: Call) -> QuerySet[Step]:
    made = Step.objects.filter(
        application__call=call, stage__in=stages_of(call), move=RECOMMEND, reversed_by__isnull=True
    )
    return made.exclude(application__state=State.WITHDRAWN)


def used(call: Call, unit: Organisation | int, *, but: int | None = None) -> int:
    """How many applications the unit has recommended, without the one that is about to be."""
    key = unit.pk if isinstance(unit, Organisation) else unit
    return _recommended(call).filter(by_unit=key).exclude(application=but).values("application").distinct().count()


def table(call: Call, quotas: Iterable[Quota]) -> list[Row]:
    """The quotas that the person may see (with their units), each with what is used of it. One query."""
    counted = _recommended(call).order_by().values("by_unit").annotate(count=Count("application", distinct=True))
    taken = {row["by_unit"]: row["count"] for row in counted}
    rows = [Row(one.unit, one.most, taken.get(one.unit_id, 0)) for one in quotas]
    return sorted(rows, key=lambda row: (row.unit.division, row.unit.name))


@hooks.guard(RECOMMENDATION.name, RECOMMEND)
def within_quota(asked: Moving) -> Refused | None:
    """A unit recommends no more than the call allows it: the last place is given to one, under the quota's lock."""
    held = asked.application
    if held.unit_id is None or held.holder_id != held.unit_id:
        return None
    quota = hooks.held(Quota.objects.filter(call=held.call, unit=held.unit_id)).first()
    if quota is None:
        return None
    taken = used(held.call, held.unit_id, but=held.pk)
    if taken < quota.most:
        return None
    return Refused(
        "quota-used",
        _(
            "本单位在该申报通知中的推荐名额为 %(most)s 个，已推荐 %(used)s 个，不能再推荐。"
            "请择优：撤销一项已作的推荐，或向省科技厅申请调整名额。"
        )
        % {"most": quota.most, "used": taken},
    )


@dataclass(frozen=True, slots=True)
class Pasted:
    """What was read of pasted lines: places by unit, and what is wrong with the others, line by line."""

    places: dict[int, int]
    faults: list[str]


def units() -> QuerySet[Organisation]:
    """The units that may recommend."""
    return Organisation.objects.filter(kind__in=sorted(RECOMMENDING), active=True).order_by("division", "name")


def read_lines(text: str) -> Pasted:
    """Read lines such as `城关区科学技术局  12`; one query. A unit that is named twice is a fault."""
    known = {one.name: one.pk for one in units()}
    places: dict[int, int] = {}
    faults: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        found = _LINE.match(line.strip())
        name = " ".join(found["name"].split()) if found else ""
        said = {"line": number, "text": line.strip()[:60], "most": MOST}
        if not found:
            faults.append(_("第 %(line)s 行读不出单位和名额：“%(text)s”。每行写一个单位名称和一个整数。") % said)
        elif name not in known:
            faults.append(_("第 %(line)s 行的单位不是在用的推荐单位：“%(text)s”。请按单位全称填写。") % said)
        elif int(found["most"]) > MOST:
            faults.append(_("第 %(line)s 行的名额超过 %(most)s：“%(text)s”。") % said)
        elif known[name] in places:
            faults.append(_("第 %(line)s 行的单位前面已经写过：“%(text)s”。") % said)
        else:
            places[known[name]] = int(found["most"])
    return Pasted(places, faults)
