"""Returns: the list, one of them, its receipt, what changed between two; differences and how they are settled."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from tidui.facts import catalogue
from tidui.kit import access, clock, lists
from tidui.kit.access import NotAllowed
from tidui.kit.routes import page
from tidui.kit.visibility import get_visible, visible_to
from tidui.registry import actions, assessing, checking, history
from tidui.registry.actions.settling import loses_verified
from tidui.registry.enums import DifferenceState
from tidui.registry.facts import fact_set
from tidui.registry.forms import NoteForm, SettleForm
from tidui.registry.layout import label_of
from tidui.registry.lists import DIFFERENCES, RETURNS
from tidui.registry.models import Difference, Return, Verification
from tidui.registry.showing import place_label, shown
from tidui.registry.values import values_of
from tidui.registry.views.common import acting_for, clear_names, file_of, form_url, person, tabs
from tidui.registry.views.file import fact_url


@page("registry.view_returns", methods=("GET", "POST"))
def returns(request: HttpRequest) -> HttpResponseBase:
    """Every return that the person may see."""
    return lists.page(request, RETURNS)


@page("registry.view_returns", methods=("GET", "POST"))
def file_returns(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The returns of one file."""
    organisation = file_of(request, pk)
    context = {"organisation": organisation, "tabs": tabs(request, organisation, "returns"), "note": ""}
    return lists.page(request, RETURNS, scope={"organisation": pk}, template="registry/file_list.html", context=context)


def _return(request: HttpRequest, pk: int) -> Return:
    found = get_visible(request.user, Return, pk=pk)
    rows = Return.objects.select_related("organisation", "organisation__zone", "filed_by", "filed_for", "document")
    return rows.get(pk=found.pk)


def _rows(filed: Return) -> list[dict[str, Any]]:
    """The facts of a return in the order of the catalogue."""
    values = values_of(filed.facts)
    order = [name for name in catalogue.load() if name in values]
    return [
        {
            "name": name, "label": label_of(name), "value": shown(name, values[name]),
            "taken_back": values[name] is None, "url": fact_url(filed.organisation_id, name, filed.year),
        }
        for name in order
    ]  # fmt: skip


@require_safe
@page("registry.view_returns")
def one_return(request: HttpRequest, pk: int) -> HttpResponse:
    """One return: its facts, who verified them, the differences that it opened; and those before and after it."""
    filed = _return(request, pk)
    same = visible_to(request.user, Return).filter(
        organisation=filed.organisation, section=filed.section, year=filed.year
    )
    seen = bool(access.check("registry.view_file", request.user, filed.organisation))
    context = {
        "clear_names": clear_names(request, filed.organisation),
        "filed": filed, "organisation": filed.organisation, "rows": _rows(filed),
        "title": place_label(filed.section, filed.year),
        "tabs": tabs(request, filed.organisation, "returns") if seen else [],
        "verifications": visible_to(request.user, Verification)
        .filter(filed=filed)
        .select_related("verified_by", "verified_for")
        .order_by("step"),
        "differences": visible_to(request.user, Difference).filter(offered=filed).order_by("pk"),
        "others": same.exclude(pk=filed.pk).select_related("filed_for").order_by("-step")[:50],
        "form": NoteForm(), "may_verify": bool(access.check("registry.verify", request.user, filed)),
        "verify_url": reverse("registry:verify_return", args=[filed.pk]),
    }  # fmt: skip
    return render(request, "registry/return.html", context)


@page("registry.verify", methods=("POST",))
def verify_return(request: HttpRequest, pk: int) -> HttpResponse:
    """Verify the facts of a return that were ticked."""
    filed = _return(request, pk)
    access.require("registry.verify", request.user, filed)
    unit = acting_for(request.user, filed.organisation)
    names, form = request.POST.getlist("fact"), NoteForm(request.POST)
    if not names or not form.is_valid() or unit is None:
        messages.error(request, _("请勾选要核实的指标。") if not names else _("核实说明太长，没有保存。"))
        return redirect("registry:return", pk=filed.pk)
    actions.verify(
        filed=filed, facts=names, by=person(request), at=clock.now(), verified_for=unit, note=form.cleaned_data["note"]
    )
    count = len(set(names))
    said = ngettext("已核实 %(count)s 项指标。", "已核实 %(count)s 项指标。", count)
    messages.success(request, said % {"count": count})
    return redirect("registry:return", pk=filed.pk)


