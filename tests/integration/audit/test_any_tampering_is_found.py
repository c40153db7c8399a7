"""Whatever people write, and whatever is then changed behind the log: found and named; and nothing is found without."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.integration.audit.attacks import behind, findings, triggers_off
from tests.people import make_user
from tidui.accounts.models import User
from tidui.audit import events, forget, seals
from tidui.audit.acting import acting
from tidui.audit.models import Event, Forgetting, Seal, TamperRow

NAMES = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), min_size=1, max_size=20)


@contextmanager
def undone() -> Iterator[None]:
    """Inside, everything is real; afterwards nothing of it is left."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


# ---------------------------------------------------------------------- what people do
def _make(draw: Any) -> None:
    make_user(f"u{User.objects.count()}-{timezone.now().timestamp()}", draw(NAMES))


def _rename(draw: Any) -> None:
    User.objects.filter(pk=_one(User, draw)).update(name=draw(NAMES), mobile=draw(st.sampled_from(["", "13900000000"])))


def _remove(draw: Any) -> None:
    User.objects.filter(pk=_one(User, draw)).delete()


def _record(draw: Any) -> None:
    person = User.objects.filter(pk=_one(User, draw)).first()
    if person is not None:
        details = draw(st.dictionaries(NAMES, NAMES | st.integers() | st.booleans() | st.floats(), max_size=3))
        events.record("test.done", actor=person, subject=person, at=timezone.now(), details=details)


def _roll_back(draw: Any) -> None:
    with undone():
        _make(draw)
        _record(draw)


def _seal(draw: Any) -> None:
    seals.seal(at=timezone.now(), pause=0)


def _forget(draw: Any) -> None:
    person = User.objects.filter(pk=_one(User, draw)).first()
    if person is not None:
        forget.forget(person, at=timezone.now())


WRITES = [_make, _make, _rename, _rename, _remove, _record, _record, _roll_back, _seal, _forget]


def _one(model: type[Any], draw: Any) -> Any:
    keys = list(model.objects.order_by("pk").values_list("pk", flat=True))
    return draw(st.sampled_from(keys)) if keys else None


# ---------------------------------------------------------------------- what somebody does behind the log
def _change(table: str, model: type[Any], column: str, value: str) -> Callable[[Any], tuple[str, str] | None]:
    def change(draw: Any) -> tuple[str, str] | None:
        # What is set must not be there already; a moment of the past is not.
        keys = list(
            model.objects.exclude(**({} if column == "at" else {column: value}))
            .order_by("pk")
            .values_list("pk", flat=True)
        )
        if not keys:
            return None
        key = draw(st.sampled_from(keys))
        behind(f'UPDATE {table} SET "{column}" = %s WHERE {model._meta.pk.column} = %s', value, key)
        return table, str(key)

    change.__name__ = f"change_{table}_{column}"
    return change


def _delete(table: str, model: type[Any]) -> Callable[[Any], tuple[str, str] | None]:
    def delete(draw: Any) -> tuple[str, str] | None:
        key = _one(model, draw)
        if key is None:
            return None
        behind(f"DELETE FROM {table} WHERE {model._meta.pk.column} = %s", key)
        return table, str(key)

    delete.__name__ = f"delete_{table}"
    return delete


def _insert(draw: Any) -> tuple[str, str]:
    with triggers_off():
        forged = User.objects.create(username="ghost", name=draw(NAMES))
    return "accounts_user", str(forged.pk)


def _forge_event(draw: Any) -> tuple[str, str] | None:
    """An event set in among the sealed ones, its digest as it should be."""
    keys = list(Event.objects.order_by("pk").values_list("pk", flat=True))
    last = seals.head()
    free = [key for key in range(1, last.last_event if last else 0) if key not in keys]
    if not keys or not free:
        return None
    forged = Event.objects.get(pk=keys[0])
    forged.pk, forged.verb = draw(st.sampled_from(free)), "test.forged"
    forged.digest = events.digests.event_digest(forged)
    with triggers_off():
        forged.save(force_insert=True)
    return "audit_event", str(forged.pk)


PAST = "2020-01-01 00:00:00+00:00" if connection.vendor == "postgresql" else "2020-01-01 00:00:00"
ATTACKS = [
    *(_change("accounts_user", User, column, "x") for column in ("name", "username", "mobile", "password")),
    *(_change("audit_event", Event, column, "x") for column in ("verb", "actor_name", "subject_text", "subject_pk")),
    _change("audit_event", Event, "details_text", '{"forged": true}'),
    *(_change("audit_event", Event, column, "0" * 32) for column in ("actor_salt", "details_salt")),
    _change("audit_event", Event, "actor_id", "987654"),
    _change("audit_event", Event, "at", PAST),
    *(_change("audit_tamperrow", TamperRow, column, "x") for column in ("row", "changes")),
    *(_change("audit_tamperrow", TamperRow, column, "0" * 64) for column in ("image", "digest", "salt")),
    _change("audit_tamperrow", TamperRow, "actor_id", "987654"),
    *(_change("audit_seal", Seal, column, "f" * 64) for column in ("digest", "previous", "event_root")),
    _delete("accounts_user", User), _delete("audit_event", Event), _delete("audit_seal", Seal),
    _delete("audit_forgetting", Forgetting), _insert, _forge_event,
]  # fmt: skip


@pytest.mark.django_db
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_tampering_is_found_and_named_and_nothing_else_is(data: st.DataObject) -> None:
    with undone():
        with acting(17):
            for write in data.draw(st.lists(st.sampled_from(WRITES), min_size=1, max_size=12)):
                write(data.draw)
        assert findings() == []
        attack = data.draw(st.sampled_from(ATTACKS))
        named = attack(data.draw)
        if named is not None:
            found = findings()
            assert named in [(table, row) for _, table, row in found], (attack.__name__, found)


def test_every_attack_finds_something_to_attack(db: None) -> None:
    """The property above skips an attack that finds no row; here is a row for each."""
    person = make_user("zhang", "张三")
    gone = make_user("gone", "走了")
    for subject in (person, gone, person):
        events.record("test.done", actor=person, subject=subject, at=timezone.now(), details={"a": 1})
    with undone():
        events.record("test.undone", actor=person, subject=person, at=timezone.now())
    forget.forget(gone, at=timezone.now())
    seals.seal(at=timezone.now(), pause=0)
    assert findings() == []

    class First:
        """Draws the first of what it may."""

        def __call__(self, strategy: Any) -> Any:
            return strategy.elements[0] if hasattr(strategy, "elements") else "鬼"

    missed = []
    for attack in ATTACKS:
        with undone():
            named = attack(First())
            if named is None:
                missed.append(attack.__name__)
            else:
                found = [(table, row) for _, table, row in findings()]
                assert named in found, (attack.__name__, found)
    assert missed == ([] if connection.vendor == "postgresql" else ["_forge_event"])  # SQLite leaves no id free
