"""What the pages of signing in ask for, that allauth's views do not pass."""

from __future__ import annotations

import json
from typing import Any

from django import template
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder

from tidui.accounts.signin import portal

register = template.Library()


@register.filter
def as_json(value: Any) -> str:
    """JSON for an attribute, where a script reads it; the template escapes it."""
    return json.dumps(value, cls=DjangoJSONEncoder)


@register.simple_tag
def portal_ready() -> bool:
    """Can one sign in by the provincial portal?"""
    return portal.is_set_up()


@register.simple_tag
def factor_enforced() -> bool:
    """Is a second factor demanded here at all? A demonstration says so where it is not."""
    return bool(settings.SECOND_FACTOR_ENFORCED)


@register.simple_tag
def vouched(request_row: Any) -> bool:
    """Did the portal say that whoever asks to join acts for that enterprise?"""
    return portal.is_set_up() and portal.vouched_for(request_row.user, request_row.uscc)
