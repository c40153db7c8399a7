"""What the page of a batch shows of its review."""

from __future__ import annotations

from django.http import HttpRequest

from tidui.casework import panels
from tidui.casework.models import Batch
from tidui.casework.panels import Panel
from tidui.kit import access
from tidui.kit.visibility import visible_to
from tidui.review import progressing
from tidui.review.models import Review


@panels.add("batch", order=45)
def review(request: HttpRequest, batch: Batch) -> Panel | None:
    """How far the review is, and the way to its page: for those who may see reviews."""
    if not access.check("review.view_reviews", request.user):
        return None
    found = visible_to(request.user, Review).filter(batch=batch).first()
    if found is None:
        return None
    return Panel(
        "review/reviewing/_batch.html",
        {"review": found, "whole": progressing.whole(found, progressing.of_groups(found))},
    )
