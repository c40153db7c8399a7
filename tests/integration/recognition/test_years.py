"""The years after: yearly information, reported changes, renewal, revocation of what holds for years, and the ladder."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.integration.recognition.held import number_of
from tests.people import World
from tests.review import facts_of_form, provincial_call
from tidui.accounts.models import Organisation
from tidui.facts.factset import Key
from tidui.kit import clock
from tidui.kit.access import NotAllowed
from tidui.kit.models import Message
from tidui.kit.visibility import visible_to
from tidui.policies.ladder import Ladder
from tidui.policies.library import shelf
from tidui.recognition import lasting, registering, reminding, revoking, yearly
from tidui.recognition.actions import revocation
from tidui.recognition.actions import years as actions
from tidui.recognition.enums import Ground
from tidui.recognition.lists_years import CHANGES, RETURNS
from tidui.recognition.models import Recognition, Revocation
from tidui.recognition.models_years import Change, ChangeKind, ChangeState, YearlyReturn
from tidui.registry.actions.filing import write_return
from tidui.registry.enums import Source
from tidui.registry.facts import fact_set
from tidui.rules.values import NONE

pytestmark = pytest.mark.django_db
TODAY = clock.today()


def held_by(world: World, organisation: Organisation | None = None, *, ago: int = 400, **more: Any) -> Recognition:
    """A provincial recognition of some days ago, with its status on the enterprise's file."""
    firm = organisation or world.a
    since = TODAY - dt.timedelta(days=ago)
    until = since + dt.timedelta(days=3 * 365)
    made = number_of(
        world, firm, year=since.year, programme="provincial", rung="provincial", number=f"GSKC{since.year}{firm.pk:04d}",
        valid_from=since, valid_until=until, announced_at=timezone.now(), **more,
    )  # fmt: skip
    write_return(
        organisation=firm, section="enterprise", year=None, source=Source.RECOGNITION, by=world.department_officer,
        at=timezone.now(), filed_for=world.department,
        facts={"provincial_recognised_on": (since,), "provincial_valid_until": until},
    )  # fmt: skip
    return made


def filled(world: World, year: int) -> None:
    """The enterprise's file knows what the information of a year asks."""
    known: dict[Key, Any] = facts_of_form(year)
    for section, of in (("enterprise", None), ("years", year)):
        facts = {name: value for (name, place), value in known.items() if place == of}
        write_return(
            organisation=world.a, section=section, year=of, facts=facts, source=Source.SELF, by=world.clerk_a,
            at=timezone.now(), filed_for=world.a,
        )  # fmt: skip


def rungs(firm: Organisation) -> Any:
    """What the ladder says of an enterprise."""
    return Ladder(shelf(), TODAY).place(fact_set(firm))


# ---------------------------------------------------------------------- validity
def test_the_validity_is_that_of_the_policy_and_said_to_be_a_house_default() -> None:
    found = lasting.validity("provincial", TODAY)
    assert found is not None and found.months == 36 and "有效期未查得" in found.house
    assert lasting.validity("tech-sme", TODAY) is None
    assert lasting.names(TODAY) == ["provincial"]
    assert "provincial" not in list(yearly.with_numbers())


# ---------------------------------------------------------------------- yearly information
def test_the_information_of_last_year_is_begun_once_reminded_twice_and_listed_while_it_is_missing(world: World) -> None:
    held = held_by(world)
    held_by(world, world.b, ago=0)
    year = TODAY.year
    at = dt.datetime(year + 1, 2, 1, 9, tzinfo=clock.LEGAL_ZONE)
    Recognition.objects.filter(organisation=world.b).update(valid_from=dt.date(year + 1, 1, 15))
    assert (reminding.begin_returns(at), reminding.begin_returns(at)) == (1, 0)
    made = YearlyReturn.objects.get()
    assert (made.recognition_id, made.year, made.due_on) == (held.pk, year, dt.date(year + 1, 5, 31))
    assert (reminding.remind_returns(at), reminding.remind_returns(at)) == (1, 0)
    soon = dt.datetime(year + 1, 5, 20, 9, tzinfo=clock.LEGAL_ZONE)
    reminding.remind_returns(soon)
    kinds = set(Message.objects.filter(recipient=world.clerk_a).values_list("kind", flat=True))
    assert {"recognition.return_open", "recognition.return_due"} <= kinds
    late = dt.datetime(year + 1, 6, 2, 9, tzinfo=clock.LEGAL_ZONE)
    before = Message.objects.count()
    reminding.remind_returns(late)
    assert Message.objects.count() == before
    held.refresh_from_db()
    assert held.revoked_on is None


