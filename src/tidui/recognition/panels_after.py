"""What the page of a case shows of what came after the number: revocations, sampling checks."""

from __future__ import annotations

from django.http import HttpRequest

from tidui.casework import panels
from tidui.casework.models import Application
from tidui.casework.panels import Panel
from tidui.kit import access
from tidui.kit.visibility import visible_to
from tidui.recognition.lists_after import REVOCATION_TONES, SAMPLE_TONES
from tidui.recognition.models import Recognition, Revocation, Sample


@panels.add("case", order=80)
def after(request: HttpRequest, application: Application) -> Panel | None:
    """Revocations and samples of the case's number, and the way to propose a revocation."""
    held = visible_to(request.user, Recognition).filter(application=application).select_related("organisation").first()
    if held is None:
        return None
    revocations = visible_to(request.user, Revocation).filter(recognition=held).order_by("-pk")
    samples = visible_to(request.user, Sample).filter(recognition=held).order_by("-pk")
    shown = {
        "recognition": held,
        "revocations": [(one, REVOCATION_TONES[one.state]) for one in revocations],
        "samples": [(one, SAMPLE_TONES[one.state]) for one in samples],
        "may_open": held.revoked_on is None
        and bool(access.check("recognition.propose_revocation", request.user, held.organisation)),
    }
    if not (shown["revocations"] or shown["samples"] or shown["may_open"] or held.revoked_on):
        return None
    return Panel("recognition/revocations/_case.html", shown)
