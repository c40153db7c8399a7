"""Requests to join are sent to who decides on them now, also by what runs each night outside of any transaction."""

from __future__ import annotations

import pytest
from django.utils import timezone

from tests.people import World
from tidui.accounts import nightly
from tidui.accounts.models import JoinRequest

pytestmark = pytest.mark.django_db(transaction=True)


def _request(world: World) -> JoinRequest:
    """Somebody asks to act for enterprise `a`, and the request lies with a unit that does not recommend it."""
    return JoinRequest.objects.create(
        user=world.stranger, organisation=world.a, uscc=world.a.uscc, name=world.a.name, division="620102",
        unit=world.other_county,
    )  # fmt: skip


def test_each_night_a_request_goes_to_who_decides_on_it_now(world: World) -> None:
    """The row is held while it is sent on, which a database takes inside a transaction only."""
    asked = _request(world)
    nightly.turn_the_day(timezone.now())
    asked.refresh_from_db()
    assert asked.inside is True
    assert asked.unit_id is None
