"""What follows a recognition that lasts for years: yearly information, and changes that the enterprise reports."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

PERSON = settings.AUTH_USER_MODEL


class ChangeKind(models.TextChoices):
    """What changed about an enterprise that is recognised."""

    RENAME = "rename", _("更名")
    BUSINESS = "business", _("主营业务重大变化")
    MERGER = "merger", _("合并、分立、重组")
    MOVE = "move", _("整体迁出本省")


class ChangeState(models.TextChoices):
    """How a reported change stands."""

    FILED = "filed", _("待核定")
    RETURNED = "returned", _("退回补充")
    KEPT = "kept", _("资格继续有效")
    ENDED = "ended", _("资格终止")
    DOUBTED = "doubted", _("转撤销程序")


class YearlyReturn(models.Model):
    """The information of a year that the holder of a recognition files until a day. Not filed, it stays open.

    `facts` are those of the enterprise file as they were when it was filed: a list of {name, year, value, text}.
    """

    recognition = models.ForeignKey(
        "recognition.Recognition", models.PROTECT, related_name="yearly_returns", verbose_name=_("认定资格")
    )
    year = models.PositiveSmallIntegerField(_("年度"))
    due_on = models.DateField(_("填报期限"))
    facts = models.JSONField(_("指标"), default=list)
    text = models.TextField(_("发展情况"), blank=True)
    filed_by = models.ForeignKey(
        PERSON, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("填报人")
    )
    filed_at = models.DateTimeField(_("填报时间"), null=True, blank=True)
    digest = models.CharField(_("内容摘要"), max_length=64, blank=True)
    made_at = models.DateTimeField(_("建立时间"))

    class Meta:
        verbose_name = _("年度报告")
        constraints = (
            models.UniqueConstraint(fields=["recognition", "year"], name="one_return_a_year"),
            models.CheckConstraint(
                condition=Q(filed_at__isnull=True, digest="")
                | (Q(filed_at__isnull=False, filed_by__isnull=False) & ~Q(digest="") & ~Q(text="")),
                name="a_filed_return_is_complete",
            ),
        )
        indexes = (models.Index(fields=["year", "due_on", "id"], name="return_of_year"),)

    def __str__(self) -> str:
        return f"{self.recognition_id} {self.year}"


class Change(models.Model):
    """A change that the enterprise reports within months, and what the department decided about the recognition."""

    recognition = models.ForeignKey(
        "recognition.Recognition", models.PROTECT, related_name="changes", verbose_name=_("认定资格")
    )
    kind = models.CharField(_("变更事项"), max_length=10, choices=ChangeKind.choices)
    happened_on = models.DateField(_("变更日期"))
    #: The last day on which it is reported in time.
    due_on = models.DateField(_("报告期限"))
    before = models.CharField(_("变更前"), max_length=200, blank=True)
    after = models.CharField(_("变更后"), max_length=200, blank=True)
    text = models.TextField(_("变更情况"))
    file = models.ForeignKey(
        "kit.StoredFile", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("证明材料")
    )
    filed_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", verbose_name=_("报告人"))
    filed_at = models.DateTimeField(_("报告时间"))
    state = models.CharField(_("状态"), max_length=10, choices=ChangeState.choices, default=ChangeState.FILED)
    answer = models.TextField(_("核定意见"), blank=True)
    ends_on = models.DateField(_("资格有效至"), null=True, blank=True)
    decided_by = models.ForeignKey(
        PERSON, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("核定人")
    )
    decided_at = models.DateTimeField(_("核定时间"), null=True, blank=True)
    certificate = models.ForeignKey(
        "recognition.Certificate", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("换发的证书")
    )
    revocation = models.ForeignKey(
        "recognition.Revocation", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("撤销")
    )

    class Meta:
        verbose_name = _("变更报告")
        constraints = (
            models.UniqueConstraint(
                fields=["recognition", "kind"], condition=Q(state__in=["filed", "returned"]),
                name="one_open_change_a_kind",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["filed", "returned"])
                | Q(decided_by__isnull=False, decided_at__isnull=False),
                name="a_decided_change_says_by_whom",
            ),
            models.CheckConstraint(
                condition=~Q(state="ended") | Q(ends_on__isnull=False), name="an_ended_recognition_says_when"
            ),
        )
        indexes = (models.Index(fields=["state", "filed_at", "id"], name="change_desk"),)

    def __str__(self) -> str:
        return f"{self.recognition_id} {self.kind}"
