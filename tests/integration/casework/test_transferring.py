"""An enterprise moves: its draft follows, what it has submitted is handed over, and the step says so."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.casework import make_call, submitted
from tests.integration.casework.test_calls import at_unit, page_of, post_to, queries_of, recommended  # noqa: F401
from tests.people import World
from tidui.accounts.actions import change_organisation
from tidui.accounts.models import Organisation
from tidui.accounts.queries import recommending_unit
from tidui.audit.models import Event
from tidui.casework import actions, desk, invariants
from tidui.casework.actions.transferring import follow, transfer
from tidui.casework.enums import State
from tidui.casework.models import Application
from tidui.casework.programme import Programme
from tidui.casework.units import units_of
from tidui.kit import calendar, clock
from tidui.kit.access import NotAllowed
from tidui.kit.models import Message

pytestmark = pytest.mark.django_db


def moves(world: World, organisation: Organisation, division: str = "620103") -> None:
    """The department records that the enterprise has moved."""
    change_organisation(
        organisation=organisation, changes={"division": division}, since=clock.today(), reason="迁址",
        by=world.department_officer, at=timezone.now(),
    )  # fmt: skip


def again(application: Application) -> Application:
    """As it is now."""
    return Application.objects.get(pk=application.pk)


def test_a_draft_follows_at_once_and_its_writer_notices_nothing(world: World) -> None:
    begun = actions.begin(call=make_call(world), organisation=world.a, by=world.clerk_a, at=timezone.now())
    assert begun.unit == world.county
    moves(world, world.a)
    now = again(begun)
    assert (now.unit, now.version, now.unit_changed_at) == (world.other_county, begun.version, None)
    assert Event.objects.filter(verb="casework.follow_unit").count() == 1


def test_what_was_submitted_is_shown_to_the_department_and_the_old_unit_and_stays_until_it_is_handed_over(
    world: World, recommended: Programme,  # noqa: F811
) -> None:  # fmt: skip
    sent = at_unit(world, make_call(world, programme="small"), "甲")
    moves(world, sent.organisation)
    marked = again(sent)
    assert (marked.unit, marked.holder, marked.unit_now) == (world.county, world.county, world.other_county)
    for person in (world.department_officer, world.county_officer):
        assert sent.organisation.name in page_of(person, "transfers").content.decode()
    for person in (world.other_county_officer, world.zone_officer):
        assert sent.organisation.name not in page_of(person, "transfers").content.decode()
    assert page_of(world.clerk_a, "transfers").status_code == 403


def test_one_click_hands_it_over_with_the_whole_time_of_the_stage_and_a_step(
    world: World, recommended: Programme,  # noqa: F811
) -> None:  # fmt: skip
    sent = at_unit(world, make_call(world, programme="small"), "甲")
    Application.objects.filter(pk=sent.pk).update(due_on=clock.today() - dt.timedelta(days=3))
    moves(world, sent.organisation)
    answer = post_to(world.county_officer, "transfer", sent.pk, seen=sent.version)
    assert answer.status_code == 302
    now = again(sent)
    assert (now.unit, now.holder, now.unit_changed_at) == (world.other_county, world.other_county, None)
    assert now.due_on == calendar.calendar().after(clock.today(), 5)
    step = now.steps.order_by("-number")[0]
    assert (step.move, step.by_unit, step.details) == (
        "transfer", world.county, {"from": world.county.pk, "to": world.other_county.pk},
    )  # fmt: skip
    told = Message.objects.filter(kind="casework.transferred", recipient=world.other_county_officer)
    assert told.count() == 1
    actions.move(application=now, name="recommend", by=world.other_county_officer, at=timezone.now(), seen=now.version)


def test_the_old_unit_cannot_decide_afterwards_but_still_reads_what_it_had_decided(
    world: World, recommended: Programme,  # noqa: F811
) -> None:  # fmt: skip
    sent = at_unit(world, make_call(world, programme="small"), "甲")
    moves(world, sent.organisation)
    transfer(application=sent, by=world.department_officer, at=timezone.now(), seen=sent.version)
    now = again(sent)
    with pytest.raises(NotAllowed):
        actions.move(application=now, name="recommend", by=world.county_officer, at=timezone.now(), seen=now.version)


def test_of_two_who_hand_over_or_decide_at_once_the_second_is_told(
    world: World, recommended: Programme,  # noqa: F811
) -> None:  # fmt: skip
    sent = at_unit(world, make_call(world, programme="small"), "甲")
    moves(world, sent.organisation)
    now = timezone.now()
    transfer(application=sent, by=world.department_officer, at=now, seen=sent.version)
    with pytest.raises(actions.Stale):
        transfer(application=sent, by=world.department_officer, at=now, seen=sent.version)
    with pytest.raises(actions.Stale):
        actions.move(application=sent, name="recommend", by=world.county_officer, at=now, seen=sent.version)


def test_a_correction_that_runs_comes_back_to_the_new_unit(world: World, recommended: Programme) -> None:  # noqa: F811
    from tests.casework import ANSWERS, facts_of_form

    sent = at_unit(world, make_call(world, programme="small"), "甲")
    now = timezone.now()
    actions.move(
        application=sent, name="return", by=world.county_officer, at=now, seen=sent.version, reason="补充材料"
    )
    moves(world, sent.organisation)
    back = again(sent)
    transfer(application=back, by=world.county_officer, at=now, seen=back.version)
    held = again(back)
    assert (held.state, held.holder, held.unit) == (State.CORRECTION, held.organisation, world.other_county)
    assert held.sent_back_by == world.other_county
    assert (desk.sent_back(world.county_officer)[0], desk.sent_back(world.other_county_officer)[0]) == (0, 1)
    assert list(invariants.broken()) == []
    after = actions.submit(
        application=held, stated=facts_of_form(clock.today().year - 1), answers=ANSWERS, by=held.begun_by, at=now,
        seen=held.version,
    ).application  # fmt: skip
    assert (after.holder, after.stage) == (world.other_county, "recommendation")


def test_where_it_is_not_the_units_turn_only_the_unit_changes(world: World) -> None:
    sent = submitted(world, make_call(world))
    moves(world, world.a)
    transfer(application=sent, by=world.department_officer, at=timezone.now(), seen=sent.version)
    now = again(sent)
    assert (now.unit, now.holder, now.due_on) == (world.other_county, world.agency, sent.due_on)


def test_who_moves_back_need_not_be_handed_over(world: World) -> None:
    sent = submitted(world, make_call(world))
    moves(world, world.a)
    assert again(sent).unit_changed_at is not None
    moves(world, world.a, "620102")
    assert again(sent).unit_changed_at is None
    with pytest.raises(NotAllowed) as told:
        transfer(application=again(sent), by=world.department_officer, at=timezone.now(), seen=sent.version)
    assert told.value.refused.code == "not-moved"


def test_nobody_else_hands_over_and_nothing_that_has_ended(world: World) -> None:
    sent = submitted(world, make_call(world))
    moves(world, world.a)
    for person in (world.other_county_officer, world.clerk_a, world.agency_clerk, world.inspector, world.county_reader):
        with pytest.raises(NotAllowed):
            transfer(application=sent, by=person, at=timezone.now(), seen=sent.version)
    actions.withdraw(application=sent, reason="不报了", by=world.clerk_a, at=timezone.now(), seen=sent.version)
    with pytest.raises(NotAllowed) as told:
        transfer(application=sent, by=world.department_officer, at=timezone.now(), seen=again(sent).version)
    assert told.value.refused.code == "ended"
    assert world.a.name not in page_of(world.department_officer, "transfers").content.decode()


def test_many_are_handed_over_from_the_list(world: World) -> None:
    call = make_call(world)
    sent = [submitted(world, call), submitted(world, call, world.b, world.clerk_b)]
    moves(world, world.a)
    moves(world, world.b, "620102")
    keys = [str(one.pk) for one in sent]
    answer = post_to(world.department_officer, "transfers", action="transfer", ids=keys, confirmed="1")
    assert answer.status_code == 302
    assert [again(one).unit for one in sent] == [world.other_county, world.county]


def test_all_units_are_found_in_one_query_and_as_one_by_one(world: World) -> None:
    enterprises = list(Organisation.objects.filter(kind="enterprise").select_related("zone"))
    with CaptureQueriesContext(connection) as asked:
        found = units_of(enterprises, clock.today())
    assert len(asked) == 1
    assert found == {one.pk: recommending_unit(one) for one in enterprises}
    assert {one.name for one in found.values() if one} == {"城关区科学技术局", "七里河区科学技术局", "兰州新区", "陇原理工大学"}


def test_looking_again_changes_nothing_and_asks_as_often_for_many_as_for_one(world: World) -> None:
    call = make_call(world)
    submitted(world, call)
    assert follow(at=timezone.now()) == 0
    with CaptureQueriesContext(connection) as one:
        follow(at=timezone.now())
    submitted(world, call, world.b, world.clerk_b)
    with CaptureQueriesContext(connection) as two:
        assert follow(at=timezone.now()) == 0
    assert len(one) == len(two) == 2


def test_the_list_asks_as_often_for_three_as_for_one(world: World) -> None:
    call = make_call(world)
    submitted(world, call)
    moves(world, world.a)
    one = queries_of(world.department_officer, "transfers", "list-casework-transfers")
    for enterprise, person in ((world.b, world.clerk_b), (world.spinoff, world.administrator_spinoff)):
        submitted(world, call, enterprise, person)
    Application.objects.update(unit_changed_at=timezone.now())
    assert queries_of(world.department_officer, "transfers", "list-casework-transfers") == one == 6
