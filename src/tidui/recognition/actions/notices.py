"""Public notices: drafted from a closed batch, published and frozen, taken down when wrong, ended in time."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tidui.accounts.models import User
from tidui.audit import events
from tidui.casework import batching
from tidui.casework.models import Application, Batch
from tidui.kit import access, calendar, classified, clock, jobs
from tidui.kit.access import NotAllowed, Refused
from tidui.kit.models import Job
from tidui.recognition import documents, noticing
from tidui.recognition.enums import DocumentKind, NoticeState
from tidui.recognition.kinds import NOTICE
from tidui.recognition.models import Notice

BATCH_OPEN: Final = Refused("batch-open", gettext_lazy("请先封闭批次，再拟定公示。"))
NOTHING: Final = Refused("nothing-to-show", gettext_lazy("批次里没有处于公示环节的申报。"))
RUNNING: Final = Refused("notice-running", gettext_lazy("该批次已有拟定或者正在进行的公示。"))
NOT_A_DRAFT: Final = Refused("not-a-draft", gettext_lazy("公示已经发布，不能再改；发布有误的请撤下后重新公示。"))
NOT_SHOWN: Final = Refused("not-published", gettext_lazy("该公示没有在公示中。"))
NOT_OVER: Final = Refused("not-over", gettext_lazy("公示期尚未届满。"))
NO_REASON: Final = Refused("no-reason", gettext_lazy("请写明理由。"))
NO_TEXT: Final = Refused("no-text", gettext_lazy("请填写标题和正文。"))


@transaction.atomic
def draft_notice(*, batch: Batch, by: User, at: dt.datetime) -> Notice:
    """Draft the notice of a closed batch; nobody but the department sees it yet."""
    access.require("recognition.publish", by)
    held = Batch.objects.select_for_update(of=("self",)).select_related("call").get(pk=batch.pk)
    if held.closed_at is None:
        raise NotAllowed(BATCH_OPEN)
    count = batching.at_stage(held, NOTICE.name).count()
    if not count:
        raise NotAllowed(NOTHING)
    if held.notices.filter(state__in=[NoticeState.DRAFT, NoticeState.PUBLISHED]).exists():
        raise NotAllowed(RUNNING)
    words = noticing.wording("recognition.notice", held, count)
    made = Notice.objects.create(
        batch=held, title=words.subject, text=words.body, working_days=noticing.days_of(held.call), made_by=by,
        made_at=at,
    )  # fmt: skip
    events.record("recognition.draft_notice", actor=by, subject=made, at=at, details={"batch": held.pk})
    return made


@transaction.atomic
def edit_notice(*, notice: Notice, title: str, text: str, by: User, at: dt.datetime) -> Notice:
    """Reword a draft."""
    held = _held(notice, by)
    if held.state != NoticeState.DRAFT:
        raise NotAllowed(NOT_A_DRAFT)
    if not title.strip() or not text.strip():
        raise NotAllowed(NO_TEXT)
    classified.require_open(title, text)
    held.title, held.text = title.strip(), text.strip()
    held.save(update_fields=["title", "text"])
    events.record("recognition.edit_notice", actor=by, subject=held, at=at, details={"title": held.title})
    return held


@transaction.atomic
def publish_notice(*, notice: Notice, by: User, at: dt.datetime) -> Notice:
    """Show a notice to the public: its list is frozen as it is now, with a digest, a document number and a last day."""
    held = _held(notice, by)
    if held.state != NoticeState.DRAFT:
        raise NotAllowed(NOT_A_DRAFT)
    applications = batching.at_stage(held.batch, NOTICE.name)
    held.entries = noticing.entries_of(applications)
    if not held.entries:
        raise NotAllowed(NOTHING)
    today = clock.day_of(at)
    held.ends_on = calendar.calendar().after(today, held.working_days)
    held.state, held.published_by, held.published_at = NoticeState.PUBLISHED, by, at
    held.count = len(held.entries)
    held.digest = noticing.digest_of(held)
    first = calendar.calendar().after(today, 1)
    held.document = documents.issue(
        kind=DocumentKind.NOTICE, title=held.title, content=noticing.content_of(held, first), by=by, at=at,
        batch=held.batch, public=True,
    )  # fmt: skip
    held.save()
    # The stage's clock is the notice's: it began when the application came, before anything was published.
    listed = [one["application"] for one in held.entries]
    Application.objects.filter(pk__in=listed).update(due_on=held.ends_on)
    events.record(
        "recognition.publish_notice", actor=by, subject=held, at=at,
        details={
            "number": held.document.number, "digest": held.digest, "count": held.count,
            "ends_on": held.ends_on.isoformat(),
        },
    )  # fmt: skip
    return held


@transaction.atomic
def withdraw_notice(*, notice: Notice, reason: str, by: User, at: dt.datetime) -> Notice:
    """Take down a notice that was published by mistake; it stays readable with the reason, and another may follow."""
    held = _held(notice, by)
    if held.state != NoticeState.PUBLISHED:
        raise NotAllowed(NOT_SHOWN)
    if not reason.strip():
        raise NotAllowed(NO_REASON)
    classified.require_open(reason)
    held.state, held.withdrawn_reason = NoticeState.WITHDRAWN, reason.strip()
    held.ended_at, held.ended_by = at, by
    held.save(update_fields=["state", "withdrawn_reason", "ended_at", "ended_by"])
    events.record("recognition.withdraw_notice", actor=by, subject=held, at=at, details={"reason": reason.strip()})
    return held


@transaction.atomic
def discard_notice(*, notice: Notice, by: User, at: dt.datetime) -> None:
    """Throw a draft away."""
    held = _held(notice, by)
    if held.state != NoticeState.DRAFT:
        raise NotAllowed(NOT_A_DRAFT)
    events.record("recognition.discard_notice", actor=by, subject=held, at=at, details={"title": held.title})
    held.delete()


@transaction.atomic
def end_notice(*, notice: Notice, by: User, at: dt.datetime) -> Job:
    """End a notice whose last day has passed; a job moves its applications on."""
    held = _held(notice, by)
    _end(held, by, at)
    return jobs.start(
        "recognition.end_notice", by=by, title=_("公示期满：%(title)s") % {"title": held.title},
        arguments={"notice": held.pk, "batch": held.batch_id}, at=at,
    )  # fmt: skip


@transaction.atomic
def end_by_itself(*, notice: Notice, at: dt.datetime) -> bool:
    """End a notice whose last day has passed, as the night does; False where somebody was faster."""
    held = Notice.objects.select_for_update().get(pk=notice.pk)
    try:
        _end(held, None, at)
    except NotAllowed:
        return False
    return True


def _held(notice: Notice, by: User) -> Notice:
    access.require("recognition.publish", by)
    return Notice.objects.select_for_update(of=("self",)).select_related("batch__call").get(pk=notice.pk)


def _end(held: Notice, by: User | None, at: dt.datetime) -> None:
    if held.state != NoticeState.PUBLISHED or held.ends_on is None:
        raise NotAllowed(NOT_SHOWN)
    if clock.day_of(at) <= held.ends_on:
        raise NotAllowed(NOT_OVER)
    held.state, held.ended_at, held.ended_by = NoticeState.ENDED, at, by
    held.save(update_fields=["state", "ended_at", "ended_by"])
    events.record("recognition.end_notice", actor=by, subject=held, at=at, details={"count": held.count})
