"""What changed between two submissions of an application, field by field, in the language of the page."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from tidui.casework import tables_compare, writing
from tidui.casework.form import label_of_field
from tidui.casework.models import Attachment, Submission
from tidui.casework.programme import Programme, Question, programme
from tidui.casework.writing import EVIDENCE, QUESTION
from tidui.facts import catalogue
from tidui.kit import formats
from tidui.registry.showing import shown
from tidui.registry.values import of_plain


@dataclass(frozen=True, slots=True)
class Change:
    """A field that says something else than before; texts as people read them, a dash where nothing was said."""

    field: str
    label: str
    before: str
    after: str


def changed(before: Submission, after: Submission) -> list[Change]:
    """The fields that differ, in the order of the form; documents last, by what was attached when it was submitted."""
    owner = programme(after.application.programme)
    listed = [Change(*one) for one in tables_compare.changed(before, after)]
    facts, answers = _facts(owner, before, after), _answers(owner, before, after)
    rows = [*facts, *answers, *listed, *_documents(owner, before, after)]
    return [row for row in rows if row.before != row.after]


def _facts(owner: Programme, before: Submission, after: Submission) -> list[Change]:
    order = [writing.field_of(*key) for key in writing.facts_asked(owner, after.year)]
    others = [name for name in (*before.stated, *after.stated) if name not in order]
    found = []
    for name in dict.fromkeys([*order, *others]):
        old, new = before.stated.get(name), after.stated.get(name)
        if old != new:
            found.append(Change(name, label_of_field(owner, name), fact_text(name, old), fact_text(name, new)))
    return found


def fact_text(field: str, raw: Any) -> str:
    """What a submission states in a field of a fact, as a person reads it."""
    key = writing.key_of(field)
    if key is None:
        return str(raw if raw is not None else formats.NOTHING)
    return shown(key[0], of_plain(catalogue.load()[key[0]], raw))


def _answers(owner: Programme, before: Submission, after: Submission) -> list[Change]:
    return [
        Change(
            QUESTION + one.name, str(one.title), answer_text(one, before.answers.get(one.name)),
            answer_text(one, after.answers.get(one.name)),
        )
        for one in owner.form.questions
    ]  # fmt: skip


def answer_text(question: Question, answer: Any) -> str:
    """An answer to a question, as a person reads it."""
    if question.kind == "tick":
        return formats.yes_no(bool(answer))
    if not answer:
        return formats.NOTHING
    return str(dict(question.options).get(str(answer), answer))


def _documents(owner: Programme, before: Submission, after: Submission) -> list[Change]:
    rows = list(Attachment.objects.filter(application=after.application_id).select_related("file").order_by("pk"))
    found = []
    for one in owner.form.evidence:
        mine = [row for row in rows if row.evidence == one.name]
        old, new = ([row for row in mine if _there(row, of.submitted_at)] for of in (before, after))
        if {row.pk for row in old} != {row.pk for row in new}:
            found.append(Change(EVIDENCE + one.name, str(one.title), _named(old), _named(new)))
    return found


def _there(row: Attachment, at: dt.datetime) -> bool:
    """Was it attached at this moment?"""
    return row.added_at <= at and (row.removed_at is None or row.removed_at > at)


def _named(rows: list[Attachment]) -> str:
    if not rows:
        return formats.NOTHING
    return formats.listed(_("%(name)s（编号 %(key)s）") % {"name": row.file.name, "key": row.pk} for row in rows)
