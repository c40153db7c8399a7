"""Helpers for tests of notices: a closed batch at its notice, a notice that is shown, one that has ended."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from tests.casework import accepted, confirmed, make_call, submitted
from tests.people import World
from tidui.casework.actions import advance, calls
from tidui.casework.models import Application, Batch
from tidui.kit import clock
from tidui.recognition.actions import notices, objections
from tidui.recognition.models import Notice, Objection, Recognition


def batch_at_notice(world: World, *, third: bool = False) -> tuple[Batch, list[Application]]:
    """A closed batch whose applications, of `a` and `b` (and of `zoned`), wait for their notice."""
    call = make_call(world)
    made = [submitted(world, call), submitted(world, call, world.b, world.clerk_b)]
    if third:
        made.append(submitted(world, call, world.zoned, world.administrator_zoned))
    made = [confirmed(world, accepted(world, one)) for one in made]
    batch = Batch.objects.get(call=call)
    return calls.close_batch(batch=batch, by=world.department_officer, at=timezone.now()), made


def shown(world: World, batch: Batch, at: dt.datetime | None = None) -> Notice:
    """A published notice of the batch."""
    now = at or timezone.now()
    drafted = notices.draft_notice(batch=batch, by=world.department_officer, at=now)
    return notices.publish_notice(notice=drafted, by=world.department_officer, at=now)


def after(notice: Notice) -> dt.datetime:
    """Noon of the day after the last one of a notice."""
    assert notice.ends_on is not None
    return clock.start_of(notice.ends_on + dt.timedelta(days=1)) + dt.timedelta(hours=12)


def objected(notice: Notice, application: Application, at: dt.datetime | None = None) -> Objection:
    """Somebody objects to an entry."""
    return objections.file_objection(
        notice=notice, application=application.pk, name="石坚", mobile="13812340000", employer="皋兰山机械厂",
        text="该企业研发费用与其公开的年报不一致，请核实。", at=at or timezone.now(),
    )  # fmt: skip


def taken_up(world: World, objection: Objection) -> Objection:
    """The department takes an objection up."""
    return objections.accept_objection(
        objection=objection, by=world.department_officer, at=timezone.now(), seen=objection.version
    )


def numbered(world: World, application: Application, number: str, at: dt.datetime | None = None) -> Recognition:
    """An application that has passed its notice gets a number, and waits for the announcement."""
    now = at or timezone.now()
    today = clock.day_of(now)
    for stage, name in (("notice", "end"), ("tax_before", "verified"), ("platform", "numbered")):
        advance(application=application, name=name, at=now, by=world.department_officer, expect=stage)
    return Recognition.objects.create(
        organisation=application.organisation, programme="tech-sme", rung="sme", number=number, year=today.year,
        application=application, valid_from=today, valid_until=dt.date(today.year, 12, 31),
        recorded_by=world.department_officer, recorded_at=now,
    )  # fmt: skip
