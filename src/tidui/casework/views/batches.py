"""Batches: the list, the page of one, opening and closing, an application that leaves; and hand-overs between units."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from tidui.accounts.queries import recommending_unit
from tidui.accounts.views.common import answer, done
from tidui.casework import call_forms, call_page, panels
from tidui.casework.actions import batches as batching
from tidui.casework.actions import calls as calling
from tidui.casework.actions.transferring import NOT_MOVED, transfer
from tidui.casework.enums import ENDED, State
from tidui.casework.lists_calls import BATCHES, IN_BATCH, TRANSFERS
from tidui.casework.models import Application, Batch, Call
from tidui.casework.presenting import STATE_TONES, stage_title
from tidui.casework.views import posted
from tidui.kit import access, clock, lists
from tidui.kit.access import NotAllowed
from tidui.kit.pages import confirm, next_path
from tidui.kit.routes import page
from tidui.kit.visibility import get_visible, visible_to


@page("casework.view_all", methods=("GET", "POST"))
def batch_list(request: HttpRequest) -> HttpResponseBase:
    """All batches, the newest first."""
    return lists.page(request, BATCHES)


@page("casework.view_all", methods=("GET", "POST"))
def batch(request: HttpRequest, pk: int) -> HttpResponseBase:
    """A batch: where it is, its numbers, what others show of it, its applications."""
    found = get_visible(request.user, Batch, pk=pk)
    scope = {"batch": found.pk}
    if request.method == "POST":
        return lists.post(request, IN_BATCH, scope=scope)
    owner = call_page.owner_of(found.call)
    may = bool(access.check("casework.batches", request.user))
    context = {
        "batch": found, "call": found.call, "counts": counts(found),
        "way": call_page.steps(
            owner, found.call.settings, now=found.stage or call_page.collecting(owner, found.call.settings),
            ended=found.ended_at is not None,
        ),
        "may_close": may and found.closed_at is None, "panels": panels.of("batch", request, found),
    }  # fmt: skip
    return lists.page(request, IN_BATCH, scope=scope, template="casework/batches/batch.html", context=context)


def counts(found: Batch) -> dict[str, Any]:
    """The numbers of a batch: all, those still under way, those with doubts, and how many there are of each state."""
    kinds = list(
        found.applications.order_by().values_list("state", "stage")
        .annotate(count=Count("*"), doubtful=Count("pk", filter=Q(doubts__gt=0)),
                  unmet=Count("pk", filter=~Q(verdict="pass")))
    )  # fmt: skip
    shown = [
        (_state_words(found, state, stage), count, STATE_TONES[State(state)])
        for state, stage, count, _doubtful, _unmet in sorted(kinds, key=lambda kind: -kind[2])
    ]
    return {
        "all": sum(kind[2] for kind in kinds), "doubtful": sum(kind[3] for kind in kinds),
        "unmet": sum(kind[4] for kind in kinds), "running": sum(kind[2] for kind in kinds if kind[0] not in ENDED),
        "states": shown,
    }  # fmt: skip


def _state_words(found: Batch, state: str, stage: str) -> str:
    """A running application is where its stage is; the others are how they ended."""
    return stage_title(found.call.programme, stage) if state == State.ACTIVE else str(State(state).label)


@page("casework.batches", methods=("GET", "POST"))
def open_batch(request: HttpRequest, pk: int) -> HttpResponse:
    """Open the next batch of a call; then on to the file that waited for one, where that is whence one came."""
    found = get_visible(request.user, Call, pk=pk)
    access.require("casework.batches", request.user)
    number = found.batches.count() + 1
    title = _("%(year)s 年第 %(number)s 批") % {"year": found.year, "number": number}
    form = call_forms.BatchForm(request.POST or None, initial={"title": title})
    made: list[Batch] = []

    def make() -> None:
        made.append(calling.open_batch(call=found, by=request.user, at=timezone.now(), **form.cleaned_data))  # type: ignore[arg-type]

    if request.method == "POST" and done(form, make):
        messages.success(request, _("批次已建立，之后确认的申报列入其中。"))
        return redirect(next_path(request, reverse("casework:batch", args=[made[0].pk])))
    back = next_path(request, reverse("casework:call", args=[found.pk]))
    text = _("同一申报通知同时只有一个批次在收件；确认的申报自动列入。")
    context = {"call": found, "form": form, "heading": _("建立批次"), "grave": "", "text": text, "then": back}
    return answer(request, "casework/calls/change.html", context)


@page("casework.batches", methods=("GET", "POST"))
def close_batch(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the numbers and the open doubts, and close the batch."""
    found = get_visible(request.user, Batch, pk=pk)
    access.require("casework.batches", request.user)
    if found.closed_at is not None:
        raise NotAllowed(calling.BATCH_CLOSED)
    if request.method == "POST":
        calling.close_batch(batch=found, by=request.user, at=timezone.now())  # type: ignore[arg-type]
        messages.success(request, _("批次已封闭，其中的申报一起进入下一环节。"))
        return redirect("casework:batch", found.pk)
    rows = visible_to(request.user, Application).filter(batch=found)
    doubtful = rows.filter(doubts__gt=0).select_related("organisation").order_by("-doubts", "pk")[:50]
    context = {"batch": found, "counts": counts(found), "doubtful": doubtful}
    return render(request, "casework/batches/close.html", context)


