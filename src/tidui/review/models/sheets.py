"""Score sheets of experts, the leader's form, second looks and the calibration beside the official mean."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tidui.review.enums import ExpertKind, LookState, SheetState
from tidui.review.models.drawing import File, Review, Seat
from tidui.review.models.experts import Expert

PERSON = settings.AUTH_USER_MODEL


class Sheet(models.Model):
    """One expert's marks of one file; signing locks it for good.

    `marks`: item to {mark, version, reason, reason_version, band}; `band` is what the facts gave when it was marked.
    """

    file = models.ForeignKey(File, models.PROTECT, related_name="sheets", verbose_name=_("评审文件"))
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="sheets", verbose_name=_("评审席位"))
    expert = models.ForeignKey(Expert, models.PROTECT, related_name="sheets", verbose_name=_("专家"))
    kind = models.CharField(_("类别"), max_length=10, choices=ExpertKind.choices)
    marks = models.JSONField(_("评分"), default=dict)
    opinion = models.TextField(_("评审意见"), blank=True)
    opinion_version = models.PositiveIntegerField(_("评审意见版本"), default=0)
    version = models.PositiveIntegerField(_("版本"), default=0)
    state = models.CharField(_("状态"), max_length=8, choices=SheetState.choices, default=SheetState.DRAFT)
    total = models.PositiveSmallIntegerField(_("得分"), null=True, blank=True)
    #: The expert said that nothing ties them to the applicant: before it, no content is shown.
    declared_at = models.DateTimeField(_("声明无利害关系时间"), null=True, blank=True)
    changed_at = models.DateTimeField(_("最近保存"), null=True, blank=True)
    signed_at = models.DateTimeField(_("签署时间"), null=True, blank=True)
    digest = models.CharField(_("内容摘要"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("评分表")
        constraints = (
            models.UniqueConstraint(
                fields=["file", "expert"], condition=~Q(state="void"), name="one_sheet_of_an_expert"
            ),
            models.CheckConstraint(
                condition=~Q(state="signed")
                | (Q(signed_at__isnull=False, total__isnull=False, declared_at__isnull=False) & ~Q(digest="")),
                name="a_signed_sheet_is_complete",
            ),
        )
        indexes = (models.Index(fields=["expert", "state", "id"], name="sheet_of"),)

    def __str__(self) -> str:
        return f"{self.file_id} {self.expert_id}"


class PanelForm(models.Model):
    """The leader's form: unrounded means (exact fractions as texts) by item, over the experts who mark it."""

    file = models.OneToOneField(File, models.PROTECT, related_name="form", verbose_name=_("评审文件"))
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="+", verbose_name=_("组长席位"))
    means = models.JSONField(_("各项平均分"), default=dict)
    total = models.CharField(_("平均分（分数）"), max_length=60, blank=True)
    opinion = models.TextField(_("评审组意见"), blank=True)
    recommended = models.BooleanField(_("推荐"), null=True, blank=True)
    version = models.PositiveIntegerField(_("版本"), default=0)
    signed_by = models.ForeignKey(
        PERSON, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("签署人")
    )
    signed_at = models.DateTimeField(_("签署时间"), null=True, blank=True)
    digest = models.CharField(_("内容摘要"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("评审组意见表")
        constraints = (
            models.CheckConstraint(
                condition=Q(signed_at__isnull=True)
                | (Q(signed_by__isnull=False, recommended__isnull=False) & ~Q(digest="") & ~Q(total="")),
                name="a_signed_form_is_complete",
            ),
        )

    def __str__(self) -> str:
        return f"{self.file_id}"


class SecondLook(models.Model):
    """The panel is asked to look again: marks lie far apart, or a mark lies outside its band."""

    file = models.ForeignKey(File, models.PROTECT, related_name="looks", verbose_name=_("评审文件"))
    alarms = models.JSONField(_("预警"), default=list)
    state = models.CharField(_("状态"), max_length=8, choices=LookState.choices, default=LookState.OPEN)
    asked_by = models.ForeignKey(
        PERSON, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("提出人")
    )
    asked_at = models.DateTimeField(_("提出时间"))
    answer = models.TextField(_("复议情况"), blank=True)
    answered_by = models.ForeignKey(
        PERSON, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("答复人")
    )
    answered_at = models.DateTimeField(_("答复时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("复议")
        constraints = (
            models.UniqueConstraint(fields=["file"], condition=Q(state="open"), name="one_open_second_look"),
            models.CheckConstraint(
                condition=Q(state="open") | (Q(answered_at__isnull=False) & ~Q(answer="")),
                name="a_second_look_is_answered",
            ),
        )

    def __str__(self) -> str:
        return f"{self.file_id} {self.state}"


class Calibration(models.Model):
    """What the additive model of files and experts said at a moment, kept beside the means that decide."""

    review = models.ForeignKey(Review, models.PROTECT, related_name="calibrations", verbose_name=_("专家评审"))
    line = models.PositiveSmallIntegerField(_("推荐线"))
    result = models.JSONField(_("结果"))
    digest = models.CharField(_("内容摘要"), max_length=64)
    made_at = models.DateTimeField(_("时间"))
    made_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", verbose_name=_("生成人"))

    class Meta:
        verbose_name = _("评分校准")

    def __str__(self) -> str:
        return f"{self.review_id} {self.made_at}"
