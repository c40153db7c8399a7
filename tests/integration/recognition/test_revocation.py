"""Revocation: proposed, told, answered, decided by two; the bar on coming again; who may do which step."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from tests.casework import accepted, confirmed, make_call, submitted
from tests.integration.recognition.held import number_of
from tests.people import World
from tidui.casework import actions
from tidui.kit import clock
from tidui.kit.access import NotAllowed
from tidui.kit.models import Message
from tidui.recognition import registering
from tidui.recognition import revoking as rules
from tidui.recognition.actions import revocation as revoking
from tidui.recognition.enums import DocumentKind, Ground, RevocationState
from tidui.recognition.models import Document, Recognition, Revocation
from tidui.registry.models import Enterprise

pytestmark = pytest.mark.django_db


def opened(world: World, held: Recognition | None = None, ground: str = Ground.CONDITIONS) -> Revocation:
    """A revocation that the county proposed."""
    return revoking.open_revocation(
        recognition=held or number_of(world, world.a), ground=ground, evidence="研发投入不足", by=world.county_officer,
        at=timezone.now(),
    )  # fmt: skip


def proposed(world: World, held: Recognition | None = None, ground: str = Ground.CONDITIONS) -> Revocation:
    """The same, told, answered and proposed by the department's officer."""
    now, by = timezone.now(), world.department_officer
    told = revoking.tell(revocation=opened(world, held, ground), by=by, at=now)
    revoking.reply(revocation=told, text="情况属实", by=world.clerk_a, at=now)
    return revoking.propose(revocation=told, opinion="申辩不成立", by=by, at=now)


def decided(world: World, held: Recognition | None = None, ground: str = Ground.CONDITIONS) -> Revocation:
    """The same, decided by the department's leader."""
    return revoking.decide(
        revocation=proposed(world, held, ground), agree=True, by=world.department_leader, at=timezone.now()
    )


def refused(action: object, /, **arguments: object) -> str:
    """The code with which an action is refused."""
    with pytest.raises(NotAllowed) as told:
        action(**arguments)  # type: ignore[operator]
    return told.value.refused.code


def test_a_number_is_revoked_by_two_after_the_enterprise_was_heard(world: World) -> None:
    """The recognition, the enterprise file, the decision and the message all say so."""
    held = number_of(world, world.a)
    ended = decided(world, held)
    held.refresh_from_db()
    today = clock.today()
    assert (ended.state, held.revoked_on, held.barred_until) == ("decided", today, dt.date(today.year, 12, 31))
    assert Enterprise.objects.get(pk=world.a.pk).sme_barred_until == dt.date(today.year, 12, 31)
    paper = Document.objects.get(kind=DocumentKind.REVOCATION)
    assert (ended.document, paper.organisation, paper.public) == (paper, world.a, False)
    assert held.number in paper.content["lead"][0]
    kinds = Message.objects.filter(recipient=world.clerk_a).order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["recognition.revocation_told", "recognition.revoked"]


def test_the_enterprise_does_not_read_what_is_only_proposed(world: World) -> None:
    """It is heard before; what an officer proposes is told when it is decided."""
    held = proposed(world, ground=Ground.FRAUD)
    assert "限制期至" in client_of(world.department_leader).get(f"/revocations/{held.pk}/").content.decode()
    assert "限制期至" not in client_of(world.clerk_a).get(f"/revocations/{held.pk}/").content.decode()
    revoking.decide(revocation=held, agree=True, by=world.department_leader, at=timezone.now())
    assert "限制期至" in client_of(world.clerk_a).get(f"/revocations/{held.pk}/").content.decode()


def test_a_revoked_number_is_not_put_right_by_another(world: World) -> None:
    """The file would say again that the enterprise holds the status."""
    held = number_of(world, world.a)
    decided(world, held)
    other = held.number[:-1] + "7"
    given = {"recognition": held, "number": other, "row": None, "reason": "", "by": world.department_officer}
    assert refused(registering.correct, **given, at=timezone.now()) == "revoked"
    assert Recognition.objects.get(pk=held.pk).number == held.number


