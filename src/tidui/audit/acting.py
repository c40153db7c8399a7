"""In whose name rows are written: the tamper log's triggers ask for it.

On SQLite a function of the connection answers; on PostgreSQL two settings of the session do, sent before the first
write of a transaction and not before reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final, TypeAlias

ActorId: TypeAlias = int | None


@dataclass(frozen=True, slots=True)
class Acting:
    """Who writes. `who` may be a function, asked at the first write: a page that only reads asks for nobody."""

    who: ActorId | Callable[[], ActorId] = None
    organisation_id: int | None = None

    def resolved(self) -> tuple[ActorId, int | None]:
        """The keys of the person and of the organisation."""
        return (self.who() if callable(self.who) else self.who), self.organisation_id


NOBODY: Final = Acting()
_acting: ContextVar[Acting] = ContextVar("tidui_acting", default=NOBODY)
#: Is `tidui forget` at work? Only then do the histories let personal parts be replaced.
_forgetting: ContextVar[bool] = ContextVar("tidui_forgetting", default=False)


@contextmanager
def acting(who: ActorId | Callable[[], ActorId], organisation_id: int | None = None) -> Iterator[None]:
    """Whatever is written inside is written in the name of this person (for this organisation)."""
    token = _acting.set(Acting(who, organisation_id))
    try:
        yield
    finally:
        _acting.reset(token)


@contextmanager
def forgetting() -> Iterator[None]:
    """Inside, personal parts of the histories may be replaced, and nothing else of them."""
    token = _forgetting.set(True)
    try:
        yield
    finally:
        _forgetting.reset(token)


def current() -> tuple[ActorId, int | None]:
    """The keys of the person and of the organisation that write now."""
    return _acting.get().resolved()


def is_forgetting() -> bool:
    """Is `tidui forget` at work here?"""
    return _forgetting.get()
