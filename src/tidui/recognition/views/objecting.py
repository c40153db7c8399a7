"""Objecting to a notice, asking what became of it, and the department's desk."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from tidui.accounts.models import User
from tidui.kit import access, clock, files, lists
from tidui.kit.access import NotAllowed
from tidui.kit.routes import page
from tidui.kit.views.errors import too_many
from tidui.kit.visibility import get_visible
from tidui.recognition import forms_notices as forms
from tidui.recognition import limiting, lists_notices, noticing, objecting
from tidui.recognition.actions import objections as actions
from tidui.recognition.enums import ObjectionState
from tidui.recognition.models import Notice, Objection

_RECEIPT = "recognition.receipt"


@never_cache
@page("recognition.object", methods=("GET", "POST"))
def object_to(request: HttpRequest, pk: int) -> HttpResponse:
    """The form of an objection; nobody need sign in. After the last day it says so."""
    notice: Notice = get_visible(request.user, Notice, pk=pk)
    if not noticing.in_force(notice, clock.today()):
        raise NotAllowed(actions.TOO_LATE)
    chosen = {"application": request.GET.get("application", "")}
    form = forms.ObjectionForm(notice.entries, request.POST or None, request.FILES or None, initial=chosen)
    if request.method == "POST" and form.is_valid():
        if not limiting.within(limiting.OBJECT, request):
            return too_many(request, limiting.OBJECT.seconds)
        given = {name: value for name, value in form.cleaned_data.items() if name != "website"}
        by = request.user if isinstance(request.user, User) else None
        made = actions.file_objection(notice=notice, by=by, at=clock.now(), **given)
        request.session[_RECEIPT] = made.receipt
        return redirect("recognition:objected")
    context = {"form": form, "notice": notice}
    return render(request, "recognition/objections/object.html", context, status=422 if form.errors else 200)


@never_cache
@page("recognition.view_public")
def objected(request: HttpRequest) -> HttpResponse:
    """The receipt of the objection that was filed just now in this browser."""
    receipt = request.session.get(_RECEIPT)
    if not receipt:
        return redirect("recognition:objection_state")
    return render(request, "recognition/objections/objected.html", {"receipt": objecting.spaced(str(receipt))})


@never_cache
@page("recognition.view_public", methods=("GET", "POST"))
def objection_state(request: HttpRequest) -> HttpResponse:
    """What became of an objection, for whoever has its code. The code travels in no address."""
    form = forms.ReceiptForm(request.POST or None)
    found: Objection | None = None
    if request.method == "POST" and form.is_valid():
        if not limiting.within(limiting.RECEIPT, request):
            return too_many(request, limiting.RECEIPT.seconds)
        receipt = objecting.plain_receipt(form.cleaned_data["receipt"])
        found = Objection.objects.select_related("notice").filter(receipt=receipt).first()
        if found is None:
            form.add_error("receipt", _("没有这个查询码，请核对后再试。"))
    context = {
        "form": form, "objection": found, "entry": objecting.entry_of(found) if found else None,
        "tone": lists_notices.OBJECTION_TONES[ObjectionState(found.state)] if found else "",
    }  # fmt: skip
    return render(request, "recognition/objections/state.html", context, status=422 if form.errors else 200)


# ---------------------------------------------------------------------- the department's desk
@page("recognition.view_objections", methods=("GET", "POST"))
def objections(request: HttpRequest) -> HttpResponseBase:
    """All objections, those that are due first."""
    return lists.page(request, lists_notices.OBJECTIONS)


def _objection(request: HttpRequest, pk: int) -> Objection:
    found: Objection = get_visible(request.user, Objection, pk=pk)
    return found


@page("recognition.view_objections")
def objection(request: HttpRequest, pk: int) -> HttpResponse:
    """An objection with what was looked into, and what may be done with it now."""
    return _shown(request, _objection(request, pk))


#: What may be done in a state: name, form, whether it is grave.
_FORMS: dict[str, dict[str, type[Form]]] = {
    ObjectionState.FILED: {"reject": forms.RejectForm},
    ObjectionState.ACCEPTED: {
        "investigate": forms.NoteForm, "dismiss": forms.DismissForm, "uphold": forms.UpholdForm,
    },
}  # fmt: skip


def _shown(
    request: HttpRequest, found: Objection, refused: dict[str, Form] | None = None, status: int = 200
) -> HttpResponse:
    may = bool(access.check("recognition.handle_objection", request.user))
    offered = {name: made(auto_id=f"{name}_%s") for name, made in _FORMS.get(found.state, {}).items()} if may else {}
    people = {one.pk: one.name for one in User.objects.filter(pk__in={note["by"] for note in found.notes})}
    today = clock.today()
    context = {
        "objection": found, "entry": objecting.entry_of(found), "forms": {**offered, **(refused or {})}, "may": may,
        "tone": lists_notices.OBJECTION_TONES[ObjectionState(found.state)], "clock": lists_notices.clock_of(found),
        "evidence": files.url(found.evidence) if found.evidence else "", "today": today,
        "notes": [_note(note, people) for note in found.notes],
        "others": objecting.waiting_for(found.application).exclude(pk=found.pk).count(),
    }  # fmt: skip
    return render(request, "recognition/objections/objection.html", context, status=status)


def _note(note: dict[str, Any], people: dict[int, str]) -> dict[str, Any]:
    at = dt.datetime.fromisoformat(note["at"])
    return {"moment": at, "who": people.get(note["by"], ""), "text": note["text"]}


def _does(name: str, form_class: type[Form] | None, action: Callable[..., Objection], done: Callable[[], str]) -> Any:
    """The view of one thing that may be done with an objection."""

    @page("recognition.handle_objection", methods=("POST",))
    def view(request: HttpRequest, pk: int) -> HttpResponse:
        found = _objection(request, pk)
        form = form_class(request.POST, auto_id=f"{name}_%s") if form_class else None
        if form is not None and not form.is_valid():
            return _shown(request, found, {name: form}, status=422)
        seen = request.POST.get("seen", "")
        if not (seen.isascii() and seen.isdigit() and len(seen) < 10):
            raise Http404
        assert isinstance(request.user, User)
        given = form.cleaned_data if form is not None else {}
        try:
            action(objection=found, by=request.user, at=clock.now(), seen=int(seen), **given)
        except NotAllowed as refused:
            if form is None or refused.refused.code != "names-person":
                raise
            form.add_error("reason", str(refused.refused.reason))
            return _shown(request, found, {name: form}, status=422)
        messages.success(request, done())
        return redirect("recognition:objection", pk=pk)

    view.__doc__ = action.__doc__
    view.__name__ = f"{name}_objection"
    return view


accept = _does("accept", None, actions.accept_objection, lambda: _("异议已受理。"))
reject = _does("reject", forms.RejectForm, actions.reject_objection, lambda: _("异议不予受理，理由已记录。"))
investigate = _does("investigate", forms.NoteForm, actions.investigate, lambda: _("调查情况已记录。"))
dismiss = _does("dismiss", forms.DismissForm, actions.dismiss_objection, lambda: _("已认定异议不成立。"))
uphold = _does("uphold", forms.UpholdForm, actions.uphold_objection, lambda: _("已认定异议成立，企业已移出名单。"))

urlpatterns: list[URLPattern] = [
    path("notices/<int:pk>/object/", object_to, name="object"),
    path("objections/", objections, name="objections"),
    path("objections/filed/", objected, name="objected"),
    path("objections/state/", objection_state, name="objection_state"),
    path("objections/<int:pk>/", objection, name="objection"),
    path("objections/<int:pk>/accept/", accept, name="accept_objection"),
    path("objections/<int:pk>/reject/", reject, name="reject_objection"),
    path("objections/<int:pk>/investigate/", investigate, name="investigate"),
    path("objections/<int:pk>/dismiss/", dismiss, name="dismiss_objection"),
    path("objections/<int:pk>/uphold/", uphold, name="uphold_objection"),
]
