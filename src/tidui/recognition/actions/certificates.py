"""The recognition document, and the job that issues the certificates it lists."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from tidui.accounts.models import User
from tidui.audit import events
from tidui.casework import batching
from tidui.casework.models import Application, Batch
from tidui.casework.programme import programme
from tidui.casework.series import next_number
from tidui.kit import access, clock, divisions, jobs, parameters
from tidui.kit.access import NotAllowed, Refused
from tidui.kit.models import Job
from tidui.recognition import certificates, documents, noticing, numbering
from tidui.recognition.documents import day_in_words
from tidui.recognition.enums import DocumentKind
from tidui.recognition.kinds import ISSUE
from tidui.recognition.models import Document, Recognition

PATTERN: Final = parameters.define(
    "recognition.certificate_pattern", gettext_lazy("证书编号规则"), "text", "GSCX{year}62{serial:05d}",
    help=gettext_lazy("{year}为年份，{serial}为流水号，{serial:05d}补足5位；其余为大写字母、数字和连字符。办法未规定，本厅设定。"),
).name  # fmt: skip
NOTHING: Final = Refused("nothing-to-issue", gettext_lazy("批次里没有等待发证的企业。"))
NO_TEXT: Final = Refused("no-text", gettext_lazy("请填写标题和正文。"))
CHANGED: Final = Refused("list-changed", gettext_lazy("待发证的名单刚刚有了变动，文件没有印发。请核对新的名单后再办。"))
WRONG_PATTERN: Final = Refused(
    "wrong-pattern", gettext_lazy("证书编号规则有误：须有一个{year}和一个{serial}，其余只能是大写字母、数字和连字符。")
)
NOT_ISSUED: Final = Refused("not-issued", gettext_lazy("这不是认定文件。"))


@dataclass(frozen=True, slots=True)
class Issued:
    """The document that recognises, and the job that makes its certificates."""

    document: Document
    job: Job


def to_issue(batch: Batch) -> list[Application]:
    """The applications of a batch that wait for their certificate and stand in no document yet, by number."""
    listed: set[int] = set()
    papers = Document.objects.filter(batch=batch, kind=DocumentKind.RECOGNITION, void_at__isnull=True)
    for content in papers.values_list("content", flat=True):
        listed |= {one["application"] for one in content["entries"]}
    rows = batching.at_stage(batch, ISSUE.name).select_related("organisation").order_by("number", "pk")
    return [one for one in rows if one.pk not in listed]


@transaction.atomic
def recognise(*, batch: Batch, title: str, text: str, by: User, at: dt.datetime, count: int | None = None) -> Issued:
    """Issue the recognition document, which gives every enterprise its number; a job makes the certificates.

    `count` is how many the person saw on the list: where it has changed since, nothing is issued.
    """
    access.require("recognition.issue", by)
    held = Batch.objects.select_for_update(of=("self",)).select_related("call").get(pk=batch.pk)
    if not title.strip() or not text.strip():
        raise NotAllowed(NO_TEXT)
    rows = to_issue(held)
    if not rows:
        raise NotAllowed(NOTHING)
    if count is not None and count != len(rows):
        raise NotAllowed(CHANGED)
    entries = _entries(rows, held, clock.day_of(at))
    document = documents.issue(
        kind=DocumentKind.RECOGNITION, title=title.strip(), content=content_of(text.strip(), entries), by=by, at=at,
        batch=held, public=True,
    )  # fmt: skip
    events.record(
        "recognition.recognise", actor=by, subject=document, at=at,
        details={"batch": held.pk, "number": document.number, "count": len(entries)},
    )  # fmt: skip
    return Issued(document, _job(document, by, at))


@transaction.atomic
def issue_again(*, document: Document, by: User, at: dt.datetime) -> Job:
    """Make what an earlier run left."""
    access.require("recognition.issue", by)
    if document.kind != DocumentKind.RECOGNITION or document.batch_id is None:
        raise NotAllowed(NOT_ISSUED)
    events.record("recognition.issue_again", actor=by, subject=document, at=at, details={"number": document.number})
    return _job(document, by, at)


def _job(document: Document, by: User, at: dt.datetime) -> Job:
    return jobs.start(
        "recognition.certificates", by=by, title=_("颁发证书：%(title)s") % {"title": document.title},
        arguments={"document": document.pk, "batch": document.batch_id}, at=at,
    )  # fmt: skip


def _entries(rows: list[Application], batch: Batch, day: dt.date) -> list[dict[str, Any]]:
    """The lines of the document, each with its number: given here, in the document's transaction, without gaps."""
    pattern = str(parameters.get(PATTERN, day))
    try:
        numbering.check(pattern)
    except numbering.WrongPattern:
        raise NotAllowed(WRONG_PATTERN) from None
    owner = programme(batch.call.programme)
    until = certificates.valid_until(owner.policy, day)
    # The pattern is the site's, so is the series: certificates of two programmes never bear the same number.
    series, table = f"recognition.certificate.{day.year}", divisions.table()
    taken = set(Recognition.objects.filter(year=day.year).values_list("number", flat=True))
    return [
        {
            "application": one.pk, "number": one.number, "name": one.organisation.name,
            "uscc": one.organisation.uscc or "", "division": one.organisation.division,
            "place": noticing.place_of(one.organisation.division, table),
            "certificate": _free(pattern, series, day.year, taken), "valid_until": until.isoformat(),
        }
        for one in rows
    ]  # fmt: skip


def _free(pattern: str, series: str, year: int, taken: set[str]) -> str:
    """The next number that nobody has: those taken over from before may stand in the way."""
    while (found := numbering.number(pattern, year, next_number(series))) in taken:
        pass
    return found


def content_of(text: str, entries: list[dict[str, Any]]) -> dict[str, Any]:
    """The content of a recognition document. In Chinese."""
    with override("zh-hans"):
        columns = [_("序号"), _("企业名称"), _("统一社会信用代码"), _("所在地"), _("证书编号"), _("有效期至")]
        rows = [
            [
                str(place), one["name"], one["uscc"], one["place"], one["certificate"],
                day_in_words(dt.date.fromisoformat(one["valid_until"])),
            ]
            for place, one in enumerate(entries, start=1)
        ]  # fmt: skip
        where = f"{settings.TIDUI_ADDRESS}{reverse('recognition:verify')}"
        return {
            "lead": noticing.paragraphs(text), "entries": entries,
            "end": [_("证书可在此核验：%(where)s") % {"where": where}],
            "sections": [
                {"heading": _("认定企业名单"), "columns": columns, "rows": rows, "widths": [1, 5, 4, 3, 4, 3]},
            ],
        }  # fmt: skip
