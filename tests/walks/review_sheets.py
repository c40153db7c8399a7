"""What sheets, leaders' forms, second looks and calibrations plant for the walk over every route.

The panel's experts do not walk: whoever does is a stranger to their marks, or the department.
"""

from __future__ import annotations

from typing import Final

from django.utils import timezone

from tests import walk
from tests.people import make_user
from tests.review import provincial_call
from tidui.casework.enums import State, Turn
from tidui.casework.models import Application, Batch
from tidui.kit import clock
from tidui.review.enums import DrawState, ExpertKind, ExpertState, LookState, ReviewState, SeatState, SheetState
from tidui.review.models import (
    Calibration,
    Draw,
    Expert,
    File,
    Group,
    PanelForm,
    Review,
    Seat,
    SecondLook,
    Sheet,
)

#: The department and inspection; nobody of the enterprise, its county or its prefecture.
REVIEWERS: Final = frozenset({"department_officer", "department_leader", "department_administrator", "inspector"})


def _application(garden: walk.Garden) -> Application:
    """An application of enterprise `b` at its review, under a call of its own; how it came there is no matter here."""
    world, now = garden.world, timezone.now()
    call = provincial_call(world)
    batch = Batch.objects.create(
        call=call, number=1, title="评分批次", stage="review", closed_at=now, closed_by=world.department_officer,
        made_by=world.department_officer, made_at=now,
    )  # fmt: skip
    return Application.objects.create(
        call=call, programme="provincial", organisation=world.b, batch=batch, state=State.ACTIVE, stage="review",
        turn=Turn.EXPERTS, holder=world.department, unit=world.other_county, begun_by=world.clerk_b, begun_at=now,
        number="CX-WALK-SHEETS", submitted_at=now, changed_at=now,
    )  # fmt: skip


def _seat(garden: walk.Garden, review: Review, group: Group, draw: Draw, name: str, leader: bool) -> Seat:
    world, now = garden.world, timezone.now()
    person = make_user(f"marker-{name}", name)
    expert = Expert.objects.create(
        user=person, name=garden.mark(f"name of the marking expert {name}", seers=REVIEWERS),
        kind=ExpertKind.TECHNICAL, employer="评分大学", state=ExpertState.CONFIRMED,
        recorded_by=world.department_officer, recorded_at=now, decided_by=world.department_officer, decided_at=now,
        since=clock.today(), affirmed_on=clock.today(),
    )  # fmt: skip
    return Seat.objects.create(
        review=review, group=group, expert=expert, kind=expert.kind, leader=leader, draw=draw,
        state=SeatState.ACCEPTED, called_at=now,
    )  # fmt: skip


@walk.plants
def rows(garden: walk.Garden) -> None:
    """A file of enterprise `b` with a signed sheet, one that is being written, a form, a second look, a calibration."""
    world, now = garden.world, timezone.now()
    application = _application(garden)
    review = Review.objects.create(
        batch=application.batch, scheme="provincial-2024", state=ReviewState.REVIEWING,
        made_by=world.department_officer, made_at=now, due_on=clock.today(),
    )  # fmt: skip
    group = Group.objects.create(review=review, number=1, title="评分组", fields=["803"])
    file = File.objects.create(
        review=review, application=application, group=group,
        code=garden.mark("code of a marked file", seers=REVIEWERS), total=71_000_000,
    )  # fmt: skip
    draw = Draw.objects.create(
        review=review, number=1, state=DrawState.PREPARED, public_source="开奖号码", public_on=clock.today(),
        made_by=world.department_officer, made_at=now,
    )  # fmt: skip
    leader, member = (_seat(garden, review, group, draw, name, name == "甲") for name in ("甲", "乙"))
    held = {"count": {"mark": 3, "version": 1, "reason_version": 1, "band": [7, 8],
                      "reason": garden.mark("reason of a mark", seers=REVIEWERS)}}  # fmt: skip
    Sheet.objects.create(
        file=file, seat=leader, expert=leader.expert, kind=leader.kind, marks=held, total=50, declared_at=now,
        opinion=garden.mark("opinion of an expert", seers=REVIEWERS), state=SheetState.SIGNED, signed_at=now,
        digest="a" * 64,
    )  # fmt: skip
    garden.things["sheets.draft"] = Sheet.objects.create(
        file=file, seat=member, expert=member.expert, kind=member.kind, declared_at=now,
        opinion=garden.mark("opinion that is not signed", seers=REVIEWERS, shown=False),
    )  # fmt: skip
    PanelForm.objects.create(
        file=file, seat=leader, opinion=garden.mark("opinion of a panel, not signed", seers=REVIEWERS, shown=False)
    )
    SecondLook.objects.create(
        file=file, asked_at=now, state=LookState.OPEN,
        alarms=[{"what": "asked", "reason": garden.mark("why a panel looks again", seers=REVIEWERS)}],
    )  # fmt: skip
    SecondLook.objects.create(
        file=file, asked_at=now, state=LookState.KEPT, answered_at=now, alarms=[],
        answer=garden.mark("answer of a leader", seers=REVIEWERS),
    )  # fmt: skip
    Calibration.objects.create(
        review=review, line=70, digest="b" * 64, made_at=now, made_by=world.department_officer,
        result={
            "line": 70, "rows": 1, "files": 0, "flips": [], "components": [], "warnings": [],
            "effects": [{
                "expert": leader.expert_id, "name": leader.expert.name, "kind": "technical", "effect": 0, "low": None,
                "high": None, "files": 1, "component": 0, "clear": False,
            }],
        },
    )  # fmt: skip
    garden.things["sheets.review"], garden.things["sheets.file"] = review, file


for _route in ("review", "review_results", "calibration", "remind", "close_review"):
    walk.example(f"review:{_route}", lambda garden: [garden.things["sheets.review"].pk])
for _route in ("my_file", "panel_form", "panel_draft", "answer_look"):
    walk.example(f"review:{_route}", lambda garden: [garden.things["sheets.file"].pk])
for _route in ("sheet", "sheet_draft", "sheet_withdraw"):
    walk.example(f"review:{_route}", lambda garden: [garden.things["sheets.draft"].pk])
walk.example("review:sheet_document", lambda garden: [garden.things["sheets.draft"].pk, 1])
walk.example(
    "review:reviewed_file", lambda garden: [garden.things["sheets.review"].pk, garden.things["sheets.file"].pk]
)
walk.scope("review.results", lambda garden: {"review": garden.things["sheets.review"].pk})

walk.post("review:my_file", lambda garden: {"do": "clear"})
walk.post("review:sheet", lambda garden: {"mark.count": "7", "opinion": "同意"})
walk.post("review:sheet_draft", lambda garden: {"field": "mark.count", "value": "7", "base": "0"})
walk.post("review:sheet_withdraw", lambda garden: {"note": "曾是同事"})
walk.post("review:panel_form", lambda garden: {"opinion": "同意"})
walk.post("review:panel_draft", lambda garden: {"field": "opinion", "value": "同意", "base": "0"})
walk.post("review:answer_look", lambda garden: {"do": "keep", "answer": "维持"})
walk.post("review:calibration", lambda garden: {})
walk.post("review:remind", lambda garden: {})
walk.post("review:close_review", lambda garden: {"confirmed": "1"})
walk.post("review:reviewed_file", lambda garden: {"reason": "请核对"})
