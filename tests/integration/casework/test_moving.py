"""An application's way: submitted, returned, corrected, accepted, confirmed; who may, and what is kept."""

from __future__ import annotations

import pytest
from django.utils import timezone

from tests.casework import ANSWERS, accepted, confirmed, facts_of_form, make_call, submitted
from tests.people import World
from tidui.casework import actions
from tidui.casework.actions import Stale
from tidui.casework.enums import State, Turn
from tidui.casework.models import Application, Step
from tidui.kit import clock
from tidui.kit.access import NotAllowed

pytestmark = pytest.mark.django_db


def test_a_submission_reaches_the_chosen_agency_with_a_number_and_a_clock(world: World) -> None:
    """The snapshot holds the facts and what the rules said of them."""
    sent = submitted(world, make_call(world))
    assert (sent.state, sent.stage, sent.turn, sent.holder) == (State.ACTIVE, "agency_check", Turn.AGENCY, world.agency)
    assert sent.number == f"KX{clock.today().year}000001"
    assert sent.due_on is not None
    kept = sent.submissions.get()
    assert (kept.verdict, sent.score_low, sent.score_high) == ("pass", 8000, 8000)
    assert kept.stated[f"employees.{clock.today().year - 1}"] == 100


def test_a_returned_application_comes_back_to_the_stage_that_returned_it(world: World) -> None:
    """The stage's clock goes on with what was left of it."""
    sent = submitted(world, make_call(world))
    now = timezone.now()
    actions.move(
        application=sent, name="return", by=world.agency_clerk, at=now, seen=sent.version, reason="职工总数有误",
        fields=["employees"],
    )  # fmt: skip
    back = Application.objects.get(pk=sent.pk)
    assert (back.state, back.turn, back.holder, back.days_left) == (State.CORRECTION, Turn.APPLICANT, world.a, 5)
    again = actions.submit(
        application=back, stated=facts_of_form(clock.today().year - 1, employees=101), answers=ANSWERS,
        by=world.clerk_a, at=now, seen=back.version,
    ).application  # fmt: skip
    assert (again.state, again.stage, again.due_on) == (State.ACTIVE, "agency_check", sent.due_on)
    assert again.submissions.count() == 2
    assert [step.move for step in Step.objects.filter(application=sent).order_by("number")] == [
        "submit", "return", "resubmit",
    ]  # fmt: skip


def test_of_two_who_decide_at_once_the_second_is_told_who_was_faster(world: World) -> None:
    """Both saw the same version; one wins."""
    sent = submitted(world, make_call(world))
    now = timezone.now()
    actions.move(application=sent, name="accept", by=world.agency_clerk, at=now, seen=sent.version)
    with pytest.raises(Stale) as told:
        actions.move(
            application=sent, name="return", by=world.agency_clerk, at=now, seen=sent.version, reason="漏填"
        )
    assert world.agency_clerk.name in str(told.value.refused.reason)


def test_only_the_holder_decides(world: World) -> None:
    """Not the county in whose reach the enterprise lies, not the department before its turn, not the applicant."""
    sent = submitted(world, make_call(world))
    for person in (world.county_officer, world.department_officer, world.clerk_a, world.inspector, world.stranger):
        with pytest.raises(NotAllowed):
            actions.move(application=sent, name="accept", by=person, at=timezone.now(), seen=sent.version)


def test_a_confirmation_goes_into_the_open_batch_and_needs_one(world: World) -> None:
    """Without a batch it is refused with what to do."""
    passed = accepted(world, submitted(world, make_call(world)))
    with pytest.raises(NotAllowed) as told:
        actions.move(
            application=passed, name="confirm", by=world.department_officer, at=timezone.now(), seen=passed.version
        )
    assert told.value.refused.code == "no-batch"
    noted = confirmed(world, passed)
    assert (noted.stage, noted.turn) == ("notice", Turn.PUBLIC)
    assert noted.batch is not None and noted.batch.number == 1


def test_ones_own_mistake_is_taken_back_with_both_steps_on_record(world: World) -> None:
    """Everything stands as it stood before, and who comes later sees both."""
    sent = submitted(world, make_call(world))
    passed = accepted(world, sent)
    step = passed.steps.order_by("-number").first()
    assert step is not None
    actions.undo(step=step, reason="点错了", by=world.agency_clerk, at=timezone.now())
    back = Application.objects.get(pk=sent.pk)
    assert (back.stage, back.holder, back.due_on, back.state) == (sent.stage, sent.holder, sent.due_on, sent.state)
    assert [one.move for one in back.steps.order_by("number")] == ["submit", "accept", "undo"]
    with pytest.raises(NotAllowed):
        actions.undo(step=step, reason="再来", by=world.agency_clerk, at=timezone.now())
