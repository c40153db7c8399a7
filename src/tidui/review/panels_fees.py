"""What the page of a batch shows of the fees of its experts, to those who keep the accounts."""

from __future__ import annotations

from django.http import HttpRequest

from tidui.casework import panels
from tidui.casework.models import Batch
from tidui.casework.panels import Panel
from tidui.kit import access
from tidui.kit.visibility import visible_to
from tidui.review.models import FeeSheet, Review


@panels.add("batch", order=90)
def fees(request: HttpRequest, batch: Batch) -> Panel | None:
    """The lists of fees of a batch that is reviewed, and the way to make one."""
    if not access.check("review.view_fees", request.user) or not Review.objects.filter(batch=batch).exists():
        return None
    rows = visible_to(request.user, FeeSheet).filter(batch=batch).order_by("pk")
    return Panel(
        "review/fees/_batch.html",
        {"batch": batch, "rows": rows, "may_make": bool(access.check("review.fees", request.user))},
    )
