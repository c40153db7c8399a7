"""Whatever is changed behind the back of the triggers is found, and named."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import connection
from django.utils import timezone

from tests.integration.audit.attacks import behind, findings, found, sealed, triggers_off
from tidui.accounts.models import User
from tidui.audit import events, seals
from tidui.audit.acting import acting
from tidui.audit.models import Event, Publication, Seal, TamperRow
from tidui.audit.verify import verify

pytestmark = pytest.mark.django_db

USERS = User._meta.db_table


@pytest.fixture
def person(settings: LazySettings, tmp_path: Path) -> User:
    """Three events of two people, one of whom changed name; a home of its own for published heads."""
    settings.HOME = tmp_path
    with acting(17):
        one = User.objects.create(username="zhang", name="张三", password="argon2$first")
        other = User.objects.create(username="li", name="李四")
        User.objects.filter(pk=one.pk).update(name="张三丰")
    for subject in (one, other, one):
        events.record("test.done", actor=one, subject=subject, at=timezone.now(), details={"note": "说明"})
    return one


def test_an_untouched_database_is_sound(person: User) -> None:
    assert findings() == []
    sealed()
    report = verify()

    assert report.findings == []
    assert (report.events, report.seals) == (Event.objects.count(), 1)
    assert report.tampers == TamperRow.objects.count()


@pytest.mark.parametrize("when", ["sealed", "unsealed"])
@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("verb", "test.undone"), ("at", "2020-01-01 00:00:00"), ("actor_id", "99"), ("actor_name", "别人"),
        ("organisation_id", "5"), ("subject_pk", "99"), ("subject_text", "别人"), ("details_text", '{"note":"别的"}'),
        ("details_salt", "0" * 32), ("digest", "0" * 64),
    ],
)  # fmt: skip
def test_a_changed_event_is_found(person: User, column: str, value: str, when: str) -> None:
    if when == "sealed":
        sealed()
    first = Event.objects.order_by("id").filter(verb="test.done")[0]
    assert behind(f"UPDATE audit_event SET {column} = %s WHERE id = %s", value, first.pk) == 1

    assert findings() == [("changed", "audit_event", str(first.pk))]


@pytest.mark.parametrize(
    "column", ["at", "row", "actor_id", "changes", "salt", "image", "operation", "digest", "shape"]
)
def test_a_changed_row_of_the_tamper_log_is_found(person: User, column: str) -> None:
    sealed()
    row = TamperRow.objects.filter(table=USERS, operation="U").get()
    values = {"at": "2020-01-01 00:00:00", "row": "99", "actor_id": "99", "changes": '{"name": ["张三", "李四"]}',
              "salt": "0" * 32, "image": "0" * 64, "operation": "I", "digest": "0" * 64, "shape": "1"}  # fmt: skip
    behind(f'UPDATE audit_tamperrow SET "{column}" = %s WHERE id = %s', values[column], row.pk)

    assert ("changed", "audit_tamperrow", str(row.pk)) in findings()


def test_an_event_whose_digest_was_worked_out_again_is_found_by_its_seal(person: User) -> None:
    sealed()
    event = Event.objects.filter(verb="test.done").order_by("id")[0]
    event.actor_name = "别人"
    behind(
        "UPDATE audit_event SET actor_name = %s, digest = %s WHERE id = %s",
        event.actor_name, events.digests.event_digest(event), event.pk,
    )  # fmt: skip

    [finding] = found()
    assert (finding.kind, finding.table, finding.row) == ("changed", "audit_event", str(event.pk))
    assert finding.columns == ("digest",)


@pytest.mark.parametrize("when", ["sealed", "unsealed"])
@pytest.mark.parametrize("place", ["first", "last"])
@pytest.mark.parametrize("table", ["audit_event", "audit_tamperrow"])
def test_a_removed_row_is_found(person: User, table: str, place: str, when: str) -> None:
    if when == "sealed":
        sealed()
    rows = (
        Event.objects.filter(verb="test.done") if table == "audit_event" else TamperRow.objects.filter(table=USERS)
    ).order_by("id")
    row = rows[0] if place == "first" else rows.reverse()[0]
    about = getattr(row, "row", None)
    behind(f"DELETE FROM {table} WHERE id = %s", row.pk)

    if table == "audit_event" or when == "sealed" or connection.vendor == "sqlite":
        assert ("removed", table, str(row.pk)) in findings()
    elif place == "last":  # an id that was never seen may have been rolled back; the person's row tells
        assert findings() == [("changed", USERS, about)]


def test_the_cut_tail_of_the_events_is_found(person: User) -> None:
    sealed()
    cut = Event.objects.order_by("id")[1:].values_list("id", flat=True)
    keys = [str(key) for key in cut]
    behind("DELETE FROM audit_event WHERE id >= %s", int(keys[0]))

    assert findings() == [("removed", "audit_event", key) for key in keys]


def test_an_event_set_in_where_an_id_was_free_is_found(person: User) -> None:
    last = Event.objects.order_by("-id")[0]
    free = last.pk + 5
    behind("UPDATE audit_event SET id = %s WHERE id = %s", free, last.pk)
    with triggers_off():
        TamperRow.objects.filter(table="audit_event", row=str(last.pk)).update(row=str(free))
    sealed()
    forged = Event.objects.get(pk=free)
    forged.pk = free - 1
    with triggers_off():
        forged.save(force_insert=True)

    assert ("inserted", "audit_event", str(free - 1)) in findings()


def test_a_changed_removed_or_inserted_row_of_a_watched_table_is_found_with_its_column(person: User) -> None:
    sealed()
    with triggers_off():
        User.objects.filter(pk=person.pk).update(mobile="13900000001")
        User.objects.filter(username="li").delete()
        forged = User.objects.create(username="ghost", name="鬼")
    gone = TamperRow.objects.filter(table=USERS, operation="I").order_by("id")[1].row

    by_kind = {finding.kind: finding for finding in found()}
    assert sorted(by_kind) == ["changed", "inserted", "removed"]
    assert by_kind["changed"].columns == ("mobile",)
    assert by_kind["changed"].values == (("mobile", "", "13900000001"),)
    assert (by_kind["changed"].row, by_kind["changed"].logged_by) == (str(person.pk), 17)
    assert (by_kind["removed"].row, by_kind["inserted"].row) == (gone, str(forged.pk))


def test_a_password_changed_by_hand_is_found_without_being_known(person: User) -> None:
    behind(f"UPDATE {USERS} SET password = %s WHERE id = %s", "argon2$mine", person.pk)

    [finding] = found()
    assert (finding.row, finding.columns, finding.values) == (str(person.pk), ("password",), ())


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL's columns hold no infinite whole number")
def test_a_value_that_json_cannot_tell_is_found_and_its_row_named(person: User) -> None:
    behind(f"UPDATE {USERS} SET is_active = 9e999 WHERE id = %s", person.pk)

    [finding] = found()
    assert (finding.kind, finding.row, finding.columns) == ("changed", str(person.pk), ())


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL's columns hold what they are made for")
@pytest.mark.parametrize("column", ["name", "mobile", "is_active"])
def test_bytes_in_a_column_of_another_kind_are_found_and_their_row_named(person: User, column: str) -> None:
    behind(f"UPDATE {USERS} SET {column} = x'ff' WHERE id = %s", person.pk)

    [finding] = found()
    assert (finding.kind, finding.row) == ("changed", str(person.pk))


def test_a_change_that_is_put_back_is_none(person: User) -> None:
    behind(f"UPDATE {USERS} SET name = %s WHERE id = %s", "别人", person.pk)
    behind(f"UPDATE {USERS} SET name = %s WHERE id = %s", "张三丰", person.pk)

    assert findings() == []


@pytest.mark.parametrize(
    "column", ["digest", "previous", "event_root", "tamper_root", "events", "last_event", "sealed_at"]
)
def test_a_changed_seal_is_found(person: User, column: str) -> None:
    sealed()
    events.record("test.more", actor=person, subject=person, at=timezone.now())
    sealed()
    values = {"events": 1, "last_event": 1, "sealed_at": "2020-01-01 00:00:00"}
    behind(f"UPDATE audit_seal SET {column} = %s WHERE number = 1", values.get(column, "f" * 64))

    assert ("changed", "audit_seal", "1") in findings()


def test_changed_leaves_of_a_seal_are_found(person: User) -> None:
    sealed()
    leaves = bytes(Seal.objects.get().event_leaves)
    behind("UPDATE audit_seal SET event_leaves = %s", connection.Database.Binary(leaves[:-1] + b"\x00"))

    assert ("changed", "audit_seal", "1") in findings()


@pytest.mark.parametrize("number", [1, 2])
def test_a_removed_seal_is_found(person: User, number: int) -> None:
    sealed()
    events.record("test.more", actor=person, subject=person, at=timezone.now())
    sealed()
    behind("DELETE FROM audit_seal WHERE number = %s", number)

    assert ("removed", "audit_seal", str(number)) in findings()


def test_a_chain_made_anew_is_found_by_a_published_head(person: User, tmp_path: Path) -> None:
    seals.publish(day=dt.date(2026, 6, 30), at=timezone.now(), patience=60)
    kept = tmp_path / "kept.json"
    (tmp_path / "published" / "head-2026-06-30.json").rename(kept)
    behind("DELETE FROM audit_publication")
    behind("DELETE FROM audit_seal")
    behind("DELETE FROM audit_event")
    behind("DELETE FROM audit_tamperrow")
    behind(f"DELETE FROM {USERS}")
    behind("DELETE FROM audit_shape")
    if connection.vendor == "sqlite":
        behind("DELETE FROM sqlite_sequence")

    assert findings() == []
    assert [finding.kind for finding in verify(heads=[kept]).findings] == ["cut"]


def test_a_head_that_says_another_digest_is_found(person: User, tmp_path: Path) -> None:
    seals.publish(day=dt.date(2026, 6, 30), at=timezone.now(), patience=60)
    published = tmp_path / "published" / "head-2026-06-30.json"
    assert verify(heads=[published]).findings == []
    published.write_text(published.read_text().replace('"digest": "', '"digest": "0'))

    assert [(finding.kind, finding.row) for finding in found()] == [("changed", "1")]


def test_a_changed_publication_is_found(person: User) -> None:
    seals.publish(day=dt.date(2026, 6, 30), at=timezone.now(), patience=60)
    behind("UPDATE audit_publication SET digest = %s", "0" * 64)
    key = str(Publication.objects.get().pk)

    assert ("changed", "audit_publication", key) in findings()


def test_personal_content_emptied_without_forgetting_is_found(person: User) -> None:
    sealed()
    event = Event.objects.filter(verb="test.done").order_by("id")[0]
    behind(
        "UPDATE audit_event SET actor_name = '', actor_salt = %s WHERE id = %s",
        events.digests.mark(event.actor_salt, event.actor_name), event.pk,
    )  # fmt: skip

    [finding] = found()
    assert (finding.kind, finding.row, finding.columns) == ("emptied", str(event.pk), ("actor_name",))


def test_a_dropped_trigger_is_found(person: User) -> None:
    with connection.cursor() as cursor:
        on = "" if connection.vendor == "sqlite" else f" ON {USERS}"
        cursor.execute(f"DROP TRIGGER tidui_tamper_{USERS}_u{on}")

    assert findings() == [("missing", USERS, f"tidui_tamper_{USERS}_u")]


def test_a_replaced_or_switched_off_trigger_is_found(person: User) -> None:
    name = f"tidui_tamper_{USERS}_u"
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"DROP TRIGGER {name}")
            cursor.execute(f"CREATE TRIGGER {name} AFTER UPDATE ON {USERS} BEGIN SELECT 1; END")
            assert findings() == [("changed", USERS, name)]
            return
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {USERS} DISABLE TRIGGER {name}")
        assert findings() == [("disabled", USERS, name)]
        cursor.execute(f"ALTER TABLE {USERS} ENABLE TRIGGER {name}")
        cursor.execute(
            f"CREATE OR REPLACE FUNCTION tidui_tamper_{USERS}() RETURNS trigger LANGUAGE plpgsql AS"
            " $$BEGIN RETURN NULL; END$$"
        )
        assert findings() == [("changed", USERS, f"tidui_tamper_{USERS}")]


def test_a_trigger_that_swallows_log_rows_is_found(person: User) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("CREATE TRIGGER mine BEFORE INSERT ON audit_tamperrow BEGIN SELECT RAISE(IGNORE); END")
        else:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("CREATE RULE mine AS ON INSERT TO audit_tamperrow DO INSTEAD NOTHING")

    assert findings() == [("foreign", "audit_tamperrow", "mine")]


def test_a_head_file_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "head.json").write_text("[]")

    with pytest.raises(ValueError, match="not a published head"):
        verify(heads=[tmp_path / "head.json"])
