"""Handing in a file to be imported, having it written, and leaving it."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from tidui.accounts.models import Organisation, User
from tidui.audit import events
from tidui.kit import access, files, jobs
from tidui.kit.access import NotAllowed, Refused
from tidui.kit.files import Received
from tidui.registry.importing.enums import BUSY, ImportState, Policy
from tidui.registry.importing.importer import sources_of
from tidui.registry.importing.models import Import


@transaction.atomic
def hand_in(
    *,
    received: Received,
    filed_for: Organisation,
    source: str,
    unit: str = "",
    policy: str = Policy.ALL_OR_NOTHING,
    note: str = "",
    by: User,
    at: dt.datetime,
) -> Import:
    """Keep a file and have it read without writing anything: the dry run begins after the commit."""
    one = Import(filed_for=filed_for, by=by, source=source, unit=unit, policy=policy, note=note, created_at=at)
    access.require("registry.import", by, one)
    if source not in sources_of(filed_for):
        raise NotAllowed(Refused("not-your-source", _("您不能以该来源导入。")))
    one.file = files.keep(received, by=by, at=at)
    one.save()
    files.attach(one.file, one)
    one.job = jobs.start("registry.import_check", by=by, title=_("试读 %(name)s") % {"name": one.file.name},
                         arguments={"key": str(one.pk)}, at=at)  # fmt: skip
    one.save(update_fields=["job"])
    events.record(
        "registry.hand_in_import", actor=by, subject=one, at=at, organisation_id=filed_for.pk,
        details={"file": one.file.name, "sha256": one.file.sha256, "source": source, "policy": policy},
    )  # fmt: skip
    return one


@transaction.atomic
def start(*, one: Import, policy: str | None = None, sha256: str, by: User, at: dt.datetime) -> Import:
    """Have the very file that was read written; `sha256` is that of the file whose preview the person saw."""
    locked = Import.objects.select_for_update(of=("self",)).select_related("file", "filed_for", "job").get(pk=one.pk)
    access.require("registry.import", by, locked)
    if locked.state in BUSY and locked.job is not None and not locked.job.ended:
        raise NotAllowed(Refused("import-is-busy", _("这次导入正在进行，请稍候。")))
    if locked.state == ImportState.APPLIED:
        raise NotAllowed(Refused("import-is-done", _("这个文件已经导入。")))
    if locked.checked_at is None:
        raise NotAllowed(Refused("import-not-checked", _("请先试读文件。")))
    if locked.file.sha256 != sha256:
        raise NotAllowed(Refused("another-file", _("预览的不是这个文件，请重新打开页面。")))
    if policy is not None:
        locked.policy = policy
    if locked.policy == Policy.ALL_OR_NOTHING and locked.preview.get("faults"):
        raise NotAllowed(Refused("import-has-faults", _("文件中有错误。请改正后重新上传，或选择跳过有错误的企业。")))
    locked.by = by
    locked.state = ImportState.APPLYING
    locked.job = jobs.start("registry.import_apply", by=by, title=_("导入 %(name)s") % {"name": locked.file.name},
                            arguments={"key": str(locked.pk)}, at=at)  # fmt: skip
    locked.save(update_fields=["policy", "state", "job", "by"])
    events.record(
        "registry.start_import", actor=by, subject=locked, at=at, organisation_id=locked.filed_for_id,
        details={"sha256": sha256, "policy": locked.policy},
    )  # fmt: skip
    return locked


@transaction.atomic
def leave(*, one: Import, by: User, at: dt.datetime) -> Import:
    """Stop an import: a job under way ends at its next step; what keep-going has written stays."""
    locked = Import.objects.select_for_update(of=("self",)).select_related("job").get(pk=one.pk)
    access.require("registry.import", by, locked)
    if locked.state == ImportState.APPLIED:
        raise NotAllowed(Refused("import-is-done", _("这个文件已经导入。")))
    if locked.job is not None and not locked.job.ended:
        jobs.cancel(locked.job)
    locked.state = ImportState.CANCELLED
    locked.save(update_fields=["state"])
    events.record(
        "registry.leave_import", actor=by, subject=locked, at=at, organisation_id=locked.filed_for_id, details={}
    )
    return locked
