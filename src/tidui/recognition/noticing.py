"""Public notices: what they list, how they read, and how a batch goes on when one has ended."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from tidui.accounts.models import User
from tidui.casework import clocks, hooks
from tidui.casework.actions import advance
from tidui.casework.batching import at_stage, follow, held_up
from tidui.casework.hooks import Moving
from tidui.casework.judging import digest
from tidui.casework.models import Application, Batch, Call
from tidui.casework.programme import programme
from tidui.kit import clock, divisions, jobs, schedule, texts
from tidui.kit.access import NotAllowed, Refused
from tidui.kit.models import Job
from tidui.recognition.documents import day_in_words
from tidui.recognition.enums import NoticeState, ObjectionState
from tidui.recognition.kinds import NOTICE
from tidui.recognition.models import Notice, Objection

#: States in which an objection still holds its application up.
OPEN: Final = (ObjectionState.FILED, ObjectionState.ACCEPTED)
#: Working days of a notice where neither the call nor the stage says: the measure's own.
USUAL_DAYS: Final = 10


@dataclass(frozen=True, slots=True)
class MovedOn:
    """How many applications went on, and how many wait for an objection to be decided."""

    moved: int
    waiting: int


def days_of(call: Call) -> int:
    """The working days of a notice under a call: those of the stage, as the call fixed them.

    A call that was published while they were a setting of their own keeps to that.
    """
    owner = programme(call.programme)
    stage = next((one for one in owner.route(call.settings) if one.kind.name == NOTICE.name), None)
    fixed = call.settings.get("notice_days")
    if fixed is None and stage is not None:
        fixed = clocks.days_of(owner, stage, call.settings)
    return int(fixed or USUAL_DAYS)


def wording(key: str, batch: Batch, count: int) -> texts.Wording:
    """The title and text of a paper about a batch, in Chinese: the programme's own wording where it has one."""
    with override("zh-hans"):
        names = {
            "programme": str(programme(batch.call.programme).title), "year": batch.call.year, "batch": batch.title,
            "count": count,
        }  # fmt: skip
        own = f"{key}.{batch.call.programme}"
        return texts.render(own if own in texts.known() else key, "zh-hans", names)


def entries_of(applications: QuerySet[Application]) -> list[dict[str, Any]]:
    """The lines of a notice as they are now; nothing personal is among them."""
    table = divisions.table()
    rows = applications.select_related("organisation").order_by("number", "pk")
    with override("zh-hans"):
        return [
            {
                "application": one.pk, "number": one.number, "name": one.organisation.name,
                "uscc": one.organisation.uscc or "", "division": one.organisation.division,
                "place": place_of(one.organisation.division, table),
            }
            for one in rows
        ]  # fmt: skip


def place_of(code: str, table: Mapping[str, Any]) -> str:
    """A division in Chinese, its prefecture before it."""
    own = table.get(code)
    if own is None:
        return ""
    above = table.get(own.prefecture) if own.prefecture != code else None
    return f"{above.zh if above else ''}{own.zh}"


def digest_of(notice: Notice) -> str:
    """The digest over what the public is shown."""
    return digest(
        {
            "title": notice.title, "text": notice.text, "entries": notice.entries,
            "working_days": notice.working_days, "ends_on": notice.ends_on and notice.ends_on.isoformat(),
        }
    )  # fmt: skip


def content_of(notice: Notice, first_day: dt.date) -> dict[str, Any]:
    """The content of the document of a notice that is being published. In Chinese."""
    assert notice.ends_on is not None
    with override("zh-hans"):
        period = _("公示期为%(days)s个工作日，自%(first)s至%(last)s。") % {
            "days": notice.working_days, "first": day_in_words(first_day), "last": day_in_words(notice.ends_on),
        }  # fmt: skip
        where = f"{settings.TIDUI_ADDRESS}{reverse('recognition:notice', args=[notice.pk])}"
        object_to = _(
            "任何单位和个人对公示内容有异议的，请在公示期内以真实姓名或单位名称提出，并提供联系方式和必要的证明材料。提出异议：%(where)s"
        ) % {"where": where}
        columns = [_("序号"), _("企业名称"), _("统一社会信用代码"), _("所在地"), _("受理编号")]
        rows = [
            [str(place), one["name"], one["uscc"], one["place"], one["number"]]
            for place, one in enumerate(notice.entries, start=1)
        ]
        return {
            "lead": [*paragraphs(notice.text), period], "end": [object_to], "list_digest": notice.digest,
            "sections": [
                {"heading": _("公示名单"), "columns": columns, "rows": rows, "widths": [1, 5, 4, 3, 3]},
            ],
        }  # fmt: skip


