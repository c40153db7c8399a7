"""Trying a version of a policy: asked for here, run by a job."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from tidui.accounts.models import User
from tidui.audit import events
from tidui.casework.programme import Programme, programme
from tidui.kit import access, clock, jobs
from tidui.kit.models import Job
from tidui.recognition import previewing
from tidui.recognition.models import PolicyPreview, PreviewRow
from tidui.recognition.previewing import Changed, Counts, Pair, Trial

JOB: Final = "recognition.preview"


@transaction.atomic
def ask(
    *, owner: Programme, version: str, on: dt.date, values: Mapping[str, str], note: str, by: User, at: dt.datetime
) -> PolicyPreview:
    """Ask for a trial; NotTried where it cannot be run. A job does it."""
    access.require("recognition.make_preview", by)
    today = clock.day_of(at)
    pair = Pair(Trial(owner, version, on, today, values))
    made = PolicyPreview.objects.create(
        programme=owner.name, policy=owner.policy, version=version, base=pair.base.name, values=dict(values), on=on,
        note=note.strip()[:200], made_by=by, made_at=at,
    )  # fmt: skip
    title = _("政策试算：%(programme)s") % {"programme": owner.title}
    made.job = jobs.start(JOB, by=by, title=title, arguments={"preview": made.pk}, at=at)
    made.save(update_fields=["job"])
    events.record(
        "recognition.ask_preview", actor=by, subject=made, at=at,
        details={"policy": owner.policy, "version": version, "values": dict(values), "on": on.isoformat()},
    )  # fmt: skip
    return made


def trial_of(preview: PolicyPreview) -> Trial:
    """What is tried."""
    return Trial(
        programme(preview.programme), preview.version, preview.on, clock.day_of(preview.made_at), preview.values
    )


@jobs.job(JOB, page=lambda job: reverse("recognition:preview", args=[job.arguments["preview"]]))
def work(job: Job, progress: jobs.Progress, *, preview: int) -> dict[str, Any]:
    """Run a trial, some hundreds at a time; begun again, it begins anew."""
    made = PolicyPreview.objects.get(pk=preview)
    PreviewRow.objects.filter(preview=made).delete()
    trial, counts = trial_of(made), Counts()
    progress.total(
        len(previewing.open_applications(made.programme))
        + len(previewing.valid_recognitions(made.programme, made.on))
    )
    for changed in previewing.run(trial, counts, progress.done):
        PreviewRow.objects.bulk_create(_row(made, one) for one in changed)
    made.counts, made.finished_at = counts.plain(), timezone.now()
    made.save(update_fields=["counts", "finished_at"])
    return {"flips": sum(counts.verdicts.values())}


def _row(made: PolicyPreview, one: Changed) -> PreviewRow:
    return PreviewRow(
        preview=made, organisation_id=one.organisation, application_id=one.application, recognition_id=one.recognition,
        before=one.before, after=one.after, changes=one.changes,
    )  # fmt: skip
