"""The page of a case: who sees it, what it says to whom; the list of all applications."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from tests.casework import ANSWERS, accepted, facts_of_form, make_call, submitted
from tests.integration.casework.test_desk import get
from tests.people import World
from tidui.casework import actions
from tidui.casework.models import Application, Submission
from tidui.kit import clock
from tidui.kit.models import Message

pytestmark = pytest.mark.django_db

INSIDE = ("agency_clerk", "county_officer", "prefecture_officer", "department_officer", "inspector")
OUTSIDE = ("clerk_b", "other_county_officer", "zone_officer", "university_officer", "stranger")


@pytest.mark.parametrize("name", ["clerk_a", *INSIDE])
def test_those_who_may_see_a_case_read_whose_turn_it_is_and_until_when(world: World, client: Client, name: str) -> None:
    sent = submitted(world, make_call(world))
    client.force_login(getattr(world, name))

    said = get(client, f"/applications/{sent.pk}/")

    assert f"“评价机构审核”环节，由{world.agency.name}办理，期限" in said
    assert 'aria-current="step"' in said and "提交申报" in said


@pytest.mark.parametrize("name", OUTSIDE)
def test_others_do_not_find_it(world: World, client: Client, name: str) -> None:
    sent = submitted(world, make_call(world))
    client.force_login(getattr(world, name))
    status = 403 if name == "stranger" else 404
    get(client, f"/applications/{sent.pk}/", status)


def test_the_applicant_reads_units_and_its_own_reasons_and_officers_read_names(world: World, client: Client) -> None:
    sent = submitted(world, make_call(world))
    actions.move(
        application=sent, name="accept", by=world.agency_clerk, at=timezone.now(), seen=sent.version,
        reason="内部备注甲",
    )  # fmt: skip
    client.force_login(world.clerk_a)
    said = get(client, f"/applications/{sent.pk}/")
    assert world.agency.name in said and world.agency_clerk.name not in said and "内部备注甲" not in said
    client.force_login(world.county_officer)
    said = get(client, f"/applications/{sent.pk}/")
    assert world.agency_clerk.name in said and "内部备注甲" in said


def test_what_was_submitted_before_and_after_a_correction_is_shown_side_by_side(world: World, client: Client) -> None:
    sent = submitted(world, make_call(world))
    now = timezone.now()
    actions.move(application=sent, name="return", by=world.agency_clerk, at=now, seen=sent.version, reason="有误")
    back = Application.objects.get(pk=sent.pk)
    actions.submit(
        application=back, stated=facts_of_form(clock.today().year - 1, employees=101), answers=ANSWERS,
        by=world.clerk_a, at=now, seen=back.version,
    )  # fmt: skip
    client.force_login(world.clerk_a)

    said = get(client, f"/applications/{sent.pk}/")

    assert "第 2 次提交" in said and "100 人" in said and "101 人" in said


def test_the_list_of_all_is_cut_to_what_each_may_see(world: World, client: Client) -> None:
    sent = submitted(world, make_call(world))
    for name in INSIDE:
        client.force_login(getattr(world, name))
        assert sent.number in get(client, "/applications/all/"), name
    for name in ("other_county_officer", "zone_officer"):
        client.force_login(getattr(world, name))
        assert sent.number not in get(client, "/applications/all/"), name
    client.force_login(world.clerk_a)
    get(client, "/applications/all/", 403)


def test_an_application_is_found_by_number_name_and_code(world: World, client: Client) -> None:
    sent = submitted(world, make_call(world))
    client.force_login(world.department_officer)
    for words in (sent.number, "白塔", world.a.uscc):
        assert f"/applications/{sent.pk}/" in get(client, f"/applications/all/?q={words}"), words
    assert f"/applications/{sent.pk}/" not in get(client, "/applications/all/?q=黄峪")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("at=tech-sme:agency_check", True), ("at=tech-sme:confirmation", False), ("verdict=pass", True),
        ("verdict=fail", False), ("due=overdue", False), ("division=620100", True), ("division=620103", False),
        ("state=active", True), ("state=correction", False), ("doubts=no", True), ("doubts=again", False),
    ],
)  # fmt: skip
def test_each_filter_narrows(world: World, client: Client, query: str, found: bool) -> None:
    sent = submitted(world, make_call(world))
    client.force_login(world.department_officer)
    assert (f"/applications/{sent.pk}/" in get(client, f"/applications/all/?{query}")) is found


def test_a_draft_is_nobodys_business_but_the_applicants(world: World, client: Client) -> None:
    begun = actions.begin(call=make_call(world), organisation=world.a, by=world.clerk_a, at=timezone.now())
    client.force_login(world.department_officer)
    get(client, f"/applications/{begun.pk}/", 404)
    client.force_login(world.clerk_a)
    assert "正在填写" in get(client, f"/applications/{begun.pk}/")


def test_each_decision_keeps_what_the_rules_of_the_day_say(world: World) -> None:
    passed = accepted(world, submitted(world, make_call(world)))
    kept = passed.steps.get(move="accept").details["rules"]
    newest = passed.submissions.get()
    assert (kept["verdict"], kept["hash"], kept["score_low"]) == ("pass", newest.policy_hash, 8000)


def test_an_officer_is_warned_when_todays_rules_say_something_else(world: World, client: Client) -> None:
    sent = submitted(world, make_call(world))
    Submission.objects.filter(application=sent).update(verdict="fail")
    client.force_login(world.agency_clerk)
    assert "提交时不符合，今天符合" in get(client, f"/desk/{sent.pk}/")


def test_who_only_looks_on_reads_the_contact_person_masked(world: World, client: Client) -> None:
    sent = submitted(world, make_call(world))
    for name, clear in (("clerk_a", True), ("agency_clerk", True), ("prefecture_officer", False)):
        client.force_login(getattr(world, name))
        said = get(client, f"/applications/{sent.pk}/")
        assert (ANSWERS["phone"] in said, ANSWERS["contact"] in said) == (clear, clear), name


def test_the_department_urges_about_many_from_the_list(world: World, client: Client) -> None:
    sent = submitted(world, make_call(world))
    client.force_login(world.department_officer)
    data = {"action": "urge", "ids": [sent.pk]}
    assert "各发送一条催办" in client.post("/applications/all/", data).content.decode()
    answer = client.post("/applications/all/", {"action": "urge", "keys": str(sent.pk), "confirmed": "1"}, follow=True)
    assert "已催办 1 件" in answer.content.decode()
    assert Message.objects.filter(recipient=world.agency_clerk, kind="casework.urge").count() == 1


def test_the_way_back_from_a_decision_that_was_refused_leads_to_the_file(world: World, client: Client) -> None:
    sent = submitted(world, make_call(world))
    client.force_login(world.agency_clerk)
    refused = client.post(f"/desk/{sent.pk}/decide/", {"move": "return", "version": sent.version})
    assert refused.status_code == 422
    back = client.get(f"/desk/{sent.pk}/decide/", headers={"Accept": "text/html"})
    assert back.status_code == 302 and back.headers["Location"] == f"/desk/{sent.pk}/"
