"""A policy is tried: exactly those flip whom the values turn, each with the reason; nothing else changes."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.people import World
from tests.review import applied, enterprises, provincial_call
from tidui.accounts.models import Organisation
from tidui.casework.models import Application
from tidui.casework.programme import programme
from tidui.kit import clock, jobs
from tidui.recognition import previewing, showing_preview
from tidui.recognition.actions import previewing as deeds
from tidui.recognition.models import PolicyPreview, PreviewRow, Recognition
from tidui.recognition.previewing import NotTried

pytestmark = pytest.mark.django_db
VERSION = "2024-04-01"


def recognised(world: World, firm: Organisation, number: int) -> Recognition:
    """A provincial recognition that holds since a year."""
    today = clock.today()
    return Recognition.objects.create(
        organisation=firm, programme="provincial", rung="provincial", number=f"GSKC{number:04d}", year=today.year - 1,
        valid_from=today - dt.timedelta(days=365), valid_until=today + dt.timedelta(days=730),
        announced_at=timezone.now(), recorded_by=world.department_officer, recorded_at=timezone.now(),
    )  # fmt: skip


def province(world: World, shares: list[int]) -> list[Application]:
    """Applications of enterprises of which so many of a hundred are in research, each recognised last year too."""
    call, made = provincial_call(world), []
    for place, ((firm, person), share) in enumerate(zip(enterprises(len(shares)), shares, strict=True)):
        made.append(applied(call, firm, person, st_staff=share))
        recognised(world, firm, place)
    return made


def tried(world: World, values: dict[str, str], **changed: Any) -> PolicyPreview:
    made = deeds.ask(
        owner=programme("provincial"), version=changed.get("version", VERSION), on=changed.get("on", clock.today()),
        values=values, note="", by=world.department_officer, at=timezone.now(),
    )  # fmt: skip
    jobs.work_off()
    return PolicyPreview.objects.get(pk=made.pk)


def test_exactly_those_flip_whom_the_values_turn_and_the_reason_is_named(world: World) -> None:
    rows = province(world, [11, 15, 20, 35])
    before = [(one.verdict, one.version) for one in Application.objects.order_by("pk")]
    made = tried(world, {"min_st_share": "16%"})
    flips = PreviewRow.objects.filter(preview=made)
    assert sorted(flips.filter(application__isnull=False).values_list("application", flat=True)) == [
        rows[0].pk, rows[1].pk,
    ]  # fmt: skip
    assert flips.filter(recognition__isnull=False).count() == 2
    assert set(flips.values_list("before", "after")) == {("pass", "fail")}
    assert (made.counts["applications"], made.counts["recognitions"]) == (4, 4)
    assert [(name, count) for name, _label, count in made.counts["conditions"]] == [("staff_share", 4)]
    said = showing_preview.reasons(flips.filter(application=rows[0]).get())
    assert "11%" in said and "10%" in said and "16%" in said and "不符合" in said
    assert [(one.verdict, one.version) for one in Application.objects.order_by("pk")] == before, "nothing is moved"


def test_the_text_in_force_with_no_other_values_changes_nothing(world: World) -> None:
    province(world, [11, 35])
    made = tried(world, {})
    assert made.finished_at is not None and not PreviewRow.objects.filter(preview=made).exists()


def test_a_job_that_runs_again_lists_nothing_twice(world: World) -> None:
    province(world, [11])
    made = tried(world, {"min_st_share": "0.16"})
    assert made.job is not None
    deeds.work(made.job, jobs.Progress(made.job), preview=made.pk)
    assert PreviewRow.objects.filter(preview=made).count() == 2


def test_what_cannot_be_tried_says_so(world: World) -> None:
    for values, version in (({"min_st_share": "很多"}, VERSION), ({"no_such": "1"}, VERSION), ({}, "1999-01-01")):
        with pytest.raises(NotTried):
            tried(world, values, version=version)
    assert not PolicyPreview.objects.exists()


def test_its_pages_are_the_departments(world: World) -> None:
    province(world, [11])
    made = tried(world, {"min_st_share": "16%"})
    client = Client()
    for person, allowed in ((world.department_officer, 200), (world.inspector, 200), (world.county_officer, 403),
                            (world.clerk_a, 403)):  # fmt: skip
        client.force_login(person)
        assert client.get("/policies/preview/").status_code == allowed
        assert client.get(f"/policies/preview/{made.pk}/").status_code == allowed
    client.force_login(world.department_officer)
    shown = client.get(f"/policies/preview/{made.pk}/")
    assert "甘肃试验000科技有限公司" in shown.text and "16%" in shown.text
    form = client.get("/policies/preview/new/?programme=provincial")
    assert form.status_code == 200 and "研发人员占比下限" in form.text
    sent = client.post(
        f"/policies/preview/new/?programme=provincial&version={VERSION}",
        {"on": clock.today().isoformat(), "value.min_st_share": "20%"},
    )
    assert sent.status_code == 302 and PolicyPreview.objects.count() == 2
    bad = client.post("/policies/preview/new/?programme=provincial", {"on": "2026-13-01"})
    assert bad.status_code == 422


@pytest.mark.parametrize("count", [1, 3])
def test_reading_recognitions_costs_the_same_however_many_they_are(world: World, count: int) -> None:
    province(world, [35] * count)
    trial = previewing.Trial(programme("provincial"), VERSION, clock.today(), clock.today(), {"min_st_share": "50%"})
    with CaptureQueriesContext(connection) as asked:
        flips = [row for chunk in previewing.run(trial, previewing.Counts()) for row in chunk]
    assert len(flips) == 2 * count, "all of them, the applications and the recognitions"
    assert len(asked) == 9
