"""The members of an organisation: roles, invitations, absences."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tidui.accounts import actions, forms
from tidui.accounts import lists as own_lists
from tidui.accounts.models import Delegation, Invitation, Membership, Organisation
from tidui.accounts.views.common import answer, done, organisation_for
from tidui.kit import access, lists
from tidui.kit.lists.spec import List
from tidui.kit.routes import page
from tidui.kit.visibility import get_visible, visible_to


def _tabs(request: HttpRequest, organisation: Organisation, current: str) -> list[tuple[Any, str, bool]]:
    labels = {
        "members": _("成员"), "past_members": _("已结束的角色"), "delegations": _("外出与代理"),
        "invitations": _("邀请"),
    }  # fmt: skip
    if not access.check("accounts.manage_members", request.user, organisation):
        del labels["invitations"]
    return [
        (label, reverse(f"accounts:{name}", args=[organisation.pk]), name == current) for name, label in labels.items()
    ]


def _listed(request: HttpRequest, pk: int, spec: List, current: str, permission: str, **scope: Any) -> HttpResponseBase:
    organisation = organisation_for(request, pk, permission)
    context = {
        "organisation": organisation,
        "tabs": _tabs(request, organisation, current),
        "may_manage": bool(access.check("accounts.manage_members", request.user, organisation)),
    }
    scope = {"organisation": organisation.pk, **scope}
    return lists.page(request, spec, scope=scope, template="accounts/members.html", context=context)


@page("accounts.view_members", methods=("GET", "POST"))
def members(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Who holds which role today."""
    return _listed(request, pk, own_lists.MEMBERS, "members", "accounts.view_members", ended=False)


