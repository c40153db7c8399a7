"""Documents of the department: a number without gaps, a text, a digest, and a PDF that is made after the transaction.

The content of a document is JSON of one layout, shown by the page and printed by `typst/document.typ` alike:
`to` (addressee), `lead` (paragraphs), `sections` (each with `heading`, `paragraphs`, `columns`, `rows`, `widths`),
`end` (paragraphs), `signed`. Everything is optional; other keys are kept for whoever reads the document by machine, and
are covered by the digest. A document speaks Chinese, whatever language its maker reads in.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import segno
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override
from django_tasks import task

from tidui.accounts.enums import OrganisationKind
from tidui.accounts.models import Organisation, User
from tidui.audit import events
from tidui.casework.judging import digest
from tidui.casework.models import Application, Batch
from tidui.casework.series import next_number
from tidui.kit import access, clock, files, parameters, pdf
from tidui.kit.models import StoredFile
from tidui.kit.visibility import visible_to
from tidui.recognition.enums import DocumentKind
from tidui.recognition.models import Document

TEMPLATE: Final = Path(__file__).with_name("typst") / "document.typ"
PREFIX: Final = parameters.define(
    "recognition.document_prefix", _("公文代字"), "text",
    "甘科",  # tidui: data
    help=_("文号以此开头，例如“甘科公示〔2026〕1号”。"),
).name  # fmt: skip
#: The character of a kind of document, between the office's and the year.
# tidui: data
MARKS: Final[Mapping[str, str]] = {
    DocumentKind.CALL: "通", DocumentKind.NOTICE: "公示", DocumentKind.ANNOUNCEMENT: "公告",
    DocumentKind.REFUSAL: "告", DocumentKind.MINUTES: "纪", DocumentKind.REVOCATION: "撤",
    DocumentKind.LETTER: "函", DocumentKind.RECOGNITION: "认",
}  # fmt: skip
_PARTS: Final[Mapping[str, Any]] = {"to": "", "lead": [], "sections": [], "end": [], "signed": ""}
_SECTION: Final[Mapping[str, Any]] = {"heading": "", "paragraphs": [], "columns": [], "rows": [], "widths": None}


def _may_read(user: Any, stored: StoredFile) -> access.Outcome:
    if visible_to(user, Document).filter(file=stored.pk).exists():
        return access.ALLOWED
    return access.Refused("not-yours", _("这份公文不归您查看。"))


PDF: Final = files.define(
    files.Kind(name="recognition.document", title=_("公文"), accepts=("pdf",), may_read=_may_read)
).name


def next_document_number(kind: str, on: dt.date) -> str:
    """The next number of a kind in a year, such as 甘科公示〔2026〕1号. RuntimeError outside a transaction."""
    prefix = parameters.get(PREFIX, on)
    place = next_number(f"recognition.document.{kind}.{on.year}")
    return f"{prefix}{MARKS[kind]}〔{on.year}〕{place}号"  # tidui: data, a number is Chinese in every language


@transaction.atomic
def issue(
    *, kind: str, title: str, content: Mapping[str, Any], by: User, at: dt.datetime,
    application: Application | None = None, batch: Batch | None = None, organisation: Organisation | None = None,
    public: bool = False,
) -> Document:  # fmt: skip
    """Issue a document: its number is given in the caller's transaction, its PDF is made by the worker afterwards.

    Whoever calls this has asked for the permission of what the document says. See the module for `content`.
    """
    with override("zh-hans"):
        said = whole(events.plain(content))
        said["signed"] = said["signed"] or _department()
    on = clock.day_of(at)
    number = next_document_number(kind, on)
    named = {"kind": str(kind), "number": number, "title": title, "day": on.isoformat(), "content": said}
    made = Document.objects.create(
        kind=kind, number=number, title=title, content=said, digest=digest(named), application=application,
        batch=batch, organisation=organisation, public=public, issued_by=by, issued_at=at,
    )  # fmt: skip
    events.record(
        "recognition.issue_document", actor=by, subject=made, at=at,
        organisation_id=organisation.pk if organisation else None,
        details={"number": number, "title": title, "digest": made.digest},
    )  # fmt: skip
    make_pdf.enqueue(made.pk)
    return made


def _department() -> str:
    found = Organisation.objects.filter(kind=OrganisationKind.DEPARTMENT, active=True).order_by("pk").first()
    return found.name if found else ""


def day_in_words(day: dt.date) -> str:
    """A day as papers write it."""
    return f"{day.year}年{day.month}月{day.day}日"  # tidui: data


def whole(content: Mapping[str, Any]) -> dict[str, Any]:
    """A content with every part that may be missing."""
    parts = {**_PARTS, **content}
    parts["sections"] = [{**_SECTION, **section} for section in parts["sections"]]
    return parts


def holds(document: Document) -> bool:
    """Is the content still that which the digest was taken of?"""
    day = clock.day_of(document.issued_at).isoformat()
    named = {
        "kind": document.kind, "number": document.number, "title": document.title, "day": day,
        "content": document.content,
    }  # fmt: skip
    return digest(named) == document.digest


def printed(document: Document) -> bytes:
    """The PDF of a document, always the same bytes. Raises pdf.MissingGlyph, pdf.NoFont. Not in a transaction."""
    shown = whole(document.content)
    foot = f"{document.number}　SHA-256 {document.digest[:16]}"
    data = {name: shown[name] for name in _PARTS} | {
        "title": document.title, "number": document.number, "foot": foot,
        "day": day_in_words(clock.day_of(document.issued_at)), "code": _code(document) if document.public else "",
    }  # fmt: skip
    return pdf.render(TEMPLATE, data, at=document.issued_at)


def _code(document: Document) -> str:
    """The picture, as SVG, of a code that leads from paper to the page of the document."""
    address = f"{settings.TIDUI_ADDRESS}{reverse('recognition:document', args=[document.pk])}"
    return str(segno.make(address, error="m", micro=False).svg_inline(border=0))


@task()
def make_pdf(key: int) -> None:
    """Make and keep the PDF of a document; safe to repeat, for the first one that is kept stays."""
    document = Document.objects.filter(pk=key, file__isnull=True).first()
    if document is None:
        return
    attach(document, printed(document), at=clock.now())


def attach(document: Document, content: bytes, *, at: dt.datetime) -> StoredFile | None:
    """Keep the PDF of a document that has none yet; None where somebody was faster."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "document.pdf"
        place.write_bytes(content)
        received = files.receive(place, kind=PDF, name=f"{document.number}.pdf", own=True)
    with transaction.atomic():
        held = Document.objects.select_for_update().get(pk=document.pk)
        if held.file_id is not None:
            return None
        held.file = files.keep(received, by=None, at=at, about=held)
        held.save(update_fields=["file"])
        return held.file
