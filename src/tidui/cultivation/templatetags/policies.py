"""The two halves of a policy's name, for addresses."""

from __future__ import annotations

from django import template

register = template.Library()


@register.filter
def authority(policy: str) -> str:
    """`cn` of `cn/hte`."""
    return policy.partition("/")[0]


@register.filter
def policy_name(policy: str) -> str:
    """`hte` of `cn/hte`."""
    return policy.partition("/")[2]
