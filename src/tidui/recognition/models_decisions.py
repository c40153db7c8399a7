"""Meetings of the department and what they decided. Nobody outside the department sees it before it is published."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from tidui.casework.models import Application, Batch

PERSON = settings.AUTH_USER_MODEL


class MeetingState(models.TextChoices):
    """How a meeting stands: written down, to be confirmed by another, sealed, known to all."""

    DRAFT = "draft", _("记录中")
    PROPOSED = "proposed", _("待复核")
    DECIDED = "decided", _("已审定，未公布")
    PUBLISHED = "published", _("已公布")


class Outcome(models.TextChoices):
    """What a meeting decides of an application."""

    APPROVE = "approve", _("同意认定")
    REFUSE = "refuse", _("不予认定")
    DEFER = "defer", _("暂缓，下次再议")


class Meeting(models.Model):
    """A meeting that decides on a batch. `present` and `absent` are lists of names.

    One person writes it down and asks for its confirmation, another confirms: then the minutes have their number, and
    everything is sealed until it is published.
    """

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="meetings", verbose_name=_("批次"))
    title = models.CharField(_("会议名称"), max_length=200)
    held_on = models.DateField(_("会议日期"))
    place = models.CharField(_("地点"), max_length=100)
    chair = models.CharField(_("主持人"), max_length=60)
    present = models.JSONField(_("出席人员"), default=list)
    absent = models.JSONField(_("缺席人员"), default=list)
    note = models.TextField(_("会议情况"), blank=True)
    state = models.CharField(_("状态"), max_length=10, choices=MeetingState.choices, default=MeetingState.DRAFT)
    version = models.PositiveIntegerField(_("版本"), default=0)
    made_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", verbose_name=_("记录人"))
    made_at = models.DateTimeField(_("记录时间"))
    proposed_by = models.ForeignKey(
        PERSON, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("提交复核人")
    )
    proposed_at = models.DateTimeField(_("提交复核时间"), null=True, blank=True)
    confirmed_by = models.ForeignKey(
        PERSON, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("复核人")
    )
    confirmed_at = models.DateTimeField(_("复核时间"), null=True, blank=True)
    #: Why the last proposal was sent back.
    answer = models.CharField(_("退回理由"), max_length=300, blank=True)
    minutes = models.ForeignKey(
        "recognition.Document", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("会议纪要")
    )
    #: Over everything that was decided: the history holds it from the day of the decision on, and nothing more.
    digest = models.CharField(_("审定结果摘要"), max_length=64, blank=True)
    published_by = models.ForeignKey(
        PERSON, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("公布人")
    )
    published_at = models.DateTimeField(_("公布时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("厅务会")
        constraints = (
            models.UniqueConstraint(
                fields=["batch"], condition=~Q(state="published"), name="one_running_meeting_a_batch"
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("proposed_by")),
                name="a_meeting_is_confirmed_by_another",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "proposed"], confirmed_at__isnull=True)
                | (Q(state__in=["decided", "published"], confirmed_by__isnull=False, proposed_by__isnull=False,
                     minutes__isnull=False) & ~Q(digest="")),
                name="a_decided_meeting_has_minutes",
            ),
            models.CheckConstraint(
                condition=~Q(state="published") | Q(published_by__isnull=False, published_at__isnull=False),
                name="a_published_meeting_says_when",
            ),
        )  # fmt: skip
        indexes = (models.Index(fields=["-held_on", "-id"], name="meeting_newest"),)

    def __str__(self) -> str:
        return self.title


class Decision(models.Model):
    """What a meeting decided of one application, and what stood before it (`seen`). Empty `outcome`: not yet."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="decisions", verbose_name=_("厅务会"))
    application = models.ForeignKey(Application, models.PROTECT, related_name="decisions", verbose_name=_("申报"))
    outcome = models.CharField(_("审定意见"), max_length=8, choices=Outcome.choices, blank=True)
    reason = models.TextField(_("理由"), blank=True)
    condition = models.TextField(_("附带条件"), blank=True)
    votes_for = models.PositiveSmallIntegerField(_("同意票"), null=True, blank=True)
    votes_against = models.PositiveSmallIntegerField(_("反对票"), null=True, blank=True)
    abstentions = models.PositiveSmallIntegerField(_("弃权票"), null=True, blank=True)
    #: Members who left the room for this one.
    recused = models.JSONField(_("回避人员"), default=list)
    seen = models.JSONField(_("审定时所见"), default=dict)
    decided_by = models.ForeignKey(
        PERSON, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("记录人")
    )
    decided_at = models.DateTimeField(_("记录时间"), null=True, blank=True)
    #: When it was carried out: the application moved.
    published_at = models.DateTimeField(_("公布时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("审定意见")
        constraints = (
            models.UniqueConstraint(fields=["meeting", "application"], name="decided_once_a_meeting"),
            models.CheckConstraint(
                condition=~Q(outcome__in=["refuse", "defer"]) | ~Q(reason=""), name="a_refusal_says_why"
            ),
        )

    def __str__(self) -> str:
        return f"{self.meeting_id} {self.application_id}"  # never the outcome: this text goes into the history
