"""The letters of refusal of casework, issued as documents of the department."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.urls import reverse

from tidui.accounts.models import User
from tidui.audit import events
from tidui.casework import hooks, letters
from tidui.casework.models import Application, Step
from tidui.casework.programme import REFUSED
from tidui.recognition import documents
from tidui.recognition.enums import DocumentKind
from tidui.recognition.models import Document


@letters.issued_by
def issue(
    application: Application, step: Step, title: str, content: Mapping[str, Any], by: User, at: dt.datetime
) -> Document:
    """Give the letter its number; the enterprise finds it at its case."""
    return documents.issue(
        kind=DocumentKind.REFUSAL, title=title, content={**content, "step": step.pk}, by=by, at=at,
        application=application, organisation=application.organisation,
    )  # fmt: skip


@letters.found_by
def issued(application: Application) -> letters.Issued | None:
    """The newest letter of an application: one that was refused, taken up again and refused again has several."""
    rows = Document.objects.filter(application=application, kind=DocumentKind.REFUSAL, void_at__isnull=True)
    found = rows.order_by("-pk").first()
    return letters.Issued(found.number, reverse("recognition:document", args=[found.pk])) if found else None


@hooks.when_moved
def taken_back(application: Application, step: Step, at: dt.datetime) -> None:
    """Whoever takes a refusal back makes its letter void: the enterprise is not to hold one that no longer holds."""
    if step.reverses is None or step.reverses.to != REFUSED:
        return
    for one in Document.objects.filter(application=application, kind=DocumentKind.REFUSAL, void_at__isnull=True):
        if one.content.get("step") == step.reverses_id:
            one.void_at = at
            one.save(update_fields=["void_at"])
            events.record(
                "recognition.void_document", actor=step.by, subject=one, at=at,
                organisation_id=application.organisation_id, details={"number": one.number, "reason": step.reason},
            )  # fmt: skip
