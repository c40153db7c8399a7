"""Desensitising: what is left of a personal datum for somebody who has no need of the whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

Mask = Callable[[str], str]
_HIDDEN: Final = "*"


def _middle(text: str, head: int, tail: int) -> str:
    if len(text) <= head + tail:
        return _HIDDEN * len(text)
    return text[:head] + _HIDDEN * (len(text) - head - tail) + text[len(text) - tail :]


def mobile(text: str) -> str:
    """138****5678; a short number is hidden whole."""
    return _middle(text, 3, 4)


def identity(text: str) -> str:
    """Of an identity number the division and the last character: 620102***********X."""
    return _middle(text, 6, 1)


def name(text: str) -> str:
    """Of a person's name the first character."""
    return text[:1] + _HIDDEN * max(1, len(text) - 1)


def mail(text: str) -> str:
    """Of an address the first character and the host."""
    account, at, host = text.partition("@")
    return account[:1] + _HIDDEN * 3 + at + host


def account(text: str) -> str:
    """Of a bank account the last four digits."""
    return _middle(text, 0, 4)


def whole(text: str) -> str:
    """Nothing but that there is something."""
    return _HIDDEN * 6


_MASKS: Final[Mapping[str, Mask]] = {
    "mobile": mobile,
    "identity": identity,
    "name": name,
    "mail": mail,
    "account": account,
    "whole": whole,
}


def mask_of(kind: str) -> Mask:
    """The mask of this name; ValueError for one that does not exist."""
    if kind not in _MASKS:
        raise ValueError(f"no mask is called {kind}; there are {', '.join(_MASKS)}")
    return _MASKS[kind]
