"""A sampling check: the list is frozen, the seed comes later, the draw follows; units check and say what they found."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any, Final

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.fields.json import KT
from django.utils.translation import gettext_lazy as _

from tidui.accounts.models import Organisation, User
from tidui.accounts.queries import officers_of, recommending_unit
from tidui.audit import events
from tidui.casework import parameters as settings
from tidui.casework.actions.moving import NO_REASON, department
from tidui.casework.models import Batch, Submission
from tidui.casework.programme import programme
from tidui.kit import access, calendar, classified, clock, files, outbox, parameters, texts
from tidui.kit.access import NotAllowed, Refused
from tidui.recognition import sampling
from tidui.recognition.actions import revocation as revoking
from tidui.recognition.enums import SampleState
from tidui.recognition.models import Recognition, Revocation, Sample, Sampling

EMPTY: Final = Refused("empty", _("没有可以抽取的编号。"))
OPEN_ALREADY: Final = Refused("open-already", _("同一范围已有封存、尚未抽取的抽查，请先抽取。"))
SEED_TOO_EARLY: Final = Refused("seed-too-early", _("种子的公布日期须晚于封存当日：封存范围时任何人都不得知道种子。"))
NOT_YET: Final = Refused("not-yet", _("还没有到种子的公布日期。"))
NO_SEED: Final = Refused("no-seed", _("请填写已公布的种子。"))
DRAWN: Final = Refused("drawn", _("已经抽取，不能再抽。"))
CHANGED: Final = Refused("changed", _("抽取范围与封存时的摘要不符，不能抽取。"))
TOO_FEW: Final = Refused("too-few", _("抽查比例不得低于申报通知确定的比例。"))
NO_GROUND: Final = Refused("no-ground", _("核查不符的，请选择撤销情形。"))
ENDED: Final = Refused("ended", _("该项核查已经提出撤销，结果不能再改。"))

CHECK_DAYS: Final = parameters.define(
    "recognition.sample_days", _("抽查核查工作日数"), "int", 20, low=1, high=120
).name

texts.define(
    "recognition.sampled", _("抽查任务"),
    zh=("抽查任务：{count}家", "{programme}{year}年度抽查已抽取，其中{count}家由{unit}核查，请于{due}前填报结果。"),
    en=(
        "Sampling check: {count} to check",
        "The sampling check of {programme} {year} is drawn; {count} are for {unit} to check by {due}.",
    ),
    placeholders={
        "count": _("家数"), "programme": _("业务"), "year": _("年度"), "unit": _("核查单位"), "due": _("核查期限"),
    },
)  # fmt: skip


def population(programme_name: str, year: int, batch: Batch | None = None) -> QuerySet[Recognition]:
    """The numbers of a year (or batch) that hold, each with the direct route by which it was confirmed, if any."""
    newest = Submission.objects.filter(application=OuterRef("application")).order_by("-number")
    rows = Recognition.objects.filter(programme=programme_name, year=year, revoked_on__isnull=True)
    if batch is not None:
        rows = rows.filter(application__batch=batch)
    route = newest.annotate(route=KT("result__outcomes__direct_route")).values("route")[:1]
    return rows.annotate(route=Subquery(route)).order_by("pk")


def least_share(programme_name: str, on: dt.date, batch: Batch | None = None) -> int:
    """The share in percent that has to be checked: what the call fixed, else the dated setting."""
    fixed = batch.call.settings.get("sample_share") if batch is not None else None
    if fixed is not None:
        return int(fixed)
    return int(parameters.get(settings.name_of(programme_name, "sample_share"), on))


@transaction.atomic
def freeze(
    *, programme_name: str, year: int, seed_source: str, seed_on: dt.date, by: User, at: dt.datetime,
    batch: Batch | None = None, share: int | None = None,
) -> Sampling:  # fmt: skip
    """Freeze the list from which is drawn, with its digest, and say from where and on which day the seed will come.

    Numbers that a high-tech certificate confirmed are left out. The seed's day must be later than today.
    """
    access.require("recognition.sample", by)
    today, least = clock.day_of(at), least_share(programme_name, clock.day_of(at), batch)
    if seed_on <= today:
        raise NotAllowed(SEED_TOO_EARLY)
    classified.require_open(seed_source)
    if not seed_source.strip():
        raise NotAllowed(NO_SEED)
    if share is not None and share < least:
        raise NotAllowed(TOO_FEW)
    # Held first: of two who freeze at once the second finds what the first has frozen.
    rows = population(programme_name, year, batch).select_for_update(of=("self",))
    found = list(rows.select_related("organisation"))
    waiting = Sampling.objects.filter(programme=programme_name, year=year, batch=batch, drawn_at__isnull=True)
    if waiting.exists():
        raise NotAllowed(OPEN_ALREADY)
    # Who has no credit code is drawn by the number itself: each line of the list names one.
    listed = sorted((one.organisation.uscc or one.number, one.pk) for one in found if one.route != "hte")  # type: ignore[attr-defined]
    if not listed:
        raise NotAllowed(EMPTY)
    made = Sampling.objects.create(
        programme=programme_name, year=year, batch=batch, share=share or least, population=listed,
        population_digest=sampling.digest(code for code, _key in listed),
        size=sampling.size(len(listed), share or least), excluded=len(found) - len(listed),
        seed_source=seed_source.strip(), seed_on=seed_on, frozen_at=at, frozen_by=by,
    )  # fmt: skip
    events.record(
        "recognition.freeze_sampling", actor=by, subject=made, at=at,
        details={
            "digest": made.population_digest, "listed": len(listed), "excluded": made.excluded, "size": made.size,
            "seed_source": made.seed_source, "seed_on": seed_on,
        },
    )  # fmt: skip
    return made


@transaction.atomic
def draw(*, drawn_from: Sampling, seed: str, by: User, at: dt.datetime) -> Sampling:
    """Draw by the seed that was published; each sample goes to the unit that recommends the enterprise today."""
    access.require("recognition.sample", by)
    held = Sampling.objects.select_for_update().get(pk=drawn_from.pk)
    today, said = clock.day_of(at), seed.strip()
    if held.drawn_at is not None:
        raise NotAllowed(DRAWN)
    if today < held.seed_on:
        raise NotAllowed(NOT_YET)
    if not said:
        raise NotAllowed(NO_SEED)
    classified.require_open(said)
    keys: dict[str, int] = dict(held.population)
    if sampling.digest(keys) != held.population_digest:
        raise NotAllowed(CHANGED)
    drawn = sampling.draw(said, keys, held.size)
    held.seed, held.drawn_at, held.drawn_by = said, at, by
    held.save()
    made = _samples(held, [keys[code] for code in drawn], today)
    events.record(
        "recognition.draw_sampling", actor=by, subject=held, at=at, details={"seed": said, "drawn": drawn}
    )
    _tell_units(held, made, at)
    return held


def _samples(held: Sampling, keys: Sequence[int], today: dt.date) -> list[Sample]:
    rows = Recognition.objects.select_related("organisation__zone", "organisation__affiliation").in_bulk(keys)
    due = calendar.calendar().after(today, int(parameters.get(CHECK_DAYS, today)))
    return Sample.objects.bulk_create(
        Sample(
            sampling=held, recognition=rows[key], unit=recommending_unit(rows[key].organisation, today), due_on=due
        )
        for key in keys
    )


def _tell_units(held: Sampling, made: Iterable[Sample], at: dt.datetime) -> None:
    units: dict[int, list[Sample]] = {}
    for one in made:
        units.setdefault(one.unit_id or 0, []).append(one)
    for _key, rows in sorted(units.items(), key=lambda one: one[0]):
        unit: Organisation = rows[0].unit or department()
        context = {
            "count": len(rows), "programme": programme(held.programme).title, "year": held.year, "unit": unit.name,
            "due": rows[0].due_on,
        }  # fmt: skip
        outbox.notify(
            to=officers_of(unit), template="recognition.sampled", context=context, at=at, link="/samplings/samples/"
        )


@transaction.atomic
def check(
    *, sample: Sample, conforms: bool, note: str, by: User, at: dt.datetime, ground: str = "",
    file: files.Received | None = None,
) -> tuple[Sample, Revocation | None]:  # fmt: skip
    """Say what was found. What differs opens a proposal to revoke on a ground, unless one is open already.

    A result may be corrected until a revocation follows from it; the event keeps both.
    """
    rows = Sample.objects.select_for_update(of=("self",)).select_related("recognition__organisation", "unit")
    held = rows.get(pk=sample.pk)
    access.require("recognition.check_sample", by, held)
    if held.revocations.exists():
        raise NotAllowed(ENDED)
    if not note.strip():
        raise NotAllowed(NO_REASON)
    classified.require_open(note)
    if not conforms and not ground:
        raise NotAllowed(NO_GROUND)
    before = held.state
    held.state = SampleState.CONFORMS if conforms else SampleState.DIFFERS
    held.note, held.checked_by, held.checked_at = note.strip(), by, at
    if file is not None:
        held.file = files.keep(file, by=by, at=at, about=held)
    held.save()
    events.record(
        "recognition.check_sample", actor=by, subject=held, at=at, organisation_id=held.recognition.organisation_id,
        details={"state": held.state, "before": before, "note": held.note},
    )  # fmt: skip
    return held, None if conforms else _propose(held, ground, by, at)


def _propose(held: Sample, ground: str, by: User, at: dt.datetime) -> Revocation | None:
    try:
        return revoking.write(
            held.recognition, ground=ground, evidence=held.note, by=by, unit=held.unit or department(), at=at,
            sample=held,
        )  # fmt: skip
    except NotAllowed as refused:
        if refused.refused.code in ("open-already", "revoked"):
            return None
        raise


def published(held: Sampling) -> dict[str, Any]:
    """The file from which anybody can draw again, as `tidui sample replay` reads it."""
    return {
        "layout": sampling.LAYOUT, "programme": held.programme, "year": held.year,
        "batch": held.batch.number if held.batch is not None else None, "share": held.share, "size": held.size,
        "excluded": held.excluded, "digest": held.population_digest,
        "population": [code for code, _key in held.population],
        "frozen_at": held.frozen_at.isoformat(), "frozen_on": clock.day_of(held.frozen_at).isoformat(),
        "seed_source": held.seed_source, "seed_on": held.seed_on.isoformat(), "seed": held.seed,
        "drawn_at": held.drawn_at.isoformat() if held.drawn_at else None,
        "drawn": drawn_codes(held),
    }  # fmt: skip


def drawn_codes(held: Sampling) -> list[str]:
    """The drawn credit codes as they were frozen, smallest ticket first."""
    if not held.seed:
        return []
    return sampling.draw(held.seed, [code for code, _key in held.population], held.size)
