"""What sampling checks, revocation and the yearly update plant for the walk over every route."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.utils import timezone

from tests import walk
from tidui.kit import clock
from tidui.kit.models import StoredFile
from tidui.recognition import sampling
from tidui.recognition.models import Recognition, Reminder, Revocation, Sample, Sampling

SEED: Final = "03 09 14 22 28 31 07"
#: Who reads what the department thinks of a case that is not decided: units in reach, not the enterprise.
OFFICES: Final = walk.FILE - {"administrator_b", "clerk_b"}


def _number(garden: walk.Garden, year: int, serial: int) -> Recognition:
    world = garden.world
    return Recognition.objects.create(
        organisation=world.b, programme="tech-sme", rung="sme", number=f"{year}6201030{serial:07d}", year=year,
        valid_from=dt.date(year, 1, 1), valid_until=dt.date(year, 12, 31), recorded_by=world.department_officer,
        recorded_at=timezone.now(),
    )  # fmt: skip


@walk.plants
def rows(garden: walk.Garden) -> None:
    """A revocation that was answered, one that is proposed, a number, a drawn list with a sample, a reminder."""
    world, now = garden.world, timezone.now()
    held = _number(garden, 2019, 9_000_001)
    garden.known(held.number, "number of b", seers=walk.FILE)
    scan = StoredFile.objects.create(
        sha256="d" * 64, size=1, media_type="application/pdf", name=garden.mark("reply of b") + ".pdf",
        kind="recognition.evidence", uploaded_by=world.clerk_b, uploaded_at=now, about_model="recognition.revocation",
        about_id="1",
    )  # fmt: skip
    garden.things["after.revocation"] = Revocation.objects.create(
        recognition=held, ground="fraud", evidence=garden.mark("evidence against b"), state="answered",
        opened_by=world.other_county_officer, opened_for=world.other_county, opened_at=now, told_at=now,
        told_by=world.department_officer, reply_due=clock.today(), reply=garden.mark("what b replies"),
        replied_by=world.clerk_b, replied_at=now, reply_file=scan,
    )  # fmt: skip
    garden.things["after.opened"] = Revocation.objects.create(
        recognition=_number(garden, 2018, 9_000_002), ground="conditions", state="proposed",
        evidence=garden.mark("evidence that b was not told of", seers=OFFICES), opened_by=world.other_county_officer,
        opened_for=world.other_county, opened_at=now, proposed_by=world.department_officer, proposed_at=now,
        opinion=garden.mark("opinion on b", seers=OFFICES),
    )  # fmt: skip
    garden.things["after.open"] = _number(garden, 2017, 9_000_003)
    listed = [[world.b.uscc, held.pk]]
    values = {
        "programme": "tech-sme", "year": 2019, "share": 5, "population": listed, "size": 1,
        "population_digest": sampling.digest([world.b.uscc or ""]), "seed_source": "开奖号码",
        "seed_on": clock.today(), "frozen_at": now, "frozen_by": world.department_officer,
    }  # fmt: skip
    drawn = Sampling.objects.create(**values, seed=SEED, drawn_at=now, drawn_by=world.department_officer)
    garden.things["after.sampling"] = drawn
    garden.things["after.sample"] = Sample.objects.create(
        sampling=drawn, recognition=held, unit=world.other_county, due_on=clock.today(), state="conforms",
        note=garden.mark("what was found at b", seers=OFFICES - {"prefecture_officer"}),
        checked_by=world.other_county_officer, checked_at=now,
    )  # fmt: skip
    Reminder.objects.create(recognition=held, kind="changed", key="walk", sent_at=now)


walk.example("recognition:sampling", lambda garden: [garden.things["after.sampling"].pk])
walk.example("recognition:sampling_file", lambda garden: [garden.things["after.sampling"].pk])
walk.example("recognition:draw_sampling", lambda garden: [garden.things["after.sampling"].pk])
walk.example("recognition:sample", lambda garden: [garden.things["after.sample"].pk])
walk.example("recognition:open_revocation", lambda garden: [garden.things["after.open"].pk])
for _route in ("revocation", "reply_to_revocation", "propose_revocation", "drop_revocation"):
    walk.example(f"recognition:{_route}", lambda garden: [garden.things["after.revocation"].pk])
for _route in ("revocation", "tell_revocation", "decide_revocation"):
    walk.example(f"recognition:{_route}", lambda garden: [garden.things["after.opened"].pk])
walk.example("recognition:updates_of", lambda garden: ["tech-sme", 2020])
walk.scope("recognition.samples", lambda garden: {"sampling": garden.things["after.sampling"].pk})
walk.scope("recognition.updates", lambda garden: {"programme": "tech-sme", "year": 2020})
walk.post("recognition:freeze_sampling", lambda garden: {
    "programme": "tech-sme", "year": "2017", "seed_source": "开奖号码",
    "seed_on": (clock.today() + dt.timedelta(days=1)).isoformat(),
})  # fmt: skip
walk.post("recognition:draw_sampling", lambda garden: {"seed": SEED})
walk.post("recognition:sample", lambda garden: {"conforms": "no", "note": "不符", "ground": "conditions"})
walk.post("recognition:open_revocation", lambda garden: {"ground": "fraud", "evidence": "伪造"})
walk.post("recognition:tell_revocation", lambda garden: {})
walk.post("recognition:reply_to_revocation", lambda garden: {"text": "无异议"})
walk.post("recognition:propose_revocation", lambda garden: {"opinion": "撤销"})
walk.post("recognition:decide_revocation", lambda garden: {"agree": "yes"})
walk.post("recognition:drop_revocation", lambda garden: {"drop-reason": "不撤"})
walk.public_record("recognition:samplings", "a frozen list is published with its digest")
