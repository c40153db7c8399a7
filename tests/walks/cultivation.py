"""What the app `cultivation` plants for the walk over every route."""

from __future__ import annotations

from django.utils import timezone

from tests import walk
from tidui.cultivation.models import Placement, SelfMarks


@walk.plants
def rows(garden: walk.Garden) -> None:
    """Where enterprise `b` stands, and the marks that it gave itself."""
    world, now = garden.world, timezone.now()
    Placement.objects.update_or_create(
        organisation=world.b,
        defaults={
            "on": now.date(), "year": now.year - 1, "rung": "sme", "next": "provincial", "verdict": "fail",
            "open": ["rd_share"], "open_count": 1, "only": "rd_share",
            "placed_at": now,
        },
    )  # fmt: skip
    SelfMarks.objects.create(
        organisation=world.b, marks={"rd_talent": "3.7"}, marked_by=world.clerk_b, marked_at=now
    )


walk.example("cultivation:first_page", lambda garden: [garden.world.b.pk])
walk.example("cultivation:mark_oneself", lambda garden: [garden.world.b.pk])
walk.example("cultivation:policy", lambda garden: [garden.world.b.pk, "cn", "hte"])
walk.post("cultivation:mark_oneself", lambda garden: {"rd_talent": "4"})
walk.post("cultivation:screen", lambda garden: {})
