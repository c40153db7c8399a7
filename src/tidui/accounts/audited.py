"""What the audit watches of organisations and people, and which personal data they and signing in hold."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from axes.models import AccessAttemptExpiration, AccessFailureLog, AccessLog
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override
from django_tasks_db.models import DBTaskResult

from tidui.accounts.enums import JoinState
from tidui.accounts.models import (
    Delegation,
    Invitation,
    JoinRequest,
    Membership,
    Organisation,
    OrganisationState,
    Reach,
    User,
)
from tidui.audit import personal, tamper
from tidui.audit.personal import WITH_RECORDS, Hold, Retention

tamper.watch(User, secret=("password",), ignore=("last_login",))
tamper.watch(Organisation, brief=True)
tamper.watch(OrganisationState, brief=True)
tamper.watch(Membership)
tamper.watch(Reach)
tamper.watch(Delegation)
tamper.watch(JoinRequest)
tamper.watch(Invitation, secret=("digest",))
tamper.watch(Authenticator, secret=("data",), ignore=("last_used_at",))

#: As long as it lasts.
OPEN_ENDED = dt.date.max
#: 网络安全法第二十一条: logs of the network's running are kept for six months at least.
LOG_MONTHS = 6


def _while_serving(user: User, holds: list[Hold]) -> Hold | None:
    """As long as the person has a role somewhere, messages must reach them."""
    return next((hold for hold in holds if hold.until == OPEN_ENDED), None)


def _once_decided(request: JoinRequest, holds: list[Hold]) -> Hold | None:
    """A request that is being looked into, and one that made somebody a member, rest on their evidence."""
    if request.state == JoinState.WAITING:
        return Hold(OPEN_ENDED, _("申请正在审核，请先撤回"))
    return personal.latest(holds) if request.state == JoinState.CONFIRMED else None


def _gone_name(user: User) -> str:
    with override("zh-hans"):
        return str(_("已删除的人员"))


personal.declare(
    User, subject="pk",
    fields={"email": _("发送通知、找回密码"), "mobile": _("发送短信通知")},
    retention=Retention(_("任职期间保留；不再任职后本人要求即删除"), kept=_while_serving),
    traces=("email", "mobile"),
)  # fmt: skip
personal.declare(
    User, subject="pk",
    fields={"username": _("供本人登录"), "name": _("说明事项由谁经办"), "password": _("登录时核对身份")},
    neutral={
        "username": lambda user: f"forgotten-{user.pk}", "name": _gone_name, "password": "!", "is_active": False,
        "last_login": None,
    },
    retention=WITH_RECORDS, traces=("username",),
)  # fmt: skip
personal.declare(
    JoinRequest, subject="user",
    fields={"evidence": _("证明申请人有权代表企业")},
    retention=Retention(_("未通过的，本人要求即删除；通过的，随公务记录保存"), kept=_once_decided),
    afterwards=lambda rows: _remove_evidence(rows),
)  # fmt: skip
personal.declare(
    Invitation, subject="accepted_by", fields={"name": _("说明邀请的是谁")}, retention=WITH_RECORDS,
)  # fmt: skip
personal.none(Organisation, OrganisationState, Membership, Reach, Delegation)

# ---------------------------------------------------------------------- signing in (more of it in signin/audited.py)
_SIGN_IN = _("登录和保护账号")
personal.declare(EmailAddress, subject="user", fields={"email": _SIGN_IN}, delete=True)
personal.declare(
    SocialToken, subject="account__user", fields={"token": _SIGN_IN, "token_secret": _SIGN_IN}, delete=True
)
personal.declare(
    Session,
    subject=lambda person: Session.objects.filter(
        session_key__in=list(UserSession.objects.filter(user=person.pk).values_list("session_key", flat=True))
    ),
    fields={"session_data": _("保持登录状态")}, delete=True,
)  # fmt: skip


def _of_name(model: Any) -> Callable[[Any], QuerySet[Any]]:
    return lambda person: model.objects.filter(username__iexact=person.get_username())


for _model in (AccessFailureLog, AccessLog):
    personal.declare(
        _model,
        subject=_of_name(_model),
        fields=dict.fromkeys(("username", "ip_address", "user_agent"), _("发现撞库和暴力破解")),
        retention=Retention(
            _("网络日志依法保存六个月（网络安全法第二十一条），期满自动删除"), months=LOG_MONTHS, since="attempt_time"
        ),
        delete=True,
    )  # fmt: skip
personal.none(AccessAttemptExpiration, ContentType, DBTaskResult, EmailConfirmation, Group, Permission, SocialApp)


@personal.hold
def memberships(user: User) -> Iterator[Hold]:
    """A member's name stands in the records of the organisation."""
    for membership in Membership.objects.filter(user=user).select_related("organisation"):
        words = {"organisation": membership.organisation.name}
        if membership.until is None:
            yield Hold(OPEN_ENDED, _("仍是%(organisation)s的成员") % words)
        else:
            until = personal.years_after(membership.until, personal.archive_years())
            yield Hold(until, _("曾是%(organisation)s的成员，其经办的记录正在归档保存") % words)


@personal.unconfirmed
def asked_in_vain(uscc: str | None, before: dt.datetime) -> QuerySet[User]:
    """Who asked to act for an enterprise, was refused or withdrew before this moment, and never got a role."""
    requests = JoinRequest.objects.filter(user=OuterRef("pk"))
    about = requests.filter(uscc=uscc) if uscc else requests
    still = requests.filter(Q(state__in=[JoinState.WAITING, JoinState.CONFIRMED]) | Q(decided_at__gte=before))
    return User.objects.filter(
        Exists(about), ~Exists(still), ~Exists(Membership.objects.filter(user=OuterRef("pk"))), is_active=True
    ).order_by("pk")


def _remove_evidence(requests: list[Any]) -> None:
    """The file goes with the reference to it."""
    from tidui.kit import files

    for request in requests:
        files.remove(request.evidence_id)
