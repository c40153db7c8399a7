"""A name that a template uses and nobody gave it fails the test that draws the page; Django would show nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest


class UnknownName(AssertionError):
    """A template of ours shows a variable that its context does not have."""


class Strict(str):
    """Stands for `string_if_invalid`: true and with a place for the name, so that Django asks it for its text."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return True

    def __contains__(self, part: object) -> bool:
        return part == "%s"

    def __mod__(self, name: object) -> str:
        where = _template()
        if where.startswith(OURS):
            raise UnknownName(f"{where} shows {name}, which nobody gave it")
        return ""


#: Our templates by the folders of the apps; those of Django and allauth are their own.
OURS = (
    "kit/",
    "accounts/",
    "account/",
    "mfa/",
    "usersessions/",
    "socialaccount/",
    "registry/",
    "cultivation/",
    "audit/",
)


def _template() -> str:
    """The template that is being drawn: found in the frame of the expression that asked."""
    frame = sys._getframe(2)
    while frame is not None:
        context = frame.f_locals.get("context")
        current = getattr(getattr(context, "render_context", None), "template", None)
        if current is not None:
            return str(current.name or "")
        frame = frame.f_back
    return ""


@pytest.fixture(scope="session", autouse=True)
def strict_templates() -> Iterator[None]:
    """Every page that any test draws is checked."""
    from django.template import engines

    engine = engines["django"].engine
    kept = engine.string_if_invalid
    engine.string_if_invalid = Strict()
    yield
    engine.string_if_invalid = kept
