"""An enterprise finds its number where it looks for it: on the page of its application."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from tests.casework import make_call, submitted
from tests.integration.recognition.held import number_of
from tests.people import World

pytestmark = pytest.mark.django_db


def test_the_case_shows_the_number_and_leads_to_its_verification_once_it_is_announced(
    world: World, client: Client
) -> None:
    sent = submitted(world, make_call(world))
    held = number_of(world, world.a, application=sent)
    client.force_login(world.clerk_a)
    before = client.get(f"/applications/{sent.pk}/").content.decode()
    assert held.number in before
    assert f"/verify/?number={held.number}" not in before
    held.announced_at = timezone.now()
    held.save()
    assert f"/verify/?number={held.number}" in client.get(f"/applications/{sent.pk}/").content.decode()


def test_a_case_without_a_number_says_nothing_of_one(world: World, client: Client) -> None:
    sent = submitted(world, make_call(world))
    client.force_login(world.clerk_a)
    assert "入库登记编号" not in client.get(f"/applications/{sent.pk}/").content.decode()
