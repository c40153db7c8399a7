"""Words of the enterprise file: sections, sources, what became of a difference, kinds of intellectual property."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Section(models.TextChoices):
    """The parts of an enterprise file, as the catalogue of facts names them."""

    ENTERPRISE = "enterprise", _("基本情况")
    YEARS = "years", _("年度经营与研发")
    TAX_YEARS = "tax_years", _("纳税年度")
    CARRIER_YEARS = "carrier_years", _("载体年度")


class Source(models.TextChoices):
    """Where the facts of a return come from."""

    SELF = "self", _("企业自行填报")
    AGENCY = "agency", _("评价机构")
    UNIT = "unit", _("推荐单位")
    TAX = "tax", _("税务部门")
    AUDIT = "audit", _("专项审计")
    RECOGNITION = "recognition", _("认定结果")
    TAKEOVER = "takeover", _("历史数据接管")
    SITE = "site", _("现场考察")


class DifferenceState(models.TextChoices):
    """What became of a value that differs from the accepted one."""

    OPEN = "open", _("待处理")
    ACCEPTED = "accepted", _("采用新值")
    KEPT = "kept", _("保留原值")
    LAPSED = "lapsed", _("已不存在")


class PropertyClass(models.TextChoices):
    """Classes of intellectual property, with the option codes of the official form."""

    INVENTION = "12", _("发明专利(非国防专利)")
    PLANT = "7", _("植物新品种")
    CROP = "8", _("国家级农作物品种")
    DRUG = "9", _("国家新药")
    MEDICINE = "10", _("国家一级中药保护品种")
    LAYOUT = "11", _("集成电路布图设计专有权")
    UTILITY_MODEL = "2", _("实用新型专利")
    DESIGN = "3", _("外观设计专利")
    SOFTWARE = "4", _("软件著作权")


#: The class of a national-defence patent; it is refused at entry.
DEFENCE_PATENT = "6"
#: Class II: counted in an application for recognition once only (国科发火〔2016〕195号). All others are class I.
CLASS_TWO = frozenset({PropertyClass.UTILITY_MODEL, PropertyClass.DESIGN, PropertyClass.SOFTWARE})


class Acquisition(models.TextChoices):
    """How intellectual property was obtained, with the option codes of the official form."""

    OWN = "2", _("自主研发")
    ASSIGNED = "3", _("受让")
    GIVEN = "4", _("受赠")
    MERGER = "5", _("并购")
    OTHER = "1", _("其他")
