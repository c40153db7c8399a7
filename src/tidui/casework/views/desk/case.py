"""The page of an application for everybody who may see it; undo, urging and overdue corrections from there."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from tidui.accounts.standing import standing
from tidui.casework import actions, panels, presenting, sealing
from tidui.casework.actions import taking_back, urging
from tidui.casework.comparing import Change, changed
from tidui.casework.enums import OPEN_TO_APPLICANT, State
from tidui.casework.models import Application, Step, Submission
from tidui.casework.permissions import may_work
from tidui.casework.reviewing import Review
from tidui.casework.views import posted
from tidui.kit import access
from tidui.kit.access import NotAllowed
from tidui.kit.routes import page
from tidui.kit.visibility import get_visible, visible_to
from tidui.registry.views.common import person


@page("casework.view")
def case(request: HttpRequest, pk: int) -> HttpResponse:
    """How an application stands, its way, what was submitted, what happened."""
    return show(request, get_visible(request.user, Application, pk=pk))


def show(request: HttpRequest, application: Application, fault: Any = "", status: int = 200) -> HttpResponse:
    """The page; `fault` says what was refused."""
    user = request.user
    inside = presenting.is_inside(standing(user), application)
    context = {
        "application": application,
        "title": presenting.programme_title(application.programme),
        "inside": inside,
        "status": presenting.status(application),
        "left": presenting.left(application.due_on),
        "tone": presenting.STATE_TONES[application.state],
        "way": presenting.way(application),
        "review": Review(application, user) if application.submitted_at else None,
        "submissions": _submissions(application, user),
        "events": presenting.timeline(application, user),
        "panels": panels.of("case", request, application),
        "fault": fault,
        "writes": application.state in OPEN_TO_APPLICANT and bool(access.check("casework.write", user, application)),
        "reviews": bool(access.check("casework.decide", user, application)),
        "urges": bool(access.check("casework.urge", user, application)),
        **_overdue(application, user),
        "undoes": _undoes(application, user),
    }
    return render(request, "casework/desk/case.html", context, status=status)


def _submissions(application: Application, user: Any) -> list[tuple[Submission, list[Change]]]:
    """What was submitted, the newest first, each with what it changed; corrections are few."""
    rows = list(visible_to(user, Submission).filter(application=application).order_by("-number"))
    before: list[Submission | None] = [*rows[1:], None]
    owner, sealed = actions.moving.programme_of(application), not sealing.reads_sealed(user, application)
    return [
        (row, [one for one in changed(old, row) if not (sealed and sealing.is_sealed(owner, one.field))] if old else [])
        for row, old in zip(rows, before, strict=False)
    ]


def _overdue(application: Application, user: Any) -> dict[str, bool]:
    if application.state != State.CORRECTION or not access.check("casework.take_back", user, application):
        return {"recalls": False, "refuses": False}
    return {"recalls": True, "refuses": taking_back.may_refuse(actions.moving.stage_of(application), user)}


def _undoes(application: Application, user: Any) -> Step | None:
    """The last step, if the person's unit made it and may still take it back as far as can be told."""
    last = application.steps.order_by("-number").first()
    if last is None or last.reverses_id or last.by_id is None or not last.to or last.by_unit_id is None:
        return None
    return last if may_work(standing(user), last.by_unit_id) else None


@page("casework.view", methods=("GET", "POST"))
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back one's own last step, with the reason."""
    step = get_visible(request.user, Step, pk=pk)
    application = get_visible(request.user, Application, pk=step.application_id)
    fault: Any = ""
    if request.method == "POST":
        try:
            actions.undo(
                step=step, reason=posted.text(request, "reason"), by=person(request), at=timezone.now()
            )
        except NotAllowed as refused:
            fault = refused.refused.reason
        else:
            messages.success(request, _("已撤销，两步均保留在办理记录中。"))
            return HttpResponseRedirect(_after(request, application))
    context = {
        "step": step, "application": application, "fault": fault, "reason": posted.text(request, "reason"),
        "title": presenting.step_title(actions.moving.programme_of(application), step),
        "back": reverse("casework:case", args=[application.pk]),
    }  # fmt: skip
    return render(request, "casework/desk/undo.html", context, status=422 if fault else 200)


def _after(request: HttpRequest, application: Application) -> str:
    fresh = Application.objects.get(pk=application.pk)
    mine = access.check("casework.decide", request.user, fresh)
    return reverse("casework:review" if mine else "casework:case", args=[fresh.pk])


@page("casework.urge", methods=("POST",))
def urge(request: HttpRequest, pk: int) -> HttpResponse:
    """Urge whoever holds the application."""
    application = get_visible(request.user, Application, pk=pk)
    try:
        urging.urge(
            application=application, note=posted.text(request, "note", 500), by=person(request), at=timezone.now()
        )
    except NotAllowed as refused:
        return show(request, application, refused.refused.reason, status=422)
    messages.success(request, _("已催办，并记入办理记录。"))
    return HttpResponseRedirect(reverse("casework:case", args=[pk]))


@page("casework.take_back", methods=("POST",))
def recall(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an overdue correction back on the desk."""
    return _ended(request, pk, refuse=False)


@page("casework.take_back", methods=("POST",))
def refuse_overdue(request: HttpRequest, pk: int) -> HttpResponse:
    """Refuse what was not corrected in time."""
    return _ended(request, pk, refuse=True)


def _ended(request: HttpRequest, pk: int, *, refuse: bool) -> HttpResponse:
    application = get_visible(request.user, Application, pk=pk)
    version, reason = posted.seen(request), posted.text(request, "reason")
    by, at = person(request), timezone.now()
    try:
        if refuse:
            taking_back.refuse_overdue(application=application, reason=reason, by=by, at=at, seen=version)
        else:
            taking_back.recall(application=application, reason=reason, by=by, at=at, seen=version)
    except NotAllowed as refused:
        return show(request, get_visible(request.user, Application, pk=pk), refused.refused.reason, status=422)
    messages.success(request, _("已决定不予通过。") if refuse else _("已收回，可以办理。"))
    return HttpResponseRedirect(_after(request, application))
