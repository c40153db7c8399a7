"""The register of experts: the list, one expert, nomination, application, and what the department decides."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tidui.accounts.models import Organisation, User
from tidui.casework.models import Application
from tidui.kit import access, clock, lists
from tidui.kit.routes import page
from tidui.kit.visibility import get_visible, visible_to
from tidui.review import linking, recusing, showing_experts
from tidui.review.actions import experts as actions
from tidui.review.forms_experts import (
    AbsenceForm,
    AccountForm,
    ConfirmForm,
    ExpertForm,
    ReasonForm,
    TermForm,
    TieForm,
    UnitForm,
    of_expert,
)
from tidui.review.lists_experts import EXPERTS, RECUSALS, units_of
from tidui.review.models import Absence, Expert, Recusal, Tie
from tidui.review.queries import expert_of


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _status(request: HttpRequest) -> int:
    """A form that was sent and is shown again did not hold."""
    return 422 if request.method == "POST" else 200


def _problem(request: HttpRequest, wrong: ValidationError) -> None:
    for text in wrong.messages:
        messages.error(request, text)


@page("review.view_register", methods=("GET", "POST"))
def experts(request: HttpRequest) -> HttpResponseBase:
    """Every expert for the department and inspection; for a unit those that it nominated."""
    context = {
        "may_nominate": bool(access.check("review.nominate", request.user)),
        "may_import": bool(access.check("review.manage_experts", request.user)),
    }
    return lists.page(request, EXPERTS, template="review/experts/experts.html", context=context)


@never_cache
@require_safe
@page("review.view_register")
def expert(request: HttpRequest, pk: int) -> HttpResponse:
    """One expert: what stands in the register, the rule, ties, absences, recusals, and what one may decide now."""
    return _page(request, get_visible(request.user, Expert, pk=pk), {}, 200)


def _page(request: HttpRequest, held: Expert, filled: dict[str, Any], status: int) -> HttpResponse:
    context = showing_experts.context(request.user, held, own=False)
    context["forms"] = {**showing_experts.forms_for(request.user, held), **filled}
    return render(request, "review/experts/expert.html", context, status=status)


# ---------------------------------------------------------------------- into the register
@page("review.nominate", methods=("GET", "POST"))
def nominate(request: HttpRequest) -> HttpResponse:
    """Name somebody for the register."""
    units = Organisation.objects.filter(pk__in=units_of(request.user)).order_by("name")
    form, unit = ExpertForm(request.POST or None), UnitForm(request.POST or None, units=units)
    if request.method == "POST" and form.is_valid() and unit.is_valid():
        made = actions.nominate(
            said=form.said(), fields=form.codes(), unit=unit.cleaned_data["unit"], by=_person(request), at=clock.now()
        )
        messages.success(request, _("已提名 %(name)s，由省科技厅审核。") % {"name": made.name})
        return redirect("review:expert", pk=made.pk)
    context = {"form": form, "unit": unit, "several": len(units) > 1, "title": _("提名专家"), "own": False,
               "back": reverse("review:experts")}  # fmt: skip
    return render(request, "review/experts/edit.html", context, status=_status(request))


@page("review.apply_as_expert", methods=("GET", "POST"))
def apply(request: HttpRequest) -> HttpResponse:
    """Ask to be an expert oneself."""
    held = expert_of(request.user)
    if held is not None and held.state not in ("declined", "ended"):
        return redirect("review:own_expert")
    person = _person(request)
    known = {"name": person.name, "mobile": person.mobile, "email": person.email}
    form = ExpertForm(request.POST or None, initial=of_expert(held) if held else known)
    if request.method == "POST" and form.is_valid():
        actions.apply(said=form.said(), fields=form.codes(), by=person, at=clock.now())
        messages.success(request, _("申请已提交，由省科技厅审核。"))
        return redirect("review:own_expert")
    context = {"form": form, "unit": None, "several": False, "title": _("申请成为评审专家"), "own": False, "back": "/"}
    return render(request, "review/experts/edit.html", context, status=_status(request))


@page("review.keep_expert", methods=("GET", "POST"))
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change an entry: the department all of it, the expert what the confirmation does not rest on."""
    held = get_visible(request.user, Expert, pk=pk)
    own = held.user_id == request.user.pk
    access.require("review.own_expert" if own else "review.manage_experts", request.user, held if own else None)
    back = reverse("review:own_expert") if own else reverse("review:expert", args=[held.pk])
    narrow = own and held.state not in ("applied", "nominated")
    initial = of_expert(held)
    form = ExpertForm(request.POST or None, initial=initial, own=narrow)
    if request.method == "POST" and form.is_valid():
        seen = request.POST.get("seen", "")
        actions.change(
            expert=held, said=form.said(), fields=form.codes(), by=_person(request), at=clock.now(),
            seen=int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 10 else -1,
        )  # fmt: skip
        messages.success(request, _("已保存。"))
        return redirect(back)
    context = {"form": form, "unit": None, "several": False, "title": _("修改专家信息"), "own": own, "back": back,
               "version": held.version}  # fmt: skip
    return render(request, "review/experts/edit.html", context, status=_status(request))


