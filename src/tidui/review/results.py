"""What a panel's signed sheets come to: unrounded means by item, parts up to their most, the total, and what it means.

`result_of(file)` gives it for one file and `results(review)` for a whole review in two queries. Both read what the
leader signed; `of_sheets` works it out while the leader has not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from tidui.review import marks
from tidui.review.enums import ExpertKind, SheetState
from tidui.review.models import File, PanelForm, Review, Sheet
from tidui.review.scheme import Scheme, scheme

#: `File.total` is in millionths of a point.
MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Result:
    """Exact means by item, points by part, their sum, and whether that is above the line."""

    means: Mapping[str, Fraction]
    parts: Mapping[str, Fraction]
    total: Fraction
    recommended: bool

    @property
    def shown(self) -> str:
        """The total in decimals, never rounded up."""
        return marks.shown(self.total)

    @property
    def millionths(self) -> int:
        """The total as a file keeps it to sort by: rounded down."""
        return int(self.total * MILLION)


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A file of a review with its result and the panel's opinion; no result while the leader has not signed."""

    file: File
    result: Result | None
    opinion: str = ""


def of_means(by: Scheme, means: Mapping[str, Fraction]) -> Result:
    """The result of means by item: a bonus counts like any item, and no part exceeds its most."""
    parts = {
        part.name: min(Fraction(part.most), sum((means[item.name] for item in part.items), Fraction(0)))
        for part in by.parts
    }
    total = sum(parts.values(), Fraction(0))
    return Result(dict(means), parts, total, above(by, total))


def above(by: Scheme, total: Fraction | float) -> bool:
    """Is a total recommended by the line of a scheme?"""
    return total > by.line if by.over else total >= by.line


def of_sheets(by: Scheme, sheets: Iterable[Sheet]) -> Result | None:
    """The result of signed sheets; None where an item is marked by nobody."""
    signed = [one for one in sheets if one.state == SheetState.SIGNED]
    means: dict[str, Fraction] = {}
    for item in by.items:
        all_given = (marks.mark_of(one, item.name) for one in signed if one.kind == item.kind)
        given = [mark for mark in all_given if mark is not None]
        if not given:
            return None
        means[item.name] = Fraction(sum(given), len(given))
    return of_means(by, means)


def of_form(by: Scheme, form: PanelForm | None) -> Result | None:
    """The result that a leader signed; None for a form without a signature."""
    if form is None or form.signed_at is None:
        return None
    return of_means(by, {name: Fraction(text) for name, text in form.means.items()})


def result_of(file: File) -> Result | None:
    """The result of a file as its leader signed it; None before."""
    form = PanelForm.objects.filter(file=file).first()
    return of_form(scheme(file.review.scheme), form)


def results(review: Review) -> list[Reviewed]:
    """Every file of a review with its result, the highest total first, those without one last. Two queries."""
    by = scheme(review.scheme)
    forms = {one.file_id: one for one in PanelForm.objects.filter(file__review=review, signed_at__isnull=False)}
    files = File.objects.filter(review=review).select_related("application__organisation", "group").order_by("pk")
    found = [
        Reviewed(one, of_form(by, forms.get(one.pk)), forms[one.pk].opinion if one.pk in forms else "") for one in files
    ]
    return sorted(found, key=lambda one: (one.result is None, -(one.result.total if one.result else 0), one.file.pk))


# ---------------------------------------------------------------------- alarms
def alarms_of(by: Scheme, most: int, sheets: Sequence[Sheet]) -> list[dict[str, Any]]:
    """Why a panel is to look again: totals of a kind that lie further apart than `most`, marks outside their bands."""
    signed = [one for one in sheets if one.state == SheetState.SIGNED]
    found: list[dict[str, Any]] = []
    for kind in ExpertKind.values:
        totals = [one.total for one in signed if one.kind == kind and one.total is not None]
        if totals and max(totals) - min(totals) > most:
            found.append({"what": "spread", "kind": str(kind), "low": min(totals), "high": max(totals), "most": most})
    for one in signed:
        for item in by.marked_by(one.kind):
            held = one.marks.get(item.name, {})
            if marks.is_outside(held.get("mark"), held.get("band")):
                found.append({
                    "what": "outside", "item": item.name, "sheet": one.pk, "mark": held["mark"],
                    "band": list(held["band"]),
                })  # fmt: skip
    return found
