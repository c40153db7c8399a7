"""Signing up, asking to act for an enterprise, and answering that; the link of an invitation."""

from __future__ import annotations

from typing import Any

from allauth.core import ratelimit
from django.contrib import messages
from django.db import transaction
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from tidui.accounts import actions, forms
from tidui.accounts import lists as own_lists
from tidui.accounts.actions.members import NO_INVITATION, open_invitation
from tidui.accounts.enums import JoinState
from tidui.accounts.models import Invitation, JoinRequest, User
from tidui.accounts.views.common import answer, done
from tidui.kit import access, lists
from tidui.kit.routes import page
from tidui.kit.views.errors import too_many
from tidui.kit.visibility import get_visible

JOIN_FIELDS = ("uscc", "name", "division", "zone", "evidence")


def _register(person: forms.PersonForm, at: Any) -> User:
    given = person.cleaned_data
    return actions.register_person(
        username=given["username"], name=given["person"], email=given["email"], mobile=given["mobile"],
        password=given["password"], language=get_language() or "zh-hans", at=at,
    )  # fmt: skip


@page("accounts.sign_up", methods=("GET", "POST"))
def sign_up(request: HttpRequest) -> HttpResponse:
    """A newcomer makes an account and asks to act for an enterprise, in one form."""
    if request.user.is_authenticated:
        return redirect("accounts:join")
    posted = request.POST or None
    person = forms.PersonForm(posted)
    join = forms.JoinForm(posted, request.FILES or None)

    @transaction.atomic
    def both() -> None:
        at = timezone.now()
        made = _register(person, at)
        actions.ask_to_join(**{name: join.cleaned_data[name] for name in JOIN_FIELDS}, by=made, at=at)

    if request.method == "POST":
        right = join.is_valid()
        # A fault of the request belongs to its own form; both are shown again together.
        if person.is_valid() and right:
            if not ratelimit.consume(request, action="signup"):
                return too_many(request, 60)
            if done(_Both(person, join), both):
                return redirect("accounts:signed_up")
    return answer(request, "accounts/sign_up.html", {"person": person, "join": join})


class _Both:
    """Two forms that are filled in and refused as one."""

    def __init__(self, first: Any, second: Any) -> None:
        self.forms = (first, second)
        self.fields = {**first.fields, **second.fields}

    def is_valid(self) -> bool:
        """Are both right?"""
        return all(form.is_valid() for form in self.forms)

    def add_error(self, field: str | None, error: Any) -> None:
        """Show a fault at the form that has the field; one without a field at the second, which comes last."""
        owner = next((form for form in self.forms if field in form.fields), self.forms[-1])
        owner.add_error(field, error)


@page("kit.public")
def signed_up(request: HttpRequest) -> HttpResponse:
    """The same words for everybody: who decides, and whether the enterprise is known, is not said."""
    return render(request, "accounts/signed_up.html")


@page("accounts.join", methods=("GET", "POST"))
def join(request: HttpRequest) -> HttpResponse:
    """Somebody who has an account asks to act for an enterprise."""
    access.require("accounts.join", request.user)
    told = {name: request.GET.get(name, "") for name in ("uscc", "name")}  # what the provincial portal said
    form = forms.JoinForm(request.POST or None, request.FILES or None, initial=told)

    def ask() -> None:
        given = {name: form.cleaned_data[name] for name in JOIN_FIELDS}
        actions.ask_to_join(**given, by=_person(request), at=timezone.now())

    if request.method == "POST" and done(form, ask):
        messages.success(request, _("申请已提交，审核后会通知您。"))
        return redirect("accounts:profile")
    return answer(request, "accounts/join.html", {"form": form})


@page("accounts.view_requests", methods=("GET", "POST"))
def request_list(request: HttpRequest, decided: bool = False) -> HttpResponseBase:
    """The requests that wait for one's unit or organisation, or those that are decided."""
    tabs = [
        (_("待审核"), reverse("accounts:requests"), not decided),
        (_("已处理"), reverse("accounts:decided_requests"), decided),
    ]
    return lists.page(
        request,
        own_lists.REQUESTS,
        scope={"decided": decided},
        template="accounts/requests.html",
        context={"tabs": tabs},
    )


@page("kit.signed_in", methods=("GET", "POST"))
def join_request(request: HttpRequest, pk: int) -> HttpResponse:
    """One request: its applicant sees how it stands, whoever decides confirms, refuses."""
    found = get_visible(request.user, JoinRequest, pk=pk)
    what = request.POST.get("what", "")
    confirm = _confirm_form(request, found, what)
    refuse = forms.RefuseForm(request.POST if what == "refuse" else None)
    withdraw = Form(request.POST if what == "withdraw" else None)
    person, at = _person(request), timezone.now()
    steps = {
        "confirm": (confirm, lambda: actions.confirm_request(request=found, by=person, at=at, **confirm.cleaned_data)),
        "refuse": (refuse, lambda: actions.refuse_request(request=found, by=person, at=at, **refuse.cleaned_data)),
        "withdraw": (withdraw, lambda: actions.withdraw_request(request=found, by=person, at=at)),
    }
    if request.method == "POST" and what in steps and done(*steps[what]):
        messages.success(request, _("已处理。"))
        return redirect("accounts:request", found.pk)
    return answer(request, "accounts/request.html", _request_context(request, found, confirm, refuse, withdraw))


def _confirm_form(request: HttpRequest, found: JoinRequest, what: str) -> Any:
    posted = request.POST if what == "confirm" else None
    if found.inside and found.organisation is not None:
        return forms.ConfirmForm(posted, organisation=found.organisation)
    return Form(posted)


def _request_context(
    request: HttpRequest, found: JoinRequest, confirm: Any, refuse: Any, withdraw: Any
) -> dict[str, Any]:
    mine = found.user_id == request.user.pk
    waiting = found.state == JoinState.WAITING
    return {
        "request_row": found,
        "place": lists.division_name(found.division),
        "tone": own_lists.STATE_TONES[JoinState(found.state)],
        "mine": mine,
        "may_decide": waiting and bool(access.check("accounts.decide_request", request.user, found)),
        "may_withdraw": waiting and mine and bool(access.check("accounts.join", request.user)),
        "confirm": confirm, "refuse": refuse, "withdraw": withdraw,
    }  # fmt: skip


@page("kit.public", methods=("GET", "POST"))
def accept(request: HttpRequest, token: str) -> HttpResponse:
    """The link of an invitation: a member of another organisation accepts it, a newcomer makes an account first."""
    at = timezone.now()
    invitation = open_invitation(token, at)
    if invitation is None:
        return render(request, "accounts/no_invitation.html", {"reason": NO_INVITATION.reason}, status=404)
    person = forms.PersonForm(request.POST or None, initial={"person": invitation.name})
    known = request.user.is_authenticated

    @transaction.atomic
    def join_in() -> None:
        by = _person(request) if known else _register(person, at)
        actions.accept_invitation(token=token, by=by, at=at)

    form = Form(request.POST if request.method == "POST" else None) if known else person
    if request.method == "POST" and done(form, join_in):
        messages.success(request, _("您已加入该单位。"))
        return redirect("accounts:profile" if known else "accounts:signed_up")
    return answer(request, "accounts/accept.html", _accept_context(invitation, person, form, known))


def _accept_context(invitation: Invitation, person: Any, form: Any, known: bool) -> dict[str, Any]:
    return {"invitation": invitation, "person": person, "form": form, "known": known}


def _person(request: HttpRequest) -> Any:
    return request.user
