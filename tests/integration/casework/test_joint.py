"""Joint checks: asked by list, answered, shown to who decides, passed when all is answered, and asked again when old."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.casework import accepted, make_call, submitted
from tests.people import World, make_member, make_organisation, make_user
from tidui.accounts.enums import OrganisationKind, Role
from tidui.accounts.models import Organisation, User
from tidui.casework import actions, exchanging, findings, joint
from tidui.casework.actions import answering, clearing, joint_checking
from tidui.casework.actions import calls as calling
from tidui.casework.actions import exchanging as sending
from tidui.casework.enums import FindingKind, State, Turn, Weight
from tidui.casework.exchanging import Answer
from tidui.casework.kinds import AGENCY_CHECK, CONFIRMATION, JOINT_CHECK, MEETING, SELF_EVALUATION
from tidui.casework.models import Application, Batch, Exchange, ExchangeRow, Finding
from tidui.casework.programme import Programme, Stage, forget, programme, register
from tidui.kit import calendar, clock, jobs
from tidui.kit.access import NotAllowed
from tidui.kit.lang import Pair

pytestmark = pytest.mark.django_db
NAME = "joint-trial"
CREDIT, TAX = "credit", "tax"


@pytest.fixture
def trial() -> Iterator[Programme]:
    """A small programme with a joint check by two authorities before the meeting."""
    like = programme("tech-sme")
    made = register(
        Programme(
            name=NAME, title=Pair("联审试验", "joint trial"), lead=Pair("试", "trial"), policy=like.policy,
            form=like.form, prefix="LS", agency=True, status="",
            stages=(
                Stage("self_evaluation", SELF_EVALUATION), Stage("agency_check", AGENCY_CHECK, days=5),
                Stage("confirmation", CONFIRMATION, days=10), Stage("joint", JOINT_CHECK, days=10),
                Stage("meeting", MEETING, days=10),
            ),
            extra={"joint": (CREDIT, TAX)},
        )
    )  # fmt: skip
    yield made
    forget(NAME)


@pytest.fixture
def partners(world: World) -> dict[str, Organisation]:
    """The authorities that answer."""
    return {
        CREDIT: make_organisation(OrganisationKind.PARTNER, "省信用办"),
        TAX: make_organisation(OrganisationKind.TAX, "省税务局"),
    }


@pytest.fixture
def two(world: World, trial: Programme) -> list[Application]:
    """Applications of `a` and `b` at the joint check, in one closed batch."""
    call = make_call(world, programme=NAME)
    made = [submitted(world, call), submitted(world, call, world.b, world.clerk_b, answers={"contact": "黄", "phone": ""})]
    batch = calling.open_batch(call=call, title="第一批", by=world.department_officer, at=timezone.now())
    for one in made:
        passed = accepted(world, one)
        actions.move(
            application=passed, name="confirm", by=world.department_officer, at=timezone.now(), seen=passed.version
        )
    calling.close_batch(batch=batch, by=world.department_officer, at=timezone.now())
    return fresh(made)


def fresh(applications: list[Application]) -> list[Application]:
    """The same as they are now."""
    return [Application.objects.select_related("organisation", "call", "batch").get(pk=one.pk) for one in applications]


def ask(world: World, applications: list[Application], partners: dict[str, Organisation], at: dt.datetime | None = None) -> list[Exchange]:
    """Lists to both authorities, prepared and sent."""
    now = at or timezone.now()
    by = world.department_officer
    made = joint_checking.ask(
        applications=applications, partners=partners, by=by, at=now, batch=applications[0].batch
    )
    for one in made:
        sending.write_files(exchange=one, by=by, at=now)
        sending.send(exchange=one, by=by, at=now, way="专网")
    return made


def answer(world: World, application: Application, name: str, outcome: str = joint.CLEAR, at: dt.datetime | None = None, **values: Any) -> None:
    """An authority answers about one application."""
    row = ExchangeRow.objects.get(application=application, purpose=joint.PREFIX + name, open=True)
    answering.take(
        row=row.pk, answer=Answer(outcome, values), faults=(), by=world.department_officer, at=at or timezone.now()
    )


def asked_and_answered(world: World, two: list[Application], partners: dict[str, Organisation]) -> Application:
    """Both authorities are asked about both, and answer for the first."""
    ask(world, two, partners)
    for name in (CREDIT, TAX):
        answer(world, two[0], name)
    return two[0]


def passed_on(world: World, application: Application, name: str = "pass", at: dt.datetime | None = None) -> Application:
    """The department lets it go on."""
    held = fresh([application])[0]
    actions.move(
        application=held, name=name, by=world.department_officer, at=at or timezone.now(), seen=held.version
    )
    return fresh([application])[0]


def refused(world: World, application: Application, name: str = "pass", at: dt.datetime | None = None) -> str:
    """The code with which going on is refused."""
    with pytest.raises(NotAllowed) as told:
        passed_on(world, application, name, at)
    return told.value.refused.code


def test_the_five_checks_ask_the_kind_of_authority_that_knows() -> None:
    """Tax arrears are the tax side's."""
    kinds = {name: one.partner_kind for name, one in joint.PURPOSES.items()}
    assert kinds == {
        "credit": "partner", "integrity": "partner", "tax": "tax", "safety": "partner", "environment": "partner"
    }  # fmt: skip
    assert all(exchanging.purpose(f"joint:{name}") is one for name, one in joint.PURPOSES.items())


