"""Four eyes: what a colleague proposes is confirmed or declined by another."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from tidui.casework import actions, presenting
from tidui.casework.actions import taking_back
from tidui.casework.form import label_of_field
from tidui.casework.models import Application, Proposal
from tidui.casework.reviewing import Review
from tidui.casework.views import posted
from tidui.casework.views.desk.deciding import parted
from tidui.kit.access import NotAllowed
from tidui.kit.routes import page
from tidui.kit.visibility import get_visible
from tidui.registry.views.common import person


@page("casework.desk")
def proposal(request: HttpRequest, pk: int) -> HttpResponse:
    """What was proposed, with the application that it is about."""
    return _show(request, get_visible(request.user, Proposal, pk=pk))


def _show(request: HttpRequest, found: Proposal, fault: Any = "", status: int = 200) -> HttpResponse:
    application = get_visible(request.user, Application, pk=found.application_id)
    owner = actions.moving.programme_of(application)
    stage = actions.moving.stage_of(application)
    move = stage.move(found.move)
    context = {
        "proposal": found, "application": application, "review": Review(application, request.user),
        "title": move.title if move else found.move, "stage": stage.title, "fault": fault,
        "labels": [label_of_field(owner, one) for one in found.fields], "answer": posted.text(request, "answer"),
        "open": found.ended_at is None and found.version == application.version,
        "own": found.by_id == person(request).pk, "left": presenting.left(application.due_on),
        "panels": parted(request, application),
    }  # fmt: skip
    return render(request, "casework/desk/proposal.html", context, status=status)


@page("casework.desk", methods=("POST",))
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm or decline."""
    found = get_visible(request.user, Proposal, pk=pk)
    agree = request.POST.get("agree") == "1"
    try:
        actions.confirm(
            proposal=found, agree=agree, answer=posted.text(request, "answer"), by=person(request),
            at=timezone.now(),
        )  # fmt: skip
    except NotAllowed as refused:
        return _show(request, get_visible(request.user, Proposal, pk=pk), refused.refused.reason, status=422)
    messages.success(request, _("已复核同意，办理生效。") if agree else _("已退回办理意见，由原经办人重新办理。"))
    return HttpResponseRedirect(reverse("casework:proposals"))


@page("casework.desk", methods=("POST",))
def retract(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back what one proposed oneself."""
    found = get_visible(request.user, Proposal, pk=pk)
    try:
        taking_back.retract(proposal=found, by=person(request), at=timezone.now())
    except NotAllowed as refused:
        return _show(request, get_visible(request.user, Proposal, pk=pk), refused.refused.reason, status=422)
    messages.success(request, _("已撤回办理意见。"))
    return HttpResponseRedirect(reverse("casework:review", args=[found.application_id]))
