"""Commissions and visits, the institution's desk and the department's acceptance."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from tidui.accounts.models import User
from tidui.accounts.views.common import answer, done
from tidui.casework.models import Batch
from tidui.kit import clock, lists
from tidui.kit.access import NotAllowed
from tidui.kit.pages import confirm
from tidui.kit.routes import page
from tidui.kit.visibility import get_visible
from tidui.review import visit_pages, visiting
from tidui.review.actions import commissioning
from tidui.review.actions import visits as actions
from tidui.review.enums import VisitState
from tidui.review.forms_visits import CommissionForm, GiveForm, PlanForm, ReasonForm, ReportForm, WaiveForm
from tidui.review.lists_visits import COMMISSIONS, VISITS
from tidui.review.models import Record, Visit


def person(request: HttpRequest) -> User:
    """Who has signed in; every page here asks for that first."""
    assert isinstance(request.user, User)
    return request.user


def visit_of(request: HttpRequest, pk: int) -> Visit:
    """The visit of this page, as far as the person may see it, with what every page of it shows."""
    get_visible(request.user, Visit, pk=pk)
    related = ("application__organisation", "commission__institution", "commission__batch", "submission")
    return Visit.objects.select_related(*related).get(pk=pk)


@page("review.view_commissions", methods=("GET", "POST"))
def visits(request: HttpRequest) -> HttpResponseBase:
    """The desk of an institution, and the department's list of all visits."""
    if request.method == "POST":
        return lists.post(request, VISITS)
    context = {"figures": visit_pages.figures(request.user), "open": visit_pages.open_keys(request.user)}
    return lists.page(request, VISITS, template="review/visits/visits.html", context=context)


@page("review.view_commissions", methods=("GET", "POST"))
def commissions(request: HttpRequest) -> HttpResponseBase:
    """Who was commissioned with what."""
    return lists.page(request, COMMISSIONS)


