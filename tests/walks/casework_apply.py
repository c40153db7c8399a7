"""What the applicant's pages plant for the walk over every route: a draft of enterprise `b`, and a submitted one."""

from __future__ import annotations

from typing import Final

from django.utils import timezone

from tests import walk
from tests.casework import ANSWERS, make_call, submitted
from tidui.casework import actions
from tidui.casework.actions import writing
from tidui.kit.models import StoredFile

#: A draft is seen by nobody but the enterprise.
OWN: Final = frozenset({"administrator_b", "clerk_b"})


@walk.plants
def rows(garden: walk.Garden) -> None:
    """A draft with what was typed into it and a document, and an application that was submitted."""
    from tidui.casework.models import Attachment

    world, now = garden.world, timezone.now()
    begun = actions.begin(call=make_call(world), organisation=world.b, by=world.clerk_b, at=now)
    for name in ("q.contact", "q.products"):
        writing.save_field(
            application=begun, name=name, text=garden.mark(f"draft {name}", seers=OWN), base=0, unit="元",
            by=world.clerk_b, at=now,
        )  # fmt: skip
    scan = StoredFile.objects.create(
        sha256="c" * 64, size=1, media_type="application/pdf", name=garden.mark("file of a draft", seers=OWN) + ".pdf",
        kind="casework.evidence", uploaded_by=world.clerk_b, uploaded_at=now, about_model="casework.application",
        about_id=str(begun.pk),
    )  # fmt: skip
    Attachment.objects.create(
        application=begun, evidence="accounts", file=scan, added_by=world.clerk_b, added_at=now,
        note=garden.mark("note on a file of a draft", seers=OWN),
    )
    garden.things["apply.draft"] = begun
    agency = walk.FILE | {"agency_clerk"}
    garden.things["apply.call"] = make_call(world)
    answers = {**ANSWERS, "contact": garden.mark("contact of an application", seers=agency, shown=False)}
    garden.things["apply.sent"] = submitted(world, make_call(world), world.b, world.clerk_b, answers=answers)


walk.example("casework:form", lambda garden: [garden.things["apply.draft"].pk])
walk.example("casework:draft", lambda garden: [garden.things["apply.draft"].pk])
walk.example("casework:score", lambda garden: [garden.things["apply.draft"].pk])
walk.example("casework:submit", lambda garden: [garden.things["apply.draft"].pk])
walk.example("casework:withdraw", lambda garden: [garden.things["apply.draft"].pk])
walk.example("casework:receipt", lambda garden: [garden.things["apply.sent"].pk])
walk.post("casework:form", lambda garden: {"do": "save", "q.contact": "新联系人"})
walk.post("casework:draft", lambda garden: {"field": "q.phone", "value": "13900000000"})
walk.post("casework:score", lambda garden: {"q.phone": "13900000000"})
walk.post("casework:submit", lambda garden: {"pledge": "on", "q.contact": "新联系人"})
walk.post("casework:withdraw", lambda garden: {"reason": "不再申报", "version": "0"})

for _name in ("apply", "keep", "work_out", "hand_in"):  # of what is not begun
    walk.example(
        f"casework:{_name}", lambda garden: {"call": garden.things["apply.call"].pk, "organisation": garden.world.b.pk}
    )
walk.post("casework:apply", lambda garden: {"do": "save", "q.contact": "新联系人"})
walk.post("casework:keep", lambda garden: {"field": "q.phone", "value": "13900000000"})
walk.post("casework:work_out", lambda garden: {"q.phone": "13900000000"})
walk.post("casework:hand_in", lambda garden: {"pledge": "on", "q.contact": "新联系人"})
