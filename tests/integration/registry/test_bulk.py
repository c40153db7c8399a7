"""Filing many at once comes to the same end as filing one by one."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from tests.integration.registry.making import file, yuan
from tests.people import World

from tidui.facts.faults import Faults
from tidui.kit.access import NotAllowed
from tidui.registry.actions import Counted, Item, file_many
from tidui.registry.facts import fact_set, fact_sets
from tidui.registry.models import Difference, Enterprise, Return, YearFigures
from tidui.rules.values import NONE, Value

pytestmark = pytest.mark.django_db
QUERIES = 18
Facts = dict[str, Value | None]


def take_over(world: World, items: list[Item], **options: Any) -> Counted:
    """File in bulk as the department takes over its register."""
    given = {"source": "takeover", "by": world.department_officer, "filed_for": world.department, **options}
    return file_many(items, at=timezone.now(), **given)


def items(world: World) -> list[Item]:
    """Two sections and years of three enterprises."""
    return [
        Item(world.a, "enterprise", None, {"hte_recognised_on": (dt.date(2024, 1, 1),), "listed": False, "name": "x"}),
        Item(world.a, "years", 2024, {"employees": 12, "sales_revenue": yuan(5), "st_staff": None}),
        Item(world.a, "years", 2025, {"employees": 14}),
        Item(world.b, "years", 2025, {"employees": 9}),
        Item(world.zoned, "enterprise", None, {"field": NONE}),
    ]


def test_a_bulk_filing_comes_to_the_accepted_tables(world: World) -> None:
    assert take_over(world, items(world)) == Counted(filed=5, unchanged=0, accepted=7, differences=0)
    sets = fact_sets([world.a.pk, world.b.pk, world.zoned.pk])
    assert sets[world.a.pk].get("hte_recognised_on") == (dt.date(2024, 1, 1),)
    assert sets[world.a.pk].get("name") == world.a.name
    assert (sets[world.a.pk].get("employees", 2024), sets[world.a.pk].get("employees", 2025)) == (12, 14)
    assert (sets[world.b.pk].get("employees", 2025), sets[world.zoned.pk].get("field")) == (9, NONE)
    row = YearFigures.objects.get(organisation=world.a, year=2025)
    assert row.provenance == {"employees": Return.objects.get(organisation=world.a, year=2025).pk}
    assert Enterprise.objects.get(pk=world.a.pk).steps == 3


def test_the_same_items_twice_change_nothing(world: World) -> None:
    take_over(world, items(world))
    before = list(Return.objects.values()), list(Enterprise.objects.order_by("pk").values())
    assert take_over(world, items(world)) == Counted(unchanged=5)
    assert (list(Return.objects.values()), list(Enterprise.objects.order_by("pk").values())) == before


def test_in_bulk_too_what_differs_is_a_difference(world: World) -> None:
    filed = file(world.a, world.clerk_a, "years", 2025, employees=40).filed
    assert take_over(world, items(world)).differences == 1
    difference = Difference.objects.get()
    assert (difference.accepted, difference.fact, difference.offered.source) == (filed, "employees", "takeover")
    assert fact_set(world.a).get("employees", 2025) == 40


def test_an_item_that_corrects_an_earlier_one_of_the_same_bulk_wins(world: World) -> None:
    twice = [Item(world.a, "years", 2025, {"employees": 14}), Item(world.a, "years", 2025, {"employees": 15})]
    assert take_over(world, twice).filed == 2
    row = YearFigures.objects.get(organisation=world.a)
    assert (row.employees, row.provenance["employees"]) == (15, Return.objects.order_by("-step").values_list("pk", flat=True)[0])


def test_a_new_value_in_bulk_ends_the_difference_of_the_old_one(world: World) -> None:
    file(world.a, world.clerk_a, "years", 2025, employees=40)
    take_over(world, items(world))
    take_over(world, [Item(world.a, "years", 2025, {"employees": 40, "st_staff": 2})])
    assert list(Difference.objects.values_list("state", flat=True)) == ["lapsed"]


def test_one_out_of_reach_stops_its_chunk(world: World) -> None:
    with pytest.raises(NotAllowed):
        take_over(
            world, [Item(world.a, "years", 2025, {"employees": 1}), Item(world.b, "years", 2025, {"employees": 1})],
            by=world.county_officer, filed_for=world.county,
        )  # fmt: skip
    assert Return.objects.count() == 0


def test_statuses_in_bulk_need_a_source_that_may_write_them(world: World) -> None:
    with pytest.raises(Faults):
        take_over(world, items(world), source="unit")
    assert Return.objects.count() == 0


def test_progress_is_told_chunk_by_chunk(world: World) -> None:
    told: list[int] = []
    take_over(world, items(world), chunk=2, progress=told.append)
    assert told == [2, 4, 5] and Return.objects.count() == 5


def test_all_or_nothing_is_a_transaction_around_it(world: World) -> None:
    wrong = [*items(world), Item(world.b, "years", 2025, {"no_such_fact": 1})]
    with pytest.raises(Faults), transaction.atomic():
        take_over(world, wrong, chunk=2)
    assert Return.objects.count() == 0
    with pytest.raises(Faults):
        take_over(world, wrong, chunk=5)
    assert Return.objects.count() == 5


def test_a_bulk_filing_of_many_takes_the_same_queries_as_of_few(
    world: World, django_assert_num_queries: Any
) -> None:
    few = [Item(world.a, "years", 2025, {"employees": 1})]
    many = [Item(one, "years", year, {"employees": 1}) for one in (world.a, world.b, world.zoned) for year in (2021, 2022)]
    take_over(world, [Item(world.spinoff, "years", 2025, {"employees": 1})])  # the standing is worked out once
    with django_assert_num_queries(QUERIES):
        take_over(world, few)
    with django_assert_num_queries(QUERIES):
        take_over(world, many)
