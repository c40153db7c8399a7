"""The file at a glance, the file as it was on a day, and the history of one fact."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tidui.accounts.enums import REACHED
from tidui.accounts.models import Organisation
from tidui.accounts.standing import standing
from tidui.codes.faults import BadValue
from tidui.facts import catalogue, wording
from tidui.facts.faults import Fault, Faults
from tidui.kit import access, clock, files
from tidui.kit.routes import page
from tidui.kit.visibility import visible_to
from tidui.registry import actions, checking, history, past
from tidui.registry.actions import Filed
from tidui.registry.facts import Change, changes_since, fact_set
from tidui.registry.forms import ReasonForm, SayForm, YearForm
from tidui.registry.layout import label_of
from tidui.registry.models import IDENTITY, Draft, Return
from tidui.registry.overview import overview
from tidui.registry.showing import place_label, shown
from tidui.registry.views.common import acting_for, clear_names, file_of, form_url, person, section_of, tabs


@require_safe
@page("registry.own_file")
def own_file(request: HttpRequest) -> HttpResponse:
    """The file of the person's own enterprise; a choice where they have several."""
    own = [one for one in standing(request.user).organisations if one.kind in REACHED]
    if not own:
        raise Http404
    if len(own) == 1:
        return redirect("registry:file", pk=own[0].pk)
    return render(request, "registry/own_files.html", {"organisations": own})


@page("registry.view_file", methods=("GET", "POST"))
def file(request: HttpRequest, pk: int) -> HttpResponse:
    """Sections and years, completeness, differences; POST opens a year that is not shown yet."""
    organisation = file_of(request, pk)
    form = YearForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        section = section_of(request.POST.get("section", ""), form.cleaned_data["year"])
        return redirect(form_url(organisation.pk, section, form.cleaned_data["year"]))
    drafts = visible_to(request.user, Draft).filter(organisation=organisation)
    found = overview(organisation, fact_set(organisation), clock.today(), drafts)
    context = {
        "organisation": organisation, "overview": found, "form": form, "tabs": tabs(request, organisation, "file"),
        "may_file": bool(access.check("registry.draft", request.user, organisation)),
    }  # fmt: skip
    return render(request, "registry/file.html", context, status=422 if form.errors else 200)


@require_safe
@page("registry.view_file")
def file_on(request: HttpRequest, pk: int) -> HttpResponse:
    """What was known on a day, and what changed since."""
    organisation = file_of(request, pk)
    day = parse_date(request.GET.get("on", "")) if _is_day(request.GET.get("on", "")) else None
    today = clock.today()
    context: dict[str, Any] = {
        "organisation": organisation, "tabs": tabs(request, organisation, "file"), "day": day, "today": today,
        "wrong": bool(request.GET.get("on")) and day is None, "sections": [], "changes": [],
    }  # fmt: skip
    if day is not None:
        moment = clock.start_of(day + dt.timedelta(days=1)) - dt.timedelta(microseconds=1)
        facts = fact_set(organisation, moment)
        rows: dict[tuple[str, int | None], list[tuple[str, str]]] = {}
        known = catalogue.load()
        for name, year in facts:
            rows.setdefault((known[name].section, year), []).append(
                (label_of(name), shown(name, facts.get(name, year)))
            )
        order = sorted(rows, key=lambda key: (list(known.sections).index(key[0]), -(key[1] or 0)))
        context["sections"] = [(place_label(section, year), rows[section, year]) for section, year in order]
        context["changes"] = [_change(organisation.pk, one) for one in changes_since(organisation, moment)]
    return render(request, "registry/file_on.html", context)


def _is_day(text: str) -> bool:
    try:
        day = parse_date(text)
    except ValueError:
        return False
    return day is not None and day < dt.date.max  # the day after it is asked for as well


def _change(organisation: int, one: Change) -> dict[str, Any]:
    section = catalogue.load()[one.name].section
    return {
        "label": label_of(one.name), "year": one.year, "before": shown(one.name, one.before),
        "after": shown(one.name, one.after), "url": fact_url(organisation, one.name, one.year), "section": section,
    }  # fmt: skip


def fact_url(organisation: int, name: str, year: int | None) -> str:
    """The address of the history of a fact."""
    url = reverse("registry:fact", args=[organisation, name])
    return url if year is None else f"{url}?year={year}"


def _fact_of(request: HttpRequest, pk: int, name: str) -> tuple[Organisation, str, int | None]:
    """The organisation, section and year of the address of a fact; 404 for one that is none."""
    organisation = file_of(request, pk)
    known = catalogue.load()
    given = request.GET.get("year", "")
    if name not in known or known[name].section == "expert" or not (given.isascii() and (given.isdigit() or not given)):
        raise Http404
    year = int(given[:4]) if given else None
    return organisation, section_of(known[name].section, year), year


