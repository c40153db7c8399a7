"""Light, dark, or as the device prefers: kept in a cookie and set by the server, so that no page flashes."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

COOKIE: Final = "tidui_theme"
AUTO: Final = "auto"
THEMES: Final[dict[str, Any]] = {AUTO: _("跟随设备"), "light": _("浅色"), "dark": _("深色")}
ICONS: Final[dict[str, str]] = {AUTO: "sun-moon", "light": "sun", "dark": "moon"}


def chosen(request: HttpRequest) -> str:
    """The theme of this request."""
    theme = request.COOKIES.get(COOKIE, AUTO)
    return theme if theme in THEMES else AUTO
