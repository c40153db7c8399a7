"""What people do with sign-ins: their own, and those of people whom they help."""

from __future__ import annotations

import datetime as dt
from typing import Any

from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.db import transaction
from django.http import Http404
from django.urls import reverse
from django.utils import translation
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from tidui.accounts.actions import ask_to_join
from tidui.accounts.models import JoinRequest, User
from tidui.accounts.signin import lockout, portal, sessions
from tidui.accounts.signin.models import PasswordDuty
from tidui.accounts.signin.permissions import HELP
from tidui.audit import events
from tidui.kit import access, clock, outbox


@transaction.atomic
def must_change_password(*, person: User, by: User | None, at: dt.datetime) -> PasswordDuty:
    """Somebody else knows this person's password, so they choose another one when they next sign in.

    Called by whatever makes an account with a password for somebody else.
    """
    duty, _made = PasswordDuty.objects.update_or_create(user=person, defaults={"since": at, "given_by": by})
    return duty


@transaction.atomic
def unlock(*, person: User, by: User, at: dt.datetime) -> int:
    """Let a locked-out person try again at once; how many counts were forgotten."""
    access.require(HELP.name, by, person)
    count = lockout.forget_failures(person)
    _tell(person, _("管理员解除了账号锁定"), at)
    events.record("accounts.unlock", actor=by, subject=person, at=at)
    return count


@transaction.atomic
def issue_link(*, person: User, by: User, at: dt.datetime, by_mail: bool = False) -> str:
    """The path of a link that sets a new password once, within a day; also sent by e-mail if asked.

    It stops working when it was used, when the person signs in, or when the password changes otherwise.
    """
    access.require(HELP.name, by, person)
    token = PasswordResetTokenGenerator().make_token(person)
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(person), "key": token})
    if by_mail and person.email:
        hours = settings.PASSWORD_RESET_TIMEOUT // 3600
        outbox.notify(
            to=[person], template="accounts.reset_link", context={"by": str(by), "hours": hours}, at=at, link=path
        )
    _tell(person, _("管理员生成了重设密码的一次性链接"), at)
    events.record("accounts.issue_reset_link", actor=by, subject=person, at=at, details={"by_mail": by_mail})
    return path


@transaction.atomic
def drop_second_factor(*, person: User, by: User, at: dt.datetime) -> int:
    """Remove codes and passkeys of somebody who lost their phone, and end their sessions; how many were removed."""
    access.require(HELP.name, by, person)
    removed: int = Authenticator.objects.filter(user=person).delete()[0]
    sessions.end_all(person)
    _tell(person, _("管理员重置了两步验证"), at)
    events.record("accounts.drop_second_factor", actor=by, subject=person, at=at, details={"removed": removed})
    return removed


@transaction.atomic
def end_sessions_of(*, person: User, by: User, at: dt.datetime) -> int:
    """Sign somebody out everywhere; how many sessions there were."""
    access.require(HELP.name, by, person)
    ended = sessions.end_all(person)
    _tell(person, _("管理员结束了全部登录"), at)
    events.record("accounts.end_sessions", actor=by, subject=person, at=at, details={"ended": ended})
    return ended


@transaction.atomic
def end_session(*, pk: int, by: User, at: dt.datetime) -> int:
    """End one of one's own sessions; Http404 for one that is not one's own."""
    rows = UserSession.objects.filter(pk=pk, user_id=by.pk)
    if not rows:
        raise Http404
    ended = sessions.end(rows)
    events.record("accounts.end_sessions", actor=by, subject=by, at=at, details={"ended": ended})
    return ended


@transaction.atomic
def end_other_sessions(*, keep: str, by: User, at: dt.datetime) -> int:
    """End all one's sessions but the one with this key."""
    ended = sessions.end_all(by, keep=keep)
    events.record("accounts.end_sessions", actor=by, subject=by, at=at, details={"ended": ended})
    return ended


@transaction.atomic
def link_portal(*, who: portal.Vouched, by: User, at: dt.datetime) -> SocialAccount:
    """From now on the portal signs in as this person, who is signed in and proved who they are."""
    SocialAccount.objects.filter(user=by, provider=settings.PORTAL).delete()
    account = portal.link(by, who)
    events.record("accounts.link_portal", actor=by, subject=by, at=at, details={"uscc": who.uscc})
    return account


@transaction.atomic
def unlink_portal(*, by: User, at: dt.datetime) -> int:
    """The portal no longer signs in as this person; how many links there were."""
    removed: int = SocialAccount.objects.filter(user=by, provider=settings.PORTAL).delete()[0]
    if removed:
        events.record("accounts.unlink_portal", actor=by, subject=by, at=at)
    return removed


@transaction.atomic
def join_by_portal(*, who: portal.Vouched, at: dt.datetime) -> User:
    """Make an account for somebody whom the portal vouches for, and ask for them to act for the enterprise.

    The account has no password and no role; whoever decides on any request decides on this one. Where the place of the
    enterprise is not known, the person fills that in on the page that asks to join.
    """
    person: User = User.objects.create_user(
        username=_free_name(who), password=None, name=who.name, mobile=who.mobile, joined_at=at
    )
    portal.link(person, who)
    events.record("accounts.join_by_portal", actor=person, subject=person, at=at, details={"uscc": who.uscc})
    place = portal.place_of(who)
    if place is not None:
        ask_to_join(uscc=who.uscc, **place, evidence=None, by=person, at=at)
    return person


def _free_name(who: portal.Vouched) -> str:
    stem = f"p{who.uscc[-9:].lower()}"
    taken = set(User.objects.filter(username__startswith=stem).values_list("username", flat=True))
    return next(name for name in (f"{stem}-{number}" for number in range(1, 10_000)) if name not in taken)


def way_in(*, person: User, who: portal.Vouched) -> str:
    """Where somebody who just came by the portal goes on: to their request, or to the page that makes one."""
    if JoinRequest.objects.filter(user=person, uscc=who.uscc).exists():
        return reverse("accounts:profile")
    return f"{reverse('accounts:join')}?{urlencode({'uscc': who.uscc, 'name': who.organisation})}"


def _tell(person: User, deed: Any, at: dt.datetime) -> None:
    """Nobody's account is touched without their knowing."""
    with translation.override(person.language):
        context = {"deed": str(deed), "when": f"{at.astimezone(clock.LEGAL_ZONE):%Y-%m-%d %H:%M}", "address": "—"}
    outbox.notify(to=[person], template="accounts.security", context=context, at=at, link=reverse("mfa_index"))


def signed_in(*, person: User, address: str, at: dt.datetime) -> None:
    """Write down that somebody signed in."""
    events.record("accounts.sign_in", actor=person, subject=person, at=at, details=_from(address))


def signed_out(*, person: User, at: dt.datetime) -> None:
    """Write down that somebody signed out."""
    events.record("accounts.sign_out", actor=person, subject=person, at=at)


def was_locked_out(*, person: User, address: str, at: dt.datetime) -> None:
    """Write down that somebody was locked out."""
    events.record("accounts.lock_out", actor=None, subject=person, at=at, details=_from(address))


def _from(address: str) -> dict[str, Any]:
    return {"address": address} if address else {}
