"""The register of intellectual property."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from tidui.accounts.models import Organisation
from tidui.kit import access, clock, files, lists
from tidui.kit.routes import page
from tidui.kit.visibility import get_visible, visible_to
from tidui.registry import actions, property_facts
from tidui.registry.enums import CLASS_TWO
from tidui.registry.facts import fact_set
from tidui.registry.forms import PropertyForm, ReasonForm, UseForm
from tidui.registry.layout import label_of
from tidui.registry.lists import ALL_PROPERTY, PROPERTY, state_of
from tidui.registry.models import Enterprise, IntellectualProperty
from tidui.registry.showing import shown
from tidui.registry.views.common import clear_names, file_of, person, tabs


@page("registry.see_shared_property", methods=("GET", "POST"))
def all_property(request: HttpRequest) -> HttpResponseBase:
    """The registers of all enterprises in reach, with items that stand in two of them."""
    access.require("registry.see_shared_property", request.user)
    return lists.page(request, ALL_PROPERTY)


@page("registry.view_property", methods=("GET", "POST"))
def register(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The register of one enterprise, with what follows from it."""
    organisation = file_of(request, pk)
    counted = property_facts.facts_on(organisation, clock.today())
    accepted = fact_set(organisation)
    file = Enterprise.objects.filter(pk=pk).first()
    context = {
        "organisation": organisation, "tabs": tabs(request, organisation, "property"),
        "counts": [(label_of(name), shown(name, value)) for name, value in counted.items()],
        "agrees": all(accepted.get(name) == value for name, value in counted.items()),
        "complete_at": file.property_complete_at if file else None,
        "may_keep": bool(access.check("registry.keep_property", request.user, organisation)),
        "may_complete": bool(access.check("registry.draft", request.user, organisation)),
    }  # fmt: skip
    return lists.page(request, PROPERTY, scope={"organisation": pk}, template="registry/property.html", context=context)


@page("registry.keep_property", methods=("GET", "POST"))
def enter(request: HttpRequest, pk: int) -> HttpResponse:
    """Enter an item."""
    organisation = file_of(request, pk)
    access.require("registry.keep_property", request.user, organisation)
    form = PropertyForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        at = clock.now()
        try:
            item = actions.enter_property(
                organisation=organisation,
                details=form.details(),
                by=person(request),
                at=at,
                attachment=_kept(form, request, at),
            )
        except ValidationError as wrong:
            form.add_error(None, wrong)
        else:
            messages.success(request, _("%(number)s 已登记。") % {"number": item.number})
            return redirect("registry:property", pk=pk)
    return _form_page(request, organisation, form, _("登记知识产权"))


def _kept(form: PropertyForm, request: HttpRequest, at: Any) -> Any:
    received = form.cleaned_data["attachment"]
    return files.keep(received, by=person(request), at=at) if received else None


def _form_page(request: HttpRequest, organisation: Organisation, form: PropertyForm, title: str) -> HttpResponse:
    context = {
        "organisation": organisation, "form": form, "title": title, "tabs": tabs(request, organisation, "property"),
    }  # fmt: skip
    return render(request, "registry/property_form.html", context, status=422 if form.errors else 200)


def _item(request: HttpRequest, pk: int) -> IntellectualProperty:
    found = get_visible(request.user, IntellectualProperty, pk=pk)
    rows = IntellectualProperty.objects.select_related(
        "organisation", "organisation__zone", "entered_by", "struck_by", "attachment"
    )
    return rows.get(pk=found.pk)


