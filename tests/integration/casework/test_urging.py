"""Clocks that run out: who is told when, once; urging by hand; overdue corrections; messages to the applicant."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from tests.casework import ANSWERS, accepted, facts_of_form, make_call, submitted
from tests.people import World, make_member, make_user
from tidui.accounts.models import User
from tidui.casework import actions, desk, invariants, urging
from tidui.casework.actions import taking_back
from tidui.casework.actions import urging as by_hand
from tidui.casework.enums import State, Turn
from tidui.casework.models import Application, Urge
from tidui.kit import calendar, clock
from tidui.kit.access import NotAllowed
from tidui.kit.models import Delivery, Message

pytestmark = pytest.mark.django_db

#: A Wednesday with working days around it.
WEDNESDAY = dt.datetime(2026, 5, 20, 8, 0, tzinfo=clock.LEGAL_ZONE)


def told(person: User, kind: str = "") -> list[str]:
    """The subjects of what a person was told, of one kind if it is named."""
    rows = Message.objects.filter(recipient=person).order_by("pk")
    return [row.subject for row in (rows.filter(kind=kind) if kind else rows)]


def waiting(world: World, due_on: dt.date, changed: dt.datetime | None = None) -> Application:
    """An application with the agency that is due on a day and arrived long ago."""
    sent = submitted(world, make_call(world))
    Application.objects.filter(pk=sent.pk).update(
        due_on=due_on, changed_at=changed or WEDNESDAY - dt.timedelta(days=20)
    )
    return Application.objects.get(pk=sent.pk)


def returned(world: World, due_on: dt.date) -> Application:
    """An application that the agency returned, to be corrected by a day."""
    sent = submitted(world, make_call(world))
    actions.move(
        application=sent, name="return", by=world.agency_clerk, at=timezone.now(), seen=sent.version, reason="漏填"
    )
    Application.objects.filter(pk=sent.pk).update(due_on=due_on)
    return Application.objects.get(pk=sent.pk)


@pytest.mark.parametrize(
    ("due", "level"),
    [
        (dt.date(2026, 5, 22), None),
        (dt.date(2026, 5, 21), urging.BEFORE),
        (dt.date(2026, 5, 20), urging.BEFORE),
        (dt.date(2026, 5, 19), urging.OVERDUE),
    ],
)
def test_a_holder_is_reminded_one_working_day_before_and_when_it_is_overdue(
    world: World, due: dt.date, level: str | None
) -> None:
    waiting(world, due)

    urging.every_morning(WEDNESDAY)

    assert list(Urge.objects.values_list("level", flat=True)) == ([level] if level else [])
    assert len(told(world.agency_clerk)) == (1 if level else 0)


def test_everybody_is_told_once_for_each_clock_however_often_the_work_runs(world: World) -> None:
    waiting(world, dt.date(2026, 5, 19))

    for minute in range(3):
        urging.every_morning(WEDNESDAY + dt.timedelta(minutes=minute))
    urging.every_morning(WEDNESDAY + dt.timedelta(days=1))

    assert told(world.agency_clerk) == ["申报逾期1件，请尽快办理"]
    assert Delivery.objects.filter(message__recipient=world.agency_clerk, channel="sms").count() == 1


def test_hundreds_of_new_files_are_one_message(world: World) -> None:
    from tests.integration.casework.test_desk import several

    several(world, make_call(world), 3)

    urging.remind_holders(timezone.now())
    urging.remind_holders(timezone.now())

    assert told(world.agency_clerk) == ["待办申报3件"]
    body = Message.objects.get(recipient=world.agency_clerk).body
    assert "新到3件" in body and "评价机构审核  3" in body


def test_nobody_is_disturbed_on_a_day_off(world: World) -> None:
    waiting(world, dt.date(2026, 5, 19))
    urging.every_morning(dt.datetime(2026, 5, 23, 8, 0, tzinfo=clock.LEGAL_ZONE))
    assert not Urge.objects.exists()


@pytest.mark.parametrize(("due", "escalated"), [(dt.date(2026, 5, 18), 0), (dt.date(2026, 5, 15), 1)])
def test_what_is_overdue_for_three_working_days_goes_to_the_unit_above(
    world: World, due: dt.date, escalated: int
) -> None:
    waiting(world, due)

    urging.every_morning(WEDNESDAY)
    urging.every_morning(WEDNESDAY + dt.timedelta(hours=1))

    assert len(told(world.department_officer, "casework.escalated")) == escalated
    assert Urge.objects.filter(level=urging.ESCALATED, to=world.department).count() == escalated


def test_a_county_answers_to_its_prefecture_and_a_zone_that_recommends_alone_to_the_department(world: World) -> None:
    from tidui.casework import units

    assert units.above(world.county) == world.prefecture
    assert units.above(world.prefecture) == world.department
    assert units.above(world.zone) == world.department
    assert units.above(world.agency) == world.department
    assert units.above(world.department) is None


def test_above_the_department_stand_its_leaders(world: World) -> None:
    passed = accepted(world, submitted(world, make_call(world)))
    Application.objects.filter(pk=passed.pk).update(due_on=dt.date(2026, 5, 11))

    urging.escalate(WEDNESDAY)

    assert told(world.department_leader, "casework.escalated") != []
    assert told(world.department_officer, "casework.escalated") == []


def test_a_public_notice_runs_without_anybody_being_late(world: World) -> None:
    sent = waiting(world, dt.date(2026, 5, 11))
    Application.objects.filter(pk=sent.pk).update(turn=Turn.PUBLIC, holder=world.department)
    urging.every_morning(WEDNESDAY)
    assert not Urge.objects.exists()


def test_an_enterprise_is_reminded_of_a_correction_before_and_after_it_is_due(world: World) -> None:
    sent = returned(world, dt.date(2026, 5, 21))

    urging.every_morning(WEDNESDAY)
    urging.every_morning(WEDNESDAY + dt.timedelta(days=1))
    assert len(told(world.clerk_a, "casework.correction_due")) == 1
    urging.every_morning(WEDNESDAY + dt.timedelta(days=2))

    assert len(told(world.clerk_a, "casework.correction_due")) == 2
    assert told(world.clerk_b) == []
    assert list(Urge.objects.order_by("pk").values_list("level", "to")) == [
        (urging.BEFORE, world.a.pk), (urging.OVERDUE, world.a.pk),
    ]  # fmt: skip
    assert "漏填" in Message.objects.filter(recipient=world.clerk_a, kind="casework.correction_due").latest("pk").body
    assert sent.submitted_at is not None


def test_the_applicant_is_told_of_each_step_that_concerns_it(world: World) -> None:
    sent = submitted(world, make_call(world))
    now = timezone.now()
    actions.move(application=sent, name="return", by=world.agency_clerk, at=now, seen=1, reason="请补报表")
    back = Application.objects.get(pk=sent.pk)
    actions.submit(
        application=back, stated=facts_of_form(clock.today().year - 1), answers=ANSWERS, by=world.clerk_a, at=now,
        seen=back.version,
    )  # fmt: skip
    passed = accepted(world, Application.objects.get(pk=sent.pk))
    actions.undo(step=passed.steps.get(move="accept"), reason="点错了", by=world.agency_clerk, at=now)
    again = accepted(world, Application.objects.get(pk=sent.pk))
    actions.move(application=again, name="refuse", by=world.department_officer, at=now, seen=again.version, reason="不符合")

    kinds = list(Message.objects.filter(recipient=world.clerk_a).order_by("pk").values_list("kind", flat=True))
    assert kinds == [
        "casework.moved_on", "casework.returned", "casework.moved_on", "casework.undone", "casework.moved_on",
        "casework.refused",
    ]  # fmt: skip
    assert told(world.agency_clerk) == [], "officers are told each morning, not of each file"
    assert told(world.clerk_b) == []


def test_the_message_is_in_the_language_of_whoever_reads_it(world: World) -> None:
    User.objects.filter(pk=world.clerk_a.pk).update(language="en")
    submitted(world, make_call(world))
    message = Message.objects.get(recipient=world.clerk_a)
    assert message.subject == "Application has reached: agency check"
    assert Message.objects.get(recipient=world.administrator_a).subject.endswith(world.a.name)


def test_the_department_urges_an_agency_with_a_note_once_a_day(world: World, client: Client) -> None:
    sent = submitted(world, make_call(world))
    client.force_login(world.department_officer)

    assert client.post(f"/applications/{sent.pk}/urge/", {"note": "请于周五前办结"}).status_code == 302
    twice = client.post(f"/applications/{sent.pk}/urge/", {"note": ""})

    assert twice.status_code == 422 and "催办过" in twice.content.decode()
    assert "请于周五前办结" in Message.objects.get(recipient=world.agency_clerk).body
    assert Urge.objects.get(level=by_hand.BY_HAND).by == world.department_officer


@pytest.mark.parametrize("name", ["agency_clerk", "county_officer", "clerk_a", "inspector", "other_county_officer"])
def test_nobody_but_who_stands_above_urges(world: World, name: str) -> None:
    sent = submitted(world, make_call(world))
    with pytest.raises(NotAllowed):
        by_hand.urge(application=sent, note="", by=getattr(world, name), at=timezone.now())


def test_the_county_urges_its_enterprise_to_correct_and_the_neighbour_does_not(world: World) -> None:
    sent = returned(world, clock.today() + dt.timedelta(days=3))
    by_hand.urge(application=sent, note="快到期了", by=world.county_officer, at=timezone.now())
    assert told(world.clerk_a, "casework.urge") != []
    with pytest.raises(NotAllowed):
        by_hand.urge(application=sent, note="", by=world.other_county_officer, at=timezone.now())


def test_an_overdue_correction_is_taken_back_with_the_clock_going_on(world: World, client: Client) -> None:
    sent = returned(world, clock.today() - dt.timedelta(days=1))
    left = sent.days_left
    client.force_login(world.agency_clerk)
    page = client.get(f"/applications/{sent.pk}/").content.decode()
    assert "收回办理" in page and "逾期未补正</textarea>" not in page, "an agency does not refuse"
    assert world.a.name in client.get("/desk/returned/").content.decode()

    answer = client.post(f"/applications/{sent.pk}/recall/", {"seen": sent.version})

    assert answer["Location"] == f"/desk/{sent.pk}/"
    held = Application.objects.get(pk=sent.pk)
    assert (held.state, held.stage, held.holder) == (State.ACTIVE, "agency_check", world.agency)
    assert held.due_on == calendar.calendar().after(clock.today(), max(left or 0, 1))
    assert told(world.clerk_a)[-1].startswith("科技型中小企业评价申报进入")


def test_a_correction_is_not_taken_back_before_it_is_overdue_nor_by_a_stranger(world: World) -> None:
    sent = returned(world, clock.today())
    for person in (world.agency_clerk, world.county_officer, world.clerk_a, world.inspector):
        with pytest.raises(NotAllowed):
            taking_back.recall(application=sent, by=person, at=timezone.now(), seen=sent.version)


def test_the_department_refuses_an_overdue_correction_and_the_agency_cannot(world: World, client: Client) -> None:
    sent = returned(world, clock.today() - dt.timedelta(days=1))
    with pytest.raises(NotAllowed) as refused:
        taking_back.refuse_overdue(
            application=sent, reason="逾期未补正", by=world.agency_clerk, at=timezone.now(), seen=sent.version
        )
    assert refused.value.refused.code == "not-by-you"
    client.force_login(world.department_officer)
    client.post(f"/applications/{sent.pk}/refuse-overdue/", {"seen": sent.version, "reason": "逾期未补正"})
    held = Application.objects.get(pk=sent.pk)
    assert (held.state, held.turn) == (State.REFUSED, Turn.NOBODY)
    assert held.steps.latest("number").by_unit == world.department
    assert "逾期未补正" in Message.objects.filter(recipient=world.clerk_a).latest("pk").body


def test_a_refusal_that_is_taken_back_waits_for_the_correction_again(world: World) -> None:
    sent, now = returned(world, clock.today() - dt.timedelta(days=1)), timezone.now()
    step = taking_back.refuse_overdue(
        application=sent, reason="逾期未补正", by=world.department_officer, at=now, seen=sent.version
    )
    assert desk.sent_back(world.agency_clerk) == (0, 0)

    actions.undo(step=step, reason="材料已寄到", by=world.department_officer, at=now)

    held = Application.objects.get(pk=sent.pk)
    assert (held.state, held.sent_back_by) == (State.CORRECTION, world.agency)
    assert desk.sent_back(world.agency_clerk) == (1, 1)
    assert [one for one in invariants.broken() if one.rule == "holder"] == []


def test_a_correction_that_came_in_meanwhile_wins(world: World, client: Client) -> None:
    sent = returned(world, clock.today() - dt.timedelta(days=1))
    actions.submit(
        application=sent, stated=facts_of_form(clock.today().year - 1), answers=ANSWERS, by=world.clerk_a,
        at=timezone.now(), seen=sent.version,
    )  # fmt: skip
    client.force_login(world.department_officer)
    answer = client.post(f"/applications/{sent.pk}/refuse-overdue/", {"seen": sent.version, "reason": "逾期未补正"})
    assert answer.status_code == 422
    assert Application.objects.get(pk=sent.pk).state == State.ACTIVE


def test_a_member_who_stands_in_is_told_too(world: World) -> None:
    from tidui.accounts.models import Delegation, Membership

    helper = make_user("helper", "代班")
    make_member(helper, world.agency, "reader")
    Delegation.objects.create(
        membership=Membership.objects.get(user=world.agency_clerk), to=helper,
        since=timezone.now() - dt.timedelta(days=1), until=timezone.now() + dt.timedelta(days=9),
        given_by=world.agency_clerk,
    )  # fmt: skip
    waiting(world, dt.date(2026, 5, 19))
    urging.every_morning(WEDNESDAY)
    assert told(helper) == told(world.agency_clerk) != []
