"""Every route declares the permission that it asks for; a route that declares none is refused by a contract test."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Final, TypeVar

from django.http import Http404, HttpRequest, HttpResponseBase

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
                from django.http import HttpResponseNotAllowed

                return HttpResponseNotAllowed(methods)
            access.require(permission, request.user)
            # No database takes such a number, and not every lookup of Django's sees it coming.
            if any(isinstance(one, int) and one > LARGEST_KEY for one in kwargs.values()):
                raise Http404
            return view(request, *args, **kwargs)

        answer.permission = permission  # type: ignore[attr-defined]
        answer.methods = methods  # type: ignore[attr-defined]
        return answer  # type: ignore[return-value]

    return guarded
