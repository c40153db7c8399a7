"""The draw itself, in a job: seed, panels, seats, and a message to everybody who was drawn."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any, Final

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tidui.accounts.models import User
from tidui.audit import events
from tidui.kit import access, calendar, clock, files, formats, jobs, outbox, parameters
from tidui.kit.access import NotAllowed, Refused
from tidui.kit.models import Job
from tidui.review import texts_drawing
from tidui.review.actions import drawing
from tidui.review.drawing import explaining, model, replaying, seeding, solving
from tidui.review.enums import SEATED, DrawState, ReviewState
from tidui.review.models import Draw, Expert, Seat
from tidui.review.parameters import ANSWER_DAYS

JOB: Final = "review.draw"
NOT_OPENED: Final = Refused("not-opened", gettext_lazy("两家单位的密码还没有全部开启，不能抽取。"))
UNEQUAL: Final = gettext_lazy("封存文件与公布的摘要不符，不能抽取。")


def draw(*, draw: Draw, by: User, at: dt.datetime) -> Job:
    """Draw, in a job, once both secrets are opened and the public number is known."""
    access.require("review.prepare", by)
    held = Draw.objects.select_related("review__batch__call").get(pk=draw.pk)
    if held.state != DrawState.FROZEN:
        raise NotAllowed(drawing.NOT_FROZEN)
    if not held.public_number:
        raise NotAllowed(drawing.NO_NUMBER)
    if held.secrets.filter(opened_at__isnull=True).exists():
        raise NotAllowed(NOT_OPENED)
    title = _("抽取评审专家：%(review)s") % {"review": drawing.named(held.review)}
    return jobs.start(JOB, by=by, title=title, arguments={"draw": held.pk}, at=at)


@jobs.job(JOB, page=lambda job: reverse("review:draw", args=[job.arguments["draw"]]))
def run_draw(job: Job, progress: jobs.Progress, *, draw: int) -> dict[str, Any]:
    """Seed, flow, seats; a draw that was made already is left alone, so that the job may run again."""
    held = Draw.objects.select_related("input").get(pk=draw)
    if held.state != DrawState.FROZEN:
        return {}
    progress.total(2)
    try:
        frozen = model.load(drawing.input_of(held))
        secrets = [one.secret for one in held.secrets.order_by("pk")]
        seed, output = replaying.run(frozen, secrets, held.public_number)
    except solving.Impossible:
        return _give_up(held, explaining.explain(frozen).plain(), job.owner)
    except model.NeedsSolver:
        raise jobs.JobFailed(str(drawing.NO_SOLVER.reason)) from None
    except seeding.Void as void:
        return _make_void(held, str(void), job.owner)
    except ValueError:
        raise jobs.JobFailed(str(UNEQUAL)) from None
    progress.done(1)
    received = drawing.received_of(model.canonical(output), f"draw-{held.pk}-panels.txt")
    made = write(held, frozen, seed, output, received, job.owner, clock.now())
    progress.done(2)
    return {"seats": made}


@transaction.atomic
def _give_up(seen: Draw, told: dict[str, Any], by: User) -> dict[str, Any]:
    held = drawing.locked(seen)
    if held.state == DrawState.FROZEN:
        held.state, held.result = DrawState.IMPOSSIBLE, {"explanation": told}
        held.save(update_fields=["state", "result"])
        events.record("review.impossible_draw", actor=by, subject=held, at=clock.now(), details=told)
    return {"seats": 0}


@transaction.atomic
def _make_void(seen: Draw, why: str, by: User) -> dict[str, Any]:
    held = drawing.locked(seen)
    if held.state == DrawState.FROZEN:
        held.state, held.void_reason = DrawState.VOID, why[:300]
        held.save(update_fields=["state", "void_reason"])
        events.record("review.void_draw", actor=by, subject=held, at=clock.now(), details={"reason": why})
    return {"seats": 0}


@transaction.atomic
def write(
    seen: Draw, frozen: model.Input, seed: str, output: dict[str, Any], received: files.Received, by: User,
    at: dt.datetime,
) -> int:  # fmt: skip
    """The seats of the panels, once: seats that were taken before stay as they are. How many were made."""
    held = drawing.locked(seen)
    if held.state != DrawState.FROZEN:
        return 0
    made = Seat.objects.bulk_create(_seats(held, output, at))
    _lead(held, output)
    held.output = files.keep(received, by=by, at=at, about=held)
    held.seed, held.output_digest = seed, model.digest(output)
    held.state, held.drawn_at, held.drawn_by = DrawState.DRAWN, at, by
    held.result = {"composition": composition(frozen, output, _places(held))}
    held.save()
    review = held.review
    if review.state == ReviewState.DRAWING:
        review.state = ReviewState.REVIEWING
        review.save(update_fields=["state"])
    events.record(
        "review.draw", actor=by, subject=held, at=at,
        details={"seed": seed, "number": held.public_number, "output_digest": held.output_digest, "seats": len(made)},
    )  # fmt: skip
    _call(held, made, at)
    return len(made)


def _seats(held: Draw, output: dict[str, Any], at: dt.datetime) -> Iterable[Seat]:
    """A seat in a whole group, or one at each file of a part of one."""
    places = {one["id"]: one for one in held.wanted}
    for panel in output["panels"]:
        where = places[panel["id"]]
        for kind in model.KINDS:
            for key in panel[kind]:
                given = {
                    "review": held.review, "expert_id": held.names["experts"][key][0], "kind": kind, "draw": held,
                    "leader": key == panel["leader"], "called_at": at,
                }  # fmt: skip
                if where["group"] is not None:
                    yield Seat(group_id=where["group"], **given)
                else:
                    yield from (Seat(file_id=file, **given) for file in where["files"])


def _lead(held: Draw, output: dict[str, Any]) -> None:
    """Somebody who sits in a group already leads it, where its leader left."""
    groups = {one["id"]: one["group"] for one in held.wanted if one["group"] is not None}
    for panel in output["panels"]:
        group = groups.get(panel["id"])
        if group is None or not panel["leader"] or panel["leader"] in panel["technical"]:
            continue
        leader = held.names["experts"][panel["leader"]][0]
        Seat.objects.filter(group=group, expert=leader, state__in=SEATED, leader=False).update(leader=True)


def _places(held: Draw) -> dict[str, str]:
    """The prefecture in which each pseudonym lives."""
    keys = {pair[0]: name for name, pair in held.names["experts"].items()}
    rows = Expert.objects.filter(pk__in=keys).values_list("pk", "division")
    return {keys[key]: f"{division[:4]}00" if division else "" for key, division in rows}


def composition(frozen: model.Input, output: dict[str, Any], places: dict[str, str]) -> dict[str, Any]:
    """What the public sees of the panels: counts by kind, main field and place. No names, no pseudonyms."""
    drawn = {key for panel in output["panels"] for kind in model.KINDS for key in panel[kind]}
    people = [frozen.expert(key) for key in sorted(drawn)]
    fields = Counter(f"{one.fields[0][:1]}0" for one in people if one.kind == model.TECHNICAL and one.fields)
    return {
        "panels": len(output["panels"]), "files": sum(len(one.files) for one in frozen.panels),
        "experts": len(people), "technical": sum(1 for one in people if one.kind == model.TECHNICAL),
        "financial": sum(1 for one in people if one.kind == model.FINANCIAL),
        "listed": len(frozen.experts), "available": sum(1 for one in frozen.experts if one.available),
        "recusals": len(frozen.forbidden),
        "fields": sorted([code, count] for code, count in fields.items()),
        "places": sorted([code, count] for code, count in Counter(places.get(key, "") for key in drawn).items()),
    }  # fmt: skip


def _call(held: Draw, made: Iterable[Seat], at: dt.datetime) -> None:
    """One message to each expert, whatever the number of their seats."""
    day = clock.day_of(at)
    due = calendar.calendar().after(day, int(parameters.get(ANSWER_DAYS, day)))
    counted: dict[int, int] = defaultdict(int)
    first: dict[int, Seat] = {}
    sizes = Counter(held.review.files.values_list("group", flat=True))
    for seat in made:
        counted[seat.expert_id] += sizes[seat.group_id] if seat.group_id is not None else 1
        first.setdefault(seat.expert_id, seat)
    people = Expert.objects.filter(pk__in=first, user__isnull=False).select_related("user")
    for expert in people:
        assert expert.user is not None
        outbox.notify(
            to=[expert.user], template=texts_drawing.CALLED, at=at,
            link=reverse("review:answer_seat", args=[first[expert.pk].pk]),
            context={"review": drawing.named(held.review), "count": counted[expert.pk], "due": formats.day(due)},
        )  # fmt: skip
