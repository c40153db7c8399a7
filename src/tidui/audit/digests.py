"""The digests of the histories. What goes into each, and in which order, is fixed: old seals must stay checkable."""

from __future__ import annotations

import datetime as dt
import json
import secrets
from collections.abc import Sequence
from hashlib import sha256
from typing import Any, Final, Protocol

EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
MICROSECOND: Final = dt.timedelta(microseconds=1)
MARK_LENGTH: Final = 64
LEAF_BYTES: Final = 24
#: The digest that the first seal follows.
START: Final = "0" * 64


def new_salt() -> str:
    """128 random bits: without them a name could be guessed from its digest."""
    return secrets.token_hex(16)


def canonical(value: Any) -> str:
    """JSON in one spelling: keys sorted, no spaces, Chinese as it is."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def micros(at: dt.datetime) -> int:
    """Microseconds since 1970."""
    return (at - EPOCH) // MICROSECOND


def is_mark(salt: str) -> bool:
    """Does a salted digest stand where the salt was, because the content was forgotten?"""
    return len(salt) == MARK_LENGTH


def mark(salt: str, content: str) -> str:
    """The salted digest of a personal part; once forgotten, what stands in the place of its salt."""
    return salt if is_mark(salt) else sha256(f"{salt}{content}".encode()).hexdigest()


class EventLike(Protocol):
    """What the digest of an event covers."""

    at: dt.datetime
    verb: str
    actor_id: int | None
    actor_name: str
    organisation_id: int | None
    subject_model: str
    subject_pk: str
    subject_text: str
    details_text: str
    actor_salt: str
    subject_salt: str
    details_salt: str


def event_digest(event: EventLike) -> str:
    """The digest of one event, the same before and after its personal parts are forgotten.

    Lines; the key comes last, it alone may hold a line break.
    """
    marks = (
        mark(event.actor_salt, event.actor_name),
        mark(event.subject_salt, event.subject_text),
        mark(event.details_salt, event.details_text),
    )
    actor = "" if event.actor_id is None else event.actor_id
    organisation = "" if event.organisation_id is None else event.organisation_id
    lines = f"{micros(event.at)}\n{event.verb}\n{actor}\n{organisation}\n{event.subject_model}"
    return sha256("\n".join([lines, *marks, event.subject_pk]).encode()).hexdigest()


def tamper_mark(salt: str, changes: str) -> str:
    """The salted digest of the changes of a tamper row; empty when it holds none."""
    if is_mark(salt):
        return salt
    return sha256(f"c{salt}{changes}".encode()).hexdigest() if changes else ""


def tamper_digest(fields: Sequence[Any], row: str) -> str:
    """The digest of a tamper row: (micros, table, operation, actor, organisation, shape, image, mark) and the key.

    Lines, because a trigger writes it too; the key comes last, it alone may hold a line break.
    """
    lines = ["" if field is None else str(field) for field in fields]
    return sha256("\n".join([*lines, row]).encode()).hexdigest()


def image(salt: str, row_text: str) -> str:
    """The salted digest of a row as it stands."""
    return sha256(f"r{salt}{row_text}".encode()).hexdigest()


def leaf(number: int, digest: str) -> bytes:
    """A row in a seal: its id, and half of its digest."""
    return number.to_bytes(8, "big") + bytes.fromhex(digest[:32])


def root(leaves: bytes) -> str:
    """What a seal says of a batch."""
    return sha256(leaves).hexdigest()


def seal_digest(number: int, sealed_at: dt.datetime, bounds: Sequence[int], roots: Sequence[str], previous: str) -> str:
    """The digest of a seal: `bounds` is (last event, last tamper row, events, tamper rows)."""
    return sha256(canonical([number, micros(sealed_at), *bounds, *roots, previous]).encode()).hexdigest()
