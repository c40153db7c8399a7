"""The history of one record: what people did to it, and how its columns changed."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import models
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _

from tidui.accounts.auditing import words
from tidui.audit import changes
from tidui.audit.models import Event, Operation, TamperRow
from tidui.kit.formats import desensitise
from tidui.kit.visibility import visible_to

#: Of each of the two histories, the newest so many.
SHOWN: Final = 200
TONES: Final = {
    Operation.INSERT: "good", Operation.UPDATE: "info", Operation.DELETE: "bad", Operation.BASELINE: "neutral",
    Operation.TRUNCATE: "bad",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Value:
    """A column, as it was and as it became."""

    column: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of the tamper log in words."""

    at: dt.datetime
    what: str
    tone: str
    by: str
    values: tuple[Value, ...]
    note: str
    number: int


@dataclass(frozen=True, slots=True)
class Done:
    """One event in words, as a timeline takes it."""

    at: dt.datetime
    title: str
    by: str
    text: str
    tone: str = "info"


@dataclass(frozen=True, slots=True)
class History:
    """A record and what is known of its past."""

    kind: str
    label: str
    key: str
    text: str
    exists: bool
    events: list[Done]
    changes: list[Change]
    more: bool


def of(user: Any, label: str, key: str) -> History:
    """The history of the record, for somebody who may read it. Http404 for what never was."""
    try:
        model = apps.get_model(label)
    except (LookupError, ValueError):
        raise Http404 from None
    rows = visible_to(user, Event).filter(subject_model=model._meta.label, subject_pk=key).order_by("-at", "-pk")
    table = model._meta.db_table
    logged = visible_to(user, TamperRow).filter(table=table, row=key).order_by("-pk")
    events, entries = list(rows[: SHOWN + 1]), list(logged[: SHOWN + 1])
    record = _record(model, key)
    if record is None and not events and not entries:
        raise Http404
    names = _names(entry.actor_id for entry in entries)
    return History(
        kind=words.kind(label), label=model._meta.label, key=key, exists=record is not None,
        text=str(record) if record is not None else events[0].subject_text if events else key,
        events=[_done(event) for event in events[:SHOWN]],
        changes=[_change(model, entry, names) for entry in entries[:SHOWN]],
        more=len(events) > SHOWN or len(entries) > SHOWN,
    )  # fmt: skip


def _record(model: type[models.Model], key: str) -> models.Model | None:
    try:
        return model._default_manager.filter(pk=key).first()
    except (ValueError, TypeError, OverflowError, ValidationError):
        return None


def _names(keys: Iterable[int | None]) -> dict[int, str]:
    people = get_user_model()._default_manager.filter(pk__in={key for key in keys if key is not None})
    return {person.pk: str(person) for person in people}


def _done(event: Event) -> Done:
    by = event.actor_name or (_("系统") if event.actor_id is None else _("已删除的人员"))
    said = "; ".join(f"{name}: {changes.shown(value)}" for name, value in event.details.items())
    return Done(event.at, words.verb(event.verb), by, desensitise(said))


def _change(model: type[models.Model], entry: TamperRow, names: dict[int, str]) -> Change:
    titles = {field.column: str(field.verbose_name) for field in model._meta.local_concrete_fields}
    values = tuple(
        Value(titles.get(column, column), desensitise(changes.shown(before)), desensitise(changes.shown(after)))
        for column, (before, after) in (json.loads(entry.changes) if entry.changes else {}).items()
    )
    return Change(
        at=entry.at, what=str(Operation(entry.operation).label), tone=TONES[Operation(entry.operation)],
        by=names.get(entry.actor_id, str(entry.actor_id)) if entry.actor_id is not None else _("系统"),
        values=values, note="" if values else _note(entry), number=entry.pk,
    )  # fmt: skip


def _note(entry: TamperRow) -> str:
    """Why an entry shows no values."""
    if entry.operation in (Operation.INSERT, Operation.BASELINE) and len(entry.salt) < 64:
        return _("只记录了摘要")
    return _("内容已按规定删除")


def address(label: str, key: Any) -> str:
    """Where the history of a record is."""
    return reverse("accounts:audit_record", args=[label, key])
