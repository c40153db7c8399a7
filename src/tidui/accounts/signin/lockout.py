"""Too many wrong passwords or codes: the name is locked for that address for a while, and so is an address that tries
many names. An administrator unlocks a name at once.

Counting is done by axes in the database, so that it holds for all processes alike. A name that nobody has is counted
and locked just as one that somebody has.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from allauth.core.internal.httpkit import get_client_ip
from axes.handlers.database import AxesDatabaseHandler
from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.signals import user_login_failed
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from tidui.accounts.signin.names import person_called

if TYPE_CHECKING:
    from tidui.accounts.models import User

_NAMES = "_tidui_counted_names"


def client_address(request: HttpRequest) -> str | None:
    """Where a request comes from, read behind as many servers as we know to stand in front."""
    try:
        return get_client_ip(request)
    except Exception:
        # A header that is no address must not become a way around the counting.
        return request.META.get("REMOTE_ADDR") or None


def counted_name(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """Under which name an attempt is counted: a person's mobile number and e-mail count as their sign-in name."""
    said = (credentials or {}).get("username") or request.POST.get("login") or ""
    typed = str(said).strip().replace("\0", "")[:255]
    known: dict[str, str] = request.__dict__.setdefault(_NAMES, {})
    if typed not in known:
        person = person_called(typed) if typed else None
        known[typed] = (person.username if person else typed).lower()[:255]
    return known[typed]


class Handler(AxesDatabaseHandler):
    """Counts a name at one address strictly, and one address over all names with a limit of its own."""

    def get_failures(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        """Failures so far, measured by the limit for one name."""
        of_name, of_address = (
            attempts.aggregate(n=Sum("failures_since_start"))["n"] or 0
            for attempts in self.get_user_attempts(request, credentials)
        )
        limit: int = settings.AXES_FAILURE_LIMIT
        return max(of_name, of_address * limit // settings.LOCKOUT_ADDRESS_FAILURES)

    def reset_user_attempts(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        """Forget the failures of the name that signed in here; those of other names from this address stay."""
        count: int = self.filter_user_attempts(request, credentials)[0].delete()[0]
        return count


def locked_out(request: HttpRequest, original: HttpResponse | None, credentials: dict[str, Any] | None) -> HttpResponse:
    """The page for whoever is locked out; it says the same of names that exist and names that do not."""
    minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
    response = render(request, "accounts/signin/locked.html", {"minutes": minutes}, status=429)
    response.headers["Retry-After"] = str(minutes * 60)
    return response


def is_locked(request: HttpRequest, person: User) -> bool:
    """May this person try no more from where this request comes?"""
    return bool(AxesProxyHandler.is_locked(request, {"username": person.username}))


def count_failure(request: HttpRequest, person: User) -> None:
    """Count a wrong code as a wrong password is counted."""
    user_login_failed.send(sender=__name__, credentials={"username": person.username}, request=request)


def locked_since(person: User, at: dt.datetime | None = None) -> dt.datetime | None:
    """When the person was last locked out somewhere, if that still lasts."""
    moment = (at or timezone.now()) - settings.AXES_COOLOFF_TIME
    rows = AccessAttempt.objects.filter(username=person.username.lower(), attempt_time__gt=moment)
    by_address = rows.values("ip_address").annotate(n=Sum("failures_since_start"))
    if not any(one["n"] >= settings.AXES_FAILURE_LIMIT for one in by_address):
        return None
    return rows.order_by("-attempt_time").values_list("attempt_time", flat=True).first()


def forget_failures(person: User) -> int:
    """Unlock a name everywhere; how many rows were forgotten."""
    count: int = AccessAttempt.objects.filter(username=person.username.lower()).delete()[0]
    return count
