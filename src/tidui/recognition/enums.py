"""Words of recognition."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class NoticeState(models.TextChoices):
    """How a public notice stands."""

    DRAFT = "draft", _("拟稿")
    PUBLISHED = "published", _("公示中")
    ENDED = "ended", _("公示结束")
    WITHDRAWN = "withdrawn", _("已撤下")


class ObjectionState(models.TextChoices):
    """How an objection stands."""

    FILED = "filed", _("待受理")
    ACCEPTED = "accepted", _("调查中")
    NOT_ACCEPTED = "not_accepted", _("不予受理")
    DISMISSED = "dismissed", _("异议不成立")
    UPHELD = "upheld", _("异议成立")


class DocumentKind(models.TextChoices):
    """Documents that the department issues."""

    CALL = "call", _("申报通知")
    NOTICE = "notice", _("公示")
    ANNOUNCEMENT = "announcement", _("公告")
    REFUSAL = "refusal", _("不予通过告知书")
    MINUTES = "minutes", _("会议纪要")
    RECOGNITION = "recognition", _("认定文件")
    REVOCATION = "revocation", _("撤销决定书")
    LETTER = "letter", _("函")


class RevocationState(models.TextChoices):
    """How a revocation stands: told to the enterprise, answered, checked, decided by two."""

    OPENED = "opened", _("待告知")
    TOLD = "told", _("已告知，待申辩")
    ANSWERED = "answered", _("已申辩，待复核")
    PROPOSED = "proposed", _("待复核人确认")
    DECIDED = "decided", _("已撤销")
    DROPPED = "dropped", _("不予撤销")


class Ground(models.TextChoices):
    """Grounds on which a recognition is revoked; which of them a programme knows stands in `measures`."""

    CONDITIONS = "conditions", _("发生重大变化，不再符合条件")
    FRAUD = "fraud", _("严重弄虚作假")
    DISHONESTY = "dishonesty", _("严重科研失信行为")
    INCIDENT = "incident", _("重大安全、质量事故或严重环境违法")
    LISTED = "listed", _("列入经营异常名录或严重违法失信名单")
    NOT_UPDATED = "not_updated", _("未按期更新信息表")
    UNREPORTED = "unreported", _("未按期报告更名或重大变化")


class SampleState(models.TextChoices):
    """What came of a sampling check."""

    WAITING = "waiting", _("待核查")
    CONFORMS = "conforms", _("核查相符")
    DIFFERS = "differs", _("核查不符")


class ReminderKind(models.TextChoices):
    """Occasions on which the holder of a number is reminded."""

    OPEN = "open", _("年度更新开始")
    CLOSING = "closing", _("年度更新即将截止")
    RENAMED = "renamed", _("企业更名")
    CHANGED = "changed", _("关键信息变化")
    RETURN_OPEN = "return_open", _("年度报告开始")
    RETURN_DUE = "return_due", _("年度报告即将截止")
