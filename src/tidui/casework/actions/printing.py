"""Stamped pages of a printed application, and the package of a case."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tidui.accounts.models import User
from tidui.audit import events, personal
from tidui.casework import printing
from tidui.casework.actions import moving
from tidui.casework.enums import Scope
from tidui.casework.models import Application, Archive, Attachment
from tidui.casework.writing import STAMPED
from tidui.kit import access, files, formats
from tidui.kit.access import NotAllowed, Refused
from tidui.kit.files import Received

#: The most files of stamped pages for one submission.
MOST: Final = 10
GONE: Final = Refused("gone", gettext_lazy("这份盖章页已经移除。"))


@transaction.atomic
def add_stamped(*, application: Application, received: Received, mark: str, by: User, at: dt.datetime) -> Attachment:
    """Keep stamped pages with the newest submission, whose version mark they must carry.

    ValidationError with what to do for the mark of an earlier submission, or of none.
    """
    held = moving.locked(application)
    access.require("casework.stamp", by, held)
    newest = held.submissions.order_by("-number").first()
    assert newest is not None, "what was not submitted cannot be stamped"
    if not printing.same_mark(mark, printing.mark_of(newest)):
        raise ValidationError({"mark": _wrong(held, mark)})
    here = held.attachments.filter(evidence=STAMPED, submission=newest, removed_at__isnull=True)
    if here.count() >= MOST:
        raise ValidationError(_("最多上传 %(most)s 个文件，请先移除不用的。") % {"most": MOST})
    stored = files.keep(received, by=by, at=at)
    made = Attachment.objects.create(
        application=held, evidence=STAMPED, file=stored, note=printing.mark_of(newest), added_by=by, added_at=at,
        submission=newest,
    )  # fmt: skip
    events.record(
        "casework.add_stamped", actor=by, subject=made, at=at, organisation_id=held.organisation_id,
        details={"application": held.pk, "submission": newest.number, "sha256": stored.sha256},
    )  # fmt: skip
    return made


def _wrong(held: Application, mark: str) -> str:
    for earlier in held.submissions.order_by("-number")[1:]:
        if printing.same_mark(mark, printing.mark_of(earlier)):
            return _(
                "这是第 %(number)s 次提交（%(at)s）的打印件，之后又重新提交过。"
                "请打印最近一次提交的申报书，重新盖章后上传。"
            ) % {"number": earlier.number, "at": formats.moment(earlier.submitted_at)}
    return _("版本标识与最近一次提交的申报书不符。请核对页脚上的标识；如果打印的是草稿，请在提交后重新打印、盖章。")


@transaction.atomic
def remove_stamped(*, attachment: Attachment, by: User, at: dt.datetime) -> None:
    """Take stamped pages off again; they stay on record."""
    held = moving.locked(attachment.application_id)
    access.require("casework.stamp", by, held)
    row = Attachment.objects.select_for_update().get(pk=attachment.pk, evidence=STAMPED)
    if row.removed_at is not None:
        raise NotAllowed(GONE)
    row.removed_at, row.removed_by = at, by
    row.save(update_fields=["removed_at", "removed_by"])
    events.record(
        "casework.remove_stamped", actor=by, subject=row, at=at, organisation_id=held.organisation_id,
        details={"application": held.pk, "file": row.file_id},
    )  # fmt: skip


@transaction.atomic
def keep_archive(
    *, application: Application, received: Received, version: int, scope: Scope, entries: int, by: User | None,
    at: dt.datetime,
) -> Archive:  # fmt: skip
    """Keep the package of a case, as it was at a version, for the term of official records. By None: the system."""
    if by is not None:
        access.require("casework.archive", by, application)
    ended = application.ended_at
    stored = files.keep(received, by=by, at=at)
    made = Archive.objects.create(
        application=application, version=version, scope=scope, file=stored, entries=entries, final=ended is not None,
        keep_until=personal.years_after(ended or at, personal.archive_years()), made_by=by, made_at=at,
    )  # fmt: skip
    events.record(
        "casework.archive", actor=by, subject=made, at=at, organisation_id=application.organisation_id,
        details={
            "application": application.pk, "version": version, "scope": scope, "entries": entries,
            "sha256": stored.sha256, "keep_until": made.keep_until.isoformat(),
        },
    )  # fmt: skip
    return made
