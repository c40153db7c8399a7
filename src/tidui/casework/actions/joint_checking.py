"""Asking partner authorities about a batch or one application, and going on when they have answered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tidui.accounts.models import Organisation, User
from tidui.casework import findings, joint
from tidui.casework.actions import exchanging, moving
from tidui.casework.enums import State, Weight
from tidui.casework.kinds import JOINT_CHECK
from tidui.casework.models import Application, Batch, Exchange, Finding
from tidui.casework.programme import programme
from tidui.kit import access, clock, jobs
from tidui.kit.access import NotAllowed, Refused
from tidui.kit.models import Job

NOBODY_CHOSEN: Final = Refused("nobody-chosen", gettext_lazy("请至少选择一个联审部门。"))
NOTHING_TO_ASK: Final = Refused(
    "nothing-to-ask", gettext_lazy("没有需要送审的申报：都在等待反馈，或者反馈仍在有效期内。")
)
FINISH: Final = "casework.joint_finish"
PASS: Final = "pass"


def to_ask(applications: list[Application], name: str, today: dt.date) -> list[Application]:
    """Those of some applications of which an authority has to be asked: not yet, or too long ago."""
    found = joint.standings(applications, today)
    wanted = joint.PREFIX + name
    return [
        one
        for one in applications
        if any(it.purpose.name == wanted and it.state in ("none", "old") and not it.waiting for it in found[one.pk])
    ]


@transaction.atomic
def ask(
    *, applications: list[Application], partners: Mapping[str, Organisation | None], by: User, at: dt.datetime,
    batch: Batch | None = None, due_on: dt.date | None = None,
) -> list[Exchange]:  # fmt: skip
    """Prepare a list for each authority, by the name of the check; only those are listed that have to be asked.

    The lists are only prepared: their files are made and they are sent like any other.
    """
    access.require("casework.exchange", by)
    if not partners:
        raise NotAllowed(NOBODY_CHOSEN)
    made = []
    for name, partner in partners.items():
        asked = to_ask(applications, name, clock.day_of(at))
        if asked:
            purpose = joint.PURPOSES[name]
            made.append(
                exchanging.prepare(
                    purpose=purpose, by=by, at=at, applications=asked, partner=partner, due_on=due_on,
                    title=title_of(batch, asked, purpose.title.zh),
                )
            )
    if not made:
        raise NotAllowed(NOTHING_TO_ASK)
    return made


def title_of(batch: Batch | None, applications: list[Application], name: str) -> str:
    """What a list is called: the batch, or the one enterprise that it is about, and what is asked."""
    if batch is not None:
        return f"{batch.call.title} {batch.title} {name}"[:200]
    return f"{applications[0].organisation.name} {name}"[:200]


def usual_partner(name: str) -> Organisation | None:
    """The authority that was asked last for a check, as long as it is there."""
    last = Exchange.objects.filter(purpose=joint.PREFIX + name, partner__active=True).order_by("-made_at").first()
    return last.partner if last is not None else None


def ready(applications: list[Application], today: dt.date) -> list[Application]:
    """Those at the joint check of which everything is answered, nothing too old and no hit open."""
    at_check = [one for one in applications if one.state == State.ACTIVE and _at_check(one)]
    found = joint.standings(at_check, today)
    stopped = set(
        Finding.objects.filter(findings.OPEN, application__in=[one.pk for one in at_check], weight=Weight.STOP)
        .values_list("application", flat=True)
    )  # fmt: skip
    return [one for one in at_check if joint.refused(found[one.pk]) is None and one.pk not in stopped]


def _at_check(application: Application) -> bool:
    return programme(application.programme).stage(application.stage).kind.name == JOINT_CHECK.name


def finish(*, batch: Batch, by: User, at: dt.datetime) -> Job:
    """Let everybody of a batch go on of whom all authorities have answered and nothing stands open; in a job."""
    access.require("casework.batches", by)
    title = _("结束联审：%(batch)s") % {"batch": batch.title}
    return jobs.start(FINISH, by=by, title=title, arguments={"batch": batch.pk}, at=at)


@jobs.job(FINISH)
def run_finish(job: Job, progress: jobs.Progress, *, batch: int) -> dict[str, Any]:
    """One transaction for each application; what has gone on is left alone, so that it may run again."""
    rows = Application.objects.filter(batch=batch).select_related("call").order_by("number", "pk")
    waiting = ready(list(rows), clock.today())
    progress.total(len(waiting))
    count, refused = 0, 0
    for place, one in enumerate(waiting, start=1):
        try:
            moved = moving.advance(application=one, name=PASS, at=clock.now(), by=job.owner, expect=one.stage)
            count += moved is not None
        except NotAllowed:
            refused += 1  # answered otherwise, or a new finding, since the list was made
        progress.done(place)
    _follow(batch)
    return {"moved": count, "refused": refused}


@transaction.atomic
def _follow(key: int) -> None:
    """The batch is where its last application is."""
    batch = Batch.objects.select_for_update().get(pk=key)
    owner = programme(batch.call.programme)
    names = [stage.name for stage in owner.route(batch.call.settings)]
    places = [names.index(one) for one in batch.applications.filter(state=State.ACTIVE).values_list("stage", flat=True)]
    if places and names[min(places)] != batch.stage:
        batch.stage = names[min(places)]
        batch.save(update_fields=["stage"])
