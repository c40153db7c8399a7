"""The form of one section and year: drafts, live checks, filing; for officers the same page, to read and verify."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from tidui.accounts.models import Organisation, User
from tidui.facts import wording
from tidui.facts.faults import Faults
from tidui.kit import access, clock, files, formats
from tidui.kit.routes import page
from tidui.kit.visibility import visible_to
from tidui.registry import actions, assessing, checking, entry
from tidui.registry.actions.drafts import Newer, changed_since_step
from tidui.registry.facts import fact_set
from tidui.registry.forms import FilingForm, NoteForm
from tidui.registry.layout import label_of
from tidui.registry.models import Draft
from tidui.registry.sheet import Sheet, sheet
from tidui.registry.showing import place_label, shown
from tidui.registry.views.common import acting_for, file_of, form_url, person, section_of, tabs, texts_before

_UNIT = "registry_unit"


@page("registry.view_file", methods=("GET", "POST"))
def form(request: HttpRequest, pk: int, section: str, year: int | None = None) -> HttpResponse:
    """The page of a section and year. POST: save the draft, file it, or throw it away (`do`)."""
    organisation = file_of(request, pk)
    section_of(section, year)
    if not access.check("registry.draft", request.user, organisation):
        if request.method == "POST":
            access.require("registry.draft", request.user, organisation)
        return _read_only(request, organisation, section, year)
    shown_sheet = _sheet(request, organisation, section, year)
    if request.method == "POST":
        return _posted(request, shown_sheet)
    return _page(request, shown_sheet, FilingForm())


def unit_name(request: HttpRequest) -> str:
    """The unit of money that the person works in: asked for by the address, else the one of before."""
    asked = request.GET.get("unit", "")
    if asked in entry.UNITS and request.session.get(_UNIT) != asked:
        request.session[_UNIT] = asked
    kept = asked if asked in entry.UNITS else str(request.session.get(_UNIT, ""))
    return kept if kept in entry.UNITS else "yuan"


def _sheet(request: HttpRequest, organisation: Organisation, section: str, year: int | None) -> Sheet:
    draft = visible_to(request.user, Draft).filter(organisation=organisation, section=section, year=year or 0).first()
    unit = entry.UNITS[unit_name(request)]
    return sheet(organisation, section, year, fact_set(organisation), unit=unit, draft=draft)


def _posted(request: HttpRequest, at_hand: Sheet) -> HttpResponse:
    if request.POST.get("do") == "discard":
        actions.discard_draft(by=person(request), at=clock.now(), **_place(at_hand))
        messages.success(request, _("草稿已放弃，恢复为档案中的现值。"))
        return redirect(form_url(at_hand.organisation.pk, at_hand.section, at_hand.year))
    unit = entry.UNITS.get(request.POST.get("unit", ""), "元")
    mine = entry.posted(at_hand.section, request.POST)
    merged = actions.save_texts(
        mine=mine, was=texts_before(request), accepted=at_hand.accepted, unit=unit, by=person(request), at=clock.now(),
        **_place(at_hand),
    )  # fmt: skip
    again = _sheet(request, at_hand.organisation, at_hand.section, at_hand.year)
    again.put(merged.texts)
    if merged.conflicts:
        again.dispute(merged.conflicts)
        return _page(request, again, FilingForm(), status=422)
    if request.POST.get("do") == "file":
        return _file(request, again, merged.texts)
    messages.success(request, _("草稿已保存，尚未填报。"))
    return redirect(form_url(again.organisation.pk, again.section, again.year))


def _place(at_hand: Sheet) -> dict[str, Any]:
    return {"organisation": at_hand.organisation, "section": at_hand.section, "year": at_hand.year}


def _file(request: HttpRequest, again: Sheet, texts: entry.Texts) -> HttpResponse:
    unit = entry.UNITS.get(request.POST.get("unit", ""), "元")
    found = entry.read(again.section, again.year, texts, unit, without=again.left_out)
    extra = FilingForm(request.POST, request.FILES)
    again.complain(found.faults)
    if found.faults or not extra.is_valid():
        return _page(request, again, extra, status=422)
    stale = changed_since_step(again.organisation, again.section, again.year, _step(request, again.step))
    if stale:
        return _page(request, again, extra, status=422, stale=stale)
    document = extra.cleaned_data["document"]
    try:
        at = clock.now()
        filed = actions.file_draft(
            facts=found.facts, by=person(request), at=at, note=extra.cleaned_data["note"],
            document=files.keep(document, by=person(request), at=at) if document else None, **_place(again),
        )  # fmt: skip
    except files.NotStored as lost:
        extra.add_error("document", lost)
        return _page(request, again, extra, status=422)
    except Faults as faults:
        again.complain({fault.place.rsplit(".", 1)[-1]: fault for fault in faults.faults})
        return _page(request, again, extra, status=422)
    if not filed.new or filed.filed is None:
        messages.info(request, _("内容与上次填报相同，没有产生新的填报。"))
        return redirect(form_url(again.organisation.pk, again.section, again.year))
    return redirect("registry:receipt", pk=filed.filed.pk)


def _step(request: HttpRequest, now: int) -> int:
    given = request.POST.get("step", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else now


def _page(
    request: HttpRequest, at_hand: Sheet, extra: FilingForm, *, status: int = 200, stale: Any = ()
) -> HttpResponse:
    url = form_url(at_hand.organisation.pk, at_hand.section, at_hand.year)
    unit = unit_name(request)
    context = {
        "organisation": at_hand.organisation, "sheet": at_hand, "form": extra, "url": url, "unit": unit,
        "tabs": tabs(request, at_hand.organisation, "file"), "title": place_label(at_hand.section, at_hand.year),
        "was": json.dumps(at_hand.texts if status == 200 else _kept(request, at_hand), ensure_ascii=False),
        "faults": [cell for cell in at_hand.cells.values() if cell.fault],
        "conflicts": [cell for cell in at_hand.cells.values() if cell.conflict],
        "stale": [(label_of(name), shown(name, before), shown(name, after)) for name, before, after in stale],
        "has_money": any(cell.kind == "money" for cell in at_hand.cells.values()),
        "names": _people(at_hand), **_checked(at_hand, unit),
    }  # fmt: skip
    return render(request, "registry/form.html", context, status=status)


def _kept(request: HttpRequest, at_hand: Sheet) -> dict[str, str]:
    """After a conflict the fields show what the person typed, beside what is saved: that is what they have now seen."""
    seen = dict(at_hand.texts)
    for cell in at_hand.cells.values():
        if cell.conflict is not None:
            seen[cell.conflict.name] = cell.conflict.theirs
    return seen


def _people(at_hand: Sheet) -> dict[int, str]:
    keys = {cell.conflict.by for cell in at_hand.cells.values() if cell.conflict and cell.conflict.by}
    return {user.pk: user.name for user in User.objects.filter(pk__in=keys)} if keys else {}


def _checked(at_hand: Sheet, unit: str) -> dict[str, Any]:
    """What the figures come to, and what they say against each other."""
    found = entry.read(at_hand.section, at_hand.year, at_hand.texts, entry.UNITS[unit], without=at_hand.left_out)
    return {
        "totals": assessing.totals(at_hand.section, at_hand.year, found.facts),
        "findings": assessing.findings(at_hand.section, at_hand.year, found.facts, at_hand.facts),
        "filled": sum(value is not None for value in found.facts.values()),
        "fields": len(found.facts) + len(found.faults),
    }  # fmt: skip


@page("registry.draft", methods=("POST",))
def check(request: HttpRequest, pk: int, section: str, year: int | None = None) -> HttpResponse:
    """Totals and findings of what stands in the form now; nothing is saved."""
    organisation = file_of(request, pk)
    section_of(section, year)
    access.require("registry.draft", request.user, organisation)
    at_hand = _sheet(request, organisation, section, year)
    at_hand.put(entry.posted(section, request.POST))
    unit = request.POST.get("unit", "")
    return render(request, "registry/_checks.html", _checked(at_hand, unit if unit in entry.UNITS else "yuan"))


@page("registry.draft", methods=("POST",))
def draft(request: HttpRequest, pk: int, section: str, year: int | None = None) -> HttpResponse:
    """One field, saved as it is typed; the protocol is that of the kit's autosave."""
    organisation = file_of(request, pk)
    section_of(section, year)
    given = request.POST.get("base", "")
    base = int(given) if given.isascii() and given.isdigit() and len(given) < 17 else 0
    name = request.POST.get("field", "")
    if name in FilingForm.base_fields:  # they go with the form itself, and no draft is kept of them
        return JsonResponse({"version": base})
    unit = entry.UNITS.get(request.GET.get("unit", ""), "元")
    text = request.POST.get("value", "").replace("\r\n", "\n")
    kept = actions.save_field(
        organisation=organisation, section=section, year=year, name=name, text=text, base=base, unit=unit,
        by=person(request), at=clock.now(),
    )  # fmt: skip
    if isinstance(kept, Newer):
        told = {
            "version": kept.version,
            "value": kept.text,
            "by": kept.by.name if kept.by else "",
            "at": _when(kept.at),
        }
        return JsonResponse(told, status=409)
    error = ""
    if kept.fault is not None:
        said = wording.said(kept.fault, get_language() or "")
        error = f"{said.message}; {said.instead}" if said.instead else said.message
    return JsonResponse({"version": kept.version, "error": error})


