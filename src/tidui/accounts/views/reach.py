"""The department's pages of who reaches what."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tidui.accounts import actions, coverage, forms
from tidui.accounts import lists as own_lists
from tidui.accounts.models import Reach
from tidui.accounts.views.common import answer, done
from tidui.kit import access, clock, lists
from tidui.kit.routes import page
from tidui.kit.visibility import get_visible


def _may(request: HttpRequest) -> dict[str, Any]:
    return {"may_manage": bool(access.check("accounts.manage_reach", request.user))}


@page("accounts.view_reach", methods=("GET", "POST"))
def reach_list(request: HttpRequest) -> HttpResponseBase:
    """Who reaches what, with its dates."""
    return lists.page(request, own_lists.REACHES, template="accounts/reaches.html", context=_may(request))


@page("accounts.manage_reach", methods=("GET", "POST"))
def give_reach(request: HttpRequest) -> HttpResponse:
    """Let a unit reach something from a day on."""
    access.require("accounts.manage_reach", request.user)
    initial = {"since": clock.today(), "unit": request.GET.get("unit"), "division": request.GET.get("division")}
    form = forms.ReachForm(request.POST or None, initial=initial)

    def give() -> None:
        names = ("unit", "kind", "division", "target", "since", "until", "reason")
        given: dict[str, Any] = {name: form.cleaned_data[name] for name in names}
        actions.give_reach(**given, by=request.user, at=timezone.now())  # type: ignore[arg-type]

    if request.method == "POST" and done(form, give):
        messages.success(request, _("已设定推荐范围。"))
        return redirect("accounts:reaches")
    return answer(request, "accounts/give_reach.html", {"form": form})


@page("accounts.view_reach", methods=("GET", "POST"))
def reach_row(request: HttpRequest, pk: int) -> HttpResponse:
    """One reach row, and its end."""
    access.require("accounts.view_reach", request.user)
    row = get_visible(request.user, Reach, pk=pk)
    form = forms.EndReachForm(request.POST or None, initial={"until": clock.today()})
    if request.method == "POST":
        access.require("accounts.manage_reach", request.user)

    def end() -> None:
        actions.end_reach(reach=row, by=request.user, at=timezone.now(), **form.cleaned_data)  # type: ignore[arg-type]

    if request.method == "POST" and done(form, end):
        messages.success(request, _("已登记结束日期。"))
        return redirect("accounts:reaches")
    today = clock.today()
    ended = row.until is not None and row.until <= today
    context = {
        "row": row, "covers": own_lists.reach_words(row), "state": own_lists.reach_state(row, today), "form": form,
        "may_end": _may(request)["may_manage"] and not ended,
    }  # fmt: skip
    return answer(request, "accounts/reach_row.html", context)


@page("accounts.view_reach")
def check_reach(request: HttpRequest) -> HttpResponse:
    """Enterprises that no unit recommends, or several with the same right."""
    access.require("accounts.view_reach", request.user)
    found = coverage.gaps(clock.today())
    rows = [{"gap": gap, "place": lists.division_name(gap.division) if gap.division else ""} for gap in found]
    context = {
        "none": [row for row in rows if not row["gap"].doubled],  # type: ignore[attr-defined]
        "doubled": [row for row in rows if row["gap"].doubled],  # type: ignore[attr-defined]
        **_may(request),
    }
    return answer(request, "accounts/check_reach.html", context)
