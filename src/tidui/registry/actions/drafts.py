"""What is being typed: kept field by field, merged, filed, thrown away."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tidui.accounts.models import Organisation, User
from tidui.audit import events
from tidui.codes.money import MoneyUnit
from tidui.facts.faults import Fault
from tidui.kit import access
from tidui.kit.access import NotAllowed, Refused
from tidui.registry import entry, history
from tidui.registry.actions.filing import Filed, file_return, lock
from tidui.registry.enums import Source
from tidui.registry.layout import editable
from tidui.registry.models import Draft
from tidui.rules.values import Value

NO_SUCH_FIELD = Refused("no-such-field", _("没有这个填报项。"))
TOO_LONG = Refused("too-long", _("内容太长，没有保存。"))


Wrong = TypeVar("Wrong")


@dataclass(frozen=True, slots=True)
class Kept(Generic[Wrong]):
    """A field that was saved: its version, and what is wrong with what it says (kept all the same)."""

    version: int
    fault: Wrong | None = None


@dataclass(frozen=True, slots=True)
class Newer:
    """Somebody else saved the field meanwhile; nothing was saved."""

    version: int
    text: str
    by: User | None
    at: str


@transaction.atomic
def save_field(
    *, organisation: Organisation, section: str, year: int | None, name: str, text: str, base: int, unit: MoneyUnit,
    by: User, at: dt.datetime,
) -> Kept[Fault] | Newer:  # fmt: skip
    """Keep what was typed into one field, unless somebody typed something else since version `base` of it."""
    access.require("registry.draft", by, organisation)
    if name not in entry.field_names(section):
        raise NotAllowed(NO_SUCH_FIELD)
    if len(text) > entry.MOST_TEXT:
        raise NotAllowed(TOO_LONG)
    draft = _held(organisation, section, year, by, at)
    held = draft.values.get(name, {"version": 0, "text": None})
    if base < held["version"]:
        theirs = entry.in_unit(name, held["text"], held.get("unit", "元"), unit)
        if theirs != text:
            return Newer(held["version"], theirs, User.objects.filter(pk=held["by"]).first(), held["at"])
        return Kept(held["version"], entry.read_one(name, text, unit))
    version = _put(draft, name, text, unit, by, at)
    _save(draft, by, at)
    return Kept(version, entry.read_one(name, text, unit))


@transaction.atomic
def save_texts(
    *, organisation: Organisation, section: str, year: int | None, mine: entry.Texts, was: entry.Texts,
    accepted: Mapping[str, Value], unit: MoneyUnit, by: User, at: dt.datetime,
) -> entry.Merged:  # fmt: skip
    """Keep a whole form that was sent at once: fields that only this person changed are taken, others left.

    `was` is what the form showed; a field that somebody else changed too is a conflict, and is left as it is.
    """
    access.require("registry.draft", by, organisation)
    draft = _held(organisation, section, year, by, at)
    theirs = entry.with_draft(section, entry.texts_of(section, accepted, unit), draft, unit)
    merged = entry.merge(mine, was, theirs, draft)
    contested = {conflict.name for conflict in merged.conflicts}
    for name, text in merged.texts.items():
        if name not in contested and text != theirs[name]:
            _put(draft, name, text, unit, by, at)
    if draft.values:
        _save(draft, by, at)
    return merged


def _held(organisation: Organisation, section: str, year: int | None, by: User, at: dt.datetime) -> Draft:
    """The draft, held until the transaction ends; a new one begins with the step that the file has now."""
    key = {"organisation": organisation, "section": section, "year": year or 0}
    file = lock(organisation)
    draft = Draft.objects.filter(**key).first()
    return draft or Draft(**key, base_step=file.steps, updated_by=by, updated_at=at)


def _put(draft: Draft, name: str, text: str, unit: MoneyUnit, by: User, at: dt.datetime) -> int:
    # Versions go on rising through drafts that were filed or thrown away, so that a page left open is noticed.
    version = max(int(draft.values.get(name, {"version": 0})["version"]) + 1, int(at.timestamp() * 1000))
    draft.values[name] = {"text": text, "version": version, "unit": unit, "by": by.pk, "at": at.isoformat()}
    return version


def _save(draft: Draft, by: User, at: dt.datetime) -> None:
    draft.updated_by, draft.updated_at = by, at
    draft.save()


@transaction.atomic
def discard_draft(*, organisation: Organisation, section: str, year: int | None, by: User, at: dt.datetime) -> bool:
    """Throw away what was typed; the accepted values stand again. False where there was nothing."""
    access.require("registry.draft", by, organisation)
    draft = Draft.objects.filter(organisation=organisation, section=section, year=year or 0).first()
    if draft is None:
        return False
    events.record(
        "registry.discard_draft", actor=by, subject=draft, at=at, organisation_id=organisation.pk,
        details={"section": section, "year": year, "fields": sorted(draft.values)},
    )  # fmt: skip
    draft.delete()
    return True


@transaction.atomic
def file_draft(
    *, organisation: Organisation, section: str, year: int | None, facts: Mapping[str, Value | None], by: User,
    at: dt.datetime, note: str = "", document: Any = None,
) -> Filed:  # fmt: skip
    """File a form for the enterprise itself, and let the draft go. Raises Faults, and the draft stays."""
    filed = file_return(
        organisation=organisation, section=section, year=year, facts=facts, source=Source.SELF, by=by, at=at,
        filed_for=organisation, note=note, document=document,
    )  # fmt: skip
    Draft.objects.filter(organisation=organisation, section=section, year=year or 0).delete()
    return filed


def changed_since_step(
    organisation: Organisation, section: str, year: int | None, step: int
) -> list[tuple[str, Value | None, Value | None]]:
    """The facts of a form whose accepted value changed after a step of the file: name, before, after."""
    steps = history.of_place(organisation.pk, section, year)
    before = history.replay(one for one in steps if one.step <= step)
    return entry.changed(before.values, history.replay(steps).values, editable(section))