def test_the_information_of_a_year_is_what_the_file_holds_and_a_text(world: World) -> None:
    held, year = held_by(world), TODAY.year - 1
    made = YearlyReturn.objects.create(recognition=held, year=year, due_on=TODAY, made_at=timezone.now())
    with pytest.raises(NotAllowed, match="missing"):
        actions.file_return(yearly=made, text="稳步增长", by=world.clerk_a, at=timezone.now())
    filled(world, year)
    with pytest.raises(NotAllowed):
        actions.file_return(yearly=made, text="稳步增长", by=world.clerk_b, at=timezone.now())
    done = actions.file_return(yearly=made, text="稳步增长", by=world.clerk_a, at=timezone.now())
    assert {one["name"]: one["text"] for one in done.facts}["employees"] == "100 人"
    assert len(done.facts) == len(lasting.YEARLY_FACTS) + len(lasting.HELD_FACTS) and done.digest
    assert not actions.late(done)
    with pytest.raises(NotAllowed, match="filed"):
        actions.file_return(yearly=made, text="再报", by=world.clerk_a, at=timezone.now())


# ---------------------------------------------------------------------- changes
def reported(world: World, held: Recognition, kind: str = ChangeKind.RENAME, **more: Any) -> Change:
    """A change that the enterprise reported."""
    said: dict[str, Any] = {"happened_on": TODAY - dt.timedelta(days=10), "text": "见营业执照", "after": "兰州白塔智能有限公司"}
    return actions.report(
        recognition=held, kind=kind, by=world.clerk_a, at=timezone.now(), **{**said, **more}
    )


def test_a_change_of_name_gives_a_new_certificate_with_number_and_days_unchanged(world: World, settings: Any) -> None:
    held = held_by(world)
    made = reported(world, held)
    assert (made.before, made.due_on) == (world.a.name, lasting.change_due(made.happened_on))
    done = actions.keep(change=made, answer="名称变更属实，仍符合条件", by=world.department_officer, at=timezone.now())
    assert done.state == ChangeState.KEPT and done.certificate is not None
    assert done.certificate.name == "兰州白塔智能有限公司" and done.certificate.number == held.number
    after = Recognition.objects.get(pk=held.pk)
    assert (after.number, after.valid_from, after.valid_until) == (held.number, held.valid_from, held.valid_until)
    assert Organisation.objects.get(pk=world.a.pk).name == "兰州白塔智能有限公司"
    assert Message.objects.filter(kind="recognition.change_decided", recipient=world.clerk_a).exists()


def test_a_change_is_sent_back_supplemented_and_decided_once(world: World) -> None:
    held = held_by(world)
    made = reported(world, held, ChangeKind.BUSINESS)
    with pytest.raises(NotAllowed, match="open-already"):
        reported(world, held, ChangeKind.BUSINESS)
    actions.send_back(change=made, answer="缺营业执照", by=world.department_officer, at=timezone.now())
    with pytest.raises(NotAllowed, match="not-now"):
        actions.keep(change=made, answer="x", by=world.department_officer, at=timezone.now())
    actions.supplement(change=made, text="已补营业执照", by=world.clerk_a, at=timezone.now())
    actions.keep(change=made, answer="仍符合条件", by=world.department_officer, at=timezone.now())
    made.refresh_from_db()
    assert made.state == ChangeState.KEPT and made.certificate is None


def test_who_leaves_the_province_is_recognised_until_a_day_and_the_ladder_sees_it(world: World) -> None:
    held = held_by(world)
    made = reported(world, held, ChangeKind.MOVE, after="")
    with pytest.raises(NotAllowed, match="not-moves"):
        actions.keep(change=made, answer="x", by=world.department_officer, at=timezone.now())
    last = TODAY - dt.timedelta(days=1)
    with pytest.raises(NotAllowed, match="wrong-end"):
        actions.end(
            change=made, ends_on=held.valid_from - dt.timedelta(days=1), answer="x", by=world.department_officer, at=timezone.now()
        )
    actions.end(change=made, ends_on=last, answer="已迁至青海", by=world.department_officer, at=timezone.now())
    held.refresh_from_db()
    assert (held.valid_until, held.revoked_on) == (last, None)
    assert fact_set(world.a).get("provincial_valid_until") == last
    assert "provincial" not in rungs(world.a).held


def test_only_who_left_the_province_is_ended_and_a_doubt_goes_to_a_revocation(world: World) -> None:
    made = reported(world, held_by(world), ChangeKind.MERGER)
    with pytest.raises(NotAllowed, match="only-moves"):
        actions.end(change=made, ends_on=TODAY, answer="x", by=world.department_officer, at=timezone.now())
    actions.doubt(change=made, answer="分立后研发人员不足10%", by=world.department_officer, at=timezone.now())
    found = Revocation.objects.get()
    assert (found.ground, found.state) == (Ground.CONDITIONS, "opened") and "研发人员不足" in found.evidence


