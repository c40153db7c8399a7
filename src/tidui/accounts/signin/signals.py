"""What happens besides, when allauth signs somebody in or out or changes what they sign in with."""

from __future__ import annotations

from typing import Any

from allauth.account import signals as account
from allauth.core import context
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from axes.signals import user_locked_out
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.http import HttpRequest

from tidui.accounts.models import User
from tidui.accounts.signin import actions, duties, lockout, second_factor, sessions
from tidui.accounts.signin.models import PasswordDuty
from tidui.audit import events
from tidui.kit import clock


@receiver(user_logged_in)
def began(request: HttpRequest, user: User, **rest: Any) -> None:
    """A session began."""
    sessions.begin(request, user)


@receiver(account.user_logged_in)
def came_in(request: HttpRequest, user: User, **rest: Any) -> None:
    """Somebody signed in on our page: write it down; what must they do first?"""
    with transaction.atomic():
        actions.signed_in(person=user, address=lockout.client_address(request) or "", at=clock.now())
    duties.settle(request, user)


@receiver(user_logged_out)
def left(request: HttpRequest, user: User | None, **rest: Any) -> None:
    """Somebody signed out."""
    if user is None:
        return
    UserSession.objects.filter(session_key=request.session.session_key or "").delete()
    if lockout.client_address(request):
        with transaction.atomic():
            actions.signed_out(person=user, at=clock.now())


@receiver([account.password_changed, account.password_set])
def password_changed(request: HttpRequest, user: User, **rest: Any) -> None:
    """The password is the person's own now; every other session of theirs ends."""
    with transaction.atomic():
        PasswordDuty.objects.filter(user_id=user.pk).delete()
        events.record("accounts.change_password", actor=user, subject=user, at=clock.now())
    sessions.begin(request, user)
    sessions.end_all(user, keep=request.session.session_key)
    duties.settle(request, user)


@receiver(account.password_reset)
def password_reset(request: HttpRequest, user: User, **rest: Any) -> None:
    """A link was used: the password is the person's own, and they may try again at once."""
    with transaction.atomic():
        PasswordDuty.objects.filter(user_id=user.pk).delete()
        lockout.forget_failures(user)
        events.record("accounts.reset_password", actor=user, subject=user, at=clock.now())


@receiver([post_save, post_delete], sender=Authenticator)
def second_factor_changed(instance: Authenticator, signal: Any, created: bool = False, **rest: Any) -> None:
    """A code generator, a passkey or recovery codes were added or removed on our page, in the same transaction.

    The code that set a generator up is used by that.
    """
    request = context.request
    added = signal is post_save and created
    if request is None or not request.user.is_authenticated or not (added or signal is post_delete):
        return
    if added and instance.type == Authenticator.Type.TOTP:
        second_factor.use_once(instance, second_factor.tidy(request.POST.get("code", "")))
    if request.user.pk != instance.user_id:
        return
    verb = "accounts.add_second_factor" if added else "accounts.remove_second_factor"
    details = {"kind": str(instance.type)}
    events.record(verb, actor=request.user, subject=request.user, at=clock.now(), details=details)
    duties.settle(request, request.user)


@receiver(user_locked_out)
def locked(request: HttpRequest, username: str, ip_address: str, **rest: Any) -> None:
    """The failure that locks is written down, not each try after it."""
    person = User.objects.filter(username__iexact=username).first() if username else None
    if person is not None and request.axes_failures_since_start is not None:  # type: ignore[attr-defined]
        with transaction.atomic():
            actions.was_locked_out(person=person, address=ip_address or "", at=clock.now())
