"""What is done every day for reviews: experts are reminded; what a given-up job left behind moves on."""

from __future__ import annotations

import datetime as dt
from typing import Final

from tidui.casework.enums import State
from tidui.kit import calendar, clock, parameters, schedule
from tidui.review.actions import closing
from tidui.review.enums import ReviewState
from tidui.review.models import Review
from tidui.review.parameters_sheets import REMIND_DAYS

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


@schedule.daily(name="review.closed", at=dt.time(0, 50))
def move_on_left_behind(at: dt.datetime) -> int:
    """Move on what the job of a closed review left behind; how many moved."""
    rows = Review.objects.filter(
        state=ReviewState.CLOSED, files__done_at__isnull=False, files__application__state=State.ACTIVE,
        batch__ended_at__isnull=True,
    )  # fmt: skip
    return sum(closing.move_on(one, at=at) for one in rows.select_related("batch__call").distinct().order_by("pk"))
