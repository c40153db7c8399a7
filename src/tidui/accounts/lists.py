"""The lists of organisations, members, requests and reach."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tidui.accounts import queries
from tidui.accounts.enums import JoinState, OrganisationKind, ReachKind
from tidui.accounts.models import Delegation, Invitation, JoinRequest, Membership, Organisation, Reach
from tidui.accounts.standing import in_force
from tidui.kit import clock, lists
from tidui.kit.visibility import visible_to

STATE_TONES = {
    JoinState.WAITING: "wait", JoinState.CONFIRMED: "good", JoinState.REFUSED: "bad", JoinState.WITHDRAWN: "neutral",
}  # fmt: skip


def _in_use(row: Organisation) -> tuple[Any, str]:
    return (_("在用"), "good") if row.active else (_("停用"), "neutral")


def reach_words(row: Reach) -> str:
    """What a reach row covers, in words."""
    return lists.division_name(row.division) if row.division else str(row.target or "")


def _zones(user: Any) -> list[tuple[str, str]]:
    return [(str(zone.pk), zone.name) for zone in queries.public_zones()]


ORGANISATIONS = lists.List(
    name="accounts.organisations",
    title=pgettext_lazy("many", "单位"),
    model=Organisation,
    permission="accounts.view_organisations",
    columns=(
        lists.text(
            "name",
            _("单位名称"),
            strong=True,
            sort="name",
            link=lambda row: reverse("accounts:organisation", args=[row.pk]),
        ),
        lists.code("uscc", _("统一社会信用代码"), sort="uscc"),
        lists.badge("kind", _("单位类别"), value=lambda row: (row.get_kind_display(), "neutral")),
        lists.text("division", _("行政区划"), value=lambda row: lists.division_name(row.division), sort="division"),
        lists.text("zone", _("所在开发区"), value="zone.name"),
        lists.text("affiliation", _("隶属单位"), value="affiliation.name", page=False),
        lists.badge("active", _("状态"), value=_in_use),
    ),
    filters=(
        lists.choice("kind", _("单位类别"), OrganisationKind.choices, field="kind"),
        lists.division("division", _("行政区划"), field="division"),
        lists.choice("zone", _("所在开发区"), options=_zones, field="zone_id"),
        lists.yes_no_filter("active", _("在用"), field="active"),
    ),
    search=_("名称、曾用名或信用代码"),
    order="name",
    related=("zone", "affiliation"),
    start=_("还没有单位"),
    empty=_("没有符合条件的单位"),
)


def _members(user: Any, *, organisation: int, ended: bool) -> QuerySet[Membership]:
    rows = visible_to(user, Membership).filter(organisation=organisation)
    held = in_force(timezone.now())
    return rows.exclude(held) if ended else rows.filter(held)


MEMBERS = lists.List(
    name="accounts.members",
    title=_("成员"),
    model=Membership,
    permission="accounts.view_members",
    rows=_members,
    columns=(
        lists.text(
            "person", _("姓名"), strong=True, value="user.name", sort="user__name",
            link=lambda row: reverse("accounts:member", args=[row.pk]),
        ),
        lists.badge("role", _("角色"), value=lambda row: (row.get_role_display(), "info")),
        lists.text("mobile", _("手机号码"), value="user.mobile", mask="mobile", clear="accounts.manage_members"),
        lists.moment("since", pgettext_lazy("time", "自"), sort="since"),
        lists.moment("until", pgettext_lazy("time", "至"), sort="until"),
    ),
    order="since",
    related=("user", "organisation"),
    saved=False,
    start=_("还没有成员"),
    empty=_("没有符合条件的成员"),
)  # fmt: skip


def _requests(user: Any, *, decided: bool) -> QuerySet[JoinRequest]:
    rows = visible_to(user, JoinRequest).exclude(user=user.pk)
    waiting = Q(state=JoinState.WAITING)
    return rows.exclude(waiting) if decided else rows.filter(waiting)


REQUESTS = lists.List(
    name="accounts.requests",
    title=_("入驻申请"),
    model=JoinRequest,
    permission="accounts.view_requests",
    rows=_requests,
    columns=(
        lists.text(
            "name", _("单位名称"), strong=True, sort="name", link=lambda row: reverse("accounts:request", args=[row.pk])
        ),
        lists.code("uscc", _("统一社会信用代码"), sort="uscc"),
        lists.text("division", _("行政区划"), value=lambda row: lists.division_name(row.division), sort="division"),
        lists.text("person", _("申请人"), value="user.name"),
        lists.badge("role", _("申请的角色"), value=lambda row: (row.get_role_display(), "info")),
        lists.moment("asked_at", _("申请时间"), sort="asked_at"),
        lists.badge("state", _("状态"), value=lambda row: (row.get_state_display(), STATE_TONES[row.state])),
    ),
    filters=(lists.division("division", _("行政区划"), field="division"),),
    order="asked_at",
    related=("user",),
    saved=False,
    start=_("没有待审核的申请"),
    empty=_("没有符合条件的申请"),
)


def _reach_on(queryset: QuerySet[Reach], values: list[str]) -> QuerySet[Reach]:
    today = clock.today()
    conditions = {
        "now": Q(since__lte=today) & (Q(until__isnull=True) | Q(until__gt=today)),
        "later": Q(since__gt=today),
        "ended": Q(until__lte=today),
    }
    wanted = Q(pk__in=())
    for value in values:
        wanted |= conditions[value]
    return queryset.filter(wanted)


def reach_state(row: Reach, today: dt.date) -> tuple[Any, str]:
    """Does the row hold today, later, or no more? As a badge."""
    if row.since > today:
        return _("尚未开始"), "wait"
    if row.until is not None and row.until <= today:
        return _("已结束"), "neutral"
    return _("有效"), "good"


REACHES = lists.List(
    name="accounts.reaches",
    title=_("推荐范围"),
    model=Reach,
    permission="accounts.view_reach",
    columns=(
        lists.text(
            "unit", _("推荐单位"), strong=True, value="unit.name", sort="unit__name",
            link=lambda row: reverse("accounts:reach_row", args=[row.pk]),
        ),
        lists.badge("kind", _("范围类别"), value=lambda row: (row.get_kind_display(), "info")),
        lists.text("covers", _("范围"), value=reach_words),
        lists.date("since", pgettext_lazy("day", "自"), sort="since"),
        lists.date("until", _("至(不含)"), sort="until"),
        lists.badge("state", _("状态"), value=lambda row: reach_state(row, clock.today())),
        lists.text("reason", _("原因"), page=False),
    ),
    filters=(
        lists.choice("kind", _("范围类别"), ReachKind.choices, field="kind"),
        lists.division("division", _("行政区划"), field="division"),
        lists.custom(
            "state", _("状态"), options=[("now", _("有效")), ("later", _("尚未开始")), ("ended", _("已结束"))],
            apply=_reach_on,
        ),
    ),
    order="unit",
    related=("unit", "target"),
    start=_("还没有推荐范围"),
    empty=_("没有符合条件的推荐范围"),
)  # fmt: skip


def _invitations(user: Any, *, organisation: int) -> QuerySet[Invitation]:
    return visible_to(user, Invitation).filter(organisation=organisation)


def invitation_state(row: Invitation) -> tuple[Any, str]:
    """What became of an invitation, as a badge."""
    if row.accepted_at is not None:
        return _("已接受"), "good"
    if row.withdrawn_at is not None:
        return _("已收回"), "neutral"
    return (_("已过期"), "neutral") if row.expires_at <= timezone.now() else (_("等待接受"), "wait")


INVITATIONS = lists.List(
    name="accounts.invitations",
    title=_("邀请"),
    model=Invitation,
    permission="accounts.manage_members",
    rows=_invitations,
    columns=(
        lists.text(
            "name", _("姓名"), strong=True, sort="name", link=lambda row: reverse("accounts:invitation", args=[row.pk])
        ),
        lists.badge("role", _("角色"), value=lambda row: (row.get_role_display(), "info")),
        lists.text("by", _("邀请人"), value="invited_by.name"),
        lists.moment("invited_at", _("邀请时间"), sort="invited_at"),
        lists.moment("expires_at", _("有效期至"), sort="expires_at"),
        lists.badge("state", _("状态"), value=invitation_state),
    ),
    order="-invited_at",
    related=("invited_by", "organisation"),
    saved=False,
    start=_("还没有邀请"),
    empty=_("没有符合条件的邀请"),
)


def _delegations(user: Any, *, organisation: int) -> QuerySet[Delegation]:
    return visible_to(user, Delegation).filter(membership__organisation=organisation)


def delegation_state(row: Delegation) -> tuple[Any, str]:
    """Does the delegation hold now? As a badge."""
    now = timezone.now()
    if row.until <= now:
        return _("已结束"), "neutral"
    return (_("尚未开始"), "wait") if row.since > now else (_("代理中"), "good")


DELEGATIONS = lists.List(
    name="accounts.delegations",
    title=_("外出与代理"),
    model=Delegation,
    permission="accounts.view_members",
    rows=_delegations,
    columns=(
        lists.text(
            "person", _("外出人员"), strong=True, value="membership.user.name",
            link=lambda row: reverse("accounts:delegation", args=[row.pk]),
        ),
        lists.badge("role", _("角色"), value=lambda row: (row.membership.get_role_display(), "info")),
        lists.text("to", _("代理人"), value="to.name"),
        lists.moment("since", pgettext_lazy("time", "自"), sort="since"),
        lists.moment("until", pgettext_lazy("time", "至"), sort="until"),
        lists.badge("state", _("状态"), value=delegation_state),
    ),
    order="-since",
    related=("membership__user", "membership__organisation", "to"),
    saved=False,
    start=_("还没有外出代理"),
    empty=_("没有符合条件的记录"),
)  # fmt: skip
