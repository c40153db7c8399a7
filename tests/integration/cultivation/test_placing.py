"""Placements: equal to the explained ladder, kept true when facts change, filtered by in the register."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone
from tests.people import World

from tidui.accounts.models import Organisation, User
from tidui.cultivation import placing
from tidui.cultivation.models import Placement
from tidui.cultivation.rules import policies
from tidui.kit import clock
from tidui.policies.ladder import Ladder
from tidui.registry.actions import file_return
from tidui.registry.facts import fact_set

pytestmark = pytest.mark.django_db

YUAN = 100
WAN = 10_000 * YUAN


def file(organisation: Organisation, by: User, section: str, year: int | None, **facts: Any) -> None:
    """File facts of an enterprise by one of its own people."""
    file_return(
        organisation=organisation, section=section, year=year, facts=facts, source="self", by=by,
        at=timezone.now(), filed_for=organisation,
    )  # fmt: skip


def fill(organisation: Organisation, by: User) -> None:
    """A small firm that meets technology-SME evaluation but for its R&D."""
    year = clock.today().year - 1
    file(
        organisation, by, "enterprise", None, established_on=dt.date(2018, 5, 4), industry="C3571", field="801",
        resident=True, prohibited_products=False, major_incidents=(), serious_fraud=(), research_dishonesty=(),
        abnormal_listed=False, dishonesty_listed=False, ip_class1=1, ip_class2=2, provincial_rd_institution=False,
        national_award_top3=False, standard_lead=False,
    )  # fmt: skip
    file(
        organisation, by, "years", year, sales_revenue=500 * WAN, total_cost=450 * WAN, total_assets=800 * WAN,
        employees=40, st_staff=12, rd_deductible=5 * WAN,
    )  # fmt: skip


def test_a_change_of_facts_places_the_enterprise_at_once_as_the_explained_ladder_does(world: World) -> None:
    fill(world.a, world.clerk_a)

    placed = Placement.objects.get(organisation=world.a)

    place = Ladder(policies(), clock.today()).place(fact_set(world.a), clock.today().year - 1)
    assert (placed.rung, placed.next, placed.verdict) == ("", "sme", place.verdict)
    assert placed.open == [reason["id"] for reason in place.reasons]
    assert placed.only == (placed.open[0] if place.verdict == "fail" and len(placed.open) == 1 else "")


def test_the_bulk_reading_writes_the_same_rows(world: World) -> None:
    fill(world.a, world.clerk_a)
    fill(world.b, world.clerk_b)
    fields = [field.attname for field in Placement._meta.concrete_fields if field.name != "placed_at"]
    before = list(Placement.objects.order_by("pk").values(*fields))
    Placement.objects.all().delete()

    done = placing.place_all([world.a.pk, world.b.pk], on=clock.today(), at=timezone.now())

    assert done == 2
    assert list(Placement.objects.order_by("pk").values(*fields)) == before


def test_the_hot_file_gives_the_same_rows(world: World, settings: Any, tmp_path: Any, monkeypatch: Any) -> None:
    settings.HOME = tmp_path
    fill(world.a, world.clerk_a)
    fields = [field.attname for field in Placement._meta.concrete_fields if field.name != "placed_at"]
    before = list(Placement.objects.order_by("pk").values(*fields))
    Placement.objects.all().delete()
    monkeypatch.setattr(placing, "FEW", 0)
    monkeypatch.setattr(placing, "_assessed", lambda keys, on: {on.year - 1: list(keys)})

    placing.place_all([world.a.pk], on=clock.today(), at=timezone.now())

    assert list(Placement.objects.order_by("pk").values(*fields)) == before


def test_every_enterprise_is_placed_at_night(world: World) -> None:
    Placement.objects.all().delete()

    assert placing.place_every_enterprise(timezone.now()) == Placement.objects.count() == 4
