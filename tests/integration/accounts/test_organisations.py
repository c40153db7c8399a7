"""Organisations are registered, renamed, moved, merged and closed; reach follows the day."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from tests.people import BEGINNING, World, credit_code, make_member, make_organisation, make_user
from tidui.accounts import actions, days, finding, queries
from tidui.accounts.actions import NewOrganisation
from tidui.accounts.enums import OrganisationKind as Kind
from tidui.accounts.enums import ReachKind, Role
from tidui.accounts.models import Membership, Organisation, OrganisationState, Reach
from tidui.accounts.standing import forget, standing
from tidui.audit.models import Event
from tidui.kit import clock, search
from tidui.kit.access import NotAllowed

pytestmark = pytest.mark.django_db

TODAY = clock.today()
TOMORROW = TODAY + dt.timedelta(days=1)
YESTERDAY = TODAY - dt.timedelta(days=1)


def change(world: World, organisation: Organisation, since: dt.date | None = None, **changes: Any) -> OrganisationState:
    """A change that the department's officer records."""
    return actions.change_organisation(
        organisation=organisation, changes=changes, since=since or TODAY, reason="工商登记", by=world.department_officer, at=timezone.now()
    )


def reaches(user: Any, organisation: Organisation) -> bool:
    """Does the person reach the organisation, by the question and by the list?"""
    forget(user)
    listed = queries.reached_organisations(user).filter(pk=organisation.pk).exists()
    asked = standing(user).reaches(Organisation.objects.select_related("zone").get(pk=organisation.pk))
    assert listed == asked
    return listed


