"""Where a person is signed in: one row for each session, ended from anywhere."""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.utils import timezone

from tidui.accounts.signin.lockout import client_address

if TYPE_CHECKING:
    from tidui.accounts.models import User

#: Seconds since the epoch at which the session began, and was last used; kept in the session itself.
BEGAN: Final = "began"
SEEN: Final = "seen"
#: What the person must do before anything else: see `tidui.accounts.signin.duties`.
DUTIES: Final = "duties"
#: How often a session in use is written, in seconds.
NOTED_EVERY: Final = 60

_SYSTEMS: Final = (
    ("HarmonyOS", r"HarmonyOS|OpenHarmony"), ("Android", r"Android"), ("iOS", r"iPhone|iPad|iPod"),
    ("Windows", r"Windows"), ("macOS", r"Macintosh|Mac OS X"), ("UOS/Kylin", r"UOS|Kylin"), ("Linux", r"Linux|X11"),
)  # fmt: skip
_BROWSERS: Final = (
    ("WeChat", r"MicroMessenger"), ("DingTalk", r"DingTalk"), ("WPS", r"WpsMoffice|WPS"), ("Edge", r"Edg[eA]?/"),
    ("360", r"QIHU|360SE|360EE"), ("QQ", r"QQBrowser"), ("Huawei", r"HuaweiBrowser"), ("Opera", r"OPR/"),
    ("Firefox", r"Firefox/|FxiOS"), ("Chrome", r"Chrome/|Chromium/|CriOS"), ("Safari", r"Safari/"),
)  # fmt: skip


def device(user_agent: str) -> tuple[str, str]:
    """(browser, system) in words that a person knows, "" where it cannot be told."""

    def first(kinds: tuple[tuple[str, str], ...]) -> str:
        return next((name for name, pattern in kinds if re.search(pattern, user_agent)), "")

    return first(_BROWSERS), first(_SYSTEMS)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """One place where somebody is signed in."""

    pk: int
    browser: str
    system: str
    address: str
    began: dt.datetime
    seen: dt.datetime
    current: bool


def of(person: User, key: str | None = None) -> list[SignedIn]:
    """Where the person is signed in, latest first, in two queries; `key` is the session that asks."""
    rows = list(UserSession.objects.filter(user_id=person.pk).order_by("-last_seen_at", "-pk"))
    idle = timezone.now() - dt.timedelta(seconds=settings.SESSION_IDLE_AGE)
    alive = set(
        Session.objects.filter(
            session_key__in=[row.session_key for row in rows], expire_date__gt=timezone.now()
        ).values_list("session_key", flat=True)
    )
    return [
        SignedIn(row.pk, *device(row.user_agent), row.ip, row.created_at, row.last_seen_at, row.session_key == key)
        for row in rows
        if row.session_key in alive and (row.last_seen_at > idle or row.session_key == key)
    ]


def begin(request: HttpRequest, person: User) -> None:
    """Note that a session began: called when somebody has signed in."""
    now = time.time()
    request.session[BEGAN] = request.session[SEEN] = int(now)
    address = client_address(request)
    if not address:  # not a browser: a command or a test that signs in by itself
        return
    if not request.session.session_key:
        request.session.save()
    UserSession.objects.update_or_create(
        session_key=request.session.session_key,
        defaults={
            "user": person,
            "ip": address,
            "user_agent": request.META.get("HTTP_USER_AGENT", "")[:200],
            "last_seen_at": timezone.now(),
        },
    )


def over(session: Any, now: float) -> bool:
    """Has this session lasted too long, or lain idle too long? One that says nothing of itself has."""
    began, seen = session.get(BEGAN), session.get(SEEN)
    if not isinstance(began, int) or not isinstance(seen, int):
        return True
    return now - began > settings.SESSION_COOKIE_AGE or now - seen > settings.SESSION_IDLE_AGE


def note_use(request: HttpRequest, now: float) -> None:
    """Write that the session is in use, at most once a minute."""
    if now - request.session[SEEN] < NOTED_EVERY:
        return
    request.session[SEEN] = int(now)
    UserSession.objects.filter(session_key=request.session.session_key).update(
        last_seen_at=timezone.now(), ip=client_address(request) or "0.0.0.0"
    )


def end(rows: Iterable[UserSession]) -> int:
    """End these sessions at once; how many there were."""
    keys = [row.session_key for row in rows]
    Session.objects.filter(session_key__in=keys).delete()
    return int(UserSession.objects.filter(session_key__in=keys).delete()[0])


def end_all(person: User, *, keep: str | None = None) -> int:
    """End every session of a person but the one with this key."""
    rows = UserSession.objects.filter(user_id=person.pk)
    return end(rows.exclude(session_key=keep) if keep else rows)


def end_what_is_over(at: dt.datetime) -> int:
    """Remove the rows of sessions that are over; the worker does it each night."""
    Session.objects.filter(expire_date__lt=at).delete()
    over_since = at - dt.timedelta(seconds=settings.SESSION_COOKIE_AGE)
    return int(UserSession.objects.filter(created_at__lt=over_since, last_seen_at__lt=over_since).delete()[0])
