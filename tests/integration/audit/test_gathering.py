"""Rows that are gathered are the rows that would be written one by one; PostgreSQL gets them in one statement."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from django.db import DatabaseError, IntegrityError, connection, connections, transaction
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.casework import make_call
from tests.people import World
from tidui.accounts.models import Organisation
from tidui.audit import acting, events, rows
from tidui.audit.models import Event, TamperRow
from tidui.audit.verify import verify
from tidui.casework.actions import applying
from tidui.casework.models import Application, Call
from tidui.kit import search
from tidui.kit.models import Message, SearchEntry, StoredFile
from tidui.registry.models import YearFigures

pytestmark = pytest.mark.django_db
BODY = "乙\n%s$1 %% 'x'"


def message(world: World, subject: str) -> Message:
    return Message(recipient=world.clerk_a, kind="t", subject=subject, body=BODY, link="", sent_at=timezone.now())


def subjects() -> list[str]:
    return list(Message.objects.filter(kind="t").order_by("pk").values_list("subject", flat=True))


def draft(world: World, call: Call) -> Application:
    return applying.unbegun(call=call, organisation=world.a, by=world.clerk_a, at=timezone.now())


@contextmanager
def gathered(messages: int = 0, applications: int = 0) -> Iterator[CaptureQueriesContext]:
    """A transaction that gathers, with so many keys; what it asks the database."""
    keys = {Message: messages, Application: applications}
    with CaptureQueriesContext(connection) as asked, transaction.atomic(), rows.gathered(keys):
        yield asked


def writing(asked: CaptureQueriesContext) -> int:
    """How many statements wrote something."""
    return sum("INSERT" in one["sql"] or "UPDATE" in one["sql"] for one in asked.captured_queries)


def together(one_by_one: int) -> int:
    """How many statements so many rows take where they are gathered: one, where the database takes them so."""
    return 1 if connection.vendor == "postgresql" else one_by_one


def test_several_tables_are_written_in_one_statement_as_they_would_be_one_by_one(world: World) -> None:
    logged = TamperRow.objects.filter(table=Organisation._meta.db_table).count()
    world.a.name = "兰州改名有限公司"
    with gathered(messages=2) as asked, events.together():
        first, second = rows.insert(message(world, "一")), rows.insert(message(world, "二"))
        rows.update(world.a, {"name"})
        search.index(world.a, "改名 %s $1")
        events.record("t.first", actor=world.clerk_a, subject=first, at=timezone.now())
    assert writing(asked) == together(5)
    assert first.pk and second.pk and first.pk != second.pk and not first._state.adding
    assert [(one.pk, one.subject, one.body) for one in Message.objects.filter(kind="t").order_by("subject")] == [
        (first.pk, "一", BODY), (second.pk, "二", BODY),
    ]  # fmt: skip
    assert Organisation.objects.get(pk=world.a.pk).name == "兰州改名有限公司"
    assert SearchEntry.objects.get(model=search.label(Organisation), object_id=world.a.pk).text.startswith("改名")
    assert Event.objects.get(verb="t.first").subject_pk == str(first.pk)
    changed = TamperRow.objects.filter(table=Organisation._meta.db_table)
    assert changed.count() == logged + 1
    third = message(world, "三")
    third.save()  # the keys that were drawn are not given again
    assert third.pk not in (first.pk, second.pk)


def test_whoever_writes_is_told_to_the_log_with_the_keys(world: World) -> None:
    with acting.acting(world.clerk_a.pk, world.a.pk), gathered(messages=1):
        rows.insert(message(world, "一"))
        world.a.name = "兰州改名有限公司"
        rows.update(world.a, {"name"})
    last = TamperRow.objects.filter(table=Organisation._meta.db_table).order_by("-pk").first()
    assert last is not None and (last.actor_id, last.organisation_id) == (world.clerk_a.pk, world.a.pk)


def test_several_new_rows_of_one_table_are_each_logged_once_by_what_they_hold(world: World) -> None:
    """The log of a table that is filled by thousands is written once for a statement, from all of its new rows."""
    stored = [
        StoredFile(sha256=f"{number:064x}", size=number, media_type="application/pdf", name="a.pdf", kind="casework.evidence",
                   uploaded_at=timezone.now(), uploaded_by=world.clerk_a)
        for number in (1, 2, 3)
    ]  # fmt: skip
    with transaction.atomic(), rows.gathered({StoredFile: 3}):
        for one in stored:
            rows.insert(one)
    logged = TamperRow.objects.filter(table=StoredFile._meta.db_table).order_by("row")
    assert [one.row for one in logged] == sorted(str(one.pk) for one in stored)
    assert len({one.image for one in logged}) == 3 and [str(one) for one in verify().findings] == []


def test_each_is_written_in_the_name_of_whoever_wrote_it(world: World) -> None:
    with gathered(messages=1):
        with acting.acting(world.clerk_a.pk, world.a.pk):
            world.a.name = "甲改名"
            rows.update(world.a, {"name"})
        with acting.acting(world.clerk_b.pk, world.b.pk):
            world.b.name = "乙改名"
            rows.update(world.b, {"name"})
        with acting.acting(world.county_officer.pk):
            assert Organisation.objects.filter(name="乙改名").exists()
    logged = TamperRow.objects.filter(table=Organisation._meta.db_table).order_by("-pk")[:2]
    assert {(one.row, one.actor_id) for one in logged} == {
        (str(world.a.pk), world.clerk_a.pk), (str(world.b.pk), world.clerk_b.pk),
    }  # fmt: skip


def test_events_of_several_lists_stay_in_their_order(world: World) -> None:
    with gathered(messages=1):
        subject = rows.insert(message(world, "一"))
        for names in (("t.1", "t.2"), ("t.3",), ("t.4", "t.5")):
            with events.together():
                for name in names:
                    events.record(name, actor=world.clerk_a, subject=subject, at=timezone.now())
    found = Event.objects.filter(verb__startswith="t.").order_by("pk").values_list("verb", flat=True)
    assert list(found) == ["t.1", "t.2", "t.3", "t.4", "t.5"]


def test_what_a_row_held_when_it_was_written_counts(world: World) -> None:
    said = {"employees": 1}
    with gathered():
        YearFigures.objects.create(organisation=world.b, year=2025)
        row = YearFigures.objects.create(organisation=world.a, year=2025)
        row.provenance = said
        rows.update(row, {"provenance"})
        said["employees"] = 2
        world.a.name = "甲改名"
        rows.update(world.a, {"name"})
    assert YearFigures.objects.get(organisation=world.a).provenance == {"employees": 1}


def test_more_values_than_a_statement_takes_go_in_several(world: World) -> None:
    several = [message(world, f"{number}") for number in range(12_000)]
    with gathered(messages=1):
        rows.insert(message(world, "一"))
        rows.insert_all(several)
        world.a.name = "甲改名"
        rows.update(world.a, {"name"})
    assert Message.objects.filter(kind="t").count() == 12_001
    assert Organisation.objects.get(pk=world.a.pk).name == "甲改名"


def test_rows_are_gathered_in_a_transaction_only(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as outside:
        outside.setattr(connections["default"], "in_atomic_block", False)
        with pytest.raises(TransactionManagementError, match="inside a transaction"), rows.gathered({}):
            raise AssertionError


def test_whoever_reads_or_counts_finds_what_was_written_before(world: World) -> None:
    with gathered(messages=3) as asked:
        rows.insert(message(world, "一"))
        assert subjects() == ["一"]
        rows.insert(message(world, "二"))
        assert Organisation.objects.filter(pk=world.a.pk).exists()
        assert Message.objects.filter(kind="t").update(link="/a/") == 2
        rows.insert(message(world, "三"))
    assert subjects() == ["一", "二", "三"] and writing(asked) == 4
    assert Message.objects.filter(kind="t", link="/a/").count() == 2


def test_a_row_that_is_changed_twice_ends_as_it_was_changed_last(world: World) -> None:
    with gathered():
        for name in ("甲公司", "乙公司", "丙公司"):
            world.a.name = name
            rows.update(world.a, {"name"})
    assert Organisation.objects.get(pk=world.a.pk).name == "丙公司"
    figures = YearFigures.objects.create(organisation=world.a, year=2025, employees=5)
    with gathered():
        for count in (6, 7):
            figures.employees = count
            rows.update(figures, {"employees"})
        rows.insert(YearFigures(organisation=world.b, year=2025, employees=8))
    assert list(YearFigures.objects.order_by("organisation").values_list("employees", flat=True)) == [7, 8]


def test_a_new_row_that_is_unfinished_is_written_once_with_what_became_of_it(world: World) -> None:
    call = make_call(world)
    with gathered(applications=1) as asked:
        first = draft(world, call)
        assert rows.insert_unless_there(first) and first.pk and not first._state.adding
        first.number, first.version = "甲1", 3
        rows.update(first, {"number", "version"})
    assert writing(asked) == together(2)
    with gathered(applications=1):
        second = draft(world, make_call(world))
        assert rows.insert_unless_there(second)
        other = copy.copy(second)
        other.number = "甲2"
        rows.update(other, {"number"})
    assert Application.objects.get(pk=second.pk).number == "甲2"
    kept = Application.objects.get(pk=first.pk)
    assert (kept.number, kept.version, kept.organisation_id) == ("甲1", 3, world.a.pk)


def test_an_unfinished_row_is_written_at_the_end_or_before_somebody_asks_for_its_table(world: World) -> None:
    first, second = draft(world, make_call(world)), draft(world, make_call(world))
    with gathered(applications=2):
        assert rows.insert_unless_there(first)
        assert Application.objects.filter(pk=first.pk).count() == 1
        first.number = "甲1"
        rows.update(first, {"number"})
        assert rows.insert_unless_there(second)
        rows.send()  # not what is unfinished
        second.number = "甲2"
    kept = Application.objects.filter(pk__in=[first.pk, second.pk]).order_by("pk")
    assert [one.pk for one in kept] == [first.pk, second.pk] and kept[0].number == "甲1"


def written_with(first: Message, second: Application) -> None:
    with gathered(messages=1, applications=1):
        rows.insert(first)
        assert rows.insert_unless_there(second)


def changed_with(first: Message, second: Organisation) -> None:
    with gathered(messages=1):
        rows.insert(first)
        rows.update(second, {"name"})


def test_what_stands_against_a_row_fails_the_whole_action(world: World) -> None:
    call = make_call(world)
    draft(world, call).save()
    if connection.vendor == "postgresql":
        with pytest.raises(IntegrityError, match="one_open_application_a_call"):
            written_with(message(world, "一"), draft(world, call))  # told when it is sent
    else:
        with gathered(applications=1):
            assert not rows.insert_unless_there(draft(world, call))
    assert subjects() == [] and Application.objects.filter(call=call).count() == 1
    gone = Organisation(pk=10**9, name="无")
    with pytest.raises(DatabaseError, match="not there to be changed"):
        changed_with(message(world, "一"), gone)
    with suppress(ZeroDivisionError), gathered(messages=1):
        rows.insert(message(world, "一"))
        raise ZeroDivisionError
    assert subjects() == []


def test_a_savepoint_keeps_what_was_before_it_and_takes_back_what_was_in_it(world: World) -> None:
    with gathered(messages=4):
        rows.insert(message(world, "一"))
        with suppress(ZeroDivisionError), transaction.atomic():
            rows.insert(message(world, "二"))
            raise ZeroDivisionError
        with transaction.atomic():
            rows.insert(message(world, "三"))
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(Organisation(pk=10**9, name="无"), {"name"})
        rows.insert(message(world, "四"))
    assert subjects() == ["一", "三", "四"]


def test_more_rows_than_keys_are_written_as_they_come(world: World) -> None:
    with gathered(messages=1):
        made = [rows.insert(message(world, subject)) for subject in "甲乙丙"]
        rows.insert_all([message(world, subject) for subject in "丁戊"])
        rows.insert_all([message(world, "己")])
    assert all(one.pk for one in made) and sorted(subjects()) == sorted("甲乙丙丁戊己")
