"""Whoever waits for something outside, such as a disk, steps aside and lets others work meanwhile.

A server that works on one request of a process at a time tells its threads how (`tell`). In every other thread, of a
task or of a command, waiting is only waiting.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

__all__ = ["Way", "aside", "tell"]

#: Makes a context: between its beginning and its end others work; it ends when it is this thread's turn again.
Way = Callable[[], AbstractContextManager[None]]

_told = threading.local()


def tell(way: Way) -> None:
    """How this thread steps aside from now on."""
    _told.way = way


def aside() -> AbstractContextManager[None]:
    """A context for waiting in. Not within a transaction, but for its commit: others may wait for its locks."""
    return getattr(_told, "way", nullcontext)()
