"""Blind review: whatever names the applicant or its people is taken out of what an expert reads.

Names are looked for as they are registered and as they are spoken of (without place and legal form), with what the
application itself lists: its credit code, contact person, telephone, officers, the people of its tables, and the
numbers of its intellectual property, by which anybody finds the owner. Attachments are not shown at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from tidui.accounts.models import OrganisationState
from tidui.casework.models import Submission
from tidui.casework.programme import Form
from tidui.casework.reviewing import PERSONAL
from tidui.kit import divisions

#: Questions that no expert ever reads: they serve the recusals.
HIDDEN: Final = frozenset({"officers", "avoid"})
#: Columns that name people or lead to the owner.
NAMING: Final = frozenset({("staff", "name"), ("ip", "number")})
_FORMS: Final = re.compile(r"(股份有限公司|有限责任公司|有限公司|集团|公司|厂|[（(].*?[）)])")  # tidui: data
_PLACES: Final = re.compile(r"^(甘肃省?|中国|兰州新区|[^省市县区]{1,4}[省市县区])")  # tidui: data
_TRADES: Final = re.compile(  # tidui: data
    r"(科技成果转化|科技|技术|生物|新材料|材料|精密|仪器|电子|信息|软件|网络|智能|装备|制造|机械|环保|新能源|能源|医药|制药|农业|"
    r"化工|工程|工业|实业|发展|开发|设备|自动化|数据|通信|光电|食品|贸易|服务|产业|股份)+$"
)
_SPLIT: Final = re.compile(r"[\s,，、;；/]+")


class Blind:
    """What is to be hidden of one application. Without names nothing is."""

    def __init__(self, words: Iterable[str] = ()) -> None:
        kept = sorted({one.strip() for one in words if len(one.strip()) >= 2}, key=lambda one: (-len(one), one))
        self._pattern = re.compile("|".join(map(re.escape, kept)), re.IGNORECASE) if kept else None

    def text(self, said: Any) -> str:
        """The text with what names somebody taken out."""
        return self._pattern.sub(_("〔隐去〕"), str(said)) if self._pattern else str(said)


def blind(submission: Submission | None, form: Form, organisation: Any) -> Blind:
    """What is to be hidden of an application: one query for the names that the applicant has had."""
    words: set[str] = set()
    states = OrganisationState.objects.filter(organisation=organisation).values_list("name", "uscc")
    for name, code in [(organisation.name, organisation.uscc), *states]:
        words |= _names(name)
        if code:
            words |= {code, code[8:17]}
    if submission is not None:
        words |= _of_answers(submission.answers, form)
    return Blind(words)


def _names(name: str) -> set[str]:
    """A name with what it is called for short."""
    bare = _FORMS.sub("", name)
    found = {name, bare}
    known = _places()
    core = bare
    for _time in range(3):
        cut = _PLACES.sub("", core)
        place = next((one for one in known if len(one) >= 2 and cut.startswith(one)), "")
        cut = cut[len(place):] if len(cut) - len(place) >= 2 else cut
        if cut == core or len(cut) < 2:
            break
        core = cut
    found.add(core)
    short = _TRADES.sub("", core)
    if len(short) >= 2:
        found.add(short)
    return {one for one in found if len(one) >= 2}


def _places() -> list[str]:
    """The province's divisions as they are spoken of, the longest first."""
    spoken = {re.sub("[省市县区]$", "", one.zh) for one in divisions.table().values()}  # tidui: data
    return sorted(spoken, key=len, reverse=True)


def _of_answers(answers: Mapping[str, Any], form: Form) -> set[str]:
    found: set[str] = set()
    for question in form.questions:
        text = str(answers.get(question.name) or "")
        if question.kind in PERSONAL:
            found.add(text)
        elif question.name in HIDDEN:
            found |= set(_SPLIT.split(text))
    for table, column in NAMING:
        rows = answers.get(f"table.{table}") or []
        found |= {str(row.get(column) or "") for row in rows if isinstance(row, Mapping)}
    return found
