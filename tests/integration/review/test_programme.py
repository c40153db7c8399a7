"""The provincial programme as far as casework carries it."""

from __future__ import annotations

import pytest
from tests.people import World
from tests.review import applied, at_stage, make_experts, provincial_call, recommended, taken

pytestmark = pytest.mark.django_db


def test_an_application_travels_from_the_enterprise_through_its_county_into_a_batch(world: World) -> None:
    made = applied(provincial_call(world), world.a, world.clerk_a)
    assert (made.stage, made.verdict, made.holder_id) == ("recommendation", "pass", world.county.pk)
    made = taken(world, recommended(world, made))
    assert made.stage == "joint" and made.batch is not None


def test_experts_and_applications_for_a_review_can_be_made(world: World) -> None:
    batch, rows = at_stage(world, "review", 2)
    assert [one.stage for one in rows] == ["review", "review"] and batch.closed_at is not None
    assert len(make_experts(world, 3)) == 3
