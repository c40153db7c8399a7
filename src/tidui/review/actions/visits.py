"""What an institution does: it makes a date, records what it saw, settles what two visitors said, takes photographs.

A record carries a key that its device made. Sent again it is the same record, so that a device may send as often as it
likes; a record that was made before somebody else's is kept beside it until a person chooses.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tidui.accounts.models import User
from tidui.accounts.standing import standing
from tidui.audit import events
from tidui.casework import judging, units
from tidui.casework.actions.moving import department
from tidui.casework.messages import send
from tidui.codes.faults import BadValue
from tidui.facts import catalogue
from tidui.kit import access, files
from tidui.kit.access import NotAllowed, Refused
from tidui.registry.values import of_plain
from tidui.review import visiting
from tidui.review.enums import ClaimOutcome, RecordState, VisitState
from tidui.review.models import Claim, Photo, Record, Visit

NOT_OPEN: Final = Refused("visit-closed", gettext_lazy("这次考察已提交报告或者已收回，不再接收记录。"))
KEY_TAKEN: Final = Refused("key-taken", gettext_lazy("记录标识已被另一条记录使用。"))
NO_CLAIM: Final = Refused("no-such-claim", gettext_lazy("考察清单里没有这一项。"))
NO_OUTCOME: Final = Refused("no-outcome", gettext_lazy("请选择核查结果。"))
NOT_A_CONFLICT: Final = Refused("not-a-conflict", gettext_lazy("这条记录没有待处理的冲突。"))
CONFLICTS: Final = Refused("conflicts", gettext_lazy("还有冲突没有处理，请先选择采用哪一条记录。"))
NOT_ALL_SEEN: Final = Refused("not-all-seen", gettext_lazy("还有没有核查的事项：须逐项核查，未能核实的写明原因。"))
UNREADABLE: Final = Refused("found-unreadable", gettext_lazy("有不符的指标没有写明能够识别的现场数值。"))
NO_OPINION: Final = Refused("no-opinion", gettext_lazy("请填写考察意见。"))
TOO_MANY_PHOTOS: Final = Refused("too-many-photos", gettext_lazy("这次考察的照片已经太多，请删减后再传。"))
#: Photographs of one visit.
MOST_PHOTOS: Final = 300
MOST_FOUND: Final = 500
MOST_NOTE: Final = 2_000


@dataclass(frozen=True, slots=True)
class Note:
    """What a device noted of a claim: `base` is the version of the claim that it had seen."""

    key: UUID
    claim: int
    base: int
    outcome: str
    found: str = ""
    note: str = ""
    device: str = ""
    noted_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of a note: `state` of its record; `warning` says what the report will still ask for."""

    record: Record
    claim: Claim
    warning: str = ""


def locked(visit: Visit | int) -> Visit:
    """The visit as it is now, held until the transaction ends."""
    key = visit.pk if isinstance(visit, Visit) else visit
    rows = Visit.objects.select_for_update(of=("self",))
    return rows.select_related("commission__institution", "application__organisation", "submission").get(pk=key)


def _open(visit: Visit, by: User) -> Visit:
    held = locked(visit)
    access.require("review.visit", by, held)
    if held.state not in visiting.OPEN:
        raise NotAllowed(NOT_OPEN)
    return held


@transaction.atomic
def plan(*, visit: Visit, planned_on: dt.date, visitors: str, by: User, at: dt.datetime) -> Visit:
    """The institution says when it goes, and who."""
    held = _open(visit, by)
    held.planned_on, held.visitors = planned_on, visitors.strip()
    if held.state == VisitState.ASSIGNED:
        held.state = VisitState.PLANNED
    held.version += 1
    held.save(update_fields=["planned_on", "visitors", "state", "version"])
    events.record(
        "review.plan_visit", actor=by, subject=held, at=at, organisation_id=held.application.organisation_id,
        details={"planned_on": planned_on.isoformat(), "visitors": held.visitors},
    )  # fmt: skip
    return held


def keep_note(*, visit: Visit, note: Note, by: User, at: dt.datetime) -> Kept:
    """Keep what a device noted, once for its key. A claim that has moved on since makes it a conflict.

    NotAllowed, ValidationError where it cannot be kept at all; the device keeps it then.
    """
    try:
        with transaction.atomic():
            return _keep_note(visit, note, by, at)
    except IntegrityError:
        # The same key arrived for another visit at the same moment: whoever came first has it.
        raise NotAllowed(KEY_TAKEN) from None


