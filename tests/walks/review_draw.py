"""What groups, draws, secrets and seats plant for the walk over every route."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.utils import timezone

from tests import walk
from tests.review import provincial_call
from tidui.casework.enums import State, Turn
from tidui.casework.models import Application, Batch
from tidui.kit import clock
from tidui.review.drawing import seeding
from tidui.review.enums import DrawState, ExpertState, ReviewState, SeatState, TitleLevel
from tidui.review.models import Draw, Expert, File, Group, Review, Seat, Secret

#: Who knows of a review: the department and inspection. Nobody of the enterprise, its county or its prefecture; the
#: university knows of the draws into which it puts a secret.
REVIEWERS: Final = frozenset({"department_officer", "department_leader", "department_administrator", "inspector"})
SECRET: Final = "a secret of the department"


def _batch(garden: walk.Garden, number: int) -> tuple[Batch, Application]:
    """A closed batch at its review with an application of enterprise `b`, under a call of its own."""
    world, now = garden.world, timezone.now()
    call = provincial_call(world)
    batch = Batch.objects.create(
        call=call, number=number, title=f"第{number}批", stage="review", closed_at=now,
        closed_by=world.department_officer, made_by=world.department_officer, made_at=now,
    )  # fmt: skip
    made = Application.objects.create(
        call=call, programme="provincial", organisation=world.b, batch=batch, state=State.ACTIVE, stage="review",
        turn=Turn.EXPERTS, holder=world.department, unit=world.other_county, begun_by=world.clerk_b, begun_at=now,
        submitted_at=now, changed_at=now, number=f"DRAW-{number}",
    )  # fmt: skip
    return batch, made


def _review(garden: walk.Garden, batch: Batch, made: Application, state: str) -> tuple[Review, Group, File]:
    world, now = garden.world, timezone.now()
    review = Review.objects.create(
        batch=batch, scheme="provincial-2024", state=state, made_by=world.department_officer, made_at=now
    )
    group = Group.objects.create(
        review=review, number=1, title=garden.mark("title of a group", seers=REVIEWERS), fields=["803"]
    )
    file = File.objects.create(
        review=review, application=made, group=group, field="803",
        code=garden.mark("blind code of a file", seers=REVIEWERS),
    )  # fmt: skip
    return review, group, file


def _draw(garden: walk.Garden, review: Review, number: int, state: str, **other: Any) -> Draw:
    world, now = garden.world, timezone.now()
    held = Draw.objects.create(
        review=review, number=number, state=state, public_source="开奖号码",
        public_on=clock.today() + dt.timedelta(days=1), made_by=world.department_officer, made_at=now,
        names={"salt": "0" * 32, "experts": {}, "files": {}}, **other,
    )  # fmt: skip
    for unit in (world.department, world.university):
        salt = seeding.new_salt()
        committed = {} if state == DrawState.PREPARED else {"commitment": seeding.commitment(salt, SECRET)}
        Secret.objects.create(draw=held, unit=unit, salt=salt, **committed)
    return held


@walk.plants
def rows(garden: walk.Garden) -> None:
    """A review before its freeze, one with a frozen draw and a seat, and a batch that waits for its review."""
    world, now = garden.world, timezone.now()
    batch, made = _batch(garden, 61)
    review, group, file = _review(garden, batch, made, ReviewState.DRAWING)
    garden.things |= {"draw.review": review, "draw.group": group, "draw.file": file}
    garden.things["draw.begun"] = _draw(
        garden, review, 1, DrawState.PREPARED,
        reason=garden.mark("reason of a draw before its freeze", seers=REVIEWERS | {"university_officer"}),
    )  # fmt: skip
    batch, made = _batch(garden, 62)
    other, panel, _file = _review(garden, batch, made, ReviewState.REVIEWING)
    garden.things["draw.frozen"] = _draw(
        garden, other, 1, DrawState.FROZEN, digest="d" * 64, frozen_at=now, frozen_by=world.department_officer
    )
    expert = Expert.objects.create(
        name=garden.mark("name of a drawn expert", seers=REVIEWERS), kind="technical", level=TitleLevel.SENIOR,
        employer=garden.mark("employer of a drawn expert", seers=REVIEWERS), state=ExpertState.CONFIRMED,
        recorded_by=world.department_officer, recorded_at=now, decided_by=world.department_officer, decided_at=now,
        since=clock.today(), affirmed_on=clock.today(),
    )  # fmt: skip
    garden.things["draw.seat"] = Seat.objects.create(
        review=other, group=panel, expert=expert, kind="technical", draw=garden.things["draw.frozen"],
        state=SeatState.CALLED, called_at=now, reason=garden.mark("reason at a seat", seers=REVIEWERS),
    )  # fmt: skip
    garden.things["draw.seated"] = other
    garden.things["draw.waiting"], _made = _batch(garden, 63)


def _key(name: str) -> Any:
    return lambda garden: [garden.things[f"draw.{name}"].pk]


def _own(garden: walk.Garden, name: str) -> list[Any]:
    return [garden.things[f"draw.{name}"].secrets.get(unit=garden.world.department).pk]


walk.example("review:prepare", _key("waiting"))
for _route in ("settings", "arrange", "pack", "begin_draw"):
    walk.example(f"review:{_route}", _key("review"))
for _route in ("arrange", "panels"):
    walk.example(f"review:{_route}", _key("seated"))
walk.example("review:group", _key("group"))
walk.example("review:move_file", _key("file"))
for _route in ("draw", "check_draw", "freeze_draw", "reset_public", "void_draw"):
    walk.example(f"review:{_route}", _key("begun"))
for _route in ("draw", "give_number", "make_draw", "draw_file"):
    walk.example(f"review:{_route}", _key("frozen"))
walk.example("review:commit", lambda garden: _own(garden, "begun"))
walk.example("review:open_secret", lambda garden: _own(garden, "frozen"))
for _route in ("answer_seat", "no_show"):
    walk.example(f"review:{_route}", _key("seat"))
walk.scope("review.seats", lambda garden: {"review": garden.things["draw.seated"].pk})

_SETTINGS: Final = {
    "per": "group", "size": "5", "technical": "4", "fit": "0", "reach": "first", "group_size": "30", "load": "60",
    "alarm": "20",
}  # fmt: skip
walk.post("review:prepare", lambda garden: _SETTINGS)
walk.post("review:settings", lambda garden: {**_SETTINGS, "fit": "30"})
walk.post("review:pack", lambda garden: {})
walk.post("review:move_file", lambda garden: {"group": ""})
walk.post("review:reset_public", lambda garden: {
    "public_source": "开奖号码", "public_on": (clock.today() + dt.timedelta(days=3)).isoformat(),
})  # fmt: skip
walk.post("review:void_draw", lambda garden: {"reason": "数据有误"})
walk.post("review:commit", lambda garden: {"said": SECRET})
walk.post("review:open_secret", lambda garden: {"said": SECRET})
walk.post("review:no_show", lambda garden: {"reason": "未到"})
walk.public_record("review:draws", "a frozen draw is published with its digest")
