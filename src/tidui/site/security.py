"""What the browser is told to refuse, and how passwords are kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.contrib.auth.hashers import Argon2PasswordHasher
from django.http import HttpRequest, HttpResponse

#: Everything comes from this host, nothing is written into the page, nobody puts the page into a frame.
POLICY: Final = "; ".join(
    [
        "default-src 'self'",
        "img-src 'self' data:",  # icons inside style sheets
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)


def content_security_policy(
    answer: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: the policy goes with every answer that has none of its own (a file has a stricter one)."""

    def with_policy(request: HttpRequest) -> HttpResponse:
        response = answer(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
        return response

    return with_policy


class Argon2id(Argon2PasswordHasher):
    """Argon2id with two passes over 19 MiB in one lane, the cost that OWASP names for it."""

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1
