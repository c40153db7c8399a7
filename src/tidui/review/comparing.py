"""The calibration of a review: the signed sheets handed to the model, and what it said as data that is kept.

It stands beside the official means: nothing here writes a result.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from tidui.review import marks
from tidui.review.enums import SheetState
from tidui.review.models import Expert, File, PanelForm, Review, Sheet
from tidui.review.scheme import scheme


def worked_out(review: Review) -> dict[str, Any]:
    """What the model says of a review's signed sheets now, as JSON with names. Four queries, however many sheets."""
    from tidui.review import calibrating  # numpy sleeps until it is wanted

    by = scheme(review.scheme)
    sheets = Sheet.objects.filter(file__review=review, state=SheetState.SIGNED).order_by("pk")
    totals = sheets.values_list("file", "expert", "kind", "total")
    rows = [(file, expert, kind, total) for file, expert, kind, total in totals if total is not None]
    forms = PanelForm.objects.filter(file__review=review, signed_at__isnull=False)
    official = {file: Fraction(total) for file, total in forms.values_list("file", "total")}
    found = calibrating.calibrate(rows, by.line, over=by.over, official=official)
    names = dict(Expert.objects.filter(pk__in={row[1] for row in rows}).values_list("pk", "name"))
    codes = dict(File.objects.filter(pk__in=[one.file for one in found.flips]).values_list("pk", "code"))
    return {
        "layout": "tidui-calibration-1", "line": by.line, "over": by.over, "rows": len(rows), "files": len(official),
        "effects": [
            {
                "expert": one.expert, "name": names[one.expert], "kind": one.kind, "effect": round(one.effect, 3),
                "low": _rounded(one.low), "high": _rounded(one.high), "files": one.files,
                "component": one.component, "clear": one.clear,
            }
            for one in sorted(found.effects, key=lambda one: (one.kind, one.effect, one.expert))
        ],
        "flips": [
            {
                "file": one.file, "code": codes[one.file], "official": str(one.official),
                "shown": marks.shown(one.official), "calibrated": round(one.calibrated, 3),
                "recommended": one.recommended,
            }
            for one in found.flips
        ],
        "components": [
            {"kind": one.kind, "experts": len(one.experts), "files": one.files} for one in found.components
        ],
        "warnings": list(found.warnings),
    }  # fmt: skip


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
