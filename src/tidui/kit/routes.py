"""Every route declares the permission that it asks for; a route that declares none is refused by a contract test."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Final, TypeVar

from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import Resolver404, resolve

from tidui.kit import access

View = TypeVar("View", bound=Callable[..., HttpResponseBase])
#: The largest key that a table can have.
LARGEST_KEY: Final = 2**63 - 1


def page(permission: str, *, methods: tuple[str, ...] = ("GET",)) -> Callable[[View], View]:
    """Guard a view by a permission, asked without a thing: may the person do this to anything at all?

    A permission about a thing is asked again, about that thing, by the view or the action that has got it through an
    access function.
    """

    def guarded(view: View) -> View:
        @functools.wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method not in (*methods, "HEAD", "OPTIONS"):
                return _page_above(request) or HttpResponseNotAllowed(methods)
            access.require(permission, request.user)
            # No database takes such a number, and not every lookup of Django's sees it coming.
            if any(isinstance(one, int) and one > LARGEST_KEY for one in kwargs.values()):
                raise Http404
            return view(request, *args, **kwargs)

        answer.permission = permission  # type: ignore[attr-defined]
        answer.methods = methods  # type: ignore[attr-defined]
        return answer  # type: ignore[return-value]

    return guarded


def _page_above(request: HttpRequest) -> HttpResponseBase | None:
    """Who opens the address of a form that was sent (by reloading it, or by a link of the page that refused it) is led
    to the nearest page above it, in place of an empty answer."""
    if request.method != "GET" or "text/html" not in request.headers.get("Accept", ""):
        return None
    path = request.path
    while (path := path[: path.rstrip("/").rfind("/") + 1]) not in ("", "/"):
        try:
            above = resolve(path)
        except Resolver404:
            continue
        if "GET" in getattr(above.func, "methods", ()):
            query = request.META.get("QUERY_STRING", "")
            return HttpResponseRedirect(f"{path}?{query}" if query else path)
    return None
