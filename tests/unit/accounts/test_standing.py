"""What a person is: the roles held, and how far the reach of their units goes, by date."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from tests.people import World, make_member, make_organisation, make_user

from tidui.accounts import queries
from tidui.accounts.enums import OrganisationKind as Kind
from tidui.accounts.enums import ReachKind, Role
from tidui.accounts.models import Delegation, Membership, Organisation, Reach, User
from tidui.accounts.standing import forget, standing
from tidui.kit import clock
from tidui.kit.visibility import visible_to

pytestmark = pytest.mark.django_db

YESTERDAY = clock.today() - dt.timedelta(days=1)
TOMORROW = clock.today() + dt.timedelta(days=1)


def reached(user: User) -> set[str]:
    """The names of the enterprises that the person's units reach."""
    forget(user)
    return set(queries.reached_organisations(user).values_list("name", flat=True))


def names(*organisations: Organisation) -> set[str]:
    return {organisation.name for organisation in organisations}


def test_a_county_reaches_its_enterprises_and_nothing_else(world: World) -> None:
    assert reached(world.county_officer) == names(world.a, world.spinoff)
    assert reached(world.other_county_officer) == names(world.b)


def test_a_prefecture_reaches_all_its_counties_but_not_a_zone_that_recommends_alone(world: World) -> None:
    assert reached(world.prefecture_officer) == names(world.a, world.b, world.spinoff)


def test_a_closed_zone_keeps_nobody_out_any_more(world: World) -> None:
    Organisation.objects.filter(pk=world.zone.pk).update(active=False)

    assert world.zoned.name in reached(world.prefecture_officer)
    assert standing(world.prefecture_officer).reaches(Organisation.objects.get(pk=world.zoned.pk))
    assert queries.recommending_unit(Organisation.objects.get(pk=world.zoned.pk)) == world.prefecture


def test_a_zone_that_shares_is_reached_by_its_county_too(world: World) -> None:
    park = make_organisation(Kind.ZONE, "兰州高新区", "620102")
    inside = make_organisation(Kind.ENTERPRISE, "高新区里的企业", "620102", zone=park)
    officer = make_user("park", "园区")
    make_member(officer, park, Role.OFFICER)
    Reach.objects.create(unit=park, kind=ReachKind.ZONE, target=park, since=YESTERDAY)

    assert reached(officer) == names(inside)
    assert inside.name in reached(world.county_officer)


def test_a_university_reaches_what_is_affiliated_to_it(world: World) -> None:
    assert reached(world.university_officer) == names(world.spinoff)


def test_jiayuguan_has_no_counties_and_is_reached_under_either_code(world: World) -> None:
    city = make_organisation(Kind.PREFECTURE, "嘉峪关市科学技术局", "620200")
    plain = make_organisation(Kind.ENTERPRISE, "嘉峪关甲公司", "620200")
    statistics = make_organisation(Kind.ENTERPRISE, "嘉峪关乙公司", "620201")
    officer = make_user("jiayuguan", "嘉峪关")
    make_member(officer, city, Role.OFFICER)
    Reach.objects.create(unit=city, kind=ReachKind.DIVISION, division="620200", since=YESTERDAY)

    assert reached(officer) == names(plain, statistics)
    assert queries.recommending_unit(statistics) == city


def test_a_unit_reaches_an_organisation_named_for_it(world: World) -> None:
    Reach.objects.create(unit=world.county, kind=ReachKind.ORGANISATION, target=world.b, since=YESTERDAY)

    assert world.b.name in reached(world.county_officer)
    assert queries.recommending_unit(world.b) == world.county


def test_the_department_and_inspection_reach_every_enterprise(world: World) -> None:
    everything = names(world.a, world.b, world.zoned, world.spinoff)

    assert reached(world.department_officer) == everything
    assert reached(world.inspector) == everything


@pytest.mark.parametrize("name", ["administrator_a", "agency_clerk", "county_administrator", "stranger"])
def test_who_is_no_officer_reaches_nothing(world: World, name: str) -> None:
    assert reached(getattr(world, name)) == set()


def test_an_enterprise_sees_itself_and_no_other(world: World) -> None:
    assert list(visible_to(world.clerk_a, Organisation)) == [world.a]


def test_nobody_in_particular_sees_nothing(world: World) -> None:
    assert not visible_to(AnonymousUser(), Organisation).exists()
    assert not visible_to(AnonymousUser(), User).exists()


@pytest.mark.parametrize(
    ("since", "until", "held"),
    [(YESTERDAY, None, True), (clock.today(), None, True), (TOMORROW, None, False), (YESTERDAY, clock.today(), False), (YESTERDAY, TOMORROW, True)],
)  # fmt: skip
def test_a_reach_holds_from_its_first_day_to_the_day_before_its_last(
    world: World, since: dt.date, until: dt.date | None, held: bool
) -> None:
    Reach.objects.filter(unit=world.county).update(since=since, until=until)

    assert bool(reached(world.county_officer)) is held