def _batched(request: HttpRequest, pk: int) -> Application:
    found = get_visible(request.user, Application, pk=pk)
    access.require("casework.batches", request.user)
    if found.batch_id is None or found.ended_at is not None:
        raise NotAllowed(batching.NOT_IN_A_BATCH)
    return found


@page("casework.batches", methods=("GET", "POST"))
def take_out(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an application out of the batch that is still open."""
    found = _batched(request, pk)
    form = call_forms.ReasonForm(request.POST or None)

    def take() -> None:
        batching.take_out(
            application=found, by=request.user, at=timezone.now(), seen=_seen(request, found), **form.cleaned_data  # type: ignore[arg-type]
        )

    if request.method == "POST" and done(form, take):
        messages.success(request, _("已移出批次，退回确认环节。"))
        return redirect("casework:batch", found.batch_id or 0)
    text = _("移出后退回确认环节，可以再次确认，列入之后的批次。")
    return _leaving(request, found, form, _("移出批次"), text)


@page("casework.batches", methods=("GET", "POST"))
def rebatch(request: HttpRequest, pk: int) -> HttpResponse:
    """Move an application into the batch of its call that is open."""
    found = _batched(request, pk)
    others = visible_to(request.user, Batch).filter(call=found.call, closed_at__isnull=True)
    form = call_forms.RebatchForm(request.POST or None, batches=others.exclude(pk=found.batch_id or 0))

    def put() -> None:
        batching.rebatch(
            application=found, by=request.user, at=timezone.now(), seen=_seen(request, found), **form.cleaned_data  # type: ignore[arg-type]
        )

    if request.method == "POST" and done(form, put):
        messages.success(request, _("已移到下一批次。"))
        return redirect("casework:batch", form.cleaned_data["to"].pk)
    text = _("只能移到同一申报通知正在收件的批次；没有时请先建立批次。")
    return _leaving(request, found, form, _("移到下一批次"), text)


def _seen(request: HttpRequest, found: Application) -> int:
    """The version of which the person's page spoke; a page that named none is taken as of now."""
    return posted.seen(request, otherwise=found.version)


def _leaving(request: HttpRequest, found: Application, form: Any, heading: str, text: str) -> HttpResponse:
    context = {"application": found, "batch": found.batch, "form": form, "heading": heading, "text": text}
    return answer(request, "casework/batches/leave.html", context)


@page("casework.see_transfers", methods=("GET", "POST"))
def transfers(request: HttpRequest) -> HttpResponseBase:
    """The applications whose enterprise now has another recommending unit."""
    return lists.page(request, TRANSFERS, template="casework/batches/transfers.html")


@page("casework.transfer", methods=("GET", "POST"))
def transfer_one(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand an application over to the unit that recommends its enterprise now."""
    found = get_visible(request.user, Application, pk=pk)
    access.require("casework.transfer", request.user, found)
    back = reverse("casework:case", args=[found.pk])
    if request.method == "POST":
        transfer(
            application=found, by=request.user, at=timezone.now(), seen=_seen(request, found),  # type: ignore[arg-type]
            reason=posted.text(request, "reason", 500),
        )  # fmt: skip
        messages.success(request, _("已转交。"))
        if visible_to(request.user, Application).filter(pk=found.pk).exists():
            return redirect("casework:case", found.pk)
        return redirect("casework:transfers")
    unit = recommending_unit(found.organisation, clock.today())
    if (unit and unit.pk) == found.unit_id:
        raise NotAllowed(NOT_MOVED)
    said = {"enterprise": found.organisation.name, "unit": unit.name if unit else _("省科技厅")}
    text = _("把%(enterprise)s的申报转交%(unit)s办理。轮到推荐单位办理的，办理期限重新计算。") % said
    return confirm(
        request, title=_("转交其他推荐单位"), text=text, submit=_("转交"), back=back, tone="primary",
        fields={"seen": str(found.version)},
    )  # fmt: skip


urlpatterns: list[URLPattern] = [
    path("batches/", batch_list, name="batches"),
    path("batches/<int:pk>/", batch, name="batch"),
    path("batches/<int:pk>/close/", close_batch, name="close_batch"),
    path("calls/<int:pk>/batches/new/", open_batch, name="open_batch"),
    path("applications/<int:pk>/take-out/", take_out, name="take_out"),
    path("applications/<int:pk>/rebatch/", rebatch, name="rebatch"),
    path("transfers/", transfers, name="transfers"),
    path("applications/<int:pk>/transfer/", transfer_one, name="transfer"),
]
