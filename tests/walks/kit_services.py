"""What the kit's jobs, messages and reference data plant for the walk over every route."""

from __future__ import annotations

from django.utils import timezone

from tests import walk
from tidui.kit import clock
from tidui.kit.models import (
    CalendarDay,
    CalendarYear,
    Delivery,
    DivisionChange,
    Job,
    Message,
    ParameterValue,
    PeriodicRun,
    TextVersion,
    WorkerPulse,
)

#: Who keeps reference data up to date.
ADMINISTRATOR = ("department_administrator",)


@walk.plants
def rows(garden: walk.Garden) -> None:
    """A job and a message of somebody at enterprise `b`, with what left the site; reference data of the administrator."""
    world, now = garden.world, timezone.now()
    own = ("clerk_b",)
    garden.things["job"] = Job.objects.create(
        kind="kit.export", title=garden.mark("title of a job", seers=own), owner=world.clerk_b,
        note=garden.mark("note of a job", seers=own), arguments={"secret": garden.mark("arguments of a job", shown=False)},
    )  # fmt: skip
    garden.things["message"] = Message.objects.create(
        recipient=world.clerk_b, kind="x", subject=garden.mark("subject", seers=(*own, *ADMINISTRATOR)),
        body=garden.mark("body", seers=own), sent_at=now,
    )  # fmt: skip
    Delivery.objects.create(
        message=garden.things["message"], channel="sms", address=garden.mobile("number of a delivery", shown=False),
        next_at=now, error=garden.mark("error of a delivery", seers=ADMINISTRATOR),
    )  # fmt: skip
    admin = world.department_administrator
    ParameterValue.objects.create(
        name="kit.sample", value=1, since=clock.today(), reason=garden.mark("reason of a parameter", shown=False),
        set_by=admin,
    )  # fmt: skip
    TextVersion.objects.create(
        key="kit.sample", language="en", subject=garden.mark("wording", shown=False), body="x", version=1, set_by=admin
    )


walk.empty(CalendarDay, "the calendar is public")
walk.empty(CalendarYear, "the calendar is public")
walk.empty(DivisionChange, "divisions are public")
walk.empty(WorkerPulse, "holds names of machines and moments only")
walk.empty(PeriodicRun, "holds names of periodic work and moments only")
walk.example("kit:job", lambda garden: [garden.things["job"].pk])
walk.example("kit:cancel_job", lambda garden: [garden.things["job"].pk])
walk.example("kit:message", lambda garden: [garden.things["message"].pk])
walk.example("kit:calendar_of", lambda garden: [2026])
walk.example("kit:edit_calendar", lambda garden: [2027])
walk.example("kit:parameter", lambda garden: [next(iter(sorted(_parameters())))])
walk.example("kit:text", lambda garden: [next(iter(sorted(_texts()))), "en"])
walk.post("kit:cancel_job", lambda garden: {})
walk.post("kit:message", lambda garden: {})
walk.post("kit:edit_calendar", lambda garden: {"what": "day", "day": "2027-02-13", "working": "1", "name": "x"})
walk.post(
    "kit:divisions",
    lambda garden: {"code": "620125", "zh": "甲区", "since": str(clock.today()), "document": "国函〔2026〕1号"},
)
walk.own_account("kit:message", "everybody marks their own messages as read")
walk.own_account("kit:read_messages", "everybody marks their own messages as read")
walk.own_account("kit:cancel_job", "everybody stops their own jobs")


def _parameters() -> list[str]:
    from tidui.kit import parameters

    return list(parameters.known())


def _texts() -> list[str]:
    from tidui.kit import texts

    return list(texts.known())
