"""People and organisations, who belongs where, and which enterprises a unit reaches, each with its dates."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tidui.accounts.enums import JoinState, OrganisationKind, ReachKind, Role


class UserManager(BaseUserManager["User"]):
    """Makes people."""

    def create_user(self, username: str, password: str | None = None, **fields: Any) -> User:
        """A person with this sign-in name; without a password nobody can sign in as them yet."""
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person. What they may do comes from their memberships, never from the person."""

    username = models.CharField(_("登录名"), max_length=64, unique=True)
    name = models.CharField(_("姓名"), max_length=64)
    email = models.EmailField(_("电子邮箱"), blank=True)
    mobile = models.CharField(_("手机号码"), max_length=20, blank=True)
    is_active = models.BooleanField(_("可以登录"), default=True)
    language = models.CharField(_("界面语言"), max_length=10, default="zh-hans")
    joined_at = models.DateTimeField(_("注册时间"), default=timezone.now)

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    objects = UserManager()

    class Meta:
        verbose_name = _("人员")

    def __str__(self) -> str:
        return self.name or self.username


class Organisation(models.Model):
    """An organisation as it is today; how it was before stands in its states."""

    kind = models.CharField(_("单位类别"), max_length=20, choices=OrganisationKind.choices)
    name = models.CharField(_("单位名称"), max_length=200)
    uscc = models.CharField(_("统一社会信用代码"), max_length=18, null=True, blank=True, unique=True)
    division = models.CharField(_("行政区划"), max_length=6, blank=True, db_index=True)
    zone = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="located", verbose_name=_("所在开发区")
    )
    affiliation = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="affiliated", verbose_name=_("隶属单位")
    )
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="absorbed", verbose_name=_("并入单位")
    )
    #: A zone such as 兰州新区 that recommends by itself: divisions around it do not reach what lies in it.
    recommends_alone = models.BooleanField(_("独立推荐"), default=False)
    active = models.BooleanField(_("在用"), default=True)
    created_at = models.DateTimeField(_("建立时间"), default=timezone.now)

    class Meta:
        verbose_name = _("单位")
        indexes = (
            models.Index(fields=["kind", "name"], name="organisation_kind_name"),
            models.Index(fields=["name", "id"], name="organisation_name"),
        )

    def __str__(self) -> str:
        return self.name