def test_whoever_proposed_does_not_decide(world: World) -> None:
    waiting = proposed(world)
    code = refused(revoking.decide, revocation=waiting, agree=True, by=world.department_officer, at=timezone.now())
    assert code == "same-person"
    assert Recognition.objects.get(pk=waiting.recognition_id).revoked_on is None


def test_a_proposal_that_is_sent_back_says_why_and_can_be_made_again(world: World) -> None:
    waiting, now = proposed(world), timezone.now()
    leader = world.department_leader
    assert refused(revoking.decide, revocation=waiting, agree=False, by=leader, at=now) == "no-reason"
    back = revoking.decide(revocation=waiting, agree=False, answer="材料不足", by=leader, at=now)
    assert (back.state, back.answer, back.proposed_by) == (RevocationState.ANSWERED, "材料不足", None)
    again = revoking.propose(revocation=back, opinion="已补充材料", by=leader, at=now)
    assert revoking.decide(revocation=again, agree=True, by=world.department_officer, at=now).state == "decided"


def test_nothing_is_proposed_while_the_enterprise_may_still_reply(world: World) -> None:
    """The clock is in working days; on the day after the last one the officer may go on without a reply."""
    now, by = timezone.now(), world.department_officer
    told = revoking.tell(revocation=opened(world), by=by, at=now)
    assert told.reply_due is not None
    assert refused(revoking.propose, revocation=told, opinion="撤销", by=by, at=now) == "reply-runs"
    last = clock.start_of(told.reply_due) + dt.timedelta(hours=20)
    assert refused(revoking.propose, revocation=told, opinion="撤销", by=by, at=last) == "reply-runs"
    after = revoking.propose(revocation=told, opinion="撤销", by=by, at=last + dt.timedelta(days=1))
    assert after.state == RevocationState.PROPOSED


@pytest.mark.parametrize("years", [3, 5])
def test_fraud_bars_for_the_year_and_as_many_more_as_the_call_fixed(world: World, years: int) -> None:
    filed = submitted(world, make_call(world, fraud_bar_years=years))
    ended = decided(world, number_of(world, world.a, application=filed), Ground.FRAUD)
    assert ended.bar_until == dt.date(clock.today().year + years, 12, 31)


def test_a_number_of_a_past_year_is_revoked_by_its_year(world: World) -> None:
    """Its year and days stay; the number of this year stays in force."""
    year = clock.today().year
    past, present = number_of(world, world.a, year=year - 1), number_of(world, world.a, serial=2)
    decided(world, past)
    past.refresh_from_db()
    present.refresh_from_db()
    assert (past.year, past.revoked_on, present.revoked_on) == (year - 1, clock.today(), None)


@pytest.mark.parametrize(("days", "code"), [(-1, "wrong-day"), (0, ""), (1, "")])
def test_a_revocation_takes_effect_no_earlier_than_the_number(world: World, days: int, code: str) -> None:
    held, now, by = number_of(world, world.a), timezone.now(), world.department_officer
    told = revoking.tell(revocation=opened(world, held), by=by, at=now)
    revoking.reply(revocation=told, text="无异议", by=world.clerk_a, at=now)
    on = held.valid_from + dt.timedelta(days=days)
    if code:
        assert refused(revoking.propose, revocation=told, opinion="撤销", effective_on=on, by=by, at=now) == code
        return
    made = revoking.propose(revocation=told, opinion="撤销", effective_on=on, by=by, at=now)
    revoking.decide(revocation=made, agree=True, by=world.department_leader, at=now)
    assert Recognition.objects.get(pk=held.pk).revoked_on == on


def test_it_does_not_take_effect_after_today(world: World) -> None:
    held, now, by = number_of(world, world.a), timezone.now(), world.department_officer
    told = revoking.tell(revocation=opened(world, held), by=by, at=now)
    revoking.reply(revocation=told, text="无异议", by=world.clerk_a, at=now)
    tomorrow = clock.today() + dt.timedelta(days=1)
    assert refused(revoking.propose, revocation=told, opinion="撤销", effective_on=tomorrow, by=by, at=now) == "wrong-day"


