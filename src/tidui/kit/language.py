"""The language of the pages: what a person chose; Chinese until then. What a browser prefers is not asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest

DEFAULT: Final = "zh-hans"

_keepers: list[Callable[[Any, str], None]] = []


def keep_with(function: Callable[[Any, str], None]) -> Callable[[Any, str], None]:
    """Register how a signed-in person's choice is kept; accounts does."""
    _keepers[:] = [function]
    return function


def keep(user: Any, code: str) -> None:
    """Keep the choice on a signed-in person; without a keeper the cookie alone holds it."""
    if _keepers and getattr(user, "is_authenticated", False):
        _keepers[0](user, code)


def codes() -> tuple[str, ...]:
    """The languages that the pages speak."""
    return tuple(code for code, _ in settings.LANGUAGES)


def chosen(request: HttpRequest) -> str:
    """The language of this request: the cookie's, else the person's own, else Chinese."""
    cookie = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    if cookie in codes():
        return cookie
    own = ""
    if settings.SESSION_COOKIE_NAME in request.COOKIES:
        own = str(getattr(request.user, "language", "") or "")
    return own if own in codes() else DEFAULT
