"""Findings, joint checks, and the letter of refusal before it is issued."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tidui.accounts.models import Organisation, User
from tidui.accounts.standing import standing
from tidui.casework import findings, joint, letters, panels_checks, showing_findings
from tidui.casework.actions import clearing, exchanging, joint_checking
from tidui.casework.enums import State
from tidui.casework.lists_checks import FINDINGS
from tidui.casework.models import Application, Batch, Exchange, Finding
from tidui.casework.programme import programme
from tidui.kit import access, clock, files, lists
from tidui.kit.access import NotAllowed
from tidui.kit.pages import next_path
from tidui.kit.routes import page
from tidui.kit.visibility import get_visible, visible_to


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


class ReasonForm(forms.Form):
    """Why a finding does not stand in the way."""

    reason = forms.CharField(
        label=gettext_lazy("核销理由"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("写明核实的情况和依据，随案卷保存。"), validators=[files.validate_open],
    )  # fmt: skip


# ---------------------------------------------------------------------- findings
@page("casework.see_findings", methods=("GET", "POST"))
def finding_list(request: HttpRequest) -> HttpResponseBase:
    """The findings of all applications on which the person decides or has decided."""
    return lists.page(request, FINDINGS)


def _finding(request: HttpRequest, pk: int) -> Finding:
    found = get_visible(request.user, Finding, pk=pk)
    rows = Finding.objects.select_related("application__organisation", "application__call", "cleared_by", "submission")
    return rows.get(pk=found.pk)


@page("casework.see_findings")
def finding(request: HttpRequest, pk: int) -> HttpResponse:
    """One finding, with what it is about and how it was dealt with."""
    return _finding_page(request, _finding(request, pk), ReasonForm())


def _finding_page(request: HttpRequest, found: Finding, form: ReasonForm) -> HttpResponse:
    context = {
        "line": showing_findings.lines(request.user, [found])[0], "finding": found, "application": found.application,
        "form": form, "may_clear": bool(access.check("casework.decide", request.user, found.application)),
        "back": next_path(request, reverse("casework:checks", args=[found.application_id])),
    }  # fmt: skip
    return render(request, "casework/checks/finding.html", context, status=422 if form.errors else 200)


@page("casework.decide", methods=("POST",))
def clear(request: HttpRequest, pk: int) -> HttpResponse:
    """Clear a finding with a reason."""
    found = _finding(request, pk)
    access.require("casework.decide", request.user, found.application)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _finding_page(request, found, form)
    clearing.clear(finding=found, reason=form.cleaned_data["reason"], by=_person(request), at=clock.now())
    messages.success(request, _("已核销。"))
    return redirect(next_path(request, reverse("casework:checks", args=[found.application_id])))


@page("casework.decide", methods=("POST",))
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a clearing back."""
    found = _finding(request, pk)
    clearing.reopen(finding=found, by=_person(request), at=clock.now())
    messages.success(request, _("已撤销核销。"))
    return redirect(next_path(request, reverse("casework:finding", args=[found.pk])))


def _application(request: HttpRequest, pk: int) -> Application:
    """An application on which the person decides or has decided; 404 for its applicant."""
    found = get_visible(request.user, Application, pk=pk)
    if found.organisation_id in standing(request.user).ids or found.submitted_at is None:
        raise Http404
    rows = Application.objects.select_related("organisation", "call", "unit", "agency", "holder", "batch")
    return rows.get(pk=found.pk)


@page("casework.see_findings")
def checks(request: HttpRequest, pk: int) -> HttpResponse:
    """All findings of an application, those that are dealt with or gone as well."""
    found = _application(request, pk)
    context = panels_checks.findings_context(request, found)
    return render(request, "casework/checks/checks.html", context)