@require_safe
@page("registry.view_returns")
def receipt(request: HttpRequest, pk: int) -> HttpResponse:
    """What the filer keeps: number, time and digest, to print; and what the figures still leave to ask."""
    filed = _return(request, pk)
    found = checking.check(
        filed.section, filed.year, values_of(filed.facts), filed.source, fact_set(filed.organisation)
    )
    warned = [assessing.told(one) for one in checking.warnings(found)] if filed.section != "enterprise" else []
    context = {
        "clear_names": clear_names(request, filed.organisation),
        "filed": filed, "organisation": filed.organisation, "rows": _rows(filed),
        "title": place_label(filed.section, filed.year),
        "warnings": warned, "back": form_url(filed.organisation_id, filed.section, filed.year),
        "differences": visible_to(request.user, Difference)
        .filter(offered=filed, state=DifferenceState.OPEN)
        .order_by("pk"),
    }  # fmt: skip
    return render(request, "registry/receipt.html", context)


@require_safe
@page("registry.view_returns")
def compare(request: HttpRequest, pk: int, other: int) -> HttpResponse:
    """What two returns of the same section and year say otherwise."""
    new, old = _return(request, pk), _return(request, other)
    if (new.organisation_id, new.section, new.year) != (old.organisation_id, old.section, old.year):
        raise Http404
    if old.step > new.step:
        new, old = old, new
    before, after = values_of(old.facts), values_of(new.facts)
    rows = [
        {"label": label_of(name), "before": shown(name, before.get(name)), "after": shown(name, after.get(name)),
         "only": "" if name in before and name in after else "old" if name in before else "new"}
        for name in catalogue.load()
        if (name in before or name in after) and before.get(name, "") != after.get(name, "")
    ]  # fmt: skip
    context = {
        "new": new,
        "old": old,
        "rows": rows,
        "title": place_label(new.section, new.year),
        "organisation": new.organisation,
    }
    return render(request, "registry/compare.html", context)


@page("registry.view_differences", methods=("GET", "POST"))
def differences(request: HttpRequest) -> HttpResponseBase:
    """Every difference that the person may see: the worklist shows the open ones first."""
    return lists.page(request, DIFFERENCES)


@page("registry.view_differences", methods=("GET", "POST"))
def file_differences(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The differences of one file."""
    organisation = file_of(request, pk)
    context = {"organisation": organisation, "tabs": tabs(request, organisation, "differences"), "note": ""}
    return lists.page(
        request, DIFFERENCES, scope={"organisation": pk}, template="registry/file_list.html", context=context
    )


@page("registry.view_differences", methods=("GET", "POST"))
def difference(request: HttpRequest, pk: int) -> HttpResponse:
    """Both values with where they come from; POST settles, with a reason."""
    found = get_visible(request.user, Difference, pk=pk)
    row = Difference.objects.select_related(
        "organisation", "organisation__zone", "accepted__filed_for", "accepted__filed_by", "offered__filed_for",
        "offered__filed_by", "offered__document", "accepted__document", "settled_by", "settled_for",
    ).get(pk=found.pk)  # fmt: skip
    form = SettleForm(request.POST or None)
    unit = acting_for(request.user, row.organisation)
    refused = None
    if request.method == "POST":
        access.require("registry.settle", request.user, row)
        if form.is_valid() and unit is not None:
            try:
                actions.settle(
                    difference=row, accept=form.cleaned_data["accept"], reason=form.cleaned_data["reason"],
                    by=person(request), at=clock.now(), settled_for=unit,
                )  # fmt: skip
            except NotAllowed as no:
                refused = no.refused.reason
                row.refresh_from_db()
            else:
                messages.success(request, _("差异已处理。"))
                return redirect("registry:difference", pk=row.pk)
    return _difference_page(request, row, form, refused, acting=unit is not None)


def _difference_page(
    request: HttpRequest, row: Difference, form: SettleForm, refused: Any, *, acting: bool
) -> HttpResponse:
    state = history.replay(history.of_place(row.organisation_id, row.section, row.year))
    offered = values_of({row.fact: row.offered.facts.get(row.fact)})[row.fact]
    may = acting and bool(access.check("registry.settle", request.user, row)) and row.state == DifferenceState.OPEN
    own = acting_for(request.user, row.organisation) == row.organisation
    seen = bool(access.check("registry.view_file", request.user, row.organisation))
    context = {
        "clear_names": clear_names(request, row.organisation),
        "row": row, "organisation": row.organisation, "label": label_of(row.fact), "form": form, "may_settle": may,
        "refused": refused, "title": label_of(row.fact), "place": place_label(row.section, row.year),
        "now": shown(row.fact, state.values.get(row.fact)), "offered": shown(row.fact, offered),
        "verified": row.fact in state.verified, "history": fact_url(row.organisation_id, row.fact, row.year),
        "cannot_accept": own and may and loses_verified(row, state, accept=True),
        "cannot_keep": own and may and loses_verified(row, state, accept=False),
        "tabs": tabs(request, row.organisation, "differences") if seen else [],
    }  # fmt: skip
    return render(request, "registry/difference.html", context, status=422 if refused or form.errors else 200)
