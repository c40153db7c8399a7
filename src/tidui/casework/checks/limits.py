"""What one enterprise may not do twice: apply again in a year, or apply for what it holds."""

from __future__ import annotations

from collections.abc import Iterator

from tidui.casework import holding
from tidui.casework.checks import Found, Look, check
from tidui.casework.enums import ENDED, FindingKind, State, Weight
from tidui.casework.models import Application
from tidui.registry.values import plain_of


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
    """The status that the programme leads to is held until the end of the call's year."""
    year = look.application.call.year
    found = holding.held(look.programme, year, look.accepted)
    if found is not None:
        until = plain_of(f"{found.rung.id}_valid_until", found.until) if found.until is not None else ""
        yield Found(
            FindingKind.LIMIT, f"limit:holds:{found.rung.id}", "limit_holds", weight=Weight.STOP,
            params={"status": {"zh": found.rung.zh, "en": found.rung.en}, "year": year, "until_on": until},
        )  # fmt: skip
