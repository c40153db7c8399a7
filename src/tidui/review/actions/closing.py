"""Reminders to experts, the calibration as it was at a moment, and the end of a review."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, Final

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tidui.accounts.models import User
from tidui.audit import events
from tidui.casework import judging
from tidui.casework.actions import advance
from tidui.casework.batching import follow, stages_of
from tidui.casework.enums import State
from tidui.casework.models import Application
from tidui.kit import access, clock, jobs, outbox
from tidui.kit.access import NotAllowed, Refused
from tidui.kit.models import Job
from tidui.review import comparing, progressing
from tidui.review.enums import ReviewState
from tidui.review.kinds import PANEL_REVIEW
from tidui.review.models import Calibration, Expert, File, Review
from tidui.review.scheme import scheme

NOT_REVIEWING: Final = Refused("not-reviewing", gettext_lazy("评审没有在进行。"))
NOT_DONE: Final = Refused("not-done", gettext_lazy("还有申报没有完成评审，不能结束。"))
NOBODY_LATE: Final = Refused("nobody-late", gettext_lazy("没有需要提醒的专家。"))
NOTHING_SIGNED: Final = Refused("nothing-signed", gettext_lazy("还没有签署的评分表，无法校准。"))


# ---------------------------------------------------------------------- reminders
@transaction.atomic
def remind(*, review: Review, experts: Iterable[int] | None = None, by: User | None, at: dt.datetime) -> int:
    """Tell experts what they still have to mark, all who are not done unless some are named; how many were told."""
    if by is not None:
        access.require("review.prepare", by)
    held = Review.objects.select_for_update().get(pk=review.pk)
    if held.state != ReviewState.REVIEWING:
        raise NotAllowed(NOT_REVIEWING)
    left = {one.expert: one.left for one in progressing.of_experts(held) if one.left}
    if experts is not None:
        left = {key: count for key, count in left.items() if key in set(experts)}
    if by is not None and not left:
        raise NotAllowed(NOBODY_LATE)
    people = Expert.objects.filter(pk__in=left, user__isnull=False).select_related("user")
    for one in people:
        assert one.user is not None
        due = clock.day_of(at) if held.due_on is None else held.due_on
        outbox.notify(
            to=[one.user], template="review.remind", at=at, link=reverse("review:my_reviews"),
            context={"count": str(left[one.pk]), "due": due.isoformat()},
        )  # fmt: skip
    if left:
        events.record("review.remind", actor=by, subject=held, at=at, details={"experts": sorted(left)})
    return len(people)


# ---------------------------------------------------------------------- calibration
def keep_calibration(*, review: Review, by: User, at: dt.datetime) -> Calibration:
    """Work the calibration out on all signed sheets and keep it with its digest. It decides nothing.

    It is worked out outside of the transaction: nobody who saves meanwhile waits for it.
    """
    access.require("review.prepare", by)
    result = comparing.worked_out(review)
    if not result["rows"]:
        raise NotAllowed(NOTHING_SIGNED)
    with transaction.atomic():
        made = Calibration.objects.create(
            review=review, line=scheme(review.scheme).line, result=result, digest=judging.digest(result),
            made_at=at, made_by=by,
        )  # fmt: skip
        events.record(
            "review.calibrate", actor=by, subject=made, at=at,
            details={"digest": made.digest, "flips": len(result["flips"]), "rows": result["rows"]},
        )  # fmt: skip
    return made


# ---------------------------------------------------------------------- the end
def waiting(review: Review) -> int:
    """How many files keep the review open: under review, and not done."""
    held = File.objects.filter(review=review, done_at__isnull=True, application__state=State.ACTIVE)
    return held.filter(application__stage__in=stages_of(review.batch.call, PANEL_REVIEW.name)).count()


@transaction.atomic
def close(*, review: Review, by: User, at: dt.datetime) -> Job:
    """End a review of which every file is done; a job moves its applications on."""
    access.require("review.prepare", by)
    held = Review.objects.select_for_update(of=("self",)).select_related("batch__call").get(pk=review.pk)
    if held.state != ReviewState.REVIEWING:
        raise NotAllowed(NOT_REVIEWING)
    if waiting(held) or not held.files.exists():
        raise NotAllowed(NOT_DONE)
    held.state, held.closed_at = ReviewState.CLOSED, at
    held.save(update_fields=["state", "closed_at"])
    count = held.files.count()
    events.record("review.close", actor=by, subject=held, at=at, details={"files": count})
    title = ngettext("结束专家评审：%(count)d件", "结束专家评审：%(count)d件", count) % {"count": count}
    return jobs.start("review.close", by=by, title=title, arguments={"review": held.pk}, at=at)


@jobs.job("review.close", lambda job: reverse("review:review", args=[job.arguments["review"]]))
def close_job(job: Job, progress: jobs.Progress, *, review: int) -> dict[str, Any]:
    """Move every application of a closed review on."""
    held = Review.objects.select_related("batch__call").get(pk=review)
    return {"moved": move_on(held, at=clock.now(), by=job.owner, progress=progress)}


def move_on(
    review: Review, *, at: dt.datetime, by: User | None = None, progress: jobs.Progress | None = None
) -> int:
    """Move on what a closed review was about, each in a transaction of its own; safe to repeat. How many moved."""
    if review.state != ReviewState.CLOSED:
        return 0
    rows = list(
        Application.objects.filter(
            file__review=review, file__done_at__isnull=False, state=State.ACTIVE,
            stage__in=stages_of(review.batch.call, PANEL_REVIEW.name),
        )
        .order_by("pk").values_list("pk", "stage")
    )  # fmt: skip
    if progress:
        progress.total(len(rows))
    moved = 0
    for place, (key, stage) in enumerate(rows, start=1):
        done = advance(
            application=Application(pk=key), name="reviewed", at=at, by=by, expect=stage,
            details={"review": review.pk},
        )  # fmt: skip
        moved += done is not None
        if progress:
            progress.done(place, note=_("移入下一环节"))
    follow(review.batch, at)
    return moved
