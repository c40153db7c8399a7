"""What the page of a batch shows of groups and draws, for the department and inspection."""

from __future__ import annotations

from django.http import HttpRequest

from tidui.casework import panels
from tidui.casework.batching import at_stage, stages_of
from tidui.casework.models import Batch
from tidui.casework.panels import Panel
from tidui.kit import access
from tidui.kit.visibility import visible_to
from tidui.review.kinds import PANEL_REVIEW
from tidui.review.lists_drawing import DRAW_TONES
from tidui.review.models import Review


@panels.add("batch", order=30)
def drawn(request: HttpRequest, batch: Batch) -> Panel | None:
    """The review's groups and draws, or the way to open it."""
    if not access.check("review.view_reviews", request.user) or not stages_of(batch.call, PANEL_REVIEW.name):
        return None
    review = visible_to(request.user, Review).filter(batch=batch).first()
    if review is None:
        may = batch.closed_at is not None and bool(access.check("review.prepare", request.user))
        count = at_stage(batch, PANEL_REVIEW.name).count() if may else 0
        shown = {"review": None, "batch": batch, "may_prepare": bool(count), "count": count}
        return Panel("review/drawing/_batch.html", shown) if count else None
    draws = [(one, DRAW_TONES[one.state]) for one in review.draws.order_by("-number")]
    counted = {"groups": review.groups.count(), "files": review.files.count()}
    return Panel("review/drawing/_batch.html", {"review": review, "batch": batch, "draws": draws, **counted})
