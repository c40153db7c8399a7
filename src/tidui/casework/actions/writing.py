"""What the applicant writes before it submits: field by field, or a whole form at once; and its documents."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tidui.accounts.models import User
from tidui.audit import events, rows
from tidui.casework import form, judging, writing
from tidui.casework.actions import applying, moving
from tidui.casework.models import Application, Attachment
from tidui.casework.programme import programme
from tidui.casework.writing import MOST_TEXT, STAMPED
from tidui.codes.money import MoneyUnit
from tidui.facts.factset import FactSet
from tidui.kit import access, classified, clock, files
from tidui.kit.access import NotAllowed, Refused
from tidui.registry.actions.drafts import NO_SUCH_FIELD, TOO_LONG, Kept, Newer
from tidui.registry.assessing import Told
from tidui.registry.entry import Conflict, Merged, Texts

NO_SUCH_EVIDENCE: Final = Refused("no-such-evidence", _("这项业务不需要这种材料。"))
TOO_MANY: Final = Refused("too-many-files", _("这种材料的文件数已达上限，请先移除不需要的文件。"))
WRONG_FORMAT: Final = Refused("wrong-format", _("这种材料不接受该格式的文件。"))
GONE: Final = Refused("gone", _("这份材料已经移除。"))


@transaction.atomic
def save_field(
    *, application: Application, name: str, text: str, base: int, unit: MoneyUnit, by: User, at: dt.datetime
) -> Kept[Told] | Newer:
    """Keep what was typed into one field, unless somebody typed something else since version `base` of it.

    An application that is not begun yet is begun by it.
    """
    held = applying.opened(application, by, at)
    access.require("casework.write", by, held)
    owner = programme(held.programme)
    year = clock.day_of(at).year
    if not any(name in writing.fields_of(owner, of) for of in _years(held, year)):
        raise NotAllowed(NO_SUCH_FIELD)
    if len(text) > MOST_TEXT:
        raise NotAllowed(TOO_LONG)
    classified.require_open(text)
    text = text.replace("\x00", "")
    fault = form.field_fault(owner, name, text, unit)
    saved = held.answers.get(name) or _submitted(held, name, base, unit)
    if base < saved["version"]:
        theirs = writing.in_unit(name, saved["text"], saved.get("unit", "元"), unit)
        if theirs != text:
            return Newer(saved["version"], theirs, User.objects.filter(pk=saved["by"]).first(), saved["at"])
        return Kept(saved["version"], fault)
    version = writing.put(held, name, text, unit, by=by.pk, at=at)
    held.save(update_fields=["answers"])
    return Kept(version, fault)


def _submitted(held: Application, name: str, base: int, unit: MoneyUnit) -> Mapping[str, Any]:
    """What a field says that nobody has typed into since the last submission."""
    last = held.submissions.order_by("-number").first() if held.submitted_at is not None else None
    if last is None or base >= writing.floor(last):
        return {"version": 0, "text": None}
    texts = writing.base_texts(
        programme(held.programme), last.year, judging.facts_of(last), unit, last=last, agency=held.agency_id
    )
    return {
        "version": writing.floor(last), "text": texts.get(name, ""), "unit": unit, "by": last.submitted_by_id,
        "at": last.submitted_at.isoformat(),
    }  # fmt: skip


def _years(held: Application, today: int) -> set[int]:
    """The fiscal years that a page of this application may be about, however long it has been open."""
    first = held.submissions.order_by("number").values_list("year", flat=True).first()
    return {today, today - 1} | ({first, first - 1, first + 1} if first else set())


def take_texts(
    held: Application, *, year: int, mine: Texts, was: Texts, facts: FactSet, unit: MoneyUnit, kept: frozenset[str],
    by: User, at: dt.datetime,
) -> tuple[Merged, bool]:  # fmt: skip
    """Take a whole form that was sent at once into a locked application; is there anything to save then?

    Fields that only this person changed are taken, others left. `was` is what the form showed; a field that somebody
    else changed too is a conflict, and is left as it is. `kept` are facts that a register gives.
    """
    classified.require_open(*mine.values())
    owner = programme(held.programme)
    last = held.submissions.order_by("-number").first() if held.submitted_at is not None else None
    base = writing.base_texts(owner, year, facts, unit, last=last, agency=held.agency_id, kept=kept)
    theirs = writing.with_answers(base, held.answers, unit)
    merged = writing.merge(mine, was, theirs, held.answers)
    contested = {conflict.name for conflict in merged.conflicts}
    changed = [name for name, text in merged.texts.items() if name not in contested and text != theirs[name]]
    for name in changed:
        writing.put(held, name, merged.texts[name], unit, by=by.pk, at=at)
    return merged, bool(changed)


def as_it_is(application: Application, held: Application) -> None:
    """Bring a record that was read before to what was found under the lock."""
    for field in Application._meta.concrete_fields:
        setattr(application, field.attname, getattr(held, field.attname))
    application._state.adding = False  # it may have been begun only now
    application.attached_now = held.attached_now


def attach_to(
    held: Application, *, evidence: str, received: files.Received, note: str, by: User, at: dt.datetime
) -> Attachment:
    """Attach a document that was received to a locked application that the person may write.

    NotStored where the file is gone, NotAllowed where there is no room; nothing is written then.
    """
    wanted = next((one for one in programme(held.programme).form.evidence if one.name == evidence), None)
    if wanted is None:
        raise NotAllowed(NO_SUCH_EVIDENCE)
    if received.name.rpartition(".")[2].lower().replace("jpeg", "jpg") not in wanted.accepts:
        raise NotAllowed(WRONG_FORMAT)
    classified.require_open(note)
    there = [one for one in form.attached(held) if one.evidence == evidence]
    if len(there) >= wanted.most:
        raise NotAllowed(TOO_MANY)
    same = next((one for one in there if one.file.sha256 == received.sha256), None)
    if same is not None:
        return same
    made = rows.insert(
        Attachment(
            application=held, evidence=evidence, note=note.strip(), added_by=by, added_at=at,
            file=files.keep(received, by=by, at=at, about=held),
        ),
        unfinished=held.attached_now is not None,  # where it is submitted in this very action
    )  # fmt: skip
    if held.attached_now is not None:
        held.attached_now.append(made)
    events.record(
        "casework.attach", actor=by, subject=made, at=at, organisation_id=held.organisation_id,
        details={"application": held.pk, "evidence": evidence, "name": received.name, "sha256": received.sha256},
    )  # fmt: skip
    return made


@transaction.atomic
def detach(*, attachment: Attachment, by: User, at: dt.datetime) -> Attachment:
    """Take a document off: it is marked so and stays, as part of what was submitted with it."""
    held = moving.locked(attachment.application_id)
    access.require("casework.write", by, held)
    row = Attachment.objects.select_for_update().get(pk=attachment.pk, application=held)
    if row.removed_at is not None or row.evidence == STAMPED:
        raise NotAllowed(GONE)
    row.removed_by, row.removed_at = by, at
    row.save(update_fields=["removed_by", "removed_at"])
    events.record(
        "casework.detach", actor=by, subject=row, at=at, organisation_id=held.organisation_id,
        details={"application": held.pk, "evidence": row.evidence},
    )  # fmt: skip
    return row


__all__ = ["Conflict", "Kept", "Newer", "as_it_is", "attach_to", "detach", "save_field", "take_texts"]
