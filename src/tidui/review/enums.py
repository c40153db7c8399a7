"""Words of review."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class ExpertKind(models.TextChoices):
    """On which side an expert marks."""

    TECHNICAL = "technical", _("技术专家")
    FINANCIAL = "financial", _("财务专家")


class TitleLevel(models.TextChoices):
    """The level of a professional title."""

    SENIOR = "senior", _("正高级")
    ASSOCIATE = "associate", _("副高级")
    MIDDLE = "middle", _("中级")
    NONE = "none", _("无职称")


class ExpertState(models.TextChoices):
    """How a person stands in the register of experts."""

    APPLIED = "applied", _("本人申请，待审核")
    NOMINATED = "nominated", _("单位提名，待审核")
    CONFIRMED = "confirmed", _("在库")
    PAUSED = "paused", _("暂停")
    DECLINED = "declined", _("未入库")
    ENDED = "ended", _("已出库")


class TieKind(models.TextChoices):
    """What ties an expert to an organisation, so that they do not review it."""

    EMPLOYER = "employer", _("所在单位")
    FORMER = "former", _("曾任职单位")
    OFFICER = "officer", _("任股东、董事、监事或高管")
    ADVISER = "adviser", _("任顾问")
    MENTOR = "mentor", _("任创业导师")
    KIN = "kin", _("近亲属任职")
    OTHER = "other", _("其他利害关系")


class TieSource(models.TextChoices):
    """Where a tie is known from."""

    OWN = "own", _("本人申报")
    DEPARTMENT = "department", _("省科技厅登记")
    IMPORT = "import", _("批量导入")


class RecusalKind(models.TextChoices):
    """Why an expert does not review an application."""

    EMPLOYER = "employer", _("所在单位即申报单位")
    FORMER = "former", _("曾在申报单位任职")
    OFFICER = "officer", _("与申报单位有共同的股东、董事、监事或高管")
    ADVISER = "adviser", _("任申报单位顾问")
    MENTOR = "mentor", _("任申报单位创业导师")
    KIN = "kin", _("近亲属在申报单位任职")
    OTHER = "other", _("与申报单位有其他利害关系")
    NAMED = "named", _("申报单位申请回避")
    DECLARED = "declared", _("专家本人声明回避")
    FOUND = "found", _("事后发现利害关系")


class ReviewState(models.TextChoices):
    """How the review of a batch stands."""

    PREPARING = "preparing", _("准备")
    DRAWING = "drawing", _("抽取专家")
    REVIEWING = "reviewing", _("评审中")
    CLOSED = "closed", _("评审结束")


class Per(models.TextChoices):
    """For what a panel is drawn."""

    GROUP = "group", _("每组一个评审组")
    FILE = "file", _("每份申报一个评审组")


class FieldReach(models.TextChoices):
    """How near the fields of a technical expert have to lie to those of the files."""

    SECOND = "second", _("二级领域相同")
    FIRST = "first", _("一级领域相同")
    ANY = "any", _("不限领域")


class DrawState(models.TextChoices):
    """How a draw stands."""

    PREPARED = "prepared", _("待两家单位提交密码摘要")
    COMMITTED = "committed", _("摘要已齐，待封存")
    FROZEN = "frozen", _("已封存，待公开随机数和开启密码")
    DRAWN = "drawn", _("已抽取")
    IMPOSSIBLE = "impossible", _("无法满足规则")
    VOID = "void", _("作废")


class SeatState(models.TextChoices):
    """How a drawn expert stands."""

    CALLED = "called", _("待答复")
    ACCEPTED = "accepted", _("已接受")
    DECLINED = "declined", _("不能参加")
    NO_SHOW = "no_show", _("未到")
    RECUSED = "recused", _("回避")
    DONE = "done", _("已完成")


#: A seat in one of these is taken by somebody who reviews or will.
SEATED = frozenset({SeatState.CALLED, SeatState.ACCEPTED, SeatState.DONE})


class SheetState(models.TextChoices):
    """How a score sheet stands."""

    DRAFT = "draft", _("填写中")
    SIGNED = "signed", _("已签署")
    VOID = "void", _("作废")


class LookState(models.TextChoices):
    """How a second look stands."""

    OPEN = "open", _("待复议")
    KEPT = "kept", _("维持原评分")
    CHANGED = "changed", _("评分有变动")


class VisitState(models.TextChoices):
    """How a site visit stands."""

    ASSIGNED = "assigned", _("已委托")
    PLANNED = "planned", _("已约定日期")
    UNDERWAY = "underway", _("考察中")
    REPORTED = "reported", _("已提交报告")
    RETURNED = "returned", _("退回补充")
    ACCEPTED = "accepted", _("报告已采用")
    WITHDRAWN = "withdrawn", _("已收回")


class ClaimOutcome(models.TextChoices):
    """What was found of a claim on the spot."""

    OPEN = "open", _("未核")
    CONFIRMED = "confirmed", _("属实")
    DIFFERS = "differs", _("不符")
    NOT_SEEN = "not_seen", _("未能核实")


class RecordState(models.TextChoices):
    """What became of a record that a device sent."""

    APPLIED = "applied", _("已采用")
    CONFLICT = "conflict", _("有冲突，待选择")
    SETTLED = "settled", _("冲突已处理")