@pytest.mark.parametrize(
    ("role", "looks", "decides"),
    [(Role.OFFICER, True, True), (Role.LEADER, True, True), (Role.READER, True, False), (Role.ADMINISTRATOR, False, False)],
)  # fmt: skip
def test_what_a_role_of_a_unit_may(world: World, role: Role, looks: bool, decides: bool) -> None:
    person = make_user("one", "某人")
    make_member(person, world.county, role)

    assert standing(person).reaches(world.a) is looks
    assert standing(person).decides_on(world.a) is decides


def test_inspection_reads_everything_and_decides_on_nothing(world: World) -> None:
    who = standing(world.inspector)

    assert who.sees(world.b) and who.reaches(world.b)
    assert not who.decides_on(world.b)


def test_an_ended_role_gives_nothing(world: World) -> None:
    Membership.objects.filter(user=world.county_officer).update(until=timezone.now())

    assert reached(world.county_officer) == set()
    assert not visible_to(world.county_officer, Organisation).exists()


def test_who_may_not_sign_in_any_more_is_nothing(world: World) -> None:
    User.objects.filter(pk=world.county_officer.pk).update(is_active=False)

    assert standing(User.objects.get(pk=world.county_officer.pk)).held == ()


def test_a_colleague_holds_the_role_while_it_is_delegated(world: World) -> None:
    now = timezone.now()
    lent = Membership.objects.get(user=world.county_officer)
    Delegation.objects.create(
        membership=lent, to=world.county_administrator, since=now - dt.timedelta(hours=1),
        until=now + dt.timedelta(hours=1), given_by=world.county_officer,
    )  # fmt: skip

    assert reached(world.county_administrator) == names(world.a, world.spinoff)
    assert [one.delegated_from for one in standing(world.county_administrator).held] == [None, world.county_officer]

    Delegation.objects.update(until=now)
    assert reached(world.county_administrator) == set()


def test_a_delegated_role_ends_with_the_role_itself(world: World) -> None:
    now = timezone.now()
    lent = Membership.objects.get(user=world.county_officer)
    Delegation.objects.create(
        membership=lent, to=world.county_administrator, since=now - dt.timedelta(hours=1),
        until=now + dt.timedelta(days=1), given_by=world.county_officer,
    )  # fmt: skip
    Membership.objects.filter(pk=lent.pk).update(until=now)

    assert reached(world.county_administrator) == set()


@pytest.mark.parametrize("rows", [1, 3, 30])
def test_standing_takes_two_queries_however_much_is_held(
    world: World, rows: int, django_assert_num_queries: Any
) -> None:
    for number in range(rows):
        unit = make_organisation(Kind.COUNTY, f"单位{number}", "620104")
        make_member(world.county_officer, unit, Role.OFFICER)
        Reach.objects.create(unit=unit, kind=ReachKind.DIVISION, division="620104", since=YESTERDAY)
    user = User.objects.get(pk=world.county_officer.pk)

    with django_assert_num_queries(2):
        who = standing(user)
        assert len(who.held) == rows + 1
        assert who.reaches(world.a) and not who.reaches(world.b)
        standing(user)


def test_the_condition_and_the_question_agree_on_every_enterprise(world: World) -> None:
    """`reach_q` filters rows in the database, `reaches` asks about one in memory: they must say the same."""
    Reach.objects.create(unit=world.other_county, kind=ReachKind.ORGANISATION, target=world.zoned, since=YESTERDAY)
    enterprises = Organisation.objects.filter(kind=Kind.ENTERPRISE).select_related("zone")
    for name, user in world.people():
        who = standing(user)
        by_row = {one.name for one in enterprises if who.reaches(one)}
        assert by_row == reached(user), name


class TestTheUnitThatRecommends:
    def test_is_the_county_where_nothing_else_is(self, world: World) -> None:
        assert queries.recommending_unit(world.a) == world.county

    def test_is_the_university_before_the_county(self, world: World) -> None:
        assert queries.recommending_unit(world.spinoff) == world.university

    def test_is_the_zone_alone(self, world: World) -> None:
        assert queries.recommending_units(world.zoned) == (world.zone,)

    def test_is_the_prefecture_where_the_county_has_no_unit(self, world: World) -> None:
        far = make_organisation(Kind.ENTERPRISE, "榆中企业", "620123")
        assert queries.recommending_unit(far) == world.prefecture

    def test_is_nobody_where_no_unit_reaches(self, world: World) -> None:
        far = make_organisation(Kind.ENTERPRISE, "庆阳企业", "621002")
        assert queries.recommending_unit(far) is None

    def test_is_two_units_where_both_reach_with_the_same_right(self, world: World) -> None:
        Reach.objects.create(unit=world.other_county, kind=ReachKind.DIVISION, division="620102", since=YESTERDAY)
        assert queries.recommending_units(world.a) == (world.county, world.other_county)

    def test_is_not_a_unit_that_was_closed(self, world: World) -> None:
        Organisation.objects.filter(pk=world.county.pk).update(active=False)
        assert queries.recommending_unit(world.a) == world.prefecture
