"""Site visits: from the commission to what the decider is shown."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.utils import timezone
from tests.people import World
from tests.review import at_stage
from tests.visits import claim, commissioned, make_institution, note, seen

from tidui.casework.models import Application, Batch, Step
from tidui.kit import clock, jobs
from tidui.kit.access import NotAllowed
from tidui.kit.models import Message
from tidui.registry.enums import Source
from tidui.registry.models import Difference, Return
from tidui.review import urging, visiting
from tidui.review.actions import commissioning
from tidui.review.actions import visits as actions
from tidui.review.models import Claim, Commission, Record, Visit

pytestmark = pytest.mark.django_db


def test_the_checklist_holds_the_facts_of_the_form_and_the_rows_of_its_tables(world: World) -> None:
    _batch, [visit], _institution = commissioned(world)
    year = visit.submission.year
    found = {one.key: one for one in visit.claims.all()}
    assert found[f"st_staff.{year}"].section == "staff" and found[f"st_staff.{year}"].said == "35 人"
    assert found[f"sales_revenue.{year}"].section == "accounts"
    assert found["t.rd.1"].title == "RD01 薄膜压力芯片研制" and found["t.rd.1"].section == "rd"
    # A row is no fact, whatever its table is called.
    assert visiting.title_of(found["t.conversions.1"]) == "ZH01 压力传感器产业化"
    assert found["t.staff.1"].said and found["t.equipment.1"].section == "equipment"
    assert {one.section for one in found.values()} == {
        "facts", "staff", "accounts", "rd", "ip", "products", "conversions", "equipment",
    }  # fmt: skip
    assert [one.number for one in visit.claims.order_by("number")] == list(range(1, len(found) + 1))


def test_only_an_institution_is_commissioned_and_only_for_what_is_at_its_visit(world: World) -> None:
    batch, rows = at_stage(world, "visit", 2)
    institution = make_institution()
    common = {"batch": batch, "by": world.department_officer, "at": timezone.now()}
    due = clock.today() + dt.timedelta(days=5)
    for refused, changed in (
        ("not-an-institution", {"institution": world.agency, "due_on": due, "applications": [rows[0].pk]}),
        ("due-passed", {"institution": institution.organisation, "due_on": clock.today() - dt.timedelta(days=1),
                        "applications": [rows[0].pk]}),
        ("nothing-chosen", {"institution": institution.organisation, "due_on": due, "applications": []}),
    ):  # fmt: skip
        with pytest.raises(NotAllowed) as caught:
            commissioning.commission(**common, **changed)  # type: ignore[arg-type]
        assert caught.value.refused.code == refused
    commissioning.commission(**common, institution=institution.organisation, due_on=due, applications=[rows[0].pk])  # type: ignore[arg-type]
    with pytest.raises(NotAllowed) as caught:
        commissioning.commission(**common, institution=institution.organisation, due_on=due, applications=[one.pk for one in rows])  # type: ignore[arg-type]
    assert caught.value.refused.code == "not-to-visit" and Visit.objects.count() == 1


def test_many_go_on_without_a_visit_each_with_the_reason(world: World) -> None:
    batch, rows = at_stage(world, "visit", 3)
    commissioning.waive_many(
        batch=batch, applications=[one.pk for one in rows], reason="上年已考察", by=world.department_officer,
        at=timezone.now(),
    )  # fmt: skip
    jobs.work_off()
    assert set(Application.objects.filter(batch=batch).values_list("stage", flat=True)) == {"meeting"}
    assert list(Step.objects.filter(move="waived").values_list("reason", flat=True)) == ["上年已考察"] * 3
    assert Batch.objects.get(pk=batch.pk).stage == "meeting"


def test_a_visit_is_taken_back_and_given_to_another_institution(world: World) -> None:
    _batch, [visit], institution = commissioned(world)
    other = make_institution("陇上咨询中心", "longshang")
    commissioning.give_to(
        visit=visit, institution=other.organisation, due_on=clock.today() + dt.timedelta(days=5), reason="人手不足",
        by=world.department_officer, at=timezone.now(),
    )  # fmt: skip
    assert sorted(Visit.objects.values_list("state", flat=True)) == ["assigned", "withdrawn"]
    with pytest.raises(NotAllowed) as caught:
        note(visit, claim(visit, "st_staff"), by=institution.first)
    assert caught.value.refused.code == "visit-closed"
    fresh = Visit.objects.get(state="assigned")
    assert note(fresh, claim(fresh, "st_staff"), by=other.first).record.state == "applied"


def test_the_same_record_sent_again_is_the_same_record(world: World) -> None:
    _batch, [visit], institution = commissioned(world)
    staff, key = claim(visit, "st_staff"), uuid.uuid4()
    first = note(visit, staff, "differs", by=institution.first, found="30", key=key, base=0)
    again = note(visit, staff, "differs", by=institution.first, found="30", key=key, base=0)
    assert first.record.pk == again.record.pk and Record.objects.count() == 1
    assert Claim.objects.get(pk=staff.pk).version == 1
    assert Visit.objects.get(pk=visit.pk).state == "underway"


def test_two_visitors_who_differ_stand_side_by_side_until_a_person_chooses(world: World) -> None:
    _batch, [visit], institution = commissioned(world)
    staff = claim(visit, "st_staff")
    note(visit, staff, "differs", by=institution.first, found="30", base=0, device="a")
    late = note(visit, staff, "differs", by=institution.second, found="29", base=0, device="b")
    assert late.record.state == "conflict" and Claim.objects.get(pk=staff.pk).found == "30"
    seen(visit, institution.first, staff.key)
    with pytest.raises(NotAllowed) as caught:
        actions.report(visit=visit, opinion="属实", by=institution.first, at=timezone.now())
    assert caught.value.refused.code == "conflicts"
    actions.settle(record=late.record, take=True, by=institution.first, at=timezone.now())
    assert Claim.objects.get(pk=staff.pk).found == "29" and Record.objects.filter(claim=staff).count() == 2
    with pytest.raises(NotAllowed):
        actions.settle(record=late.record, take=False, by=institution.first, at=timezone.now())


def test_two_visitors_who_agree_and_one_device_that_goes_on_are_no_conflict(world: World) -> None:
    _batch, [visit], institution = commissioned(world)
    staff = claim(visit, "st_staff")
    note(visit, staff, "confirmed", by=institution.first, base=0, device="a")
    same = note(visit, staff, "confirmed", by=institution.second, base=0, device="b")
    assert same.record.state == "applied" and Claim.objects.get(pk=staff.pk).version == 1
    # The answer to the first was lost on the way: the device goes on from the version that it had seen.
    other = claim(visit, "employees")
    note(visit, other, "confirmed", by=institution.first, base=0, device="a")
    on = note(visit, other, "differs", by=institution.first, found="99", base=0, device="a")
    assert on.record.state == "applied" and Claim.objects.get(pk=other.pk).found == "99"


def test_what_a_person_chose_is_not_undone_by_a_device_that_did_not_know_of_it(world: World) -> None:
    _batch, [visit], institution = commissioned(world)
    staff = claim(visit, "st_staff")
    note(visit, staff, "differs", by=institution.first, found="30", base=0, device="a")
    late = note(visit, staff, "differs", by=institution.second, found="29", base=0, device="b")
    actions.settle(record=late.record, take=True, by=institution.second, at=timezone.now())
    for base in (0, 1):  # without a line, the first device noted what it had seen before
        stale = note(visit, staff, "differs", by=institution.first, found="31", base=base, device="a")
        assert (stale.record.state, Claim.objects.get(pk=staff.pk).found) == ("conflict", "29")
    assert note(visit, staff, "differs", by=institution.first, found="32", device="a").record.state == "applied"


def test_a_report_says_of_every_claim_what_was_found_or_why_it_was_not_seen(world: World) -> None:
    _batch, [visit], institution = commissioned(world)
    staff = claim(visit, "st_staff")

    def refused() -> str:
        with pytest.raises(NotAllowed) as caught:
            actions.report(visit=visit, opinion="总体属实", by=institution.first, at=timezone.now())
        return caught.value.refused.code

    assert refused() == "not-all-seen"
    seen(visit, institution.first, staff.key)
    note(visit, staff, "not_seen", by=institution.first)
    assert refused() == "not-all-seen"
    note(visit, staff, "differs", by=institution.first, found="三十来个")
    assert refused() == "found-unreadable"
    note(visit, staff, "differs", by=institution.first, found="35")
    assert refused() == "found-unreadable"
    note(visit, staff, "differs", by=institution.first, found="30")
    done = actions.report(visit=visit, opinion="总体属实", by=institution.first, at=timezone.now())
    assert done.state == "reported" and len(done.digest) == 64
    with pytest.raises(NotAllowed):
        note(visit, staff, "confirmed", by=institution.first)


def _reported(world: World, found: str) -> tuple[Batch, Visit]:
    batch, [visit], institution = commissioned(world)
    staff = claim(visit, "st_staff")
    seen(visit, institution.first, staff.key)
    note(visit, staff, "differs", by=institution.first, found=found, words="社保名单只有这些人")
    actions.report(visit=visit, opinion="科技人员不实", by=institution.first, at=timezone.now())
    return batch, visit


def test_a_refuted_claim_opens_a_difference_changes_the_verdict_and_stands_before_the_decider(world: World) -> None:
    batch, visit = _reported(world, "2")
    accepted = commissioning.accept(visit=visit, by=world.department_officer, at=timezone.now())
    assert (accepted.before["verdict"], accepted.after["verdict"]) == ("pass", "fail")
    filed = Return.objects.get(source=Source.SITE)
    assert filed.facts == {"st_staff": 2} and filed.filed_for_id == visit.commission.institution_id
    assert Difference.objects.get(offered=filed).state == "open"
    application = Application.objects.get(pk=visit.application_id)
    assert application.stage == "meeting" and Batch.objects.get(pk=batch.pk).stage == "meeting"
    found = visiting.finding_of(application)
    assert found is not None and found.verdict_changed and [one.found for one in found.differing] == ["2"]
    assert [(one.before, one.after) for one in found.changed] == [("pass", "fail")]


def test_a_difference_that_matters_to_no_condition_leaves_the_verdict(world: World) -> None:
    _batch, visit = _reported(world, "34")
    accepted = commissioning.accept(visit=visit, by=world.department_officer, at=timezone.now())
    assert (accepted.before["verdict"], accepted.after["verdict"]) == ("pass", "pass")
    assert accepted.after["changed"] == []
    with pytest.raises(NotAllowed):
        commissioning.accept(visit=visit, by=world.department_officer, at=timezone.now())


def test_a_report_is_returned_completed_and_reported_again(world: World) -> None:
    _batch, visit = _reported(world, "2")
    with pytest.raises(NotAllowed):
        commissioning.return_report(visit=visit, reason=" ", by=world.department_officer, at=timezone.now())
    commissioning.return_report(visit=visit, reason="请补照片", by=world.department_officer, at=timezone.now())
    held = Visit.objects.get(pk=visit.pk)
    assert (held.state, held.returned_reason) == ("returned", "请补照片")
    by = held.reported_by
    assert by is not None
    assert actions.report(visit=held, opinion="已补", by=by, at=timezone.now()).state == "reported"


def test_every_working_morning_an_institution_is_reminded_of_reports_that_are_nearly_due(world: World) -> None:
    _batch, [first, second], institution = commissioned(world, 2)
    monday = dt.datetime(2026, 11, 23, 0, 0, tzinfo=dt.UTC)
    Commission.objects.update(due_on=dt.date(2026, 11, 27))  # four working days left
    assert urging.remind_institutions(monday) == 0
    Commission.objects.update(due_on=dt.date(2026, 11, 26))
    assert urging.remind_institutions(monday - dt.timedelta(days=1)) == 0  # a Sunday
    Visit.objects.filter(pk=first.pk).update(state="withdrawn")
    assert urging.remind_institutions(monday) == 2
    told = Message.objects.filter(kind="review.visits_due")
    assert {one.recipient_id for one in told} == {institution.first.pk, institution.second.pk}
    assert all("1家" in one.body and "2026" in one.body for one in told)
    Visit.objects.filter(pk=second.pk).update(state="withdrawn")
    assert urging.remind_institutions(monday) == 0
