"""Objections: filed under a real name, handled by the department, their author never shown to the enterprise."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.integration.recognition.noticing import after, batch_at_notice, objected, shown, taken_up
from tests.people import World
from tidui.audit.models import Event
from tidui.casework.enums import State
from tidui.casework.models import Application, Step
from tidui.kit import calendar, clock
from tidui.kit.access import NotAllowed
from tidui.kit.models import Message
from tidui.recognition import documents, objecting
from tidui.recognition.actions import objections
from tidui.recognition.enums import ObjectionState
from tidui.recognition.models import Objection

pytestmark = pytest.mark.django_db


def test_an_objection_has_a_receipt_and_a_clock_and_the_department_is_told_without_the_name(world: World) -> None:
    batch, made = batch_at_notice(world)
    objection = objected(shown(world, batch), made[0])
    assert len(objection.receipt) == objecting.RECEIPT_LENGTH
    assert objection.due_on == calendar.calendar().after(clock.today(), 15)
    told = Message.objects.filter(kind="recognition.objected")
    assert {one.recipient for one in told} == {world.department_officer, world.department_leader}
    assert not [one for one in told if objection.name in one.subject + one.body]


def test_an_objection_on_the_last_day_counts_and_one_after_it_is_refused(world: World) -> None:
    batch, made = batch_at_notice(world)
    notice = shown(world, batch)
    last = clock.start_of(notice.ends_on or clock.today()) + dt.timedelta(hours=23, minutes=59)
    assert objected(notice, made[0], at=last).state == ObjectionState.FILED
    with pytest.raises(NotAllowed) as told:
        objected(notice, made[0], at=after(notice))
    assert told.value.refused.code == "notice-over"


def test_only_what_the_notice_lists_can_be_objected_to(world: World) -> None:
    batch, made = batch_at_notice(world)
    notice = shown(world, batch)
    stranger = Application(pk=made[1].pk + 1000)
    with pytest.raises(NotAllowed) as told:
        objected(notice, stranger)
    assert told.value.refused.code == "not-listed"


def test_an_upheld_objection_refuses_the_application_at_once_for_a_reason_that_names_nobody(world: World) -> None:
    batch, made = batch_at_notice(world)
    objection = taken_up(world, objected(shown(world, batch), made[0]))
    given = {"objection": objection, "answer": "经核实异议成立。", "by": world.department_officer, "at": timezone.now()}
    for reason in ("石坚反映的问题属实", "据 138 1234 0000 反映属实", "皋兰山机械厂反映属实"):
        with pytest.raises(NotAllowed) as told:
            objections.uphold_objection(**given, reason=reason, seen=objection.version)
        assert told.value.refused.code == "names-person"
    objections.uphold_objection(**given, reason="研发费用与年报不一致", seen=objection.version)
    now = Application.objects.get(pk=made[0].pk)
    step = Step.objects.filter(application=now).latest("number")
    assert (now.state, step.move, step.reason) == (State.REFUSED, "upheld", "研发费用与年报不一致")


def test_a_dismissed_objection_during_the_notice_leaves_the_application_where_it_is(world: World) -> None:
    batch, made = batch_at_notice(world)
    objection = taken_up(world, objected(shown(world, batch), made[0]))
    objections.dismiss_objection(
        objection=objection, answer="经核实不成立。", by=world.department_officer, at=timezone.now(),
        seen=objection.version,
    )  # fmt: skip
    assert Application.objects.get(pk=made[0].pk).stage == "notice"


def test_of_two_officers_on_one_objection_the_second_is_told_who_was_faster(world: World) -> None:
    batch, made = batch_at_notice(world)
    objection = objected(shown(world, batch), made[0])
    taken_up(world, objection)
    with pytest.raises(NotAllowed) as told:
        objections.reject_objection(
            objection=objection, reason="匿名", by=world.department_leader, at=timezone.now(), seen=objection.version
        )
    assert told.value.refused.code == "stale"
    assert world.department_officer.name in str(told.value.refused.reason)
    assert Objection.objects.get(pk=objection.pk).state == ObjectionState.ACCEPTED


def test_only_the_departments_officers_handle_objections(world: World) -> None:
    batch, made = batch_at_notice(world)
    objection = objected(shown(world, batch), made[0])
    for person in (world.inspector, world.county_officer, world.clerk_a, world.stranger, world.department_administrator):
        with pytest.raises(NotAllowed):
            objections.accept_objection(objection=objection, by=person, at=timezone.now(), seen=0)


def test_a_decision_without_an_answer_is_refused(world: World) -> None:
    batch, made = batch_at_notice(world)
    objection = taken_up(world, objected(shown(world, batch), made[0]))
    for action in (objections.dismiss_objection, objections.investigate):
        name = "answer" if action is objections.dismiss_objection else "text"
        with pytest.raises(NotAllowed):
            action(objection=objection, by=world.department_officer, at=timezone.now(), seen=objection.version, **{name: " "})


def test_the_reminder_comes_on_working_days_once_a_day(world: World) -> None:
    batch, made = batch_at_notice(world)
    objection = objected(shown(world, batch), made[0])
    assert objection.due_on is not None
    at = clock.start_of(objection.due_on) + dt.timedelta(hours=9)
    assert objecting.remind(timezone.now()) == 0
    assert [objecting.remind(at), objecting.remind(at)] == [1, 0]
    told = Message.objects.filter(kind="recognition.objections_due")
    assert {one.recipient for one in told} == {world.department_officer, world.department_leader}


def test_the_chain_never_says_who_objected(world: World) -> None:
    batch, made = batch_at_notice(world)
    objection = taken_up(world, objected(shown(world, batch), made[0]))
    written = Event.objects.filter(subject_model="recognition.Objection", subject_pk=str(objection.pk))
    assert written.count() == 2
    texts = "".join(one.details_text + one.subject_text + one.actor_name for one in written)
    assert not [word for word in (objection.name, objection.mobile, objection.employer, objection.text) if word in texts]


# ---------------------------------------------------------------------- pages
FORM = {
    "name": "石坚", "mobile": "13812340000", "employer": "皋兰山机械厂", "website": "",
    "text": "该企业研发费用与其公开的年报不一致，请核实。",
}  # fmt: skip


def test_anybody_objects_without_signing_in_and_asks_for_the_state_by_the_code(world: World, client: Client) -> None:
    batch, made = batch_at_notice(world)
    notice = shown(world, batch)
    answer = client.post(f"/notices/{notice.pk}/object/", {**FORM, "application": made[0].pk}, follow=True)
    receipt = Objection.objects.get().receipt
    assert objecting.spaced(receipt) in answer.content.decode()
    other = Client()
    said = other.post("/objections/state/", {"receipt": objecting.spaced(receipt).lower()}).content.decode()
    assert "待受理" in said and world.a.name in said
    assert other.post("/objections/state/", {"receipt": "ABCD EFGH JKMN"}).status_code == 422


def test_a_form_that_fills_the_hidden_field_or_names_nobody_is_refused(world: World, client: Client) -> None:
    batch, made = batch_at_notice(world)
    notice = shown(world, batch)
    for changed in ({"website": "http://x"}, {"name": ""}, {"mobile": "abc"}, {"application": ""}, {"text": "短"}):
        answer = client.post(f"/notices/{notice.pk}/object/", {**FORM, "application": made[0].pk, **changed})
        assert answer.status_code == 422
    assert not Objection.objects.exists()


def test_the_evidence_comes_with_the_form_and_is_read_by_the_department_alone(
    world: World, client: Client, settings: Any, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    batch, made = batch_at_notice(world)
    notice = shown(world, batch)
    assert notice.document is not None
    paper = SimpleUploadedFile("年报.pdf", documents.printed(notice.document), "application/pdf")
    given = {**FORM, "application": made[0].pk, "evidence": paper}
    assert client.post(f"/notices/{notice.pk}/object/", given).status_code == 302
    kept = Objection.objects.get().evidence
    assert kept is not None and kept.uploaded_by is None
    answers = {}
    for person in (world.department_officer, world.inspector, world.clerk_a, world.county_officer):
        client.force_login(person)
        answer = client.get(f"/files/{kept.pk}/")
        answers[person.username] = answer.status_code
        if answer.streaming:
            b"".join(answer.streaming_content)
    assert answers == {"department_officer": 200, "inspector": 200, "clerk_a": 404, "county_officer": 404}


def test_a_program_is_no_evidence(world: World, client: Client, settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    batch, made = batch_at_notice(world)
    notice = shown(world, batch)
    given = {**FORM, "application": made[0].pk, "evidence": SimpleUploadedFile("a.pdf", b"MZ" + bytes(200))}
    assert client.post(f"/notices/{notice.pk}/object/", given).status_code == 422
    assert not Objection.objects.exists()


def test_a_late_objector_is_told_so(world: World, client: Client) -> None:
    batch, _made = batch_at_notice(world)
    notice = shown(world, batch)
    type(notice).objects.filter(pk=notice.pk).update(ends_on=clock.today() - dt.timedelta(days=1))
    assert client.get(f"/notices/{notice.pk}/object/").status_code == 403
    assert client.post(f"/notices/{notice.pk}/object/", FORM).status_code == 422
    assert not Objection.objects.exists()


def test_nobody_sends_a_hundred_objections(world: World, client: Client) -> None:
    batch, made = batch_at_notice(world)
    notice = shown(world, batch)
    given = {**FORM, "application": made[0].pk}
    answers = [client.post(f"/notices/{notice.pk}/object/", given).status_code for _time in range(11)]
    assert answers == [302] * 10 + [429]


def test_the_enterprise_sees_on_no_page_who_objected(world: World, client: Client) -> None:
    batch, made = batch_at_notice(world)
    notice = shown(world, batch)
    objection = taken_up(world, objected(notice, made[0]))
    client.force_login(world.clerk_a)
    assert client.get("/objections/").status_code == 403
    assert client.get(f"/objections/{objection.pk}/").status_code == 403
    for url in (f"/notices/{notice.pk}/", f"/applications/{made[0].pk}/"):
        said = client.get(url).content.decode()
        assert objection.name not in said and objection.mobile not in said


def test_the_department_works_through_an_objection_on_its_page(world: World, client: Client) -> None:
    batch, made = batch_at_notice(world)
    objection = objected(shown(world, batch), made[0])
    client.force_login(world.department_officer)
    url = f"/objections/{objection.pk}/"
    assert objection.name in client.get(url).content.decode()
    assert client.post(f"{url}accept/", {"seen": 0}).status_code == 302
    assert client.post(f"{url}investigate/", {"seen": 1, "text": "已调阅年报。"}).status_code == 302
    assert "已调阅年报。" in client.get(url).content.decode()
    named = client.post(f"{url}uphold/", {"seen": 2, "answer": "成立", "reason": "石坚反映属实"})
    assert named.status_code == 422 and "不得出现" in named.content.decode()
    assert client.post(f"{url}uphold/", {"seen": 1, "answer": "成立", "reason": "属实"}).status_code == 422
    assert client.post(f"{url}uphold/", {"seen": 2, "answer": "成立", "reason": "属实"}).status_code == 302
    assert Application.objects.get(pk=made[0].pk).state == State.REFUSED


def test_the_list_of_objections_asks_the_same_for_one_and_for_three(world: World, client: Client) -> None:
    batch, made = batch_at_notice(world)
    notice = shown(world, batch)
    client.force_login(world.department_officer)
    objected(notice, made[0])
    one = asked(client)
    objected(notice, made[0])
    objected(notice, made[1])
    assert (one, asked(client)) == (4, 4)


def asked(client: Client) -> int:
    """How often the page of the list asks for objections: the navigation, the rows, their number twice, the states."""
    with CaptureQueriesContext(connection) as noted:
        assert client.get("/objections/").status_code == 200
    return sum('FROM "recognition_objection"' in one["sql"] for one in noted.captured_queries)
