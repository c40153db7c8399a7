"""Addresses that exist in tests only: what refuses, what fails, and what keeps a form."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from tidui.kit import access
from tidui.kit.routes import page


@page("kit.signed_in", methods=("GET", "POST"))
def closed(request: HttpRequest) -> HttpResponse:
    """Open to those who have signed in."""
    return HttpResponse("open")


@page("kit.public", methods=("GET", "POST"))
def refusing(request: HttpRequest) -> HttpResponse:
    """Refuses everybody, with a reason."""
    raise access.NotAllowed(access.Refused("verified", "verified <b>facts</b> stay"))


@page("kit.public", methods=("GET", "POST"))
def telling(request: HttpRequest) -> HttpResponse:
    """Leaves a message and answers with a fragment."""
    messages.success(request, "saved")
    return HttpResponse("<p>part</p>")


def failing(request: HttpRequest) -> HttpResponse:
    """Fails."""
    raise RuntimeError("as it was meant to")


urlpatterns = [
    path("closed/", closed),
    path("refusing/", refusing),
    path("telling/", telling),
    path("failing/", failing),
    path("", include("tidui.site.urls")),
]
handler400 = "tidui.kit.views.errors.bad_request"
handler403 = "tidui.kit.views.errors.forbidden"
handler404 = "tidui.kit.views.errors.not_found"
handler500 = "tidui.kit.views.errors.failed"
