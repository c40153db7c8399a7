"""The front page, the choice of language and theme, and what a script asks about the session."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from tidui.kit import language, navigation, themes
from tidui.kit.pages import next_path
from tidui.kit.routes import page

YEAR: Final = 365 * 24 * 3600


@page("kit.public")
def front(request: HttpRequest) -> HttpResponse:
    """A signed-in person goes to their own first page; everybody else learns what this is."""
    if request.user.is_authenticated:
        url = navigation.home_of(request.user)
        if url and url != request.path:
            return HttpResponseRedirect(url)
    return render(request, "kit/front.html")


@page("kit.public", methods=("POST",))
def choose_language(request: HttpRequest) -> HttpResponse:
    """Keep the language in a cookie, and on the person if one has signed in."""
    answer = HttpResponseRedirect(next_path(request))
    code = request.POST.get("language", "")
    if code in language.codes():
        _keep(request, answer, settings.LANGUAGE_COOKIE_NAME, code)
        language.keep(request.user, code)
    return answer


@page("kit.public", methods=("POST",))
def choose_theme(request: HttpRequest) -> HttpResponse:
    """Keep the theme in a cookie."""
    answer = HttpResponseRedirect(next_path(request))
    theme = request.POST.get("theme", "")
    if theme in themes.THEMES:
        _keep(request, answer, themes.COOKIE, theme)
    return answer


@never_cache
@page("kit.public")
def session(request: HttpRequest) -> HttpResponse:
    """Who is signed in here, and a fresh token, for a page that stayed open through the end of a session."""
    who = str(request.user.pk) if request.user.is_authenticated else None
    return JsonResponse({"who": who, "token": get_token(request)})


def _keep(request: HttpRequest, answer: HttpResponse, name: str, value: str) -> None:
    answer.set_cookie(name, value, max_age=YEAR, secure=request.is_secure(), httponly=True, samesite="Lax")
