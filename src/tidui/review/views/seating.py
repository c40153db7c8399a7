"""Who sits where: the department's list of seats, the expert's answer, who did not come."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from tidui.accounts.models import User
from tidui.kit import access, clock, lists
from tidui.kit.routes import page
from tidui.kit.visibility import get_visible
from tidui.review import gathering, lists_drawing
from tidui.review.actions import seats as actions
from tidui.review.enums import ReviewState, SeatState
from tidui.review.forms_drawing import AnswerForm, ReasonForm
from tidui.review.models import Review, Seat


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


@page("review.view_reviews", methods=("GET", "POST"))
def panels(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The seats of a review, and how many are vacant."""
    held = get_visible(request.user, Review, pk=pk)
    held = Review.objects.select_related("batch__call").get(pk=held.pk)
    lacking = gathering.missing(held) if request.method == "GET" else []
    context = {
        "review": held, "batch": held.batch, "lacking": sum(one.technical + one.financial for one in lacking),
        "may_draw": bool(lacking) and held.state != ReviewState.CLOSED
        and bool(access.check("review.prepare", request.user)),
    }  # fmt: skip
    return lists.page(
        request, lists_drawing.SEATS, scope={"review": held.pk}, template="review/drawing/panels.html", context=context
    )


@page("review.seat", methods=("GET", "POST"))
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """A drawn expert says whether they take part; no content is shown before."""
    held = get_visible(request.user, Seat, pk=pk)
    access.require("review.seat", request.user, held)
    held = Seat.objects.select_related("review__batch__call", "group", "file").get(pk=held.pk)
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        row = actions.answer(
            seat=held, accept=said["accept"], reason=said["reason"], by=_person(request), at=clock.now()
        )  # fmt: skip
        messages.success(request, _("已接受评审邀请。") if row.state == SeatState.ACCEPTED else _("已答复不能参加。"))
        return redirect("review:my_reviews")
    together = actions.together(held).select_related("group")
    count = sum(one.group.files.count() if one.group is not None else 1 for one in together)
    context = {
        "seat": held, "review": held.review, "batch": held.review.batch, "count": count,
        "form": form if held.state == SeatState.CALLED else None, "tone": lists_drawing.SEAT_TONES[held.state],
    }  # fmt: skip
    return render(request, "review/drawing/answer.html", context, status=422 if request.method == "POST" else 200)


@page("review.prepare", methods=("GET", "POST"))
def no_show(request: HttpRequest, pk: int) -> HttpResponse:
    """Write down that an expert did not come or stopped; what they signed stays."""
    held = get_visible(request.user, Seat, pk=pk)
    held = Seat.objects.select_related("review__batch__call", "expert", "group", "file").get(pk=held.pk)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.no_show(seat=held, reason=form.cleaned_data["reason"], by=_person(request), at=clock.now())
        messages.success(request, _("已登记，空缺席位可以补抽。"))
        return redirect("review:arrange", pk=held.review_id)
    context = {"seat": held, "review": held.review, "form": form}
    return render(request, "review/drawing/no_show.html", context, status=422 if request.method == "POST" else 200)


urlpatterns: list[URLPattern] = [
    path("reviews/<int:pk>/panels/", panels, name="panels"),
    path("seats/<int:pk>/answer/", answer, name="answer_seat"),
    path("seats/<int:pk>/no-show/", no_show, name="no_show"),
]
