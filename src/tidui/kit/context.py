"""What every page needs: navigation, theme, language, the version."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.shortcuts import resolve_url
from django.utils.functional import cached_property
from django.utils.safestring import SafeString

from tidui import __version__
from tidui.kit import menus, navigation, themes


class Looks:
    """The frame of a page, made when a template asks for it: a fragment that shows no navigation pays for none."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self.version = __version__

    @cached_property
    def theme(self) -> str:
        """Light, dark, or as the device prefers."""
        return themes.chosen(self._request)

    @cached_property
    def user(self) -> Any:
        """Whoever asks; None when nobody has signed in."""
        user = getattr(self._request, "user", None)
        return user if user is not None and user.is_authenticated else None

    @property
    def who(self) -> Any:
        """The key of whoever asks, for scripts that keep what is typed apart by person; empty for nobody."""
        return self.user.pk if self.user else ""

    @property
    def description(self) -> Any:
        """What stands under the person's name."""
        return navigation.description(self.user) if self.user else ""

    @cached_property
    def _shown(self) -> dict[navigation.Place, tuple[navigation.Group, ...]]:
        """What the person may open, at once for the whole frame: its numbers are asked for in one statement."""
        return navigation.shown(getattr(self._request, "user", None), self._request.path)

    @property
    def main(self) -> tuple[navigation.Group, ...]:
        """The navigation."""
        return self._shown[navigation.MAIN]

    @cached_property
    def main_links(self) -> SafeString:
        """The same as it is drawn, once for each page: it is shown twice, at the side and in the menu of a phone."""
        return menus.main_links(self.main)

    @property
    def menu(self) -> tuple[navigation.Group, ...]:
        """The user's own menu."""
        return self._shown[navigation.USER]

    @property
    def public(self) -> tuple[navigation.Group, ...]:
        """What anybody may open."""
        return self._shown[navigation.PUBLIC]

    @property
    def public_links(self) -> SafeString:
        """The same as the foot of a page lists it."""
        return menus.public_links(self.public)

    @property
    def sign_in(self) -> str:
        """Where one signs in."""
        return resolve_url(settings.LOGIN_URL)

    @property
    def here(self) -> str:
        """The address of this page, to come back to; the front page after a form was posted."""
        return self._request.get_full_path() if self._request.method in ("GET", "HEAD") else self._referer_path()

    def _referer_path(self) -> str:
        from tidui.kit.pages import own_path

        return own_path(self._request, self._request.headers.get("Referer", "")) or "/"


def looks(request: HttpRequest) -> dict[str, Any]:
    """The context processor."""
    return {"looks": Looks(request)}
