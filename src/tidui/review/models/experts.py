"""The register of experts, what ties them to organisations, and their fees."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from tidui.accounts.models import Organisation
from tidui.casework.models import Application, Batch
from tidui.review.enums import ExpertKind, ExpertState, RecusalKind, TieKind, TieSource, TitleLevel

PERSON = settings.AUTH_USER_MODEL


class Expert(models.Model):
    """A person who reviews: technical or financial, in some fields, for a term. `load` is the most files a batch."""

    user = models.OneToOneField(
        PERSON, models.PROTECT, null=True, blank=True, related_name="expert", verbose_name=_("账号")
    )
    name = models.CharField(_("姓名"), max_length=64)
    kind = models.CharField(_("类别"), max_length=10, choices=ExpertKind.choices)
    title = models.CharField(_("职称"), max_length=60, blank=True)
    level = models.CharField(_("职称级别"), max_length=10, choices=TitleLevel.choices, default=TitleLevel.NONE)
    qualification = models.CharField(_("执业资格"), max_length=100, blank=True)
    years = models.PositiveSmallIntegerField(_("相关工作年限"), default=0)
    employer = models.CharField(_("工作单位"), max_length=200)
    employer_uscc = models.CharField(_("工作单位统一社会信用代码"), max_length=18, blank=True)
    division = models.CharField(_("所在地"), max_length=6, blank=True)
    mobile = models.CharField(_("手机号码"), max_length=20, blank=True)
    email = models.EmailField(_("电子邮箱"), blank=True)
    load = models.PositiveSmallIntegerField(_("每批最多评审份数"), null=True, blank=True)
    state = models.CharField(_("状态"), max_length=10, choices=ExpertState.choices, default=ExpertState.APPLIED)
    nominated_by = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("提名单位")
    )
    recorded_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", verbose_name=_("登记人"))
    recorded_at = models.DateTimeField(_("登记时间"))
    decided_by = models.ForeignKey(
        PERSON, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("审核人")
    )
    decided_at = models.DateTimeField(_("审核时间"), null=True, blank=True)
    reason = models.CharField(_("理由"), max_length=300, blank=True)
    since = models.DateField(_("聘期自"), null=True, blank=True)
    until = models.DateField(_("聘期至"), null=True, blank=True)
    #: When the expert last said that what stands here is still so: once a year.
    affirmed_on = models.DateField(_("本人确认日期"), null=True, blank=True)
    bank = models.CharField(_("开户银行"), max_length=100, blank=True)
    account = models.CharField(_("银行账号"), max_length=40, blank=True)
    version = models.PositiveIntegerField(_("版本"), default=0)

    class Meta:
        verbose_name = _("评审专家")
        constraints = (
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(since__isnull=True) | Q(until__gte=F("since")),
                name="an_experts_term_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=~Q(state="confirmed") | Q(decided_at__isnull=False, since__isnull=False),
                name="a_confirmed_expert_has_a_term",
            ),
        )
        indexes = (
            models.Index(fields=["state", "kind", "id"], name="expert_state"),
            models.Index(fields=["name", "id"], name="expert_name"),
        )

    def __str__(self) -> str:
        return self.name


class ExpertField(models.Model):
    """A field of an expert, by its code on the first or second level (see `tidui.codes.fields`)."""

    expert = models.ForeignKey(Expert, models.CASCADE, related_name="fields", verbose_name=_("专家"))
    code = models.CharField(_("技术领域"), max_length=3)
    main = models.BooleanField(_("主要领域"), default=False)

    class Meta:
        verbose_name = _("专家领域")
        constraints = (models.UniqueConstraint(fields=["expert", "code"], name="a_field_stands_once"),)
        indexes = (models.Index(fields=["code"], name="expert_field_code"),)

    def __str__(self) -> str:
        return f"{self.expert_id} {self.code}"


class Absence(models.Model):
    """Days on which an expert cannot review, both included."""

    expert = models.ForeignKey(Expert, models.CASCADE, related_name="absences", verbose_name=_("专家"))
    since = models.DateField(_("自"))
    until = models.DateField(_("至"))
    reason = models.CharField(_("原因"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("不能参加的日期")
        constraints = (
            models.CheckConstraint(condition=Q(until__gte=F("since")), name="absence_ends_after_it_begins"),
        )

    def __str__(self) -> str:
        return f"{self.expert_id} {self.since}"


class Tie(models.Model):
    """What ties an expert to an organisation, known by its key, its credit code or only its name."""

    expert = models.ForeignKey(Expert, models.CASCADE, related_name="ties", verbose_name=_("专家"))
    kind = models.CharField(_("关系"), max_length=10, choices=TieKind.choices)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("单位")
    )
    uscc = models.CharField(_("统一社会信用代码"), max_length=18, blank=True)
    name = models.CharField(_("单位名称"), max_length=200)
    since = models.DateField(_("自"), null=True, blank=True)
    until = models.DateField(_("至"), null=True, blank=True)
    source = models.CharField(_("来源"), max_length=12, choices=TieSource.choices)
    note = models.CharField(_("说明"), max_length=200, blank=True)
    recorded_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", verbose_name=_("登记人"))
    recorded_at = models.DateTimeField(_("登记时间"))
    #: A tie that was recorded by mistake; one that is over has `until`.
    removed_at = models.DateTimeField(_("移除时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("利害关系")
        indexes = (models.Index(fields=["expert", "kind"], name="tie_of"),)

    def __str__(self) -> str:
        return f"{self.expert_id} {self.kind} {self.name}"


class Recusal(models.Model):
    """An expert does not review an application. It is hard: no draw, no seat and no page goes past it."""

    expert = models.ForeignKey(Expert, models.PROTECT, related_name="recusals", verbose_name=_("专家"))
    application = models.ForeignKey(Application, models.PROTECT, related_name="recusals", verbose_name=_("申报"))
    kind = models.CharField(_("回避事由"), max_length=10, choices=RecusalKind.choices)
    note = models.CharField(_("说明"), max_length=300, blank=True)
    by = models.ForeignKey(PERSON, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("提出人"))
    at = models.DateTimeField(_("时间"))
    lifted_by = models.ForeignKey(
        PERSON, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("解除人")
    )
    lifted_at = models.DateTimeField(_("解除时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("回避")
        constraints = (
            models.UniqueConstraint(
                fields=["expert", "application", "kind"], condition=Q(lifted_at__isnull=True),
                name="recused_once_a_kind",
            ),
        )
        indexes = (models.Index(fields=["application", "expert"], name="recusal_of"),)

    def __str__(self) -> str:
        return f"{self.expert_id} {self.application_id} {self.kind}"


class FeeSheet(models.Model):
    """The fees of a batch's experts: worked out from their signed sheets, approved, paid. Money in fen."""

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="fee_sheets", verbose_name=_("批次"))
    title = models.CharField(_("名称"), max_length=200)
    a_sheet = models.BigIntegerField(_("每份评分表（分）"))
    as_leader = models.BigIntegerField(_("每份组长意见（分）"), default=0)
    made_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", verbose_name=_("编制人"))
    made_at = models.DateTimeField(_("编制时间"))
    approved_by = models.ForeignKey(
        PERSON, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("复核人")
    )
    approved_at = models.DateTimeField(_("复核时间"), null=True, blank=True)
    paid_on = models.DateField(_("发放日期"), null=True, blank=True)
    voucher = models.CharField(_("凭证号"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("评审费清单")
        constraints = (
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("made_by")),
                name="fees_are_approved_by_another",
            ),
            models.CheckConstraint(
                condition=Q(paid_on__isnull=True) | Q(approved_at__isnull=False), name="only_approved_fees_are_paid"
            ),
        )

    def __str__(self) -> str:
        return self.title


class FeeLine(models.Model):
    """What one expert is paid, with the account as it was when the list was made."""

    sheet = models.ForeignKey(FeeSheet, models.CASCADE, related_name="lines", verbose_name=_("评审费清单"))
    expert = models.ForeignKey(Expert, models.PROTECT, related_name="+", verbose_name=_("专家"))
    sheets = models.PositiveIntegerField(_("评分表份数"))
    forms = models.PositiveIntegerField(_("组长意见份数"), default=0)
    amount = models.BigIntegerField(_("金额（分）"))
    bank = models.CharField(_("开户银行"), max_length=100, blank=True)
    account = models.CharField(_("银行账号"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("评审费明细")
        constraints = (models.UniqueConstraint(fields=["sheet", "expert"], name="paid_once_a_list"),)

    def __str__(self) -> str:
        return f"{self.sheet_id} {self.expert_id}"
