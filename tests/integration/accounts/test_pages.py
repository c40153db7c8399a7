"""The pages of organisations, reach and oneself: what each form does, who finds no page, how many queries a list takes."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.people import World, make_member, make_organisation, make_user
from tidui.accounts import coverage
from tidui.accounts.enums import OrganisationKind as Kind
from tidui.accounts.enums import ReachKind, Role
from tidui.accounts.models import Organisation, Reach, User
from tidui.accounts.start import describe
from tidui.kit import clock

pytestmark = pytest.mark.django_db

TODAY = clock.today()


@pytest.fixture
def department(world: World, client: Client) -> Client:
    """A browser in which the department's officer has signed in."""
    client.force_login(world.department_officer)
    return client


def page(name: str, *arguments: Any) -> str:
    return reverse(f"accounts:{name}", args=arguments)


def text(answer: Any) -> str:
    return str(answer.content.decode())


class TestTheDepartment:
    def test_registers_an_organisation(self, world: World, department: Client) -> None:
        form = {"kind": "agency", "name": "陇上评价所", "uscc": "", "division": "620102", "since": TODAY.isoformat(), "reason": ""}
        answer = department.post(page("found"), form)

        made = Organisation.objects.get(name="陇上评价所")
        assert (answer.status_code, answer.headers["Location"]) == (302, page("organisation", made.pk))

    def test_is_told_at_the_field_what_is_wrong_with_it(self, world: World, department: Client) -> None:
        form = {"kind": "enterprise", "name": "新企业", "uscc": "91620102MA00000011", "division": "620102", "since": TODAY.isoformat()}
        answer = department.post(page("found"), form)

        assert answer.status_code == 422
        assert 'aria-invalid="true"' in text(answer) and "91620102MA00000011" in text(answer)

    def test_renames_and_the_page_shows_both_names(self, world: World, department: Client) -> None:
        form = {"name": "甘肃白塔仪器", "uscc": world.a.uscc, "since": TODAY.isoformat(), "reason": "更名"}
        assert department.post(page("rename", world.a.pk), form).status_code == 302

        shown = text(department.get(page("organisation", world.a.pk)))
        assert "甘肃白塔仪器" in shown and world.a.name in shown

    def test_moves_an_enterprise_on_a_day_to_come(self, world: World, department: Client) -> None:
        day = (TODAY + dt.timedelta(days=30)).isoformat()
        form = {"division": "620103", "zone": "", "affiliation": "", "since": day, "reason": "迁址"}
        assert department.post(page("move", world.a.pk), form).status_code == 302

        assert "尚未生效" in text(department.get(page("organisation", world.a.pk)))
        assert Organisation.objects.get(pk=world.a.pk).division == "620102"

    def test_sees_a_move_that_is_no_move_refused(self, world: World, department: Client) -> None:
        form = {"division": "620102", "since": TODAY.isoformat(), "reason": "迁址"}
        assert department.post(page("move", world.a.pk), form).status_code == 422

    def test_merges_and_closes_units(self, world: World, department: Client) -> None:
        form = {"into": world.county.pk, "since": TODAY.isoformat(), "reason": "撤并"}
        assert department.post(page("merge", world.other_county.pk), form).status_code == 302
        assert world.county.name in text(department.get(page("organisation", world.other_county.pk)))

        assert department.post(page("close", world.county.pk), {"since": TODAY.isoformat(), "reason": "撤销"}).status_code == 302
        assert not Organisation.objects.get(pk=world.county.pk).active

    @pytest.mark.parametrize(
        ("fields", "kind"),
        [({"division": "620104"}, "division"), ({"zone": "zone"}, "zone"), ({"affiliation": "university"}, "affiliation"), ({"code": "b"}, "organisation")],
    )  # fmt: skip
    def test_gives_reach_of_every_kind(self, world: World, department: Client, fields: dict[str, str], kind: str) -> None:
        given = {name: getattr(world, value, value) for name, value in fields.items()}
        given = {name: value.uscc if name == "code" else getattr(value, "pk", value) for name, value in given.items()}
        form = {"unit": world.county.pk, "kind": kind, "since": TODAY.isoformat(), "reason": "调整", **given}

        assert department.post(page("give_reach"), form).status_code == 302
        assert world.county.reaches.filter(kind=kind, since=TODAY).count() == 1

    @pytest.mark.parametrize("kind", ["division", "zone", "affiliation", "organisation"])
    def test_is_told_what_a_kind_of_reach_needs(self, world: World, department: Client, kind: str) -> None:
        form = {"unit": world.county.pk, "kind": kind, "since": TODAY.isoformat(), "reason": "调整"}
        assert department.post(page("give_reach"), form).status_code == 422

    def test_ends_a_reach(self, world: World, department: Client) -> None:
        row = world.county.reaches.get()
        assert department.post(page("reach_row", row.pk), {"until": TODAY.isoformat(), "reason": "调整"}).status_code == 302
        assert Reach.objects.get(pk=row.pk).until == TODAY


@pytest.mark.parametrize("name", ["county_officer", "administrator_a", "inspector", "department_administrator", "stranger"])
@pytest.mark.parametrize("route", ["found", "give_reach"])
def test_only_the_departments_officers_register_and_give_reach(world: World, client: Client, name: str, route: str) -> None:
    client.force_login(getattr(world, name))
    assert client.get(page(route)).status_code == 403
    assert client.post(page(route), {}).status_code == 422


