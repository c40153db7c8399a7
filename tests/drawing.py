"""Helpers for tests of draws: a review of a batch, and a draw at each of its steps."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.utils import timezone

from tests.people import World
from tests.review import at_stage, make_experts
from tidui.kit import clock, jobs
from tidui.review.actions import drawing, making_draws, preparing
from tidui.review.models import Draw, Expert, Review, Secret

SECRETS: Final = ("ours-secret-of-the-department", "theirs-secret-of-a-university")
NUMBER: Final = "03 09 14 22 28 31 07"


def prepared(world: World, count: int = 4, **settings: Any) -> Review:
    """The review of a closed batch of so many files of field 803."""
    batch, _rows = at_stage(world, "review", count)
    return preparing.prepare(batch=batch, settings=settings, by=world.department_officer, at=timezone.now())


def begun(world: World, review: Review, **other: Any) -> Draw:
    """A draw whose number is published tomorrow, by the department and a university."""
    now = timezone.now()
    given: dict[str, Any] = {
        "units": (world.department, world.university), "public_source": "双色球开奖号码",
        "public_on": clock.day_of(now) + dt.timedelta(days=1),
    }  # fmt: skip
    return drawing.begin(review=review, by=world.department_officer, at=now, **{**given, **other})


def secrets_of(world: World, draw: Draw) -> list[tuple[Secret, Any, str]]:
    """The secrets with who puts them in and what they are."""
    people = (world.department_leader, world.university_officer)
    return list(zip(draw.secrets.order_by("pk"), people, SECRETS, strict=True))


def committed(world: World, review: Review, **other: Any) -> Draw:
    """A draw with both digests."""
    made = begun(world, review, **other)
    for secret, person, said in secrets_of(world, made):
        drawing.commit(secret=secret, said=said, by=person, at=timezone.now())
    return Draw.objects.get(pk=made.pk)


def frozen(world: World, review: Review, **other: Any) -> Draw:
    """A frozen draw."""
    return drawing.freeze(draw=committed(world, review, **other), by=world.department_officer, at=timezone.now())


def opened(world: World, draw: Draw) -> Draw:
    """The same with both secrets opened and the public number given on its day."""
    later = timezone.now() + dt.timedelta(days=1)
    for secret, person, said in secrets_of(world, draw):
        drawing.open_secret(secret=secret, said=said, by=person, at=later)
    return drawing.give_number(draw=draw, number=NUMBER, by=world.department_officer, at=later)


def made(world: World, draw: Draw) -> Draw:
    """The same, drawn."""
    later = timezone.now() + dt.timedelta(days=1)
    job = making_draws.draw(draw=draw, by=world.department_officer, at=later)
    jobs.run_job.call(str(job.pk))
    return Draw.objects.get(pk=draw.pk)


def drawn(world: World, review: Review, **other: Any) -> Draw:
    """A draw from its beginning to its end."""
    return made(world, opened(world, frozen(world, review, **other)))


def pool(world: World, technical: int = 12, financial: int = 4) -> list[Expert]:
    """Experts of field 803 and financial ones."""
    return make_experts(world, technical) + make_experts(world, financial, "financial", fields=())