def _keep_note(visit: Visit, note: Note, by: User, at: dt.datetime) -> Kept:
    held = locked(visit)
    access.require("review.visit", by, held)
    before = Record.objects.select_related("claim").filter(key=note.key).first()
    if before is not None:
        if before.visit_id != held.pk or before.claim is None or before.claim_id != note.claim:
            raise NotAllowed(KEY_TAKEN)
        return Kept(before, before.claim, warning_of(before.claim))
    if held.state not in visiting.OPEN:
        raise NotAllowed(NOT_OPEN)
    if note.outcome not in set(ClaimOutcome) - {ClaimOutcome.OPEN}:
        raise NotAllowed(NO_OUTCOME)
    claim = Claim.objects.filter(visit=held, pk=note.claim).first()
    if claim is None:
        raise NotAllowed(NO_CLAIM)
    files.refuse_classified(f"{note.found}\n{note.note}")
    made = Record(
        visit=held, claim=claim, key=note.key, base=note.base, outcome=note.outcome, found=note.found[:MOST_FOUND],
        note=note.note[:MOST_NOTE], device=note.device[:60], noted_at=_moment(note.noted_at, at), by=by,
        received_at=at,
    )  # fmt: skip
    if _follows(claim, made):
        _apply(claim, made)
    elif _same(claim, made):
        made.state = RecordState.APPLIED
    else:
        made.state = RecordState.CONFLICT
    made.save()
    if held.state in (VisitState.ASSIGNED, VisitState.PLANNED):
        held.state = VisitState.UNDERWAY
        held.save(update_fields=["state"])
    events.record(
        "review.note", actor=by, subject=made, at=at, organisation_id=held.application.organisation_id,
        details={"visit": held.pk, "claim": claim.pk, "outcome": made.outcome, "state": made.state},
    )  # fmt: skip
    return Kept(made, claim, warning_of(claim))


def _moment(noted: dt.datetime | None, at: dt.datetime) -> dt.datetime:
    """A device's clock is believed unless it runs ahead."""
    return at if noted is None or noted > at else noted


def _follows(claim: Claim, made: Record) -> bool:
    """Has the device seen the newest version? What it noted itself since, in the same hands, it has seen."""
    if made.base >= claim.version:
        return True
    since = Record.objects.filter(claim=claim, base__gte=made.base).exclude(state=RecordState.CONFLICT)
    others = since.exclude(by=made.by_id, device=made.device)
    first = since.order_by("pk").first()
    if not made.device or first is None or others.exists():
        return False
    # What a person chose since between two records is a version of its own, and no device made it.
    return not Record.objects.filter(claim=claim, settled_at__gte=first.received_at).exists()


def _same(claim: Claim, made: Record) -> bool:
    return (claim.outcome, claim.found, claim.note) == (made.outcome, made.found, made.note)


def _apply(claim: Claim, made: Record) -> None:
    claim.outcome, claim.found, claim.note = made.outcome, made.found, made.note
    claim.version += 1
    claim.save(update_fields=["outcome", "found", "note", "version"])


def warning_of(claim: Claim) -> str:
    """What is still missing of a claim before the report can be made; empty where nothing is."""
    if claim.outcome == ClaimOutcome.OPEN:
        return _("未核")
    if claim.outcome == ClaimOutcome.NOT_SEEN and not claim.note.strip():
        return _("请写明未能核实的原因。")
    if claim.outcome != ClaimOutcome.DIFFERS:
        return ""
    if not claim.found.strip():
        return _("请写明现场所见。")
    try:
        told = visiting.read_found(claim)
    except BadValue:
        return _("现场所见不是这项指标的数值，请改写（金额以万元计）。")
    if told is not None and told[1] == of_plain(catalogue.load()[told[0][0]], claim.value):
        return _("现场数值与申报相同，请核对结果。")
    return ""


@transaction.atomic
def settle(*, record: Record, take: bool, by: User, at: dt.datetime) -> Claim:
    """Choose between what stands and a record that came later: taken or left, both stay on record."""
    held = _open(record.visit, by)
    mine = Record.objects.select_related("claim").get(pk=record.pk)
    if mine.state != RecordState.CONFLICT or mine.claim is None:
        raise NotAllowed(NOT_A_CONFLICT)
    if take:
        _apply(mine.claim, mine)
    mine.state, mine.settled_by, mine.settled_at = RecordState.SETTLED, by, at
    mine.save(update_fields=["state", "settled_by", "settled_at"])
    events.record(
        "review.settle_note", actor=by, subject=mine, at=at, organisation_id=held.application.organisation_id,
        details={"visit": held.pk, "claim": mine.claim_id, "taken": take},
    )  # fmt: skip
    return mine.claim


