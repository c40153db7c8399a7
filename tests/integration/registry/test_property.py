"""The register of intellectual property, and the facts that follow from it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from tests.people import World

from tidui.accounts.models import Organisation
from tidui.kit import clock
from tidui.kit.access import NotAllowed
from tidui.registry import actions
from tidui.registry.actions import Details
from tidui.registry.facts import fact_set
from tidui.registry.models import IntellectualProperty
from tidui.registry.property_facts import NAMES, facts_on, with_sharing
from tidui.registry.property_numbers import check_digit

pytestmark = pytest.mark.django_db
TODAY = clock.today()


def patent(serial: int, digit: str = "2", year: int = 2022) -> str:
    """A valid patent number."""
    body = f"{year}{digit}{serial:07d}"
    return f"ZL{body}.{check_digit(body)}"


def details(serial: int = 1, kind: str = "2", **changes: Any) -> Details:
    """A utility model (or another patent) that was filed in 2022 and granted in 2023."""
    digit = {"12": "1", "2": "2", "3": "3"}.get(kind, "2")
    given = {
        "name": "一种装置", "kind": kind, "number": patent(serial, digit), "acquisition": "2",
        "filed_on": dt.date(2022, 5, 1), "granted_on": dt.date(2023, 2, 1), **changes,
    }  # fmt: skip
    return Details(**given)


def enter(world: World, one: Details, organisation: Organisation | None = None, by: Any = None) -> IntellectualProperty:
    """Enter an item as the enterprise's clerk."""
    return actions.enter_property(
        organisation=organisation or world.a, details=one, by=by or world.clerk_a, at=timezone.now()
    )


def test_an_item_gets_its_owner_and_its_last_day(world: World) -> None:
    item = enter(world, details(owners=(" 白塔 ", "兰州大学", "白塔")))
    assert (item.owners, item.valid_until, item.term_computed) == (["白塔", "兰州大学"], dt.date(2032, 4, 30), True)
    assert enter(world, details(2)).owners == [world.a.name]


def test_a_defence_patent_is_refused_with_what_to_do(world: World) -> None:
    for refused_details in (details(kind="6"), details(name="某国防专利装置")):
        with pytest.raises(ValidationError, match="线下"):
            enter(world, refused_details)
    assert IntellectualProperty.objects.count() == 0


def test_the_same_number_stands_once_in_a_register(world: World) -> None:
    enter(world, details())
    with pytest.raises(ValidationError, match="已在本单位登记册中"):
        enter(world, details(name="另一名称"))


