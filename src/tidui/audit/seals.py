"""Closing what was written into a chain, and making its head public.

A seal takes all events and tamper rows above the previous seal's, up to a bound below which nothing can appear any
more. On SQLite writers follow one another, so that is the highest id. On PostgreSQL a transaction may still hold a
lower id than one that is already there: the sealer waits until every transaction has ended that could (and tries again
at the next run when one takes too long). An id that was never used, because its transaction was rolled back, is no gap.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import connection, transaction

from tidui.audit import digests
from tidui.audit.models import Event, Publication, Seal, TamperRow

#: Rows of one kind in one seal, at most.
BATCH: Final = 100_000
#: A writer that has drawn an id enters the list of running transactions at once; this is how long "at once" may take.
PAUSE_SECONDS: Final = 0.2
PATIENCE_SECONDS: Final = 30.0
#: Sealing and publishing are logged too, and give no reason for another seal.
OWN_TABLES: Final = (Seal._meta.db_table, Publication._meta.db_table)
_LOCK: Final = 0x7469647569  # PostgreSQL's advisory lock of the sealers


@dataclass(frozen=True, slots=True)
class Batch:
    """What the next seal closes."""

    last_event: int
    last_tamper: int
    event_leaves: bytes
    tamper_leaves: bytes


def seal(*, at: dt.datetime, patience: float = PATIENCE_SECONDS, pause: float = PAUSE_SECONDS) -> list[Seal]:
    """Close all that is settled. Empty when nothing was written, or when a running transaction outlasts `patience`."""
    if not _anything_new(head()):
        return []
    bounds = _settled_bounds(patience, pause)
    if bounds is None:
        return []
    made: list[Seal] = []
    while True:
        last = head()
        batch = _next_batch(last, bounds)
        if batch is None:
            return made
        with transaction.atomic():
            _lock()
            if _number(head()) != _number(last):
                return made  # another sealer was quicker
            made.append(_close(batch, last, at))


def head() -> Seal | None:
    """The newest seal, without its leaves."""
    return Seal.objects.defer("event_leaves", "tamper_leaves").order_by("-number").first()


def unsealed() -> tuple[int, int]:
    """How many events and tamper rows no seal covers yet."""
    last = head()
    return (
        Event.objects.filter(id__gt=last.last_event if last else 0).count(),
        TamperRow.objects.filter(id__gt=last.last_tamper if last else 0).count(),
    )


def short(digest: str) -> str:
    """The beginning of a digest (80 bits), to be read aloud or printed: `K7QF-3X2A-…`."""
    text = base64.b32encode(bytes.fromhex(digest[:20])).decode()
    return "-".join(text[start : start + 4] for start in range(0, len(text), 4))


def _number(one: Seal | None) -> int:
    return one.number if one else 0


def _anything_new(last: Seal | None) -> bool:
    if Event.objects.filter(id__gt=last.last_event if last else 0).exists():
        return True
    rows = TamperRow.objects.filter(id__gt=last.last_tamper if last else 0)
    return rows.exclude(table__in=OWN_TABLES).exists()


def _settled_bounds(patience: float, pause: float) -> tuple[int, int] | None:
    """The highest ids such that nothing at or below them can still appear; None when that takes too long."""
    bounds = _highest(Event), _highest(TamperRow)
    if connection.vendor == "sqlite":
        return bounds
    time.sleep(pause)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
        horizon = cursor.fetchone()[0]
        until = time.monotonic() + patience
        while True:
            cursor.execute(
                "SELECT count(*) FROM pg_snapshot_xip(pg_current_snapshot()) x WHERE x::text::bigint < %s", [horizon]
            )
            if cursor.fetchone()[0] == 0:
                return bounds
            if time.monotonic() >= until:
                return None
            time.sleep(min(0.1, patience))


def _highest(model: type[Event | TamperRow]) -> int:
    newest = model.objects.order_by("-id").values_list("id", flat=True).first()
    return newest or 0


def _next_batch(last: Seal | None, bounds: tuple[int, int]) -> Batch | None:
    events = _leaves(Event, last.last_event if last else 0, bounds[0])
    tampers = _leaves(TamperRow, last.last_tamper if last else 0, bounds[1])
    if not events and not tampers:
        return None
    return Batch(
        last_event=_last_id(events, last.last_event if last else 0),
        last_tamper=_last_id(tampers, last.last_tamper if last else 0),
        event_leaves=events,
        tamper_leaves=tampers,
    )


def _leaves(model: type[Event | TamperRow], after: int, upto: int) -> bytes:
    rows = model.objects.filter(id__gt=after, id__lte=upto).order_by("id").values_list("id", "digest")[:BATCH]
    return b"".join(digests.leaf(number, digest) for number, digest in rows.iterator())


def _last_id(leaves: bytes, before: int) -> int:
    return int.from_bytes(leaves[-digests.LEAF_BYTES :][:8], "big") if leaves else before


def _lock() -> None:
    """One sealer at a time; on SQLite the write transaction is lock enough."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def _close(batch: Batch, last: Seal | None, at: dt.datetime) -> Seal:
    made = Seal(
        number=_number(last) + 1,
        sealed_at=at.astimezone(dt.UTC),
        last_event=batch.last_event,
        last_tamper=batch.last_tamper,
        events=len(batch.event_leaves) // digests.LEAF_BYTES,
        tampers=len(batch.tamper_leaves) // digests.LEAF_BYTES,
        event_root=digests.root(batch.event_leaves),
        tamper_root=digests.root(batch.tamper_leaves),
        previous=last.digest if last else digests.START,
        event_leaves=batch.event_leaves,
        tamper_leaves=batch.tamper_leaves,
    )
    made.digest = digest_of(made)
    made.save(force_insert=True)
    return made


