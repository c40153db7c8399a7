"""What tables and trials of policies plant for the walk over every route: rows of a draft of `b`, a trial about `b`."""

from __future__ import annotations

from typing import Final

from django.utils import timezone

from tests import walk
from tests.review import never_recognised, provincial_call
from tidui.casework import actions
from tidui.casework.actions import tabling
from tidui.casework.models import Application
from tidui.kit import clock
from tidui.recognition.models import PolicyPreview, PreviewRow

#: A draft is seen by nobody but the enterprise.
OWN: Final = frozenset({"administrator_b", "clerk_b"})
PROVINCE: Final = frozenset({"department_officer", "department_leader", "department_administrator", "inspector"})


@walk.plants
def rows(garden: walk.Garden) -> None:
    """A draft with rows in its tables; a trial that would turn an application."""
    world, now = garden.world, timezone.now()
    call = provincial_call(world)
    never_recognised(call, world.b, now)
    begun = actions.begin(call=call, organisation=world.b, by=world.clerk_b, at=now)
    tabling.load_rows(
        application=begun, table="staff", replace=False, by=world.clerk_b, at=now,
        rows=[{"name": garden.mark("a row of a draft", seers=OWN), "degree": "硕士", "post": "研发", "days": "240"}],
    )  # fmt: skip
    garden.things["tables.draft"] = begun
    trial = PolicyPreview.objects.create(
        programme="provincial", policy="gansu/provincial-innovative", version="2024-04-01", base="2024-04-01",
        on=clock.today(), note=garden.mark("note of a trial", seers=PROVINCE), made_by=world.department_officer,
        made_at=now, finished_at=now, counts={"applications": 1, "recognitions": 0, "verdicts": [], "conditions": []},
    )  # fmt: skip
    PreviewRow.objects.create(
        preview=trial, organisation=world.b, application=Application.objects.filter(submitted_at__isnull=False).first()
        or begun, before="pass", after="fail",
    )  # fmt: skip
    garden.things["tables.trial"] = trial


for _route in ("table", "table_draft", "table_load", "table_template"):
    walk.example(f"casework:{_route}", lambda garden: [garden.things["tables.draft"].pk, "staff"])
walk.post("casework:table", lambda garden: {"do": "add", "count": "1"})
walk.post("casework:table_draft", lambda garden: {"field": "t.staff.1.degree", "value": "博士"})
walk.post("casework:table_load", lambda garden: {"pasted": "王工\t硕士\t研发\t\t240", "how": "append"})
walk.example("recognition:preview", lambda garden: [garden.things["tables.trial"].pk])
walk.post("recognition:new_preview", lambda garden: {"on": clock.today().isoformat()})
walk.scope("recognition.preview_rows", lambda garden: {"preview": garden.things["tables.trial"].pk})
