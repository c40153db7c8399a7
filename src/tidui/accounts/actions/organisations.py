"""What happens to organisations: they are registered, renamed, moved, merged and closed, from a day on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tidui.accounts import days, finding, founding
from tidui.accounts.actions.addressing import readdress
from tidui.accounts.enums import RECOMMENDING, OrganisationKind
from tidui.accounts.models import Membership, Organisation, OrganisationState, Reach, User
from tidui.accounts.standing import in_force
from tidui.audit import events
from tidui.codes import divisions, uscc
from tidui.kit import access, clock

#: What a change may set, and what each is called in an event.
CHANGEABLE: Final = ("name", "uscc", "division", "zone", "affiliation", "recommends_alone")
PLACE: Final = frozenset({"division", "zone", "affiliation", "recommends_alone"})
ROUND: Final = 2_000


@dataclass(frozen=True, slots=True)
class NewOrganisation:
    """An organisation to be registered; `uscc` and `division` are normalised, `zone_id` is the key of a zone."""

    kind: str
    name: str
    uscc: str | None = None
    division: str = ""
    zone_id: int | None = None
    affiliation_id: int | None = None
    recommends_alone: bool = False


@transaction.atomic
def found_organisation(
    *, organisation: NewOrganisation, since: dt.date, reason: str = "", by: User, at: dt.datetime
) -> Organisation:
    """Register one organisation as of a day. ValidationError for a bad or a taken credit code, or a bad division."""
    access.require("accounts.found_organisation", by)
    return found(organisation=organisation, since=since, reason=reason, by=by, at=at)


def found(
    *, organisation: NewOrganisation, since: dt.date, reason: str, by: User | None, at: dt.datetime
) -> Organisation:
    """The same for an action that has asked its own permission; must run in its transaction."""
    checked(organisation.name, organisation.uscc, organisation.division, kind=organisation.kind)
    if since > clock.day_of(at):
        raise ValidationError({"since": _("登记日期不能晚于今天。")})
    if organisation.uscc and Organisation.objects.filter(uscc=organisation.uscc).exists():
        raise ValidationError({"uscc": _("该统一社会信用代码已经登记。")})
    made = _made([organisation], since=since, reason=reason, by=by, at=at)[0]
    details = {"kind": made.kind, "name": made.name, "uscc": made.uscc, "division": made.division, "since": since}
    events.record(
        "accounts.found_organisation", actor=by, subject=made, at=at, organisation_id=made.pk, details=details
    )
    readdress(code=made.uscc, at=at)
    return made


@transaction.atomic
def found_many(
    *, organisations: Sequence[NewOrganisation], since: dt.date, reason: str = "", by: User, at: dt.datetime
) -> list[Organisation]:
    """Register many at once, in the order given; whoever calls has checked codes and divisions.

    One event for all. 100,000 rows take rounds of 2,000, so that memory does not grow.
    """
    access.require("accounts.found_organisation", by)
    return found_all(organisations=organisations, since=since, reason=reason, by=by, at=at)


def found_all(
    *, organisations: Sequence[NewOrganisation], since: dt.date, reason: str = "", by: User, at: dt.datetime
) -> list[Organisation]:
    """The same for an action that has asked its own permission; must run in its transaction."""
    made = _made(organisations, since=since, reason=reason, by=by, at=at)
    if made:
        codes = [one.uscc for one in made[:ROUND]]
        details = {"count": len(made), "first": codes[:10], "reason": reason, "since": str(since)}
        events.record("accounts.found_many", actor=by, subject=made[0], at=at, details=details)
        readdress(at=at)
    return made


def _made(
    organisations: Sequence[NewOrganisation], *, since: dt.date, reason: str, by: User | None, at: dt.datetime
) -> list[Organisation]:
    made: list[Organisation] = []
    for start in range(0, len(organisations), ROUND):
        rows = [
            Organisation(
                kind=one.kind, name=one.name, uscc=one.uscc or None, division=one.division, zone_id=one.zone_id,
                affiliation_id=one.affiliation_id, recommends_alone=one.recommends_alone, created_at=at,
            )
            for one in organisations[start : start + ROUND]
        ]  # fmt: skip
        Organisation.objects.bulk_create(rows)
        OrganisationState.objects.bulk_create(
            OrganisationState(
                organisation=row, since=since, reason=reason, recorded_by=by, recorded_at=at,
                **{column: getattr(row, column) for column in days.COLUMNS},
            )
            for row in rows
        )  # fmt: skip
        finding.index_new(rows)
        founding.founded(rows)
        made += rows
    return made


@transaction.atomic
def change_organisation(
    *, organisation: Organisation, changes: Mapping[str, Any], since: dt.date, reason: str, by: User, at: dt.datetime
) -> OrganisationState:
    """Record a new name, code, division, zone or affiliation from a day on; a day to come is honoured on that day.

    Who reaches the organisation follows from the day itself. ValidationError if nothing changes, if the day lies
    before the last change, or if a code or division is wrong.
    """
    unknown = set(changes) - set(CHANGEABLE)
    if unknown:
        raise ValueError(f"cannot be changed: {sorted(unknown)}")
    access.require(
        "accounts.move_organisation" if PLACE & set(changes) else "accounts.rename_organisation", by, organisation
    )
    locked = Organisation.objects.select_for_update().get(pk=organisation.pk)
    if not locked.active:
        raise ValidationError(_("该单位已经停用，不能再变更。"))
    state = next_state(locked, changes, since=since, reason=reason, by=by, at=at)
    readdress(at=at)
    _refresh(organisation)
    return state


def next_state(
    organisation: Organisation, changes: Mapping[str, Any], *, since: dt.date, reason: str, by: User | None,
    at: dt.datetime, verb: str = "accounts.change_organisation",
) -> OrganisationState:  # fmt: skip
    """Close the open state and open the next; the caller holds the organisation and has asked permission."""
    last = organisation.states.select_for_update().get(until__isnull=True)
    before = {name: _plain(getattr(last, name)) for name in changes}
    after = {name: _plain(value) for name, value in changes.items()}
    if before == after:
        raise ValidationError(_("没有任何变更。"))
    if since < last.since:
        text = _("日期不能早于上一次变更的日期 %(day)s。")
        raise ValidationError({"since": ValidationError(text, params={"day": last.since.isoformat()})})
    _check_change(organisation, last, changes)
    state = last
    if since > last.since:
        OrganisationState.objects.filter(pk=last.pk).update(until=since)
        state = OrganisationState(organisation=organisation, since=since)
        for column in days.COLUMNS:
            setattr(state, column, getattr(last, column))
    for name, value in changes.items():
        setattr(state, name, value or None if name == "uscc" else value)
    state.reason, state.recorded_by, state.recorded_at = reason, by, at
    state.applied = since <= clock.day_of(at)
    state.save()
    if state.applied:
        days.take_over(state)
    finding.index(organisation)
    details = {"before": before, "after": after, "since": str(since), "reason": reason}
    events.record(verb, actor=by, subject=organisation, at=at, organisation_id=organisation.pk, details=details)
    return state


def _check_change(organisation: Organisation, last: OrganisationState, changes: Mapping[str, Any]) -> None:
    wanted = {name: changes.get(name, getattr(last, name)) for name in ("name", "uscc", "division")}
    if wanted != {name: getattr(last, name) for name in wanted}:
        checked(wanted["name"], wanted["uscc"], wanted["division"], kind=organisation.kind)
    code = changes.get("uscc")
    if code:
        others = Q(uscc=code) | Q(states__uscc=code, states__until__isnull=True)
        if Organisation.objects.filter(others).exclude(pk=organisation.pk).exists():
            raise ValidationError({"uscc": _("该统一社会信用代码属于另一个单位。")})
    zone = changes.get("zone")
    if zone is not None and zone.kind != OrganisationKind.ZONE:
        raise ValidationError({"zone": _("请选择开发区或新区。")})
    if changes.get("affiliation") == organisation:
        raise ValidationError({"affiliation": _("单位不能隶属于自己。")})


def checked(name: str, code: str | None, division: str, *, kind: str) -> None:
    """ValidationError unless name, credit code and division are as they must be for this kind."""
    faults: dict[str, Any] = {}
    if not name.strip():
        faults["name"] = _("请填写单位名称。")
    if code and uscc.problem(code) is not None:
        faults["uscc"] = _("统一社会信用代码有误，请对照营业执照核对 18 位代码。")
    if not code and kind == OrganisationKind.ENTERPRISE:
        faults["uscc"] = _("请填写统一社会信用代码。")
    if division and (divisions.problem(division) is not None or not division.startswith(divisions.PROVINCE)):
        faults["division"] = _("行政区划代码有误，请选择省内的市州或县区。")
    if not division and kind == OrganisationKind.ENTERPRISE:
        faults["division"] = _("请选择行政区划。")
    if faults:
        raise ValidationError(faults)


@transaction.atomic
def close_organisation(*, organisation: Organisation, since: dt.date, reason: str, by: User, at: dt.datetime) -> None:
    """The organisation ends on a day: its roles and its reach end with it, its records stay."""
    access.require("accounts.change_units", by, organisation)
    locked = Organisation.objects.select_for_update().get(pk=organisation.pk)
    if not locked.active:
        raise ValidationError(_("该单位已经停用。"))
    if locked.kind in {OrganisationKind.DEPARTMENT, OrganisationKind.INSPECTION}:
        raise ValidationError(_("不能停用省科技厅和纪检、审计单位。"))
    next_state(locked, {"active": False}, since=since, reason=reason, by=by, at=at, verb="accounts.close_organisation")
    end_reaches(locked, since)
    readdress(at=at)
    _refresh(organisation)


def end_reaches(unit: Organisation, since: dt.date) -> list[Reach]:
    """End all that a unit reaches on a day; the rows as they were. Rows that would only begin later go."""
    rows = list(
        Reach.objects.select_for_update(of=("self",))
        .filter(Q(unit=unit), Q(until__isnull=True) | Q(until__gt=since))
        .order_by("pk")
    )
    for row in rows:
        if row.since >= since:
            row.delete()
        else:
            Reach.objects.filter(pk=row.pk).update(until=since)
    return rows


@transaction.atomic
def merge_units(
    *, absorbed: Organisation, into: Organisation, since: dt.date, reason: str, by: User, at: dt.datetime
) -> None:
    """One unit becomes part of another: from the day on the other reaches what it reached, and its members move.

    What lay in an absorbed zone lies in the other zone; what was affiliated to it is affiliated to the other.
    ValidationError unless both are recommending units in use, and of one kind if a zone is among them.
    """
    access.require("accounts.change_units", by, absorbed)
    both = Organisation.objects.select_for_update().filter(pk__in=[absorbed.pk, into.pk]).order_by("pk")
    locked = {one.pk: one for one in both}
    old, new = locked[absorbed.pk], locked[into.pk]
    _check_merger(old, new)
    next_state(
        old,
        {"active": False, "merged_into": new},
        since=since,
        reason=reason,
        by=by,
        at=at,
        verb="accounts.merge_units",
    )
    _move_reach(old, new, since=since, reason=reason, by=by)
    _move_inhabitants(old, new, since=since, reason=reason, by=by, at=at)
    _move_members(old, new, since=since, reason=reason, by=by, at=at)
    details = {"absorbed": old.pk, "name": old.name, "since": str(since), "reason": reason}
    readdress(at=at)
    events.record("accounts.absorb_unit", actor=by, subject=new, at=at, organisation_id=new.pk, details=details)
    _refresh(absorbed)


def _check_merger(old: Organisation, new: Organisation) -> None:
    if old == new:
        raise ValidationError({"into": _("单位不能并入自己。")})
    if old.kind not in RECOMMENDING or new.kind not in RECOMMENDING:
        raise ValidationError({"into": _("只有推荐单位可以合并。")})
    if not old.active or not new.active:
        raise ValidationError({"into": _("已经停用的单位不能合并。")})
    if OrganisationKind.ZONE in {old.kind, new.kind} and old.kind != new.kind:
        raise ValidationError({"into": _("开发区、新区只能并入另一个开发区、新区。")})


def _move_reach(old: Organisation, new: Organisation, *, since: dt.date, reason: str, by: User) -> None:
    held = {(row.kind, row.division, row.target_id) for row in new.reaches.filter(until__isnull=True)}
    for row in end_reaches(old, since):
        target = new.pk if row.target_id == old.pk else row.target_id
        if (row.kind, row.division, target) not in held:
            Reach.objects.create(
                unit=new, kind=row.kind, division=row.division, target_id=target, since=max(since, row.since),
                until=row.until, given_by=by, reason=reason,
            )  # fmt: skip


def _move_inhabitants(
    old: Organisation, new: Organisation, *, since: dt.date, reason: str, by: User, at: dt.datetime
) -> None:
    """What lies in an absorbed zone or is affiliated to an absorbed unit, by what will then be its last state."""
    inside = Q(states__until__isnull=True) & (Q(states__zone=old) | Q(states__affiliation=old))
    for one in Organisation.objects.select_for_update(of=("self",)).filter(inside).order_by("pk"):
        last = one.states.get(until__isnull=True)
        names = [name for name in ("zone", "affiliation") if getattr(last, f"{name}_id") == old.pk]
        next_state(one, dict.fromkeys(names, new), since=max(since, last.since), reason=reason, by=by, at=at)


def _move_members(
    old: Organisation, new: Organisation, *, since: dt.date, reason: str, by: User, at: dt.datetime
) -> None:
    """Roles end with the old unit and begin in the new one; who already holds a role there keeps it."""
    moment = max(at, clock.start_of(since))
    leaving = list(
        Membership.objects.select_for_update(of=("self",)).filter(in_force(at), organisation=old).order_by("pk")
    )
    for membership in leaving:
        until = membership.until if membership.until is not None and membership.until < moment else moment
        Membership.objects.filter(pk=membership.pk).update(until=until, revoked_by=by, reason=reason[:200])
        held = Membership.objects.filter(
            organisation=new, user=membership.user_id, role=membership.role, until__isnull=True
        )
        if membership.until is None and not held.exists():
            Membership.objects.create(
                user_id=membership.user_id, organisation=new, role=membership.role, since=moment, given_by=by,
                reason=reason[:200],
            )  # fmt: skip


def _plain(value: Any) -> Any:
    return value.pk if isinstance(value, Organisation) else value


def _refresh(organisation: Organisation) -> None:
    """Let the caller's object say what the row now says."""
    organisation.refresh_from_db()
