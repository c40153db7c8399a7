"""Announcements: the numbers of a batch are made public, with a document, and the applications go on."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tidui.accounts.models import User
from tidui.audit import events
from tidui.casework.models import Batch
from tidui.kit import access, classified, jobs
from tidui.kit.access import NotAllowed, Refused
from tidui.kit.models import Job
from tidui.recognition import announcing, documents
from tidui.recognition.enums import DocumentKind
from tidui.recognition.models import Document, Recognition

NOTHING: Final = Refused("nothing-to-announce", gettext_lazy("没有取得编号、等待公告的企业。"))
NO_TEXT: Final = Refused("no-text", gettext_lazy("请填写标题和正文。"))
CHANGED: Final = Refused(
    "list-changed", gettext_lazy("待公告的名单刚刚有了变动，公告没有发布。请核对新的名单后再发布。")
)


@dataclass(frozen=True, slots=True)
class Announced:
    """The document that announces, and the job that moves the applications on."""

    document: Document
    job: Job


@transaction.atomic
def announce(*, batch: Batch, title: str, text: str, by: User, at: dt.datetime, count: int | None = None) -> Announced:
    """Announce the numbers of a batch that have come and are not announced yet; late ones get another announcement.

    `count` is how many the person saw on the list: where it has changed since, nothing is announced.
    """
    access.require("recognition.publish", by)
    held = Batch.objects.select_for_update(of=("self",)).select_related("call").get(pk=batch.pk)
    if not title.strip() or not text.strip():
        raise NotAllowed(NO_TEXT)
    classified.require_open(title, text)
    rows = list(announcing.to_announce(held))
    if not rows:
        raise NotAllowed(NOTHING)
    if count is not None and count != len(rows):
        raise NotAllowed(CHANGED)
    document = documents.issue(
        kind=DocumentKind.ANNOUNCEMENT, title=title.strip(),
        content=announcing.content_of(text.strip(), announcing.entries_of(rows)), by=by, at=at, batch=held, public=True,
    )  # fmt: skip
    Recognition.objects.filter(pk__in=[one.pk for one in rows]).update(announced_at=at, announcement=document)
    events.record(
        "recognition.announce", actor=by, subject=document, at=at,
        details={"batch": held.pk, "number": document.number, "count": len(rows)},
    )  # fmt: skip
    job = jobs.start(
        "recognition.announce", by=by, title=_("公告：%(title)s") % {"title": document.title},
        arguments={"document": document.pk, "batch": held.pk}, at=at,
    )  # fmt: skip
    return Announced(document, job)
