"""Removes a person's data where no duty to keep it stands against that, and leaves the chain checkable.

Rows get neutral values, or go. In the histories a salted digest takes the place of salt and content (see `digests`),
and `Forgetting` notes which parts went, so that a part that is gone without such a note is found.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from tidui.audit import acting, changes, digests, events, images, install, personal, tamper
from tidui.audit.models import Event, Forgetting, TamperRow
from tidui.audit.personal import Declaration, Hold

#: Shorter values would be found in texts that have nothing to do with the person.
TRACE_LENGTH: Final = 5
_CONTENT: Final = {"actor": "actor_name", "subject": "subject_text", "details": "details_text"}


class Tampered(Exception):
    """A row of the person is not as the tamper log says; forgetting it would wipe the trace."""

    def __init__(self, table: str, row: str) -> None:
        super().__init__(f"{table} #{row}")
        self.table, self.row = table, row


@dataclass(frozen=True, slots=True)
class Removal:
    """Rows of one declaration that go, or lose their personal fields."""

    declaration: Declaration
    rows: list[Any]


@dataclass(frozen=True, slots=True)
class Staying:
    """Rows of one declaration that must stay, until when and why."""

    declaration: Declaration
    rows: int
    hold: Hold


@dataclass(slots=True)
class Plan:
    """What forgetting this person means today."""

    person: Any
    removals: list[Removal] = field(default_factory=list)
    staying: list[Staying] = field(default_factory=list)
    #: Personal parts of events, and changes in the tamper log, that go: (place, id).
    parts: set[tuple[str, int]] = field(default_factory=set)

    @property
    def nameless(self) -> bool:
        """Does the person's name go too?"""
        person = get_user_model()
        return any(one.declaration.model is person and one.declaration.retention.with_records for one in self.removals)


def plan(person: Any) -> Plan:
    """What would be removed, and what must stay. Changes nothing."""
    made = Plan(person)
    holds = personal.holds_of(person)
    for declaration in personal.declared():
        going = []
        staying: dict[Hold, int] = {}
        for row in declaration.rows(person):
            kept = declaration.kept_until(row, holds)
            if kept is not None:
                staying[kept] = staying.get(kept, 0) + 1
            elif declaration.delete or _differs(declaration, row):
                going.append(row)
        if going:
            made.removals.append(Removal(declaration, going))
        made.staying += [Staying(declaration, count, kept) for kept, count in staying.items()]
    made.parts = set(_parts(made))
    return made


@transaction.atomic
def forget(person: Any, *, at: dt.datetime, by: Any = None) -> Plan:
    """Do what `plan` says, and record it. Raises Tampered when a row of the person was changed behind the log."""
    made = plan(person)
    touched = _touched(made)
    for table, keys in touched.items():
        for key in keys:
            if images.is_wrong(connection, tamper.watched()[table], key):
                raise Tampered(table, key)
    before = {table: _latest(table) for table in touched}
    for removal in made.removals:
        _remove(removal)
    # Replacing a value is itself logged, with the old value.
    for table, keys in touched.items():
        new = TamperRow.objects.filter(table=table, row__in=keys, id__gt=before[table]).exclude(changes="")
        made.parts |= {("changes", number) for number in new.values_list("id", flat=True)}
    _strike(made.parts, at)
    for table, keys in touched.items():
        install.log_rows(connection, tamper.watched()[table], keys)
    details = {
        "removed": [
            {
                "model": one.declaration.model._meta.label,
                "fields": sorted(one.declaration.fields),
                "rows": len(one.rows),
            }
            for one in made.removals
        ],
        "parts": len(made.parts),
        "kept": [
            {
                "model": one.declaration.model._meta.label,
                "fields": sorted(one.declaration.fields),
                "until": one.hold.until,
            }
            for one in made.staying
        ],
    }
    person.refresh_from_db()
    events.record("audit.forget", actor=by, subject=person, at=at, details=details)
    return made


def _differs(declaration: Declaration, row: Any) -> bool:
    return any(getattr(row, name) != value for name, value in declaration.replaced(row).items())


def _remove(removal: Removal) -> None:
    model = removal.declaration.model
    for row in removal.rows:
        found = model._default_manager.filter(pk=row.pk)
        if removal.declaration.delete:
            found.delete()
        else:
            found.update(**removal.declaration.replaced(row))
    if removal.declaration.afterwards:
        removal.declaration.afterwards(removal.rows)


def _touched(made: Plan) -> dict[str, set[str]]:
    """The rows of watched tables that change, or whose history does: keys by table."""
    touched: dict[str, set[str]] = {}
    for removal in made.removals:
        table = removal.declaration.model._meta.db_table
        if table in tamper.watched():
            touched.setdefault(table, set()).update(str(row.pk) for row in removal.rows)
    numbers = [number for place, number in made.parts if place == "changes"]
    for table, row in TamperRow.objects.filter(pk__in=numbers).values_list("table", "row"):
        touched.setdefault(table, set()).add(row)
    return {table: keys for table, keys in touched.items() if table in tamper.watched()}


def _latest(table: str) -> int:
    newest = TamperRow.objects.filter(table=table).order_by("-id").values_list("id", flat=True).first()
    return newest or 0


# ---------------------------------------------------------------------- what goes from the histories
def _parts(made: Plan) -> Iterator[tuple[str, int]]:
    yield from _changes_of_rows(made)
    for value in _traces(made):
        yield from _holding(value)
    if made.nameless:
        yield from _naming(made.person)