@page("accounts.view_members", methods=("GET", "POST"))
def past_members(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Roles that have ended, or have not begun."""
    return _listed(request, pk, own_lists.MEMBERS, "past_members", "accounts.view_members", ended=True)


@page("accounts.view_members", methods=("GET", "POST"))
def delegations(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Who stands in for whom."""
    return _listed(request, pk, own_lists.DELEGATIONS, "delegations", "accounts.view_members")


@page("accounts.manage_members", methods=("GET", "POST"))
def invitations(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Who was invited."""
    return _listed(request, pk, own_lists.INVITATIONS, "invitations", "accounts.manage_members")


@page("accounts.manage_members", methods=("GET", "POST"))
def give_role(request: HttpRequest, pk: int) -> HttpResponse:
    """Give another role to a member."""
    organisation = organisation_for(request, pk, "accounts.manage_members")
    form = forms.GiveRoleForm(request.POST or None, organisation=organisation, by=_person(request))

    def give() -> None:
        actions.give_role(organisation=organisation, by=_person(request), at=timezone.now(), **form.cleaned_data)

    if request.method == "POST" and done(form, give):
        messages.success(request, _("已授予角色。"))
        return redirect("accounts:members", organisation.pk)
    return answer(request, "accounts/give_role.html", {"form": form, "organisation": organisation})


@page("accounts.manage_members", methods=("GET", "POST"))
def invite(request: HttpRequest, pk: int) -> HttpResponse:
    """Invite a person; the link is shown once."""
    organisation = organisation_for(request, pk, "accounts.manage_members")
    form = forms.InviteForm(request.POST or None, organisation=organisation)
    made: list[tuple[Invitation, str]] = []

    def make() -> None:
        made.append(
            actions.invite(organisation=organisation, by=_person(request), at=timezone.now(), **form.cleaned_data)
        )

    if request.method == "POST" and done(form, make):
        invitation, token = made[0]
        link = request.build_absolute_uri(reverse("accounts:accept", args=[token]))
        context = {"invitation": invitation, "link": link, "organisation": organisation}
        return render(request, "accounts/invited.html", context)
    return answer(request, "accounts/invite.html", {"form": form, "organisation": organisation})


@page("accounts.manage_members", methods=("GET", "POST"))
def invitation(request: HttpRequest, pk: int) -> HttpResponse:
    """One invitation, and its withdrawal."""
    found = get_visible(request.user, Invitation, pk=pk)
    may = bool(access.check("accounts.manage_members", request.user, found))
    form = Form(request.POST if request.method == "POST" else None)

    def withdraw() -> None:
        actions.withdraw_invitation(invitation=found, by=_person(request), at=timezone.now())

    if request.method == "POST" and done(form, withdraw):
        messages.success(request, _("已收回邀请。"))
        return redirect("accounts:invitations", found.organisation_id)
    state = own_lists.invitation_state(found)
    waiting = found.accepted_at is None and found.withdrawn_at is None
    context = {"invitation": found, "state": state, "form": form, "may_withdraw": may and waiting}
    return answer(request, "accounts/invitation.html", context)


@page("accounts.view_members", methods=("GET",))
def member(request: HttpRequest, pk: int) -> HttpResponse:
    """One role of one person, with what can be done about it."""
    found = _membership(request, pk)
    now = timezone.now()
    holds = found.since <= now and (found.until is None or found.until > now)
    rows = visible_to(request.user, Delegation).filter(membership=found).select_related("to").order_by("-since")
    context = {
        "member": found,
        "holds": holds,
        "may_manage": holds and bool(access.check("accounts.manage_members", request.user, found)),
        "may_delegate": holds and bool(access.check("accounts.delegate", request.user, found)),
        "may_see_contacts": bool(access.check("accounts.manage_members", request.user, found))
        or found.user_id == request.user.pk,
        "delegations": [{"row": row, "state": own_lists.delegation_state(row)} for row in rows],
    }
    return render(request, "accounts/member.html", context)


def _membership(request: HttpRequest, pk: int) -> Membership:
    found = get_visible(request.user, Membership, pk=pk)
    # One's own role stays one's own after it has ended and the organisation is out of sight.
    if found.user_id != request.user.pk:
        access.require("accounts.view_members", request.user, found)
    return found


@page("accounts.manage_members", methods=("GET", "POST"))
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """End a role."""
    found = get_visible(request.user, Membership, pk=pk)
    access.require("accounts.manage_members", request.user, found)
    form = forms.RevokeForm(request.POST or None)

    def end() -> None:
        actions.revoke_role(membership=found, by=_person(request), at=timezone.now(), **form.cleaned_data)

    if request.method == "POST" and done(form, end):
        messages.success(request, _("已撤销角色。"))
        return redirect("accounts:members", found.organisation_id)
    return answer(request, "accounts/member_form.html", {"form": form, "member": found, "what": "revoke"})


@page("accounts.manage_members", methods=("GET", "POST"))
def hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    """A colleague takes the role over for good."""
    found = get_visible(request.user, Membership, pk=pk)
    access.require("accounts.manage_members", request.user, found)
    form = forms.HandOverForm(request.POST or None, membership=found)

    def pass_on() -> None:
        actions.hand_over(membership=found, by=_person(request), at=timezone.now(), **form.cleaned_data)

    if request.method == "POST" and done(form, pass_on):
        messages.success(request, _("已移交。"))
        return redirect("accounts:members", found.organisation_id)
    return answer(request, "accounts/member_form.html", {"form": form, "member": found, "what": "hand_over"})


@page("accounts.delegate", methods=("GET", "POST"))
def delegate(request: HttpRequest, pk: int) -> HttpResponse:
    """A colleague holds the role too for some days."""
    found = get_visible(request.user, Membership, pk=pk)
    access.require("accounts.delegate", request.user, found)
    form = forms.DelegateForm(request.POST or None, membership=found)

    def lend() -> None:
        given = {name: form.cleaned_data[name] for name in ("to", "since", "until", "reason")}
        actions.delegate(membership=found, by=_person(request), at=timezone.now(), **given)

    if request.method == "POST" and done(form, lend):
        messages.success(request, _("已登记外出代理。"))
        return redirect("accounts:member", found.pk)
    return answer(request, "accounts/member_form.html", {"form": form, "member": found, "what": "delegate"})


@page("accounts.delegate", methods=("GET", "POST"))
def delegation(request: HttpRequest, pk: int) -> HttpResponse:
    """One delegation, and its early end."""
    found = get_visible(request.user, Delegation, pk=pk)
    may = bool(access.check("accounts.delegate", request.user, found)) and found.until > timezone.now()
    form = Form(request.POST if request.method == "POST" else None)

    def end() -> None:
        actions.end_delegation(delegation=found, by=_person(request), at=timezone.now())

    if request.method == "POST" and done(form, end):
        messages.success(request, _("代理已结束。"))
        return redirect("accounts:member", found.membership_id)
    context = {"delegation": found, "state": own_lists.delegation_state(found), "form": form, "may_end": may}
    return answer(request, "accounts/delegation.html", context)


def _person(request: HttpRequest) -> Any:
    return request.user
