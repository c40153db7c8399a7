"""Writing down what people did, in the transaction in which they did it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import connections, models
from django.db.transaction import TransactionManagementError
from django.utils.encoding import force_str
from django.utils.translation import override

from tidui.audit import acting, digests, rows
from tidui.audit.models import Event


def record(
    verb: str,
    *,
    actor: Any,
    subject: models.Model,
    at: dt.datetime,
    organisation_id: int | None = None,
    details: Mapping[str, Any] | None = None,
) -> Event:
    """Write one event: who (`actor`, a person or None for the system itself) did what (`registry.file`) to which row.

    `details` is JSON; dates, numbers of other kinds and lazy texts are written as text. It may hold personal data,
    which `tidui forget` removes without breaking the chain. ValueError for a subject that is not saved, a time without
    a zone, or a verb of several lines. Within `together` the event has no key yet.
    """
    if subject.pk is None:
        raise ValueError(f"{verb}: its subject is not saved")
    if not verb.isprintable():
        raise ValueError(f"{verb!r}: a verb is one line")
    if at.tzinfo is None:
        raise ValueError(f"{verb}: its time has no zone")
    with override("zh-hans"):  # the chain speaks one language, whatever the person reads in
        event = Event(
            at=at.astimezone(dt.UTC),
            verb=verb,
            actor_id=getattr(actor, "pk", None),
            actor_name="" if actor is None else str(actor)[:100],
            organisation_id=organisation_id if organisation_id is not None else acting.current()[1],
            subject_model=subject._meta.label,
            subject_pk=str(subject.pk),
            subject_text=_storable(str(subject))[:200],
            details_text=digests.canonical(plain(details or {})),
            actor_salt=digests.new_salt(),
            subject_salt=digests.new_salt(),
            details_salt=digests.new_salt(),
        )
    event.digest = digests.event_digest(event)
    together = _together.get()
    if together is None or together[0] != _depth():
        return rows.insert(event)
    together[1].append(event)
    return event


_together: ContextVar[tuple[int, list[Event]] | None] = ContextVar("events_together", default=None)


def _depth() -> int:
    return len(connections[rows.USING].savepoint_ids)


@contextmanager
def together() -> Iterator[None]:
    """Write the events of what follows in one statement when it ends, in their order; none of them where it fails.

    In the transaction of the action that writes several. An event within a further savepoint, which may be taken back
    without the rest, is written at once; unless that savepoint has a `together` of its own, directly inside it: then
    its events join the others if it ends well, and are gone with it otherwise.
    """
    outer = _together.get()
    if outer is not None and outer[0] == _depth():
        yield
        return
    events: list[Event] = []
    before = _together.set((_depth(), events))
    try:
        yield
    finally:
        _together.reset(before)
    if outer is None or _depth() != outer[0] + 1:
        rows.insert_all(events)
    elif connections[rows.USING].needs_rollback:
        raise TransactionManagementError("what is to be told of is taken back")
    else:
        outer[1].extend(events)


def plain(value: Any) -> Any:
    """The value with what JSON holds exactly: objects, lists, text, whole numbers, yes and no, nothing; else text."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, Mapping):
        return {_storable(force_str(key)): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset | models.QuerySet):
        each = [plain(item) for item in value]
        return sorted(each, key=str) if isinstance(value, set | frozenset) else each
    if isinstance(value, models.Model):
        return value.pk
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    return _storable(force_str(value))


def _storable(text: str) -> str:
    """Without NUL, which PostgreSQL cannot store in a text."""
    return text.replace("\x00", "")
