"""Announcements: what they list, and how their applications go on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from tidui.accounts.models import User
from tidui.casework.actions import advance
from tidui.casework.batching import at_stage, follow, stages_of
from tidui.casework.enums import State
from tidui.casework.models import Application, Batch
from tidui.kit import clock, divisions, jobs, schedule
from tidui.kit.models import Job
from tidui.recognition.documents import day_in_words
from tidui.recognition.enums import DocumentKind
from tidui.recognition.kinds import ANNOUNCEMENT
from tidui.recognition.models import Document, Recognition
from tidui.recognition.noticing import paragraphs, place_of


def to_announce(batch: Batch) -> QuerySet[Recognition]:
    """Recognitions of a batch that have reached the announcement and are not announced yet."""
    ready = at_stage(batch, ANNOUNCEMENT.name)
    rows = Recognition.objects.filter(application__in=ready, announced_at__isnull=True, revoked_on__isnull=True)
    return rows.select_related("organisation", "application").order_by("number")


def entries_of(rows: Iterable[Recognition]) -> list[dict[str, Any]]:
    """The lines of an announcement as they are now."""
    table = divisions.table()
    return [
        {
            "recognition": one.pk, "application": one.application_id, "number": one.number,
            "name": one.organisation.name, "uscc": one.organisation.uscc or "", "division": one.organisation.division,
            "place": place_of(one.organisation.division, table), "valid_from": one.valid_from.isoformat(),
            "valid_until": one.valid_until.isoformat(),
        }
        for one in rows
    ]  # fmt: skip


def content_of(text: str, entries: list[dict[str, Any]]) -> dict[str, Any]:
    """The content of an announcement. In Chinese."""
    with override("zh-hans"):
        columns = [_("序号"), _("企业名称"), _("统一社会信用代码"), _("所在地"), _("入库登记编号"), _("有效期至")]
        rows = [
            [
                str(place), one["name"], one["uscc"], one["place"], one["number"],
                day_in_words(dt.date.fromisoformat(one["valid_until"])),
            ]
            for place, one in enumerate(entries, start=1)
        ]  # fmt: skip
        where = f"{settings.TIDUI_ADDRESS}{reverse('recognition:verify')}"
        return {
            "lead": paragraphs(text), "end": [_("编号可在此核验：%(where)s") % {"where": where}], "entries": entries,
            "sections": [
                {"heading": _("入库企业名单"), "columns": columns, "rows": rows, "widths": [1, 5, 4, 3, 4, 3]},
            ],
        }  # fmt: skip


def move_on(
    document: Document, *, at: dt.datetime, by: User | None = None, progress: jobs.Progress | None = None
) -> int:
    """Move on what an announcement listed, each in a transaction of its own; safe to repeat. How many moved."""
    assert document.batch is not None
    rows = list(
        at_stage(document.batch, ANNOUNCEMENT.name)
        .filter(recognition__announcement=document)
        .order_by("pk")
        .values_list("pk", "stage")
    )
    if progress:
        progress.total(len(rows))
    moved = 0
    for place, (key, stage) in enumerate(rows, start=1):
        details = {"document": document.pk}
        done = advance(application=Application(pk=key), name="announce", at=at, by=by, expect=stage, details=details)
        moved += done is not None
        if progress:
            progress.done(place)
    follow(document.batch, at)
    return moved


def end_unannounced(application: Application, *, at: dt.datetime, by: User | None = None) -> bool:
    """End an application whose number was revoked before it could be announced: it will be in no announcement.

    Nothing of its batch has to wait for it, nor it for the batch. False where it has been announced, or is elsewhere.
    """
    held = Application.objects.select_related("call", "batch").get(pk=application.pk)
    made = Recognition.objects.filter(application=held, revoked_on__isnull=False, announced_at__isnull=True)
    if held.stage not in stages_of(held.call, ANNOUNCEMENT.name) or not made.exists():
        return False
    done = advance(application=held, name="unannounced", at=at, by=by, expect=held.stage)
    if held.batch is not None:
        follow(held.batch, at)
    return done is not None


@jobs.job("recognition.announce", lambda job: reverse("casework:batch", args=[job.arguments["batch"]]))
def announce_job(job: Job, progress: jobs.Progress, *, document: int, batch: int) -> dict[str, Any]:
    """Move on what an announcement listed."""
    found = Document.objects.select_related("batch__call").get(pk=document)
    return {"moved": move_on(found, at=clock.now(), by=job.owner, progress=progress)}


@schedule.daily(name="recognition.announced", at=dt.time(0, 40))
def move_on_left_behind(at: dt.datetime) -> int:
    """Move on what a job that was given up left behind, and what no announcement will list; how many moved."""
    waiting = Application.objects.filter(state=State.ACTIVE, recognition__announcement__isnull=False)
    keys = waiting.order_by().values("recognition__announcement").distinct()
    rows = Document.objects.filter(pk__in=keys, kind=DocumentKind.ANNOUNCEMENT).select_related("batch__call")
    gone = Application.objects.filter(
        state=State.ACTIVE, recognition__revoked_on__isnull=False, recognition__announced_at__isnull=True
    )
    ended = sum(end_unannounced(one, at=at) for one in gone.order_by("pk"))
    return ended + sum(move_on(one, at=at) for one in rows.order_by("pk"))
