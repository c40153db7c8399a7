"""Site visits: who was commissioned, what is to be checked, and what devices sent from the spot."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tidui.accounts.models import Organisation
from tidui.casework.models import Application, Batch, Submission
from tidui.review.enums import ClaimOutcome, RecordState, VisitState

PERSON = settings.AUTH_USER_MODEL


class Commission(models.Model):
    """An institution is commissioned to visit applicants of a batch, by a letter with a number, until a day."""

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="commissions", verbose_name=_("批次"))
    institution = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name=_("专业机构"))
    document_number = models.CharField(_("委托文号"), max_length=60, blank=True)
    due_on = models.DateField(_("考察期限"))
    note = models.TextField(_("委托要求"), blank=True)
    made_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", verbose_name=_("委托人"))
    made_at = models.DateTimeField(_("委托时间"))

    class Meta:
        verbose_name = _("考察委托")

    def __str__(self) -> str:
        return f"{self.batch_id} {self.institution_id}"


class Visit(models.Model):
    """A visit to one applicant. The claims are those of `submission`; `before` and `after` are what the rules said."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="visits", verbose_name=_("申报"))
    commission = models.ForeignKey(Commission, models.PROTECT, related_name="visits", verbose_name=_("考察委托"))
    submission = models.ForeignKey(Submission, models.PROTECT, related_name="+", verbose_name=_("提交"))
    state = models.CharField(_("状态"), max_length=10, choices=VisitState.choices, default=VisitState.ASSIGNED)
    planned_on = models.DateField(_("约定日期"), null=True, blank=True)
    visitors = models.CharField(_("考察人员"), max_length=200, blank=True)
    opinion = models.TextField(_("考察意见"), blank=True)
    version = models.PositiveIntegerField(_("版本"), default=0)
    reported_by = models.ForeignKey(
        PERSON, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("报告人")
    )
    reported_at = models.DateTimeField(_("报告时间"), null=True, blank=True)
    digest = models.CharField(_("报告摘要"), max_length=64, blank=True)
    returned_reason = models.CharField(_("退回理由"), max_length=300, blank=True)
    accepted_by = models.ForeignKey(
        PERSON, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("采用人")
    )
    accepted_at = models.DateTimeField(_("采用时间"), null=True, blank=True)
    before = models.JSONField(_("考察前结论"), default=dict)
    after = models.JSONField(_("考察后结论"), default=dict)

    class Meta:
        verbose_name = _("现场考察")
        constraints = (
            models.UniqueConstraint(
                fields=["application"], condition=~Q(state="withdrawn"), name="one_visit_an_application"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["reported", "accepted"])
                | (Q(reported_at__isnull=False) & ~Q(digest="") & ~Q(opinion="")),
                name="a_reported_visit_says_what_was_found",
            ),
        )
        indexes = (models.Index(fields=["commission", "state", "id"], name="visit_of"),)

    def __str__(self) -> str:
        return f"{self.application_id}"


class Claim(models.Model):
    """Something that the file says and that is looked at on the spot.

    `section` is where it stands (`facts`, `staff`, `equipment`, `ip`, `rd`, `products`, `conversions`, `accounts`);
    `key` is a fact's name (`employees.2025`) or a row of a table (`t.ip.3`), `value` what was stated, as plain data.
    """

    visit = models.ForeignKey(Visit, models.CASCADE, related_name="claims", verbose_name=_("现场考察"))
    number = models.PositiveSmallIntegerField(_("序号"))
    section = models.CharField(_("类别"), max_length=20)
    key = models.CharField(_("指标或行"), max_length=120)
    title = models.CharField(_("核查内容"), max_length=300)
    value = models.JSONField(_("申报内容"), null=True, blank=True)
    said = models.CharField(_("申报内容（文字）"), max_length=500, blank=True)
    outcome = models.CharField(_("核查结果"), max_length=10, choices=ClaimOutcome.choices, default=ClaimOutcome.OPEN)
    found = models.CharField(_("现场所见"), max_length=500, blank=True)
    note = models.TextField(_("说明"), blank=True)
    version = models.PositiveIntegerField(_("版本"), default=0)

    class Meta:
        verbose_name = _("核查事项")
        constraints = (models.UniqueConstraint(fields=["visit", "key"], name="a_claim_stands_once"),)

    def __str__(self) -> str:
        return f"{self.visit_id} {self.key}"


class Record(models.Model):
    """What a device sent, once for each `key`: sent again, it is the same record. Never changed but for its state."""

    visit = models.ForeignKey(Visit, models.CASCADE, related_name="records", verbose_name=_("现场考察"))
    claim = models.ForeignKey(
        Claim, models.CASCADE, null=True, blank=True, related_name="records", verbose_name=_("核查事项")
    )
    key = models.UUIDField(_("记录标识"), unique=True)
    #: The version of the claim that the device had seen: an older one than the claim's is a conflict.
    base = models.PositiveIntegerField(_("所见版本"))
    outcome = models.CharField(_("核查结果"), max_length=10, choices=ClaimOutcome.choices)
    found = models.CharField(_("现场所见"), max_length=500, blank=True)
    note = models.TextField(_("说明"), blank=True)
    device = models.CharField(_("设备"), max_length=60, blank=True)
    noted_at = models.DateTimeField(_("现场记录时间"))
    by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", verbose_name=_("记录人"))
    received_at = models.DateTimeField(_("收到时间"))
    state = models.CharField(_("状态"), max_length=8, choices=RecordState.choices, default=RecordState.APPLIED)
    settled_by = models.ForeignKey(
        PERSON, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("处理人")
    )
    settled_at = models.DateTimeField(_("处理时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("现场记录")
        indexes = (models.Index(fields=["visit", "state"], name="record_of"),)

    def __str__(self) -> str:
        return f"{self.visit_id} {self.key}"


class Photo(models.Model):
    """A photograph from the spot, with the device's time and place."""

    visit = models.ForeignKey(Visit, models.CASCADE, related_name="photos", verbose_name=_("现场考察"))
    claim = models.ForeignKey(
        Claim, models.CASCADE, null=True, blank=True, related_name="photos", verbose_name=_("核查事项")
    )
    key = models.UUIDField(_("记录标识"), unique=True)
    file = models.ForeignKey("kit.StoredFile", models.PROTECT, related_name="+", verbose_name=_("照片"))
    taken_at = models.DateTimeField(_("拍摄时间"))
    latitude = models.DecimalField(_("纬度"), max_digits=9, decimal_places=6, null=True, blank=True)
    longitude = models.DecimalField(_("经度"), max_digits=9, decimal_places=6, null=True, blank=True)
    accuracy = models.PositiveIntegerField(_("定位误差（米）"), null=True, blank=True)
    by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", verbose_name=_("拍摄人"))
    received_at = models.DateTimeField(_("收到时间"))

    class Meta:
        verbose_name = _("现场照片")

    def __str__(self) -> str:
        return f"{self.visit_id} {self.key}"
