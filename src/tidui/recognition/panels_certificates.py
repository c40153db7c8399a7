"""Certificates on the page of a batch, of a case, of a recognition."""

from __future__ import annotations

from django.http import HttpRequest

from tidui.casework import panels
from tidui.casework.batching import at_stage, stages_of
from tidui.casework.models import Application, Batch
from tidui.kit import access
from tidui.kit.visibility import visible_to
from tidui.recognition.enums import DocumentKind
from tidui.recognition.kinds import ISSUE
from tidui.recognition.models import Document, Recognition
from tidui.recognition.models_certificates import Certificate


@panels.add("batch", order=50)
def batch(request: HttpRequest, thing: Batch) -> panels.Panel | None:
    """What waits for its certificate, and the recognition documents."""
    if not stages_of(thing.call, ISSUE.name):
        return None
    papers = visible_to(request.user, Document).filter(batch=thing, kind=DocumentKind.RECOGNITION)
    shown = list(papers.defer("content").order_by("pk"))
    waiting = at_stage(thing, ISSUE.name).count()
    if not (shown or waiting):
        return None
    may = bool(access.check("recognition.issue", request.user))
    return panels.Panel(
        "recognition/certificates/_batch.html", {"batch": thing, "papers": shown, "waiting": waiting, "may": may}
    )


@panels.add("case", order=6)
def case(request: HttpRequest, thing: Application) -> panels.Panel | None:
    """The certificate that an application led to."""
    rows = visible_to(request.user, Certificate).filter(recognition__application=thing)
    return _panel(list(rows.order_by("-issue")))


@panels.add("recognition", order=20)
def recognition(request: HttpRequest, thing: Recognition) -> panels.Panel | None:
    """Every issue of the certificate."""
    return _panel(list(visible_to(request.user, Certificate).filter(recognition=thing).order_by("-issue")))


def _panel(rows: list[Certificate]) -> panels.Panel | None:
    return panels.Panel("recognition/certificates/_rows.html", {"rows": rows}) if rows else None