@page("review.commission", methods=("GET", "POST"))
def arrange(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose applications of a batch, and commission an institution with them, or let them go on without a visit."""
    batch = get_visible(request.user, Batch, pk=pk)
    chosen = [int(one) for one in request.POST.getlist("application") if one.isascii() and one.isdigit()]
    waiving = request.POST.get("do") == "waive"
    commission = CommissionForm(request.POST if request.method == "POST" and not waiving else None)
    waive = WaiveForm(request.POST if waiving else None)
    made: list[Any] = []

    def send() -> None:
        made.append(commissioning.commission(
            batch=batch, applications=chosen, by=person(request), at=clock.now(), **commission.cleaned_data
        ))  # fmt: skip

    def let() -> None:
        made.append(commissioning.waive_many(
            batch=batch, applications=chosen, by=person(request), at=clock.now(),
            reason=waive.cleaned_data["waive_reason"],
        ))  # fmt: skip

    if request.method == "POST" and waiving and _done(waive, let):
        return redirect("kit:job", made[0].pk)
    if request.method == "POST" and not waiving and _done(commission, send):
        messages.success(request, _("已委托，机构已收到通知。"))
        return redirect("review:arrange_visits", pk)
    rows = commissioning.waiting(batch).select_related("organisation").order_by("organisation__division", "pk")
    context = {
        "batch": batch, "rows": list(rows[: commissioning.MOST]), "chosen": chosen, "commission": commission,
        "waive": waive, "visits": visit_pages.of_batch(request.user, batch),
    }  # fmt: skip
    return answer(request, "review/visits/arrange.html", context)


def _done(form: Any, action: Any) -> bool:
    """The same as `done`, with a refusal shown above the form."""

    def tried() -> None:
        try:
            action()
        except NotAllowed as refused:
            raise ValidationError(str(refused.refused.reason)) from None

    return done(form, tried)


@page("review.view_commissions")
def visit(request: HttpRequest, pk: int) -> HttpResponse:
    """A visit: what is to be looked at, what was found, and what may be done."""
    return _shown(request, visit_of(request, pk))


def _shown(request: HttpRequest, found: Visit, **forms: Any) -> HttpResponse:
    context = visit_pages.context(request.user, found)
    works = context["may_visit"]
    context |= {
        "plan_form": forms.get("plan") or PlanForm(
            initial={
                "planned_on": found.planned_on,
                "visitors": found.visitors or (person(request).name if works else ""),
            }
        ),
        "report_form": forms.get("report") or ReportForm(initial={"opinion": found.opinion}),
    }  # fmt: skip
    return render(request, "review/visits/visit.html", context, status=422 if forms else 200)


@page("review.visit", methods=("POST",))
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    """The institution says when it goes."""
    found = visit_of(request, pk)
    form = PlanForm(request.POST)
    if not _done(form, lambda: actions.plan(visit=found, by=person(request), at=clock.now(), **form.cleaned_data)):
        return _shown(request, found, plan=form)
    messages.success(request, _("考察日期已登记。"))
    return redirect("review:visit", pk)


@page("review.visit", methods=("POST",))
def settle(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose between what stands and a record that came later."""
    record = get_visible(request.user, Record, pk=pk)
    claim = actions.settle(
        record=record, take=request.POST.get("take") == "yes", by=person(request), at=clock.now()
    )
    messages.success(request, _("冲突已处理，两条记录都已留存。"))
    where = "review:visit_field" if request.POST.get("from") == "field" else "review:visit"
    return redirect(f"{reverse(where, args=[record.visit_id])}#claim-{claim.pk}")


@page("review.visit", methods=("POST",))
def report(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand the report in."""
    found = visit_of(request, pk)
    form = ReportForm(request.POST)
    if not _done(form, lambda: actions.report(visit=found, by=person(request), at=clock.now(), **form.cleaned_data)):
        return _shown(request, found, report=form)
    messages.success(request, _("考察报告已提交。"))
    return redirect("review:visit", pk)


@page("review.commission", methods=("GET", "POST"))
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    """Accept a report, after the question: what differs goes into the enterprise file, the application goes on."""
    found = visit_of(request, pk)
    if found.state != VisitState.REPORTED:
        raise NotAllowed(commissioning.NOT_REPORTED)
    if request.method == "POST" and request.POST.get("confirmed"):
        accepted = commissioning.accept(visit=found, by=person(request), at=clock.now())
        if accepted.before.get("verdict") != accepted.after.get("verdict"):
            messages.warning(request, _("报告已采用。按现场所见重新测算，结论有变化，请看下方对照。"))
        else:
            messages.success(request, _("报告已采用，申报进入下一环节。"))
        return redirect("review:visit", pk)
    count = len(visiting.found_facts(found))
    told = _("%(count)s 项不符的指标记入企业档案，来源为现场考察，不覆盖原值，并列待处理。") % {"count": count}
    text = told + _("同时按现场所见重新测算，申报进入下一环节。")
    return confirm(
        request, title=_("采用考察报告"), text=text, submit=_("采用"), tone="primary",
        back=reverse("review:visit", args=[pk]),
    )  # fmt: skip


def _with_form(request: HttpRequest, found: Visit, form: Any, heading: str, text: str, tone: str) -> HttpResponse:
    context = {"visit": found, "form": form, "heading": heading, "text": text, "tone": tone}
    return answer(request, "review/visits/change.html", context)


@page("review.commission", methods=("GET", "POST"))
def send_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a report back with what is missing."""
    found = visit_of(request, pk)
    form = ReasonForm(request.POST or None)

    def give() -> None:
        commissioning.return_report(visit=found, by=person(request), at=clock.now(), **form.cleaned_data)

    if request.method == "POST" and _done(form, give):
        messages.success(request, _("报告已退回，机构已收到通知。"))
        return redirect("review:visit", pk)
    text = _("退回后机构可以补充核查，再次提交报告；已有记录都保留。")
    return _with_form(request, found, form, _("退回考察报告"), text, "primary")


@page("review.commission", methods=("GET", "POST"))
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a visit back, and give it to another institution if one is chosen."""
    found = visit_of(request, pk)
    form = GiveForm(request.POST or None)

    def take() -> None:
        told = dict(form.cleaned_data)
        institution, reason = told.pop("institution"), told.pop("reason")
        common = {"visit": found, "reason": reason, "by": person(request), "at": clock.now()}
        if institution is None:
            commissioning.take_back(**common)
        else:
            commissioning.give_to(institution=institution, **told, **common)

    if request.method == "POST" and _done(form, take):
        messages.success(request, _("委托已收回，机构已收到通知。"))
        return redirect("review:arrange_visits", found.commission.batch_id)
    text = _("收回后原机构不能再记录；已有记录留存。")
    return _with_form(request, found, form, _("收回考察委托"), text, "danger")


_ROUTES: Final = (
    ("visits/", visits, "visits"),
    ("visits/commissions/", commissions, "commissions"),
    ("visits/batches/<int:pk>/", arrange, "arrange_visits"),
    ("visits/<int:pk>/", visit, "visit"),
    ("visits/<int:pk>/plan/", plan, "plan_visit"),
    ("visits/<int:pk>/report/", report, "report_visit"),
    ("visits/<int:pk>/accept/", accept, "accept_visit"),
    ("visits/<int:pk>/return/", send_back, "return_visit"),
    ("visits/<int:pk>/take-back/", take_back, "take_back_visit"),
    ("visits/records/<int:pk>/settle/", settle, "settle_record"),
)
urlpatterns: list[URLPattern] = [path(route, view, name=name) for route, view, name in _ROUTES]
__all__ = ["person", "urlpatterns", "visit_of"]
