"""What other apps do when organisations are registered, in the same transaction: an enterprise gets its file."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tidui.accounts.models import Organisation

Listener = Callable[[Sequence[Organisation]], None]
_listeners: list[Listener] = []


def when_founded(listener: Listener) -> Listener:
    """Have this called with every organisation that is registered, many at a time."""
    if listener not in _listeners:
        _listeners.append(listener)
    return listener


def founded(organisations: Sequence[Organisation]) -> None:
    """Tell the listeners of new organisations."""
    for listener in _listeners:
        listener(organisations)
