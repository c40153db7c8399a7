"""Every year an expert says that what stands in the register is still so; who has not is reminded, and not drawn."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from tidui.audit.personal import months_after
from tidui.kit import clock, outbox, parameters, schedule
from tidui.kit.models import Message
from tidui.review.enums import ExpertState
from tidui.review.models import Expert

#: How many days before a year is over the first reminder goes out.
BEFORE: Final = parameters.define(
    "review.affirm_before", _("专家年度确认到期前几日提醒"), "int", 30, low=1, high=180,
    help=_("公布的办法没有规定，为本系统默认值。"),
).name  # fmt: skip
#: After how many days somebody who has not affirmed is reminded again.
AGAIN: Final = dt.timedelta(days=30)
TEMPLATE: Final = "review.affirm_due"
_YEAR: Final = 12


def due_on(expert: Expert) -> dt.date | None:
    """The last day on which the last affirmation counts; None for who never affirmed."""
    return months_after(expert.affirmed_on, _YEAR) if expert.affirmed_on else None


def waiting(on: dt.date) -> QuerySet[Expert]:
    """Confirmed experts with an account whose year is over, or will be within the days of the parameter."""
    before = int(parameters.get(BEFORE, on))
    last = months_after(on + dt.timedelta(days=before), -_YEAR)
    rows = Expert.objects.filter(Q(affirmed_on__isnull=True) | Q(affirmed_on__lte=last))
    term = Q(until__isnull=True) | Q(until__gte=on)
    return rows.filter(term, state=ExpertState.CONFIRMED, user__is_active=True).select_related("user").order_by("pk")


def remind(at: dt.datetime) -> int:
    """Remind whoever has to affirm, once in thirty days; how many were reminded."""
    told = Message.objects.filter(kind=TEMPLATE, sent_at__gt=at - AGAIN).values("recipient")
    sent = 0
    for expert in waiting(clock.day_of(at)).exclude(user__in=told):
        with transaction.atomic():
            due = due_on(expert)
            outbox.notify(
                to=[expert.user], template=TEMPLATE, at=at, link="/experts/me/",
                context={"name": expert.name, "until": due or "", "reason": ""},
            )  # fmt: skip
        sent += 1
    return sent


@schedule.daily(name="review.affirm", at=dt.time(8, 40))
def remind_daily(at: dt.datetime) -> None:
    """Remind of the yearly affirmation."""
    remind(at)
