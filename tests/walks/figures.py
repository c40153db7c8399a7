"""What figures plant for the walk over every route: a line of enterprise `b`, a set that is not published."""

from __future__ import annotations

from django.utils import timezone

from tests import walk
from tests.casework import make_call, submitted
from tidui.figures import freezing
from tidui.kit import clock

#: A set that is not published is for those who see the province.
PROVINCE = frozenset({"department_officer", "department_leader", "inspector"})


@walk.plants
def rows(garden: walk.Garden) -> None:
    """An application of `b`, whose line the move itself writes, and frozen figures that hold it."""
    world, now = garden.world, timezone.now()
    sent = submitted(world, make_call(world), world.b, world.clerk_b)
    garden.things["figures.application"] = sent
    garden.known(str(sent.number), "number of an application of b", seers=walk.FILE | {"agency_clerk"})
    garden.things["figures.set"] = freezing.freeze(
        programme_name="tech-sme", year=clock.today().year, title=garden.mark("title of a set", seers=PROVINCE),
        note=garden.mark("note on a set", seers=PROVINCE), by=world.department_officer, at=now,
    )  # fmt: skip


def _year(garden: walk.Garden) -> list[object]:
    return ["tech-sme", clock.today().year]


for _route in ("year", "export", "freeze"):
    walk.example(f"figures:{_route}", _year)
walk.example("figures:by", lambda garden: [*_year(garden), "county"])
walk.example("figures:records", lambda garden: [*_year(garden), "submitted"])
walk.example("figures:records_by", lambda garden: [*_year(garden), "submitted", "county", "620103"])
walk.example("figures:set", lambda garden: [garden.things["figures.set"].pk])
walk.example("figures:publish", lambda garden: [garden.things["figures.set"].pk])
walk.scope("figures.records", lambda garden: {
    "programme": "tech-sme", "year": clock.today().year, "indicator": "submitted", "dimension": "", "value": "",
})  # fmt: skip
walk.own_account("figures:export", "taking an export changes nothing but the record that it was taken")
walk.post("figures:freeze", lambda garden: {"title": "年度统计"})
walk.post("figures:publish", lambda garden: {})
