"""Who wants to know when accepted facts change: rooms above register, and are called in the same transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

Heard = Callable[[Sequence[int], dt.datetime], object]

_listeners: list[Heard] = []


def when_changed(listener: Heard) -> Heard:
    """Have `listener(organisations, at)` called with the keys of the organisations whose accepted facts changed."""
    if listener not in _listeners:
        _listeners.append(listener)
    return listener


def tell(organisations: Sequence[int], at: dt.datetime) -> None:
    """Tell every listener, within the transaction of the change."""
    for listener in _listeners:
        listener(organisations, at)
