"""Fees: counted from what was signed, once, approved by a second person, paid; an expert sees what they were paid."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from tests.people import World
from tests.review import at_stage, make_experts

from tidui.casework.models import Batch
from tidui.kit import clock
from tidui.kit.access import NotAllowed
from tidui.kit.models import Message
from tidui.kit.visibility import visible_to
from tidui.review.actions import fees
from tidui.review.enums import SeatState, SheetState
from tidui.review.models import Draw, Expert, FeeLine, FeeSheet, File, Group, PanelForm, Review, Seat, Sheet

pytestmark = pytest.mark.django_db


@pytest.fixture
def batch(world: World) -> Batch:
    """Two experts: the first leads and has signed two sheets and a form, the second one of two sheets."""
    made, rows = at_stage(world, "review", 2)
    now, by = timezone.now(), world.department_officer
    review = Review.objects.create(batch=made, scheme="provincial-2024", state="reviewing", made_by=by, made_at=now)
    group = Group.objects.create(review=review, number=1, title="第一组")
    files = [
        File.objects.create(review=review, application=one, group=group, code=f"F{number}")
        for number, one in enumerate(rows)
    ]
    draw = Draw.objects.create(
        review=review, number=1, public_source="体彩", public_on=clock.today(), made_by=by, made_at=now
    )
    for place, expert in enumerate(make_experts(world, 2)):
        seat = Seat.objects.create(
            review=review, group=group, expert=expert, kind="technical", draw=draw, called_at=now,
            state=SeatState.ACCEPTED, leader=place == 0,
        )  # fmt: skip
        for number, file in enumerate(files):
            done = place == 0 or number == 0
            signed: dict[str, Any] = {"total": 80, "declared_at": now, "signed_at": now, "digest": "0" * 64} if done else {}
            Sheet.objects.create(
                file=file, seat=seat, expert=expert, kind="technical",
                state=SheetState.SIGNED if done else SheetState.DRAFT, **signed,
            )  # fmt: skip
        if place == 0:
            PanelForm.objects.create(
                file=files[0], seat=seat, total="80", recommended=True, signed_by=expert.user, signed_at=now,
                digest="0" * 64,
            )  # fmt: skip
    return made


def _made(world: World, batch: Batch) -> FeeSheet:
    return fees.make(batch=batch, title="第一批评审费", by=world.department_officer, at=timezone.now())


def _lines(sheet: FeeSheet) -> list[tuple[int, int, int]]:
    return [(one.sheets, one.forms, one.amount) for one in sheet.lines.order_by("expert")]


def test_fees_are_counted_from_what_was_signed_by_the_rates_of_the_day(world: World, batch: Batch) -> None:
    made = _made(world, batch)
    assert (made.a_sheet, made.as_leader) == (100_00, 50_00)
    assert _lines(made) == [(2, 1, 250_00), (1, 0, 100_00)]
    assert fees.total_of(made) == 350_00


def test_a_sheet_is_paid_once(world: World, batch: Batch) -> None:
    first = _made(world, batch)
    with pytest.raises(NotAllowed, match="open-list"):
        _made(world, batch)
    fees.approve(sheet=first, by=world.department_leader, at=timezone.now())
    with pytest.raises(NotAllowed, match="nothing"):
        _made(world, batch)
    late = Sheet.objects.get(state=SheetState.DRAFT)
    Sheet.objects.filter(pk=late.pk).update(
        state=SheetState.SIGNED, total=70, declared_at=timezone.now(), signed_at=timezone.now(), digest="1" * 64
    )
    assert _lines(_made(world, batch)) == [(1, 0, 100_00)]


def test_a_sheet_that_was_counted_and_then_voided_is_said_to_be_over(world: World, batch: Batch) -> None:
    fees.approve(sheet=_made(world, batch), by=world.department_leader, at=timezone.now())
    gone = Sheet.objects.filter(state=SheetState.SIGNED).order_by("pk").first()
    assert gone is not None
    Sheet.objects.filter(pk=gone.pk).update(state=SheetState.VOID)
    assert fees.due_of(batch)[gone.expert_id].over == 1


def test_two_people_make_and_approve_and_only_then_it_is_paid(world: World, batch: Batch) -> None:
    made, today = _made(world, batch), clock.today()
    with pytest.raises(NotAllowed):
        fees.approve(sheet=made, by=world.department_officer, at=timezone.now())
    with pytest.raises(NotAllowed):
        fees.paid(sheet=made, on=today, voucher="1", by=world.department_officer, at=timezone.now())
    fees.approve(sheet=made, by=world.department_leader, at=timezone.now())
    with pytest.raises(NotAllowed):
        fees.discard(sheet=made, by=world.department_officer, at=timezone.now())
    with pytest.raises(NotAllowed, match="wrong-day"):
        fees.paid(
            sheet=made, on=today + dt.timedelta(days=1), voucher="1", by=world.department_officer, at=timezone.now()
        )
    with pytest.raises(NotAllowed, match="no-voucher"):
        fees.paid(sheet=made, on=today, voucher=" ", by=world.department_officer, at=timezone.now())
    held = fees.paid(sheet=made, on=today, voucher="记-2026-118", by=world.department_officer, at=timezone.now())
    assert held.paid_on == today
    assert Message.objects.filter(kind="review.fee_paid").count() == 2
    with pytest.raises(NotAllowed):
        fees.paid(sheet=made, on=today, voucher="again", by=world.department_officer, at=timezone.now())


def test_a_list_that_nobody_approved_is_made_anew(world: World, batch: Batch) -> None:
    fees.discard(sheet=_made(world, batch), by=world.department_officer, at=timezone.now())
    assert _lines(_made(world, batch)) == [(2, 1, 250_00), (1, 0, 100_00)]


def test_only_the_department_makes_and_sees_lists_and_an_expert_their_own_once_paid(world: World, batch: Batch) -> None:
    for person in (world.county_officer, world.clerk_a, world.inspector, Expert.objects.order_by("pk")[0].user):
        with pytest.raises(NotAllowed):
            fees.make(batch=batch, title="x", by=person, at=timezone.now())  # type: ignore[arg-type]
    made = _made(world, batch)
    own = Expert.objects.order_by("pk")[0]
    assert not visible_to(own.user, FeeLine).exists()
    fees.approve(sheet=made, by=world.department_leader, at=timezone.now())
    fees.paid(sheet=made, on=clock.today(), voucher="1", by=world.department_officer, at=timezone.now())
    own = Expert.objects.get(pk=own.pk)
    assert [one.expert_id for one in visible_to(own.user, FeeLine)] == [own.pk]
    assert not visible_to(world.county_officer, FeeLine).exists()


def _client(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_the_pages_hide_accounts_and_the_workbook_has_them(world: World, batch: Batch, tmp_path: Path) -> None:
    number = "6222020200112233445"
    Expert.objects.update(bank="工商银行", account=number)
    client, leader = _client(world.department_officer), _client(world.department_leader)
    assert client.get(reverse("review:make_fees")).status_code == 200
    client.post(reverse("review:make_fees"), {"batch": batch.pk, "title": "第一批评审费"})
    made = FeeSheet.objects.get()
    page = reverse("review:fee_sheet", args=[made.pk])
    assert number not in client.get(page).content.decode()
    assert client.post(reverse("review:approve_fees", args=[made.pk])).status_code == 422
    assert client.post(reverse("review:payment_list", args=[made.pk])).status_code == 422
    assert leader.post(reverse("review:approve_fees", args=[made.pk])).status_code == 302
    answer = client.post(reverse("review:payment_list", args=[made.pk]))
    place = tmp_path / "fees.xlsx"
    place.write_bytes(b"".join(answer.streaming_content))  # type: ignore[attr-defined]
    from tidui.tables.workbook import open_workbook

    book = open_workbook(place)
    rows = [cells for _number, cells in book.sheet(book.names[1], None).rows()]
    assert any(number in cells for cells in rows)
    day = clock.today().isoformat()
    assert client.post(reverse("review:pay_fees", args=[made.pk]), {"on": day, "voucher": ""}).status_code == 422
    assert client.post(reverse("review:pay_fees", args=[made.pk]), {"on": day, "voucher": "记-1"}).status_code == 302
    own = Expert.objects.order_by("pk")[0]
    shown = _client(own.user).get(reverse("review:own_expert")).content.decode()
    assert "第一批评审费" in shown and "250.00" in shown and number not in shown
    assert "第一批评审费" in client.get(reverse("review:fees")).content.decode()