def paragraphs(text: str) -> list[str]:
    """The lines of a text that say something."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def in_force(notice: Notice, today: dt.date) -> bool:
    """May the public still object?"""
    return notice.state == NoticeState.PUBLISHED and notice.ends_on is not None and today <= notice.ends_on


@held_up
def objected(applications: Iterable[int]) -> set[int]:
    """Which of these applications an open objection holds up."""
    rows = Objection.objects.filter(application__in=list(applications), state__in=OPEN)
    return set(rows.values_list("application", flat=True))


def objected_among(applications: QuerySet[Application]) -> int:
    """How many of these applications an open objection holds up; of a batch of thousands few have one."""
    rows = Objection.objects.filter(state__in=OPEN, application__in=applications.values("pk"))
    return rows.values("application").distinct().count()


HELD_UP: Final = Refused("objection-open", gettext_lazy("有异议尚未办结。"))


@hooks.guard(NOTICE.name, "end")
def no_open_objection(asked: Moving) -> Refused | None:
    """An application waits at its notice for every objection to be decided."""
    return HELD_UP if objected([asked.application.pk]) else None


LISTED: Final = Refused(
    "listed", gettext_lazy("该申报已列入正在进行或者已结束的公示，不能移到其他批次；名单有误的请先撤下公示。")
)


@hooks.guard(NOTICE.name, "rebatch")
def stays_in_its_batch(asked: Moving) -> Refused | None:
    """What the public was shown in one batch does not go on in another."""
    shown = Notice.objects.filter(
        batch=asked.application.batch_id, state__in=[NoticeState.PUBLISHED, NoticeState.ENDED]
    )
    listed = (entry["application"] for notice in shown.only("entries") for entry in notice.entries)
    return LISTED if asked.application.pk in listed else None


def move_on(
    notice: Notice, *, at: dt.datetime, by: User | None = None, progress: jobs.Progress | None = None
) -> MovedOn:
    """Move on what the notice listed and nobody objects to, each in a transaction of its own; safe to repeat."""
    listed = {one["application"] for one in notice.entries}
    waits = at_stage(notice.batch, NOTICE.name).order_by("pk").values_list("pk", "stage")
    rows = [(key, stage) for key, stage in waits if key in listed]
    if progress:
        progress.total(len(rows))
    moved = waiting = 0
    for place, (key, stage) in enumerate(rows, start=1):
        try:
            moved += advance(application=Application(pk=key), name="end", at=at, by=by, expect=stage) is not None
        except NotAllowed:
            waiting += 1
        if progress:
            progress.done(place)
    follow(notice.batch, at)
    return MovedOn(moved, waiting)


@jobs.job("recognition.end_notice", lambda job: reverse("casework:batch", args=[job.arguments["batch"]]))
def end_job(job: Job, progress: jobs.Progress, *, notice: int, batch: int) -> dict[str, Any]:
    """Move on what a notice that has ended listed."""
    found = Notice.objects.select_related("batch__call").get(pk=notice)
    done = move_on(found, at=clock.now(), by=job.owner, progress=progress)
    return {"moved": done.moved, "waiting": done.waiting}


@schedule.daily(name="recognition.end_notices", at=dt.time(0, 20))
def end_due(at: dt.datetime) -> int:
    """End the notices whose last day has passed, and move on what an earlier run left; how many were ended."""
    from tidui.recognition.actions import notices

    today = clock.day_of(at)
    due = Notice.objects.filter(state=NoticeState.PUBLISHED, ends_on__lt=today).order_by("pk")
    ended = sum(notices.end_by_itself(notice=one, at=at) for one in due)
    for one in left_behind():
        move_on(one, at=at)
    return ended


def left_behind() -> list[Notice]:
    """Notices that ended while applications that they list are still at them."""
    ended = Notice.objects.filter(state=NoticeState.ENDED, batch__ended_at__isnull=True).select_related("batch__call")
    return [one for one in ended.order_by("pk") if at_stage(one.batch, NOTICE.name).exists()]