class TestAMove:
    def test_gives_the_enterprise_to_the_other_county(self, world: World) -> None:
        change(world, world.a, division="620103")

        assert not reaches(world.county_officer, world.a)
        assert reaches(world.other_county_officer, world.a)
        assert queries.recommending_unit(world.a) == world.other_county

    def test_on_a_day_to_come_changes_nothing_before_that_day(self, world: World) -> None:
        change(world, world.a, since=TOMORROW, division="620103")

        assert reaches(world.county_officer, world.a)
        assert not reaches(world.other_county_officer, world.a)
        assert queries.recommending_unit(world.a, TOMORROW) == world.other_county

        assert days.apply_due(TOMORROW) == 1

        assert not reaches(world.county_officer, world.a)
        assert reaches(world.other_county_officer, world.a)

    def test_is_honoured_also_when_no_worker_ran_that_night(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        change(world, world.a, since=TOMORROW, division="620103")
        monkeypatch.setattr(clock, "today", lambda: TOMORROW)

        forget(world.other_county_officer)

        assert standing(world.other_county_officer).reaches(Organisation.objects.get(pk=world.a.pk))

    def test_keeps_what_the_enterprise_was(self, world: World) -> None:
        change(world, world.a, division="620103")

        before, now = world.a.states.order_by("since")
        assert (before.division, before.since, before.until) == ("620102", BEGINNING, TODAY)
        assert (now.division, now.since, now.until) == ("620103", TODAY, None)
        assert queries.recommending_unit(world.a, YESTERDAY) == world.county

    def test_into_a_zone_that_recommends_alone_takes_it_from_its_county(self, world: World) -> None:
        change(world, world.a, zone=world.zone)

        assert reaches(world.zone_officer, world.a)
        assert not reaches(world.county_officer, world.a)
        assert not reaches(world.prefecture_officer, world.a)

    def test_before_the_last_one_is_refused(self, world: World) -> None:
        change(world, world.a, division="620103")

        with pytest.raises(ValidationError) as refused:
            change(world, world.a, since=YESTERDAY, division="620104")
        assert "since" in refused.value.error_dict

    def test_that_changes_nothing_is_refused(self, world: World) -> None:
        with pytest.raises(ValidationError):
            change(world, world.a, division="620102")

    def test_to_a_division_that_does_not_exist_is_refused(self, world: World) -> None:
        with pytest.raises(ValidationError) as refused:
            change(world, world.a, division="620199")
        assert "division" in refused.value.error_dict

    def test_corrected_on_the_same_day_leaves_one_state(self, world: World) -> None:
        change(world, world.a, division="620103")
        change(world, world.a, division="620104")

        assert list(world.a.states.order_by("since").values_list("division", flat=True)) == ["620102", "620104"]

    def test_is_recorded_by_the_department_alone(self, world: World) -> None:
        with pytest.raises(NotAllowed):
            actions.change_organisation(
                organisation=world.a, changes={"division": "620103"}, since=TODAY, reason="迁址", by=world.county_officer,
                at=timezone.now(),
            )  # fmt: skip

    def test_writes_one_event(self, world: World) -> None:
        change(world, world.a, division="620103")

        event = Event.objects.get(verb="accounts.change_organisation")
        assert event.organisation_id == world.a.pk


class TestANewName:
    def test_is_found_by_the_old_name_too(self, world: World) -> None:
        finding.index(world.a)
        change(world, world.a, name="甘肃白塔仪器股份有限公司")

        for words in ("白塔精密", "白塔仪器股份"):
            assert list(search.matching(Organisation.objects.all(), words)) == [world.a]

    def test_may_be_recorded_by_the_county(self, world: World) -> None:
        actions.change_organisation(
            organisation=world.a, changes={"name": "白塔"}, since=TODAY, reason="更名", by=world.county_officer, at=timezone.now()
        )
        assert Organisation.objects.get(pk=world.a.pk).name == "白塔"

    def test_may_not_be_recorded_by_another_county(self, world: World) -> None:
        with pytest.raises(NotAllowed):
            actions.change_organisation(
                organisation=world.a, changes={"name": "白塔"}, since=TODAY, reason="更名", by=world.other_county_officer,
                at=timezone.now(),
            )  # fmt: skip

    def test_changes_nothing_in_the_code_that_others_know(self, world: World) -> None:
        old = world.a.uscc
        change(world, world.a, uscc=credit_code(900))

        assert old is not None
        assert finding.by_code(old) == world.a
        assert finding.by_code(credit_code(900)) == world.a

    def test_with_the_code_of_another_is_refused(self, world: World) -> None:
        with pytest.raises(ValidationError) as refused:
            change(world, world.a, uscc=world.b.uscc)
        assert "uscc" in refused.value.error_dict

    def test_of_a_closed_organisation_is_refused(self, world: World) -> None:
        actions.close_organisation(organisation=world.a, since=TODAY, reason="注销", by=world.department_officer, at=timezone.now())
        with pytest.raises(ValidationError):
            change(world, world.a, name="再来")


class TestAMerger:
    def merge(self, world: World, since: dt.date | None = None) -> None:
        actions.merge_units(
            absorbed=world.other_county, into=world.county, since=since or TODAY, reason="撤并", by=world.department_officer, at=timezone.now()
        )

    def test_gives_the_reach_and_the_members_to_the_other_unit(self, world: World) -> None:
        self.merge(world)

        assert reaches(world.county_officer, world.b)
        forget(world.other_county_officer)
        assert standing(world.other_county_officer).organisations == (world.county,)
        assert reaches(world.other_county_officer, world.a)
        assert queries.recommending_unit(world.b) == world.county
        assert Organisation.objects.get(pk=world.other_county.pk).merged_into == world.county

    def test_leaves_what_the_old_unit_decided_readable(self, world: World) -> None:
        self.merge(world)

        forget(world.county_officer)
        assert standing(world.county_officer).units == {world.county.pk, world.other_county.pk}

    def test_of_merged_units_hands_on_all_that_came_before(self, world: World) -> None:
        self.merge(world)
        actions.merge_units(
            absorbed=world.county, into=world.prefecture, since=TODAY, reason="撤并", by=world.department_officer, at=timezone.now()
        )

        forget(world.prefecture_officer)
        assert standing(world.prefecture_officer).units == {world.county.pk, world.other_county.pk, world.prefecture.pk}

    def test_on_a_day_to_come_waits_for_it(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        self.merge(world, since=TOMORROW)

        assert not reaches(world.county_officer, world.b)
        assert reaches(world.other_county_officer, world.b)

        monkeypatch.setattr(clock, "today", lambda: TOMORROW)
        monkeypatch.setattr(timezone, "now", lambda: clock.start_of(TOMORROW) + dt.timedelta(hours=9))
        assert reaches(world.county_officer, world.b)
        assert reaches(world.other_county_officer, world.b)
        assert standing(world.other_county_officer).organisations == (world.county,)

    def test_of_a_zone_takes_along_what_lies_in_it(self, world: World) -> None:
        other = make_organisation(Kind.ZONE, "白银高新区", "620402")
        actions.merge_units(absorbed=world.zone, into=other, since=TODAY, reason="托管", by=world.department_officer, at=timezone.now())

        world.zoned.refresh_from_db()
        assert world.zoned.zone == other
        assert queries.recommending_unit(world.zoned) == other
        assert reaches(world.zone_officer, world.zoned)

    def test_into_itself_or_a_unit_of_another_kind_is_refused(self, world: World) -> None:
        for into in (world.other_county, world.zone, world.a):
            with pytest.raises(ValidationError):
                actions.merge_units(
                    absorbed=world.other_county, into=into, since=TODAY, reason="撤并", by=world.department_officer, at=timezone.now()
                )

    def test_is_for_the_department(self, world: World) -> None:
        with pytest.raises(NotAllowed):
            actions.merge_units(
                absorbed=world.other_county, into=world.county, since=TODAY, reason="撤并", by=world.county_officer, at=timezone.now()
            )


class TestClosingAUnit:
    def test_ends_its_reach_and_what_its_members_may(self, world: World) -> None:
        actions.close_organisation(organisation=world.county, since=TODAY, reason="撤销", by=world.department_officer, at=timezone.now())

        forget(world.county_officer)
        assert standing(world.county_officer).held == ()
        assert queries.recommending_unit(world.a) == world.prefecture
        assert not Reach.objects.filter(unit=world.county, until=None).exists()

    def test_is_refused_for_the_department_itself(self, world: World) -> None:
        with pytest.raises(ValidationError):
            actions.close_organisation(
                organisation=world.department, since=TODAY, reason="撤销", by=world.department_officer, at=timezone.now()
            )


class TestRegistering:
    def register(self, world: World, **fields: Any) -> Organisation:
        given = {"kind": Kind.ENTERPRISE, "name": "新企业", "uscc": credit_code(800), "division": "620102", **fields}
        return actions.found_organisation(
            organisation=NewOrganisation(**given), since=TODAY, by=world.department_officer, at=timezone.now()
        )

    def test_an_enterprise_begins_its_history(self, world: World) -> None:
        made = self.register(world)

        state = made.states.get()
        assert (state.name, state.since, state.until, state.applied) == ("新企业", TODAY, None, True)
        assert list(search.matching(Organisation.objects.all(), "新企业")) == [made]

    @pytest.mark.parametrize(
        ("fields", "field"),
        [({"uscc": None}, "uscc"), ({"uscc": "91620102MA0000001A"}, "uscc"), ({"division": ""}, "division"), ({"division": "110101"}, "division"), ({"name": " "}, "name")],
    )  # fmt: skip
    def test_what_is_wrong_is_refused_at_its_field(self, world: World, fields: dict[str, Any], field: str) -> None:
        with pytest.raises(ValidationError) as refused:
            self.register(world, **fields)
        assert set(refused.value.error_dict) == {field}

    def test_a_code_that_is_taken_is_refused(self, world: World) -> None:
        with pytest.raises(ValidationError):
            self.register(world, uscc=world.a.uscc)

    @pytest.mark.parametrize("count", [1, 3, 30])
    def test_many_at_once_take_the_same_queries(self, world: World, count: int, django_assert_max_num_queries: Any) -> None:
        rows = [NewOrganisation(Kind.ENTERPRISE, f"企业{n}", credit_code(1000 + n), "620102") for n in range(count)]
        standing(world.department_officer)
        with django_assert_max_num_queries(15):
            made = actions.found_many(organisations=rows, since=TODAY, by=world.department_officer, at=timezone.now())

        assert [one.name for one in made] == [row.name for row in rows]
        assert OrganisationState.objects.filter(organisation__in=made).count() == count
        assert reaches(world.county_officer, made[-1])

    def test_is_for_the_department(self, world: World) -> None:
        with pytest.raises(NotAllowed):
            actions.found_organisation(
                organisation=NewOrganisation(Kind.AGENCY, "评价所"), since=TODAY, by=world.county_officer, at=timezone.now()
            )


class TestReach:
    def give(self, world: World, **fields: Any) -> Reach:
        given = {"unit": world.county, "kind": ReachKind.DIVISION, "division": "620104", "since": TODAY, **fields}
        return actions.give_reach(**given, reason="调整", by=world.department_officer, at=timezone.now())

    def test_is_given_from_a_day_and_ended_on_a_day(self, world: World) -> None:
        far = make_organisation(Kind.ENTERPRISE, "西固企业", "620104")
        row = self.give(world, since=YESTERDAY)
        assert reaches(world.county_officer, far)

        actions.end_reach(reach=row, until=TODAY, reason="调整", by=world.department_officer, at=timezone.now())
        assert not reaches(world.county_officer, far)

    def test_twice_the_same_is_refused(self, world: World) -> None:
        self.give(world)
        with pytest.raises(ValidationError):
            self.give(world, since=TOMORROW)

    def test_after_it_ended_may_be_given_again(self, world: World) -> None:
        self.give(world, since=YESTERDAY, until=TODAY)
        assert self.give(world).pk

    @pytest.mark.parametrize(
        "fields", [{"division": "629999"}, {"kind": ReachKind.ZONE, "division": ""}, {"kind": ReachKind.PROVINCE, "division": ""}]
    )
    def test_of_nothing_is_refused(self, world: World, fields: dict[str, Any]) -> None:
        with pytest.raises(ValidationError):
            self.give(world, **fields)

    def test_is_not_given_to_an_enterprise(self, world: World) -> None:
        with pytest.raises(ValidationError):
            self.give(world, unit=world.a)

    def test_is_given_by_the_department_alone(self, world: World) -> None:
        with pytest.raises(NotAllowed):
            actions.give_reach(
                unit=world.county, kind=ReachKind.DIVISION, division="620104", since=TODAY, reason="", by=world.prefecture_officer,
                at=timezone.now(),
            )  # fmt: skip


def test_a_member_of_both_units_keeps_one_role_after_a_merger(world: World) -> None:
    both = make_user("both", "两边")
    make_member(both, world.county, Role.OFFICER)
    make_member(both, world.other_county, Role.OFFICER)

    actions.merge_units(
        absorbed=world.other_county, into=world.county, since=TODAY, reason="撤并", by=world.department_officer, at=timezone.now()
    )

    assert Membership.objects.filter(user=both, until=None).count() == 1
