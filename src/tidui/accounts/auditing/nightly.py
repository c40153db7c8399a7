"""What the worker does for the histories: close them every ten minutes, publish the head, verify, let things expire."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from tidui.accounts.auditing.jobs import record
from tidui.accounts.enums import OrganisationKind, Role
from tidui.accounts.models import User
from tidui.accounts.standing import in_force
from tidui.audit import forget, seals, verify
from tidui.kit import clock, outbox, schedule
from tidui.kit.formats import desensitise

#: How long the sealer waits for transactions that are under way; it comes again in ten minutes.
PATIENCE = 5.0


@schedule.every(name="audit.seal", minutes=10)
def seal(at: dt.datetime) -> None:
    """Close what was written since the last time."""
    seals.seal(at=at, patience=PATIENCE)


@schedule.daily(name="audit.publish", at=dt.time(0, 10))
def publish(at: dt.datetime) -> None:
    """Make the head of the chain public."""
    seals.publish(day=clock.day_of(at), at=at)


@schedule.daily(name="audit.expire", at=dt.time(3, 30))
def expire(at: dt.datetime) -> None:
    """Remove personal data that was kept for its time."""
    forget.expire(at=at)


@schedule.daily(name="audit.verify", at=dt.time(2, 0))
def verify_all(at: dt.datetime) -> None:
    """Check everything; where something was found, tell inspection and the department's administrators."""
    report = verify.verify()
    last = seals.head()
    if last is not None:
        record(report, by=None, subject=last, at=at)
    if report.sound:
        return
    count = len(report.findings) + report.left_out
    first = desensitise(report.findings[0].text())
    with transaction.atomic():
        outbox.notify(
            to=list(_told(at)), template="accounts.tampered", context={"count": count, "first": first}, at=at,
            link=reverse("accounts:audit"),
        )  # fmt: skip


def _told(at: dt.datetime) -> list[User]:
    held = in_force(at, "memberships__")
    inspection = Q(memberships__organisation__kind=OrganisationKind.INSPECTION)
    department = Q(memberships__organisation__kind=OrganisationKind.DEPARTMENT, memberships__role=Role.ADMINISTRATOR)
    return list(User.objects.filter(held & (inspection | department), is_active=True).distinct().order_by("pk"))
