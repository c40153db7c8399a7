"""Between the request and the view: the language, refusals as pages, private pages that no cache keeps."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language

from tidui.kit import language
from tidui.kit.access import NotAllowed
from tidui.kit.views import errors

Next = Callable[[HttpRequest], HttpResponseBase]


class Language:
    """Sets the language that the person chose; it stands after the middleware that knows the person."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        code = language.chosen(request)
        _know(request)
        request.LANGUAGE_CODE = code
        with translation.override(code):
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", get_language() or code)
        return response


def _know(request: HttpRequest) -> None:
    """Put the person in the place of the promise of one, once it was kept: a page looks at them hundreds of times."""
    known = getattr(request, "_cached_user", None)
    if known is not None:
        request.user = known


class Refusals:
    """Turns a refusal into what the person can use: the way to sign in, or the reason."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if is_htmx(request) and isinstance(response, HttpResponse) and not response.headers.get("HX-Redirect"):
            _send_messages_along(request, response)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer a NotAllowed; leave everything else to Django."""
        return errors.refused(request, exception.refused) if isinstance(exception, NotAllowed) else None


class PrivatePages:
    """What depends on the person is kept by no cache: neither the browser's after signing out nor one in between."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.path.startswith(settings.STATIC_URL):
            return response
        patch_vary_headers(response, ("Cookie", "HX-Request"))
        if "Cache-Control" not in response.headers:
            private = settings.SESSION_COOKIE_NAME in request.COOKIES or request.method not in ("GET", "HEAD")
            response.headers["Cache-Control"] = "private, no-store" if private else "private, no-cache"
        return response


def is_htmx(request: HttpRequest) -> bool:
    """Was the request made by htmx for a part of a page? A boosted or restored page is a whole page."""
    return request.headers.get("HX-Request") == "true" and request.headers.get("HX-History-Restore-Request") != "true"


def _send_messages_along(request: HttpRequest, response: HttpResponse) -> None:
    """A fragment shows no messages, so they travel in a header and a script shows them."""
    storage = getattr(request, "_messages", None)
    if storage is None or response.status_code in (301, 302, 303) or getattr(storage, "used", False):
        return
    told: list[dict[str, Any]] = [{"text": str(one), "tone": one.level_tag} for one in get_messages(request)]
    if not told:
        return
    events = json.loads(response.headers.get("HX-Trigger", "") or "{}")
    response.headers["HX-Trigger"] = json.dumps({**events, "tidui:messages": told})