def test_nobody_goes_on_before_every_authority_has_answered(
    world: World, two: list[Application], partners: dict[str, Organisation]
) -> None:
    """Not asked, waiting, one of two answered: each says what is missing."""
    mine, theirs = two
    assert (mine.stage, mine.turn, mine.holder) == ("joint", Turn.PARTNER, world.department)
    assert refused(world, mine) == "joint-not-asked"
    made = ask(world, two, partners)
    assert [(one.purpose, one.count, one.partner) for one in made] == [
        ("joint:credit", 2, partners[CREDIT]), ("joint:tax", 2, partners[TAX]),
    ]  # fmt: skip
    answer(world, mine, CREDIT)
    assert refused(world, mine) == "joint-waiting"
    answer(world, mine, TAX)
    assert passed_on(world, mine).stage == "meeting"
    assert refused(world, theirs) == "joint-waiting"


def test_a_hit_is_a_finding_with_its_source_that_has_to_be_dealt_with(
    world: World, two: list[Application], partners: dict[str, Organisation]
) -> None:
    """Who decides sees the authority, the record and the reason; cleared with a reason, the application goes on."""
    mine = two[0]
    ask(world, two, partners)
    day = dt.date(2026, 3, 1)
    answer(world, mine, CREDIT, joint.HIT, reason="列入严重失信主体名单", record="甘信〔2026〕7号", recorded_on=day.isoformat())
    answer(world, mine, TAX)
    found = Finding.objects.get(application=mine, kind=FindingKind.JOINT_HIT)
    assert (found.weight, found.key, found.source) == (Weight.STOP, "joint:credit", "省信用办")
    assert "列入严重失信主体名单" in findings.said(found) and "省信用办" in findings.said(found)
    assert fresh([mine])[0].doubts >= 1
    assert refused(world, mine) == "open-finding"
    clearing.clear(finding=found, reason="已修复，附信用修复决定", by=world.department_officer, at=timezone.now())
    assert passed_on(world, mine).stage == "meeting"
    findings.look(mine)
    assert Finding.objects.get(pk=found.pk).gone_at is None


def test_the_same_hit_told_again_stays_cleared_and_another_does_not(
    world: World, two: list[Application], partners: dict[str, Organisation]
) -> None:
    """After the repeat: the same record, a new one, and none any more."""
    mine = two[0]
    start = timezone.now()
    later = clock.start_of(calendar.calendar().after(clock.day_of(start), 21))
    latest = clock.start_of(calendar.calendar().after(clock.day_of(later), 21))
    last = clock.start_of(calendar.calendar().after(clock.day_of(latest), 21))
    told = {"reason": "欠税公告", "record": "甘税公告1号"}
    ask(world, [mine], {TAX: partners[TAX]})
    answer(world, mine, TAX, joint.HIT, **told)
    found = mine.findings.get(kind=FindingKind.JOINT_HIT)
    clearing.clear(finding=found, reason="已缴清", by=world.department_officer, at=start)
    for at, values, cleared in ((later, told, True), (latest, told | {"record": "甘税公告2号"}, False)):
        ask(world, [mine], {TAX: partners[TAX]}, at)
        answer(world, mine, TAX, joint.HIT, at, **values)
        found.refresh_from_db()
        assert (found.cleared_at is not None, found.gone_at) == (cleared, None)
    ask(world, [mine], {TAX: partners[TAX]}, last)
    answer(world, mine, TAX, at=last)
    found.refresh_from_db()
    assert found.gone_at == last


def test_an_answer_that_is_too_old_is_asked_for_again_before_the_decision(
    world: World, two: list[Application], partners: dict[str, Organisation]
) -> None:
    """Twenty working days hold; on the next one the meeting cannot approve until the repeat is answered."""
    mine = asked_and_answered(world, two, partners)
    assert passed_on(world, mine).stage == "meeting"
    work = calendar.calendar()
    holds = clock.start_of(work.after(clock.today(), 20))
    old = clock.start_of(work.after(clock.today(), 21))
    assert joint.refused(joint.standing(mine, clock.day_of(holds))) is None
    assert refused(world, mine, "approve", old) == "joint-old"
    again = ask(world, fresh([mine]), partners, old)
    assert [one.count for one in again] == [1, 1]
    assert refused(world, mine, "approve", old) == "joint-old"
    with pytest.raises(NotAllowed) as told:
        ask(world, fresh([mine]), partners, old)
    assert told.value.refused.code == "nothing-to-ask"
    for name in (CREDIT, TAX):
        answer(world, mine, name, at=old)
    assert passed_on(world, mine, "approve", old).state == State.ACCEPTED


