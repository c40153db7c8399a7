"""The review of a batch before its draw: settings, groups, and what its panels lack."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from tidui.accounts.models import User
from tidui.casework.batching import at_stage
from tidui.casework.models import Batch
from tidui.kit import access, clock
from tidui.kit.routes import page
from tidui.kit.visibility import get_visible
from tidui.review import gathering, lists_drawing, scheme, showing_draws
from tidui.review.actions import drawing, preparing
from tidui.review.enums import ExpertKind, ReviewState
from tidui.review.forms_drawing import MoveForm, SettingsForm
from tidui.review.kinds import PANEL_REVIEW
from tidui.review.models import File, Group, Review
from tidui.review.recusing import suitable_experts


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _review(request: HttpRequest, pk: int) -> Review:
    found = get_visible(request.user, Review, pk=pk)
    return Review.objects.select_related("batch__call").get(pk=found.pk)


@page("review.prepare", methods=("GET", "POST"))
def prepare(request: HttpRequest, pk: int) -> HttpResponse:
    """State how a batch is reviewed, and open its review."""
    batch = get_visible(request.user, Batch, pk=pk)
    form = SettingsForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = preparing.prepare(batch=batch, settings=form.cleaned_data, by=_person(request), at=clock.now())
        messages.success(request, _("已建立评审，并按技术领域分组。"))
        return redirect("review:arrange", pk=made.pk)
    context = {
        "batch": batch, "form": form, "count": at_stage(batch, PANEL_REVIEW.name).count(), "review": None,
        "house": _house(batch),
    }  # fmt: skip
    return render(request, "review/drawing/settings.html", context, status=422 if request.method == "POST" else 200)


def _house(batch: Batch) -> Any:
    from tidui.casework.programme import programme

    name = programme(batch.call.programme).extra.get("scheme", "")
    found = scheme.schemes().get(name)
    return found.house if found is not None else None


@page("review.prepare", methods=("GET", "POST"))
def settings(request: HttpRequest, pk: int) -> HttpResponse:
    """Change the settings before anything is frozen."""
    held = _review(request, pk)
    form = SettingsForm(request.POST or None, review=held)
    if request.method == "POST" and form.is_valid():
        preparing.change(review=held, settings=form.cleaned_data, by=_person(request), at=clock.now())
        messages.success(request, _("已更改评审设置。"))
        return redirect("review:arrange", pk=held.pk)
    context = {
        "batch": held.batch, "form": form, "count": held.files.count(), "review": held, "house": _house(held.batch),
    }  # fmt: skip
    return render(request, "review/drawing/settings.html", context, status=422 if request.method == "POST" else 200)


@require_safe
@page("review.view_reviews")
def arrange(request: HttpRequest, pk: int) -> HttpResponse:
    """Settings, groups, draws and what the panels lack; for the department and inspection."""
    held = _review(request, pk)
    officer = bool(access.check("review.prepare", request.user))
    draws = list(held.draws.order_by("-number"))
    fixed = any(one.state in ("frozen", "drawn") for one in draws)
    lacking = gathering.missing(held)
    running = any(one.state in drawing.OPEN_STATES for one in draws)
    context = {
        "review": held, "batch": held.batch, "rows": showing_draws.settings_rows(held),
        "groups": lists_drawing.groups_of(held), "draws": [(one, lists_drawing.DRAW_TONES[one.state]) for one in draws],
        "lacking": lacking, "lacks": _lacks(lacking), "pool": _pool(lacking), "may_change": officer and not fixed,
        "may_draw": officer and bool(lacking) and not running and held.state != ReviewState.CLOSED,
        "again": any(one.state == "drawn" for one in draws), "unfielded": held.files.filter(field="").count(),
    }  # fmt: skip
    return render(request, "review/drawing/arrange.html", context)


def _lacks(lacking: list[gathering.Want]) -> dict[str, int]:
    return {
        "technical": sum(one.technical for one in lacking), "financial": sum(one.financial for one in lacking),
        "files": sum(len(one.files) for one in lacking),
    }  # fmt: skip


def _pool(lacking: list[gathering.Want]) -> list[tuple[Any, int, int, bool]]:
    """How many may be drawn beside how many seats there are; three times as many are usual (195号)."""
    if not lacking:
        return []
    kinds = list(suitable_experts(clock.today()).values_list("kind", flat=True))
    wanted = _lacks(lacking)
    return [
        (kind.label, kinds.count(kind.value), wanted[kind.value], kinds.count(kind.value) < 3 * wanted[kind.value])
        for kind in ExpertKind
    ]


@page("review.prepare", methods=("POST",))
def pack(request: HttpRequest, pk: int) -> HttpResponse:
    """Pack the files into groups anew."""
    held = _review(request, pk)
    made = preparing.pack(review=held, by=_person(request), at=clock.now())
    count = len(made)
    said = ngettext("已重新分为 %(count)s 组。", "已重新分为 %(count)s 组。", count)
    messages.success(request, said % {"count": count})
    return redirect("review:arrange", pk=held.pk)


@page("review.view_reviews", methods=("GET",))
def group(request: HttpRequest, pk: int) -> HttpResponse:
    """The files of a group, and the way to put one into another."""
    held = get_visible(request.user, Group, pk=pk)
    review = _review(request, held.review_id)
    may = bool(access.check("review.prepare", request.user)) and not preparing.is_fixed(review)
    files = held.files.select_related("application__organisation").order_by("code")
    seats = held.seats.select_related("expert").order_by("-leader", "kind", "pk")
    context = {
        "group": held, "review": review, "may_move": may,
        "files": [(one, showing_draws.field_name(one.field)) for one in files],
        "groups": list(review.groups.exclude(pk=held.pk).order_by("number")) if may else [],
        "seats": [(one, lists_drawing.SEAT_TONES[one.state]) for one in seats],
    }  # fmt: skip
    return render(request, "review/drawing/group.html", context)


@page("review.prepare", methods=("POST",))
def move_file(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a file into another group."""
    held = get_visible(request.user, File, pk=pk)
    form = MoveForm(request.POST, groups=Group.objects.filter(review=held.review_id))
    if not form.is_valid():
        messages.error(request, _("申报和分组不属于同一次评审。"))
        return redirect("review:arrange", pk=held.review_id)
    row = preparing.move_file(file=held, group=form.cleaned_data["group"], by=_person(request), at=clock.now())
    assert row.group is not None
    messages.success(request, _("%(code)s 已移到第 %(number)s 组。") % {"code": row.code, "number": row.group.number})
    return redirect("review:arrange", pk=held.review_id)


urlpatterns: list[URLPattern] = [
    path("batches/<int:pk>/review/", prepare, name="prepare"),
    path("reviews/<int:pk>/settings/", settings, name="settings"),
    path("reviews/<int:pk>/arrange/", arrange, name="arrange"),
    path("reviews/<int:pk>/pack/", pack, name="pack"),
    path("reviews/groups/<int:pk>/", group, name="group"),
    path("reviews/moved/<int:pk>/", move_file, name="move_file"),
]
