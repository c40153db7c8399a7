"""Screening the whole reach of an officer, behind a progress bar."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils import timezone

from tidui.cultivation.models import Placement
from tidui.cultivation.placing import place_all
from tidui.cultivation.queries import register
from tidui.kit import clock, jobs
from tidui.kit.models import Job


def _page(job: Job) -> str:
    return reverse("cultivation:register")


@jobs.job("cultivation.screen", page=_page)
def screen(job: Job, progress: jobs.Progress) -> Mapping[str, Any]:
    """Place every enterprise that the person may see, as of today; safe to repeat."""
    keys = list(register(job.owner).order_by("pk").values_list("pk", flat=True))
    progress.total(len(keys))
    now = timezone.now()
    place_all(keys, on=clock.day_of(now), at=now, told=progress.done)
    rows = Placement.objects.filter(organisation__in=register(job.owner)).values_list("next", "verdict")
    found = Counter(f"{next_}.{verdict}" for next_, verdict in rows if next_)
    return {"enterprises": len(keys), "found": dict(found)}
