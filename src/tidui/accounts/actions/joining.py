"""People register, and ask to act for an enterprise; its administrator or its recommending unit answers."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from tidui.accounts import finding, queries
from tidui.accounts.actions.addressing import address
from tidui.accounts.actions.members import become
from tidui.accounts.actions.organisations import NewOrganisation, checked, found
from tidui.accounts.enums import JoinState, OrganisationKind
from tidui.accounts.models import JoinRequest, Membership, Organisation, User
from tidui.accounts.standing import in_force
from tidui.audit import events
from tidui.codes import uscc as codes
from tidui.kit import access, clock, files, outbox
from tidui.kit.access import NotAllowed, Refused


@transaction.atomic
def register_person(
    *, username: str, name: str, email: str, mobile: str, password: str, language: str, at: dt.datetime
) -> User:
    """Somebody makes an account, which holds no role yet. ValidationError for a taken name or a weak password."""
    if User.objects.filter(username__iexact=username).exists():
        raise ValidationError({"username": _("该登录名不可用，请换一个。")})
    person = User(username=username, name=name, email=email, mobile=mobile, language=language, joined_at=at)
    try:
        validate_password(password, person)
    except ValidationError as weak:
        raise ValidationError({"password": weak.messages}) from None
    person.set_password(password)
    person.save()
    events.record("accounts.register", actor=person, subject=person, at=at)
    return person


@transaction.atomic
def ask_to_join(
    *, uscc: str, name: str, division: str, zone: Organisation | None, evidence: Any, by: User, at: dt.datetime
) -> JoinRequest:
    """Ask to act for an enterprise. The answer is the same whether it is in the register or not.

    `evidence` is what `kit.files` received. ValidationError for a wrong code or division, or a request that waits.
    """
    access.require("accounts.join", by)
    code = codes.normalise(uscc)
    checked(name, code, division, kind=OrganisationKind.ENTERPRISE)
    # The person is locked: the same form sent twice at once makes one request.
    person = User.objects.select_for_update().get(pk=by.pk)
    if JoinRequest.objects.filter(user=person, uscc=code, state=JoinState.WAITING).exists():
        raise ValidationError({"uscc": _("您对该企业的申请正在等待审核，不必重复提交。")})
    to = address(code, division, zone, at)
    if to.organisation and Membership.objects.filter(in_force(at), organisation=to.organisation, user=person).exists():
        raise ValidationError({"uscc": _("您已经是该企业的成员。")})
    request = JoinRequest.objects.create(
        user=person, organisation=to.organisation, uscc=code, name=name, division=division, zone=zone, role=to.role,
        unit=to.unit, inside=to.inside, asked_at=at,
    )  # fmt: skip
    if evidence is not None:
        request.evidence = files.keep(evidence, by=person, at=at, about=request)
        request.save(update_fields=["evidence"])
    details = {"uscc": code, "name": name, "division": division}
    organisation_id = to.organisation.pk if to.organisation else None
    events.record(
        "accounts.ask_to_join", actor=by, subject=request, at=at, organisation_id=organisation_id, details=details
    )
    told = {"enterprise": name, "name": person.name}
    link = reverse("accounts:request", args=[request.pk])
    outbox.notify(to=deciders(request), template="accounts.join_asked", context=told, at=at, link=link)
    return request


def deciders(request: JoinRequest) -> list[User]:
    """The people who can decide on this request today."""
    if request.inside and request.organisation is not None:
        return list(queries.administrators_of(request.organisation))
    if request.unit is not None:
        return list(queries.officers_of(request.unit))
    departments = Organisation.objects.filter(kind=OrganisationKind.DEPARTMENT, active=True).order_by("pk")
    return [officer for one in departments for officer in queries.officers_of(one)]


@transaction.atomic
def confirm_request(*, request: JoinRequest, role: str = "", by: User, at: dt.datetime) -> Membership:
    """Let the person act for the enterprise, which is registered now if it was not. Of two deciders the first wins.

    `role` is what the enterprise's administrator gives to a later member; the first one is always administrator.
    """
    row = _claim(request, JoinState.CONFIRMED, "", by=by, at=at)
    organisation = row.organisation
    if organisation is None:
        organisation = row.organisation = _registered(row, by=by, at=at)
        row.save(update_fields=["organisation"])
    wanted = role if row.inside and role else row.role
    membership = become(organisation, row.user, wanted, reason="", given_by=by, at=at)
    _tell(row, "accounts.join_confirmed", {"role": membership.get_role_display()}, at)
    details = {"user": row.user_id, "organisation": organisation.pk, "role": wanted}
    events.record(
        "accounts.confirm_request", actor=by, subject=row, at=at, organisation_id=organisation.pk, details=details
    )
    return membership


def _registered(row: JoinRequest, *, by: User, at: dt.datetime) -> Organisation:
    """The enterprise of a request, registered now unless somebody did so since.

    ValidationError for a code that belongs to another kind of organisation, to one that was closed, or to an enterprise
    that has an administrator by now.
    """
    known = finding.by_code(row.uscc)
    if known is None:
        new = NewOrganisation(OrganisationKind.ENTERPRISE, row.name, row.uscc, row.division, row.zone_id)
        return found(organisation=new, since=clock.day_of(at), reason="", by=by, at=at)
    if known.kind != OrganisationKind.ENTERPRISE or not known.active:
        raise ValidationError(_("该代码属于已停用的企业或非企业单位，不能作为新企业登记。请退回申请并说明。"))
    if queries.administrators_of(known).exists():
        raise ValidationError(_("该企业已有管理员，申请由企业管理员审核。"))
    return known


@transaction.atomic
def refuse_request(*, request: JoinRequest, reason: str, by: User, at: dt.datetime) -> JoinRequest:
    """Turn the request down; the person reads the reason. Of two deciders the first wins."""
    if not reason.strip():
        raise ValidationError({"reason": _("请填写不通过的理由，申请人会看到。")})
    row = _claim(request, JoinState.REFUSED, reason, by=by, at=at)
    _tell(row, "accounts.join_refused", {"reason": reason}, at)
    events.record(
        "accounts.refuse_request", actor=by, subject=row, at=at, organisation_id=row.organisation_id,
        details={"user": row.user_id, "reason": reason},
    )  # fmt: skip
    return row


@transaction.atomic
def withdraw_request(*, request: JoinRequest, by: User, at: dt.datetime) -> JoinRequest:
    """The person no longer asks. Refused for somebody else's request and for one that is decided."""
    access.require("accounts.join", by)
    if request.user_id != by.pk:
        raise NotAllowed(Refused("not-yours", _("这不是您的申请。")))
    row = _locked(request, telling=False)
    row.state, row.decided_at = JoinState.WITHDRAWN, at
    row.save(update_fields=["state", "decided_at"])
    events.record("accounts.withdraw_request", actor=by, subject=row, at=at, organisation_id=row.organisation_id)
    return row