def test_a_meeting_may_return_or_refuse_whatever_the_authorities_say(
    world: World, two: list[Application], partners: dict[str, Organisation]
) -> None:
    """Old answers stand in the way of approval alone."""
    mine = asked_and_answered(world, two, partners)
    held = passed_on(world, mine)
    old = clock.start_of(calendar.calendar().after(clock.today(), 30))
    actions.move(
        application=held, name="refuse", by=world.department_officer, at=old, seen=held.version, reason="会议未通过"
    )
    assert fresh([mine])[0].state == State.REFUSED


def test_everybody_who_is_answered_goes_on_together_and_twice_is_once(
    world: World, two: list[Application], partners: dict[str, Organisation]
) -> None:
    """One has a hit and stays; the batch is where its last application is."""
    mine, theirs = two
    ask(world, two, partners)
    for one in two:
        answer(world, one, TAX)
    answer(world, mine, CREDIT)
    answer(world, theirs, CREDIT, joint.HIT, reason="在名单中")
    assert mine.batch is not None
    batch = mine.batch
    for _again in range(2):
        joint_checking.finish(batch=batch, by=world.department_officer, at=timezone.now())
        jobs.work_off()
    assert [one.stage for one in fresh(two)] == ["meeting", "joint"]
    assert mine.steps.filter(move="pass").count() == 1
    assert Batch.objects.get(pk=batch.pk).stage == "joint"
    found = theirs.findings.get(kind=FindingKind.JOINT_HIT)
    clearing.clear(finding=found, reason="同名企业，非本单位", by=world.department_officer, at=timezone.now())
    joint_checking.finish(batch=batch, by=world.department_officer, at=timezone.now())
    jobs.work_off()
    assert [one.stage for one in fresh(two)] == ["meeting", "meeting"]
    assert Batch.objects.get(pk=batch.pk).stage == "meeting"


def test_only_the_department_asks_and_ends(world: World, two: list[Application], partners: dict[str, Organisation]) -> None:
    """Neither a county nor the agency nor inspection."""
    mine = two[0]
    assert mine.batch is not None
    for person in (world.county_officer, world.agency_clerk, world.inspector, world.clerk_a):
        with pytest.raises(NotAllowed):
            joint_checking.ask(applications=[mine], partners=dict(partners), by=person, at=timezone.now())
        with pytest.raises(NotAllowed):
            joint_checking.finish(batch=mine.batch, by=person, at=timezone.now())
    assert not Exchange.objects.exists()


def _signed_in(client: Client, user: User) -> Client:
    client.force_login(user)
    return client


def test_the_pages_ask_and_show_the_answers_to_who_decides_alone(
    world: World, two: list[Application], partners: dict[str, Organisation], client: Client
) -> None:
    """The department prepares both lists on the batch's page; the applicant's own page tells nothing of a hit."""
    mine = two[0]
    assert mine.batch is not None
    url = reverse("casework:joint_batch", args=[mine.batch.pk])
    _signed_in(client, world.department_officer)
    assert "省信用办" in client.get(url).content.decode()
    answered = client.post(url, {CREDIT: partners[CREDIT].pk, TAX: partners[TAX].pk, "due_on": ""})
    assert answered.status_code == 302
    assert set(Exchange.objects.values_list("purpose", flat=True)) == {"joint:credit", "joint:tax"}
    assert all(one.file_id for one in Exchange.objects.all())
    answer(world, mine, CREDIT, joint.HIT, reason="严重失信窥探")
    case = reverse("casework:case", args=[mine.pk])
    assert "严重失信窥探" in client.get(case).content.decode()
    assert client.get(reverse("casework:joint", args=[mine.pk])).status_code == 200
    client.logout()
    _signed_in(client, world.clerk_a)
    shown = client.get(case)
    assert shown.status_code == 200
    assert "严重失信窥探" not in shown.content.decode()
    assert client.get(reverse("casework:joint", args=[mine.pk])).status_code in (403, 404)
    assert client.get(url).status_code in (403, 404)


def test_a_partners_clerk_sees_no_findings(world: World, two: list[Application], partners: dict[str, Organisation]) -> None:
    """They answer their list, and learn nothing of the case."""
    from tidui.kit.visibility import visible_to

    clerk = make_user("partner", "何信用")
    make_member(clerk, partners[CREDIT], Role.CLERK)
    ask(world, two, partners)
    answer(world, two[0], TAX, joint.HIT, reason="欠税")
    assert not visible_to(clerk, Finding).exists()
    assert not visible_to(clerk, Application).exists()
