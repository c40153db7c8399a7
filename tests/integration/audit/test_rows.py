"""A row that is written with a kept statement is the row that Django's own `save` writes, on both databases."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tasks_db.models import DBTaskResult, get_date_max

from tests.casework import make_call
from tests.people import World
from tidui.accounts.models import Organisation
from tidui.audit import events, rows
from tidui.audit.models import Event, TamperRow
from tidui.casework.actions import applying
from tidui.casework.findings import look_at
from tidui.casework.models import Application
from tidui.cultivation.models import Placement
from tidui.kit.models import Message
from tidui.registry.models import YearFigures

pytestmark = pytest.mark.django_db


def columns(record: Any) -> dict[str, Any]:
    """Every column of a record as the database has it now, but for its key."""
    found = type(record)._default_manager.values().get(pk=record.pk)
    return {name: value for name, value in found.items() if name != "id"}


def message(world: World, **changes: Any) -> Message:
    given = {
        "recipient": world.clerk_a, "kind": "x", "subject": "甲", "body": "乙\n%s", "link": "",
        "sent_at": timezone.now().replace(microsecond=7), "read_at": None,
    }  # fmt: skip
    return Message(**given | changes)


def test_texts_numbers_moments_and_nothing_are_inserted_as_save_does(world: World) -> None:
    at = dt.datetime(2026, 3, 1, 8, 0, 0, 5, tzinfo=dt.UTC)
    for changes in ({"sent_at": at}, {"sent_at": at, "read_at": at}, {"sent_at": at, "subject": "", "link": "/a/"}):
        ours, theirs = message(world, **changes), message(world, **changes)
        rows.insert(ours)
        theirs.save()
        assert columns(ours) == columns(theirs) and ours.pk != theirs.pk and not ours._state.adding
    wide = [YearFigures(organisation=one, year=2025, employees=5, sales_revenue=2**40) for one in (world.a, world.b)]
    rows.insert(wide[0])
    wide[1].save()
    ours_wide, theirs_wide = (columns(one) | {"organisation_id": 0} for one in wide)
    assert ours_wide == theirs_wide


def placement(world: World, **changes: Any) -> Placement:
    given = {
        "organisation": world.a, "on": dt.date(2026, 3, 1), "year": 2025, "rung": "sme", "held": ["sme"],
        "unclear": [], "next": "hte", "verdict": "fail", "open": ["a", "b"], "open_count": 2, "only": "",
        "score_low": 70.5, "score_high": None, "placed_at": timezone.now(),
    }  # fmt: skip
    return Placement(**given | changes)


def test_a_row_with_a_given_key_is_put_in_or_over_the_one_that_is_there(world: World) -> None:
    Placement.objects.all().delete()
    other = placement(world, organisation=world.b)
    other.save()
    before = columns(other)
    rows.put(placement(world))
    assert Placement.objects.get(pk=world.a.pk).open == ["a", "b"]
    second = placement(world, verdict="pass", open=[], open_count=0, score_high=88.0)
    rows.put(second)
    kept = Placement.objects.get(pk=world.a.pk)
    assert (kept.verdict, kept.open, kept.score_high, kept.placed_at) == ("pass", [], 88.0, second.placed_at)
    assert columns(other) == before and Placement.objects.count() == 2


def test_the_tamper_log_sees_what_is_written_with_a_kept_statement(world: World) -> None:
    table = Organisation._meta.db_table
    before = TamperRow.objects.filter(table=table).count()
    world.a.name = "兰州改名有限公司"
    rows.update(world.a, {"name"})
    assert TamperRow.objects.filter(table=table).count() == before + 1


def test_a_task_stands_in_the_queue_as_its_library_would_put_it_there() -> None:
    made = DBTaskResult.objects.get(pk=look_at.enqueue(5, spread=False).id)
    assert (made.status, made.run_after, made.backend_name) == ("READY", get_date_max(), "default")
    assert made.args_kwargs == {"args": [5], "kwargs": {"spread": False}} and made.task == look_at
    assert DBTaskResult.objects.ready().filter(pk=made.pk).exists()
    later = timezone.now() + dt.timedelta(hours=1)
    waiting = DBTaskResult.objects.get(pk=look_at.using(run_after=later).enqueue(6).id)
    assert waiting.run_after == later and not DBTaskResult.objects.ready().filter(pk=waiting.pk).exists()


def test_several_are_written_by_one_statement_and_logged_one_by_one(world: World) -> None:
    at = timezone.now().replace(microsecond=7)
    several = [message(world, subject=f"第{place}条", body="%s\\", sent_at=at) for place in range(3)]
    table, before = Message._meta.db_table, Message.objects.count()
    logged = TamperRow.objects.filter(table=table).count()
    with CaptureQueriesContext(connection) as asked:
        rows.insert_all(several)
    assert len(asked) == 1 and Message.objects.count() == before + 3
    written = list(Message.objects.order_by("-pk")[:3])[::-1]
    assert [(one.subject, one.body, one.sent_at) for one in written] == [(f"第{n}条", "%s\\", at) for n in range(3)]
    assert TamperRow.objects.filter(table=table).count() == (logged + 3 if logged else 0)
    rows.insert_all([])
    rows.insert_all([message(world)])
    assert Message.objects.count() == before + 4


def test_what_stands_against_a_new_row_is_told_and_ends_no_transaction(world: World) -> None:
    call = make_call(world)
    first, second = (
        applying.unbegun(call=call, organisation=world.a, by=world.clerk_a, at=timezone.now()) for _one in range(2)
    )
    assert rows.insert_unless_there(first) and first.pk and not first._state.adding
    assert not rows.insert_unless_there(second) and second.pk is None and second._state.adding
    assert list(Application.objects.values_list("pk", flat=True)) == [first.pk]


def event(world: World, verb: str) -> Event:
    return events.record(verb, actor=world.clerk_a, subject=world.a, at=timezone.now())


def verbs() -> list[str]:
    return list(Event.objects.filter(verb__startswith="t.").order_by("pk").values_list("verb", flat=True))


def test_events_together_are_one_statement_at_the_end_in_their_order(world: World) -> None:
    with CaptureQueriesContext(connection) as asked, events.together():
        for verb in ("t.one", "t.two", "t.three"):
            event(world, verb)
        assert not asked.captured_queries
    assert len(asked) == 1 and verbs() == ["t.one", "t.two", "t.three"]
    assert event(world, "t.four").pk and len(verbs()) == 4


def test_events_of_what_fails_are_not_written_and_of_a_part_that_is_taken_back_neither(world: World) -> None:
    with suppress(ZeroDivisionError), events.together():
        event(world, "t.failed")
        raise ZeroDivisionError
    with events.together():
        event(world, "t.before")
        with suppress(ZeroDivisionError), transaction.atomic():
            event(world, "t.taken back")
            raise ZeroDivisionError
        with transaction.atomic():
            event(world, "t.inside")
    assert sorted(verbs()) == ["t.before", "t.inside"]


def test_events_together_within_a_savepoint_join_those_outside_or_are_gone_with_it(world: World) -> None:
    with CaptureQueriesContext(connection) as asked, transaction.atomic(), events.together():
        event(world, "t.before")
        with transaction.atomic(), events.together():
            event(world, "t.inside")
            with transaction.atomic(), events.together():
                event(world, "t.deep")
        with suppress(ZeroDivisionError), transaction.atomic(), events.together():
            event(world, "t.taken back")
            raise ZeroDivisionError
        event(world, "t.after")
    assert sum("INSERT" in one["sql"] for one in asked.captured_queries) == 1
    assert verbs() == ["t.before", "t.inside", "t.deep", "t.after"]


def test_events_do_not_outlive_a_savepoint_between_them_nor_rows_that_are_taken_back_unseen(world: World) -> None:
    with transaction.atomic(), events.together():
        with suppress(ZeroDivisionError), transaction.atomic():
            with transaction.atomic(), events.together():
                event(world, "t.between")
            raise ZeroDivisionError
        with suppress(TransactionManagementError), transaction.atomic(), events.together():
            event(world, "t.unseen")
            transaction.set_rollback(True)
        event(world, "t.after")
    assert verbs() == ["t.after"]
