"""The review of a batch is prepared: its settings, its files under blind codes, its groups by field."""

from __future__ import annotations

import datetime as dt
import secrets as randomness
from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tidui.accounts.models import User
from tidui.audit import events
from tidui.casework.batching import at_stage
from tidui.casework.models import Application, Batch, Submission
from tidui.casework.programme import programme
from tidui.kit import access, clock, parameters
from tidui.kit.access import NotAllowed, Refused
from tidui.review.drawing import grouping
from tidui.review.enums import DrawState
from tidui.review.kinds import PANEL_REVIEW
from tidui.review.models import File, Group, Review
from tidui.review.naming_groups import title_of
from tidui.review.parameters import FINANCIAL_LEAST, PANEL_SIZE, TECHNICAL_SHARE

NOT_CLOSED: Final = Refused("not-closed", _("请先封闭批次：封闭后不再收件，才能组织评审。"))
NOT_AT_REVIEW: Final = Refused("not-at-review", _("该批次没有处于专家评审环节的申报。"))
PREPARED: Final = Refused("prepared", _("该批次的评审已经建立。"))
FIXED: Final = Refused("fixed", _("抽取已封存，评审设置和分组不能再改。"))
TOO_SMALL: Final = Refused("too-small", _("评审组人数少于规定的最少人数。"))
TOO_FEW_TECHNICAL: Final = Refused("too-few-technical", _("技术专家比例低于规定的最低比例。"))
TOO_FEW_FINANCIAL: Final = Refused("too-few-financial", _("财务专家少于规定的最少人数。"))
TOO_LATE: Final = Refused("dates", _("评审截止日期不得早于开始日期。"))
OTHER_REVIEW: Final = Refused("other-review", _("申报和分组不属于同一次评审。"))
#: Letters and digits of blind codes, without those that are taken for one another.
_LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
SETTINGS: Final = (
    "per", "size", "technical", "fit", "reach", "group_size", "load", "blind", "alarm", "opens_on", "due_on",
)  # fmt: skip


@transaction.atomic
def prepare(*, batch: Batch, settings: Mapping[str, Any], by: User, at: dt.datetime) -> Review:
    """Open the review of a closed batch: files under codes that say nothing of the applicant, packed into groups."""
    access.require("review.prepare", by)
    held = Batch.objects.select_for_update(of=("self",)).select_related("call").get(pk=batch.pk)
    if held.closed_at is None:
        raise NotAllowed(NOT_CLOSED)
    if Review.objects.filter(batch=held).exists():
        raise NotAllowed(PREPARED)
    applications = list(at_stage(held, PANEL_REVIEW.name).order_by("number", "pk"))
    if not applications:
        raise NotAllowed(NOT_AT_REVIEW)
    review = Review(batch=held, scheme=programme(held.call.programme).extra["scheme"], made_by=by, made_at=at)
    _set(review, settings, at)
    review.save()
    _make_files(review, applications)
    _pack(review)
    events.record(
        "review.prepare", actor=by, subject=review, at=at,
        details={"files": len(applications), "groups": review.groups.count(), **_settings(review)},
    )  # fmt: skip
    return review


def _settings(review: Review) -> dict[str, Any]:
    return {name: getattr(review, name) for name in SETTINGS}


def _set(review: Review, settings: Mapping[str, Any], at: dt.datetime) -> None:
    """Take over settings that keep what is prescribed on the day."""
    for name in SETTINGS:
        if name in settings:
            setattr(review, name, settings[name])
    day = clock.day_of(at)
    if review.size < int(parameters.get(PANEL_SIZE, day)):
        raise NotAllowed(TOO_SMALL)
    if review.technical * 100 < int(parameters.get(TECHNICAL_SHARE, day)) * review.size:
        raise NotAllowed(TOO_FEW_TECHNICAL)
    if review.size - review.technical < int(parameters.get(FINANCIAL_LEAST, day)):
        raise NotAllowed(TOO_FEW_FINANCIAL)
    if review.opens_on and review.due_on and review.due_on < review.opens_on:
        raise NotAllowed(TOO_LATE)


