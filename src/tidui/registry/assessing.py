"""What the figures of a form come to while it is filled in: totals, shares, and what they say against each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from tidui.facts import checks, wording
from tidui.facts.factset import FactSet
from tidui.facts.faults import Fault
from tidui.kit import formats
from tidui.registry import checking
from tidui.registry.enums import Source
from tidui.rules.values import Value

Given = Mapping[str, "Value | None"]


@dataclass(frozen=True, slots=True)
class Total:
    """One figure that follows from others, and whether what was given agrees with it."""

    label: str
    value: str
    note: str = ""
    tone: str = "neutral"


@dataclass(frozen=True, slots=True)
class Told:
    """A fault or a warning as a person reads it, and the field that it is about."""

    field: str
    message: str
    instead: str
    level: str


def told(fault: Fault) -> Told:
    """A fault in the language of the page."""
    worded = wording.said(fault, get_language() or "zh-hans")
    return Told(fault.place.rsplit(".", 1)[-1], worded.message, worded.instead or "", fault.level)


def findings(section: str, year: int | None, facts: Given, accepted: FactSet) -> list[Told]:
    """Every fault and warning of the values of a form, among each other and beside the rest of the file."""
    known = {name: value for name, value in facts.items() if value is not None}
    return [told(fault) for fault in checking.check(section, year, known, Source.SELF, accepted)]


def totals(section: str, year: int | None, facts: Given) -> list[Total]:
    """What the figures come to; what cannot be worked out yet says so."""
    if section != "years" or year is None:
        return []
    return [_research(year, facts), *_shares(facts)]


def _research(year: int, facts: Given) -> Total:
    values: dict[tuple[str, int | None], Any] = {
        (name, year): value for name, value in facts.items() if value is not None
    }
    total = checks.rd_total(values, year)
    label = _("研发费用按各项归集")
    if total is None:
        missing = sum(facts.get(name) is None for name in (*checks.RD_ITEMS, "rd_other", *_EXTERNAL))
        note = ngettext("还有 %(count)s 项未填", "还有 %(count)s 项未填", missing) % {"count": missing}
        return Total(label, formats.NOTHING, note, "wait")
    given = _number(facts, "rd_expense")
    if given is None:
        return Total(label, formats.money(round(total)), _("总额未填"), "wait")
    if abs(given - total) <= checks.TOTAL_TOLERANCE:
        return Total(label, formats.money(round(total)), _("与所填总额一致"), "good")
    gap = formats.money(round(given - total))
    return Total(label, formats.money(round(total)), _("与所填总额相差 %(gap)s") % {"gap": gap}, "bad")


_EXTERNAL = ("rd_external_domestic", "rd_external_overseas")


def _shares(facts: Given) -> list[Total]:
    rows = (
        (_("科技人员占职工总数"), "st_staff", "employees"),
        (_("研发费用占销售收入"), "rd_expense", "sales_revenue"),
        (_("高新技术收入占总收入"), "high_tech_income", "total_income"),
    )
    return [Total(label, _share(facts, part, whole)) for label, part, whole in rows]


def _share(facts: Given, part: str, whole: str) -> str:
    less, more = _number(facts, part), _number(facts, whole)
    return formats.share(Fraction(less) / Fraction(more), 2) if less is not None and more else formats.NOTHING


def _number(facts: Given, name: str) -> int | Fraction | None:
    value = facts.get(name)
    return value if isinstance(value, int | Fraction) else None
