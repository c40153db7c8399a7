"""On the page of a case: what changed since the organisation's last application of the same programme."""

from __future__ import annotations

from django.http import HttpRequest

from tidui.casework import panels, renewing, sealing
from tidui.casework.models import Application, Submission
from tidui.casework.panels import Panel
from tidui.casework.programme import programme
from tidui.kit.visibility import visible_to


@panels.add("case", order=14)
def since_last(request: HttpRequest, application: Application) -> Panel | None:
    """For whoever may see both: the applicant, and those who decide."""
    if application.submitted_at is None:
        return None
    before = renewing.earlier_of(application)
    if before is None:
        return None
    seen = visible_to(request.user, Submission)
    newest = seen.filter(application=application).order_by("-number").first()
    if newest is None or not seen.filter(pk=before.pk).exists():
        return None
    newest.application = application
    owner, sealed = programme(application.programme), not sealing.reads_sealed(request.user, application)
    changes = [
        one for one in renewing.since(before, newest) if not (sealed and sealing.is_sealed(owner, one.field))
    ]
    context = {"before": before, "changes": changes, "application": before.application}
    return Panel("casework/desk/_since_last.html", context)
