"""Small helpers of views: the question before something grave, addresses that stay on this site."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

#: Never shown again and never sent again by a page that keeps what was typed.
SECRET = ("password", "secret", "otp", "csrfmiddlewaretoken", "token", "code_verifier", "passphrase", "credential")


def own_path(request: HttpRequest, url: str) -> str:
    """The path and query of an address of this site; empty for any other."""
    if not url or not url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure()):
        return ""
    parts = urlsplit(url)
    # Behind our own host a path may begin with //, which without the host names another one.
    if not parts.path.startswith("/") or parts.path[1:2] in ("/", "\\"):
        return ""
    return parts.path + (f"?{parts.query}" if parts.query else "")


def next_path(request: HttpRequest, default: str = "/") -> str:
    """Where to go on, as the form or the address asks, but only on this site."""
    return own_path(request, request.POST.get("next") or request.GET.get("next") or "") or default


def from_here(request: HttpRequest) -> bool:
    """Was this form sent by one of our own pages? Browsers say where a form comes from and pages cannot forge it."""
    origin = request.headers.get("Origin") or request.headers.get("Referer") or ""
    parts = urlsplit(origin)
    return parts.scheme in ("http", "https") and parts.netloc == request.get_host()


def typed(request: HttpRequest) -> tuple[list[tuple[str, str]], bool]:
    """What was typed into the form that was sent, without secrets; and whether a secret was left out."""
    kept: list[tuple[str, str]] = []
    secret = False
    for name, values in request.POST.lists():
        if name == "code" or any(word in name.lower() for word in SECRET):
            secret = secret or name != "csrfmiddlewaretoken"
            continue
        kept += [(name, value) for value in values]
    return kept, secret


def confirm(
    request: HttpRequest,
    *,
    title: Any,
    text: Any,
    submit: Any,
    back: str,
    tone: str = "danger",
    fields: Mapping[str, str | Iterable[str]] | None = None,
    status: int = 200,
) -> HttpResponse:
    """Ask before something grave is done: a page whose button posts `confirmed=1` and the fields to this address."""
    hidden: list[tuple[str, str]] = []
    for name, value in (fields or {}).items():
        hidden += [(name, value)] if isinstance(value, str) else [(name, one) for one in value]
    context = {"title": title, "text": text, "submit": submit, "back": back, "tone": tone, "hidden": hidden}
    return render(request, "kit/confirm.html", context, status=status)
