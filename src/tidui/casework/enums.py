"""Words of casework: whose turn it is, how an application stands, what a check found."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Turn(models.TextChoices):
    """Whose turn it is; total over all states of an application."""

    APPLICANT = "applicant", _("申报单位")
    AGENCY = "agency", _("评价机构")
    UNIT = "unit", _("推荐单位")
    DEPARTMENT = "department", _("省科技厅")
    PARTNER = "partner", _("联审部门")
    EXPERTS = "experts", _("评审专家")
    INSTITUTION = "institution", _("考察机构")
    TAX = "tax", _("税务部门")
    PLATFORM = "platform", _("国家平台")
    PUBLIC = "public", _("社会公示")
    NOBODY = "nobody", _("已办结")


#: Turns in which somebody decides on each application by itself.
DECIDED = (Turn.AGENCY, Turn.UNIT, Turn.DEPARTMENT, Turn.PARTNER)


class State(models.TextChoices):
    """How an application stands as a whole; where it is on its way says its stage."""

    DRAFT = "draft", _("填写中")
    ACTIVE = "active", _("办理中")
    CORRECTION = "correction", _("退回补正")
    WITHDRAWN = "withdrawn", _("已撤回")
    LAPSED = "lapsed", _("逾期未提交")
    REFUSED = "refused", _("未通过")
    ACCEPTED = "accepted", _("已办结")


#: States in which nothing more happens.
ENDED = frozenset({State.WITHDRAWN, State.LAPSED, State.REFUSED, State.ACCEPTED})
#: States in which the applicant may write.
OPEN_TO_APPLICANT = frozenset({State.DRAFT, State.CORRECTION})


class FindingKind(models.TextChoices):
    """What was found about an application that the one who decides should know."""

    SAME_PROPERTY = "same_property", _("知识产权与其他申报重复")
    SAME_PEOPLE = "same_people", _("人员与其他申报重复")
    SAME_CONTACT = "same_contact", _("联系方式与其他申报相同")
    COPIED_TEXT = "copied_text", _("文字与其他申报雷同")
    UNIT_SLIP = "unit_slip", _("疑似元、万元错填")
    AGAINST_LAST = "against_last", _("与上次填报相差较大")
    AGAINST_FILE = "against_file", _("与档案现值不一致")
    AGAINST_TAX = "against_tax", _("与纳税申报不一致")
    LIMIT = "limit", _("不符合限项规定")
    JOINT_HIT = "joint_hit", _("联审命中")
    FLAG = "flag", _("政策提示")
    WARNING = "warning", _("填报提示")


class Weight(models.TextChoices):
    """How much a finding weighs."""

    STOP = "stop", _("须先处理")
    DOUBT = "doubt", _("存疑")
    NOTE = "note", _("提示")


class CallState(models.TextChoices):
    """How a call stands; whether it is open follows from its times."""

    DRAFT = "draft", _("拟稿")
    PUBLISHED = "published", _("已发布")
    CLOSED = "closed", _("提前截止")


class ExchangeState(models.TextChoices):
    """How a list that went out stands."""

    PREPARED = "prepared", _("已生成")
    SENT = "sent", _("已发出")
    ANSWERED = "answered", _("部分回复")
    COMPLETE = "complete", _("全部回复")
    VOID = "void", _("作废")


class Scope(models.TextChoices):
    """How much of a case a package holds: as much as whoever had it made may see."""

    WHOLE = "whole", _("全卷")
    OWN = "own", _("申报单位可见部分")
    SEEN = "seen", _("整理人可见部分")
