"""Many experts at once, each with a connection of their own: nothing that anybody saved is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from tests.people import World, make_world
from tests.review import at_stage, make_experts
from tests.review_sheets import GIVEN, filled, make_group, make_review, opened, person_of

from tidui.kit.access import NotAllowed
from tidui.review import marks, reading, recusing
from tidui.review.actions import leading, marking
from tidui.review.actions import seats as departing
from tidui.review.actions.marking import Kept, Newer
from tidui.review.enums import ExpertKind, SeatState, SheetState
from tidui.review.models import File, PanelForm, Seat, SecondLook, Sheet
from tidui.review.scheme import scheme

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


def panel(world: World, technical: int, financial: int) -> tuple[File, list[Seat]]:
    """A file with a panel of so many."""
    batch, rows = at_stage(world, "review", 1)
    review = make_review(world, batch)
    experts = [*make_experts(world, technical), *make_experts(world, financial, ExpertKind.FINANCIAL)]
    (file,), seats = make_group(world, review, rows, experts)
    return file, seats


def test_twenty_experts_who_save_every_field_at_once_lose_nothing(world: World) -> None:
    file, seats = panel(world, 16, 4)
    by = scheme(file.review.scheme)
    bands = marks.given_bands(by, reading.newest(file))
    sheets = [opened(file, seat) for seat in seats]

    def writer(sheet: Sheet, seat: Seat) -> Callable[[], Any]:
        fields = [(f"mark.{item.name}", str(GIVEN[item.name])) for item in by.marked_by(seat.kind)]

        def work() -> list[Any]:
            person = person_of(seat)
            answers = [
                marking.save_mark(
                    sheet=sheet, field=name, text=text, base=0, by=person, at=timezone.now(), bands=bands
                )
                for name, text in [*fields, ("opinion", f"意见{seat.pk}")]
            ]
            marking.sign(sheet=sheet, by=person, at=timezone.now(), bands=bands)
            return answers

        return work

    found = at_once(*[writer(sheet, seat) for sheet, seat in zip(sheets, seats, strict=True)])
    assert [one for one in found if isinstance(one, Exception)] == []
    assert all(isinstance(answer, Kept) for answers in found for answer in answers)
    for seat in seats:
        sheet = Sheet.objects.get(expert=seat.expert)
        assert sheet.state == SheetState.SIGNED and sheet.opinion == f"意见{seat.pk}"
        assert {name: row["mark"] for name, row in sheet.marks.items()} == {
            item.name: GIVEN[item.name] for item in by.marked_by(seat.kind)
        }
        assert sheet.version == len(by.marked_by(seat.kind)) + 1 and sheet.digest == marks.digest_of(sheet)
    assert set(Seat.objects.values_list("state", flat=True)) == {SeatState.DONE}


def test_two_windows_of_one_expert_do_not_overwrite_each_other(world: World) -> None:
    file, seats = panel(world, 1, 1)
    sheet = opened(file, seats[0])
    person = person_of(seats[0])

    def write(field: str, text: str) -> Callable[[], Any]:
        return lambda: marking.save_mark(
            sheet=sheet, field=field, text=text, base=0, by=person, at=timezone.now(), bands={}
        )

    found = at_once(write("mark.count", "7"), write("mark.count", "8"), write("mark.support", "5"), write("opinion", "好"))
    assert sorted(type(one).__name__ for one in found) == ["Kept", "Kept", "Kept", "Newer"]
    newer = next(one for one in found if isinstance(one, Newer))
    sheet.refresh_from_db()
    assert str(marks.mark_of(sheet, "count")) == newer.text
    assert (marks.mark_of(sheet, "support"), sheet.opinion) == (5, "好")


def test_a_sheet_that_is_opened_twice_at_once_is_one(world: World) -> None:
    file, seats = panel(world, 1, 1)
    person = person_of(seats[0])
    found = at_once(*[
        lambda: marking.open_sheet(seat=seats[0], file=file, by=person, at=timezone.now()) for _time in range(6)
    ])
    assert len({one.pk for one in found}) == 1 and Sheet.objects.count() == 1


def test_the_last_signatures_at_once_ask_for_one_second_look_and_a_form_is_signed_once(world: World) -> None:
    file, seats = panel(world, 3, 1)
    bands = marks.given_bands(scheme(file.review.scheme), reading.newest(file))
    sheets = [filled(file, seat, {"count": 2} if seat is seats[1] else None, "一项失效") for seat in seats]

    def sign(sheet: Sheet, seat: Seat) -> Callable[[], Any]:
        return lambda: marking.sign(sheet=sheet, by=person_of(seat), at=timezone.now(), bands=bands)

    found = at_once(*[sign(sheet, seat) for sheet, seat in zip(sheets, seats, strict=True)])
    assert [one for one in found if isinstance(one, Exception)] == []
    look = SecondLook.objects.get()
    leader = person_of(seats[0])
    leading.answer_look(look=look, answer="维持", by=leader, at=timezone.now())
    leading.save_opinion(file=file, text="同意推荐", base=0, by=leader, at=timezone.now())
    answers = at_once(*[lambda: leading.sign_form(file=file, by=leader, at=timezone.now()) for _time in range(3)])
    assert sorted(type(one).__name__ for one in answers) == ["NotAllowed", "NotAllowed", "PanelForm"]
    assert [one.refused.code for one in answers if isinstance(one, NotAllowed)] == ["form-signed"] * 2
    assert PanelForm.objects.get().signed_at is not None


def test_a_mark_that_races_with_the_signature_is_in_it_or_refused(world: World) -> None:
    file, seats = panel(world, 1, 1)
    sheet = filled(file, seats[0])
    person = person_of(seats[0])
    bands = marks.given_bands(scheme(file.review.scheme), reading.newest(file))
    answers = at_once(
        lambda: marking.sign(sheet=sheet, by=person, at=timezone.now(), bands=bands),
        lambda: marking.save_mark(
            sheet=sheet, field="mark.support", text="8", base=1, by=person, at=timezone.now(), bands=bands
        ),
    )
    sheet.refresh_from_db()
    refused = isinstance(answers[1], NotAllowed)
    assert marks.mark_of(sheet, "support") == (GIVEN["support"] if refused else 8)
    assert sheet.digest == marks.digest_of(sheet) and sheet.total == marks.total_of(scheme(file.review.scheme), sheet)


def test_a_recusal_and_a_departure_that_race_with_signatures_lock_nobody_out(world: World) -> None:
    file, seats = panel(world, 4, 1)
    bands = marks.given_bands(scheme(file.review.scheme), reading.newest(file))
    sheets = [filled(file, seat) for seat in seats]
    officer = world.department_officer

    def sign(sheet: Sheet, seat: Seat) -> Callable[[], Any]:
        return lambda: marking.sign(sheet=sheet, by=person_of(seat), at=timezone.now(), bands=bands)

    found = at_once(
        *[sign(sheet, seat) for sheet, seat in zip(sheets, seats, strict=True)],
        lambda: recusing.recuse(
            expert=seats[1].expert, application=file.application, by=officer, at=timezone.now(), note="亲属"
        ),
        lambda: departing.no_show(seat=seats[2], reason="生病", by=officer, at=timezone.now()),
    )
    assert [one for one in found if isinstance(one, Exception) and not isinstance(one, NotAllowed)] == []
    assert Sheet.objects.get(pk=sheets[1].pk).state == SheetState.VOID
    assert Seat.objects.get(pk=seats[1].pk).state == SeatState.RECUSED
    assert Seat.objects.get(pk=seats[2].pk).state == SeatState.NO_SHOW
    assert leading.all_signed(file)
    leading.save_opinion(file=file, text="同意推荐", base=0, by=person_of(seats[0]), at=timezone.now())
    assert leading.sign_form(file=file, by=person_of(seats[0]), at=timezone.now()).signed_at is not None
