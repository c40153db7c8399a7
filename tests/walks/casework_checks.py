"""What the checks plant for the walk over every route: findings of enterprise `b`, cleared and open, and what a look keeps."""

from __future__ import annotations

from typing import Final

from django.utils import timezone

from tests import walk
from tests.casework import make_call, submitted
from tidui.casework import findings
from tidui.casework.enums import FindingKind, Weight
from tidui.casework.models import Finding, Trace

#: Who decides on the application of `b` or looks over who does: never the enterprise itself.
DECIDING: Final = frozenset(
    {"agency_clerk", "other_county_officer", "department_officer", "department_leader", "inspector"}
)


@walk.plants
def rows(garden: walk.Garden) -> None:
    """An application with a doubt, one that was cleared, and a hit of a joint check."""
    world, now = garden.world, timezone.now()
    sent = submitted(world, make_call(world), world.b, world.clerk_b)
    findings.look(sent)
    passage = garden.mark("passage of a copied text", seers=DECIDING)
    garden.things["checks.application"] = sent
    garden.things["checks.open"] = Finding.objects.create(
        application=sent, kind=FindingKind.COPIED_TEXT, weight=Weight.DOUBT, key="text:products:0", found_at=now,
        params={
            "word": "text_copied", "question": {"zh": "主要产品", "en": "products"}, "percent": 80, "passage": passage,
            "others": [], "organisations": [world.a.pk],
        },
    )  # fmt: skip
    garden.things["checks.cleared"] = Finding.objects.create(
        application=sent, kind=FindingKind.JOINT_HIT, weight=Weight.STOP, key="joint:credit", found_at=now,
        source=garden.mark("source of a hit", seers=DECIDING), cleared_by=world.agency_clerk, cleared_at=now,
        cleared_reason=garden.mark("reason of a clearing", seers=DECIDING),
        params={
            "word": "joint_hit", "purpose": {"zh": "信用联审", "en": "credit check"}, "partner": "",
            "reason": garden.mark("reason of a hit", seers=DECIDING), "record": "", "recorded_on": "", "others": [],
            "organisations": [],
        },
    )  # fmt: skip
    assert Trace.objects.filter(application=sent).exists()


for _route in ("casework:finding", "casework:clear_finding"):
    walk.example(_route, lambda garden: [garden.things["checks.open"].pk])
walk.example("casework:finding", lambda garden: [garden.things["checks.cleared"].pk])
walk.example("casework:reopen_finding", lambda garden: [garden.things["checks.cleared"].pk])
for _route in ("casework:checks", "casework:look_again", "casework:letter", "casework:joint"):
    walk.example(_route, lambda garden: [garden.things["checks.application"].pk])
walk.example("casework:joint_batch", lambda garden: [garden.things["batched case"].batch_id])
walk.example("casework:joint_finish", lambda garden: [garden.things["batched case"].batch_id])
walk.post("casework:clear_finding", lambda garden: {"reason": "已核实"})
walk.post("casework:reopen_finding", lambda garden: {})
walk.post("casework:look_again", lambda garden: {})
walk.post("casework:letter", lambda garden: {"reason": "未达标"})
walk.post("casework:joint", lambda garden: {"due_on": ""})
walk.post("casework:joint_batch", lambda garden: {"due_on": ""})
walk.post("casework:joint_finish", lambda garden: {})
