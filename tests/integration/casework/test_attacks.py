"""What an attacker found in casework: forged fields, steps out of their turn, files that are no answers."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.casework import accepted, confirmed, make_call, submitted
from tests.people import World
from tidui.casework import actions, exchange_files
from tidui.casework.actions import batches, calls, moving
from tidui.casework.enums import State
from tidui.casework.models import Application, Batch, Step
from tidui.kit.access import NotAllowed
from tidui.kit.models import Message

pytestmark = pytest.mark.django_db

#: More digits than Python turns into a number.
ENDLESS = "9" * 5000


@pytest.mark.parametrize("version", [ENDLESS, "²", "-1", "", "9" * 25])
def test_a_version_that_is_no_version_is_an_outdated_one(world: World, client: Client, version: str) -> None:
    sent = submitted(world, make_call(world))
    client.force_login(world.agency_clerk)

    for url in (
        f"/desk/{sent.pk}/decide/",
        f"/applications/{sent.pk}/recall/",
        f"/applications/{sent.pk}/refuse-overdue/",
    ):
        answer = client.post(url, {"move": "accept", "seen": version, "reason": "理由", "ahead": f"{ENDLESS},1"})
        assert answer.status_code in (403, 422), url

    assert Application.objects.get(pk=sent.pk).version == sent.version


def test_an_endless_list_of_files_ahead_does_not_stop_a_decision(world: World, client: Client) -> None:
    sent = submitted(world, make_call(world))
    client.force_login(world.agency_clerk)

    answer = client.post(
        f"/desk/{sent.pk}/decide/",
        {"move": "return", "seen": sent.version, "reason": "请补正", "ahead": f"{ENDLESS},{'9' * 25}"},
    )

    assert answer.status_code == 302
    assert Application.objects.get(pk=sent.pk).state == State.CORRECTION


def test_a_reason_with_a_nul_is_kept_without_it(world: World, client: Client) -> None:
    """PostgreSQL keeps no NUL in a text: a page that passed one on would break there."""
    sent = submitted(world, make_call(world))
    client.force_login(world.agency_clerk)
    client.post(f"/desk/{sent.pk}/decide/", {"move": "return", "seen": sent.version, "reason": "请\x00补正"})
    step = Step.objects.get(application=sent, move="return")

    assert client.post(f"/steps/{step.pk}/undo/", {"reason": "看\x00错了"}).status_code == 302
    assert Step.objects.get(reverses=step).reason == "看错了"

    client.force_login(world.department_officer)
    assert client.post(f"/applications/{sent.pk}/urge/", {"note": "请尽\x00快"}).status_code == 302
    said = Message.objects.filter(subject__startswith="催办").values_list("body", flat=True)
    assert said and not any("\x00" in one for one in said)


def test_what_was_taken_out_does_not_go_back_into_a_batch_that_has_closed(world: World) -> None:
    """A batch that is closed goes its way; nothing slips into it by taking a step back."""
    call, now = make_call(world), timezone.now()
    first = confirmed(world, accepted(world, submitted(world, call)))
    confirmed(world, accepted(world, submitted(world, call, world.b, world.clerk_b)))
    step = batches.take_out(
        application=first, reason="材料有疑", by=world.department_officer, at=now, seen=first.version
    )
    calls.close_batch(batch=Batch.objects.get(), by=world.department_officer, at=now)

    with pytest.raises(NotAllowed) as refused:
        actions.undo(step=step, reason="点错了", by=world.department_officer, at=now)

    assert refused.value.refused.code == moving.NOT_LAST.code
    assert Application.objects.get(pk=first.pk).batch_id is None


def test_what_was_taken_out_goes_back_while_the_batch_is_open(world: World) -> None:
    call, now = make_call(world), timezone.now()
    first = confirmed(world, accepted(world, submitted(world, call)))
    step = batches.take_out(
        application=first, reason="材料有疑", by=world.department_officer, at=now, seen=first.version
    )

    actions.undo(step=step, reason="点错了", by=world.department_officer, at=now)

    assert Application.objects.get(pk=first.pk).batch == Batch.objects.get()


def test_a_confirmation_holds_its_batch_so_that_nobody_closes_it_meanwhile(world: World) -> None:
    if not connection.features.has_select_for_update:
        pytest.skip("this database has one writer at a time")
    sent = accepted(world, submitted(world, make_call(world)))

    with CaptureQueriesContext(connection) as asked:
        confirmed(world, sent)

    locks = [one["sql"] for one in asked if "FOR NO KEY UPDATE" in one["sql"]]
    assert any("casework_batch" in one for one in locks)


def test_a_withdrawal_is_asked_of_the_guards_like_any_move(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from tidui.casework import hooks

    sent = submitted(world, make_call(world))
    asked: list[str] = []
    monkeypatch.setattr(hooks, "refusal", lambda moving: asked.append(moving.move.name))

    actions.withdraw(application=sent, reason="不报了", by=world.clerk_a, at=timezone.now(), seen=sent.version)

    assert asked == ["withdraw"]


def test_of_an_endless_file_of_answers_no_more_is_read_than_a_list_can_have(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    """A file of millions of lines would else stand in memory whole before it is refused."""
    read = itertools.count()

    def endless(path: Any, name: str) -> Iterator[tuple[int, list[object]]]:
        return ((next(read), []) for _line in range(exchange_files.MOST_ROWS * 3))

    monkeypatch.setattr(exchange_files, "_grid", endless)
    monkeypatch.setattr(exchange_files, "MOST_ROWS", 100)

    with pytest.raises(exchange_files.Unreadable):
        exchange_files.read(tmp_path / "a.csv", "a.csv", None, None)  # type: ignore[arg-type]

    assert next(read) == 101
