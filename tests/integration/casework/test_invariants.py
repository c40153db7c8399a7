"""What always holds is looked for: each rule finds what breaks it, and says of what; a sound site has nothing to say."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.utils import timezone

from tests.casework import accepted, confirmed, make_call, submitted
from tests.people import World
from tidui.casework import actions, invariants
from tidui.casework.actions import calls
from tidui.casework.models import Application, Batch, Series, Step, Submission
from tidui.site import diagnosis

pytestmark = pytest.mark.django_db


def broken() -> list[tuple[str, str]]:
    """The rules that are broken, and of what."""
    return [(one.rule, one.thing) for one in invariants.broken()]


@pytest.fixture
def sent(world: World) -> Application:
    """An application that was returned, corrected, accepted, taken back, accepted again."""
    made = submitted(world, make_call(world))
    now, clerk = timezone.now(), world.agency_clerk
    actions.move(application=made, name="accept", by=clerk, at=now, seen=made.version)
    last = made.steps.order_by("-number")[0]
    actions.undo(step=last, reason="点错了", by=clerk, at=now)
    return accepted(world, Application.objects.get(pk=made.pk))


def test_a_sound_site_has_nothing_to_say(world: World, sent: Application) -> None:
    confirmed(world, sent)
    calls.close_batch(batch=Batch.objects.get(), by=world.department_officer, at=timezone.now())

    assert broken() == []
    assert ("ok", "casework: 1 applications hold together") in list(diagnosis._casework())


def change(**values: object) -> Callable[[Application], object]:
    """Write past the actions."""
    return lambda one: Application.objects.filter(pk=one.pk).update(**values)


BREAKS = [
    (change(stage="notice"), "steps"), (change(version=9), "steps"), (change(corrections=2), "steps"),
    (lambda one: Step.objects.filter(application=one, number=2).update(to="notice"), "steps"),
    (lambda one: Application.objects.filter(pk=one.pk).update(holder=one.organisation_id), "holder"),
    (lambda one: Submission.objects.filter(application=one).update(answers={"contact": "别人"}), "submissions"),
    (lambda one: Submission.objects.filter(application=one).update(number=2), "submissions"),
    (lambda one: Series.objects.update(last=7), "numbers"), (change(number="KX2026000009"), "numbers"),
]  # fmt: skip


def test_who_waits_for_a_correction_is_who_its_last_step_says(world: World) -> None:
    made, clerk = submitted(world, make_call(world)), world.agency_clerk
    actions.move(
        application=made, name="return", by=clerk, at=timezone.now(), seen=made.version, reason="请补正", fields=["employees"]
    )
    assert broken() == []

    Application.objects.filter(pk=made.pk).update(sent_back_by=world.department)
    assert {name for name, _thing in broken()} == {"holder"}
    Application.objects.filter(pk=made.pk).update(sent_back_by=None)
    assert {name for name, _thing in broken()} == {"holder"}


@pytest.mark.parametrize(("change", "rule"), BREAKS)
def test_what_was_written_past_the_actions_is_found(
    sent: Application, change: Callable[[Application], object], rule: str
) -> None:
    change(sent)

    assert rule in {name for name, _thing in broken()}


def test_a_batch_that_stands_where_none_of_its_applications_is_is_found(world: World, sent: Application) -> None:
    confirmed(world, sent)
    batch = calls.close_batch(batch=Batch.objects.get(), by=world.department_officer, at=timezone.now())
    Batch.objects.filter(pk=batch.pk).update(stage="platform")

    assert broken() == [("batches", f"batch {batch.pk}")]
    assert [state for state, _told in diagnosis._casework()] == ["wrong"]
