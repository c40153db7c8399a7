"""Pictures from the sprite."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from tidui.kit.formats import heading


def icon(name: str, label: Any = "", size: str = "") -> SafeString:
    """A picture from the sprite; without a label it is decoration, and screen readers pass over it."""
    if label:
        classes = f"icon icon-{size}" if size else "icon"
        said = heading(label)
        return format_html(
            '<svg class="{}" role="img" aria-label="{}"><use href="{}#{}"></use></svg>', classes, said, _sprite(), name
        )
    return _decoration(name, size)


@lru_cache(maxsize=512)
def _decoration(name: str, size: str) -> SafeString:
    classes = f"icon icon-{size}" if size else "icon"
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}#{}"></use></svg>', classes, _sprite(), name)


@lru_cache(maxsize=1)
def _sprite() -> str:
    """Where the pictures are; the address of a static file stays as it is while the process runs."""
    return static("kit/icons.svg")
