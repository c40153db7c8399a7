"""A page for tests only: a refused form with a group of choices and a field inside a folded section."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.template import RequestContext, Template
from django.urls import include, path

from tidui.kit.routes import page

PAGE = """{% extends "kit/page.html" %}{% load ui %}{% block title %}faults{% endblock %}{% block content %}
<form method="post" class="form" novalidate>{% csrf_token %}{% include "kit/forms/errors.html" %}
{% field form.name %}{% field form.way %}{% field form.days %}
<details><summary>more</summary><details><summary>most</summary>{% field form.deep %}</details></details>
{% submit "send" %}</form>{% endblock %}"""


class FaultyForm(forms.Form):
    """One of each kind of field that a fault may lead to; each is required."""

    name = forms.CharField(label="Name")
    way = forms.ChoiceField(label="Way", choices=[("a", "First"), ("b", "Second")], widget=forms.RadioSelect)
    days = forms.MultipleChoiceField(
        label="Days", choices=[("1", "Monday"), ("2", "Tuesday")], widget=forms.CheckboxSelectMultiple
    )
    deep = forms.CharField(label="Deep")


@page("kit.signed_in", methods=("GET", "POST"))
def faulty(request: HttpRequest) -> HttpResponse:
    """The form, which is refused as long as something is missing."""
    form = FaultyForm(request.POST or None)
    status = 422 if request.method == "POST" and not form.is_valid() else 200
    context = RequestContext(request, {"form": form, "request": request})
    return HttpResponse(Template(PAGE).render(context), status=status)


urlpatterns = [path("faulty/", faulty, name="faulty"), path("", include("tidui.site.urls"))]
