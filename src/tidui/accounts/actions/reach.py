"""Who reaches what, from a day on."""

from __future__ import annotations

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tidui.accounts.actions.addressing import readdress
from tidui.accounts.enums import RECOMMENDING, OrganisationKind, ReachKind
from tidui.accounts.models import Organisation, Reach, User
from tidui.audit import events
from tidui.codes import divisions
from tidui.kit import access


@transaction.atomic
def give_reach(
    *, unit: Organisation, kind: str, division: str = "", target: Organisation | None = None, since: dt.date,
    until: dt.date | None = None, reason: str, by: User, at: dt.datetime,
) -> Reach:  # fmt: skip
    """Let a unit reach a division, a zone, what is affiliated to something, or one organisation, from a day on.

    ValidationError for a unit that recommends nothing, a target of the wrong kind, or a row that overlaps one like it.
    """
    access.require("accounts.manage_reach", by)
    # The unit is locked, so that two officers cannot add the same row at once.
    unit = Organisation.objects.select_for_update().get(pk=unit.pk)
    if unit.kind not in RECOMMENDING or not unit.active:
        raise ValidationError({"unit": _("请选择在用的推荐单位。")})
    _check_target(kind, division, target)
    if until is not None and until <= since:
        raise ValidationError({"until": _("结束日期必须晚于开始日期。")})
    alike = Reach.objects.filter(
        Q(until__isnull=True) | Q(until__gt=since), unit=unit, kind=kind, division=division, target=target
    )
    if until is not None:
        alike = alike.filter(since__lt=until)
    if alike.exists():
        raise ValidationError(_("该单位在这段时间已经有同样的推荐范围。"))
    row = Reach.objects.create(
        unit=unit, kind=kind, division=division, target=target, since=since, until=until, given_by=by, reason=reason
    )
    events.record(
        "accounts.give_reach", actor=by, subject=row, at=at, organisation_id=unit.pk,
        details={"kind": kind, "division": division, "target": target and target.pk, "since": str(since),
                 "until": until and str(until), "reason": reason},
    )  # fmt: skip
    readdress(at=at)
    return row


def _check_target(kind: str, division: str, target: Organisation | None) -> None:
    match kind:
        case ReachKind.DIVISION:
            if target is not None or divisions.find(division) is None:
                raise ValidationError({"division": _("请选择省内的市州或县区。")})
        case ReachKind.ZONE:
            if division or target is None or target.kind != OrganisationKind.ZONE:
                raise ValidationError({"target": _("请选择开发区或新区。")})
        case ReachKind.AFFILIATION:
            if division or target is None or target.kind not in RECOMMENDING:
                raise ValidationError({"target": _("请选择隶属的高校、部门或单位。")})
        case ReachKind.ORGANISATION:
            if division or target is None:
                raise ValidationError({"target": _("请选择单位。")})
        case _:
            raise ValidationError({"kind": _("请选择推荐范围的类别。")})


@transaction.atomic
def end_reach(*, reach: Reach, until: dt.date, reason: str, by: User, at: dt.datetime) -> Reach:
    """End it on a day, the first on which it no longer holds. ValidationError unless that is after it began."""
    access.require("accounts.manage_reach", by)
    row = Reach.objects.select_for_update(of=("self",)).get(pk=reach.pk)
    if until <= row.since:
        raise ValidationError({"until": _("结束日期必须晚于开始日期。")})
    if row.until is not None and row.until <= until:
        raise ValidationError({"until": _("该推荐范围在此之前已经结束。")})
    row.until = until
    row.save(update_fields=["until"])
    details = {"until": str(until), "reason": reason}
    events.record("accounts.end_reach", actor=by, subject=row, at=at, organisation_id=row.unit_id, details=details)
    readdress(at=at)
    return row
