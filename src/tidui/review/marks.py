"""A sheet's marks: which band the facts give for an item, what may be marked, what a signature still waits for.

A band comes from a rule of the scheme's policy, worked out once on the facts that were submitted. It may be exact, a
range while facts are unknown, or nothing; only a mark that no value of it allows asks for a written reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from django.utils.translation import gettext as _

from tidui.casework import judging
from tidui.casework.models import Submission
from tidui.policies.library import shelf
from tidui.review.models import Sheet
from tidui.review.scheme import Item, Scheme
from tidui.rules.errors import NoVersion, UnknownPolicy

#: Names of a sheet's fields: `mark.count`, `reason.count`, `opinion`.
MARK: Final = "mark."
REASON: Final = "reason."
OPINION: Final = "opinion"
#: The longest reason and the longest opinion.
MOST_REASON: Final = 500
MOST_OPINION: Final = 2000

Bands = Mapping[str, "tuple[int, int] | None"]


def given_bands(scheme: Scheme, submission: Submission | None) -> dict[str, tuple[int, int] | None]:
    """The lowest and highest mark that the facts allow, for each item with a rule; None where they say nothing."""
    wanted = [item for item in scheme.items if item.by]
    if submission is None or not wanted:
        return {item.name: None for item in wanted}
    try:
        answer = shelf().explain(
            scheme.policy, judging.facts_of(submission), on=submission.on, year=submission.year
        )
    except (NoVersion, UnknownPolicy):
        return {item.name: None for item in wanted}
    return {item.name: _ends(item, answer.number(item.by)) for item in wanted}


def _ends(item: Item, found: Any) -> tuple[int, int] | None:
    """A range of a rule as whole marks of an item; nothing where the whole item is open."""
    if found.none or (found.low is None and found.high is None):
        return None
    low = 0 if found.low is None else max(0, -(-found.low.numerator // found.low.denominator))
    high = item.most if found.high is None else min(item.most, int(found.high))
    return None if (low, high) == (0, item.most) or low > high else (low, high)


def is_outside(mark: int | None, band: tuple[int, int] | list[int] | None) -> bool:
    """Does a mark lie outside of what the facts give?"""
    return mark is not None and band is not None and not band[0] <= mark <= band[1]


def read_mark(item: Item, text: str) -> tuple[int | None, str]:
    """A mark as it was typed, and what is wrong with it; nothing is no mark yet."""
    typed = text.strip()
    if not typed:
        return None, ""
    if not (typed.isascii() and typed.isdigit() and len(typed) < 4) or int(typed) > item.most:
        return None, _("请填写 0 至 %(most)d 的整数") % {"most": item.most}
    return int(typed), ""


def mark_of(sheet: Sheet, item: str) -> int | None:
    """The mark of an item on a sheet; None while there is none."""
    found: int | None = sheet.marks.get(item, {}).get("mark")
    return found


def total_of(scheme: Scheme, sheet: Sheet) -> int:
    """What the sheet's own marks come to, each part up to its most."""
    total = 0
    for part in scheme.parts:
        points = sum(mark_of(sheet, item.name) or 0 for item in part.items if item.kind == sheet.kind)
        total += min(points, part.most)
    return total


@dataclass(frozen=True, slots=True)
class Fault:
    """What stands in the way of a signature: the field, what it is called, what to do."""

    field: str
    label: str
    text: str


def faults_of(scheme: Scheme, sheet: Sheet, bands: Bands) -> list[Fault]:
    """Everything that a signature waits for: marks, reasons of marks outside their bands, the opinion."""
    found = []
    for item in scheme.marked_by(sheet.kind):
        mark = mark_of(sheet, item.name)
        if mark is None:
            found.append(Fault(MARK + item.name, str(item.title), _("还没有评分")))
        elif is_outside(mark, bands.get(item.name)) and not sheet.marks[item.name].get("reason", "").strip():
            found.append(Fault(REASON + item.name, str(item.title), _("评分超出档次，请写明理由")))
    if not sheet.opinion.strip():
        found.append(Fault(OPINION, _("评审意见"), _("请写明评审意见")))
    return found


def marked(scheme: Scheme, sheet: Sheet) -> tuple[int, int]:
    """How many items are marked, of how many."""
    items = scheme.marked_by(sheet.kind)
    return sum(mark_of(sheet, item.name) is not None for item in items), len(items)


def digest_of(sheet: Sheet) -> str:
    """SHA-256 over what is signed: who, of which file, every mark with its reason and band, the opinion, the total."""
    marks = {
        name: {key: held.get(key) for key in ("mark", "reason", "band")} for name, held in sorted(sheet.marks.items())
    }
    content = {
        "file": sheet.file_id, "expert": sheet.expert_id, "kind": sheet.kind, "marks": marks,
        "opinion": sheet.opinion, "total": sheet.total,
        "signed_at": sheet.signed_at.isoformat() if sheet.signed_at else "",
    }  # fmt: skip
    return judging.digest(content)


def shown(value: Fraction | int | None, digits: int = 2) -> str:
    """A mean in decimals, never rounded up: 70.33 for 211/3; a dash for none."""
    if value is None:
        return "—"
    found = Fraction(value)
    cut = found.numerator * 10**digits // found.denominator
    text = f"{cut // 10**digits}.{cut % 10**digits:0{digits}d}"
    return text.rstrip("0").rstrip(".") if Fraction(cut, 10**digits) == found else text


def exact(value: Fraction) -> str:
    """A mean as the fraction that it is: 211/3; empty where the decimals say it all."""
    return "" if Fraction(shown(value)) == value else f"{value.numerator}/{value.denominator}"
