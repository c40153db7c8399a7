"""The leader's form: what the panel's sheets come to, second looks, the panel's opinion and its signature."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from tidui.accounts.models import User
from tidui.casework.views import posted
from tidui.kit import clock, formats
from tidui.kit.access import NotAllowed
from tidui.kit.routes import page
from tidui.kit.visibility import get_visible
from tidui.review import panel_page, reading
from tidui.review.actions import leading as deeds
from tidui.review.actions.marking import Kept, Newer, Wrong
from tidui.review.enums import LookState
from tidui.review.models import File, SecondLook


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def saved_answer(answer: Kept | Newer | Wrong, error: str = "") -> JsonResponse:
    """What the kit's autosave is told."""
    if isinstance(answer, Wrong):
        return JsonResponse({"error": answer.text}, status=422)
    if isinstance(answer, Newer):
        at = formats.moment(answer.at) if answer.at else ""
        return JsonResponse({"version": answer.version, "value": answer.text, "by": "", "at": at}, status=409)
    return JsonResponse({"version": answer.version, "error": error})


def _led(request: HttpRequest, pk: int) -> File:
    """A file that the person leads; whoever does not is told so."""
    get_visible(request.user, File, pk=pk)
    file = File.objects.select_related("review__batch", "application__organisation", "group").get(pk=pk)
    deeds.require_leader(file, _person(request))
    return file


@page("review.seat", methods=("GET", "POST"))
def panel_form(request: HttpRequest, pk: int) -> HttpResponse:
    """The form. POST: save the opinion, or save and sign (`do`)."""
    file = _led(request, pk)
    if request.method != "POST":
        return _page(request, file)
    text = request.POST.get("opinion", "").replace("\r\n", "\n")
    base = posted.number(request.POST.get("base.opinion", ""), 0)
    answer = deeds.save_opinion(file=file, text=text, base=base, by=_person(request), at=clock.now())
    if not isinstance(answer, Kept):
        return _page(request, file, status=422, typed=text, answer=answer)
    if request.POST.get("do") != "sign":
        messages.success(request, _("已保存，尚未签署。"))
        return redirect("review:panel_form", pk)
    try:
        deeds.sign_form(file=file, by=_person(request), at=clock.now())
    except NotAllowed as refused:
        return _page(request, file, status=422, fault=str(refused.refused.reason))
    messages.success(request, _("评审组意见已签署。"))
    return redirect("review:panel_form", pk)


@page("review.seat", methods=("POST",))
def panel_draft(request: HttpRequest, pk: int) -> HttpResponse:
    """The opinion, saved as it is typed."""
    file = _led(request, pk)
    if request.POST.get("field") != "opinion":
        raise Http404
    answer = deeds.save_opinion(
        file=file, text=request.POST.get("value", "").replace("\r\n", "\n"),
        base=posted.number(request.POST.get("base", ""), 0), by=_person(request), at=clock.now(),
    )  # fmt: skip
    return saved_answer(answer)


@page("review.seat", methods=("POST",))
def answer_look(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer the open second look of a file: keep the marks, or have sheets marked again."""
    file = _led(request, pk)
    look = SecondLook.objects.filter(file=file, state=LookState.OPEN).first()
    if look is None:
        return redirect("review:panel_form", pk)
    text = posted.text(request, "answer", 2000)
    again = [posted.number(one) for one in request.POST.getlist("again")] if request.POST.get("do") == "again" else []
    try:
        if request.POST.get("do") == "again" and not again:
            raise NotAllowed(deeds.NOBODY)
        deeds.answer_look(look=look, answer=text, again=again, by=_person(request), at=clock.now())
    except NotAllowed as refused:
        return _page(request, file, status=422, look_fault=str(refused.refused.reason), look_text=text)
    messages.success(request, _("已请专家重新评分。") if again else _("已维持原评分。"))
    return redirect("review:panel_form", pk)


def _page(
    request: HttpRequest, file: File, *, status: int = 200, typed: str | None = None,
    answer: Newer | Wrong | None = None, fault: str = "", look_fault: str = "", look_text: str = "",
) -> HttpResponse:  # fmt: skip
    shown = panel_page.page_of(file, of_leader=True)
    context: dict[str, Any] = {
        "file": file, "view": shown, "title": reading.name_of(file), "fault": fault, "look_fault": look_fault,
        "look_text": look_text, "opinion": shown.opinion if typed is None else typed,
        "opinion_version": answer.version if isinstance(answer, Newer) else shown.version,
        "opinion_fault": answer.text if isinstance(answer, Wrong) else "",
        "opinion_theirs": answer.text if isinstance(answer, Newer) else "",
    }
    return render(request, "review/sheets/panel.html", context, status=status)
