"""Asks in a template what the action behind a button will ask again."""

from __future__ import annotations

from typing import Any

from django import template

from tidui.kit import access

register = template.Library()


@register.simple_tag(takes_context=True)
def may(context: template.Context, name: str, thing: Any = None) -> bool:
    """May the person do it: `{% may "kit.administer" as administers %}`, `{% may "registry.verify" file as can %}`."""
    return bool(access.check(name, context["request"].user, thing))
