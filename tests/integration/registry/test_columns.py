"""Facts of many enterprises as columns, from the database and from the hot file."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from tests.integration.registry.making import file, yuan
from tests.people import World

from tidui.facts import catalogue
from tidui.registry import columns, hot
from tidui.registry.actions import Item, file_many
from tidui.registry.facts import fact_sets
from tidui.registry.models import Enterprise
from tidui.rules.values import NONE

pytestmark = pytest.mark.django_db


@pytest.fixture
def filled(world: World) -> World:
    """Facts of every kind in the files of three enterprises."""
    items = [
        Item(world.a, "enterprise", None, {
            "established_on": dt.date(2024, 5, 1), "industry": "C3571", "field": NONE, "listed": False,
            "hte_recognised_on": (dt.date(2022, 1, 1),), "carrier_history": NONE,
            "rewards_paid": ((("amount", yuan(200000)), ("kind", "first"), ("on", dt.date(2023, 1, 1))),),
        }),
        Item(world.b, "enterprise", None, {"industry": "C3571", "listed": True, "carrier_kind": "makerspace"}),
        Item(world.a, "years", 2025, {"employees": Fraction(81, 2), "sales_revenue": yuan(5)}),
        Item(world.a, "years", 2024, {"employees": 30}),
        Item(world.zoned, "years", 2025, {"employees": 9, "net_assets": -yuan(3)}),
        Item(world.zoned, "tax_years", 2025, {"manufacturing_share": Fraction(1, 2), "losses": NONE}),
        Item(world.b, "carrier_years", 2025, {"land_area": Fraction(1201, 10), "lease_vat_method": NONE}),
    ]  # fmt: skip
    file_many(items, source="takeover", by=world.department_officer, at=timezone.now(), filed_for=world.department)
    return world


def ids(world: World) -> list[int]:
    """Enterprises in an order that is not that of their keys."""
    return [world.zoned.pk, world.a.pk, world.spinoff.pk, world.b.pk]


def same(batch: Any, keys: list[int], year: int) -> None:
    """Every value of the batch is that of the enterprise's facts, in all years and those around."""
    sets = fact_sets(keys)
    for row, key in enumerate(keys):
        for name in catalogue.load():
            yearly = catalogue.load()[name].yearly
            for offset in (0, -1, -2) if yearly else (None,):
                fiscal = None if offset is None else year + offset
                assert batch.value(name, offset, row) == sets[key].get(name, fiscal), (key, name, fiscal)


def test_columns_say_what_the_facts_say(filled: World) -> None:
    batch = columns.columns(ids(filled), 2025)
    assert list(batch.ids) == [filled.zoned.uscc, filled.a.uscc, filled.spinoff.uscc, filled.b.uscc]
    same(batch, ids(filled), 2025)
    same(columns.columns(ids(filled), 2024), ids(filled), 2024)


def test_no_organisations_make_an_empty_batch(db: None) -> None:
    assert columns.columns([], 2025).n == 0


@pytest.fixture
def hot_home(tmp_path: Path, settings: Any) -> Path:
    """A home of its own for the hot file."""
    settings.HOME = tmp_path
    return tmp_path


def put_in_the_past(world: World) -> None:
    """As if all that is filed had been filed long ago, so that the hot file alone has to know it."""
    long_ago = timezone.now() - dt.timedelta(days=30)
    Enterprise.objects.update(changed_at=long_ago)
    for organisation in world.organisations():
        organisation.states.update(recorded_at=long_ago)


def test_the_hot_file_says_the_same(filled: World, hot_home: Path) -> None:
    put_in_the_past(filled)
    hot.write()
    found = list(hot.batches(2025, size=3))
    assert [len(keys) for keys, _ in found] == [3, 1]
    for keys, batch in found:
        same(batch, keys, 2025)


def test_what_changed_since_is_read_from_the_database(filled: World, hot_home: Path) -> None:
    put_in_the_past(filled)
    hot.write()
    file(filled.b, filled.clerk_b, "years", 2025, employees=77)
    found = list(hot.batches(2025, ids(filled)))
    assert [keys for keys, _ in found][-1] == [filled.b.pk]
    assert sorted(key for keys, _ in found for key in keys) == sorted(ids(filled))
    for keys, batch in found:
        same(batch, keys, 2025)


def test_only_those_asked_for_are_read(filled: World, hot_home: Path) -> None:
    put_in_the_past(filled)
    hot.write()
    assert [keys for keys, _ in hot.batches(2025, [filled.b.pk])] == [[filled.b.pk]]


def test_the_file_is_made_where_there_is_none_and_the_last_one_is_kept(filled: World, hot_home: Path) -> None:
    assert hot.read() is None
    list(hot.batches(2025))
    hot.write()
    assert len([path for path in (hot_home / "hot").iterdir() if path.is_dir()]) == 1
