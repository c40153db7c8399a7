"""Yearly information and reported changes of recognitions that hold for years."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from tidui.accounts.models import User
from tidui.kit import access, clock, formats, lists
from tidui.kit.routes import page
from tidui.kit.visibility import get_visible
from tidui.recognition import lasting, lists_years
from tidui.recognition.actions import years as actions
from tidui.recognition.forms_years import ChangeForm, DecideForm, ReturnForm, SupplementForm
from tidui.recognition.models import Recognition
from tidui.recognition.models_years import Change, ChangeState, YearlyReturn


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


# ---------------------------------------------------------------------- yearly information
@page("recognition.view_years", methods=("GET", "POST"))
def yearly_returns(request: HttpRequest) -> HttpResponseBase:
    """Whose information of a year is in, and whose is not; not filing it revokes nothing by itself."""
    return lists.page(request, lists_years.RETURNS, template="recognition/years/returns.html")


@never_cache
@page("recognition.view_years", methods=("GET", "POST"))
def yearly_return(request: HttpRequest, pk: int) -> HttpResponse:
    """The information of one year: as it was filed, or what the enterprise file holds for it now, and the form."""
    held = get_visible(request.user, YearlyReturn, pk=pk)
    held = YearlyReturn.objects.select_related("recognition__organisation", "filed_by").get(pk=held.pk)
    may = held.filed_at is None and bool(access.check("recognition.file_return", request.user, held.recognition))
    form = ReturnForm(request.POST or None)
    if request.method == "POST":
        access.require("recognition.file_return", request.user, held.recognition)
        if form.is_valid():
            actions.file_return(yearly=held, text=form.cleaned_data["text"], by=_person(request), at=clock.now())
            messages.success(request, _("年度报告已提交。"))
            return redirect("recognition:yearly_return", pk=pk)
    asked = actions.asked(held)
    rows = _as_filed(held, asked) if held.filed_at else asked
    text, tone = lists_years.standing_of(held)
    context = {
        "yearly": held, "rows": rows, "form": form if may else None, "state": text, "tone": tone,
        "missing": not held.filed_at and not all(row["known"] for row in asked),
        "file_url": reverse("registry:form_of_year", args=[held.recognition.organisation_id, "years", held.year]),
    }  # fmt: skip
    return render(request, "recognition/years/return.html", context, status=422 if request.method == "POST" else 200)


def _as_filed(held: YearlyReturn, asked: list[dict[str, Any]]) -> list[dict[str, Any]]:
    labels = {row["name"]: row["label"] for row in asked}
    return [{**row, "label": labels.get(row["name"], row["name"]), "known": True} for row in held.facts]


# ---------------------------------------------------------------------- changes
@page("recognition.view_years", methods=("GET", "POST"))
def changes(request: HttpRequest) -> HttpResponseBase:
    """Every change that the person may see."""
    return lists.page(request, lists_years.CHANGES)


@page("recognition.report_change", methods=("GET", "POST"))
def report(request: HttpRequest, pk: int) -> HttpResponse:
    """Report a change of the enterprise that holds a recognition."""
    held = get_visible(request.user, Recognition, pk=pk)
    access.require("recognition.report_change", request.user, held)
    form = ChangeForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        made = actions.report(recognition=held, by=_person(request), at=clock.now(), **form.cleaned_data)
        messages.success(request, _("变更已报告，由省科技厅核定。"))
        return redirect("recognition:change", pk=made.pk)
    months = (lasting.change_due(clock.today()) - clock.today()).days // 30
    context = {"recognition": held, "form": form, "months": months}
    return render(request, "recognition/years/report.html", context, status=422 if request.method == "POST" else 200)


@never_cache
@page("recognition.view_years")
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """One change, what was decided, and what one may do now."""
    return _page(request, get_visible(request.user, Change, pk=pk), {}, 200)


def _page(request: HttpRequest, held: Change, filled: dict[str, Any], status: int) -> HttpResponse:
    rows = Change.objects.select_related("recognition__organisation", "file", "certificate", "revocation")
    held = rows.get(pk=held.pk)
    forms: dict[str, Any] = {}
    if held.state == ChangeState.FILED and access.check("recognition.decide_change", request.user):
        forms["decide"] = DecideForm(kind=held.kind)
    if held.state == ChangeState.RETURNED and access.check("recognition.report_change", request.user, held.recognition):
        forms["supplement"] = SupplementForm(initial={"text": held.text})
    context = {
        "change": held, "rows": _facts(held), "forms": {**forms, **filled},
        "tone": lists_years.CHANGE_TONES[held.state],
        "late": clock.day_of(held.filed_at) > held.due_on,
    }  # fmt: skip
    return render(request, "recognition/years/change.html", context, status=status)


def _facts(held: Change) -> list[tuple[Any, ...]]:
    row = held.recognition
    rows: list[tuple[Any, ...]] = [
        (_("编号"), row.number, f"{formats.day(row.valid_from)} — {formats.day(row.valid_until)}"),
        (_("变更事项"), held.get_kind_display()), (_("变更日期"), formats.day(held.happened_on)),
        (_("报告期限"), formats.day(held.due_on)), (_("报告时间"), formats.moment(held.filed_at)),
    ]  # fmt: skip
    if held.before or held.after:
        rows += [(_("变更前"), held.before or "—"), (_("变更后"), held.after or "—")]
    rows.append((_("变更情况"), held.text))
    if held.answer:
        rows.append((_("核定意见"), held.answer, formats.moment(held.decided_at) if held.decided_at else ""))
    if held.ends_on:
        rows.append((_("资格有效至"), formats.day(held.ends_on)))
    return rows


@page("recognition.decide_change", methods=("POST",))
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """The department decides: the recognition goes on, ends, is doubted, or something is missing."""
    held = get_visible(request.user, Change, pk=pk)
    form = DecideForm(request.POST, kind=held.kind)
    if not form.is_valid():
        return _page(request, held, {"decide": form}, 422)
    said = form.cleaned_data
    step = {"keep": actions.keep, "doubt": actions.doubt, "send_back": actions.send_back}.get(said["outcome"])
    if step is None:
        actions.end(
            change=held, ends_on=said["ends_on"], answer=said["answer"], by=_person(request), at=clock.now()
        )
    else:
        step(change=held, answer=said["answer"], by=_person(request), at=clock.now())
    messages.success(request, _("已核定，已通知企业。"))
    return redirect("recognition:change", pk=pk)


@page("recognition.report_change", methods=("POST",))
def supplement(request: HttpRequest, pk: int) -> HttpResponse:
    """Send in what was missing."""
    held, form = get_visible(request.user, Change, pk=pk), SupplementForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, held, {"supplement": form}, 422)
    actions.supplement(change=held, by=_person(request), at=clock.now(), **form.cleaned_data)
    messages.success(request, _("已重新提交。"))
    return redirect("recognition:change", pk=pk)


urlpatterns: list[URLPattern] = [
    path("yearly/", yearly_returns, name="yearly_returns"),
    path("yearly/<int:pk>/", yearly_return, name="yearly_return"),
    path("changes/", changes, name="changes"),
    path("changes/new/<int:pk>/", report, name="report_change"),
    path("changes/<int:pk>/", change, name="change"),
    path("changes/<int:pk>/decide/", decide, name="decide_change"),
    path("changes/<int:pk>/supplement/", supplement, name="supplement_change"),
]
