"""Intellectual property: what an enterprise owns, with whom, until when, and where it was used."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from tidui.accounts.models import Organisation
from tidui.registry.enums import Acquisition, PropertyClass

PERSON = settings.AUTH_USER_MODEL


class IntellectualProperty(models.Model):
    """One item in the register of an enterprise.

    `key` is the number in one spelling: the same item in two registers has the same. An item that was entered by
    mistake is struck out with a reason, never removed.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="property", verbose_name=_("单位"))
    name = models.CharField(_("名称"), max_length=200)
    kind = models.CharField(_("类别"), max_length=2, choices=PropertyClass.choices)
    number = models.CharField(_("专利号/著作权登记号"), max_length=60)
    key = models.CharField(_("规范编号"), max_length=60, db_index=True, editable=False)
    owners = models.JSONField(_("权利人"), default=list)
    acquisition = models.CharField(_("获得方式"), max_length=2, choices=Acquisition.choices)
    core = models.BooleanField(_("对主要产品起核心支持作用"), default=False)
    filed_on = models.DateField(_("申请日"), null=True, blank=True)
    granted_on = models.DateField(_("授权日期"))
    #: The last day of protection, and whether it was worked out from the legal term.
    valid_until = models.DateField(_("有效期止"), null=True, blank=True)
    term_computed = models.BooleanField(_("按法定期限推算"), default=False)
    lapsed_on = models.DateField(_("失效日期"), null=True, blank=True)
    attachment = models.ForeignKey(
        "kit.StoredFile", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("证明材料")
    )
    #: Class II counts in recognition as a high-tech enterprise once: the year in which it did.
    used_year = models.PositiveSmallIntegerField(_("已用于高企认定的年度"), null=True, blank=True)
    used_note = models.CharField(_("使用说明"), max_length=200, blank=True)
    entered_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", verbose_name=_("录入人"))
    entered_at = models.DateTimeField(_("录入时间"))
    changed_at = models.DateTimeField(_("最近变更时间"))
    struck_by = models.ForeignKey(
        PERSON, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("注销人")
    )
    struck_at = models.DateTimeField(_("注销时间"), null=True, blank=True)
    struck_reason = models.CharField(_("注销原因"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("知识产权")
        constraints = (
            models.UniqueConstraint(
                fields=["organisation", "key"],
                condition=Q(struck_at__isnull=True),
                name="an_item_stands_once_in_a_register",
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("granted_on")),
                name="property_ends_after_its_grant",
            ),
            models.CheckConstraint(
                condition=Q(filed_on__isnull=True) | Q(filed_on__lte=F("granted_on")),
                name="property_is_filed_before_its_grant",
            ),
            models.CheckConstraint(
                condition=Q(struck_at__isnull=True, struck_by__isnull=True, struck_reason="")
                | (Q(struck_at__isnull=False, struck_by__isnull=False) & ~Q(struck_reason="")),
                name="struck_property_says_who_when_and_why",
            ),
            models.CheckConstraint(
                condition=Q(used_year__isnull=True) | Q(kind__in=["2", "3", "4"]), name="only_class_two_is_used_up"
            ),
            models.CheckConstraint(condition=~Q(kind="6"), name="no_defence_patents_in_the_register"),
        )

    def __str__(self) -> str:
        return f"{self.number} {self.name}"
