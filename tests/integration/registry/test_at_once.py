"""Several people at one file at the same moment, each with a connection of their own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from tests.integration.registry.making import file
from tests.people import World, make_world

from tidui.kit.access import NotAllowed
from tidui.registry import actions, history
from tidui.registry.actions.drafts import Kept, Newer
from tidui.registry.facts import fact_set
from tidui.registry.models import Difference, Draft, Enterprise, Return

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(transactional_db: None) -> World:
    """The small world, committed, so that other connections see it."""
    return make_world()


def at_once(*doings: Callable[[], Any]) -> list[Any]:
    """Do all of these at the same moment; what each gave, or the error that it raised."""
    found: list[Any] = [None] * len(doings)
    gate = threading.Barrier(len(doings))

    def run(place: int, doing: Callable[[], Any]) -> None:
        gate.wait()
        try:
            found[place] = doing()
        except Exception as error:
            found[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(doings)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_of_two_officers_one_settles_and_the_other_is_told(world: World) -> None:
    file(world.a, world.clerk_a, "years", 2025, employees=40)
    (difference,) = file(
        world.a, world.county_officer, "years", 2025, source="unit", filed_for=world.county, employees=38
    ).differences

    def settle(by: Any, unit: Any, accept: bool) -> Callable[[], Any]:
        return lambda: actions.settle(
            difference=Difference.objects.get(pk=difference.pk), accept=accept, reason="核对", by=by,
            at=timezone.now(), settled_for=unit,
        )  # fmt: skip

    answers = at_once(
        settle(world.county_officer, world.county, True), settle(world.prefecture_officer, world.prefecture, False)
    )
    refused = [answer for answer in answers if isinstance(answer, NotAllowed)]
    settled = [answer for answer in answers if isinstance(answer, Difference)]
    assert [one.refused.code for one in refused] == ["already-settled"] and len(settled) == 1
    assert fact_set(world.a).get("employees", 2025) == (38 if settled[0].state == "accepted" else 40)


def test_filings_at_once_all_count_and_none_is_lost(world: World) -> None:
    def say(year: int, value: int) -> Callable[[], Any]:
        return lambda: file(world.a, world.clerk_a, "years", year, employees=value)

    answers = at_once(*[say(2020 + number % 3, number + 1) for number in range(9)])
    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    assert (Return.objects.count(), Enterprise.objects.get(pk=world.a.pk).steps) == (9, 9)
    for year in (2020, 2021, 2022):
        state = history.replay(history.of_place(world.a.pk, "years", year))
        assert fact_set(world.a).get("employees", year) == state.values["employees"]


def test_two_who_type_into_one_field_at_once_do_not_overwrite_each_other(world: World) -> None:
    def write(by: Any, text: str) -> Callable[[], Any]:
        return lambda: actions.save_field(
            organisation=world.a, section="years", year=2025, name="employees", text=text, base=0, unit="元", by=by,
            at=timezone.now(),
        )  # fmt: skip

    answers = at_once(write(world.clerk_a, "12"), write(world.administrator_a, "13"))
    assert sorted(type(answer).__name__ for answer in answers) == [Kept.__name__, Newer.__name__]
    newer = next(answer for answer in answers if isinstance(answer, Newer))
    assert newer.text == Draft.objects.get().values["employees"]["text"]


def test_many_fields_typed_at_once_are_all_kept(world: World) -> None:
    names = ("employees", "st_staff", "conversions", "sales_revenue", "total_cost", "net_assets")

    def write(name: str) -> Callable[[], Any]:
        return lambda: actions.save_field(
            organisation=world.a, section="years", year=2025, name=name, text="1", base=0, unit="元",
            by=world.clerk_a, at=timezone.now(),
        )  # fmt: skip

    answers = at_once(*[write(name) for name in names])
    assert [answer for answer in answers if not isinstance(answer, Kept)] == []
    assert set(Draft.objects.get().values) == set(names)


def test_the_same_return_filed_twice_at_once_is_one(world: World) -> None:
    answers = at_once(*[lambda: file(world.a, world.clerk_a, "years", 2025, employees=4)] * 3)
    assert sorted(answer.new for answer in answers) == [False, False, True] and Return.objects.count() == 1
