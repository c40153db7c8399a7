"""Calls: the public list and page, the way into an application, and what the department does with a call."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from tidui.accounts.views.common import answer, done
from tidui.casework import call_forms, call_page, panels, quotas
from tidui.casework.actions import calls as calling
from tidui.casework.actions.quotas import set_quotas
from tidui.casework.enums import CallState
from tidui.casework.lists_calls import CALLS
from tidui.casework.models import Batch, Call, Quota
from tidui.casework.views import batches
from tidui.kit import access, clock, lists
from tidui.kit.access import NotAllowed
from tidui.kit.pages import confirm
from tidui.kit.routes import page
from tidui.kit.visibility import get_visible, visible_to


@page("casework.view_calls")
def call_list(request: HttpRequest) -> HttpResponseBase:
    """All calls that have been published, those that end last first; the department also sees its drafts."""
    context = {"may_manage": bool(access.check("casework.manage_calls", request.user))}
    return lists.page(request, CALLS, template="casework/calls/calls.html", context=context)


@page("casework.view_calls")
def call(request: HttpRequest, pk: int) -> HttpResponse:
    """What a call says, what it needs, the way of an application, and what the person's enterprises can do."""
    found, now = get_visible(request.user, Call, pk=pk), timezone.now()
    owner = call_page.owner_of(found)
    settings = call_page.settings_of(found, now)
    word, tone = call_page.WORDS[call_page.phase(found, now)]
    context = {
        "call": found, "owner": owner, "word": word, "tone": tone, "left": call_page.countdown(found, now),
        "phase": call_page.phase(found, now), "now": now, "applicants": call_page.applicants(owner),
        "needed": call_page.needed(owner), "papers": call_page.papers(owner),
        "way": call_page.steps(owner, settings), "fixed": call_page.fixed(owner, settings),
        "doors": call_page.doors(found, request.user, now), "may": _may(request, found),
        "batches": _batches(request, found), "panels": panels.of("call", request, found),
    }  # fmt: skip
    return render(request, "casework/calls/call.html", context)


def _may(request: HttpRequest, found: Call) -> dict[str, bool]:
    """Which buttons the page shows."""
    manages = bool(access.check("casework.manage_calls", request.user))
    published = found.state == CallState.PUBLISHED
    return {
        "manage": manages, "edit": manages and found.state == CallState.DRAFT, "prolong": manages and published,
        "end": manages and published and found.closes_at >= timezone.now(),
        "copy": manages and found.state != CallState.DRAFT,
        "quotas": manages and bool(quotas.stages_of(found)),
        "batch": bool(access.check("casework.batches", request.user)) and found.state != CallState.DRAFT,
    }  # fmt: skip


def _batches(request: HttpRequest, found: Call) -> list[Batch]:
    return list(visible_to(request.user, Batch).filter(call=found).order_by("-number"))


@page("casework.manage_calls", methods=("GET", "POST"))
def draft_call(request: HttpRequest) -> HttpResponse:
    """Draft a call, from nothing or from an earlier one (`?from=`)."""
    access.require("casework.manage_calls", request.user)
    form = call_forms.CallForm(request.POST or None, initial=_initial(request))
    made: list[Call] = []

    def make() -> None:
        made.append(calling.draft_call(**form.said(), by=request.user, at=timezone.now()))  # type: ignore[arg-type]

    if request.method == "POST" and done(form, make):
        messages.success(request, _("已保存为拟稿，发布后才公开。"))
        return redirect("casework:call", made[0].pk)
    earlier = visible_to(request.user, Call).exclude(state=CallState.DRAFT).order_by("-closes_at")[:10]
    context = {"form": form, "heading": _("拟定申报通知"), "back": reverse("casework:calls"), "earlier": earlier}
    return answer(request, "casework/calls/edit.html", context)


def _initial(request: HttpRequest) -> dict[str, Any]:
    raw = request.GET.get("from", "")
    if raw.isascii() and raw.isdigit() and len(raw) < 18:
        return call_forms.next_year(get_visible(request.user, Call, pk=int(raw)))
    return {"year": clock.today().year}


def _managed(request: HttpRequest, pk: int) -> Call:
    found = get_visible(request.user, Call, pk=pk)
    access.require("casework.manage_calls", request.user)
    return found


def _draft(request: HttpRequest, pk: int) -> Call:
    found = _managed(request, pk)
    if found.state != CallState.DRAFT:
        raise NotAllowed(calling.NOT_A_DRAFT)
    return found


def _published(request: HttpRequest, pk: int) -> Call:
    found = _managed(request, pk)
    if found.state != CallState.PUBLISHED:
        raise NotAllowed(calling.NOT_PUBLISHED)
    return found


