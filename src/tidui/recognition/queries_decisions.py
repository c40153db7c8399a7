"""Who may know of meetings, decisions, certificates and keys. Sealed decisions are the department's alone."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from tidui.accounts.standing import standing
from tidui.kit.visibility import door
from tidui.recognition.models_certificates import Certificate, SigningKey
from tidui.recognition.models_decisions import Decision, Meeting, MeetingState


def open_q(user: Any, prefix: str = "") -> Q | None:
    """Which meetings a person may read: all in the department, published ones for inspection; None for nobody else."""
    who = standing(user)
    if who.is_department:
        return Q()
    return Q(**{f"{prefix}state": MeetingState.PUBLISHED}) if who.is_inspection else None


@door(Meeting)
def meetings(user: Any) -> QuerySet[Meeting]:
    """The department's; published ones for inspection."""
    found = open_q(user)
    return Meeting.objects.none() if found is None else Meeting.objects.filter(found)


@door(Decision)
def decisions(user: Any) -> QuerySet[Decision]:
    """The department's; published ones for inspection. Applicants learn of theirs by the step that carries it out."""
    found = open_q(user, "meeting__")
    return Decision.objects.none() if found is None else Decision.objects.filter(found)


@door(Certificate)
def certificates(user: Any) -> QuerySet[Certificate]:
    """Those of the organisations that the person may see; what the public may ask is `verifying.lookup`."""
    return Certificate.objects.filter(standing(user).reach_q("recognition__organisation__"))


@door(SigningKey)
def signing_keys(user: Any) -> QuerySet[SigningKey]:
    """Public halves are public."""
    return SigningKey.objects.all()
