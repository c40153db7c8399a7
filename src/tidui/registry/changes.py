"""Who wants to know when accepted facts change: rooms above register, and are called in the same transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence

from tidui.facts.factset import FactSet

#: Called with the facts of those of them that were at hand, so that nobody reads again what was just written.
Heard = Callable[[Sequence[int], dt.datetime, Mapping[int, FactSet]], object]

_listeners: list[Heard] = []


def when_changed(listener: Heard) -> Heard:
    """Have `listener(organisations, at, known)` called with the keys of organisations whose accepted facts changed."""
    if listener not in _listeners:
        _listeners.append(listener)
    return listener


def tell(organisations: Sequence[int], at: dt.datetime, known: Mapping[int, FactSet] | None = None) -> None:
    """Tell every listener, within the transaction of the change."""
    for listener in _listeners:
        listener(organisations, at, known or {})
