"""The first page, the page of a policy, the enterprise's own marks, the officer's register."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.integration.cultivation.test_placing import WAN, file, fill
from tests.people import World, credit_code

from tidui.accounts.actions.organisations import NewOrganisation, found_many
from tidui.cultivation.models import Placement, SelfMarks
from tidui.kit import access, clock, jobs
from tidui.rules.values import NONE

pytestmark = pytest.mark.django_db


def page(client: Client, url: str, status: int = 200) -> str:
    """The text of a page."""
    answer = client.get(url)
    assert answer.status_code == status
    return answer.content.decode()


def test_the_first_page_says_what_is_missing_under_which_article(world: World, client: Client) -> None:
    fill(world.a, world.clerk_a)
    client.force_login(world.clerk_a)

    said = page(client, f"/enterprises/{world.a.pk}/")

    assert "下一梯级：科技型中小企业" in said
    assert "国科发政〔2017〕115号" in said
    assert "培育方案" in said


def test_the_first_page_gives_the_rung_that_is_held_and_until_when(world: World, client: Client) -> None:
    from tidui.registry.actions import file_return

    until = clock.today() + dt.timedelta(days=30)
    number = f"{clock.today().year}620102A{1:07d}"
    file_return(
        organisation=world.a, section="enterprise", year=None, source="takeover", by=world.department_officer,
        facts={"sme_number": number, "sme_valid_until": until, "sme_revoked_on": NONE, "sme_barred_until": NONE}, at=timezone.now(), filed_for=world.department,
    )  # fmt: skip
    client.force_login(world.clerk_a)

    said = page(client, f"/enterprises/{world.a.pk}/")

    assert "is-held" in said and f"{until.month}月{until.day}日" in said
    assert Placement.objects.get(organisation=world.a).rung == "sme"


def test_a_day_in_the_past_is_read_by_the_text_of_that_day(world: World, client: Client) -> None:
    fill(world.a, world.clerk_a)
    client.force_login(world.clerk_a)

    now = page(client, f"/enterprises/{world.a.pk}/policies/cn/tech-sme/")
    then = page(client, f"/enterprises/{world.a.pk}/policies/cn/tech-sme/?on=2021-06-30")

    assert "2022-01-01" in now and "2017-05-03" in then


@pytest.mark.parametrize("name", ["cn/nothing", "tidui/rungs", "../etc"])
def test_a_policy_that_is_not_there_is_not_found(world: World, client: Client, name: str) -> None:
    client.force_login(world.clerk_a)

    page(client, f"/enterprises/{world.a.pk}/policies/{name}/", 404)


def test_an_enterprise_marks_itself_and_its_plan_uses_the_marks(world: World, client: Client) -> None:
    client.force_login(world.clerk_a)
    url = f"/enterprises/{world.a.pk}/marks/"

    wrong = client.post(url, {"rd_talent": "4.5"})
    right = client.post(url, {"rd_talent": "3.5", "rd_management": ""})

    assert (wrong.status_code, right.status_code) == (422, 302)
    assert SelfMarks.objects.get().marks == {"rd_talent": "3.5"}
    assert "3.5" in page(client, f"/enterprises/{world.a.pk}/policies/cn/hte/")


@pytest.mark.parametrize(("who", "status"), [("county_officer", 403), ("clerk_b", 404), ("inspector", 403)])
def test_nobody_else_marks_an_enterprise(world: World, client: Client, who: str, status: int) -> None:
    client.force_login(getattr(world, who))

    assert client.get(f"/enterprises/{world.a.pk}/marks/").status_code == status
    client.post(f"/enterprises/{world.a.pk}/marks/", {"rd_talent": "3.5"})
    assert SelfMarks.objects.count() == 0


def test_the_register_holds_what_the_officer_reaches_and_filters_it(world: World, client: Client) -> None:
    fill(world.a, world.clerk_a)
    client.force_login(world.county_officer)

    said = page(client, "/register/")

    assert world.a.name in said and world.b.name not in said and world.zoned.name not in said
    assert world.a.name in page(client, "/register/?next=sme")
    assert world.a.name not in page(client, "/register/?next=hte")
    assert world.a.name in page(client, "/register/?industry=C&field=80")
    assert world.a.name not in page(client, "/register/?industry=I")


@pytest.mark.parametrize("query", ["rung=gold", "shortfall=many", "only=x", "page=-1", "sort=password", "size=0"])
def test_forged_filters_are_told_and_do_no_harm(world: World, client: Client, query: str) -> None:
    client.force_login(world.county_officer)

    page(client, f"/register/?{query}")


def test_an_enterprise_does_not_open_the_register(world: World, client: Client) -> None:
    client.force_login(world.clerk_a)

    page(client, "/register/", 403)


def test_one_condition_short_is_a_filter(world: World, client: Client) -> None:
    for organisation, count in ((world.a, 1), (world.spinoff, 2)):
        Placement.objects.update_or_create(
            organisation=organisation,
            defaults={
                "on": clock.today(), "year": 2025, "next": "sme", "verdict": "fail", "open_count": count,
                "open": ["score_reached", "industry"][:count], "only": "score_reached" if count == 1 else "",
                "placed_at": timezone.now(),
            },
        )  # fmt: skip
    client.force_login(world.prefecture_officer)

    one = page(client, "/register/?shortfall=one")
    both = page(client, "/register/?shortfall=one&shortfall=two")

    assert world.a.name in one and world.spinoff.name not in one
    assert world.a.name in both and world.spinoff.name in both


@pytest.mark.parametrize("many", [1, 3, 30])
def test_the_register_asks_the_database_the_same_number_of_times(world: World, client: Client, many: int) -> None:
    rows = [
        NewOrganisation(kind="enterprise", name=f"甲{number}公司", uscc=credit_code(500 + number), division="620102")
        for number in range(many)
    ]
    found_many(
        organisations=rows, since=clock.today(), by=world.department_officer, at=timezone.now()
    )
    client.force_login(world.county_officer)
    client.get("/register/")

    with CaptureQueriesContext(connection) as queries:
        client.get("/register/")

    assert len(queries) == REGISTER_QUERIES, "\n".join(query["sql"][:120] for query in queries)


#: Session, person, standing, count, rows, saved views and what the navigation asks for, however many enterprises.
REGISTER_QUERIES = 14


def test_the_worker_places_the_whole_reach_again(world: World, client: Client) -> None:
    fill(world.a, world.clerk_a)
    Placement.objects.all().delete()
    client.force_login(world.county_officer)

    answer = client.post("/register/screen/")
    jobs.work_off()

    assert answer["Location"].startswith("/jobs/")
    assert set(Placement.objects.values_list("organisation", flat=True)) == {world.a.pk, world.spinoff.pk}


def test_an_inspector_has_nothing_worked_out(world: World, client: Client) -> None:
    client.force_login(world.inspector)

    assert client.post("/register/screen/").status_code == 422
    assert "重新测算" not in page(client, "/register/")


def test_the_worth_of_a_policy_is_given_with_what_to_do(world: World, client: Client) -> None:
    year = clock.today().year - 1
    fill(world.a, world.clerk_a)
    file(
        world.a, world.clerk_a, "tax_years", year, adjusted_income=100 * WAN, restricted_industry=False,
        employees_quarterly=40, assets_quarterly=800 * WAN, losses=(),
    )  # fmt: skip
    client.force_login(world.clerk_a)

    said = page(client, f"/enterprises/{world.a.pk}/")

    assert "小型微利企业所得税优惠" in said and "汇算清缴" in said


def test_marks_are_refused_out_of_bounds_by_the_action_too(world: World) -> None:
    from tidui.cultivation.self_marks import mark_oneself

    with pytest.raises(access.NotAllowed):
        mark_oneself(organisation=world.a, marks={}, by=world.clerk_b, at=timezone.now())


