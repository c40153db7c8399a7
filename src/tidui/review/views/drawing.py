"""Draws of experts: the public pages, the unit's secret, the department's steps, inspection's file."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tidui.accounts.models import User
from tidui.accounts.standing import standing
from tidui.kit import access, clock, lists
from tidui.kit.routes import page
from tidui.kit.visibility import get_visible
from tidui.review import lists_drawing, showing_draws
from tidui.review.actions import drawing, making_draws
from tidui.review.drawing import seeding
from tidui.review.enums import DrawState
from tidui.review.forms_drawing import BeginForm, CommitForm, NumberForm, OpenForm, PublicForm, ReasonForm
from tidui.review.models import Draw, Review, Secret
from tidui.review.views import preparing, seating


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _draw(request: HttpRequest, pk: int) -> Draw:
    found = get_visible(request.user, Draw, pk=pk)
    return Draw.objects.select_related("review__batch__call", "input", "output").get(pk=found.pk)


@page("review.public_draws", methods=("GET", "POST"))
def draws(request: HttpRequest) -> HttpResponseBase:
    """Every draw, for everybody: frozen inputs by their digests, and what was drawn."""
    return lists.page(request, lists_drawing.DRAWS, template="review/drawing/draws.html")


@require_safe
@page("review.public_draws")
def draw(request: HttpRequest, pk: int) -> HttpResponse:
    """One draw: what is public for everybody, and for its officers and units what they may do now."""
    return _page(request, _draw(request, pk), {}, 200)


def _page(request: HttpRequest, held: Draw, filled: dict[str, Any], status: int) -> HttpResponse:
    officer = bool(access.check("review.prepare", request.user))
    inside = bool(access.check("review.view_reviews", request.user))
    opened = not held.secrets.filter(opened_at__isnull=True).exists()
    context = {
        "draw": held, "tone": lists_drawing.DRAW_TONES[held.state], "rows": showing_draws.public_rows(held),
        "composition": showing_draws.composition_rows(held), "inside": inside,
        "steps": _steps(held) if inside or _secret_of(request, held) else [],
        "explanation": showing_draws.told(held.result["explanation"]) if inside and "explanation" in held.result
        else None,
        "secret": _secret_form(request, held, filled), **_officer(held, officer, opened, filled),
    }  # fmt: skip
    return render(request, "review/drawing/draw.html", context, status=status)


def _officer(held: Draw, officer: bool, opened: bool, filled: dict[str, Any]) -> dict[str, Any]:
    """What the department may do with a draw as it stands."""
    state, today = held.state, clock.today()
    frozen = officer and state == DrawState.FROZEN
    before = officer and state in (DrawState.PREPARED, DrawState.COMMITTED)
    number = frozen and not held.public_number
    public = {"public_source": held.public_source, "public_on": held.public_on}
    return {
        "may_check": before, "may_freeze": officer and state == DrawState.COMMITTED and held.public_on > today,
        "public_form": filled.get("public", PublicForm(initial=public)) if before and held.public_on <= today else None,
        "number_form": filled.get("number", NumberForm()) if number and held.public_on <= today else None,
        "waits_for_number": bool(number and held.public_on > today),
        "may_draw": bool(frozen and held.public_number and opened),
        "waits_for_secrets": bool(frozen and held.public_number and not opened),
        "may_void": officer and state not in (DrawState.DRAWN, DrawState.VOID),
    }  # fmt: skip


def _steps(held: Draw) -> list[tuple[Any, bool]]:
    """What has been done of a draw, in its order."""
    secrets = list(held.secrets.all())
    return [
        (_("两家单位提交密码摘要"), all(one.commitment for one in secrets)),
        (_("封存抽取文件，公布摘要"), held.frozen_at is not None),
        (_("公布随机数"), bool(held.public_number)),
        (_("两家单位开启密码"), all(one.opened_at for one in secrets)),
        (_("抽取、通知专家"), held.drawn_at is not None),
    ]


def _secret_of(request: HttpRequest, held: Draw) -> Secret | None:
    mine = standing(request.user).ids if request.user.is_authenticated else frozenset()
    rows = held.secrets.filter(unit__in=mine).select_related("unit", "committed_by", "opened_by")
    found = rows.first() if mine else None
    return found if found is not None and access.check("review.hold_secret", request.user, found) else None


def _secret_form(request: HttpRequest, held: Draw, filled: dict[str, Any]) -> dict[str, Any] | None:
    """What the person's unit may do with its secret."""
    own = _secret_of(request, held)
    if own is None:
        return None
    commits = held.state == DrawState.PREPARED and not own.commitment
    opens = held.state == DrawState.FROZEN and own.opened_at is None
    return {
        "row": own,
        "commit": filled.get("commit", CommitForm(initial={"said": seeding.suggest()})) if commits else None,
        "open": filled.get("open", OpenForm()) if opens else None,
    }


@page("review.prepare", methods=("GET", "POST"))
def begin(request: HttpRequest, pk: int) -> HttpResponse:
    """Open a draw, or a further one for the seats that are vacant."""
    review = get_visible(request.user, Review, pk=pk)
    form = BeginForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        made = drawing.begin(
            review=review, units=(said["first"], said["second"]), public_source=said["public_source"],
            public_on=said["public_on"], reason=said["reason"], by=_person(request), at=clock.now(),
        )  # fmt: skip
        messages.success(request, _("已建立抽取，并已通知两家单位提交密码摘要。"))
        return redirect("review:draw", pk=made.pk)
    context = {"review": review, "form": form}
    return render(request, "review/drawing/begin.html", context, status=422 if request.method == "POST" else 200)