@page("registry.view_property")
def item(request: HttpRequest, pk: int) -> HttpResponse:
    """One item; officers also see in which other registers it stands."""
    found = _item(request, pk)
    officer = bool(access.check("registry.see_shared_property", request.user, found.organisation))
    keeps = bool(access.check("registry.keep_property", request.user, found))
    twins = list(property_facts.sharing(found)) if officer else []
    within = {one.pk for one in visible_to(request.user, IntellectualProperty).filter(pk__in=[one.pk for one in twins])}
    context = {
        "item": found, "organisation": found.organisation, "tabs": tabs(request, found.organisation, "property"),
        "clear_names": clear_names(request, found.organisation), "state": state_of(found),
        "second": found.kind in CLASS_TWO, "may_keep": keeps and found.struck_at is None,
        "twins": [one for one in twins if one.pk in within], "twins_outside": len(twins) - len(within),
        "attachment": files.url(found.attachment) if found.attachment else "",
    }  # fmt: skip
    return render(request, "registry/property_item.html", context)


@page("registry.keep_property", methods=("GET", "POST"))
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct an item."""
    found = _item(request, pk)
    access.require("registry.keep_property", request.user, found)
    held = {name: getattr(found, name) for name in PropertyForm.base_fields if name not in ("owners", "attachment")}
    computed = {"valid_until": None} if found.term_computed else {}
    form = PropertyForm(
        request.POST or None, request.FILES or None, initial={**held, **computed, "owners": "\n".join(found.owners)}
    )
    if request.method == "POST" and form.is_valid():
        at = clock.now()
        try:
            actions.change_property(
                item=found, details=form.details(), by=person(request), at=at, attachment=_kept(form, request, at)
            )
        except ValidationError as wrong:
            form.add_error(None, wrong)
        else:
            messages.success(request, _("修改已保存。"))
            return redirect("registry:property_item", pk=pk)
    return _form_page(request, found.organisation, form, _("修改知识产权"))


@page("registry.keep_property", methods=("GET", "POST"))
def strike(request: HttpRequest, pk: int) -> HttpResponse:
    """Strike out an item that was entered by mistake."""
    found = _item(request, pk)
    access.require("registry.keep_property", request.user, found)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.strike_property(item=found, reason=form.cleaned_data["reason"], by=person(request), at=clock.now())
        messages.success(request, _("%(number)s 已注销。") % {"number": found.number})
        return redirect("registry:property", pk=found.organisation_id)
    return _small(request, found, form, _("注销"), _("录错的项目注销后不再计数，记录仍然保留。"))


@page("registry.keep_property", methods=("GET", "POST"))
def use(request: HttpRequest, pk: int) -> HttpResponse:
    """Note, or correct, in which recognition a class II item was used."""
    found = _item(request, pk)
    access.require("registry.keep_property", request.user, found)
    form = UseForm(request.POST or None, initial={"year": found.used_year})
    if request.method == "POST" and form.is_valid():
        year, reason = form.cleaned_data["year"], form.cleaned_data["reason"]
        if found.used_year is None and year is not None:
            actions.use_property(items=[found], year=year, note=reason, by=person(request), at=clock.now())
        else:
            actions.correct_use(item=found, year=year, reason=reason, by=person(request), at=clock.now())
        messages.success(request, _("使用情况已记录。"))
        return redirect("registry:property_item", pk=pk)
    return _small(request, found, form, _("高企认定使用"), _("Ⅱ类知识产权只能在高企认定中使用一次。"))


def _small(request: HttpRequest, found: IntellectualProperty, form: Any, title: str, lead: str) -> HttpResponse:
    context = {"item": found, "organisation": found.organisation, "form": form, "title": title, "lead": lead,
               "tabs": tabs(request, found.organisation, "property")}  # fmt: skip
    return render(request, "registry/property_small.html", context, status=422 if form.errors else 200)


@page("registry.draft", methods=("POST",))
def complete(request: HttpRequest, pk: int) -> HttpResponse:
    """The enterprise says that its register is complete; the counts of its file follow it."""
    organisation = file_of(request, pk)
    access.require("registry.draft", request.user, organisation)
    actions.complete_property(organisation=organisation, by=person(request), at=clock.now())
    messages.success(request, _("登记册已确认完整，知识产权指标已按登记册计入档案。"))
    return redirect("registry:property", pk=pk)
