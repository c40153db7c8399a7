"""The form of an application that is not begun: known by its call and organisation until something of it is kept."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse

from tidui.accounts.models import Organisation, User
from tidui.accounts.standing import standing
from tidui.casework import call_page, renewing
from tidui.casework.actions import applying as deeds
from tidui.casework.enums import CallState
from tidui.casework.models import Application, Call
from tidui.casework.permissions import NOT_YOURS
from tidui.casework.queries import call_of, own_application, running_of, under
from tidui.casework.views import applying
from tidui.kit import access, clock
from tidui.kit.access import NotAllowed
from tidui.kit.routes import page
from tidui.kit.visibility import get_visible


@page("casework.apply", methods=("GET", "POST"))
def apply(request: HttpRequest, call: int, organisation: int) -> HttpResponse:
    """The form of an organisation's application under a call. POST: begin it with what was sent, and save that."""
    found, theirs = _call(request, call), _organisation(request, organisation)
    application = _application(request, found, theirs)
    if request.method == "POST":
        return applying.answer_form(request, application)
    if application.is_begun:  # in the same unit
        query = request.META.get("QUERY_STRING", "")
        return redirect(reverse("casework:form", args=[application.pk]) + (f"?{query}" if query else ""))
    refused = call_page.entry(found, theirs, clock.now())
    if refused is not None:
        raise NotAllowed(refused)
    return applying.answer_form(request, application)


@page("casework.apply", methods=("POST",))
def work_out(request: HttpRequest, call: int, organisation: int) -> HttpResponse:
    """The score of what stands in the form now; nothing is saved."""
    return applying.answer_score(request, _posted(request, call, organisation))


@page("casework.apply", methods=("POST",))
def keep(request: HttpRequest, call: int, organisation: int) -> HttpResponse:
    """One field, saved as it is typed: with the first the application is begun."""
    return applying.answer_draft(request, _posted(request, call, organisation))


@page("casework.apply", methods=("POST",))
def hand_in(request: HttpRequest, call: int, organisation: int) -> HttpResponse:
    """Begin the application and submit it at once."""
    at = clock.now()
    return applying.answer_submission(request, _posted(request, call, organisation), at)


def _posted(request: HttpRequest, call: int, organisation: int) -> Application:
    return _application(request, _call(request, call), _organisation(request, organisation))


def _call(request: HttpRequest, pk: int) -> Call:
    found = call_of(request.user, pk)
    if found is None or found.state == CallState.DRAFT:
        raise Http404
    return found


def _organisation(request: HttpRequest, pk: int) -> Organisation:
    """One of the person's own organisations that they file for; who sends a form and may not (any more) is told so."""
    found = standing(request.user).own(pk)
    if found is None and request.method == "POST":
        raise NotAllowed(NOT_YOURS)
    theirs = found or get_visible(request.user, Organisation, pk=pk)
    access.require("casework.apply", request.user, theirs)
    return theirs


def _application(request: HttpRequest, call: Call, theirs: Organisation) -> Application:
    """What the organisation has begun under the call; or what it would begin, not saved."""
    there = under(call, theirs)
    running = running_of(there)
    found = own_application(request.user, running.pk) if running is not None else None
    if found is not None:
        return found
    assert isinstance(request.user, User)
    now = clock.now()
    made = deeds.unbegun(call=call, organisation=theirs, by=request.user, at=now)
    made.newest_before = made.newest_now = there[-1].pk if there else 0
    if request.method == "POST":  # what the page had seen, so that nobody begins again what a colleague has ended
        given = request.GET.get("since", "")
        made.newest_before = int(given) if given.isascii() and given.isdigit() and len(given) < 19 else 0
    renewing.foresee(made, now)
    return made


urlpatterns: list[URLPattern] = [
    path("calls/<int:call>/apply/<int:organisation>/", apply, name="apply"),
    path("calls/<int:call>/apply/<int:organisation>/draft/", keep, name="keep"),
    path("calls/<int:call>/apply/<int:organisation>/score/", work_out, name="work_out"),
    path("calls/<int:call>/apply/<int:organisation>/submit/", hand_in, name="hand_in"),
]
