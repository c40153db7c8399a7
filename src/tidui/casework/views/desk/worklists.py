"""The desk with its heaps, what was sent back, all applications, proposals."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _

from tidui.casework import desk as desks
from tidui.casework.lists_desk import ALL, DESK, PROPOSALS, RETURNED
from tidui.casework.views.desk import bulk
from tidui.kit import lists
from tidui.kit.lists.presenting import Presented
from tidui.kit.routes import page


@page("casework.desk", methods=("GET", "POST"))
def desk(request: HttpRequest) -> HttpResponseBase:
    """What waits for the person, by programme and stage; ticked rows go on to the preview."""
    queue = desks.queue_of(request.GET)
    if request.method == "POST" and request.POST.get("action") in ("bulk", "bulk_all"):
        return bulk.chosen(request, queue)
    scope = {"queue": queue}
    if request.method == "POST":
        return lists.post(request, DESK, scope=scope)
    heads = _heads(request.user)

    def context(shown: Presented) -> dict[str, Any]:
        begin = _first(request, queue, shown)
        return {"here": "desk", **heads, "current": request.GET.getlist("at"), "begin": begin}

    return lists.page(
        request, DESK, scope=scope, template="casework/desk/desk.html", context=context, whole=heads["total"]
    )


def _first(request: HttpRequest, queue: str, shown: Presented) -> str:
    """Where the work of this filter begins, which the first page knows; empty when there is none."""
    if shown.question.page == 1:
        key = shown.rows[0].pk if shown.rows else None
    else:
        key = desks.next_of(request.user, queue, ())
    if key is None:
        return ""
    return reverse("casework:review", args=[key]) + (f"?{queue}" if queue else "")


@page("casework.desk", methods=("GET", "POST"))
def returned(request: HttpRequest) -> HttpResponseBase:
    """What the person's organisation sent back and is waiting for; overdue corrections first."""
    context = {"here": "returned", **_heads(request.user)}
    return lists.page(request, RETURNED, template="casework/desk/desk.html", context=context)


def _heads(user: Any) -> dict[str, Any]:
    """The heaps above each of the lists, with what is in them."""
    heaps = desks.heaps(user)
    sent_back, overdue = desks.sent_back(user)
    url = reverse("casework:desk")
    return {
        "heaps": [(heap, f"{url}?at={heap.key}") for heap in heaps], "current": [], "begin": "",
        "total": sum(heap.count for heap in heaps), "overdue": sum(heap.overdue for heap in heaps),
        "sent_back": sent_back, "sent_back_overdue": overdue, "proposed": desks.to_confirm(user) or 0,
    }  # fmt: skip


@page("casework.desk", methods=("GET", "POST"))
def proposals(request: HttpRequest) -> HttpResponseBase:
    """What colleagues propose and a second person confirms."""
    context = {"here": "proposals", **_heads(request.user)}
    return lists.page(request, PROPOSALS, template="casework/desk/desk.html", context=context)


@page("casework.list", methods=("GET", "POST"))
def everything(request: HttpRequest) -> HttpResponseBase:
    """Every application that the person may see."""
    lead = _("您可以查看的全部申报；导出的内容与筛选一致。")
    return lists.page(request, ALL, template="casework/desk/all.html", context={"lead": lead})