def _make_files(review: Review, applications: Iterable[Application]) -> None:
    rows = list(applications)
    fields: dict[int, str] = {}
    newest = Submission.objects.filter(application__in=[one.pk for one in rows]).order_by("application", "number")
    for key, facts in newest.values_list("application", "facts"):
        fields[key] = field_of(facts)
    codes: set[str] = set()
    while len(codes) < len(rows):
        codes.add(new_code())
    mixed = list(codes)
    randomness.SystemRandom().shuffle(mixed)
    File.objects.bulk_create(
        File(review=review, application=one, code=code, field=fields.get(one.pk, ""))
        for one, code in zip(rows, mixed, strict=True)
    )


def new_code() -> str:
    """A code such as K7Q-2MX that says nothing."""
    return "-".join("".join(randomness.choice(_LETTERS) for _place in range(3)) for _half in range(2))


def field_of(facts: Mapping[str, Any]) -> str:
    """The second-level technical field that the facts of a submission state, or an empty text."""
    sections = (one for one in facts.values() if isinstance(one, Mapping))
    return next((str(one["field"])[:3] for one in sections if one.get("field")), "")


def is_fixed(review: Review) -> bool:
    """Is a draw frozen or made, so that settings and groups stay as they are?"""
    return review.draws.filter(state__in=[DrawState.FROZEN, DrawState.DRAWN]).exists()


def _open(review: Review) -> Review:
    held = Review.objects.select_for_update(of=("self",)).select_related("batch__call").get(pk=review.pk)
    if is_fixed(held):
        raise NotAllowed(FIXED)
    return held


@transaction.atomic
def change(*, review: Review, settings: Mapping[str, Any], by: User, at: dt.datetime) -> Review:
    """Change the settings, as long as nothing is frozen; groups are packed again where their size changes."""
    access.require("review.prepare", by)
    held = _open(review)
    before, size = _settings(held), held.group_size
    _set(held, settings, at)
    held.save()
    if held.group_size != size:
        _pack(held)
    after = _settings(held)
    changed = {name: [before[name], after[name]] for name in SETTINGS if before[name] != after[name]}
    events.record("review.change_settings", actor=by, subject=held, at=at, details=changed)
    return held


@transaction.atomic
def pack(*, review: Review, by: User, at: dt.datetime) -> list[Group]:
    """Pack the files into groups anew; what was moved by hand is packed as well."""
    access.require("review.prepare", by)
    held = _open(review)
    made = _pack(held)
    events.record("review.pack", actor=by, subject=held, at=at, details={"groups": len(made)})
    return made


def _pack(review: Review) -> list[Group]:
    files = {one.code: one for one in review.files.order_by("code")}
    review.files.update(group=None)
    review.groups.all().delete()
    made = []
    for number, one in enumerate(grouping.pack(((file.code, file.field) for file in files.values()),
                                               review.group_size), start=1):  # fmt: skip
        group = Group.objects.create(review=review, number=number, title=title_of(one.fields), fields=list(one.fields))
        File.objects.filter(pk__in=[files[code].pk for code in one.files]).update(group=group)
        made.append(group)
    return made


@transaction.atomic
def move_file(*, file: File, group: Group | None, by: User, at: dt.datetime) -> File:
    """Put a file into another group, or into a new one; a group that is empty then is gone."""
    access.require("review.prepare", by)
    held = _open(file.review)
    row = File.objects.select_for_update(of=("self",)).select_related("group").get(pk=file.pk)
    if group is not None and group.review_id != held.pk:
        raise NotAllowed(OTHER_REVIEW)
    before = row.group
    if group is None:
        last = held.groups.order_by("-number").first()
        fields = [row.field] if row.field else []
        group = Group.objects.create(
            review=held, number=(last.number if last else 0) + 1, title=title_of(fields), fields=fields
        )
    row.group = group
    row.save(update_fields=["group"])
    for one in {one.pk: one for one in (before, group) if one is not None}.values():
        _retell(one)
    events.record(
        "review.move_file", actor=by, subject=held, at=at,
        details={"file": row.code, "from": before.number if before else None, "to": group.number},
    )  # fmt: skip
    return row


def _retell(group: Group) -> None:
    """Say anew what a group is about, or take it away if it is empty."""
    fields = sorted({one for (one,) in group.files.values_list("field") if one})
    if not group.files.exists():
        group.delete()
        return
    group.title, group.fields = title_of(fields), fields
    group.save(update_fields=["title", "fields"])
