"""The department's pages of a review: progress, results, second looks, calibration, reminders, the end."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tidui.accounts.models import User
from tidui.casework.views import posted
from tidui.kit import access, clock, files, lists
from tidui.kit.access import NotAllowed
from tidui.kit.pages import confirm
from tidui.kit.routes import page
from tidui.kit.visibility import get_visible, visible_to
from tidui.review import panel_page, progressing
from tidui.review.actions import closing, leading
from tidui.review.enums import ReviewState
from tidui.review.lists_sheets import RESULTS, REVIEWS
from tidui.review.models import Calibration, File, Review
from tidui.review.scheme import scheme

#: Lines of a page: experts, effects.
SHOWN: Final = 50
#: Outcomes at the line that are listed; the kept result has all of them.
MOST_FLIPS: Final = 300


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _review(request: HttpRequest, pk: int) -> Review:
    get_visible(request.user, Review, pk=pk)
    return Review.objects.select_related("batch__call").get(pk=pk)


@page("review.view_reviews", methods=("GET", "POST"))
def reviews(request: HttpRequest) -> HttpResponseBase:
    """All reviews, the newest first."""
    return lists.page(request, REVIEWS)


@page("review.view_reviews")
def review(request: HttpRequest, pk: int) -> HttpResponse:
    """How far a review is: by group and by expert, who is late, what waits for a second look."""
    found = _review(request, pk)
    groups = progressing.of_groups(found)
    experts = progressing.of_experts(found)
    late = found.due_on is not None and found.due_on < clock.today() and found.state == ReviewState.REVIEWING
    by = scheme(found.scheme)
    context = {
        "review": found, "whole": progressing.whole(found, groups), "groups": groups, "late": late,
        "experts": Paginator(experts, SHOWN).get_page(request.GET.get("page")),
        "behind": sum(one.left > 0 for one in experts),
        "scheme": by, "house": str(by.house or ""),
        "waiting": closing.waiting(found) if found.state == ReviewState.REVIEWING else 0,
        "may": bool(access.check("review.prepare", request.user)), "reviewing": found.state == ReviewState.REVIEWING,
        "calibration": visible_to(request.user, Calibration).filter(review=found).order_by("-pk").first(),
        "tabs": _tabs(found, "progress"),
    }  # fmt: skip
    return render(request, "review/reviewing/review.html", context)


def _tabs(found: Review, now: str) -> list[tuple[Any, str, bool]]:
    pages = (
        ("progress", _("进度"), "review:review"), ("results", _("评审结果"), "review:review_results"),
        ("calibration", _("评分校准"), "review:calibration"),
    )  # fmt: skip
    return [(title, reverse(route, args=[found.pk]), name == now) for name, title, route in pages]


@page("review.view_reviews", methods=("GET", "POST"))
def review_results(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The files of a review by their official mean."""
    found = _review(request, pk)
    scope = {"review": found.pk}
    if request.method == "POST":
        return lists.post(request, RESULTS, scope=scope)
    by = scheme(found.scheme)
    context = {"review": found, "tabs": _tabs(found, "results"), "scheme": by, "house": str(by.house or "")}
    return lists.page(request, RESULTS, scope=scope, template="review/reviewing/results.html", context=context)


# ---------------------------------------------------------------------- one file
class LookForm(forms.Form):
    """Why a panel is asked to look again."""

    reason = forms.CharField(
        label=gettext_lazy("复议理由"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}),
        validators=[files.validate_open],
    )  # fmt: skip


@page("review.view_reviews", methods=("GET", "POST"))
def reviewed_file(request: HttpRequest, pk: int, file: int) -> HttpResponse:
    """All sheets of a file, what they come to, its second looks. POST: ask for one."""
    found = _review(request, pk)
    get_visible(request.user, File, pk=file, review=found)
    held = File.objects.select_related("review__batch", "application__organisation", "group").get(pk=file)
    form = LookForm(request.POST or None)
    if request.method == "POST":
        access.require("review.prepare", request.user)
        if form.is_valid():
            leading.ask_look(file=held, reason=form.cleaned_data["reason"], by=_person(request), at=clock.now())
            messages.success(request, _("已请组长复议。"))
            return redirect("review:reviewed_file", pk, file)
    view = panel_page.page_of(held)
    context = {
        "review": found, "file": held, "view": view, "form": form, "title": held.application.organisation.name,
        "may_ask": bool(access.check("review.prepare", request.user)) and view.ready and view.signed is None,
    }  # fmt: skip
    return render(request, "review/reviewing/file.html", context, status=422 if form.is_bound else 200)


