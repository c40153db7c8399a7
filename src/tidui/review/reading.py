"""What an expert reads of an application before marking it: facts, answers, tables, documents.

Never shown are the lists that serve recusals. In a blind review nothing names the applicant or its people.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.urls import reverse
from django.utils.translation import gettext as _

from tidui.casework import judging, tables
from tidui.casework.form import label_of_field
from tidui.casework.models import Attachment, Submission
from tidui.casework.programme import Programme, programme
from tidui.casework.reviewing import PERSONAL, answered
from tidui.casework.writing import STAMPED, field_of
from tidui.codes.fields import SECOND_LEVEL
from tidui.facts import catalogue
from tidui.kit import formats, lang
from tidui.registry.layout import label_of
from tidui.registry.showing import shown
from tidui.review.blinding import HIDDEN, NAMING, Blind, blind
from tidui.review.models import File, Sheet
from tidui.review.scheme import Item, Scheme


@dataclass(frozen=True, slots=True)
class Listed:
    """A table of the form: its headings, and rows of a number with cells (label, text)."""

    name: str
    title: str
    heads: list[str]
    rows: list[tuple[str, list[tuple[str, str]]]]


@dataclass(frozen=True, slots=True)
class Document:
    """A file that was attached."""

    title: str
    name: str
    url: str
    size: int


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside an item that is marked: facts by year, and the tables of the form that it is about."""

    facts: list[tuple[str, str]]
    tables: list[tuple[str, str]]


@dataclass(slots=True)
class Content:
    """An application as an expert reads it."""

    name: str
    blind: bool
    groups: list[tuple[str, list[tuple[str, str, str]], bool]] = field(default_factory=list)
    answers: list[tuple[str, str]] = field(default_factory=list)
    tables: list[Listed] = field(default_factory=list)
    documents: list[Document] = field(default_factory=list)
    beside: Mapping[str, Beside] = field(default_factory=dict)


def name_of(file: File) -> str:
    """What a file is called before an expert: its applicant, or its code in a blind review."""
    return file.code if file.review.blind else file.application.organisation.name


def field_title(file: File, submission: Submission | None) -> str:
    """The technical field of a file in words, which is all that a blind declaration tells beside the code."""
    value = judging.facts_of(submission).get("field", None) if submission is not None else None
    found = SECOND_LEVEL.get(str(value))
    if found is not None:
        return lang.of(found.zh, found.en)
    return file.group.title if file.group is not None else formats.NOTHING


def newest(file: File) -> Submission | None:
    """The submission that is reviewed. One query."""
    return Submission.objects.filter(application=file.application_id).order_by("-number").first()


def content_of(sheet: Sheet, submission: Submission, scheme: Scheme) -> Content:
    """Everything that the expert of a sheet may read; the number of queries does not depend on how much it is."""
    file = sheet.file
    application = file.application
    submission.application = application
    owner = programme(application.programme)
    hidden = blind(submission, owner.form, application.organisation) if file.review.blind else Blind()
    return Content(
        name=name_of(file), blind=file.review.blind, groups=_groups(owner, submission, hidden),
        answers=_answers(owner, submission, hidden),
        tables=_tables(submission, hidden, file.review.blind),
        documents=[] if file.review.blind else _documents(sheet, owner),
        beside={item.name: _beside(item, submission, owner) for item in scheme.marked_by(sheet.kind)},
    )  # fmt: skip


def _groups(
    owner: Programme, submission: Submission, hidden: Blind
) -> list[tuple[str, list[tuple[str, str, str]], bool]]:
    """Facts under their titles, the year before beside yearly ones."""
    facts = judging.facts_of(submission)
    known = catalogue.load()
    found = []
    for asked in owner.form.asked:
        rows = []
        for name in asked.facts:
            year = submission.year - (asked.back or 0) if known[name].yearly else None
            last = "" if year is None else shown(name, facts.get(name, year - 1), "auto")
            label = label_of_field(owner, field_of(name, year))
            rows.append((label, hidden.text(shown(name, facts.get(name, year), "auto")), last))
        found.append((str(asked.title), rows, asked.back is not None))
    return found


def _answers(owner: Programme, submission: Submission, hidden: Blind) -> list[tuple[str, str]]:
    found = []
    for question in owner.form.questions:
        if question.name in HIDDEN or question.kind in PERSONAL:
            continue  # whom to call is the department's business, who sits on the board the recusals'
        found.append((str(question.title), hidden.text(answered(question, submission.answers))))
    return found


def _tables(submission: Submission, hidden: Blind, blindly: bool) -> list[Listed]:
    found = []
    for table, rows in tables.of_submission(submission):
        if not rows:
            continue
        heads = [str(column.title) for column in table.columns]
        covered = {column for name, column in NAMING if blindly and name == table.name}
        cells = [
            (row.number, [
                (cell.label, _("〔隐去〕") if cell.column in covered else hidden.text(cell.text)) for cell in row.cells
            ])
            for row in rows
        ]  # fmt: skip
        found.append(Listed(table.name, str(table.title), heads, cells))
    return found


def _documents(sheet: Sheet, owner: Programme) -> list[Document]:
    titles = {one.name: str(one.title) for one in owner.form.evidence} | {STAMPED: _("盖章页")}
    return [
        Document(
            titles.get(row.evidence, row.evidence), row.file.name,
            reverse("review:sheet_document", args=[sheet.pk, row.pk]), row.file.size,
        )
        for row in attached(sheet)
    ]  # fmt: skip


def attached(sheet: Sheet) -> Sequence[Attachment]:
    """The documents that were submitted with the application. One query."""
    rows = Attachment.objects.filter(application=sheet.file.application_id, removed_at=None).exclude(submission=None)
    return list(rows.select_related("file").order_by("evidence", "pk"))


def _beside(item: Item, submission: Submission, owner: Programme) -> Beside:
    """The facts that an item goes by, of the years that the file knows; and where its tables stand on the page."""
    facts = judging.facts_of(submission)
    known = catalogue.load()
    said = []
    for name in item.facts:
        years = [submission.year - back for back in (0, 1, 2)] if known[name].yearly else [None]
        for year in years:
            value = facts.get(name, year)
            if value is None and year not in (None, submission.year):
                continue
            label = label_of(name)
            said.append((
                _("%(year)s 年%(label)s") % {"year": year, "label": label} if year else label,
                shown(name, value, "auto"),
            ))  # fmt: skip
    listed = {table.name: str(table.title) for table in owner.form.tables}
    return Beside(said, [(name, listed[name]) for name in item.tables if name in listed])
