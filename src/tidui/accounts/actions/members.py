"""Roles are given and revoked by the organisation's administrator; newcomers follow a link that works once."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tidui.accounts.actions.addressing import readdress
from tidui.accounts.enums import OrganisationKind, Role, roles_for
from tidui.accounts.models import Delegation, Invitation, Membership, Organisation, User
from tidui.accounts.standing import forget, in_force
from tidui.audit import events
from tidui.kit import access, outbox
from tidui.kit.access import NotAllowed, Refused

#: How long an invitation can be accepted.
OPEN_FOR: Final = dt.timedelta(days=7)
#: Letters, digits and signs of a link: 192 bits.
TOKEN_BYTES: Final = 24

YOURSELF = Refused("yourself", _("不能给自己授予角色，请由另一位管理员办理。"))
LAST_ADMINISTRATOR = Refused("last-administrator", _("这是该单位唯一的管理员。请先授予另一位成员管理员角色。"))
NO_INVITATION = Refused("no-invitation", _("该邀请已使用、已收回或已过期，请向单位管理员索取新的邀请。"))
INSPECTS = Refused("inspects", _("纪检、审计人员不能兼任其他单位的角色。"))


@transaction.atomic
def give_role(
    *, organisation: Organisation, user: User, role: str, reason: str = "", by: User, at: dt.datetime
) -> Membership:
    """Give a role to somebody who is or was a member. Refused for oneself; ValidationError for a role held already.

    Somebody who never was a member comes by an invitation or by asking to join: names are not to be guessed here.
    """
    access.require("accounts.manage_members", by, organisation)
    if user.pk == by.pk:
        raise NotAllowed(YOURSELF)
    known = Membership.objects.filter(organisation=organisation, user=user)
    if not known.exists() or not user.is_active:
        raise ValidationError({"user": _("请选择本单位的成员。")})
    membership = become(organisation, user, role, reason=reason, given_by=by, at=at)
    told = {"organisation": organisation.name, "role": membership.get_role_display(), "by": by.name}
    outbox.notify(to=[user], template="accounts.role_given", context=told, at=at)
    return membership


def become(
    organisation: Organisation, user: User, role: str, *, reason: str, given_by: User | None, at: dt.datetime
) -> Membership:
    """Make somebody a member, with the event; the caller has asked permission and is in a transaction."""
    locked = Organisation.objects.select_for_update().get(pk=organisation.pk)
    if not locked.active:
        raise ValidationError(_("该单位已经停用。"))
    if role not in roles_for(locked.kind):
        raise ValidationError({"role": _("该类单位没有这个角色。")})
    _keep_inspection_apart(locked, user, at)
    if Membership.objects.filter(in_force(at), organisation=locked, user=user, role=role).exists():
        raise ValidationError(_("此人已经有这个角色。"))
    membership = Membership.objects.create(
        user=user, organisation=locked, role=role, since=at, given_by=given_by, reason=reason[:200]
    )
    details = {"user": user.pk, "role": role, "reason": reason}
    events.record(
        "accounts.give_role", actor=given_by, subject=membership, at=at, organisation_id=locked.pk, details=details
    )
    forget(user)
    if role == Role.ADMINISTRATOR:
        readdress(code=locked.uscc, at=at)
    return membership


def _keep_inspection_apart(organisation: Organisation, user: User, at: dt.datetime) -> None:
    """Who inspects reads everything: they must not also act for somebody."""
    held = Membership.objects.filter(in_force(at), user=user).exclude(organisation=organisation)
    if organisation.kind != OrganisationKind.INSPECTION:
        held = held.filter(organisation__kind=OrganisationKind.INSPECTION)
    if held.exists():
        raise NotAllowed(INSPECTS)


@transaction.atomic
def revoke_role(*, membership: Membership, reason: str, by: User, at: dt.datetime) -> Membership:
    """End a role now, with the delegations of it. Refused for the last administrator of an organisation in use."""
    access.require("accounts.manage_members", by, membership)
    # Two administrators who revoke each other at once come one after the other here.
    organisation = Organisation.objects.select_for_update().get(pk=membership.organisation_id)
    row = Membership.objects.select_for_update(of=("self",)).get(pk=membership.pk)
    if row.until is not None and row.until <= at:
        raise ValidationError(_("该角色已经结束。"))
    if row.role == Role.ADMINISTRATOR and organisation.active and not other_administrators(row, at):
        raise NotAllowed(LAST_ADMINISTRATOR)
    end(row, reason=reason, by=by, at=at)
    told = {"organisation": organisation.name, "role": row.get_role_display(), "by": by.name, "reason": reason}
    outbox.notify(to=[row.user], template="accounts.role_revoked", context=told, at=at)
    return row


def other_administrators(membership: Membership, at: dt.datetime) -> bool:
    """Has the organisation another administrator who can sign in?"""
    others = Membership.objects.filter(
        in_force(at), organisation=membership.organisation_id, role=Role.ADMINISTRATOR, user__is_active=True
    )
    return others.filter(until__isnull=True).exclude(user=membership.user_id).exists()


def end(membership: Membership, *, reason: str, by: User, at: dt.datetime) -> None:
    """End a role and what was delegated of it, with the event; the caller holds the lock."""
    membership.until, membership.revoked_by, membership.reason = at, by, reason[:200]
    if membership.since > at:
        membership.until = membership.since
    membership.save(update_fields=["until", "revoked_by", "reason"])
    Delegation.objects.filter(membership=membership, since__lt=at, until__gt=at).update(until=at, ended_by=by)
    events.record(
        "accounts.revoke_role", actor=by, subject=membership, at=at, organisation_id=membership.organisation_id,
        details={"user": membership.user_id, "role": membership.role, "reason": reason},
    )  # fmt: skip
    forget(membership.user)


@transaction.atomic
def invite(*, organisation: Organisation, role: str, name: str, by: User, at: dt.datetime) -> tuple[Invitation, str]:
    """Invite a person by a link that works once and for seven days; the token is returned and kept nowhere."""
    access.require("accounts.manage_members", by, organisation)
    if not organisation.active:
        raise ValidationError(_("该单位已经停用。"))
    if role not in roles_for(organisation.kind):
        raise ValidationError({"role": _("该类单位没有这个角色。")})
    token = secrets.token_urlsafe(TOKEN_BYTES)
    invitation = Invitation.objects.create(
        organisation=organisation, role=role, name=name, digest=digest_of(token), invited_by=by, invited_at=at,
        expires_at=at + OPEN_FOR,
    )  # fmt: skip
    details = {"role": role, "name": name}
    events.record(
        "accounts.invite", actor=by, subject=invitation, at=at, organisation_id=organisation.pk, details=details
    )
    return invitation, token


def digest_of(token: str) -> str:
    """What is kept of a link."""
    return hashlib.sha256(token.encode()).hexdigest()


def open_invitation(token: str, at: dt.datetime) -> Invitation | None:
    """The invitation that this link opens, while it does: the one who invited must still manage the members."""
    invitation = (
        Invitation.objects.filter(
            digest=digest_of(token), accepted_at__isnull=True, withdrawn_at__isnull=True, expires_at__gt=at,
            organisation__active=True,
        )
        .select_related("organisation", "invited_by")
        .first()
    )  # fmt: skip
    if invitation is None or not invitation.invited_by.is_active:
        return None
    return invitation if access.check("accounts.manage_members", invitation.invited_by, invitation) else None


@transaction.atomic
def accept_invitation(*, token: str, by: User, at: dt.datetime) -> Membership:
    """Become a member by a link. Refused for a link that is used, withdrawn or too old, and for the one who invited."""
    invitation = open_invitation(token, at)
    if invitation is None:
        raise NotAllowed(NO_INVITATION)
    if invitation.invited_by_id == by.pk:
        raise NotAllowed(YOURSELF)
    won = Invitation.objects.filter(pk=invitation.pk, accepted_at__isnull=True, withdrawn_at__isnull=True)
    if not won.update(accepted_by=by, accepted_at=at):
        raise NotAllowed(NO_INVITATION)
    membership = become(invitation.organisation, by, invitation.role, reason="", given_by=invitation.invited_by, at=at)
    events.record(
        "accounts.accept_invitation", actor=by, subject=invitation, at=at, organisation_id=invitation.organisation_id,
        details={"membership": membership.pk},
    )  # fmt: skip
    told: dict[str, Any] = {
        "organisation": invitation.organisation.name, "name": by.name, "role": membership.get_role_display()
    }  # fmt: skip
    outbox.notify(to=[invitation.invited_by], template="accounts.invitation_accepted", context=told, at=at)
    return membership


@transaction.atomic
def withdraw_invitation(*, invitation: Invitation, by: User, at: dt.datetime) -> None:
    """The link stops working. ValidationError if it was used already."""
    access.require("accounts.manage_members", by, invitation)
    still = Invitation.objects.filter(pk=invitation.pk, accepted_at__isnull=True, withdrawn_at__isnull=True)
    if not still.update(withdrawn_at=at):
        raise ValidationError(_("该邀请已经使用或收回。"))
    events.record(
        "accounts.withdraw_invitation", actor=by, subject=invitation, at=at, organisation_id=invitation.organisation_id
    )