def add_photo(
    *, visit: Visit, key: UUID, received: files.Received, claim: int | None, taken_at: dt.datetime | None,
    place: tuple[Decimal, Decimal, int | None] | None, by: User, at: dt.datetime,
) -> Photo:  # fmt: skip
    """Keep a photograph, once for its key; `place` is latitude, longitude and the error in metres."""
    try:
        with transaction.atomic():
            return _add_photo(visit, key, received, claim, taken_at, place, by, at)
    except IntegrityError:
        raise NotAllowed(KEY_TAKEN) from None


def _add_photo(
    visit: Visit, key: UUID, received: files.Received, claim: int | None, taken_at: dt.datetime | None,
    place: tuple[Decimal, Decimal, int | None] | None, by: User, at: dt.datetime,
) -> Photo:  # fmt: skip
    held = locked(visit)
    access.require("review.visit", by, held)
    before = Photo.objects.filter(key=key).first()
    if before is not None:
        if before.visit_id != held.pk:
            raise NotAllowed(KEY_TAKEN)
        return before
    if held.state not in visiting.OPEN:
        raise NotAllowed(NOT_OPEN)
    if held.photos.count() >= MOST_PHOTOS:
        raise NotAllowed(TOO_MANY_PHOTOS)
    if claim is not None and not Claim.objects.filter(visit=held, pk=claim).exists():
        raise NotAllowed(NO_CLAIM)
    latitude, longitude, accuracy = place or (None, None, None)
    made = Photo.objects.create(
        visit=held, claim_id=claim, key=key, file=files.keep(received, by=by, at=at), taken_at=_moment(taken_at, at),
        latitude=latitude, longitude=longitude, accuracy=accuracy, by=by, received_at=at,
    )  # fmt: skip
    events.record(
        "review.add_photo", actor=by, subject=made, at=at, organisation_id=held.application.organisation_id,
        details={"visit": held.pk, "claim": claim, "sha256": received.sha256, "placed": place is not None},
    )  # fmt: skip
    return made


@transaction.atomic
def report(*, visit: Visit, opinion: str, by: User, at: dt.datetime) -> Visit:
    """Hand the report in: every claim was looked at, or it is said why not. From then on nothing of it changes."""
    held = _open(visit, by)
    if not opinion.strip():
        raise NotAllowed(NO_OPINION)
    files.refuse_classified(opinion)
    if held.records.filter(state=RecordState.CONFLICT).exists():
        raise NotAllowed(CONFLICTS)
    claims = list(held.claims.order_by("number"))
    refused = missing(claims)
    if refused is not None:
        raise NotAllowed(refused)
    held.opinion, held.state, held.reported_by, held.reported_at = opinion.strip(), VisitState.REPORTED, by, at
    held.digest = judging.digest(content_of(held, claims))
    held.version += 1
    held.save()
    events.record(
        "review.report_visit", actor=by, subject=held, at=at, organisation_id=held.application.organisation_id,
        details={"digest": held.digest, "claims": len(claims), "photos": held.photos.count()},
    )  # fmt: skip
    _tell_department(held, at)
    return held


def missing(claims: list[Claim]) -> Refused | None:
    """What stands against a report of these claims."""
    for claim in claims:
        if claim.outcome == ClaimOutcome.OPEN or (
            claim.outcome == ClaimOutcome.NOT_SEEN and not claim.note.strip()
        ):
            return NOT_ALL_SEEN
    return UNREADABLE if any(warning_of(claim) for claim in claims) else None


def content_of(visit: Visit, claims: list[Claim]) -> Mapping[str, Any]:
    """What a report says, for its digest: the claims with what was found, the photographs by their content."""
    photos = visit.photos.select_related("file").order_by("key")
    return {
        "layout": "tidui-visit-1", "application": visit.application_id, "submission": visit.submission.digest,
        "planned_on": visit.planned_on, "visitors": visit.visitors, "opinion": visit.opinion,
        "claims": [
            {"key": one.key, "value": one.value, "outcome": one.outcome, "found": one.found, "note": one.note}
            for one in claims
        ],
        "photos": [{"key": str(one.key), "sha256": one.file.sha256, "taken_at": one.taken_at} for one in photos],
    }  # fmt: skip


def _tell_department(visit: Visit, at: dt.datetime) -> None:
    maker = visit.commission.made_by
    to = [maker] if standing(maker).decides_for_department else list(units.workers_of(department()))
    enterprise, institution = visit.application.organisation.name, visit.commission.institution.name
    send(
        to, "review.visit_reported", lambda: {"enterprise": enterprise, "institution": institution}, at=at,
        link=reverse("review:visit", args=[visit.pk]),
    )  # fmt: skip


def photo_refusal(error: ValidationError) -> str:
    """Why a photograph was not taken, in one sentence."""
    return " ".join(error.messages)