def digest_of(one: Seal) -> str:
    """The digest of a seal as it follows from its other fields."""
    bounds = (one.last_event, one.last_tamper, one.events, one.tampers)
    return digests.seal_digest(one.number, one.sealed_at, bounds, (one.event_root, one.tamper_root), one.previous)


# ---------------------------------------------------------------------- making it public
def folder() -> Path:
    """Where the published heads lie as files."""
    return Path(settings.HOME) / "published"


def publish(*, day: dt.date, at: dt.datetime, patience: float = PATIENCE_SECONDS) -> Publication | None:
    """Seal, note the head as that of the day, and write it to a file to be printed and kept elsewhere.

    A day is published once; later calls only write its files again where they are missing. None without any seal.
    """
    seal(at=at, patience=patience)
    last = head()
    found = Publication.objects.filter(day=day).first()
    if found is None and last is not None:
        defaults = {"seal": last.number, "digest": last.digest, "published_at": at}
        found, _ = Publication.objects.get_or_create(day=day, defaults=defaults)
    if found is not None:
        _write(found)
    return found


def _write(found: Publication) -> None:
    one = Seal.objects.defer("event_leaves", "tamper_leaves").filter(number=found.seal).first()
    if one is None:
        return
    content = {
        "day": found.day.isoformat(), "seal": found.seal, "digest": found.digest, "short": short(found.digest),
        "sealed_at": one.sealed_at.isoformat(), "last_event": one.last_event, "last_tamper": one.last_tamper,
    }  # fmt: skip
    folder().mkdir(parents=True, exist_ok=True)
    name = folder() / f"head-{found.day.isoformat()}.json"
    if not name.exists():
        waiting = name.with_suffix(".part")
        waiting.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        waiting.rename(name)


def published_files() -> Iterator[tuple[Path, dict[str, Any]]]:
    """The heads that lie as files, oldest first. ValueError for a file that is no head."""
    for name in sorted(folder().glob("head-*.json")):
        yield name, read_head(name)


def read_head(name: Path) -> dict[str, Any]:
    """A published head from its file. ValueError when it is none."""
    try:
        content = json.loads(name.read_text("utf-8"))
        number, digest = content["seal"], content["digest"]
    except (UnicodeDecodeError, json.JSONDecodeError, TypeError, KeyError) as error:
        raise ValueError(f"{name.name}: this is not a published head") from error
    if not isinstance(number, int) or not isinstance(digest, str):
        raise ValueError(f"{name.name}: this is not a published head")
    return dict(content)
