"""What an administrator keeps up to date: calendar, divisions, parameters, texts."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

PERSON = settings.AUTH_USER_MODEL


class CalendarDay(models.Model):
    """A day that differs from the calendar that Tidui came with."""

    day = models.DateField(_("日期"), unique=True)
    working = models.BooleanField(_("工作日"))
    name = models.CharField(_("说明"), max_length=40)
    set_by = models.ForeignKey(PERSON, models.PROTECT, null=True, related_name="+")
    set_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("工作日历")

    def __str__(self) -> str:
        return f"{self.day} {self.name}"


class CalendarYear(models.Model):
    """A year whose arrangement has been announced, with the document that did it."""

    year = models.PositiveSmallIntegerField(_("年份"), unique=True)
    document = models.CharField(_("文号"), max_length=80)
    set_by = models.ForeignKey(PERSON, models.PROTECT, null=True, related_name="+")
    set_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("已公布的年度安排")

    def __str__(self) -> str:
        return f"{self.year} {self.document}"


class DivisionChange(models.Model):
    """A division that was added or renamed, or one that ended and became part of another."""

    code = models.CharField(_("区划代码"), max_length=6)
    zh = models.CharField(_("名称"), max_length=40, blank=True)
    en = models.CharField(_("英文名称"), max_length=60, blank=True)
    successor = models.CharField(_("现属区划代码"), max_length=6, blank=True)
    since = models.DateField(_("自"))
    document = models.CharField(_("文号"), max_length=80)
    set_by = models.ForeignKey(PERSON, models.PROTECT, null=True, related_name="+")
    set_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("行政区划变更")
        constraints = (
            models.UniqueConstraint(fields=["code", "since"], name="a_division_changes_once_a_day"),
            models.CheckConstraint(
                condition=(Q(successor="") & ~Q(zh="")) | (~Q(successor="") & Q(zh="")),
                name="a_division_is_named_or_ended",
            ),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.zh or self.successor}"


class ParameterValue(models.Model):
    """The value of a parameter from a day on."""

    name = models.CharField(_("参数"), max_length=80)
    value = models.JSONField(_("取值"))
    since = models.DateField(_("自"))
    reason = models.CharField(_("原因"), max_length=200)
    set_by = models.ForeignKey(PERSON, models.PROTECT, null=True, related_name="+")
    set_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("参数取值")
        constraints = (models.UniqueConstraint(fields=["name", "since"], name="a_parameter_has_one_value_a_day"),)

    def __str__(self) -> str:
        return f"{self.name} {self.since}"


class TextVersion(models.Model):
    """The wording of a text in one language, as an administrator last set it; earlier versions stay."""

    key = models.CharField(_("文本"), max_length=80)
    language = models.CharField(_("语言"), max_length=10)
    subject = models.CharField(_("标题"), max_length=200)
    body = models.TextField(_("内容"))
    version = models.PositiveIntegerField(_("版本"))
    set_by = models.ForeignKey(PERSON, models.PROTECT, null=True, related_name="+")
    set_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("文本模板")
        constraints = (models.UniqueConstraint(fields=["key", "language", "version"], name="text_version_once"),)

    def __str__(self) -> str:
        return f"{self.key} {self.language} {self.version}"