@require_safe
@page("registry.view_file")
def fact(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Everything that happened to one fact."""
    organisation, section, year = _fact_of(request, pk, name)
    happenings = past.of_fact(organisation.pk, name, section, year)
    readable = set(
        visible_to(request.user, Return)
        .filter(pk__in=[one.filed.pk for one in happenings])
        .values_list("pk", flat=True)
    )
    context = {
        "organisation": organisation, "tabs": tabs(request, organisation, "file"), "label": label_of(name),
        "place": place_label(section, year), "back": form_url(organisation.pk, section, year) + f"#{name}",
        "may_say": _may_say(request, organisation, name), "query": f"?year={year}" if year else "", "name": name,
        "may_unverify": bool(access.check("registry.verify", request.user, organisation))
        and _verified(organisation.pk, section, year, name),
        "events": past.timeline(name, happenings, clear=clear_names(request, organisation)),
        "value": shown(name, happenings[-1].accepted) if happenings else "",
        "returns": [row for row in {one.filed.pk: one.filed for one in happenings}.values() if row.pk in readable],
    }  # fmt: skip
    return render(request, "registry/fact.html", context)


def _may_say(request: HttpRequest, organisation: Organisation, name: str) -> bool:
    """Whether the person may say otherwise of this fact as an officer."""
    status = catalogue.load()[name].status or name in IDENTITY
    return not status and bool(access.check("registry.verify", request.user, organisation))


def _verified(organisation: int, section: str, year: int | None, name: str) -> bool:
    return name in history.replay(history.of_place(organisation, section, year)).verified


@page("registry.verify", methods=("GET", "POST"))
def say(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """An officer says otherwise of one fact: where it differs, a difference is opened, to be settled."""
    organisation, section, year = _fact_of(request, pk, name)
    access.require("registry.verify", request.user, organisation)
    unit = acting_for(request.user, organisation)
    if not _may_say(request, organisation, name) or unit is None:
        raise Http404
    form = SayForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        filed = _said(request, form, organisation, section, year, name, unit)
        if filed is not None:
            if filed.differences:
                messages.success(request, _("已记录。与现值不同，请处理这处差异。"))
                return redirect("registry:difference", pk=filed.differences[0].pk)
            messages.success(request, _("已记录。") if filed.new else _("与贵单位上次所报相同，没有新的记录。"))
            return redirect(fact_url(organisation.pk, name, year))
    context = _small(request, organisation, section, year, name, form)
    context |= {"title": _("提出不同的值"), "lead": _("现值不会直接改变；与现值不同的，由有权的人员写明理由后处理。")}
    return render(request, "registry/fact_form.html", context, status=422 if form.errors else 200)


def _said(
    request: HttpRequest, form: SayForm, organisation: Organisation, section: str, year: int | None, name: str,
    unit: Organisation,
) -> Filed | None:  # fmt: skip
    """File what the officer said; None where it cannot be, with the fault at its field."""
    data, at = form.cleaned_data, clock.now()
    try:
        value = checking.read_value(name, data["value"])
        return actions.file_return(
            organisation=organisation, section=section, year=year, facts={name: value}, source=data["source"],
            by=person(request), at=at, filed_for=unit, note=data["note"],
            document=files.keep(data["document"], by=request.user, at=at) if data["document"] else None,
        )  # fmt: skip
    except BadValue as bad:
        faults = [Fault(name, bad.message, bad.instead)]
    except Faults as wrong:
        faults = list(wrong.faults)
    for fault in faults:
        said = wording.said(fault, get_language() or "")
        form.add_error("value", f"{said.message}; {said.instead}" if said.instead else said.message)
    return None


@page("registry.verify", methods=("GET", "POST"))
def unverify(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Take a verification back that was a mistake, with the reason."""
    organisation, section, year = _fact_of(request, pk, name)
    access.require("registry.verify", request.user, organisation)
    unit = acting_for(request.user, organisation)
    if unit is None:
        raise Http404
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.unverify(
            organisation=organisation, section=section, year=year, fact=name, by=person(request), at=clock.now(),
            verified_for=unit, note=form.cleaned_data["reason"],
        )  # fmt: skip
        messages.success(request, _("核实已撤回，记录保留。"))
        return redirect(fact_url(organisation.pk, name, year))
    context = _small(request, organisation, section, year, name, form)
    context |= {"title": _("撤回核实"), "lead": _("核实有误时撤回：企业可以重新更正自己的值，两次操作都留有记录。")}
    return render(request, "registry/fact_form.html", context, status=422 if form.errors else 200)


def _small(
    request: HttpRequest, organisation: Organisation, section: str, year: int | None, name: str, form: Any
) -> dict[str, Any]:
    accepted = fact_set(organisation).get(name, year)
    return {
        "organisation": organisation, "tabs": tabs(request, organisation, "file"), "form": form,
        "label": label_of(name), "place": place_label(section, year), "now": shown(name, accepted),
        "back": fact_url(organisation.pk, name, year),
    }  # fmt: skip
