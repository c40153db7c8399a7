"""What notices, objections, announcements and documents show on the page of a batch and of a case."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.http import HttpRequest

from tidui.casework import batching, panels
from tidui.casework.models import Application, Batch
from tidui.kit import access
from tidui.kit.visibility import visible_to
from tidui.recognition import announcing, noticing
from tidui.recognition.enums import DocumentKind, NoticeState, ObjectionState
from tidui.recognition.kinds import NOTICE
from tidui.recognition.lists_notices import OBJECTION_TONES, state_of
from tidui.recognition.models import Document, Notice, Objection


def _shown(notices: list[Notice]) -> list[dict[str, Any]]:
    return [{"pk": one.pk, "title": one.title, "ends_on": one.ends_on, "shown": state_of(one)} for one in notices]


@panels.add("batch", order=40)
def batch(request: HttpRequest, thing: Batch) -> panels.Panel | None:
    """The notices and announcements of a batch, and the next one that may be made."""
    notices = list(visible_to(request.user, Notice).filter(batch=thing).defer("entries", "text").order_by("pk"))
    papers = visible_to(request.user, Document).filter(batch=thing, kind=DocumentKind.ANNOUNCEMENT)
    announcements = list(papers.defer("content").order_by("pk"))
    there = batching.at_stage(thing, NOTICE.name)
    at_notice = there.count()
    waiting = announcing.to_announce(thing).count()
    if not (notices or announcements or at_notice or waiting):
        return None
    may = bool(access.check("recognition.publish", request.user))
    running = next((one for one in notices if one.state in (NoticeState.DRAFT, NoticeState.PUBLISHED)), None)
    ended = any(one.state == NoticeState.ENDED for one in notices)
    over = running is not None and str(state_of(running)[0]) != str(running.get_state_display())
    context = {
        "batch": thing, "notices": _shown(notices), "announcements": announcements, "at_notice": at_notice,
        "held_up": noticing.objected_among(there), "to_announce": waiting, "may_publish": may,
        "may_draft": may and thing.closed_at is not None and bool(at_notice) and running is None and not ended,
        "may_end": running if may and over else None,
    }  # fmt: skip
    return panels.Panel("recognition/notices/_batch.html", context)


@panels.add("case", order=70)
def case(request: HttpRequest, thing: Application) -> panels.Panel | None:
    """The notices that listed an application, its documents, and for the department the objections to it."""
    notices: list[Notice] = []
    if thing.batch_id is not None:
        published = Notice.objects.filter(batch=thing.batch_id).exclude(state=NoticeState.DRAFT)
        notices = list(published.defer("entries", "text").order_by("pk"))
    # An announcement names its batch; a letter or a decision its application.
    about = Q(application=thing)
    if thing.batch_id is not None:
        about |= Q(batch=thing.batch_id, kind=DocumentKind.ANNOUNCEMENT)
    documents = list(visible_to(request.user, Document).filter(about).defer("content").order_by("issued_at", "pk"))
    objections = list(visible_to(request.user, Objection).filter(application=thing).order_by("filed_at", "pk"))
    if not (notices or documents or objections):
        return None
    context = {
        "notices": _shown(notices), "documents": documents, "held_up": bool(noticing.objected([thing.pk])),
        "objections": [
            {"pk": one.pk, "filed_at": one.filed_at, "get_state_display": one.get_state_display(),
             "tone": OBJECTION_TONES[ObjectionState(one.state)]}
            for one in objections
        ],
    }  # fmt: skip
    return panels.Panel("recognition/notices/_case.html", context)
