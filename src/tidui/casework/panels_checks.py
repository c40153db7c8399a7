"""What checks put on the pages of a case and of a batch: findings, joint checks, the letter of refusal."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from tidui.accounts.standing import standing
from tidui.casework import joint, letters, panels, showing_findings
from tidui.casework.enums import State
from tidui.casework.models import Application, Batch
from tidui.casework.programme import REFUSED, programme
from tidui.kit import access, clock


def findings_context(request: HttpRequest, application: Application) -> dict[str, Any]:
    """The findings of an application as the panel and the page of findings show them."""
    found = showing_findings.of(request.user, application)
    return {
        "application": application, "open": [one for one in found if one.state == "open"],
        "settled": [one for one in found if one.state != "open"],
        "may_clear": bool(access.check("casework.decide", request.user, application)),
    }  # fmt: skip


def decides_on(request: HttpRequest, application: Application) -> bool:
    """Does the person look at the application as one who decides, not as its applicant?"""
    who = standing(request.user)
    return application.submitted_at is not None and application.organisation_id not in who.ids


@panels.add("case", order=20)
def findings(request: HttpRequest, application: Application) -> panels.Panel | None:
    """Doubts first; never for the applicant."""
    if not decides_on(request, application):
        return None
    context = findings_context(request, application)
    if not context["open"] and not context["settled"]:
        return None
    return panels.Panel("casework/checks/_findings_panel.html", context)


@panels.add("case", order=25)
def joint_checks(request: HttpRequest, application: Application) -> panels.Panel | None:
    """What partner authorities answered, for who decides."""
    if not decides_on(request, application) or not joint.asks(programme(application.programme)):
        return None
    today = clock.today()
    asked = joint.standing(application, today)
    refused = joint.refused(asked)
    context = {
        "application": application, "asked": joint.shown(asked), "refused": refused.reason if refused else "",
        "may_ask": bool(access.check("casework.exchange", request.user)) and application.state == State.ACTIVE,
    }  # fmt: skip
    return panels.Panel("casework/checks/_joint_panel.html", context)


@panels.add("case", order=15)
def letter(request: HttpRequest, application: Application) -> panels.Panel | None:
    """Why it was refused, for everybody who may see the case."""
    if application.state != State.REFUSED or application.submitted_at is None:
        return None
    made = letters.refusal(application)
    return panels.Panel(
        "casework/checks/_letter_panel.html",
        {"letter": made, "application": application, "document": letters.document_of(application)},
    )


@panels.add("case", order=95)
def letter_to_come(request: HttpRequest, application: Application) -> panels.Panel | None:
    """What the letter would say, for who may refuse."""
    if application.state != State.ACTIVE or not access.check("casework.decide", request.user, application):
        return None
    stage = programme(application.programme).stage(application.stage)
    if not any(move.to == REFUSED and move.by_hand for move in stage.moves):
        return None
    return panels.Panel("casework/checks/_letter_link.html", {"application": application})


@panels.add("batch", order=35)
def joint_of_batch(request: HttpRequest, batch: Batch) -> panels.Panel | None:
    """How far the joint checks of a batch are."""
    owner = programme(batch.call.programme)
    if not joint.asks(owner):
        return None
    rows = list(batch.applications.filter(state=State.ACTIVE))
    return panels.Panel(
        "casework/checks/_joint_batch_panel.html",
        {
            "batch": batch, "counts": joint.counts(owner, rows, clock.today()), "total": len(rows),
            "may_ask": bool(access.check("casework.batches", request.user)),
        },
    )