def _secret(request: HttpRequest, pk: int) -> Secret:
    found = get_visible(request.user, Secret, pk=pk)
    access.require("review.hold_secret", request.user, found)
    return found


@page("review.hold_secret", methods=("POST",))
def commit(request: HttpRequest, pk: int) -> HttpResponse:
    """A unit commits its secret."""
    own = _secret(request, pk)
    form = CommitForm(request.POST)
    if not form.is_valid():
        return _page(request, _draw(request, own.draw_id), {"commit": form}, 422)
    said = form.cleaned_data
    drawing.commit(secret=own, said=said["said"], digest=said["digest"], by=_person(request), at=clock.now())
    messages.success(request, _("已提交密码摘要。请妥善保管密码，封存后凭它开启。"))
    return redirect("review:draw", pk=own.draw_id)


@page("review.hold_secret", methods=("POST",))
def open_secret(request: HttpRequest, pk: int) -> HttpResponse:
    """A unit opens its secret."""
    own = _secret(request, pk)
    form = OpenForm(request.POST)
    if not form.is_valid():
        return _page(request, _draw(request, own.draw_id), {"open": form}, 422)
    drawing.open_secret(secret=own, said=form.cleaned_data["said"], by=_person(request), at=clock.now())
    messages.success(request, _("密码已开启，与摘要相符。"))
    return redirect("review:draw", pk=own.draw_id)


@require_safe
@page("review.prepare")
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """Try, before the freeze, whether the panels could be drawn."""
    held = _draw(request, pk)
    if held.state not in (DrawState.PREPARED, DrawState.COMMITTED):
        raise Http404
    told = showing_draws.told(drawing.check(held, clock.now()).plain())
    return render(request, "review/drawing/check.html", {"draw": held, "explanation": told})


@page("review.prepare", methods=("POST",))
def freeze(request: HttpRequest, pk: int) -> HttpResponse:
    """Freeze the input."""
    held = _draw(request, pk)
    drawing.freeze(draw=held, by=_person(request), at=clock.now())
    messages.success(request, _("已封存，摘要已公布，并已通知两家单位开启密码。"))
    return redirect("review:draw", pk=held.pk)


@page("review.prepare", methods=("POST",))
def reset_public(request: HttpRequest, pk: int) -> HttpResponse:
    """Name another public number before the freeze."""
    held = _draw(request, pk)
    form = PublicForm(request.POST)
    if not form.is_valid():
        return _page(request, held, {"public": form}, 422)
    drawing.reset_public(draw=held, **form.cleaned_data, by=_person(request), at=clock.now())
    messages.success(request, _("已更改公开随机数的来源和日期。"))
    return redirect("review:draw", pk=held.pk)


@page("review.prepare", methods=("POST",))
def give_number(request: HttpRequest, pk: int) -> HttpResponse:
    """Write down the public number."""
    held = _draw(request, pk)
    form = NumberForm(request.POST)
    if not form.is_valid():
        return _page(request, held, {"number": form}, 422)
    drawing.give_number(draw=held, number=form.cleaned_data["number"], by=_person(request), at=clock.now())
    messages.success(request, _("已录入公开随机数。"))
    return redirect("review:draw", pk=held.pk)


@page("review.prepare", methods=("POST",))
def make(request: HttpRequest, pk: int) -> HttpResponse:
    """Draw, in a job."""
    job = making_draws.draw(draw=_draw(request, pk), by=_person(request), at=clock.now())
    return redirect("kit:job", job.pk)


@page("review.prepare", methods=("GET", "POST"))
def void(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a draw void, with the reason for all to see."""
    held = _draw(request, pk)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        drawing.void(draw=held, reason=form.cleaned_data["reason"], by=_person(request), at=clock.now())
        messages.success(request, _("本次抽取已作废，原因已公开。"))
        return redirect("review:draw", pk=held.pk)
    context = {"draw": held, "form": form}
    return render(request, "review/drawing/void.html", context, status=422 if request.method == "POST" else 200)


@require_safe
@page("review.view_reviews")
def draw_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The file from which inspection draws again; it names who the pseudonyms are."""
    held = _draw(request, pk)
    if held.state != DrawState.DRAWN:
        raise Http404
    answer = JsonResponse(drawing.file_of(held), json_dumps_params={"ensure_ascii": False, "indent": 1})
    answer["Content-Disposition"] = f'attachment; filename="draw-{held.review_id}-{held.number}.json"'
    return answer


urlpatterns: list[URLPattern] = [
    *preparing.urlpatterns,
    *seating.urlpatterns,
    path("draws/", draws, name="draws"),
    path("draws/<int:pk>/", draw, name="draw"),
    path("draws/<int:pk>/check/", check, name="check_draw"),
    path("draws/<int:pk>/freeze/", freeze, name="freeze_draw"),
    path("draws/<int:pk>/public/", reset_public, name="reset_public"),
    path("draws/<int:pk>/number/", give_number, name="give_number"),
    path("draws/<int:pk>/make/", make, name="make_draw"),
    path("draws/<int:pk>/void/", void, name="void_draw"),
    path("draws/<int:pk>/file/", draw_file, name="draw_file"),
    path("draws/secrets/<int:pk>/commit/", commit, name="commit"),
    path("draws/secrets/<int:pk>/open/", open_secret, name="open_secret"),
    path("reviews/<int:pk>/draws/new/", begin, name="begin_draw"),
]
