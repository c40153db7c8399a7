"""A row that is written with a kept statement is the row that Django's own `save` writes, on both databases."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult, get_date_max

from tests.people import World
from tidui.accounts.models import Organisation
from tidui.audit import rows
from tidui.audit.models import TamperRow
from tidui.casework.findings import look_at
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
