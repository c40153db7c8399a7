"""What a digest covers, and what may go from it."""

from __future__ import annotations

import datetime as dt

import pytest

from tidui.audit import digests, personal, seals, tamper
from tidui.audit.models import Event

AT = dt.datetime(2026, 6, 30, 4, 5, 6, 789012, tzinfo=dt.UTC)


def event(**changed: object) -> Event:
    """An event whose salts are known."""
    fields = {
        "at": AT, "verb": "test.done", "actor_id": 7, "actor_name": "张三", "organisation_id": None,
        "subject_model": "accounts.User", "subject_pk": "7", "subject_text": "李四", "details_text": '{"a":1}',
        "actor_salt": "a" * 32, "subject_salt": "b" * 32, "details_salt": "c" * 32,
    }  # fmt: skip
    return Event(**{**fields, **changed})


def test_the_digest_of_an_event_is_what_it_was_when_old_seals_were_made() -> None:
    """This value is in chains that are kept: a change here breaks all of them."""
    assert digests.event_digest(event()) == "36027bc51d251fe36c2056444b97d39467e6af3a3532c9330463a3a2eade8261"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("at", AT + dt.timedelta(microseconds=1)), ("verb", "test.undone"), ("actor_id", None), ("actor_name", "王五"),
        ("organisation_id", 1), ("subject_model", "accounts.Reach"), ("subject_pk", "8"), ("subject_text", "王五"),
        ("details_text", '{"a":2}'), ("actor_salt", "d" * 32), ("subject_salt", "d" * 32), ("details_salt", "d" * 32),
    ],
)  # fmt: skip
def test_every_field_enters_the_digest(field: str, value: object) -> None:
    assert digests.event_digest(event(**{field: value})) != digests.event_digest(event())


@pytest.mark.parametrize(("salt", "content"), [("actor_salt", "actor_name"), ("details_salt", "details_text")])
def test_a_part_that_is_forgotten_leaves_the_digest_as_it_was(salt: str, content: str) -> None:
    whole = event()
    mark = digests.mark(getattr(whole, salt), getattr(whole, content))

    assert digests.event_digest(event(**{salt: mark, content: ""})) == digests.event_digest(whole)


def test_a_number_of_a_person_does_not_run_into_the_next_field() -> None:
    assert digests.event_digest(event(actor_id=1, organisation_id=23)) != digests.event_digest(
        event(actor_id=12, organisation_id=3)
    )


def test_the_short_form_is_the_beginning_of_the_digest() -> None:
    assert seals.short("00" * 32) == "AAAA-AAAA-AAAA-AAAA"
    assert seals.short("ff" * 10 + "00" * 22) == "7777-7777-7777-7777"


@pytest.mark.parametrize(
    ("begun", "months", "until"),
    [
        (dt.date(2024, 2, 29), 12, dt.date(2025, 2, 28)), (dt.date(2026, 8, 31), 6, dt.date(2027, 2, 28)),
        (dt.date(2026, 6, 30), -6, dt.date(2025, 12, 30)), (dt.date(2026, 12, 1), 1, dt.date(2027, 1, 1)),
        (dt.datetime(2026, 6, 30, 16, 0, tzinfo=dt.UTC), 12, dt.date(2027, 7, 1)),
    ],
)  # fmt: skip
def test_a_term_ends_on_the_same_day_of_its_month(begun: dt.date, months: int, until: dt.date) -> None:
    assert personal.months_after(begun, months) == until


@pytest.mark.parametrize(
    ("db_type", "kind"),
    [
        ("varchar(64)", "text"), ("text", "text"), ("bigint", "plain"), ("timestamp with time zone", "moment"),
        ("date", "day"), ("time", "time"), ("jsonb", "json"), ("double precision", "float"), ("real", "float"),
        ("bytea", "bytes"), ("boolean", "bool"), ("uuid", "plain"), ("char(32)", "text"), ("", "plain"),
    ],
)  # fmt: skip
def test_every_type_of_column_has_a_spelling(db_type: str, kind: str) -> None:
    assert tamper.kind(db_type) == kind


def test_a_list_of_columns_has_the_same_number_again() -> None:
    columns = [("id", "plain"), ("name", "text")]

    assert tamper.shape_number("t", columns) == tamper.shape_number("t", list(columns))
    assert tamper.shape_number("t", columns) != tamper.shape_number("t", columns[::-1])
