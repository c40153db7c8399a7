"""Attacks on a review: looking before one's own signature, results that outlive a recusal, a leader who is gone."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone
from tests.people import World
from tests.review_sheets import done, opened, panel_of_five, person_of, signed

from tidui.kit.access import NotAllowed
from tidui.kit.models import Message
from tidui.review import recusing, results
from tidui.review.actions import leading
from tidui.review.actions import seats as seating_actions
from tidui.review.enums import LookState, ReviewState, SeatState, SheetState
from tidui.review.models import File, PanelForm, Review, Seat, SecondLook, Sheet

pytestmark = pytest.mark.django_db


def client_of(user: object) -> Client:
    client = Client()
    client.force_login(user)  # type: ignore[arg-type]
    return client


def test_a_leader_sees_no_marks_of_colleagues_before_everybody_has_signed(world: World) -> None:
    _review, (file,), seats = panel_of_five(world)
    browser, address = client_of(person_of(seats[0])), f"/my-reviews/{file.pk}/panel/"
    opened(file, seats[0])
    for seat in seats[1:]:
        signed(file, seat, {"advancement": 8} if seat is seats[1] else None)
    page = browser.get(address)
    assert page.status_code == 200 and seats[0].expert.name in page.content.decode()
    said = page.content.decode()
    assert "材料齐全" not in said and not any(f">{one.total}<" in said for one in Sheet.objects.filter(state="signed"))
    assert page.context["view"].exact == "" and page.context["view"].total == ""
    department = client_of(world.department_officer).get(f"/reviews/{file.review_id}/files/{file.pk}/")
    assert "材料齐全" in department.content.decode()
    Sheet.objects.get(file=file, state=SheetState.DRAFT).delete()
    signed(file, seats[0])
    assert "材料齐全" in browser.get(address).content.decode()


def test_a_conflict_of_somebody_who_signed_and_left_opens_the_file_again_too(world: World) -> None:
    _review, (file, _other), seats = panel_of_five(world, 2)
    signed(file, seats[1], {"advancement": 8})
    officer = world.department_officer
    seating_actions.no_show(seat=seats[1], reason="生病", by=officer, at=timezone.now())
    file = done(file, [seats[0], *seats[2:]])
    assert file.total == 66_500_000
    recusing.recuse(expert=seats[1].expert, application=file.application, by=officer, at=timezone.now(), note="亲属")
    file.refresh_from_db()
    assert (file.total, file.done_at) == (None, None) and Seat.objects.get(pk=seats[1].pk).state == SeatState.NO_SHOW
    leading.sign_form(file=file, by=person_of(seats[0]), at=timezone.now())
    assert results.result_of(file).total == 66  # type: ignore[union-attr]


def test_a_leader_who_signed_everything_and_is_gone_is_replaced_and_what_they_signed_stays(world: World) -> None:
    review, (file,), seats = panel_of_five(world)
    for seat in seats:
        signed(file, seat)
    officer = world.department_officer
    assert Seat.objects.get(pk=seats[0].pk).state == SeatState.DONE
    browser = client_of(officer)
    assert f"/seats/{seats[0].pk}/no-show/" in browser.get(f"/reviews/{review.pk}/panels/").content.decode()
    assert browser.post(f"/seats/{seats[0].pk}/no-show/", {"reason": "出国"}).status_code == 302
    assert Sheet.objects.get(file=file, expert=seats[0].expert).state == SheetState.SIGNED
    next_one = person_of(seats[1])
    leading.save_opinion(file=file, text="同意推荐", base=0, by=next_one, at=timezone.now())
    leading.sign_form(file=file, by=next_one, at=timezone.now())
    assert results.result_of(file).total == 66  # type: ignore[union-attr]
    assert Sheet.objects.filter(file=file, state=SheetState.SIGNED).count() == 5
    assert "/no-show/" not in browser.get(f"/reviews/{review.pk}/panels/").content.decode()
    with pytest.raises(NotAllowed) as refused:  # of a file that is done nobody is missing
        seating_actions.no_show(seat=seats[1], reason="出国", by=officer, at=timezone.now())
    assert refused.value.refused.code == "not-seated"


def test_when_the_one_who_has_not_signed_leaves_marks_far_apart_ask_for_a_second_look_all_the_same(world: World) -> None:
    _review, (file,), seats = panel_of_five(world, alarm=10)
    leader = person_of(seats[0])
    low = {"advancement": 0, "support": 0, "management": 0, "institution": 0, "talent": 0}
    for seat in (*seats[:3], seats[4]):
        signed(file, seat, low if seat is seats[1] else None, "按附件核定")
    seating_actions.no_show(seat=seats[3], reason="生病", by=world.department_officer, at=timezone.now())
    assert SecondLook.objects.get(file=file).state == LookState.OPEN
    assert Message.objects.filter(kind="review.second_look", recipient=leader).count() == 1
    leading.save_opinion(file=file, text="同意推荐", base=0, by=leader, at=timezone.now())
    with pytest.raises(NotAllowed) as refused:
        leading.sign_form(file=file, by=leader, at=timezone.now())
    assert refused.value.refused.code == "second-look"


def test_a_file_that_a_late_conflict_opens_after_the_end_finds_another_leader(world: World) -> None:
    review, (file,), seats = panel_of_five(world)
    done(file, seats)
    Review.objects.filter(pk=review.pk).update(state=ReviewState.CLOSED)
    officer = world.department_officer
    recusing.recuse(expert=seats[2].expert, application=file.application, by=officer, at=timezone.now(), note="亲属")
    assert File.objects.get(pk=file.pk).done_at is None
    seating_actions.no_show(seat=seats[0], reason="出国", by=officer, at=timezone.now())
    leading.sign_form(file=file, by=person_of(seats[1]), at=timezone.now())
    assert PanelForm.objects.get(file=file).signed_by == person_of(seats[1])
