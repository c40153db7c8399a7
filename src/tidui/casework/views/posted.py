"""What a person typed into a field that belongs to no form: not too long, and nothing that a database cannot keep."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest

#: The longest reason that is kept.
MOST: Final = 4000
#: No key and no version has more digits.
DIGITS: Final = 18


def text(request: HttpRequest, name: str, most: int = MOST) -> str:
    """A text field, cut to its longest; PostgreSQL keeps no NUL, so that none is taken."""
    return request.POST.get(name, "").replace("\x00", "")[:most]


def number(raw: str, otherwise: int = -1) -> int:
    """A key or a version as a page gives it back; `otherwise` for anything else."""
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) <= DIGITS else otherwise


def seen(request: HttpRequest, otherwise: int = -1) -> int:
    """The version of which the page spoke."""
    return number(request.POST.get("seen", ""), otherwise)