@page("casework.manage_calls", methods=("GET", "POST"))
def edit_call(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a draft."""
    found = _draft(request, pk)
    form = call_forms.CallForm(request.POST or None, initial=call_forms.of_call(found))

    def change() -> None:
        calling.edit_call(call=found, **form.said(), by=request.user, at=timezone.now())  # type: ignore[arg-type]

    if request.method == "POST" and done(form, change):
        messages.success(request, _("已保存。"))
        return redirect("casework:call", found.pk)
    back = reverse("casework:call", args=[found.pk])
    context = {"form": form, "heading": _("修改申报通知"), "back": back, "earlier": ()}
    return answer(request, "casework/calls/edit.html", context)


@page("casework.manage_calls", methods=("GET", "POST"))
def discard_call(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw a draft away, after asking."""
    found = _draft(request, pk)
    back = reverse("casework:call", args=[found.pk])
    if request.method != "POST":
        text = _("“%(title)s”尚未发布，删除后不能恢复。") % {"title": found.title}
        return confirm(request, title=_("删除拟稿"), text=text, submit=_("删除"), back=back)
    calling.discard_call(call=found, by=request.user, at=timezone.now())  # type: ignore[arg-type]
    messages.success(request, _("已删除拟稿。"))
    return redirect("casework:calls")


@page("casework.manage_calls", methods=("GET", "POST"))
def publish_call(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what publishing fixes, each setting changeable for this call, and publish."""
    found, now = _draft(request, pk), timezone.now()
    owner = call_page.owner_of(found)
    settings = calling.settings_on(owner, clock.day_of(now))
    form = call_forms.PublishForm(request.POST or None, owner=owner, settings=settings)

    def publish() -> None:
        calling.publish_call(call=found, by=request.user, at=timezone.now(), settings=form.settings())  # type: ignore[arg-type]

    if request.method == "POST" and done(form, publish):
        messages.success(request, _("已发布。"))
        return redirect("casework:call", found.pk)
    context = {"call": found, "form": form, "way": call_page.steps(owner, settings), "owner": owner}
    return answer(request, "casework/calls/publish.html", context)


@page("casework.manage_calls", methods=("GET", "POST"))
def prolong_call(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a published call a later end."""
    found = _published(request, pk)
    form = call_forms.ProlongForm(request.POST or None, initial={"closes_at": found.closes_at})

    def prolong() -> None:
        calling.prolong_call(call=found, by=request.user, at=timezone.now(), **form.cleaned_data)  # type: ignore[arg-type]

    if request.method == "POST" and done(form, prolong):
        messages.success(request, _("已延长。"))
        return redirect("casework:call", found.pk)
    text = _("延长后，到期未提交而失效的草稿可以继续填写。")
    context = {"call": found, "form": form, "heading": _("延长受理"), "grave": "", "text": text}
    return answer(request, "casework/calls/change.html", context)


@page("casework.manage_calls", methods=("GET", "POST"))
def close_call(request: HttpRequest, pk: int) -> HttpResponse:
    """End a published call now."""
    found = _published(request, pk)
    form = call_forms.ReasonForm(request.POST or None)

    def close() -> None:
        calling.close_call(call=found, by=request.user, at=timezone.now(), **form.cleaned_data)  # type: ignore[arg-type]

    if request.method == "POST" and done(form, close):
        messages.success(request, _("已提前截止。"))
        return redirect("casework:call", found.pk)
    drafts = found.applications.filter(state="draft").count()
    grave = _(
        "提前截止后立即停止受理，不能恢复；还在填写的 %(count)s 份草稿将失效，已提交的申报照常办理。"
    ) % {"count": drafts}
    context = {"call": found, "form": form, "heading": pgettext("do", "提前截止"), "grave": grave, "text": ""}
    return answer(request, "casework/calls/change.html", context)


@page("casework.manage_calls", methods=("GET", "POST"))
def quota_page(request: HttpRequest, pk: int) -> HttpResponse:
    """How many applications each unit may recommend: the table, one unit's form, and a field to paste many."""
    found = _managed(request, pk)
    if not quotas.stages_of(found):
        raise Http404
    pasting = "lines" in request.POST
    one = call_forms.QuotaForm(request.POST if request.method == "POST" and not pasting else None)
    many = call_forms.PasteForm(request.POST if pasting else None)
    form = many if pasting else one

    def give() -> None:
        set_quotas(call=found, places=form.places(), by=request.user, at=timezone.now())  # type: ignore[arg-type]

    if request.method == "POST" and done(form, give):
        messages.success(request, _("名额已保存。"))
        return redirect("casework:quotas", found.pk)
    given = visible_to(request.user, Quota).filter(call=found).select_related("unit")
    context = {"call": found, "rows": quotas.table(found, given), "one": one, "many": many}
    return answer(request, "casework/calls/quotas.html", context)


urlpatterns: list[URLPattern] = [
    path("calls/", call_list, name="calls"),
    path("calls/new/", draft_call, name="draft_call"),
    path("calls/<int:pk>/", call, name="call"),
    path("calls/<int:pk>/edit/", edit_call, name="edit_call"),
    path("calls/<int:pk>/discard/", discard_call, name="discard_call"),
    path("calls/<int:pk>/publish/", publish_call, name="publish_call"),
    path("calls/<int:pk>/prolong/", prolong_call, name="prolong_call"),
    path("calls/<int:pk>/close/", close_call, name="close_call"),
    path("calls/<int:pk>/quotas/", quota_page, name="quotas"),
    *batches.urlpatterns,
]
