"""While somebody is away a colleague holds their role too; when somebody leaves, a colleague takes it over."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tidui.accounts.actions.members import YOURSELF, become, end
from tidui.accounts.models import Delegation, Membership, Organisation, User
from tidui.accounts.standing import forget, in_force
from tidui.audit import events
from tidui.kit import access, outbox
from tidui.kit.access import NotAllowed

#: Whoever is away longer hands over.
LONGEST: Final = dt.timedelta(days=366)


@transaction.atomic
def delegate(
    *, membership: Membership, to: User, since: dt.datetime, until: dt.datetime, reason: str, by: User, at: dt.datetime
) -> Delegation:
    """Let a colleague of the same organisation hold a role too, for a time; by its holder or the administrator.

    ValidationError unless the colleague is a member now, the time lies ahead and no other delegation of the role
    overlaps it.
    """
    access.require("accounts.delegate", by, membership)
    row = (
        Membership.objects.select_for_update(of=("self",)).select_related("organisation", "user").get(pk=membership.pk)
    )
    if row.until is not None and row.until <= at:
        raise ValidationError(_("该角色已经结束。"))
    _check_colleague(row, to, at)
    if to.pk == by.pk:
        raise NotAllowed(YOURSELF)
    if until <= max(since, at):
        raise ValidationError({"until": _("结束时间必须晚于开始时间和现在。")})
    if until - since > LONGEST:
        raise ValidationError({"until": _("代理最长一年；时间更长请移交工作。")})
    if row.delegations.filter(since__lt=until, until__gt=since).exists():
        raise ValidationError(_("这段时间已经有人代理该角色。"))
    made = Delegation.objects.create(
        membership=row, to=to, since=since, until=until, reason=reason, given_by=by, given_at=at
    )
    details = {"membership": row.pk, "to": to.pk, "since": since, "until": until, "reason": reason}
    events.record(
        "accounts.delegate", actor=by, subject=made, at=at, organisation_id=row.organisation_id, details=details
    )
    told = {"organisation": row.organisation.name, "name": row.user.name, "role": row.get_role_display()}
    outbox.notify(to=[to], template="accounts.delegated", context=told, at=at)
    forget(to)
    return made


def _check_colleague(membership: Membership, to: User, at: dt.datetime) -> None:
    colleague = Membership.objects.filter(in_force(at), organisation=membership.organisation_id, user=to)
    if to.pk == membership.user_id or not to.is_active or not colleague.exists():
        raise ValidationError({"to": _("请选择本单位的另一位成员。")})


@transaction.atomic
def end_delegation(*, delegation: Delegation, by: User, at: dt.datetime) -> Delegation:
    """The holder is back early; one that has not begun never does."""
    access.require("accounts.delegate", by, delegation)
    row = Delegation.objects.select_for_update(of=("self",)).select_related("membership").get(pk=delegation.pk)
    if row.until <= at:
        raise ValidationError(_("该代理已经结束。"))
    row.until, row.ended_by = max(at, row.since), by
    row.save(update_fields=["until", "ended_by"])
    organisation = row.membership.organisation_id
    events.record("accounts.end_delegation", actor=by, subject=row, at=at, organisation_id=organisation)
    forget(row.to)
    return row


@transaction.atomic
def hand_over(*, membership: Membership, to: User, reason: str, by: User, at: dt.datetime) -> Membership:
    """A colleague takes a role over for good; returns theirs. By the administrator, never to themselves."""
    access.require("accounts.manage_members", by, membership)
    if to.pk == by.pk:
        raise NotAllowed(YOURSELF)
    organisation = Organisation.objects.select_for_update().get(pk=membership.organisation_id)
    row = Membership.objects.select_for_update(of=("self",)).get(pk=membership.pk)
    if row.until is not None and row.until <= at:
        raise ValidationError(_("该角色已经结束。"))
    _check_colleague(row, to, at)
    held = Membership.objects.filter(in_force(at), organisation=organisation, user=to, role=row.role).first()
    taken = held or become(organisation, to, row.role, reason=reason, given_by=by, at=at)
    end(row, reason=reason, by=by, at=at)
    details = {"from": row.user_id, "to": to.pk, "role": row.role, "reason": reason}
    events.record(
        "accounts.hand_over", actor=by, subject=taken, at=at, organisation_id=organisation.pk, details=details
    )
    told = {"organisation": organisation.name, "role": row.get_role_display(), "name": row.user.name}
    outbox.notify(to=[to], template="accounts.handed_over", context=told, at=at)
    return taken
