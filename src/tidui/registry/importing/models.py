"""Imports, the rows of the official tables, and the events that were taken over."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tidui.accounts.models import Organisation
from tidui.registry.enums import Acquisition, PropertyClass, Source
from tidui.registry.importing.enums import ImportState, PastKind, Policy, Unit

PERSON = settings.AUTH_USER_MODEL


class Import(models.Model):
    """One file that was handed in to be imported: what it would do (`preview`), and what it did (`result`)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    file = models.ForeignKey("kit.StoredFile", models.PROTECT, related_name="+", verbose_name=_("文件"))
    by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", verbose_name=_("导入人"))
    filed_for = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name=_("导入单位"))
    source = models.CharField(_("来源"), max_length=20, choices=Source.choices)
    note = models.CharField(_("来源说明"), max_length=200, blank=True)
    unit = models.CharField(_("金额单位"), max_length=4, choices=Unit.choices, blank=True)
    policy = models.CharField(_("遇到错误时"), max_length=4, choices=Policy.choices, default=Policy.ALL_OR_NOTHING)
    state = models.CharField(_("状态"), max_length=10, choices=ImportState.choices, default=ImportState.CHECKING)
    job = models.ForeignKey(
        "kit.Job", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("后台任务")
    )
    preview = models.JSONField(_("试读结果"), default=dict)
    result = models.JSONField(_("导入结果"), default=dict)
    marked = models.ForeignKey(
        "kit.StoredFile", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("问题工作簿")
    )
    error = models.CharField(_("未导入的原因"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("上传时间"), default=timezone.now)
    checked_at = models.DateTimeField(_("试读时间"), null=True, blank=True)
    applied_at = models.DateTimeField(_("导入时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("导入")
        indexes = (models.Index(fields=["-created_at"], name="import_newest"),)
        constraints = (
            models.CheckConstraint(
                condition=~Q(state="applied") | Q(applied_at__isnull=False), name="an_applied_import_says_when"
            ),
        )

    def __str__(self) -> str:
        return self.file.name

    @property
    def mark(self) -> str:
        """How organisations that it adds name it as the reason."""
        return f"import {self.pk}"


class Declared(models.Model):
    """A row of a declared table. A changed row is followed by another: the old one has its end."""

    #: What makes two rows the same one, besides the organisation.
    KEY: ClassVar[tuple[str, ...]] = ()
    #: What a row says, without who said it and when.
    CONTENT: ClassVar[tuple[str, ...]] = ()

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name=_("单位"))
    batch = models.ForeignKey(Import, models.PROTECT, related_name="+", verbose_name=_("导入批次"))
    filed_at = models.DateTimeField(_("填报时间"))
    ended_at = models.DateTimeField(_("被替换时间"), null=True, blank=True)

    class Meta:
        abstract = True


def _once(name: str, *fields: str) -> models.UniqueConstraint:
    """One row in force of an organisation with this key."""
    return models.UniqueConstraint(
        fields=["organisation", *fields], condition=Q(ended_at__isnull=True), name=f"one_{name}_in_force"
    )


class DeclaredProperty(Declared):
    """知识产权汇总表: an item as a declaration numbers it; the item itself stands in the register of property."""

    KEY = ("declared_year", "code")
    CONTENT = ("name", "kind", "number", "acquisition", "granted_on")

    declared_year = models.PositiveSmallIntegerField(_("申报年度"))
    code = models.CharField(_("知识产权编号"), max_length=8)
    name = models.CharField(_("知识产权名称"), max_length=200)
    kind = models.CharField(_("类别"), max_length=2, choices=PropertyClass.choices)
    number = models.CharField(_("专利号/著作权号"), max_length=200)
    acquisition = models.CharField(_("获得方式"), max_length=2, choices=Acquisition.choices)
    granted_on = models.DateField(_("授权日期"))

    class Meta:
        verbose_name = _("申报的知识产权")
        constraints = (_once("declared_property", "declared_year", "code"),)

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class RdActivity(Declared):
    """企业研究开发活动情况表: one R&D activity. Money in fen; `spent_1` is the first of the three years."""

    KEY = ("declared_year", "code")
    CONTENT = (
        "name", "started_on", "ended_on", "field", "field_2", "field_3", "source", "property", "budget",
        "spent_1", "spent_2", "spent_3", "purpose", "innovation", "results",
    )  # fmt: skip

    declared_year = models.PositiveSmallIntegerField(_("申报年度"))
    code = models.CharField(_("研发活动编号"), max_length=8)
    name = models.CharField(_("研发活动名称"), max_length=200)
    started_on = models.DateField(_("开始日期"))
    ended_on = models.DateField(_("结束日期"), null=True, blank=True)
    field = models.CharField(_("技术领域一级"), max_length=2, blank=True)
    field_2 = models.CharField(_("技术领域二级"), max_length=200, blank=True)
    field_3 = models.CharField(_("技术领域三级"), max_length=200, blank=True)
    source = models.CharField(_("技术来源"), max_length=2, blank=True)
    property = models.JSONField(_("知识产权编号"), default=list)
    budget = models.BigIntegerField(_("研发经费总预算"), null=True, blank=True)
    spent_1 = models.BigIntegerField(_("第一年支出"), null=True, blank=True)
    spent_2 = models.BigIntegerField(_("第二年支出"), null=True, blank=True)
    spent_3 = models.BigIntegerField(_("第三年支出"), null=True, blank=True)
    purpose = models.CharField(_("目的及组织实施方式"), max_length=400, blank=True)
    innovation = models.CharField(_("核心技术及创新点"), max_length=400, blank=True)
    results = models.CharField(_("取得的阶段性成果"), max_length=400, blank=True)

    class Meta:
        verbose_name = _("研发活动")
        constraints = (_once("rd_activity", "declared_year", "code"),)

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class RdYearCost(Declared):
    """企业年度研究开发费用结构明细表: what one activity cost in one year, in fen."""

    KEY = ("declared_year", "year", "code")
    CONTENT = (
        "rd_staff_cost", "rd_direct_input", "rd_depreciation", "rd_intangibles", "rd_design",
        "rd_testing", "rd_other", "external", "external_domestic",
    )  # fmt: skip

    declared_year = models.PositiveSmallIntegerField(_("申报年度"))
    year = models.PositiveSmallIntegerField(_("年度"))
    code = models.CharField(_("项目编号"), max_length=8)
    rd_staff_cost = models.BigIntegerField(_("人员人工费用"), null=True, blank=True)
    rd_direct_input = models.BigIntegerField(_("直接投入费用"), null=True, blank=True)
    rd_depreciation = models.BigIntegerField(_("折旧费用与长期待摊费用"), null=True, blank=True)
    rd_intangibles = models.BigIntegerField(_("无形资产摊销费用"), null=True, blank=True)
    rd_design = models.BigIntegerField(_("设计费用"), null=True, blank=True)
    rd_testing = models.BigIntegerField(_("装备调试费用与试验费用"), null=True, blank=True)
    rd_other = models.BigIntegerField(_("其他费用"), null=True, blank=True)
    external = models.BigIntegerField(_("委托外部研究开发费用"), null=True, blank=True)
    external_domestic = models.BigIntegerField(_("其中境内"), null=True, blank=True)

    class Meta:
        verbose_name = _("研发费用明细")
        constraints = (_once("rd_year_cost", "declared_year", "year", "code"),)

    def __str__(self) -> str:
        return f"{self.year} {self.code}"


class Product(Declared):
    """上年度高新技术产品(服务)情况表: one product or service; `income` of the year before the declaration, in fen."""

    KEY = ("declared_year", "code")
    CONTENT = (
        "name", "field", "field_2", "field_3", "source", "income", "main", "property", "technology", "advantage",
        "support",
    )  # fmt: skip

    declared_year = models.PositiveSmallIntegerField(_("申报年度"))
    code = models.CharField(_("编号"), max_length=8)
    name = models.CharField(_("产品(服务)名称"), max_length=200)
    field = models.CharField(_("技术领域一级"), max_length=2, blank=True)
    field_2 = models.CharField(_("技术领域二级"), max_length=200, blank=True)
    field_3 = models.CharField(_("技术领域三级"), max_length=200, blank=True)
    source = models.CharField(_("技术来源"), max_length=2, blank=True)
    income = models.BigIntegerField(_("上年度销售收入"))
    main = models.BooleanField(_("是否主要产品(服务)"), null=True, blank=True)
    property = models.JSONField(_("知识产权编号"), default=list)
    technology = models.CharField(_("关键技术及主要技术指标"), max_length=400, blank=True)
    advantage = models.CharField(_("竞争优势"), max_length=400, blank=True)
    support = models.CharField(_("知识产权的支持作用"), max_length=400, blank=True)

    class Meta:
        verbose_name = _("高新技术产品(服务)")
        constraints = (_once("product", "declared_year", "code"),)

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Conversion(Declared):
    """科技成果转化情况: one result that was put to use."""

    KEY = ("declared_year", "year", "name", "outcome")
    CONTENT = ("kind", "source", "property", "activities", "products", "forms")

    declared_year = models.PositiveSmallIntegerField(_("申报年度"))
    year = models.PositiveSmallIntegerField(_("转化时间(年)"))
    name = models.CharField(_("科技成果名称"), max_length=200)
    outcome = models.CharField(_("转化结果"), max_length=2)
    kind = models.CharField(_("成果类型"), max_length=2, blank=True)
    source = models.CharField(_("成果来源"), max_length=2, blank=True)
    property = models.JSONField(_("关联IP"), default=list)
    activities = models.JSONField(_("关联RD"), default=list)
    products = models.JSONField(_("关联PS"), default=list)
    forms = models.JSONField(_("转化形式"), default=list)

    class Meta:
        verbose_name = _("科技成果转化")
        constraints = (_once("conversion", "declared_year", "year", "name", "outcome"),)

    def __str__(self) -> str:
        return f"{self.year} {self.name}"


class PastEvent(Declared):
    """What was taken over of the years before: a recognition, a number, a revocation, a reward, with its documents.

    `detail` is the kind of a reward, or the kind and level of a carrier.
    """

    KEY = ("kind", "on", "detail", "number")
    CONTENT = ("until", "amount", "document", "note")

    kind = models.CharField(_("事项"), max_length=20, choices=PastKind.choices)
    on = models.DateField(_("日期"))
    until = models.DateField(_("有效期至"), null=True, blank=True)
    number = models.CharField(_("编号或证书号"), max_length=60, blank=True)
    detail = models.CharField(_("细类"), max_length=40, blank=True)
    amount = models.BigIntegerField(_("金额(分)"), null=True, blank=True)
    document = models.CharField(_("文号"), max_length=200, blank=True)
    note = models.CharField(_("说明"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("历史事项")
        constraints = (_once("past_event", "kind", "on", "detail", "number"),)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.on}"


#: The model of each declared table, by workbook and sheet.
MODELS: dict[tuple[str, str], type[Declared]] = {
    ("official", "property"): DeclaredProperty,
    ("official", "rd"): RdActivity,
    ("official", "costs"): RdYearCost,
    ("official", "products"): Product,
    ("official", "conversions"): Conversion,
}