@page("casework.decide", methods=("POST",))
def look_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Run the checks again now."""
    found = _application(request, pk)
    access.require("casework.decide", request.user, found)
    made = findings.look(found)
    messages.success(request, _("已重新核查，新增 %(n)d 项发现。") % {"n": len(made)})
    return redirect("casework:checks", pk=pk)


# ---------------------------------------------------------------------- letters
class LetterForm(forms.Form):
    """The reason with which the letter is shown."""

    reason = forms.CharField(
        label=gettext_lazy("决定理由"), required=False, widget=forms.Textarea(attrs={"rows": 4})
    )


@page("casework.decide", methods=("GET", "POST"))
def letter(request: HttpRequest, pk: int) -> HttpResponse:
    """The letter as it would be if the application were refused now; a POST shows it with the reason that was typed."""
    found = _application(request, pk)
    access.require("casework.decide", request.user, found)
    form = LetterForm(request.POST or None)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    context = {"application": found, "letter": letters.refusal(found, reason=reason), "form": form}
    return render(request, "casework/checks/letter.html", context)


# ---------------------------------------------------------------------- joint checks
class AskForm(forms.Form):
    """Which authorities are asked, and until when they are to answer."""

    due_on = forms.DateField(
        label=gettext_lazy("回复期限"), required=False, widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("留空则为发出后 10 个工作日。"),
    )  # fmt: skip

    def __init__(self, *args: Any, names: tuple[str, ...], counts: dict[str, int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.names = names
        for name in names:
            purpose = joint.PURPOSES[name]
            partners = Organisation.objects.filter(kind=purpose.partner_kind, active=True).order_by("name")
            usual = joint_checking.usual_partner(name)
            self.fields[name] = forms.ModelChoiceField(
                label=str(purpose.title), queryset=partners, required=False, empty_label=gettext_lazy("不送审"),
                initial=(usual or partners.first()) if counts[name] else None,
                help_text=_("需送审 %(n)d 家。") % {"n": counts[name]}, disabled=not counts[name],
            )  # fmt: skip
        self.order_fields([*names, "due_on"])

    @property
    def partners(self) -> dict[str, Organisation | None]:
        """The chosen authorities by the name of the check."""
        return {name: self.cleaned_data[name] for name in self.names if self.cleaned_data[name] is not None}


def _ask_page(
    request: HttpRequest, applications: list[Application], batch: Batch | None, context: dict[str, Any]
) -> HttpResponse:
    """Choose the authorities to ask, and prepare the lists."""
    owner = programme((batch.call if batch is not None else applications[0]).programme)
    if not joint.asks(owner):
        raise Http404
    today = clock.today()
    names = joint.asks(owner)
    counts = {name: len(joint_checking.to_ask(applications, name, today)) for name in names}
    form = AskForm(request.POST or None, names=names, counts=counts)
    if request.method == "POST" and form.is_valid():
        made = joint_checking.ask(
            applications=applications, partners=form.partners, by=_person(request), at=clock.now(), batch=batch,
            due_on=form.cleaned_data["due_on"],
        )  # fmt: skip
        _files(made, _person(request))
        messages.success(request, _("已生成 %(n)d 份联审清单，请逐份发出。") % {"n": len(made)})
        return redirect("casework:exchange", pk=made[0].pk) if len(made) == 1 else redirect("casework:exchanges")
    up = ("casework:batch", batch.pk) if batch is not None else ("casework:case", applications[0].pk)
    context |= {
        "form": form, "back": reverse(up[0], args=[up[1]]), "owner": owner, "batch": batch,
        "counts": joint.counts(owner, applications, today),
        "ready": len(joint_checking.ready(applications, today)) if batch is not None else 0,
        "anything": any(counts.values()),
        "lists": visible_to(request.user, Exchange).filter(
            purpose__startswith=joint.PREFIX, rows__application__in=[one.pk for one in applications]
        ).select_related("partner").distinct().order_by("-made_at")[:20],
    }  # fmt: skip
    return render(request, "casework/checks/joint.html", context, status=422 if form.errors else 200)


def _files(made: list[Exchange], by: User) -> None:
    for one in made:
        exchanging.write_files(exchange=one, by=by, at=clock.now())


@page("casework.exchange", methods=("GET", "POST"))
def joint_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask the authorities about one application, again where an answer is too old."""
    found = _application(request, pk)
    if found.state != State.ACTIVE:
        raise Http404
    return _ask_page(request, [found], None, {"application": found})


@page("casework.batches", methods=("GET", "POST"))
def joint_batch(request: HttpRequest, pk: int) -> HttpResponse:
    """The joint checks of a batch: who has to be asked, who has answered, which lists there are."""
    found = get_visible(request.user, Batch, pk=pk)
    rows = visible_to(request.user, Application).filter(batch=found, state=State.ACTIVE)
    applications = list(rows.select_related("organisation", "call").order_by("number", "pk"))
    return _ask_page(request, applications, found, {"application": None})


@page("casework.batches", methods=("POST",))
def joint_finish(request: HttpRequest, pk: int) -> HttpResponse:
    """Let everybody go on of whom all authorities have answered and nothing stands open."""
    found = get_visible(request.user, Batch, pk=pk)
    if not joint.asks(programme(found.call.programme)):
        raise NotAllowed(joint_checking.NOTHING_TO_ASK)
    job = joint_checking.finish(batch=found, by=_person(request), at=clock.now())
    return redirect("kit:job", job.pk)


urlpatterns: list[URLPattern] = [
    path("findings/", finding_list, name="findings"),
    path("findings/<int:pk>/", finding, name="finding"),
    path("findings/<int:pk>/clear/", clear, name="clear_finding"),
    path("findings/<int:pk>/reopen/", reopen, name="reopen_finding"),
    path("applications/<int:pk>/checks/", checks, name="checks"),
    path("applications/<int:pk>/checks/again/", look_again, name="look_again"),
    path("applications/<int:pk>/letter/", letter, name="letter"),
    path("applications/<int:pk>/joint/", joint_again, name="joint"),
    path("batches/<int:pk>/joint/", joint_batch, name="joint_batch"),
    path("batches/<int:pk>/joint/finish/", joint_finish, name="joint_finish"),
]
