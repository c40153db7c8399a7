"""What our PostgreSQL backend does beside Django's own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import psycopg
import pytest
from django.contrib.auth import get_user_model
from django.db import connection, transaction

from tidui.kit.aside import tell
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


@pytest.fixture
def times() -> Iterator[list[str]]:
    """The times that this thread stepped aside, each with the state that its transaction was in before and after."""
    found: list[str] = []

    @contextmanager
    def way() -> Iterator[None]:
        before = connection.connection.info.transaction_status.name
        yield
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


def test_a_connection_that_has_just_answered_is_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def last_asked() -> str:
        with other() as somebody:
            found = somebody.execute("SELECT query FROM pg_stat_activity WHERE pid = %s", [pid]).fetchone()
        assert found is not None
        return str(found[0])

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    assert connection.is_usable() and last_asked() == "SELECT pg_backend_pid()"
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + SURE + 1)
    assert connection.is_usable() and last_asked() == "SELECT 1"


def test_one_that_the_server_has_ended_is_noticed_though_it_has_just_answered() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    with other() as somebody:
        somebody.execute("SELECT pg_terminate_backend(%s)", [pid])
        end = time.monotonic() + AT_MOST
        while somebody.execute("SELECT 1 FROM pg_stat_activity WHERE pid = %s", [pid]).fetchone():
            assert time.monotonic() < end
    assert not connection.is_usable()
    connection.health_check_enabled, connection.health_check_done = True, False
    assert not get_user_model().objects.exists()  # with a new one
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        assert cursor.fetchone()[0] != pid
