"""Events, changes, seals and a published head that tell of enterprise `b`: only inspection reads the histories."""

from __future__ import annotations

from django.utils import timezone

from tests import walk
from tidui.accounts.auditing.jobs import result_of
from tidui.audit import events, seals
from tidui.audit.findings import Report
from tidui.audit.models import Forgetting, Publication
from tidui.kit.models import Job, JobState

INSPECTION = {"inspector"}


@walk.plants
def histories(garden: walk.Garden) -> None:
    """Something that was done for `b`, sealed and published, and a verification that inspection asked for."""
    world, now = garden.world, timezone.now()
    details = {"note": garden.mark("details of an event of b", seers=INSPECTION)}
    event = events.record(
        "accounts.rename", actor=world.clerk_b, subject=world.b, at=now, organisation_id=world.b.pk, details=details
    )
    Forgetting.objects.create(place="details", row=10**12, at=now)
    seals.seal(at=now, pause=0)
    head = seals.head()
    assert head is not None
    Publication.objects.create(day=timezone.localdate(), seal=head.number, digest=head.digest, published_at=now)
    garden.things["event"] = event
    garden.things["verification"] = Job.objects.create(
        kind="audit.verify", title=garden.mark("a verification", seers=INSPECTION), owner=world.inspector,
        state=JobState.DONE, result=result_of(Report()), finished_at=now,
    )  # fmt: skip


walk.example("accounts:audit_person", lambda garden: [garden.world.clerk_b.pk])
walk.example("accounts:audit_organisation", lambda garden: [garden.world.b.pk])
walk.example("accounts:audit_record", lambda garden: ["accounts.Organisation", garden.world.b.pk])
walk.example("accounts:audit_record", lambda garden: ["accounts.User", garden.world.clerk_b.pk])
walk.example("accounts:audit_verification", lambda garden: [garden.things["verification"].pk])
walk.own_account("accounts:audit_verify", "the job of a verification is their own, and only reads")
for _list in ("accounts.events",):
    walk.scope(_list, lambda garden: {})
    walk.scope(_list, lambda garden: {"organisation": garden.world.b.pk})
walk.public_record("accounts:audit_heads", "the heads of the chain are published, so that a missing one is noticed")