def test_one_revocation_of_a_number_is_open_at_a_time(world: World) -> None:
    first = opened(world)
    arguments = {"recognition": first.recognition, "ground": "fraud", "evidence": "伪造", "at": timezone.now()}
    assert refused(revoking.open_revocation, by=world.department_officer, **arguments) == "open-already"
    revoking.drop(revocation=first, reason="查无实据", by=world.department_officer, at=timezone.now())
    assert revoking.open_revocation(by=world.department_officer, **arguments).state == "opened"  # type: ignore[arg-type]


def test_what_is_dropped_keeps_its_reason_and_revokes_nothing(world: World) -> None:
    waiting = proposed(world)
    ended = revoking.drop(revocation=waiting, reason="申辩成立", by=world.department_officer, at=timezone.now())
    assert (ended.state, ended.answer, ended.recognition.revoked_on) == ("dropped", "申辩成立", None)
    last = Message.objects.filter(recipient=world.clerk_a).order_by("-pk").first()
    assert last is not None and "申辩成立" in last.body


@pytest.mark.parametrize("person", ["clerk_a", "other_county_officer", "inspector", "county_reader", "stranger"])
def test_only_the_department_and_units_in_reach_propose(world: World, person: str) -> None:
    held = number_of(world, world.a)
    by = getattr(world, person)
    with pytest.raises(NotAllowed):
        revoking.open_revocation(recognition=held, ground="fraud", evidence="伪造", by=by, at=timezone.now())


@pytest.mark.parametrize("person", ["clerk_b", "county_officer", "department_officer", "inspector", "stranger"])
def test_only_the_enterprise_itself_replies(world: World, person: str) -> None:
    told = revoking.tell(revocation=opened(world), by=world.department_officer, at=timezone.now())
    with pytest.raises(NotAllowed):
        revoking.reply(revocation=told, text="申辩", by=getattr(world, person), at=timezone.now())


@pytest.mark.parametrize("person", ["county_officer", "clerk_a", "inspector", "department_administrator"])
def test_only_the_department_tells_proposes_and_decides(world: World, person: str) -> None:
    by, now = getattr(world, person), timezone.now()
    first = opened(world)
    for step, arguments in (
        (revoking.tell, {}), (revoking.propose, {"opinion": "撤销"}), (revoking.decide, {"agree": True}),
        (revoking.drop, {"reason": "不撤"}),
    ):  # fmt: skip
        with pytest.raises(NotAllowed):
            step(revocation=first, by=by, at=now, **arguments)


def test_whose_number_was_revoked_this_year_neither_begins_nor_submits_nor_is_confirmed(world: World) -> None:
    """The words name the day, and the next year is open again."""
    call = make_call(world)
    begun = actions.begin(call=call, organisation=world.a, by=world.clerk_a, at=timezone.now())
    filed = accepted(world, submitted(world, call, world.b, world.clerk_b))
    for held in (number_of(world, world.a), number_of(world, world.b, serial=2)):
        number = Recognition.objects.get(pk=held.pk)
        number.revoked_on, number.barred_until = clock.today(), dt.date(clock.today().year, 12, 31)
        number.save()
    assert refused(actions.begin, call=call, organisation=world.a, by=world.clerk_a, at=timezone.now()) == "barred"
    with pytest.raises(NotAllowed) as told:
        actions.submit(application=begun, stated={}, answers={}, by=world.clerk_a, at=timezone.now(), seen=begun.version)
    assert str(clock.today().year) in str(told.value.refused.reason)
    with pytest.raises(NotAllowed) as confirming:
        confirmed(world, filed)
    assert confirming.value.refused.code == "barred"
    year = clock.today().year
    assert rules.barred(world.a, "tech-sme", dt.date(year, 12, 31)) is not None
    assert rules.barred(world.a, "tech-sme", dt.date(year + 1, 1, 1)) is None


