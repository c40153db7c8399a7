"""What is done every day for reviews: experts and institutions are reminded, what a given-up job left moves on."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.db.models import Count, Q
from django.urls import reverse

from tidui.casework import units
from tidui.casework.enums import State
from tidui.casework.messages import send
from tidui.kit import calendar, clock, formats, parameters, schedule
from tidui.review import visiting
from tidui.review.actions import closing
from tidui.review.enums import ReviewState
from tidui.review.models import Commission, Review
from tidui.review.parameters_sheets import REMIND_DAYS, VISIT_REMIND_DAYS

MORNING: Final = dt.time(7, 50)


@schedule.daily(name="review.remind", at=MORNING)
def remind_experts(at: dt.datetime) -> int:
    """On working days: whoever has something left of a review that is due within days, or overdue; how many."""
    today = clock.day_of(at)
    if not calendar.calendar().is_working(today):
        return 0
    soon = calendar.calendar().after(today, int(parameters.get(REMIND_DAYS, today)))
    rows = Review.objects.filter(state=ReviewState.REVIEWING, due_on__isnull=False, due_on__lte=soon)
    return sum(closing.remind(review=one, by=None, at=at) for one in rows.order_by("pk"))


@schedule.daily(name="review.remind_visits", at=MORNING)
def remind_institutions(at: dt.datetime) -> int:
    """On working days: whoever works for an institution whose reports are due within days, or overdue; how many."""
    today = clock.day_of(at)
    if not calendar.calendar().is_working(today):
        return 0
    soon = calendar.calendar().after(today, int(parameters.get(VISIT_REMIND_DAYS, today)))
    open_ones = Q(visits__state__in=visiting.OPEN, visits__application__state=State.ACTIVE)
    rows = Commission.objects.filter(due_on__lte=soon).annotate(left=Count("visits", filter=open_ones))
    return sum(_remind(one, at) for one in rows.filter(left__gt=0).order_by("pk"))


def _remind(held: Any, at: dt.datetime) -> int:
    """Tell an institution how many reports of a commission, which carries it as `left`, are missing."""
    return send(
        units.workers_of(held.institution_id), "review.visits_due",
        lambda: {"count": str(held.left), "due": formats.day(held.due_on), "number": held.document_number},
        at=at, link=reverse("review:visits"),
    )  # fmt: skip


@schedule.daily(name="review.closed", at=dt.time(0, 50))
def move_on_left_behind(at: dt.datetime) -> int:
    """Move on what the job of a closed review left behind; how many moved."""
    rows = Review.objects.filter(
        state=ReviewState.CLOSED, files__done_at__isnull=False, files__application__state=State.ACTIVE,
        batch__ended_at__isnull=True,
    )  # fmt: skip
    return sum(closing.move_on(one, at=at) for one in rows.select_related("batch__call").distinct().order_by("pk"))
