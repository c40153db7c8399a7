"""Holds everything against everything: rows against digests, digests against seals, seals against published heads,
and the watched tables against the tamper log. It reads one state of the database and changes nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from django.db import connection, transaction
from django.utils.translation import gettext as _

from tidui.audit import changes, digests, images, install, seals, tamper
from tidui.audit.findings import Finding, Report
from tidui.audit.models import Event, Forgetting, Publication, Seal, TamperRow

#: Findings that are listed; a table replaced as a whole would give a million.
LISTED: Final = 1000
EVENT_COLUMNS: Final = (
    "id", "at", "verb", "actor_id", "actor_name", "organisation_id", "subject_model", "subject_pk", "subject_text",
    "details_text", "actor_salt", "subject_salt", "details_salt", "digest",
)  # fmt: skip
TAMPER_COLUMNS: Final = (
    "id", "at", "table", "row", "operation", "actor_id", "organisation_id", "shape", "changes", "salt", "image",
    "digest",
)  # fmt: skip
_EVENT_TABLE: Final = Event._meta.db_table
_TAMPER_TABLE: Final = TamperRow._meta.db_table

Tell = Callable[[int], None]


def verify(heads: Iterable[Path] = (), tell: Tell | None = None) -> Report:
    """Check all histories and watched tables, against published heads too: those of the site, and those given.

    `tell` is called with the number of rows checked so far. ValueError for a file that is no head.
    """
    given = [(name, seals.read_head(name)) for name in heads]
    report = Report()
    with one_state():
        found = _Collector(report, tell or (lambda count: None))
        found.add(_triggers())
        found.add(_chain(report))
        found.add(_events(found))
        found.add(_tampers(found))
        found.add(_tables(found))
        found.add(_heads(given, report))
        last = seals.head()
        report.unsealed_events, report.unsealed_tampers = seals.unsealed()
        report.seals = last.number if last else 0
    report.findings = _merged(report.findings)
    return report


class _Collector:
    """Keeps the first findings, and tells how many rows have been checked."""

    def __init__(self, report: Report, tell: Tell) -> None:
        self.report, self._tell, self._checked = report, tell, 0

    def add(self, findings: Iterable[Finding]) -> None:
        for finding in findings:
            if len(self.report.findings) < LISTED:
                self.report.findings.append(finding)
            else:
                self.report.left_out += 1

    @property
    def full(self) -> bool:
        """Is there no room for another finding? Then it is only counted."""
        return len(self.report.findings) >= LISTED

    def checked(self, rows: int) -> None:
        self._checked += rows
        self._tell(self._checked)


@contextmanager
def one_state() -> Iterator[None]:
    """Inside, all queries see the database as at one moment; writers are not held up."""
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
            try:
                yield
            finally:
                cursor.execute("COMMIT")
    else:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield


def _triggers() -> Iterator[Finding]:
    for found in install.faults(connection):
        yield Finding("trigger", found.what, found.table, found.name)


# ---------------------------------------------------------------------- seals
def _chain(report: Report) -> Iterator[Finding]:
    """Every seal follows from its leaves and from the seal before."""
    table, previous, expected = Seal._meta.db_table, digests.START, 1
    bounds = (0, 0)
    for one in Seal.objects.order_by("number").iterator(chunk_size=1):
        for number in range(expected, one.number):
            yield Finding("seal", "removed", table, str(number))
        wrong = tuple(_wrong_in(one))
        if wrong:
            yield Finding("seal", "changed", table, str(one.number), columns=wrong)
        if one.number == expected and one.previous != previous:
            yield Finding("seal", "changed", table, str(one.number), columns=("previous",))
        if one.last_event < bounds[0] or one.last_tamper < bounds[1]:
            yield Finding("seal", "changed", table, str(one.number), columns=("last_event", "last_tamper"))
        bounds, previous, expected = (one.last_event, one.last_tamper), one.digest, one.number + 1


def _wrong_in(one: Seal) -> Iterator[str]:
    for name, leaves, root, count in (
        ("event_leaves", one.event_leaves, one.event_root, one.events),
        ("tamper_leaves", one.tamper_leaves, one.tamper_root, one.tampers),
    ):
        if digests.root(bytes(leaves)) != root or len(leaves) != count * digests.LEAF_BYTES:
            yield name
    if seals.digest_of(one) != one.digest:
        yield "digest"


def _leaves(column: str) -> Iterator[tuple[int, str]]:
    """(id, first half of the digest) of everything sealed, in order."""
    for content in Seal.objects.order_by("number").values_list(column, flat=True).iterator(chunk_size=1):
        leaves = bytes(content)
        for start in range(0, len(leaves) - len(leaves) % digests.LEAF_BYTES, digests.LEAF_BYTES):
            yield int.from_bytes(leaves[start : start + 8], "big"), leaves[start + 8 : start + 24].hex()


# ---------------------------------------------------------------------- the two histories
def _events(found: _Collector) -> Iterator[Finding]:
    emptied = {place: _forgotten(place) for place in ("actor", "subject", "details")}
    event = Event()
    fields = event.__dict__
    for row, sealed in _against_seals(_EVENT_TABLE, EVENT_COLUMNS, "event_leaves", found):
        if row is None:
            yield Finding("event", "removed", _EVENT_TABLE, str(sealed))
            continue
        fields.update(zip(EVENT_COLUMNS, row, strict=True))
        event.at = _moment(event.at)
        if sealed == "inserted":
            yield Finding("event", "inserted", _EVENT_TABLE, str(event.id), logged_at=event.at)
        elif digests.event_digest(event) != event.digest:
            yield Finding("event", "changed", _EVENT_TABLE, str(event.id), logged_at=event.at)
        elif sealed and not event.digest.startswith(str(sealed)):
            yield Finding("event", "changed", _EVENT_TABLE, str(event.id), ("digest",), logged_at=event.at)
        gone = tuple(_emptied(event, emptied))
        if gone:
            yield Finding("event", "emptied", _EVENT_TABLE, str(event.id), gone, logged_at=event.at)
        found.report.events += 1


def _emptied(event: Event, known: dict[str, set[int]]) -> Iterator[str]:
    """Personal parts that are gone without a word, or that came back."""
    for place, content in (("actor", "actor_name"), ("subject", "subject_text"), ("details", "details_text")):
        if digests.is_mark(getattr(event, f"{place}_salt")) and (
            event.id not in known[place] or getattr(event, content)
        ):
            yield content


def _tampers(found: _Collector) -> Iterator[Finding]:
    emptied = _forgotten("changes")
    for row, sealed in _against_seals(_TAMPER_TABLE, TAMPER_COLUMNS, "tamper_leaves", found):
        if row is None:
            yield Finding("tamper", "removed", _TAMPER_TABLE, str(sealed))
            continue
        number, at, table, key, operation, actor, organisation, shape, changed, salt, image, digest = row
        moment = _moment(at)
        about = _("记录的是 %(table)s #%(row)s") % {"table": table, "row": key}
        fields = (
            digests.micros(moment), table, operation, actor, organisation, shape, image,
            digests.tamper_mark(salt, changed),
        )  # fmt: skip
        if sealed == "inserted":
            yield Finding("tamper", "inserted", _TAMPER_TABLE, str(number), logged_at=moment, note=about)
        elif digests.tamper_digest(fields, key) != digest:
            yield Finding("tamper", "changed", _TAMPER_TABLE, str(number), logged_at=moment, note=about)
        elif sealed and not digest.startswith(str(sealed)):
            yield Finding("tamper", "changed", _TAMPER_TABLE, str(number), ("digest",), logged_at=moment, note=about)
        if len(salt) != 32 and (number not in emptied or changed):
            yield Finding("tamper", "emptied", _TAMPER_TABLE, str(number), ("changes",), logged_at=moment, note=about)
        found.report.tampers += 1


def _forgotten(place: str) -> set[int]:
    return set(Forgetting.objects.filter(place=place).values_list("row", flat=True))


def _against_seals(
    table: str, columns: tuple[str, ...], leaves: str, found: _Collector
) -> Iterator[tuple[tuple[Any, ...] | None, Any]]:
    """Rows beside what the seals say of them, in the order of their ids.

    (row, half digest) of a sealed row, (row, None) of one not sealed yet, (row, "inserted") of one that stands where
    the seals know none, (None, id) of one that the seals know and the table does not.
    """
    expected = _leaves(leaves)
    leaf = next(expected, None)
    last, before = _last_sealed(leaves), 0
    listed = ", ".join(f'"{column}"' for column in columns)
    for row in images.stream(connection, f"SELECT {listed} FROM {table} ORDER BY id", []):
        number = row[0]
        while leaf is not None and leaf[0] < number:
            yield None, leaf[0]
            leaf = next(expected, None)
        if leaf is not None and leaf[0] == number:
            yield row, leaf[1]
            leaf = next(expected, None)
        elif number <= last:
            yield row, "inserted"
        else:
            yield from ((None, gap) for gap in _gaps(max(before, last), number))
            yield row, None
        before = number
        found.checked(1)
    while leaf is not None:
        yield None, leaf[0]
        leaf = next(expected, None)
    yield from ((None, gap) for gap in _gaps(max(before, last), _drawn(table) + 1))


def _last_sealed(leaves: str) -> int:
    one = seals.head()
    if one is None:
        return 0
    return one.last_event if leaves == "event_leaves" else one.last_tamper


def _gaps(before: int, after: int) -> range:
    """On SQLite a rolled back id is used again, so that a gap is a row that is gone. On PostgreSQL gaps are usual."""
    return range(before + 1, min(after, before + 1 + LISTED)) if connection.vendor == "sqlite" else range(0)


def _drawn(table: str) -> int:
    """The last id that SQLite gave."""
    if connection.vendor != "sqlite":
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = %s", [table])
        return int(cursor.fetchone()[0])


def _moment(value: Any) -> dt.datetime:
    moment = images.moment(value)
    assert moment is not None
    return moment


# ---------------------------------------------------------------------- the watched tables
def _tables(found: _Collector) -> Iterator[Finding]:
    present = set(connection.introspection.table_names())
    for table, one in tamper.watched().items():
        if table not in present:
            yield Finding("table", "missing", table)
            continue
        found.report.tables += 1
        for mismatch in images.mismatches(connection, one, found.checked):
            if found.full:
                found.report.left_out += 1
            else:
                yield changes.explained(connection, one, mismatch)


# ---------------------------------------------------------------------- published heads
def _heads(given: list[tuple[Path, dict[str, Any]]], report: Report) -> Iterator[Finding]:
    known = dict(Seal.objects.values_list("number", "digest"))
    table = Publication._meta.db_table
    published = list(Publication.objects.order_by("day").values_list("day", "seal", "digest"))
    for day, number, digest in published:
        report.heads += 1
        yield from _head(table, day.isoformat(), number, digest, known)
    for name, content in given:
        report.heads += 1
        yield from _head(name.name, str(content.get("day", "")), content["seal"], content["digest"], known)
    for name in sorted(seals.folder().glob("head-*.json")):
        report.heads += 1
        try:
            content = seals.read_head(name)
        except (ValueError, OSError):
            yield Finding("publication", "unreadable", name.name)
            continue
        yield from _head(name.name, str(content.get("day", "")), content["seal"], content["digest"], known)


def _head(where: str, day: str, number: int, digest: str, known: dict[int, str]) -> Iterator[Finding]:
    said = _("公布的是封存 %(number)s，摘要 %(digest)s") % {"number": number, "digest": seals.short(digest)}
    if number not in known:
        yield Finding("seal", "cut", Seal._meta.db_table, str(number), note=f"{where} {day}: {said}")
    elif known[number] != digest:
        yield Finding("seal", "changed", Seal._meta.db_table, str(number), ("digest",), note=f"{where} {day}: {said}")


# ---------------------------------------------------------------------- one finding a row
def _merged(findings: list[Finding]) -> list[Finding]:
    """A row of a history is watched too: what both say of it is said once, with the columns that they know."""
    merged: dict[tuple[str, str], Finding] = {}
    rest = []
    for finding in findings:
        if finding.place in ("trigger", "publication"):
            rest.append(finding)
            continue
        key = finding.table, finding.row
        first = merged.get(key)
        merged[key] = _together(first, finding) if first else finding
    return [*merged.values(), *rest]


def _together(first: Finding, second: Finding) -> Finding:
    columns = tuple(dict.fromkeys([*first.columns, *second.columns]))
    notes = "; ".join(dict.fromkeys(note for note in (first.note, second.note) if note))
    return replace(
        first, columns=columns, values=first.values or second.values, note=notes,
        logged_at=first.logged_at or second.logged_at, logged_by=first.logged_by or second.logged_by,
    )  # fmt: skip
