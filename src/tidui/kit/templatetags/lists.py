"""`{% load lists %}`, for `kit/lists/_list.html`: the parts of a list as functions draw them."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString

from tidui.kit.lists import drawing
from tidui.kit.lists.presenting import Presented

register = template.Library()
register.simple_tag(drawing.tools, name="list_tools")
register.simple_tag(drawing.table, name="list_table")
register.simple_tag(drawing.pages, name="list_pages")


@register.simple_tag(takes_context=True)
def list_bar(context: template.Context, shown: Presented) -> SafeString:
    """`{% list_bar list %}`: how many rows there are, and what can be done with them."""
    return drawing.bar(shown, str(context.get("csrf_token", "")))