def test_only_the_holder_reports_and_only_the_department_decides(world: World) -> None:
    held = held_by(world)
    for person in (world.clerk_b, world.county_officer, world.inspector):
        with pytest.raises(NotAllowed):
            actions.report(
                recognition=held, kind=ChangeKind.BUSINESS, happened_on=TODAY, text="x", by=person, at=timezone.now()
            )
    made = reported(world, held)
    for person in (world.clerk_a, world.county_officer, world.inspector):
        with pytest.raises(NotAllowed):
            actions.keep(change=made, answer="x", by=person, at=timezone.now())
    with pytest.raises(NotAllowed, match="to-come"):
        reported(world, held, ChangeKind.BUSINESS, happened_on=TODAY + dt.timedelta(days=1))
    assert not visible_to(world.clerk_b, Change).exists() and not visible_to(world.other_county_officer, Change).exists()
    assert visible_to(world.county_officer, Change).count() == 1


# ---------------------------------------------------------------------- renewal
def test_whose_recognition_ends_within_a_year_is_told_that_a_call_is_open(world: World) -> None:
    held_by(world, ago=900)
    held_by(world, world.b, ago=100)
    call = provincial_call(world)
    yearly.remind(timezone.now())
    told = Message.objects.filter(kind="recognition.renewal_open")
    assert {one.recipient_id for one in told} == {world.clerk_a.pk, world.administrator_a.pk}
    assert told[0].link == f"/calls/{call.pk}/"
    before = Message.objects.count()
    yearly.remind(timezone.now())
    assert Message.objects.count() == before
    yearly.remind(call.closes_at - dt.timedelta(days=3))
    assert Message.objects.filter(kind="recognition.renewal_closing").count() == 2
    assert not Message.objects.filter(kind="recognition.update_open").exists()


# ---------------------------------------------------------------------- revocation
def revoked(world: World, held: Recognition, ground: str = Ground.INCIDENT, on: dt.date | None = None) -> Revocation:
    """The whole way: proposed, told, answered, weighed, decided by two."""
    now, by = timezone.now(), world.department_officer
    made = revocation.open_revocation(recognition=held, ground=ground, evidence="安全事故", by=world.county_officer, at=now)
    revocation.tell(revocation=made, by=by, at=now)
    revocation.reply(revocation=made, text="无异议", by=world.clerk_a, at=now)
    revocation.propose(revocation=made, opinion="属实", by=by, at=now, effective_on=on)
    return revocation.decide(revocation=made, agree=True, by=world.department_leader, at=now)


def test_a_provincial_recognition_is_revoked_and_the_ladder_goes_down(world: World) -> None:
    held = held_by(world)
    assert "provincial" in rungs(world.a).held
    done = revoked(world, held)
    held.refresh_from_db()
    assert (held.revoked_on, held.barred_until) == (TODAY, dt.date(TODAY.year, 12, 31))
    facts = fact_set(world.a)
    assert facts.get("provincial_valid_until") == TODAY - dt.timedelta(days=1)
    assert facts.get("sme_barred_until") is None
    assert "provincial" not in rungs(world.a).held
    assert done.document is not None and "省科技创新型企业资格" in done.document.title
    assert "甘科高规〔2024〕1号" in str(done.document.content) and "科技型中小企业" not in str(done.document.content)


def test_a_recognition_revoked_from_its_first_day_never_was(world: World) -> None:
    held = held_by(world)
    revoked(world, held, Ground.FRAUD, on=held.valid_from)
    facts = fact_set(world.a)
    assert (facts.get("provincial_recognised_on"), facts.get("provincial_valid_until")) == (NONE, NONE)
    assert "provincial" not in rungs(world.a).held
    held.refresh_from_db()
    assert held.barred_until == dt.date(TODAY.year + 3, 12, 31)


def test_the_certificate_of_what_is_revoked_is_void(world: World) -> None:
    held = held_by(world)
    made = actions.keep(
        change=reported(world, held), answer="属实", by=world.department_officer, at=timezone.now()
    ).certificate
    revoked(world, held)
    assert made is not None
    made.refresh_from_db()
    assert made.void_on == TODAY and made.void_reason


