"""What meetings show on the page of a batch and of a case: for the department, and for inspection once published."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse

from tidui.casework import panels
from tidui.casework.batching import stages_of
from tidui.casework.models import Application, Batch
from tidui.kit import access
from tidui.kit.visibility import visible_to
from tidui.recognition import lines
from tidui.recognition.deciding import remarks_of
from tidui.recognition.kinds import DECISION
from tidui.recognition.lists_meetings import OUTCOME_TONES, TONES
from tidui.recognition.models_decisions import Decision, Meeting, MeetingState


@panels.add("batch", order=35)
def batch(request: HttpRequest, thing: Batch) -> panels.Panel | None:
    """The meetings of a batch, its comprehensive list, and the next meeting that may be held."""
    if not stages_of(thing.call, DECISION.name) or not access.check("recognition.view_meetings", request.user):
        return None
    held = list(visible_to(request.user, Meeting).filter(batch=thing).order_by("pk"))
    waiting = lines.at_decision(thing).count()
    if not (held or waiting):
        return None
    running = Meeting.objects.filter(batch=thing).exclude(state=MeetingState.PUBLISHED).exists()
    may = bool(access.check("recognition.decide", request.user))
    context = {
        "batch": thing, "waiting": waiting, "may_hold": may and bool(waiting) and not running and bool(thing.closed_at),
        "meetings": [
            {"pk": one.pk, "title": one.title, "held_on": one.held_on, "state": one.get_state_display(),
             "tone": TONES[MeetingState(one.state)]}
            for one in held
        ],
    }  # fmt: skip
    return panels.Panel("recognition/meetings/_batch.html", context)


@panels.add("case", order=65)
def case(request: HttpRequest, thing: Application) -> panels.Panel | None:
    """What meetings decided of an application, as far as the person may know."""
    rows = visible_to(request.user, Decision).filter(application=thing).select_related("meeting").order_by("pk")
    shown = [
        {
            "title": one.meeting.title, "held_on": one.meeting.held_on, "tone": OUTCOME_TONES[one.outcome],
            "outcome": one.get_outcome_display() if one.outcome else "", "remarks": remarks_of(one),
            "sealed": one.meeting.state != MeetingState.PUBLISHED,
            "url": reverse("recognition:decision", args=[one.meeting_id, thing.pk]),
        }
        for one in rows
    ]  # fmt: skip
    return panels.Panel("recognition/meetings/_case.html", {"rows": shown}) if shown else None