def test_an_item_that_was_struck_out_may_be_entered_again(world: World) -> None:
    item = enter(world, details())
    actions.strike_property(item=item, reason="类别错误", by=world.clerk_a, at=timezone.now())
    assert enter(world, details()).pk != item.pk


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"granted_on": TODAY + dt.timedelta(days=1)}, "granted_on"),
        (
            {"kind": "4", "number": "2018SR123456", "filed_on": None, "granted_on": dt.date(1985, 3, 31)},
            "granted_on",
        ),
        ({"filed_on": None}, "filed_on"),
        ({"filed_on": dt.date(2023, 3, 1)}, "filed_on"),
        ({"filed_on": dt.date(2021, 5, 1)}, "filed_on"),
        ({"valid_until": dt.date(2023, 1, 31)}, "valid_until"),
        ({"lapsed_on": dt.date(2023, 1, 31)}, "lapsed_on"),
        ({"name": "  "}, "name"),
        ({"acquisition": "9"}, "acquisition"),
        ({"number": "ZL1"}, "number"),
    ],
)
def test_what_cannot_be_is_told_at_its_field(world: World, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        enter(world, details(**changes))
    assert set(refused.value.message_dict) == {field}


def test_the_facts_count_what_is_valid_on_the_day(world: World) -> None:
    enter(world, details(1, core=True))
    enter(world, details(2, lapsed_on=dt.date(2024, 6, 1), acquisition="3"))
    enter(world, details(3, kind="12", acquisition="3"))
    assert facts_on(world.a, dt.date(2024, 5, 31)) == {
        "core_ip": True, "self_developed_ip": True, "ip_class1": 1, "ip_class2": 2, "ip_class2_unused": 2,
    }  # fmt: skip
    assert facts_on(world.a, dt.date(2024, 6, 1))["ip_class2"] == 1
    assert facts_on(world.a, dt.date(2032, 4, 30))["ip_class2"] == 1
    assert facts_on(world.a, dt.date(2032, 5, 1))["ip_class2"] == 0
    assert facts_on(world.a, dt.date(2023, 1, 31))["ip_class1"] == 0


def test_class_two_is_used_once(world: World) -> None:
    item = enter(world, details())
    use = {"items": [item], "by": world.department_officer, "at": timezone.now()}
    actions.use_property(year=2023, **use)
    actions.use_property(year=2023, **use)
    assert facts_on(world.a, TODAY) | {"core_ip": False} == {
        "core_ip": False, "self_developed_ip": True, "ip_class1": 0, "ip_class2": 1, "ip_class2_unused": 0,
    }  # fmt: skip
    with pytest.raises(NotAllowed) as refused:
        actions.use_property(year=2026, **use)
    assert refused.value.refused.code == "already-used" and "2023" in refused.value.refused.reason


def test_class_one_is_never_used_up(world: World) -> None:
    item = enter(world, details(kind="12"))
    with pytest.raises(NotAllowed):
        actions.use_property(items=[item], year=2023, by=world.department_officer, at=timezone.now())
    with pytest.raises(IntegrityError), transaction.atomic():
        IntellectualProperty.objects.update(used_year=2023)


def test_an_enterprise_cannot_undo_a_use_and_an_officer_can(world: World) -> None:
    item = enter(world, details())
    actions.use_property(items=[item], year=2023, by=world.county_officer, at=timezone.now())
    for act in (
        lambda: actions.correct_use(item=item, year=None, reason="错", by=world.clerk_a, at=timezone.now()),
        lambda: actions.strike_property(item=item, reason="错", by=world.clerk_a, at=timezone.now()),
    ):
        with pytest.raises(NotAllowed) as refused:
            act()
        assert refused.value.refused.code == "only-an-officer"
    actions.correct_use(item=item, year=None, reason="名单有误", by=world.county_officer, at=timezone.now())
    assert IntellectualProperty.objects.get().used_year is None


def test_once_the_register_is_complete_the_file_follows_it(world: World) -> None:
    item = enter(world, details(core=True))
    assert fact_set(world.a).get("ip_class2") is None
    actions.complete_property(organisation=world.a, by=world.clerk_a, at=timezone.now())
    assert {name: fact_set(world.a).get(name) for name in NAMES} == facts_on(world.a, TODAY)
    enter(world, details(2, kind="12"))
    assert fact_set(world.a).get("ip_class1") == 1
    actions.change_property(item=item, details=details(lapsed_on=TODAY), by=world.clerk_a, at=timezone.now())
    assert fact_set(world.a).get("ip_class2") == 0


def test_the_same_item_in_two_registers_is_found(world: World) -> None:
    mine = enter(world, details())
    theirs = enter(world, details(), world.b, world.clerk_b)
    enter(world, details(2))
    found = with_sharing(IntellectualProperty.objects.order_by("pk"))
    assert [item.pk for item in found if item.shared] == [mine.pk, theirs.pk]


@pytest.mark.parametrize("who", ["clerk_b", "other_county_officer", "county_reader", "inspector", "stranger"])
def test_nobody_else_keeps_the_register(world: World, who: str) -> None:
    with pytest.raises(NotAllowed):
        enter(world, details(), by=getattr(world, who))


def test_spent_items_of_earlier_years_are_taken_over_once(world: World) -> None:
    rows = [(world.a, details(1), 2020), (world.a, details(2), None), (world.b, details(3), 2021)]
    take = {"items": rows, "by": world.department_officer, "at": timezone.now(), "note": "接管"}
    assert actions.enter_many(**take) == (3, 0)
    assert actions.enter_many(**take) == (0, 0)
    assert actions.enter_many(**{**take, "items": [(world.a, details(2), 2024)]}) == (0, 1)
    assert list(IntellectualProperty.objects.order_by("pk").values_list("used_year", flat=True)) == [2020, 2024, 2021]