class OrganisationState(models.Model):
    """What an organisation was called, and where it lay, from one day to another (`until` is the first day after)."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="states", verbose_name=_("单位"))
    name = models.CharField(_("单位名称"), max_length=200)
    uscc = models.CharField(_("统一社会信用代码"), max_length=18, null=True, blank=True)
    division = models.CharField(_("行政区划"), max_length=6, blank=True)
    zone = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")
    affiliation = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")
    merged_into = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")
    recommends_alone = models.BooleanField(_("独立推荐"), default=False)
    active = models.BooleanField(_("在用"), default=True)
    #: Has the organisation's own row taken this state over? Only one with a day to come has not.
    applied = models.BooleanField(default=True)
    since = models.DateField(_("自"))
    until = models.DateField(_("至(不含)"), null=True, blank=True)
    reason = models.CharField(_("变更原因"), max_length=200, blank=True)
    recorded_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    recorded_at = models.DateTimeField(_("记录时间"), default=timezone.now)

    class Meta:
        verbose_name = _("单位沿革")
        constraints = (
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gt=F("since")), name="state_ends_after_it_begins"
            ),
            models.UniqueConstraint(fields=["organisation"], condition=Q(until__isnull=True), name="one_state_is_open"),
            models.UniqueConstraint(fields=["organisation", "since"], name="one_state_begins_a_day"),
        )
        indexes = (
            models.Index(fields=["since"], condition=Q(applied=False), name="state_to_come"),
            models.Index(fields=["name"], name="state_name"),
            models.Index(fields=["uscc"], name="state_uscc"),
        )

    def __str__(self) -> str:
        return f"{self.name} {self.since}"


class Membership(models.Model):
    """A person has a role in an organisation from one moment to another."""

    user = models.ForeignKey(User, models.PROTECT, related_name="memberships", verbose_name=_("人员"))
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="memberships", verbose_name=_("单位"))
    role = models.CharField(_("角色"), max_length=20, choices=Role.choices)
    since = models.DateTimeField(_("自"), default=timezone.now)
    until = models.DateTimeField(_("至"), null=True, blank=True)
    given_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    revoked_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.CharField(_("原因"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("成员")
        constraints = (
            models.UniqueConstraint(
                fields=["user", "organisation", "role"], condition=Q(until__isnull=True), name="one_role_is_held_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.user} {self.get_role_display()}"


class Reach(models.Model):
    """A unit reaches a division (a prefecture with its counties), a zone, what is affiliated, or one organisation."""

    unit = models.ForeignKey(Organisation, models.CASCADE, related_name="reaches", verbose_name=_("推荐单位"))
    kind = models.CharField(_("范围类别"), max_length=20, choices=ReachKind.choices)
    division = models.CharField(_("行政区划"), max_length=6, blank=True)
    target = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="reached_by")
    since = models.DateField(_("自"))
    until = models.DateField(_("至(不含)"), null=True, blank=True)
    given_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.CharField(_("原因"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("辖区/推荐范围")
        constraints = (
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gt=F("since")), name="reach_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=Q(kind="province", division="", target__isnull=True)
                | (Q(kind="division", target__isnull=True) & ~Q(division=""))
                | Q(kind__in=["zone", "affiliation", "organisation"], division="", target__isnull=False),
                name="reach_names_what_its_kind_needs",
            ),
        )
        indexes = (models.Index(fields=["kind", "division"], name="reach_division"),)

    def __str__(self) -> str:
        return f"{self.unit} {self.get_kind_display()} {self.division or self.target or ''}"


class Delegation(models.Model):
    """While its giver is away, a colleague holds this membership too; it ends by itself with the membership."""

    membership = models.ForeignKey(
        Membership, models.PROTECT, related_name="delegations", verbose_name=_("被代理的角色")
    )
    to = models.ForeignKey(User, models.PROTECT, related_name="delegations", verbose_name=_("代理人"))
    since = models.DateTimeField(_("自"))
    until = models.DateTimeField(_("至"))
    reason = models.CharField(_("原因"), max_length=200, blank=True)
    given_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    given_at = models.DateTimeField(_("登记时间"), default=timezone.now)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("代理")
        constraints = (
            models.CheckConstraint(condition=Q(until__gte=F("since")), name="delegation_ends_after_it_begins"),
        )
        indexes = (models.Index(fields=["to", "until"], name="delegation_to"),)

    def __str__(self) -> str:
        return f"{self.membership} {self.to}"


class Invitation(models.Model):
    """A link that makes whoever opens it first, within its time, a member; only the link's digest is kept."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="invitations", verbose_name=_("单位"))
    role = models.CharField(_("角色"), max_length=20, choices=Role.choices)
    name = models.CharField(_("姓名"), max_length=64)
    digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    invited_at = models.DateTimeField(_("邀请时间"), default=timezone.now)
    expires_at = models.DateTimeField(_("有效期至"))
    accepted_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    accepted_at = models.DateTimeField(_("接受时间"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("收回时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("邀请")
        constraints = (
            models.CheckConstraint(
                condition=Q(accepted_by__isnull=True, accepted_at__isnull=True)
                | Q(accepted_by__isnull=False, accepted_at__isnull=False, withdrawn_at__isnull=True),
                name="an_accepted_invitation_says_by_whom",
            ),
        )

    def __str__(self) -> str:
        return f"{self.organisation} {self.name}"


class JoinRequest(models.Model):
    """A person asks to act for an enterprise; `organisation` is known once it is in the register."""

    user = models.ForeignKey(User, models.PROTECT, related_name="join_requests", verbose_name=_("申请人"))
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="join_requests", verbose_name=_("单位")
    )
    uscc = models.CharField(_("统一社会信用代码"), max_length=18)
    name = models.CharField(_("单位名称"), max_length=200)
    division = models.CharField(_("行政区划"), max_length=6)
    zone = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("所在开发区")
    )
    role = models.CharField(_("角色"), max_length=20, choices=Role.choices, default=Role.CLERK)
    evidence = models.ForeignKey(
        "kit.StoredFile", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("证明材料")
    )
    #: The unit that confirms a first administrator; None: the department. Unused for a later member.
    unit = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("审核单位")
    )
    #: Does the enterprise's own administrator decide (True), or the recommending unit?
    inside = models.BooleanField(default=False)
    state = models.CharField(
        _("状态"), max_length=10, choices=JoinState.choices, default=JoinState.WAITING, db_index=True
    )
    reason = models.CharField(_("理由"), max_length=300, blank=True)
    asked_at = models.DateTimeField(_("申请时间"), default=timezone.now)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(_("处理时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("入驻申请")
        constraints = (
            models.UniqueConstraint(
                fields=["user", "uscc"], condition=Q(state="waiting"), name="one_request_waits_per_person"
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", decided_at__isnull=True)
                | (~Q(state="waiting") & Q(decided_at__isnull=False)),
                name="a_decided_request_says_when",
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} {self.user}"


# Signing in keeps tables of its own in this app.
from tidui.accounts.signin.models import PasswordDuty  # noqa: E402, F401
