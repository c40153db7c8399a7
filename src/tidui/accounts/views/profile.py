"""Oneself: what the site knows, the roles one holds, what one has asked for."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tidui.accounts import actions, forms
from tidui.accounts.enums import JoinState
from tidui.accounts.lists import STATE_TONES
from tidui.accounts.models import JoinRequest, Membership
from tidui.accounts.standing import in_force, standing
from tidui.accounts.views.common import answer, done
from tidui.kit import access
from tidui.kit.routes import page
from tidui.kit.visibility import visible_to


@page("accounts.profile")
def profile(request: HttpRequest) -> HttpResponse:
    """What the site knows of oneself."""
    now = timezone.now()
    own = visible_to(request.user, Membership).filter(in_force(now), user=request.user.pk)
    asked = visible_to(request.user, JoinRequest).filter(user=request.user.pk).order_by("-asked_at")
    context = {
        "person": request.user,
        "memberships": list(own.select_related("organisation").order_by("organisation__name", "pk")),
        "lent": [one for one in standing(request.user).held if one.delegated_from is not None],
        "requests": [{"row": row, "tone": STATE_TONES[JoinState(row.state)]} for row in asked],
        "may_join": bool(access.check("accounts.join", request.user)),
    }
    return render(request, "accounts/profile.html", context)


@page("accounts.edit_profile", methods=("GET", "POST"))
def edit_profile(request: HttpRequest) -> HttpResponse:
    """Correct one's name, mobile or e-mail."""
    access.require("accounts.edit_profile", request.user)
    person = request.user
    initial = {"name": person.name, "mobile": person.mobile, "email": person.email}  # type: ignore[union-attr]
    form = forms.ProfileForm(request.POST or None, initial=initial)

    def edit() -> None:
        actions.edit_profile(by=person, at=timezone.now(), **form.cleaned_data)  # type: ignore[arg-type]

    if request.method == "POST" and done(form, edit):
        messages.success(request, _("已保存。"))
        return redirect("accounts:profile")
    return answer(request, "accounts/edit_profile.html", {"form": form})


@page("accounts.my_organisation")
def my_organisation(request: HttpRequest) -> HttpResponse:
    """One's own organisation, or the choice between several."""
    access.require("accounts.my_organisation", request.user)
    own = standing(request.user).organisations
    if len(own) == 1:
        return redirect("accounts:organisation", own[0].pk)
    return render(request, "accounts/my_organisations.html", {"organisations": own})