def _when(at: str) -> str:
    import datetime as dt

    return formats.moment(dt.datetime.fromisoformat(at)) if at else ""


def _read_only(request: HttpRequest, organisation: Organisation, section: str, year: int | None) -> HttpResponse:
    """What officers, inspectors and readers see: accepted values with where they come from, to verify and settle."""
    at_hand = sheet(organisation, section, year, fact_set(organisation))
    context = {
        "organisation": organisation, "sheet": at_hand, "title": place_label(section, year),
        "tabs": tabs(request, organisation, "file"), "form": NoteForm(),
        "url": form_url(organisation.pk, section, year),
        "may_verify": bool(access.check("registry.verify", request.user, organisation)),
        "findings": [assessing.told(one) for one in checking.warnings(
            checking.check(section, year, at_hand.accepted, "self", at_hand.facts))] if section != "enterprise" else [],
        "totals": assessing.totals(section, year, at_hand.accepted),
    }  # fmt: skip
    return render(request, "registry/sheet.html", context)


@page("registry.verify", methods=("POST",))
def verify(request: HttpRequest, pk: int, section: str, year: int | None = None) -> HttpResponse:
    """Verify the accepted values that were ticked."""
    organisation = file_of(request, pk)
    section_of(section, year)
    access.require("registry.verify", request.user, organisation)
    names = request.POST.getlist("fact")
    note = NoteForm(request.POST)
    url = form_url(organisation.pk, section, year)
    unit = acting_for(request.user, organisation)
    if not names or not note.is_valid() or unit is None:
        messages.error(request, _("请勾选要核实的指标。") if not names else _("核实说明太长，没有保存。"))
        return redirect(url)
    done = actions.verify_accepted(
        organisation=organisation, section=section, year=year, facts=names, by=person(request), at=clock.now(),
        verified_for=unit, note=note.cleaned_data["note"],
    )  # fmt: skip
    count = sum(len(one.facts) for one in done)
    said = ngettext("已核实 %(count)s 项指标。", "已核实 %(count)s 项指标。", count)
    messages.success(request, said % {"count": count})
    return redirect(url)
