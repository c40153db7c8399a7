"""What one enterprise may not do twice: apply again in a year, or apply for what it holds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from tidui.casework.checks import Found, Look, check
from tidui.casework.enums import ENDED, FindingKind, State, Weight
from tidui.casework.models import Application
from tidui.policies.ladder import rungs
from tidui.policies.library import shelf
from tidui.registry.values import plain_of

RUNGS = "tidui/rungs"


@check
def another_application(look: Look) -> Iterator[Found]:
    """A programme that is yearly takes one application of an enterprise a year, unless the other came to nothing."""
    if not look.programme.yearly:
        return
    application = look.application
    same = Application.objects.filter(
        programme=application.programme, organisation=application.organisation_id, call__year=application.call.year,
        submitted_at__isnull=False,
    ).exclude(pk=application.pk)  # fmt: skip
    for other in same.exclude(state__in=ENDED - {State.ACCEPTED}).select_related("call").order_by("pk"):
        yield Found(
            FindingKind.LIMIT, f"limit:open:{other.pk}", "limit_open", weight=Weight.STOP,
            params={"year": other.call.year, "number": other.number or ""}, others=(other.pk,),
        )  # fmt: skip


@check
def holds_it_already(look: Look) -> Iterator[Found]:
    """The status that the programme leads to is held until the end of the call's year.

    What holds for years and may be applied for again before it ends is let in by the door of its programme (`renewed`).
    """
    rung = next((one for one in rungs() if one.id == look.programme.status), None)
    if rung is None or look.programme.extra.get("renewed"):
        return
    year = look.application.call.year
    answer = shelf().explain(RUNGS, look.accepted, on=dt.date(year, 12, 31), year=year - 1)
    if answer.truth(rung.status):
        until = look.accepted.get(f"{rung.id}_valid_until")
        yield Found(
            FindingKind.LIMIT, f"limit:holds:{rung.id}", "limit_holds", weight=Weight.STOP,
            params={
                "status": {"zh": rung.zh, "en": rung.en}, "year": year,
                "until_on": plain_of(f"{rung.id}_valid_until", until) if isinstance(until, dt.date) else "",
            },
        )  # fmt: skip
