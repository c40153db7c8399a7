"""What an attacker found in recognition: steps that a number or a withdrawal stands against."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.integration.recognition.noticing import batch_at_notice, numbered, objected, shown, taken_up
from tests.integration.recognition.test_exchanges import answers_of, at_platform, by_hand, listed, read_in
from tests.people import World
from tidui.casework import actions
from tidui.casework.actions import answering
from tidui.casework.enums import State
from tidui.casework.models import Application, HeldAnswer
from tidui.kit.access import NotAllowed
from tidui.recognition import exchanges
from tidui.recognition.actions import objections
from tidui.recognition.models import Recognition

pytestmark = pytest.mark.django_db


def test_what_has_its_number_is_not_withdrawn_any_more(world: World) -> None:
    """The number would stay on the file, and nobody would ever announce it: revocation is the way."""
    _batch, (first, _second) = batch_at_notice(world)
    numbered(world, first, "20266201020000001")
    held = Application.objects.get(pk=first.pk)

    with pytest.raises(NotAllowed) as refused:
        actions.withdraw(application=held, reason="不要了", by=world.clerk_a, at=timezone.now(), seen=held.version)

    assert refused.value.refused.code == exchanges.NUMBERED.code
    assert Application.objects.get(pk=first.pk).state == State.ACTIVE


def test_the_page_of_what_has_its_number_offers_no_withdrawal(world: World, client: Client) -> None:
    _batch, (first, _second) = batch_at_notice(world)
    client.force_login(world.clerk_a)
    address = f"/applications/{first.pk}/withdraw/"
    assert address in client.get(f"/applications/{first.pk}/").content.decode()
    numbered(world, first, "20266201020000001")
    assert address not in client.get(f"/applications/{first.pk}/").content.decode()
    answer = client.get(address)
    assert answer.status_code == 403 and str(exchanges.NUMBERED.reason) in answer.content.decode()


def test_a_late_answer_does_not_bring_back_what_was_withdrawn(world: World) -> None:
    batch = at_platform(world, tax_first=True, stage="tax_before")
    sent = listed(world, batch, "tax")
    by = world.department_officer
    by_hand(sent, world.a, by, outcome="相符")
    held = Application.objects.get(organisation=world.a)
    actions.withdraw(application=held, reason="不报了", by=world.clerk_a, at=timezone.now(), seen=held.version)
    assert by_hand_again(sent, world) == answering.Result.HELD

    with pytest.raises(NotAllowed) as refused:
        answering.settle(held=HeldAnswer.objects.get(), accept=True, reason="税务更正", by=by, at=timezone.now())

    assert refused.value.refused.code == answering.TAKEN_BACK.code
    assert Application.objects.get(pk=held.pk).state == State.WITHDRAWN


def by_hand_again(sent: object, world: World) -> answering.Result:
    """The tax side says otherwise."""
    return by_hand(sent, world.a, world.department_officer, outcome="不符", reason="收入不一致")  # type: ignore[arg-type]


def test_a_platform_that_answers_another_wrong_number_later_changes_nothing(world: World, tmp_path: Path) -> None:
    """The second answer is held back as another one; it is read again, as a number, before anybody may accept it."""
    batch = at_platform(world)
    sent = listed(world, batch, "platform")
    read_in(world, sent, answers_of(sent, tmp_path))
    before = Recognition.objects.get(organisation=world.a).number
    by = world.department_officer
    assert by_hand(sent, world.a, by, outcome="赋号", number="ABC") == answering.Result.HELD

    with pytest.raises(NotAllowed) as refused:
        answering.settle(held=HeldAnswer.objects.get(), accept=True, reason="平台更正", by=by, at=timezone.now())

    assert refused.value.refused.code == answering.HARD.code
    assert Recognition.objects.get(organisation=world.a).number == before


def test_a_number_that_no_database_can_look_for_is_looked_for_without_what_is_wrong(
    world: World, client: Client
) -> None:
    """PostgreSQL refuses a text with a NUL before it looks."""
    client.force_login(world.department_officer)

    with CaptureQueriesContext(connection) as asked:
        page = client.get("/revocations/", {"number": "2026\x006201020000001"})

    assert page.status_code == 200
    assert any("20266201020000001" in one["sql"].upper() for one in asked)
    assert not any("\x00" in one["sql"] for one in asked)


@pytest.mark.parametrize("year", ["0", "9999", "9" * 30])
def test_a_year_that_no_figures_can_be_of_breaks_no_page(world: World, client: Client, year: str) -> None:
    client.force_login(world.department_officer)

    for path in ("", "by/county/", "records/submitted/", "records/submitted/county/620102/"):
        assert client.get(f"/figures/tech-sme/{year}/{path}").status_code in (200, 404), path


@pytest.mark.parametrize(
    "told", ["石　坚反映", "据１３８１２３４００００来电", "138-1234-0000", "皋兰山\n机械厂反映", "石\t坚"]
)
def test_a_name_is_found_in_a_reason_however_it_is_written(world: World, told: str) -> None:
    """The enterprise reads the reason: whoever objected is not to be named in it, not by a slip of the keyboard."""
    batch, (first, _second) = batch_at_notice(world)
    objection = taken_up(world, objected(shown(world, batch), first))

    with pytest.raises(NotAllowed) as refused:
        objections.uphold_objection(
            objection=objection, answer="已核实", reason=told, by=world.department_officer, at=timezone.now(),
            seen=objection.version,
        )  # fmt: skip

    assert refused.value.refused is objections.NAMES_PERSON
