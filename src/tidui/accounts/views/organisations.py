"""Organisations: the list, one with its history, and what the department records about it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tidui.accounts import actions, forms, queries
from tidui.accounts import lists as own_lists
from tidui.accounts.enums import REACHED, RECOMMENDING
from tidui.accounts.models import Organisation, OrganisationState
from tidui.accounts.standing import standing
from tidui.accounts.views.common import answer, done, organisation_for
from tidui.kit import access, clock, lists
from tidui.kit.routes import page
from tidui.kit.visibility import visible_to


@page("accounts.view_organisations", methods=("GET", "POST"))
def organisation_list(request: HttpRequest) -> HttpResponseBase:
    """The organisations that one may look into."""
    context = {"may_found": bool(access.check("accounts.found_organisation", request.user))}
    return lists.page(request, own_lists.ORGANISATIONS, template="accounts/organisations.html", context=context)


@page("accounts.view_organisation")
def organisation(request: HttpRequest, pk: int) -> HttpResponse:
    """One organisation: what it is, what it was, who recommends it, what it reaches."""
    found = organisation_for(request, pk, "accounts.view_organisation")
    states = visible_to(request.user, OrganisationState).filter(organisation=found)
    context = {
        "organisation": found,
        "states": list(states.select_related("zone", "affiliation", "merged_into").order_by("-since")),
        "today": clock.today(),
        "recommended": found.kind in REACHED,
        "units": queries.recommending_units(found) if found.kind in REACHED and found.active else (),
        "reaches": _reaches(request, found),
        "may": _may(request, found),
        "give_reach_url": f"{reverse('accounts:give_reach')}?unit={found.pk}",
        "own": found.pk in standing(request.user).ids,
    }
    return render(request, "accounts/organisation.html", context)


def _reaches(request: HttpRequest, found: Organisation) -> list[dict[str, Any]]:
    if found.kind not in RECOMMENDING:
        return []
    rows = queries.reaches(request.user).filter(unit=found).select_related("target").order_by("since", "pk")
    today = clock.today()
    return [
        {"row": row, "covers": own_lists.reach_words(row), "state": own_lists.reach_state(row, today)} for row in rows
    ]


def _may(request: HttpRequest, found: Organisation) -> dict[str, bool]:
    """Which buttons the page shows."""
    asked = {
        "rename": "accounts.rename_organisation", "move": "accounts.move_organisation",
        "end": "accounts.change_units", "members": "accounts.view_members", "manage": "accounts.manage_members",
        "reach": "accounts.manage_reach",
    }  # fmt: skip
    may = {name: bool(access.check(permission, request.user, found)) for name, permission in asked.items()}
    may["rename"] = may["rename"] and found.active
    may["move"] = may["move"] and found.active and found.kind in REACHED
    may["merge"] = may["end"] and found.active and found.kind in RECOMMENDING
    may["end"] = may["end"] and found.active
    may["reach"] = may["reach"] and found.active and found.kind in RECOMMENDING
    return may


@page("accounts.found_organisation", methods=("GET", "POST"))
def found_organisation(request: HttpRequest) -> HttpResponse:
    """Register an organisation."""
    access.require("accounts.found_organisation", request.user)
    form = forms.FoundForm(request.POST or None, initial={"since": clock.today()})
    made: list[Organisation] = []

    def register() -> None:
        given = form.cleaned_data
        made.append(
            actions.found_organisation(
                organisation=form.organisation(), since=given["since"], reason=given["reason"], by=_person(request),
                at=timezone.now(),
            )
        )  # fmt: skip

    if request.method == "POST" and done(form, register):
        messages.success(request, _("已登记。"))
        return redirect("accounts:organisation", made[0].pk)
    return answer(request, "accounts/found.html", {"form": form})


@page("accounts.rename_organisation", methods=("GET", "POST"))
def rename(request: HttpRequest, pk: int) -> HttpResponse:
    """Record a new name or credit code."""
    found = organisation_for(request, pk, "accounts.rename_organisation")
    initial = {"name": found.name, "uscc": found.uscc, "since": clock.today()}
    return _change(request, found, forms.RenameForm(request.POST or None, initial=initial), _("登记更名和代码变更"))


@page("accounts.move_organisation", methods=("GET", "POST"))
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """Record a new place or affiliation."""
    found = organisation_for(request, pk, "accounts.move_organisation")
    initial = {
        "division": found.division, "zone": found.zone_id, "affiliation": found.affiliation_id, "since": clock.today()
    }  # fmt: skip
    return _change(request, found, forms.MoveForm(request.POST or None, initial=initial), _("登记迁移、隶属变更"))


def _change(
    request: HttpRequest, found: Organisation, form: forms.RenameForm | forms.MoveForm, title: Any
) -> HttpResponse:
    def change() -> None:
        actions.change_organisation(
            organisation=found, changes=form.changes(found), since=form.cleaned_data["since"],
            reason=form.cleaned_data["reason"], by=_person(request), at=timezone.now(),
        )  # fmt: skip

    if request.method == "POST" and done(form, change):
        messages.success(request, _("已登记变更。"))
        return redirect("accounts:organisation", found.pk)
    return answer(request, "accounts/change.html", {"form": form, "organisation": found, "heading": title, "grave": ""})


@page("accounts.change_units", methods=("GET", "POST"))
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """End an organisation on a day."""
    found = organisation_for(request, pk, "accounts.change_units")
    form = forms.CloseForm(request.POST or None, initial={"since": clock.today()})

    def end() -> None:
        actions.close_organisation(organisation=found, by=_person(request), at=timezone.now(), **form.cleaned_data)

    if request.method == "POST" and done(form, end):
        messages.success(request, _("已登记停用。"))
        return redirect("accounts:organisation", found.pk)
    grave = _("停用后，该单位的角色和推荐范围随之结束，记录仍然保留。")
    context = {"form": form, "organisation": found, "heading": _("停用单位"), "grave": grave}
    return answer(request, "accounts/change.html", context)


@page("accounts.change_units", methods=("GET", "POST"))
def merge(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a unit become part of another on a day."""
    found = organisation_for(request, pk, "accounts.change_units")
    form = forms.MergeForm(request.POST or None, absorbed=found, initial={"since": clock.today()})

    def unite() -> None:
        actions.merge_units(absorbed=found, by=_person(request), at=timezone.now(), **form.cleaned_data)

    if request.method == "POST" and done(form, unite):
        messages.success(request, _("已登记合并。"))
        return redirect("accounts:organisation", found.pk)
    grave = _("合并后，并入单位接管推荐范围、成员和待办；原单位办过的业务，并入单位仍可查看。")
    context = {"form": form, "organisation": found, "heading": _("并入另一单位"), "grave": grave}
    return answer(request, "accounts/change.html", context)


def _person(request: HttpRequest) -> Any:
    return request.user
