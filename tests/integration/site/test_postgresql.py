"""What our PostgreSQL backend does beside Django's own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import psycopg
import pytest
from django.contrib.auth import get_user_model
from django.db import IntegrityError, connection, transaction

from tidui.accounts.models import Membership
from tidui.kit.aside import tell
from tidui.site.postgresql import base
from tidui.site.postgresql.base import SURE

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL alone has this backend"),
]
AT_MOST = 20.0


def other() -> psycopg.Connection:
    """A connection of somebody else to the same database."""
    settings = connection.settings_dict
    return psycopg.connect(host=settings["HOST"], user=settings["USER"], dbname=settings["NAME"], autocommit=True)


def told(sql: str, *params: object) -> Any:
    """What our own connection answers."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchone()[0]


@pytest.fixture
def times() -> Iterator[list[str]]:
    """The times that this thread stepped aside, each with the state that its transaction was in before and after."""
    found: list[str] = []

    @contextmanager
    def way() -> Iterator[None]:
        before = connection.connection.info.transaction_status.name
        try:
            yield
        finally:
            found.append(f"{before} {connection.connection.info.transaction_status.name}")

    tell(way)
    yield found
    tell(nullcontext)


def test_whoever_commits_what_was_written_steps_aside_until_it_is_done(times: list[str]) -> None:
    people = get_user_model().objects
    with transaction.atomic():
        person = people.create_user("clerk", name="陈")
        with transaction.atomic():
            people.filter(pk=person.pk).update(name="陈一")
        assert times == []
    assert times == ["INTRANS IDLE"]
    with transaction.atomic():
        people.filter(pk=person.pk).delete()
    assert times == ["INTRANS IDLE"] * 2


def test_whoever_only_read_or_went_back_does_not(times: list[str]) -> None:
    people = get_user_model().objects
    with transaction.atomic():
        assert not people.exists()
    with transaction.atomic():
        people.create_user("clerk", name="陈")
        transaction.set_rollback(True)
    with transaction.atomic():
        assert not people.exists()
    assert times == []


def test_what_is_let_go_early_is_on_the_disk_when_the_commit_is_over(times: list[str]) -> None:
    people = get_user_model().objects
    people.create_user("clerk", name="陈")
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = on")  # the tests' cluster has it off
    for name in ("陈一", "陈二", "陈三"):  # often enough for what psycopg prepares
        with transaction.atomic():
            connection.let_go_early()
            people.update(name=name)
            written = told("SELECT pg_current_wal_insert_lsn()")
        assert told("SELECT pg_current_wal_flush_lsn() > %s::pg_lsn", written)
        assert told("SELECT current_setting('synchronous_commit')") == "on"
        with other() as somebody:
            assert somebody.execute("SELECT name FROM accounts_user").fetchall() == [(name,)]
    assert times == ["INTRANS IDLE"] * 3


def test_a_commit_that_fails_lets_go_of_everything_too(times: list[str]) -> None:
    @transaction.atomic
    def wrong() -> None:
        connection.let_go_early()
        Membership.objects.create(user=person, organisation_id=987654321, role="filer", since=person.joined_at)

    person = get_user_model().objects.create_user("clerk", name="陈")
    with pytest.raises(IntegrityError):  # keys are looked at when the transaction ends
        wrong()
    assert not Membership.objects.exists() and times == ["INTRANS IDLE"]
    with transaction.atomic():
        get_user_model().objects.update(name="陈一")
    assert get_user_model().objects.get().name == "陈一"


def test_an_account_that_may_not_leave_anything_there_commits_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    people = get_user_model().objects
    person = people.create_user("clerk", name="陈")
    monkeypatch.setattr(base, "_MAY_LET_GO", "SELECT false")
    monkeypatch.setattr(base, "_LET_GO", "nothing that PostgreSQL knows")
    connection.close()
    with transaction.atomic():
        connection.let_go_early()
        people.update(name="陈一")
    person.refresh_from_db()
    assert person.name == "陈一"


def test_a_connection_that_has_just_answered_is_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def last_asked() -> str:
        with other() as somebody:
            found = somebody.execute("SELECT query FROM pg_stat_activity WHERE pid = %s", [pid]).fetchone()
        assert found is not None
        return str(found[0])

    pid = told("SELECT pg_backend_pid()")
    assert connection.is_usable() and last_asked() == "SELECT pg_backend_pid()"
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + SURE + 1)
    assert connection.is_usable() and last_asked() == "SELECT 1"


def test_one_that_the_server_has_ended_is_noticed_though_it_has_just_answered() -> None:
    pid = told("SELECT pg_backend_pid()")
    with other() as somebody:
        somebody.execute("SELECT pg_terminate_backend(%s)", [pid])
        end = time.monotonic() + AT_MOST
        while somebody.execute("SELECT 1 FROM pg_stat_activity WHERE pid = %s", [pid]).fetchone():
            assert time.monotonic() < end
    assert not connection.is_usable()
    connection.health_check_enabled, connection.health_check_done = True, False
    assert not get_user_model().objects.exists()  # with a new one
    assert told("SELECT pg_backend_pid()") != pid