def test_a_bar_that_was_taken_over_with_the_file_counts_too(world: World) -> None:
    Enterprise.objects.update_or_create(
        organisation=world.a, defaults={"sme_barred_until": clock.today(), "sme_revoked_on": None}
    )
    call = make_call(world)
    assert refused(actions.begin, call=call, organisation=world.a, by=world.clerk_a, at=timezone.now()) == "barred"
    Enterprise.objects.filter(pk=world.a.pk).update(sme_barred_until=clock.today() - dt.timedelta(days=1))
    assert actions.begin(call=call, organisation=world.a, by=world.clerk_a, at=timezone.now()).pk


def client_of(person: object) -> Client:
    """A browser in which somebody has signed in."""
    client = Client()
    client.force_login(person)  # type: ignore[arg-type]
    return client


def test_the_whole_way_in_the_browser(world: World) -> None:
    """The county proposes, the department tells, the enterprise replies, an officer proposes, the leader decides."""
    held = number_of(world, world.a)
    county, officer = client_of(world.county_officer), client_of(world.department_officer)
    leader, clerk = client_of(world.department_leader), client_of(world.clerk_a)
    found = county.get("/revocations/", {"number": held.number})
    assert f"/revocations/new/{held.pk}/" in found.content.decode()
    assert county.post(f"/revocations/new/{held.pk}/", {"ground": "fraud", "evidence": ""}).status_code == 422
    county.post(f"/revocations/new/{held.pk}/", {"ground": "fraud", "evidence": "伪造审计报告"})
    made = Revocation.objects.get()
    page = f"/revocations/{made.pk}/"
    assert clerk.get(page).status_code == 404, "not before it is told"
    officer.post(f"{page}tell/")
    shown = clerk.get(page).content.decode()
    assert "伪造审计报告" in shown and "提交申辩" in shown
    clerk.post(f"{page}reply/", {"text": "系会计失误"})
    assert "系会计失误" in officer.get(page).content.decode()
    officer.post(f"{page}propose/", {"opinion": "内部意见，申辩不成立", "effective_on": ""})
    assert "内部意见" not in clerk.get(page).content.decode()
    assert officer.post(f"{page}decide/", {"agree": "yes"}).status_code == 422
    leader.post(f"{page}decide/", {"agree": "yes", "answer": ""})
    made.refresh_from_db()
    assert made.state == "decided"
    assert made.document is not None and made.document.number in str(made.document)
    assert "撤销决定书" in clerk.get(page).content.decode()
    assert client_of(world.clerk_b).get(page).status_code == 404


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_asks_the_same_whatever_its_length(
    world: World, rows: int, django_assert_num_queries: object
) -> None:
    for place in range(rows):
        opened(world, number_of(world, world.a, serial=place + 1, year=clock.today().year - place))
    client = client_of(world.department_officer)
    part = {"HX-Request": "true", "HX-Target": "list-recognition-revocations"}
    client.get("/revocations/", headers=part)
    with django_assert_num_queries(QUERIES):  # type: ignore[operator]
        assert client.get("/revocations/", headers=part).status_code == 200


#: Of the list itself, without the navigation.
QUERIES = 8


def test_a_bar_that_stands_in_the_file_too_is_told_with_its_day(world: World) -> None:
    """The file gets the bar of a revocation here, but no day where it names another number by then."""
    held = number_of(world, world.a)
    Enterprise.objects.filter(pk=world.a.pk).update(sme_number="2026620102A7000001")
    decided(world, held)
    file = Enterprise.objects.get(pk=world.a.pk)
    held.refresh_from_db()
    assert (file.sme_barred_until, file.sme_revoked_on) == (held.barred_until, None)
    bar = rules.barred(world.a, "tech-sme", clock.today())
    assert bar is not None and (bar.until, bar.revoked_on) == (held.barred_until, held.revoked_on)
