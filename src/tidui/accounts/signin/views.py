"""Pages of signing in that are our own; passwords, codes and passkeys are taken by allauth's views."""

from __future__ import annotations

from typing import Any

from allauth.account.decorators import reauthentication_required
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from tidui.accounts.models import User
from tidui.accounts.signin import actions, duties, lockout, portal, sessions
from tidui.accounts.signin.models import PasswordDuty
from tidui.accounts.signin.permissions import HELP
from tidui.kit import access, clock
from tidui.kit.pages import confirm
from tidui.kit.routes import page
from tidui.kit.visibility import get_visible


def _me(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


@page("kit.public")
def forgotten(request: HttpRequest) -> HttpResponse:
    """Whom to ask when the password is forgotten or the phone is lost."""
    return render(request, "accounts/signin/forgotten.html", {"hours": settings.PASSWORD_RESET_TIMEOUT // 3600})


@page("kit.signed_in")
def security(request: HttpRequest) -> HttpResponse:
    """Password, second factor, passkeys, recovery codes and the portal, with what is missing."""
    person = _me(request)
    kinds: dict[str, list[Authenticator]] = {}
    for one in Authenticator.objects.filter(user=person).order_by("pk"):
        kinds.setdefault(one.type, []).append(one)
    codes = kinds.get(Authenticator.Type.RECOVERY_CODES)
    context = {
        "has_password": person.has_usable_password(),
        "must_change": PasswordDuty.objects.filter(user=person).exists(),
        "totp": next(iter(kinds.get(Authenticator.Type.TOTP, [])), None),
        "passkeys": kinds.get(Authenticator.Type.WEBAUTHN, []),
        "codes_left": len(codes[0].wrap().get_unused_codes()) if codes else None,
        "needs_factor": duties.needs_second_factor(person),
        "enforced": duties.second_factor_required(),
        "portal": portal.is_set_up(),
        "linked": SocialAccount.objects.filter(user=person, provider=settings.PORTAL).first(),
    }
    return render(request, "accounts/signin/security.html", context)


@page("kit.signed_in")
def passkeys(request: HttpRequest) -> HttpResponse:
    """allauth comes back here after a passkey was changed: the list stands on the page above."""
    return redirect("mfa_index")


@page("kit.signed_in", methods=("GET", "POST"))
def my_sessions(request: HttpRequest) -> HttpResponse:
    """Where I am signed in; end one, or all others."""
    key = request.session.session_key or ""
    if request.method == "POST":
        at, said = clock.now(), request.POST.get("end", "")
        if said == "others":
            ended = actions.end_other_sessions(keep=key, by=_me(request), at=at)
        elif said.isdecimal() and len(said) < 19:
            ended = actions.end_session(pk=int(said), by=_me(request), at=at)
        else:
            raise Http404
        messages.success(request, _("已结束 %(count)d 处登录。") % {"count": ended})
        return redirect("usersessions_list")
    found = sessions.of(_me(request), key)
    context = {
        "sessions": found,
        "others": sum(not one.current for one in found),
        "idle": settings.SESSION_IDLE_AGE // 60,
        "hours": settings.SESSION_COOKIE_AGE // 3600,
    }
    return render(request, "accounts/signin/sessions.html", context)


@page("accounts.help_sign_in", methods=("GET", "POST"))
@never_cache
def member(request: HttpRequest, pk: int) -> HttpResponse:
    """How another person signs in, and what an administrator can do for them."""
    person = get_visible(request.user, User, pk=pk)
    access.require(HELP.name, request.user, person)
    link = ""
    if request.method == "POST":
        done = _help(request, person)
        if isinstance(done, HttpResponse):
            return done
        link = request.build_absolute_uri(done)
    at = clock.now()
    context = {
        "person": person,
        "locked": lockout.locked_since(person, at),
        "factor": duties.has_second_factor(person),
        "needs_factor": duties.needs_second_factor(person),
        "must_change": PasswordDuty.objects.filter(user=person).exists(),
        "sessions": sessions.of(person),
        "link": link,
        "hours": settings.PASSWORD_RESET_TIMEOUT // 3600,
    }
    return render(request, "accounts/signin/member.html", context)


def _help(request: HttpRequest, person: User) -> HttpResponse | str:
    """Do what was asked; the page to show instead, or the path of a new link."""
    by, at, said = _me(request), clock.now(), request.POST.get("do", "")
    if said == "link":
        return actions.issue_link(person=person, by=by, at=at, by_mail="by_mail" in request.POST)
    if said == "unlock":
        actions.unlock(person=person, by=by, at=at)
        messages.success(request, _("已解除锁定。"))
    elif said == "sessions":
        ended = actions.end_sessions_of(person=person, by=by, at=at)
        messages.success(request, _("已结束 %(count)d 处登录。") % {"count": ended})
    elif said == "factor":
        if not request.POST.get("confirmed"):
            return confirm(
                request, title=_("重置两步验证"), submit=_("重置"), back=request.path, tone="danger",
                text=_("请先核实是本人提出：此人的动态口令、通行密钥和恢复码都将删除，所有登录将结束。"),
                fields={"do": "factor"},
            )  # fmt: skip
        actions.drop_second_factor(person=person, by=by, at=at)
        messages.success(request, _("两步验证已重置。"))
    else:
        raise Http404
    return redirect("member_sign_in", pk=person.pk)


def _portal_view(view: Any, request: HttpRequest) -> HttpResponseBase:
    if not portal.is_set_up():
        raise Http404
    try:
        response: HttpResponseBase = view.adapter_view(portal.PortalAdapter(request, settings.PORTAL))(request)
    except portal.FAILURES as failure:
        portal.logger.warning("the portal did not answer as it should: %r", failure)
        return render(request, "socialaccount/authentication_error.html", status=401)
    return response


@page("kit.public")
def portal_login(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """Off to the portal."""
    return _portal_view(OAuth2LoginView, request)


@page("kit.public")
def portal_callback(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """Back from the portal."""
    return _portal_view(OAuth2CallbackView, request)


@page("kit.public")
def portal_cancelled(request: HttpRequest) -> HttpResponse:
    """The person stopped at the portal."""
    return render(request, "socialaccount/authentication_error.html", {"cancelled": True})


@page("kit.public", methods=("GET", "POST"))
@never_cache
def portal_join(request: HttpRequest) -> HttpResponseBase:
    """The portal vouches for somebody who is new here: link the account they have, or make one."""
    who = portal.waiting(request)
    if who is None:
        return redirect("account_login")
    if request.method == "POST" and request.user.is_authenticated:
        return _link(request, who)
    if request.method == "POST":
        person = actions.join_by_portal(who=who, at=clock.now())
        return portal.sign_in(request, person, who, actions.way_in(person=person, who=who))
    return render(request, "accounts/signin/portal_join.html", {"who": who})


@reauthentication_required(app="tidui.accounts.signin")
def _link(request: HttpRequest, who: portal.Vouched) -> HttpResponse:
    actions.link_portal(who=who, by=_me(request), at=clock.now())
    request.session.pop(portal.ARRIVED, None)
    messages.success(request, _("已与省政务服务网账号关联。"))
    return redirect("mfa_index")


@page("kit.signed_in", methods=("POST",))
def portal_unlink(request: HttpRequest) -> HttpResponse:
    """The portal no longer signs in as me; only somebody with a password of their own may do without it."""
    if not _me(request).has_usable_password():
        messages.error(request, _("请先设置密码，再取消关联。"))
    elif actions.unlink_portal(by=_me(request), at=clock.now()):
        messages.success(request, _("已取消与省政务服务网账号的关联。"))
    return redirect("mfa_index")