def test_an_older_recognition_leaves_the_status_of_the_present_one_alone(world: World) -> None:
    old = number_of(
        world, world.a, programme="provincial", rung="provincial", year=2020, number="GSKC20200001",
        valid_from=dt.date(2020, 5, 1), valid_until=dt.date(2023, 4, 30), announced_at=timezone.now(),
    )  # fmt: skip
    now = held_by(world)
    registering.revoked(
        recognition=old, on=dt.date(2022, 1, 1), barred_until=None, by=world.department_officer, at=timezone.now()
    )
    assert fact_set(world.a).get("provincial_valid_until") == now.valid_until


def test_each_programme_knows_its_own_grounds(world: World) -> None:
    with pytest.raises(NotAllowed, match="no-ground"):
        revocation.open_revocation(
            recognition=held_by(world), ground=Ground.NOT_UPDATED, evidence="x", by=world.county_officer, at=timezone.now()
        )
    with pytest.raises(NotAllowed, match="no-ground"):
        revocation.open_revocation(
            recognition=number_of(world, world.a), ground=Ground.UNREPORTED, evidence="x", by=world.county_officer, at=timezone.now()
        )


def test_whose_recognition_was_revoked_may_not_apply_again_that_year(world: World) -> None:
    call = provincial_call(world)
    revoked(world, held_by(world))
    refused = revoking.may_not_enter(call, world.a, timezone.now())
    assert refused is not None and "申报省科技创新型企业" in str(refused.reason)
    assert revoking.may_not_enter(call, world.b, timezone.now()) is None


# ---------------------------------------------------------------------- pages
def _client(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_the_pages_carry_a_change_and_a_yearly_return_without_scripts(world: World, tmp_path: Any) -> None:
    held, year = held_by(world), TODAY.year - 1
    made = YearlyReturn.objects.create(recognition=held, year=year, due_on=TODAY, made_at=timezone.now())
    clerk, officer = _client(world.clerk_a), _client(world.department_officer)
    page = reverse("recognition:yearly_return", args=[made.pk])
    assert "未填" in clerk.get(page).content.decode()
    filled(world, year)
    assert clerk.post(page, {"text": "营收增长"}).status_code == 302
    assert "营收增长" in officer.get(page).content.decode()
    assert world.a.name in officer.get(reverse("recognition:yearly_returns"), {"standing": "filed"}).content.decode()
    shown = clerk.get(reverse("recognition:recognition", args=[held.pk])).content.decode()
    assert "报告变更" in shown and "有效期 36 个月" in shown and "本系统默认值" in shown
    place = tmp_path / "licence.pdf"
    place.write_bytes(b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n")
    new = reverse("recognition:report_change", args=[held.pk])
    assert clerk.get(new).status_code == 200
    said = {"kind": "rename", "happened_on": TODAY.isoformat(), "after": "", "text": "更名"}
    assert clerk.post(new, said).status_code == 422
    with place.open("rb") as proof:
        answer = clerk.post(new, {**said, "after": "新名有限公司", "file": proof})
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    change = Change.objects.get()
    there = reverse("recognition:change", args=[change.pk])
    assert "核定" in officer.get(there).content.decode()
    decide = reverse("recognition:decide_change", args=[change.pk])
    assert officer.post(decide, {"outcome": "keep", "answer": ""}).status_code == 422
    assert officer.post(decide, {"outcome": "send_back", "answer": "缺登记通知书"}).status_code == 302
    again = reverse("recognition:supplement_change", args=[change.pk])
    assert "缺登记通知书" in clerk.get(there).content.decode()
    assert clerk.post(again, {"text": "已补"}).status_code == 302
    assert officer.post(decide, {"outcome": "keep", "answer": "属实"}).status_code == 302
    assert "已换发证书" in clerk.get(there).content.decode()
    assert _client(world.clerk_b).get(there).status_code == 404


@pytest.mark.parametrize("rows", [1, 3])
def test_the_lists_cost_the_same_however_long(world: World, rows: int, django_assert_num_queries: Any) -> None:
    for firm in [world.a, world.b, world.zoned][:rows]:
        held = held_by(world, firm)
        YearlyReturn.objects.create(recognition=held, year=2025, due_on=TODAY, made_at=timezone.now())
        Change.objects.create(
            recognition=held, kind="business", happened_on=TODAY, due_on=TODAY, text="x", filed_by=world.clerk_a,
            filed_at=timezone.now(),
        )  # fmt: skip
    client = _client(world.department_officer)
    for name, spec, count in (("yearly_returns", RETURNS, 7), ("changes", CHANGES, 8)):
        part = {"HX-Request": "true", "HX-Target": spec.element}
        client.get(reverse(f"recognition:{name}"), headers=part)
        with django_assert_num_queries(count):
            assert client.get(reverse(f"recognition:{name}"), headers=part).status_code == 200