class TestTheCheckOfReach:
    def test_finds_no_fault_in_the_small_world(self, world: World) -> None:
        assert coverage.gaps(TODAY) == []

    def test_lists_places_that_no_unit_reaches_with_how_many_enterprises_lie_there(self, world: World) -> None:
        for number in range(3):
            make_organisation(Kind.ENTERPRISE, f"庆阳企业{number}", "621002")
        assert [(gap.division, gap.count, gap.units) for gap in coverage.gaps(TODAY)] == [("621002", 3, ())]

    def test_lists_places_that_two_units_reach_with_the_same_right(self, world: World) -> None:
        Reach.objects.create(unit=world.other_county, kind=ReachKind.DIVISION, division="620102", since=TODAY)
        assert [(gap.division, gap.count, gap.units) for gap in coverage.gaps(TODAY)] == [
            ("620102", 1, (world.county, world.other_county))
        ]

    def test_lists_an_enterprise_that_two_units_are_named_for(self, world: World) -> None:
        for unit in (world.county, world.prefecture):
            Reach.objects.create(unit=unit, kind=ReachKind.ORGANISATION, target=world.b, since=TODAY)
        assert [(gap.named, gap.units) for gap in coverage.gaps(TODAY)] == [(world.b, (world.county, world.prefecture))]

    def test_agrees_with_the_unit_of_each_enterprise(self, world: World) -> None:
        from tidui.accounts import queries

        park = make_organisation(Kind.ZONE, "无人的园区", "621002")
        for number, zone in enumerate((None, park, world.zone)):
            make_organisation(Kind.ENTERPRISE, f"某企业{number}", "621002", zone=zone)
        one_by_one = [
            len(queries.recommending_units(one)) for one in Organisation.objects.filter(kind=Kind.ENTERPRISE).select_related("zone")
        ]
        assert sum(gap.count for gap in coverage.gaps(TODAY)) == sum(count != 1 for count in one_by_one) == 2

    @pytest.mark.parametrize("rows", [1, 3, 30])
    def test_takes_three_queries_however_many_enterprises(self, world: World, rows: int, django_assert_num_queries: Any) -> None:
        for number in range(rows):
            make_organisation(Kind.ENTERPRISE, f"企业{number}", "621002", zone=world.zone)
        with django_assert_num_queries(3):
            coverage.gaps(TODAY)


class TestLists:
    def test_an_organisation_is_found_by_its_old_name(self, world: World, department: Client) -> None:
        department.post(page("rename", world.a.pk), {"name": "甘肃白塔仪器", "uscc": world.a.uscc, "since": TODAY.isoformat(), "reason": "更名"})
        assert "甘肃白塔仪器" in text(department.get(page("organisations"), {"q": "白塔精密"}))

    def test_a_county_exports_its_own_enterprises_alone(self, world: World, client: Client) -> None:
        client.force_login(world.county_officer)
        answer = client.post(page("organisations"), {"export": "xlsx"})
        assert answer.headers["Content-Type"].endswith("sheet")

    @pytest.mark.parametrize("rows", [1, 3, 30])
    @pytest.mark.parametrize(("name", "queries"), [("organisations", 8), ("reaches", 7)])
    def test_takes_the_same_queries_at_any_length(
        self, world: World, department: Client, django_assert_num_queries: Any, name: str, queries: int, rows: int
    ) -> None:
        for number in range(rows):
            unit = make_organisation(Kind.COUNTY, f"单位{number}", "620104", zone=world.zone)
            Reach.objects.create(unit=unit, kind=ReachKind.ZONE, target=world.zone, since=TODAY)
        department.get(page(name))
        with django_assert_num_queries(queries):
            answer = department.get(page(name), headers={"HX-Request": "true", "HX-Target": f"list-accounts-{name}"})
        assert text(answer).count("<tr>") > rows


class TestOneself:
    def test_corrects_the_own_number(self, world: World, client: Client) -> None:
        client.force_login(world.clerk_a)
        answer = client.post(page("edit_profile"), {"name": "白小姐", "mobile": "138 1234 5678", "email": ""})
        assert answer.status_code == 302
        person = User.objects.get(pk=world.clerk_a.pk)
        assert (person.name, person.mobile) == ("白小姐", "13812345678")

    def test_is_told_of_a_wrong_number(self, world: World, client: Client) -> None:
        client.force_login(world.clerk_a)
        assert client.post(page("edit_profile"), {"name": "白小姐", "mobile": "12", "email": ""}).status_code == 422

    def test_goes_straight_to_the_only_organisation(self, world: World, client: Client) -> None:
        client.force_login(world.clerk_a)
        assert client.get(page("my_organisation")).headers["Location"] == page("organisation", world.a.pk)

    def test_chooses_between_several(self, world: World, client: Client) -> None:
        make_member(world.clerk_a, world.agency, Role.CLERK)
        client.force_login(world.clerk_a)
        shown = text(client.get(page("my_organisation")))
        assert world.a.name in shown and world.agency.name in shown

    def test_is_described_by_organisation_and_role(self, world: World) -> None:
        assert describe(world.clerk_a) == f"{world.a.name} · 填报员"
        assert describe(make_user("nobody", "无")) == "尚未加入单位"

    def test_begins_at_the_own_page_without_any_role(self, world: World, client: Client) -> None:
        client.force_login(world.stranger)
        assert client.get("/").headers["Location"] == page("profile")

    def test_reads_the_pages_in_english(self, world: World, client: Client) -> None:
        User.objects.filter(pk=world.administrator_a.pk).update(language="en")
        client.force_login(world.administrator_a)
        assert "Give a role" in text(client.get(page("members", world.a.pk)))
