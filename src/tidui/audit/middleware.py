"""What a request writes, it writes in the name of whoever has signed in."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponse

from tidui.audit.acting import acting


class ActingMiddleware:
    """Stands after AuthenticationMiddleware. A request that writes nothing costs nothing here."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        def who() -> int | None:
            key = request.session.get(SESSION_KEY)
            return int(key) if key else None

        with acting(who):
            return self.get_response(request)
