"""What the first page says that an enterprise can do: what waits for it, and the calls to its next rung."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from tests.casework import make_call, submitted
from tests.people import World

from tidui.accounts.models import User
from tidui.casework import actions
from tidui.casework.models import Application, Call

pytestmark = pytest.mark.django_db


def first_page(world: World, person: User) -> str:
    """The first page of enterprise `a`, as somebody sees it."""
    client = Client()
    client.force_login(person)
    return client.get(reverse("cultivation:first_page", args=[world.a.pk])).text


def test_a_call_to_the_next_rung_can_be_applied_under_from_there(world: World) -> None:
    call = make_call(world)
    way = reverse("casework:apply", args=[call.pk, world.a.pk])
    page = first_page(world, world.clerk_a)
    assert way in page and call.title in page and "还剩 29 天" in page
    assert way not in first_page(world, world.county_officer)  # who looks after it does not apply for it
    Call.objects.update(closes_at=timezone.now() - dt.timedelta(minutes=1))
    assert way not in first_page(world, world.clerk_a)


def test_what_is_to_be_corrected_stands_above_everything_with_its_day(world: World) -> None:
    call = make_call(world)
    sent = submitted(world, call)
    assert "等待本单位办理" not in first_page(world, world.clerk_a)
    actions.move(
        application=sent, name="return", by=world.agency_clerk, at=timezone.now(), seen=sent.version, reason="核对"
    )
    page = first_page(world, world.clerk_a)
    assert "等待本单位办理" in page and "已退回，等待补正" in page and "补正期限" in page
    assert reverse("casework:form", args=[sent.pk]) in page
    assert "等待本单位办理" not in first_page(world, world.county_officer)


def test_a_draft_is_named_with_the_end_of_its_call(world: World) -> None:
    call = make_call(world)
    actions.begin(call=call, organisation=world.a, by=world.clerk_a, at=timezone.now())
    page = first_page(world, world.clerk_a)
    assert "草稿，尚未提交" in page and "截止" in page
    assert page.count(reverse("casework:form", args=[Application.objects.get().pk])) == 2  # and at the call