# ---------------------------------------------------------------------- what the department decides
@page("review.manage_experts", methods=("POST",))
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Take somebody into the register for a term."""
    held = get_visible(request.user, Expert, pk=pk)
    form = ConfirmForm(request.POST, qualified=actions.checked(held).qualified)
    if not form.is_valid():
        return _page(request, held, {"confirm": form}, 422)
    said = form.cleaned_data
    actions.confirm(
        expert=held, since=said["since"], until=said["until"], override=said.get("override", ""),
        by=_person(request), at=clock.now(),
    )  # fmt: skip
    messages.success(request, _("已确认入库。"))
    return redirect("review:expert", pk=pk)


_WITH_REASON = {"decline": actions.decline, "pause": actions.pause, "end": actions.end}


@page("review.manage_experts", methods=("POST",))
def with_reason(request: HttpRequest, pk: int, step: str) -> HttpResponse:
    """Not take, pause or end, each with its reason."""
    held = get_visible(request.user, Expert, pk=pk)
    form = ReasonForm(request.POST, prefix=step)
    if not form.is_valid():
        return _page(request, held, {step: form}, 422)
    _WITH_REASON[step](expert=held, reason=form.cleaned_data["reason"], by=_person(request), at=clock.now())
    messages.success(request, _("已办理。"))
    return redirect("review:expert", pk=pk)


@page("review.manage_experts", methods=("POST",))
def resume(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a paused expert be drawn again."""
    actions.resume(expert=get_visible(request.user, Expert, pk=pk), by=_person(request), at=clock.now())
    messages.success(request, _("已恢复。"))
    return redirect("review:expert", pk=pk)


