"""Words of imports: how far one has come, what happens when a row has a fault, what past events there are."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class ImportState(models.TextChoices):
    """How far an import has come."""

    CHECKING = "checking", _("正在试读")
    CHECKED = "checked", _("已试读，待导入")
    APPLYING = "applying", _("正在导入")
    APPLIED = "applied", _("已导入")
    FAILED = "failed", _("未导入")
    CANCELLED = "cancelled", _("已取消")


#: States in which a job of the import is under way.
BUSY = frozenset({ImportState.CHECKING, ImportState.APPLYING})


class Policy(models.TextChoices):
    """What happens when something in the file is wrong."""

    ALL_OR_NOTHING = "all", _("有任何错误则全部不导入")
    KEEP_GOING = "keep", _("跳过有错误的企业，其余照常导入")


class Unit(models.TextChoices):
    """In which unit amounts are whose heading names none."""

    AS_TABLE = "", _("按表样(指标表为元，申报表为万元)")
    YUAN = "元", _("元")
    TEN_THOUSAND = "万元", _("万元")


class PastKind(models.TextChoices):
    """What is taken over of the years before."""

    SME = "sme", _("科技型中小企业入库")
    SME_REVOKED = "sme_revoked", _("撤销科技型中小企业编号")
    PROVINCIAL = "provincial", _("省科技创新型企业认定")
    HTE = "hte", _("高新技术企业认定")
    HTE_REVOKED = "hte_revoked", _("取消高新技术企业资格")
    BANK = "bank", _("入选高新技术企业培育库")
    BANK_LEFT = "bank_left", _("出库")
    TENANT = "tenant", _("入孵")
    TENANT_LEFT = "tenant_left", _("毕业或退出孵化")
    REWARD = "reward", _("奖补")
    CARRIER = "carrier", _("载体认定备案")
