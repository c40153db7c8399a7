"""What the desk plants for the walk over every route: steps with reasons, a proposal, a bulk decision, a late correction."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.utils import timezone

from tests import walk
from tests.casework import make_call, submitted
from tidui.casework import actions, findings
from tidui.casework.enums import Weight
from tidui.casework.models import Application, Proposal, Urge
from tidui.kit import clock
from tidui.kit.models import Job, JobState

#: Who decided, and who looks over their shoulder.
DECIDING: Final = frozenset({"agency_clerk", "department_officer", "department_leader", "inspector"})


@walk.plants
def rows(garden: walk.Garden) -> None:
    """Applications of enterprise `b` at every place of the desk."""
    world, now = garden.world, timezone.now()
    sent = submitted(world, make_call(world), world.b, world.clerk_b)
    garden.things["desk.sent"] = sent
    garden.things["desk.proposal"] = Proposal.objects.create(
        application=submitted(world, make_call(world), world.b, world.clerk_b), version=1, move="accept",
        reason=garden.mark("reason of a proposal on b", seers=DECIDING), by=world.agency_clerk,
        by_unit=world.agency, at=now,
    )  # fmt: skip
    late = submitted(world, make_call(world), world.b, world.clerk_b)
    actions.move(
        application=late, name="return", by=world.agency_clerk, at=now, seen=late.version,
        reason=garden.mark("why an application of b was returned", seers=walk.FILE | {"agency_clerk"}),
    )  # fmt: skip
    Application.objects.filter(pk=late.pk).update(due_on=clock.today() - dt.timedelta(days=1))
    Urge.objects.create(application=late, version=late.version, level="due", to=world.b, at=now)
    garden.things["desk.late"] = Application.objects.get(pk=late.pk)
    passed = submitted(world, make_call(world), world.b, world.clerk_b)
    findings.look(passed)
    passed.findings.update(weight=Weight.NOTE)  # that it applies under several calls is no matter here
    actions.move(
        application=passed, name="accept", by=world.agency_clerk, at=now, seen=passed.version,
        reason=garden.mark("note of the agency on b", seers=(walk.FILE | {"agency_clerk"}) - {"administrator_b", "clerk_b"}),
    )  # fmt: skip
    garden.things["desk.passed"] = Application.objects.get(pk=passed.pk)
    garden.things["desk.job"] = Job.objects.create(
        kind="casework.bulk", owner=world.agency_clerk, state=JobState.DONE, finished_at=now,
        title=garden.mark("title of a bulk decision", seers={"agency_clerk"}),
        result={"rows": [[sent.pk, "doubts", "存疑"]], "stage": "agency_check", "move": "accept"},
    )  # fmt: skip


def _one(**more: str) -> dict[str, str]:
    return {"queue": "", "at": "tech-sme:agency_check", "move": "accept", **more}


for _route, _thing in (
    ("review", "desk.sent"), ("decide", "desk.sent"), ("case", "desk.passed"), ("urge", "desk.sent"),
    ("recall", "desk.late"), ("refuse_overdue", "desk.late"), ("proposal", "desk.proposal"),
    ("answer_proposal", "desk.proposal"), ("retract_proposal", "desk.proposal"), ("bulk_result", "desk.job"),
    ("bulk_workbook", "desk.job"),
):  # fmt: skip
    walk.example(f"casework:{_route}", lambda garden, thing=_thing: [garden.things[thing].pk])
walk.example("casework:case", lambda garden: [garden.things["desk.late"].pk])
walk.example("casework:undo", lambda garden: [garden.things["desk.passed"].steps.latest("number").pk])

walk.post("casework:decide", lambda garden: {"move": "accept", "seen": str(garden.things["desk.sent"].version), "queue": ""})
walk.post("casework:undo", lambda garden: {"reason": "点错了"})
walk.post("casework:urge", lambda garden: {"note": "请尽快"})
walk.post("casework:recall", lambda garden: {"seen": str(garden.things["desk.late"].version)})
walk.post(
    "casework:refuse_overdue", lambda garden: {"seen": str(garden.things["desk.late"].version), "reason": "逾期未补正"}
)
walk.post("casework:answer_proposal", lambda garden: {"agree": "1"})
walk.post("casework:retract_proposal", lambda garden: {})
walk.post("casework:bulk", lambda garden: _one(keys=str(garden.things["desk.sent"].pk)))
walk.post(
    "casework:bulk_start",
    lambda garden: _one(
        keys=str(garden.things["desk.sent"].pk),
        pairs=f"{garden.things['desk.sent'].pk}:{garden.things['desk.sent'].version}",
    ),
)  # fmt: skip
walk.post("casework:desk", lambda garden: {"export": "xlsx"})
