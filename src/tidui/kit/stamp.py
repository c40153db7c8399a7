"""Reference data is read often and changed seldom: it is kept in memory until the stamp changes.

The stamp is a file beside the data, touched after each change, so that every process of the site sees it without
asking the database at each request.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

from django.conf import settings
from django.db import transaction

Kept = TypeVar("Kept")


def _file() -> Path:
    return Path(settings.HOME) / "reference.stamp"


def _seen() -> int:
    try:
        return os.stat(_file()).st_mtime_ns
    except FileNotFoundError:
        return 0


class Remembered(Generic[Kept]):
    """What `load` gave, until reference data changes."""

    _all: ClassVar[list[Remembered[Any]]] = []

    def __init__(self, load: Callable[[], Kept]) -> None:
        self._load = load
        self._value: Kept | None = None
        self._stamp = -1
        self._all.append(self)

    def get(self) -> Kept:
        """The value as of the last change."""
        stamp = _seen()
        if self._value is None or stamp != self._stamp:
            self._value = self._load()
            self._stamp = stamp
        return self._value

    def forget(self) -> None:
        """Load it again when it is next asked for."""
        self._value = None


def forget_all() -> None:
    """Forget what this process remembers; tests, whose database changes beneath them, call it between two tests."""
    for one in Remembered._all:
        one.forget()


def load_all() -> None:
    """Load everything now rather than when it is first asked for."""
    for one in Remembered._all:
        one.get()


def changed() -> None:
    """Tell every process, once the transaction is committed, that reference data changed."""

    def touch() -> None:
        forget_all()
        file = _file()
        file.parent.mkdir(parents=True, exist_ok=True)
        # Two changes within the file system's clock tick must still be told apart.
        before = _seen()
        file.touch()
        if _seen() <= before:
            os.utime(file, ns=(before + 1, before + 1))

    forget_all()
    transaction.on_commit(touch)