def _claim(request: JoinRequest, state: JoinState, reason: str, *, by: User, at: dt.datetime) -> JoinRequest:
    """Decide it as the only one who does; permission is asked of the row as it stands now."""
    row = _locked(request)
    access.require("accounts.decide_request", by, row)
    row.state, row.reason, row.decided_by, row.decided_at = state, reason, by, at
    row.save(update_fields=["state", "reason", "decided_by", "decided_at"])
    return row


def _locked(request: JoinRequest, *, telling: bool = True) -> JoinRequest:
    """The row as it stands now, waiting. Refused for one that is decided, to a colleague with the name of who did."""
    row = (
        JoinRequest.objects.select_for_update(of=("self",))
        .select_related("user", "organisation", "unit", "zone", "decided_by")
        .get(pk=request.pk)
    )
    if row.state != JoinState.WAITING:
        said = _("该申请已处理：{state}。")
        if row.decided_by is not None and telling:
            said = _("该申请已由 {name} 处理：{state}。")
        name = row.decided_by.name if row.decided_by else ""
        raise NotAllowed(Refused("already-decided", format_lazy(said, name=name, state=row.get_state_display())))
    return row


def _tell(row: JoinRequest, template: str, more: dict[str, str], at: dt.datetime) -> None:
    told = {"enterprise": row.name, **more}
    outbox.notify(
        to=[row.user], template=template, context=told, at=at, link=reverse("accounts:request", args=[row.pk])
    )
