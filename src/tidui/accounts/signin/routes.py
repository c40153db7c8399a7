"""Gives allauth's views what every view of this site has: a declared permission, methods, and 422 for a bad form."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern

from tidui.kit.routes import page

View = Callable[..., HttpResponseBase]


def declare(urlpatterns: Iterable[URLPattern], permission: str) -> list[URLPattern]:
    """The same addresses, each view guarded by this permission."""
    return [_guarded(pattern, permission) for pattern in urlpatterns]


def _guarded(pattern: URLPattern, permission: str) -> URLPattern:
    guard = page(permission, methods=("GET", "POST"))
    return URLPattern(pattern.pattern, guard(_answering(pattern.callback)), pattern.default_args, pattern.name)


def _answering(view: View) -> View:
    @functools.wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        if request.method == "POST" and response.status_code == 200 and isinstance(response, TemplateResponse):
            form = (response.context_data or {}).get("form")
            if form is not None and form.errors:
                response.status_code = 422
        return response

    return answer