# ---------------------------------------------------------------------- calibration
@page("review.view_reviews", methods=("GET", "POST"))
def calibration(request: HttpRequest, pk: int) -> HttpResponse:
    """The calibration beside the official means. POST: work it out anew and keep it."""
    found = _review(request, pk)
    if request.method == "POST":
        closing.keep_calibration(review=found, by=_person(request), at=clock.now())
        messages.success(request, _("已校准并保存。"))
        return redirect("review:calibration", pk)
    kept = visible_to(request.user, Calibration).filter(review=found).select_related("made_by").order_by("-pk")
    rows = list(kept.defer("result")[:20])
    chosen = posted.number(request.GET.get("of", ""))
    key = next((one.pk for one in rows if one.pk == chosen), rows[0].pk if rows else None)
    shown = kept.filter(pk=key).first() if key is not None else None
    result: dict[str, Any] = shown.result if shown is not None else {}
    context = {
        "review": found, "tabs": _tabs(found, "calibration"), "kept": rows, "shown": shown, "result": result,
        "effects": Paginator(result.get("effects", []), SHOWN).get_page(request.GET.get("page")),
        "flips": result.get("flips", [])[:MOST_FLIPS],
        "apart": _apart(result), "may": bool(access.check("review.prepare", request.user)),
    }  # fmt: skip
    return render(request, "review/reviewing/calibration.html", context)


def _apart(result: dict[str, Any]) -> list[tuple[str, int]]:
    """The kinds whose experts fall apart into sets that share no file, with how many sets."""
    from tidui.review.enums import ExpertKind

    kinds = [one.partition(":")[2] for one in result.get("warnings", []) if one.startswith("apart:")]
    return [
        (str(ExpertKind(kind).label), sum(one["kind"] == kind for one in result["components"])) for kind in kinds
    ]


# ---------------------------------------------------------------------- reminders, the end
@page("review.prepare", methods=("POST",))
def remind(request: HttpRequest, pk: int) -> HttpResponse:
    """Remind those who have something left: all, or the one whose button was pressed."""
    found = _review(request, pk)
    only = posted.number(request.POST.get("expert", ""))
    count = closing.remind(
        review=found, experts=None if only < 0 else [only], by=_person(request), at=clock.now()
    )
    messages.success(request, ngettext("已提醒%(count)d位专家。", "已提醒%(count)d位专家。", count) % {"count": count})
    return redirect("review:review", pk)


@page("review.prepare", methods=("GET", "POST"))
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """End a review: its applications go on."""
    found = _review(request, pk)
    access.require("review.prepare", request.user)
    if request.method == "POST":
        return redirect("kit:job", closing.close(review=found, by=_person(request), at=clock.now()).pk)
    if closing.waiting(found):
        raise NotAllowed(closing.NOT_DONE)
    return confirm(
        request, title=_("结束专家评审"), submit=_("结束评审"), tone="primary",
        text=_("结束后批次中的申报进入下一环节。结果已经由各组组长签署，不会改变。"),
        back=reverse("review:review", args=[pk]),
    )  # fmt: skip


urlpatterns: list[URLPattern] = [
    path("reviews/", reviews, name="reviews"),
    path("reviews/<int:pk>/", review, name="review"),
    path("reviews/<int:pk>/results/", review_results, name="review_results"),
    path("reviews/<int:pk>/files/<int:file>/", reviewed_file, name="reviewed_file"),
    path("reviews/<int:pk>/calibration/", calibration, name="calibration"),
    path("reviews/<int:pk>/remind/", remind, name="remind"),
    path("reviews/<int:pk>/close/", close, name="close_review"),
]
