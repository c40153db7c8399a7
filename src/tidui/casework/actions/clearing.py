"""Dealing with a finding: who decides on the application says why it does not stand in the way, or takes that back."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tidui.accounts.models import User
from tidui.audit import events
from tidui.casework import findings
from tidui.casework.actions import moving
from tidui.casework.models import Application, Finding
from tidui.kit import access, classified
from tidui.kit.access import NotAllowed, Refused

GONE: Final = Refused("gone", _("这项发现已经消失，不必核销。"))
CLEARED: Final = Refused("cleared", _("这项发现已经核销，请刷新页面查看。"))
NOT_CLEARED: Final = Refused("not-cleared", _("这项发现没有核销，请刷新页面查看。"))


@transaction.atomic
def clear(*, finding: Finding, reason: str, by: User, at: dt.datetime) -> Finding:
    """Clear a finding with a reason; it stays cleared until a later look finds it saying something else."""
    held, application = _held(finding, by)
    if not reason.strip():
        raise NotAllowed(moving.NO_REASON)
    classified.require_open(reason)
    if held.gone_at is not None:
        raise NotAllowed(GONE)
    if held.cleared_at is not None:
        raise NotAllowed(CLEARED)
    held.cleared_by, held.cleared_at, held.cleared_reason = by, at, reason.strip()[:300]
    held.save(update_fields=["cleared_by", "cleared_at", "cleared_reason"])
    findings.count(application)
    events.record(
        "casework.clear_finding", actor=by, subject=held, at=at, organisation_id=application.organisation_id,
        details={"application": application.pk, "kind": held.kind, "key": held.key, "reason": held.cleared_reason},
    )  # fmt: skip
    return held


@transaction.atomic
def reopen(*, finding: Finding, by: User, at: dt.datetime) -> Finding:
    """Take a clearing back; the event keeps what had been said."""
    held, application = _held(finding, by)
    if held.cleared_at is None:
        raise NotAllowed(NOT_CLEARED)
    said = held.cleared_reason
    held.cleared_by, held.cleared_at, held.cleared_reason = None, None, ""
    held.save(update_fields=["cleared_by", "cleared_at", "cleared_reason"])
    findings.count(application)
    events.record(
        "casework.reopen_finding", actor=by, subject=held, at=at, organisation_id=application.organisation_id,
        details={"application": application.pk, "kind": held.kind, "key": held.key, "was": said},
    )  # fmt: skip
    return held


def _held(finding: Finding, by: User) -> tuple[Finding, Application]:
    application = moving.locked(finding.application_id)
    access.require("casework.decide", by, application)
    return Finding.objects.get(pk=finding.pk), application
