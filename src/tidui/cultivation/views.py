"""The first page of an enterprise, what one policy says of it, and the officer's register."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tidui.accounts.models import Organisation
from tidui.cultivation import first_page as pages
from tidui.cultivation import self_marks as marking
from tidui.cultivation import ways
from tidui.cultivation.lists import REGISTER
from tidui.cultivation.models import SelfMarks
from tidui.cultivation.queries import register as register_rows
from tidui.cultivation.self_marks import SelfMarksForm, with_self_marks
from tidui.kit import access, clock, jobs, lists
from tidui.kit.routes import page
from tidui.kit.visibility import get_visible, visible_to
from tidui.registry.facts import fact_set
from tidui.registry.views.common import person


@page("cultivation.view_register", methods=("GET", "POST"))
def register(request: HttpRequest) -> HttpResponseBase:
    """The enterprises of the officer's reach with their rungs and shortfalls."""
    access.require("cultivation.view_register", request.user)
    return lists.page(request, REGISTER, template="cultivation/register.html")


@page("cultivation.screen", methods=("POST",))
def screen(request: HttpRequest) -> HttpResponse:
    """Have the worker place every enterprise of the reach again."""
    access.require("cultivation.screen", request.user)
    count = register_rows(request.user).count()
    title = ngettext("重新测算辖区内 %(count)s 家企业", "重新测算辖区内 %(count)s 家企业", count) % {"count": count}
    job = jobs.start("cultivation.screen", by=request.user, title=title, at=timezone.now())
    return redirect("kit:job", job.pk)


def _enterprise(request: HttpRequest, organisation_id: int) -> Organisation:
    organisation = get_visible(request.user, Organisation, pk=organisation_id, file__isnull=False)
    access.require("cultivation.view_first_page", request.user, organisation)
    return organisation


@page("cultivation.view_first_page")
def first_page(request: HttpRequest, organisation_id: int) -> HttpResponse:
    """Where the enterprise stands, what is missing for the next rung with the plan, and what it can use today."""
    organisation = _enterprise(request, organisation_id)
    marks = _marks(request, organisation)
    shown = pages.present(fact_set(organisation), organisation, _day(request), marks)
    context: dict[str, Any] = {"organisation": organisation, "page": shown, "marks": marks}
    if access.check("casework.apply", request.user, organisation):
        context["waiting"] = ways.waiting(organisation)
        if shown.next is not None:
            context["calls"] = ways.calls_to(shown.next.policy, organisation, timezone.now())
    return render(request, "cultivation/first_page.html", context)


@page("cultivation.view_first_page")
def policy(request: HttpRequest, organisation_id: int, authority: str, name: str) -> HttpResponse:
    """What one policy says of the enterprise, condition by condition, with articles and facts."""
    organisation = _enterprise(request, organisation_id)
    marks = _marks(request, organisation)
    facts = with_self_marks(fact_set(organisation), marks)
    shown = pages.present_policy(f"{authority}/{name}", facts, organisation, _day(request))
    if shown is None:
        raise Http404
    context: dict[str, Any] = {"organisation": organisation, "page": shown, "marks": marks}
    return render(request, "cultivation/policy.html", context)


@page("cultivation.mark_oneself", methods=("GET", "POST"))
def mark_oneself(request: HttpRequest, organisation_id: int) -> HttpResponse:
    """The enterprise's own marks, where a panel will mark."""
    organisation = _enterprise(request, organisation_id)
    access.require("cultivation.mark_oneself", request.user, organisation)
    before = _marks(request, organisation)
    form = SelfMarksForm(request.POST or None, initial=before.marks if before else {})
    if request.method == "POST" and form.is_valid():
        marking.mark_oneself(organisation=organisation, marks=form.marks(), by=person(request), at=timezone.now())
        messages.success(request, _("自评分已保存，培育方案按它重新测算。"))
        return redirect("cultivation:first_page", organisation.pk)
    context = {"organisation": organisation, "form": form}
    return render(request, "cultivation/self_marks.html", context, status=422 if request.method == "POST" else 200)


def _marks(request: HttpRequest, organisation: Organisation) -> SelfMarks | None:
    return visible_to(request.user, SelfMarks).filter(organisation=organisation).first()


def _day(request: HttpRequest) -> dt.date:
    """The day asked for (`?on=2026-06-30`), today unless it is a day of the years that policies know."""
    try:
        day = dt.date.fromisoformat(request.GET.get("on", ""))
    except ValueError:
        return clock.today()
    return day if 2000 <= day.year <= 2100 else clock.today()


