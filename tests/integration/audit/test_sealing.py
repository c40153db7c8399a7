"""Sealing while others write: nothing that is committed late is lost, and what was rolled back is no gap."""

from __future__ import annotations

import datetime as dt
import json
import threading
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import connection, connections, transaction
from django.utils import timezone

from tests.integration.audit.attacks import findings
from tests.people import make_user
from tidui.audit import digests, events, seals
from tidui.audit.models import Event, Seal


def test_a_seal_closes_what_was_written_and_a_second_one_waits_for_more(db: None) -> None:
    person = make_user("zhang", "张三")
    events.record("test.done", actor=person, subject=person, at=timezone.now())
    [first] = seals.seal(at=timezone.now(), pause=0)

    assert seals.seal(at=timezone.now(), pause=0) == []
    events.record("test.more", actor=person, subject=person, at=timezone.now())
    [second] = seals.seal(at=timezone.now(), pause=0)

    assert (first.number, first.previous) == (1, digests.START)
    assert (second.number, second.previous, second.events) == (2, first.digest, 1)
    assert seals.unsealed()[0] == 0


def test_many_rows_make_several_seals(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seals, "BATCH", 4)
    person = make_user("zhang", "张三")
    for _ in range(10):
        events.record("test.done", actor=person, subject=person, at=timezone.now())
    before = Event.objects.count()

    made = seals.seal(at=timezone.now(), pause=0)

    assert len(made) > 2 and sum(one.events for one in made) == before
    assert findings() == []


@pytest.mark.django_db(transaction=True)
def test_an_event_that_is_committed_after_a_later_one_is_sealed_too(settings: LazySettings, tmp_path: Path) -> None:
    settings.HOME = tmp_path
    person = make_user("zhang", "张三")
    drawn, go = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            events.record("test.slow", actor=person, subject=person, at=timezone.now())
            drawn.set()
            go.wait(120)
        connections.close_all()

    writer = threading.Thread(target=slow)
    writer.start()
    assert drawn.wait(120)
    if connection.vendor == "postgresql":  # SQLite's writers stand in a queue: nobody overtakes
        events.record("test.quick", actor=person, subject=person, at=timezone.now())
        assert seals.seal(at=timezone.now(), pause=0, patience=0.3) == []
    go.set()
    writer.join()
    events.record("test.last", actor=person, subject=person, at=timezone.now())
    seals.seal(at=timezone.now(), pause=0)

    expected = {"test.slow", "test.last"} | ({"test.quick"} if connection.vendor == "postgresql" else set())
    assert set(Event.objects.filter(verb__startswith="test.").values_list("verb", flat=True)) == expected
    assert sum(Seal.objects.values_list("events", flat=True)) == Event.objects.count()
    assert findings() == []


@pytest.mark.django_db(transaction=True)
def test_what_was_rolled_back_is_no_gap(settings: LazySettings, tmp_path: Path) -> None:
    settings.HOME = tmp_path
    person = make_user("zhang", "张三")
    for undone in (False, True, False):
        with transaction.atomic():
            events.record("test.done", actor=person, subject=person, at=timezone.now())
            transaction.set_rollback(undone)

    assert findings() == []
    seals.seal(at=timezone.now(), pause=0)
    assert findings() == []


def test_a_published_head_lies_as_a_file_once_a_day(db: None, settings: LazySettings, tmp_path: Path) -> None:
    settings.HOME = tmp_path
    person = make_user("zhang", "张三")
    day = dt.date(2026, 6, 30)
    first = seals.publish(day=day, at=timezone.now(), patience=60)
    events.record("test.more", actor=person, subject=person, at=timezone.now())
    again = seals.publish(day=day, at=timezone.now(), patience=60)

    assert first is not None and first == again
    [file] = sorted((tmp_path / "published").iterdir())
    content = json.loads(file.read_text())
    assert (file.name, content["seal"], content["digest"]) == ("head-2026-06-30.json", 1, first.digest)
    assert content["short"] == seals.short(first.digest) and len(content["short"]) == 19


@pytest.mark.parametrize("wrong", ["naive", "unsaved", "two lines"])
def test_an_event_that_cannot_be_checked_later_is_refused(db: None, wrong: str) -> None:
    person = make_user("zhang", "张三")
    subject = type(person)() if wrong == "unsaved" else person
    at = dt.datetime(2026, 6, 30) if wrong == "naive" else timezone.now()

    with pytest.raises(ValueError, match="test"):
        events.record("test.\ndone" if wrong == "two lines" else "test.done", actor=person, subject=subject, at=at)


def test_details_keep_what_json_can_hold_and_write_the_rest_as_text(db: None) -> None:
    person = make_user("zhang", "张三")
    details = {
        "day": dt.date(2026, 6, 30),
        "half": 0.5,
        "who": person,
        "set": {"b", "a"},
        "nul": "a\x00b",
        "none": None,
    }

    event = events.record("test.done", actor=None, subject=person, at=timezone.now(), details=details)
    event.refresh_from_db()

    assert event.details == {
        "day": "2026-06-30", "half": "0.5", "who": person.pk, "set": ["a", "b"], "nul": "ab", "none": None,
    }  # fmt: skip
    assert findings() == []
