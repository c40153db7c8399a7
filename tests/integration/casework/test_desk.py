"""The officer's desk: what lies on it, one file after the other, two officers at once, taking back."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.casework import ANSWERS, accepted, facts_of_form, make_call, submitted
from tests.people import World, make_member, make_organisation, make_user
from tidui.accounts.models import Organisation
from tidui.casework import actions, desk
from tidui.casework.enums import State
from tidui.casework.models import Application, Call, Step
from tidui.kit import clock
from tidui.kit.models import ParameterValue

pytestmark = pytest.mark.django_db


def get(client: Client, url: str, status: int = 200) -> str:
    """The text of a page."""
    answer = client.get(url)
    assert answer.status_code == status, answer.content.decode()[:3000]
    return answer.content.decode()


def enterprises(world: World, count: int) -> list[Organisation]:
    """More enterprises of 城关区, each with somebody who files for it."""
    made = []
    for number in range(count):
        one = make_organisation("enterprise", f"兰州第{number:02d}厂", "620102", number=9_000 + number)
        make_member(make_user(f"filer{number}", f"填报{number}"), one, "clerk")
        made.append(one)
    return made


def several(world: World, call: Call, count: int) -> list[Application]:
    """Applications that wait for the agency."""
    from tidui.accounts.models import Membership

    found = []
    for number, one in enumerate(enterprises(world, count)):
        person = Membership.objects.get(organisation=one).user
        products = ("数控机床的主轴部件", "百合深加工食品", "牧草种子的丸粒化包衣")[number]
        answers = {"contact": f"联系{number}", "phone": f"1390000{number:04d}", "products": products, "innovation": ""}
        found.append(submitted(world, call, one, person, answers))
    return found


def decide(client: Client, application: Application, move: str, **more: object) -> object:
    """Post the form of the working page."""
    data = {"move": move, "seen": application.version, "queue": "", "ahead": "", **more}
    return client.post(f"/desk/{application.pk}/decide/", data)


def test_the_desk_shows_what_waits_for_ones_organisation_and_nothing_else(world: World, client: Client) -> None:
    sent = submitted(world, make_call(world))
    client.force_login(world.agency_clerk)
    assert world.a.name in get(client, "/desk/")
    assert f"/desk/{sent.pk}/" in get(client, "/desk/")
    client.force_login(world.department_officer)
    assert world.a.name not in get(client, "/desk/")
    client.force_login(world.clerk_a)
    get(client, "/desk/", 403)


def test_the_working_page_shows_the_form_the_score_and_the_decisions(world: World, client: Client) -> None:
    sent = submitted(world, make_call(world))
    client.force_login(world.agency_clerk)

    said = get(client, f"/desk/{sent.pk}/")

    for words in (world.a.name, sent.number, "80分", "精密传感器", "审核通过", "退回补正", "研发费用与加计扣除"):
        assert str(words) in said, words


def test_a_file_that_is_not_on_the_desk_leads_to_its_case(world: World, client: Client) -> None:
    sent = submitted(world, make_call(world))
    client.force_login(world.county_officer)
    answer = client.get(f"/desk/{sent.pk}/")
    assert (answer.status_code, answer["Location"]) == (302, f"/applications/{sent.pk}/")
    client.force_login(world.other_county_officer)
    get(client, f"/desk/{sent.pk}/", 404)


def test_after_a_decision_the_next_file_of_the_same_queue_opens(world: World, client: Client) -> None:
    first, second, third = several(world, make_call(world), 3)
    client.force_login(world.agency_clerk)
    page = get(client, f"/desk/{second.pk}/?due=week&nonsense=1")
    assert "第 2 件，共 3 件" in page
    ahead = re.search(r'name="ahead" value="([^"]*)"', page)
    assert ahead is not None and ahead[1] == str(third.pk)

    answer = decide(client, second, "accept", queue="due=week", ahead=ahead[1])

    assert answer["Location"] == f"/desk/{third.pk}/?due=week"
    assert "撤销" in get(client, answer["Location"])
    answer = decide(client, third, "accept", queue="due=week", ahead="")
    assert answer["Location"] == f"/desk/{first.pk}/?due=week"
    assert decide(client, first, "accept", queue="due=week")["Location"] == "/desk/"


def test_doubts_come_first_then_the_oldest_due(world: World, client: Client) -> None:
    first, second, third = several(world, make_call(world), 3)
    Application.objects.filter(pk=third.pk).update(doubts=2)
    Application.objects.filter(pk=second.pk).update(due_on=clock.today() - dt.timedelta(days=1))

    assert desk.keys(world.agency_clerk, "") == [third.pk, second.pk, first.pk]
    assert desk.keys(world.agency_clerk, "due=overdue") == [second.pk]
    assert desk.keys(world.agency_clerk, "doubts=no&sort=name") == [first.pk, second.pk]


def test_a_return_names_fields_and_keeps_the_usual_reasons_in_words(world: World, client: Client) -> None:
    sent = submitted(world, make_call(world))
    year = clock.today().year - 1
    client.force_login(world.agency_clerk)

    decide(
        client, sent, "return", reason="请核对", common=["return.0", "return.99", "refuse.0"],
        fields=[f"employees.{year}", "evidence.accounts", "nonsense"],
    )  # fmt: skip

    step = Step.objects.get(application=sent, move="return")
    assert step.reason == "职工总数、科技人员数与社保或个税记录不符；请核对"
    assert step.fields == [f"employees.{year}", "evidence.accounts"]
    client.force_login(world.clerk_a)
    said = get(client, f"/applications/{sent.pk}/")
    assert "请核对" in said and f"{year} 年职工总数" in said and "去补正" in said


def test_a_return_without_a_reason_is_refused_and_keeps_what_was_ticked(world: World, client: Client) -> None:
    sent = submitted(world, make_call(world))
    client.force_login(world.agency_clerk)

    answer = decide(client, sent, "return", fields=["field"])

    said = answer.content.decode()
    assert answer.status_code == 422 and "请写明理由" in said
    assert re.search(r'value="field"[^>]* checked', said)
    assert Application.objects.get(pk=sent.pk).state == State.ACTIVE


def test_of_two_officers_the_second_is_told_who_was_faster_and_loses_no_word(world: World, client: Client) -> None:
    sent = submitted(world, make_call(world))
    colleague = make_user("colleague", "同事甲")
    make_member(colleague, world.agency, "clerk")
    actions.move(application=sent, name="accept", by=colleague, at=timezone.now(), seen=sent.version)
    client.force_login(world.agency_clerk)

    answer = decide(client, sent, "return", reason="职工总数对不上，请核实。")

    said = answer.content.decode()
    assert answer.status_code == 422
    assert "同事甲" in said and "职工总数对不上，请核实。" in said and "审核通过" in said
    assert Application.objects.get(pk=sent.pk).stage == "confirmation"


def test_a_file_that_came_back_meanwhile_shows_the_new_content_with_ones_words(world: World, client: Client) -> None:
    sent = submitted(world, make_call(world))
    old = sent.version
    now = timezone.now()
    actions.move(application=sent, name="return", by=world.agency_clerk, at=now, seen=old, reason="有误")
    back = Application.objects.get(pk=sent.pk)
    actions.submit(
        application=back, stated=facts_of_form(clock.today().year - 1, employees=101), answers=ANSWERS,
        by=world.clerk_a, at=now, seen=back.version,
    )  # fmt: skip
    client.force_login(world.agency_clerk)

    answer = decide(client, sent, "accept", reason="同意")

    said = answer.content.decode()
    assert answer.status_code == 422 and "申报有了变动" in said and "补正后再次提交" in said
    assert 'name="seen" value="3"' in said and ">同意</textarea>" in said
    assert "<del>100" in said, "the page shows what changed since the submission before"


def test_what_differs_from_the_file_is_shown_with_both_values(world: World, client: Client) -> None:
    from tidui.registry.actions import file_return

    year = clock.today().year - 1
    file_return(
        organisation=world.a, section="years", year=year, facts={"employees": 88}, source="unit",
        by=world.county_officer, at=timezone.now(), filed_for=world.county,
    )  # fmt: skip
    sent = submitted(world, make_call(world))
    client.force_login(world.agency_clerk)

    said = get(client, f"/desk/{sent.pk}/")

    assert "档案现值" in said and "88 人" in said and "100 人" in said


def test_undo_takes_a_reason_and_is_refused_after_the_days_of_the_parameter(world: World, client: Client) -> None:
    passed = accepted(world, submitted(world, make_call(world)))
    step = passed.steps.order_by("-number").first()
    assert step is not None
    client.force_login(world.agency_clerk)
    assert "撤销这一步" in get(client, f"/steps/{step.pk}/undo/")
    assert client.post(f"/steps/{step.pk}/undo/", {"reason": " "}).status_code == 422
    Step.objects.filter(pk=step.pk).update(at=timezone.now() - dt.timedelta(days=30))
    late = client.post(f"/steps/{step.pk}/undo/", {"reason": "点错了"})
    assert late.status_code == 422 and "期限" in late.content.decode()
    Step.objects.filter(pk=step.pk).update(at=timezone.now())
    assert client.post(f"/steps/{step.pk}/undo/", {"reason": "点错了"})["Location"] == f"/desk/{passed.pk}/"
    assert Application.objects.get(pk=passed.pk).stage == "agency_check"
    client.force_login(world.other_county_officer)
    get(client, f"/steps/{step.pk}/undo/", 404)
    assert ParameterValue.objects.count() == 0, "the default of three working days was asked"


def test_a_colleague_cannot_undo_what_another_unit_did(world: World, client: Client) -> None:
    passed = accepted(world, submitted(world, make_call(world)))
    step = passed.steps.order_by("-number").first()
    assert step is not None
    client.force_login(world.department_officer)
    assert client.post(f"/steps/{step.pk}/undo/", {"reason": "不同意"}).status_code == 422


@pytest.mark.parametrize("rows", [1, 3])
def test_the_desk_asks_as_many_questions_for_three_files_as_for_one(world: World, client: Client, rows: int) -> None:
    several(world, make_call(world), rows)
    client.force_login(world.agency_clerk)
    get(client, "/desk/")
    with CaptureQueriesContext(connection) as asked:
        get(client, "/desk/")
    assert len(asked) == DESK_QUERIES, [one["sql"][:200] for one in asked]


@pytest.mark.parametrize("rows", [1, 3])
def test_all_applications_ask_as_many_questions_for_three_as_for_one(world: World, client: Client, rows: int) -> None:
    several(world, make_call(world), rows)
    client.force_login(world.department_officer)
    get(client, "/applications/all/")
    with CaptureQueriesContext(connection) as asked:
        get(client, "/applications/all/")
    assert len(asked) == ALL_QUERIES, [one["sql"][:200] for one in asked]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_working_page_asks_as_many_questions_in_a_long_queue(world: World, client: Client, rows: int) -> None:
    first = several(world, make_call(world), rows)[0]
    client.force_login(world.agency_clerk)
    get(client, f"/desk/{first.pk}/")
    with CaptureQueriesContext(connection) as asked:
        get(client, f"/desk/{first.pk}/")
    assert len(asked) == REVIEW_QUERIES, [one["sql"][:200] for one in asked]


DESK_QUERIES = 13
ALL_QUERIES = 23
REVIEW_QUERIES = 24
