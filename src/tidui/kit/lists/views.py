"""The one view of every list: the page, its fragment for htmx, export, what is done with ticked rows, saved views."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tidui.kit import access
from tidui.kit.lists import exporting
from tidui.kit.lists.presenting import Presented
from tidui.kit.lists.question import MAX_QUERY, Question, read
from tidui.kit.lists.spec import Bulk, List, Scope
from tidui.kit.models import SavedView
from tidui.kit.pages import confirm

FRAGMENT: Final = "kit/lists/_list.html"
MOST_SAVED: Final = 30
MOST_TICKED: Final = 1_000


def page(
    request: HttpRequest,
    spec: List,
    *,
    scope: Scope | None = None,
    template: str = "kit/lists/page.html",
    context: Mapping[str, Any] | Callable[[Presented], Mapping[str, Any]] | None = None,
    whole: int | None = None,
) -> HttpResponseBase:
    """Answer a request for a list: the page (or, for htmx, the list alone); a POST exports, acts or saves a view.

    `context` may be made of the list. `whole`: how many rows there are when nothing is asked, where that was counted.
    """
    access.require(spec.permission, request.user)
    if request.method == "POST":
        return post(request, spec, scope=scope)
    presented = present(request, spec, scope=scope, whole=whole)
    more = context(presented) if callable(context) else context
    htmx: Any = getattr(request, "htmx", None)
    alone = bool(htmx) and htmx.target == spec.element and not htmx.history_restore_request
    answer = render(request, FRAGMENT if alone else template, {**(more or {}), "list": presented})
    if alone:
        answer["HX-Push-Url"] = presented.here  # without the fields of the form that were left empty
    patch_vary_headers(answer, ["HX-Request", "HX-Target", "HX-History-Restore-Request"])
    return answer


def present(
    request: HttpRequest, spec: List, *, scope: Scope | None = None, whole: int | None = None
) -> Presented:
    """The list for a page of one's own: `{% include "kit/lists/_list.html" %}` with it as `list`."""
    return Presented(read(spec, request.user, request.GET, scope), request.path, whole)


def post(request: HttpRequest, spec: List, *, scope: Scope | None = None) -> HttpResponseBase:
    """What is posted to the address of a list: `export`, `save_view`, `delete_view`, or the name of a bulk action."""
    access.require(spec.permission, request.user)
    question = read(spec, request.user, request.GET, scope)
    if "export" in request.POST and spec.export:
        return exporting.export(request, question)
    if "save_view" in request.POST and spec.saved:
        _save_view(request, question)
    elif "delete_view" in request.POST and spec.saved:
        _delete_view(request, spec)
    elif "action" in request.POST:
        return _act(request, question)
    else:
        messages.error(request, _("没有收到要办理的事项。"))
    return HttpResponseRedirect(_back(request, question))


def _back(request: HttpRequest, question: Question) -> str:
    query = question.query()
    return f"{request.path}?{query}" if query else request.path


def _save_view(request: HttpRequest, question: Question) -> None:
    name = " ".join(request.POST.get("save_view", "").replace("\x00", "").split())[:40]
    query = question.query(count=None)
    mine = SavedView.objects.filter(user_id=request.user.pk or 0, list_name=question.spec.name)
    if not name:
        messages.error(request, _("请给常用筛选起个名字。"))
    elif len(query) > MAX_QUERY:
        messages.error(request, _("筛选条件太多，不能保存。"))
    elif mine.exclude(name=name).count() >= MOST_SAVED:
        messages.error(request, _("最多保存 %(count)s 个常用筛选，请先删除不用的。") % {"count": MOST_SAVED})
    else:
        SavedView.objects.update_or_create(
            user_id=request.user.pk or 0,
            list_name=question.spec.name,
            name=name,
            defaults={"query": query, "saved_at": timezone.now()},
        )
        messages.success(request, _("已保存常用筛选“%(name)s”。") % {"name": name})


def _delete_view(request: HttpRequest, spec: List) -> None:
    key = request.POST.get("delete_view", "")
    mine = SavedView.objects.filter(user_id=request.user.pk or 0, list_name=spec.name)
    gone, _rows = mine.filter(pk=int(key)).delete() if key.isascii() and key.isdigit() and len(key) < 18 else (0, {})
    if gone:
        messages.success(request, _("已删除常用筛选。"))
    else:
        messages.error(request, _("没有这个常用筛选。"))


def _act(request: HttpRequest, question: Question) -> HttpResponse:
    """Do something with the ticked rows: asked for again where the declaration wants that, then all or nothing."""
    spec, back = question.spec, _back(request, question)
    action: Bulk | None = next((one for one in spec.actions if one.name == request.POST["action"]), None)
    if action is None:
        messages.error(request, _("没有这个操作。"))
        return HttpResponseRedirect(back)
    access.require(action.permission, request.user)
    keys = _ticked(request)
    rows = question.base().filter(pk__in=keys) if keys else None
    count = rows.count() if rows is not None else 0
    if rows is None or not count:
        messages.error(request, _("请先勾选记录。"))
        return HttpResponseRedirect(back)
    if action.confirm and request.POST.get("confirmed") != "1":
        text = ngettext("对 %(count)s 条记录：%(text)s", "对 %(count)s 条记录：%(text)s", count)
        return confirm(
            request,
            title=action.label,
            text=text % {"count": count, "text": action.confirm},
            submit=action.label,
            back=back,
            tone=action.tone,
            fields={"action": action.name, "keys": ",".join(map(str, keys))},
        )
    try:
        messages.success(request, action.run(request.user, rows, timezone.now()))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return HttpResponseRedirect(back)


def _ticked(request: HttpRequest) -> list[int]:
    """The keys that were ticked; what is no key is none."""
    sent = [*request.POST.getlist("ids"), *request.POST.get("keys", "").split(",")]
    return [int(one) for one in dict.fromkeys(sent) if one.isascii() and one.isdigit() and len(one) < 18][:MOST_TICKED]