def _changes_of_rows(made: Plan) -> Iterator[tuple[str, int]]:
    """Log rows that copied a field which goes now."""
    for removal in made.removals:
        columns = {removal.declaration.model._meta.get_field(name).column for name in removal.declaration.fields}  # type: ignore[union-attr]
        table = removal.declaration.model._meta.db_table
        keys = [str(row.pk) for row in removal.rows]
        rows = TamperRow.objects.filter(table=table, row__in=keys).exclude(changes="")
        for number, text in rows.values_list("id", "changes"):
            copied = json.loads(text)
            if any(copied[column] != [changes.HIDDEN, changes.HIDDEN] for column in columns & set(copied)):
                yield "changes", number


def _traces(made: Plan) -> set[str]:
    found = set()
    for removal in made.removals:
        for row in removal.rows:
            found |= {str(getattr(row, name) or "") for name in removal.declaration.traces}
    return {value for value in found if len(value) >= TRACE_LENGTH}


def _holding(value: str) -> Iterator[tuple[str, int]]:
    """All parts of the histories in which a value stands that only this person has."""
    spelled = digests.canonical(value)[1:-1]
    for place, text in (("actor", value), ("subject", value), ("details", spelled)):
        found = Event.objects.filter(**{f"{_CONTENT[place]}__contains": text})
        yield from ((place, number) for number in found.values_list("id", flat=True))
    logged = TamperRow.objects.filter(changes__contains=spelled)
    yield from (("changes", number) for number in logged.values_list("id", flat=True))


def _naming(person: Any) -> Iterator[tuple[str, int]]:
    """Parts of events that name the person; another person of the same name is left alone."""
    acted = Event.objects.filter(actor_id=person.pk).exclude(actor_name="")
    yield from (("actor", number) for number in acted.values_list("id", flat=True))
    about = Event.objects.filter(subject_model=person._meta.label, subject_pk=str(person.pk))
    for event in about:
        yield "subject", event.pk
        if event.details_text not in ("", "{}"):
            yield "details", event.pk
    names = {name for name in (str(person), person.get_username()) if name}
    for name in names:
        spelled = digests.canonical(name)[1:-1]
        found = Event.objects.filter(Q(subject_text__contains=name) | Q(details_text__contains=spelled))
        for event in found:
            if event.actor_id != person.pk and not _is_about(event, person):
                continue
            if name in event.subject_text:
                yield "subject", event.pk
            if spelled in event.details_text:
                yield "details", event.pk


def _is_about(event: Event, person: Any) -> bool:
    """Does the subject of the event refer to the person?"""
    try:
        model = apps.get_model(event.subject_model)
        keys = [column for column in model._meta.local_concrete_fields if column.related_model is type(person)]
        referring = Q(pk=None)
        for column in keys:
            referring |= Q(**{column.attname: person.pk})
        return bool(model._default_manager.filter(referring, pk=event.subject_pk).exists())
    except (LookupError, ValueError):
        return False


def _strike(parts: set[tuple[str, int]], at: dt.datetime) -> None:
    """Put salted digests in the place of salts, and nothing in the place of contents."""
    already = {(place, row) for place, row in Forgetting.objects.values_list("place", "row")}
    new = sorted(parts - already)
    Forgetting.objects.bulk_create([Forgetting(place=place, row=row, at=at) for place, row in new])
    with _telling():
        for event in Event.objects.filter(pk__in=[row for place, row in new if place != "changes"]):
            gone = {place for place in _CONTENT if (place, event.pk) in parts and (place, event.pk) not in already}
            values: dict[str, str] = {}
            for place in gone:
                salt, content = getattr(event, f"{place}_salt"), getattr(event, _CONTENT[place])
                values |= {f"{place}_salt": digests.mark(salt, content), _CONTENT[place]: ""}
            Event.objects.filter(pk=event.pk).update(**values)
        for logged in TamperRow.objects.filter(pk__in=[row for place, row in new if place == "changes"]):
            salt = digests.tamper_mark(logged.salt, logged.changes)
            TamperRow.objects.filter(pk=logged.pk).update(salt=salt, changes="")


@contextmanager
def _telling() -> Iterator[None]:
    """Inside, the guards of the histories know that something is being forgotten."""
    with acting.forgetting():
        _tell("on")
        yield
        _tell("")


def _tell(value: str) -> None:
    if connection.vendor == "postgresql":  # SQLite's guards ask `acting`
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('tidui.forgetting', %s, true)", [value])


@transaction.atomic
def expire(*, at: dt.datetime) -> dict[str, int]:
    """Remove what has been kept for its time: rows by model. The tamper log and events keep their own times."""
    removed: dict[str, int] = {}
    for declaration in personal.declared():
        retention = declaration.retention
        if retention.months is None:
            continue
        edge = personal.months_after(timezone.localtime(at).date(), -retention.months)
        rows = declaration.model._default_manager.filter(**{f"{retention.since}__lt": personal.midnight(edge)})
        if declaration.delete:
            count = rows.delete()[1].get(declaration.model._meta.label, 0)
        else:
            neutral = declaration.replaced(None)
            count = rows.exclude(**neutral).update(**neutral)
        if count:
            removed[declaration.model._meta.label] = removed.get(declaration.model._meta.label, 0) + count
    return removed
