"""Pages for tests only: a form that saves as one types, one that does not, and buttons that htmx sends."""

from __future__ import annotations

from dataclasses import dataclass, field

from django import forms
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import RequestContext, Template
from django.urls import include, path

from tidui.kit import access
from tidui.kit.routes import page

PAGE = """{% extends "kit/page.html" %}{% load ui %}{% block title %}draft{% endblock %}{% block content %}
<form method="post" class="form" data-autosave-url="/draft/save/" data-autosave-who="{{ request.user.pk }}">
{% csrf_token %}{% form_fields form %}{% autosave_status %}{% submit "send" %}</form>{% endblock %}"""


@dataclass
class Store:
    """What the server has: values with their versions, who wrote them, and what was asked of it."""

    values: dict[str, tuple[int, str, str]] = field(default_factory=dict)
    asked: list[tuple[str, str, str]] = field(default_factory=list)


store = Store()


class DraftForm(forms.Form):
    """Three kinds of fields."""

    name = forms.CharField(required=False)
    note = forms.CharField(widget=forms.Textarea, required=False)
    agree = forms.BooleanField(required=False)


@page("kit.signed_in", methods=("GET", "POST"))
def draft(request: HttpRequest) -> HttpResponse:
    """The form as the server has it."""
    known = {name: value for name, (_, value, _) in store.values.items()}
    form = DraftForm(initial={**known, "agree": known.get("agree") == "on"})
    for name, one in form.fields.items():
        one.widget.attrs["data-version"] = store.values.get(name, (0, "", ""))[0]
    return HttpResponse(Template(PAGE).render(RequestContext(request, {"form": form, "request": request})))


@page("kit.signed_in", methods=("POST",))
def save(request: HttpRequest) -> HttpResponse:
    """The protocol: one field, its value, and the version that the page has seen."""
    name, value, base = (request.POST[part] for part in ("field", "value", "base"))
    store.asked.append((name, value, base))
    if value == "refused":
        return JsonResponse({"error": "not that"}, status=422)
    version, kept, by = store.values.get(name, (0, "", ""))
    if int(base) != version and kept != value:
        return JsonResponse({"version": version, "value": kept, "by": by}, status=409)
    store.values[name] = (version + 1, value, str(request.user))
    return JsonResponse({"version": version + 1, "error": "too short" if value == "x" else ""})


KEEP = """{% extends "kit/page.html" %}{% load ui %}{% block title %}keep{% endblock %}{% block content %}
<p>kept: {{ kept }}</p><form method="post" class="form">{% csrf_token %}{% form_fields form %}{% submit "send" %}</form>
{% endblock %}"""
kept: list[str] = []


@page("kit.signed_in", methods=("GET", "POST"))
def keep(request: HttpRequest) -> HttpResponse:
    """An ordinary form, kept when it is sent."""
    if request.method == "POST":
        kept.append(request.POST["note"].replace("\r\n", "\n"))
    context = {"form": DraftForm(), "kept": " ".join(kept)}
    return HttpResponse(Template(KEEP).render(RequestContext(request, context)))


BUTTONS = """{% extends "kit/page.html" %}{% load ui %}{% block title %}buttons{% endblock %}{% block content %}
<div id="part">as it was</div>
<button type="button" hx-post="/refused/" hx-target="#part">refuse</button>
<button type="button" hx-post="/draft/" hx-target="#part">change</button>
<button type="button" hx-post="/broken/" hx-target="#part">break</button>{% endblock %}"""


@page("kit.public")
def buttons(request: HttpRequest) -> HttpResponse:
    """Buttons that ask for a part of the page and do not get it."""
    return HttpResponse(Template(BUTTONS).render(RequestContext(request)))


@page("kit.public", methods=("POST",))
def refused(request: HttpRequest) -> HttpResponse:
    """Refuses."""
    raise access.NotAllowed(access.Refused("no", "it was verified"))


@page("kit.public", methods=("POST",))
def broken(request: HttpRequest) -> HttpResponse:
    """What a gateway in between might answer."""
    return HttpResponse("<h1>Bad gateway</h1>", status=502)


urlpatterns = [
    path("buttons/", buttons),
    path("refused/", refused),
    path("broken/", broken),
    path("keep/", keep),
    path("draft/", draft),
    path("draft/save/", save),
    path("", include("tidui.site.urls")),
]
