"""The tamper log sees every way of writing, on the database that the tests run on."""

from __future__ import annotations

import json

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError

from tidui.accounts.models import User
from tidui.audit import images, install
from tidui.audit.acting import acting
from tidui.audit.models import Event, TamperRow

pytestmark = pytest.mark.django_db

USERS = User._meta.db_table


def logged() -> list[tuple[str, str, dict[str, list[object]]]]:
    """What the log holds of people: (operation, row, changes)."""
    rows = TamperRow.objects.filter(table=USERS).order_by("id")
    return [(row.operation, row.row, json.loads(row.changes)) for row in rows]


def test_save_update_and_delete_are_logged_with_old_and_new_values() -> None:
    person = User.objects.create(username="zhang", name="张三")
    User.objects.filter(pk=person.pk).update(name="李四", mobile="13900000000")
    key = str(person.pk)
    person.delete()

    inserted, updated, deleted = logged()
    assert inserted[:2] == ("I", key) and inserted[2]["name"] == [None, "张三"]
    assert updated == ("U", key, {"name": ["张三", "李四"], "mobile": ["", "13900000000"]})
    assert deleted[:2] == ("D", key) and deleted[2]["name"] == ["李四", None]


def test_bulk_create_and_raw_sql_are_logged() -> None:
    people = User.objects.bulk_create([User(username=f"p{n}", name=f"人{n}") for n in range(3)])
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {USERS} SET name = name || '!' WHERE username <> 'p0'")
        cursor.execute(f"DELETE FROM {USERS} WHERE username = 'p2'")

    rows = logged()
    assert [row[0] for row in rows] == ["I", "I", "I", "U", "U", "D"]
    assert sorted(row[1] for row in rows[3:5]) == sorted(str(person.pk) for person in people[1:])


def test_a_password_is_covered_but_never_copied() -> None:
    person = User.objects.create(username="zhang", name="张三", password="argon2$first")
    User.objects.filter(pk=person.pk).update(password="argon2$second")

    assert logged()[1][2] == {"password": ["*", "*"]}
    assert not TamperRow.objects.filter(changes__contains="argon2").exists()


def test_a_sign_in_alone_is_not_logged() -> None:
    person = User.objects.create(username="zhang", name="张三")
    User.objects.filter(pk=person.pk).update(last_login="2026-06-30T12:00:00+08:00")
    User.objects.filter(pk=person.pk).update(name="张三")

    assert [row[0] for row in logged()] == ["I"]


def test_a_key_that_changes_is_a_row_gone_and_a_row_come() -> None:
    person = User.objects.create(username="zhang", name="张三")
    User.objects.filter(pk=person.pk).update(id=person.pk + 1000)

    assert sorted(row[:2] for row in logged()[1:]) == sorted([("D", str(person.pk)), ("I", str(person.pk + 1000))])
    assert images.wrong_rows(connection) == {}


def test_the_log_knows_who_wrote() -> None:
    with acting(17, 203):
        person = User.objects.create(username="zhang", name="张三")
    with acting(lambda: 18):
        User.objects.filter(pk=person.pk).update(name="李四")
    User.objects.filter(pk=person.pk).update(name="王五")

    rows = TamperRow.objects.filter(table=USERS).order_by("id")
    assert [(row.actor_id, row.organisation_id) for row in rows] == [(17, 203), (18, None), (None, None)]


def test_who_wrote_survives_the_return_to_a_savepoint() -> None:
    def fail() -> None:
        with transaction.atomic():
            User.objects.create(username="gone", name="没有")
            raise ValueError

    with acting(17):
        with pytest.raises(ValueError, match=r"^$"):
            fail()
        User.objects.create(username="zhang", name="张三")

    assert [row.actor_id for row in TamperRow.objects.filter(table=USERS)] == [17]


@pytest.mark.parametrize("statement", ["UPDATE {} SET digest = digest", "DELETE FROM {}"])
@pytest.mark.parametrize("table", ["audit_event", "audit_tamperrow"])
def test_the_histories_refuse_to_be_changed(table: str, statement: str, world: object) -> None:
    from django.utils import timezone

    from tidui.audit import events

    person = User.objects.create(username="zhang", name="张三")
    events.record("test.done", actor=person, subject=person, at=timezone.now())
    before = Event.objects.count(), TamperRow.objects.count()

    with (
        pytest.raises((IntegrityError, DatabaseError), match="only added"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement.format(table))

    assert (Event.objects.count(), TamperRow.objects.count()) == before


def test_all_triggers_stand_and_every_row_matches(world: object) -> None:
    assert install.faults(connection) == []
    assert images.wrong_rows(connection) == {}
    assert TamperRow.objects.exists()


def test_making_the_triggers_again_changes_nothing(world: object) -> None:
    before = TamperRow.objects.count(), Event.objects.count()
    install.after_migration(None, "default")

    assert (TamperRow.objects.count(), Event.objects.count()) == before
    assert install.faults(connection) == []
