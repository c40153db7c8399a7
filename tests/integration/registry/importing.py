"""What the tests of imports share: handing a file in, running the jobs, having it written."""

from __future__ import annotations

from pathlib import Path

from django.utils import timezone

from tidui.accounts.models import Organisation, User
from tidui.kit import files, jobs
from tidui.registry.importing import actions
from tidui.registry.importing.enums import ImportState, Policy
from tidui.registry.importing.models import Import
from tidui.registry.importing.stored import UPLOAD


def hand_in(
    path: Path,
    by: User,
    filed_for: Organisation,
    *,
    source: str = "takeover",
    policy: str = Policy.ALL_OR_NOTHING,
    unit: str = "",
) -> Import:
    """Hand a file in; its dry run waits for `run`."""
    received = files.receive(path, kind=UPLOAD, name=path.name)
    return actions.hand_in(
        received=received, filed_for=filed_for, source=source, policy=policy, unit=unit, by=by, at=timezone.now()
    )


def run() -> int:
    """Run every job that waits."""
    return jobs.work_off()


def bring(
    path: Path,
    by: User,
    filed_for: Organisation,
    *,
    source: str = "takeover",
    policy: str = Policy.ALL_OR_NOTHING,
    unit: str = "",
) -> Import:
    """Hand a file in, read it, and have it written."""
    one = hand_in(path, by, filed_for, source=source, policy=policy, unit=unit)
    run()
    one.refresh_from_db()
    assert one.state == ImportState.CHECKED, one.error
    actions.start(one=one, sha256=one.file.sha256, by=by, at=timezone.now())
    run()
    one.refresh_from_db()
    return one
