"""What figures are counted from, and figures as they were when they were published."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tidui.accounts.models import Organisation
from tidui.casework.models import Application

PERSON = settings.AUTH_USER_MODEL


class Line(models.Model):
    """A submitted application as figures see it: where the enterprise lay when it submitted, its field, how it fared.

    It is worked out from the application and can be made again at any time. `latest` marks the last application of an
    enterprise in a programme and year, so that enterprises are counted once. `reason` is why it was refused: the first
    condition of the policy that failed, or a word of `tidui.figures.dimensions`.
    """

    application = models.OneToOneField(
        Application, models.CASCADE, related_name="line", verbose_name=_("申报"), primary_key=True
    )
    programme = models.CharField(_("业务"), max_length=60)
    year = models.PositiveSmallIntegerField(_("年度"))
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name=_("单位"))
    prefecture = models.CharField(_("市州"), max_length=6, blank=True)
    county = models.CharField(_("县区"), max_length=6, blank=True)
    field = models.CharField(_("技术领域"), max_length=2, blank=True)
    section = models.CharField(_("行业门类"), max_length=1, blank=True)
    band = models.CharField(_("得分段"), max_length=4, blank=True)
    route = models.CharField(_("直接确认途径"), max_length=20, blank=True)
    reason = models.CharField(_("未通过的原因"), max_length=60, blank=True)
    #: What the national platform gave as its reason, where it refused; cut to a line.
    told = models.CharField(_("国家平台的理由"), max_length=120, blank=True, default="")
    late = models.BooleanField(_("截止后补正"), default=False)
    latest = models.BooleanField(_("本年度最近一份"), default=True)

    class Meta:
        verbose_name = _("统计明细")
        indexes = (models.Index(fields=["programme", "year", "prefecture"], name="line_of_year"),)

    def __str__(self) -> str:
        return f"{self.programme} {self.year} {self.application_id}"


class FigureSet(models.Model):
    """The figures of a programme and year as they stood at a moment: totals, tables, and the records behind them.

    `totals`: indicator to count; `tables`: dimension to rows of {value, label, counts}. Never changed; what became
    otherwise since is shown as differences.
    """

    programme = models.CharField(_("业务"), max_length=60)
    year = models.PositiveSmallIntegerField(_("年度"))
    title = models.CharField(_("标题"), max_length=200)
    note = models.TextField(_("说明"), blank=True)
    totals = models.JSONField(_("合计"), default=dict)
    tables = models.JSONField(_("分组"), default=dict)
    count = models.PositiveIntegerField(_("记录数"))
    digest = models.CharField(_("内容摘要"), max_length=64)
    frozen_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", verbose_name=_("冻结人"))
    frozen_at = models.DateTimeField(_("冻结时间"))
    published_by = models.ForeignKey(
        PERSON, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("发布人")
    )
    published_at = models.DateTimeField(_("发布时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("冻结的统计数")
        constraints = (
            models.CheckConstraint(
                condition=Q(published_at__isnull=True, published_by__isnull=True)
                | Q(published_at__isnull=False, published_by__isnull=False),
                name="published_figures_say_by_whom",
            ),
        )
        indexes = (models.Index(fields=["programme", "year", "-frozen_at"], name="figure_set_of_year"),)

    def __str__(self) -> str:
        return self.title


class FrozenLine(models.Model):
    """A record behind frozen figures as it was then: the indicators that counted it, and its place in every table."""

    frozen = models.ForeignKey(FigureSet, models.PROTECT, related_name="lines", verbose_name=_("冻结的统计数"))
    application = models.ForeignKey(Application, models.PROTECT, related_name="+", verbose_name=_("申报"))
    counted = models.JSONField(_("计入的指标"), default=list)
    places = models.JSONField(_("所在分组"), default=dict)

    class Meta:
        verbose_name = _("冻结的明细")
        constraints = (models.UniqueConstraint(fields=["frozen", "application"], name="frozen_once"),)

    def __str__(self) -> str:
        return f"{self.frozen_id} {self.application_id}"