@page("review.manage_experts", methods=("POST",))
def renew(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a longer term."""
    held, form = get_visible(request.user, Expert, pk=pk), TermForm(request.POST, prefix="renew")
    if not form.is_valid():
        return _page(request, held, {"renew": form}, 422)
    actions.renew(expert=held, until=form.cleaned_data["until"], by=_person(request), at=clock.now())
    messages.success(request, _("聘期已改为至 %(day)s。") % {"day": form.cleaned_data["until"]})
    return redirect("review:expert", pk=pk)


# ---------------------------------------------------------------------- absences and ties
def _back(request: HttpRequest, held: Expert) -> HttpResponse:
    own = held.user_id == request.user.pk
    return redirect("review:own_expert") if own else redirect("review:expert", pk=held.pk)


def _shown_again(request: HttpRequest, held: Expert, name: str, form: Any) -> HttpResponse:
    if held.user_id == request.user.pk:
        return _own_page(request, held, {name: form}, 422)
    return _page(request, held, {name: form}, 422)


@page("review.keep_expert", methods=("POST",))
def add_absence(request: HttpRequest, pk: int) -> HttpResponse:
    """Days on which the expert is away."""
    held, form = get_visible(request.user, Expert, pk=pk), AbsenceForm(request.POST, prefix="absence")
    if not form.is_valid():
        return _shown_again(request, held, "absence", form)
    try:
        actions.add_absence(expert=held, by=_person(request), at=clock.now(), **form.cleaned_data)
        messages.success(request, _("已登记。"))
    except ValidationError as wrong:
        _problem(request, wrong)
    return _back(request, held)


@page("review.keep_expert", methods=("POST",))
def remove_absence(request: HttpRequest, pk: int) -> HttpResponse:
    """The expert is there after all."""
    held = get_visible(request.user, Absence, pk=pk)
    actions.remove_absence(absence=held, by=_person(request), at=clock.now())
    messages.success(request, _("已删除。"))
    return _back(request, held.expert)


@page("review.keep_expert", methods=("POST",))
def add_tie(request: HttpRequest, pk: int) -> HttpResponse:
    """What ties the expert to an organisation."""
    held, form = get_visible(request.user, Expert, pk=pk), TieForm(request.POST, prefix="tie")
    if not form.is_valid():
        return _shown_again(request, held, "tie", form)
    said = {**form.cleaned_data, "uscc": form.cleaned_data["uscc"] or ""}
    try:
        actions.add_tie(expert=held, by=_person(request), at=clock.now(), **said)
        messages.success(request, _("已登记，涉及的申报已自动回避。"))
    except ValidationError as wrong:
        _problem(request, wrong)
    return _back(request, held)


@page("review.keep_expert", methods=("POST",))
def end_tie(request: HttpRequest, pk: int) -> HttpResponse:
    """A tie is over since a day."""
    held, form = get_visible(request.user, Tie, pk=pk), TermForm(request.POST)
    if form.is_valid():
        actions.end_tie(tie=held, until=form.cleaned_data["until"], by=_person(request), at=clock.now())
        messages.success(request, _("已登记结束日期，回避年限内仍须回避。"))
    else:
        messages.error(request, _("请填写结束日期。"))
    return _back(request, held.expert)


@page("review.manage_experts", methods=("POST",))
def remove_tie(request: HttpRequest, pk: int) -> HttpResponse:
    """Take away a tie that was recorded by mistake."""
    held, form = get_visible(request.user, Tie, pk=pk), ReasonForm(request.POST)
    if form.is_valid():
        actions.remove_tie(tie=held, reason=form.cleaned_data["reason"], by=_person(request), at=clock.now())
        messages.success(request, _("已移除。"))
    else:
        messages.error(request, _("请写明理由。"))
    return redirect("review:expert", pk=held.expert_id)


# ---------------------------------------------------------------------- recusals
@page("review.view_experts", methods=("GET", "POST"))
def recusals(request: HttpRequest) -> HttpResponseBase:
    """Every recusal that was declared or recorded."""
    return lists.page(request, RECUSALS)


@page("review.recuse", methods=("POST",))
def recuse(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an expert off an application, named by its number."""
    held, form = get_visible(request.user, Expert, pk=pk), ReasonForm(request.POST, prefix="recuse")
    number = request.POST.get("number", "").replace("\x00", "").strip()[:40]
    found = visible_to(request.user, Application).filter(number=number).first() if number else None
    if found is None or not form.is_valid():
        messages.error(request, _("请填写受理编号和理由。"))
        return redirect("review:expert", pk=pk)
    recusing.recuse(
        expert=held, application=found, note=form.cleaned_data["reason"], by=_person(request), at=clock.now()
    )
    messages.success(request, _("已登记回避，该专家不再评审这份申报。"))
    return redirect("review:expert", pk=pk)


@page("review.recuse", methods=("POST",))
def lift(request: HttpRequest, pk: int) -> HttpResponse:
    """Lift a recusal that was recorded by mistake."""
    held, form = get_visible(request.user, Recusal, pk=pk), ReasonForm(request.POST)
    if form.is_valid():
        recusing.lift(recusal=held, reason=form.cleaned_data["reason"], by=_person(request), at=clock.now())
        messages.success(request, _("回避已解除。"))
    else:
        messages.error(request, _("请写明理由。"))
    return redirect("review:expert", pk=held.expert_id)


# ---------------------------------------------------------------------- the account
@page("review.manage_experts", methods=("POST",))
def link(request: HttpRequest, pk: int) -> HttpResponse:
    """Say whose entry it is by a sign-in name."""
    held, form = get_visible(request.user, Expert, pk=pk), AccountForm(request.POST)
    if not form.is_valid():
        return _page(request, held, {"account": form}, 422)
    linking.link(expert=held, username=form.cleaned_data["username"], by=_person(request), at=clock.now())
    messages.success(request, _("账号已关联。"))
    return redirect("review:expert", pk=pk)


@never_cache
@page("review.manage_experts", methods=("POST",))
def invite(request: HttpRequest, pk: int) -> HttpResponse:
    """Make the link by which the person takes the entry as theirs; it is shown once."""
    held = get_visible(request.user, Expert, pk=pk)
    token = linking.invite(expert=held, by=_person(request), at=clock.now())
    address = request.build_absolute_uri(reverse("review:claim", args=[token]))
    context = {"expert": held, "address": address, "days": linking.OPEN_FOR.days}
    return render(request, "review/experts/invited.html", context)


@never_cache
@page("review.apply_as_expert", methods=("GET", "POST"))
def claim(request: HttpRequest, token: str) -> HttpResponse:
    """Take the entry that a link opens as one's own."""
    if request.method == "POST":
        linking.claim(token=token, by=_person(request), at=clock.now())
        messages.success(request, _("已关联，请核对并确认本人信息。"))
        return redirect("review:own_expert")
    found = linking.opened(token, clock.now())
    return render(request, "review/experts/claim.html", {"expert": found}, status=200 if found else 404)


# ---------------------------------------------------------------------- one's own
@never_cache
@require_safe
@page("review.apply_as_expert")
def own(request: HttpRequest) -> HttpResponse:
    """One's own entry: affirm it, change it, say when one is away and what ties one to whom; what one was paid."""
    held = expert_of(request.user)
    if held is None:
        return redirect("review:apply_as_expert")
    return _own_page(request, held, {}, 200)


def _own_page(request: HttpRequest, held: Expert, filled: dict[str, Any], status: int) -> HttpResponse:
    context = showing_experts.context(request.user, held, own=True)
    context["forms"] = {"absence": AbsenceForm(prefix="absence"), "tie": TieForm(prefix="tie"), **filled}
    return render(request, "review/experts/own.html", context, status=status)


@page("review.own_expert", methods=("POST",))
def affirm(request: HttpRequest) -> HttpResponse:
    """Say that what stands there is still so."""
    held = expert_of(request.user)
    assert held is not None
    actions.affirm(expert=held, by=_person(request), at=clock.now())
    messages.success(request, _("已确认，一年内有效。"))
    return redirect("review:own_expert")


urlpatterns: list[URLPattern] = [
    path("experts/", experts, name="experts"),
    path("experts/new/", nominate, name="nominate_expert"),
    path("experts/apply/", apply, name="apply_as_expert"),
    path("experts/me/", own, name="own_expert"),
    path("experts/me/affirm/", affirm, name="affirm_expert"),
    path("experts/claim/<str:token>/", claim, name="claim"),
    path("experts/recusals/", recusals, name="recusals"),
    path("experts/recusals/<int:pk>/lift/", lift, name="lift_recusal"),
    path("experts/absences/<int:pk>/remove/", remove_absence, name="remove_absence"),
    path("experts/ties/<int:pk>/end/", end_tie, name="end_tie"),
    path("experts/ties/<int:pk>/remove/", remove_tie, name="remove_tie"),
    path("experts/<int:pk>/", expert, name="expert"),
    path("experts/<int:pk>/edit/", edit, name="edit_expert"),
    path("experts/<int:pk>/confirm/", confirm, name="confirm_expert"),
    path("experts/<int:pk>/decline/", with_reason, {"step": "decline"}, name="decline_expert"),
    path("experts/<int:pk>/pause/", with_reason, {"step": "pause"}, name="pause_expert"),
    path("experts/<int:pk>/end/", with_reason, {"step": "end"}, name="end_expert"),
    path("experts/<int:pk>/resume/", resume, name="resume_expert"),
    path("experts/<int:pk>/renew/", renew, name="renew_expert"),
    path("experts/<int:pk>/recuse/", recuse, name="recuse_expert"),
    path("experts/<int:pk>/absences/", add_absence, name="add_absence"),
    path("experts/<int:pk>/ties/", add_tie, name="add_tie"),
    path("experts/<int:pk>/link/", link, name="link_expert"),
    path("experts/<int:pk>/invite/", invite, name="invite_expert"),
]
