"""The name of a division in a template."""

from __future__ import annotations

from django import template

from tidui.kit import lists
from tidui.kit.formats import NOTHING

register = template.Library()


@register.filter
def place(code: str) -> str:
    """The name of a division code; a dash where there is none."""
    return lists.division_name(code) if code else NOTHING
