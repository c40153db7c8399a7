"""Notices, objections, documents, recognitions and what becomes of them. What was published is never changed."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from tidui.accounts.models import Organisation
from tidui.casework.models import Application, Batch, Call, ExchangeRow
from tidui.recognition.enums import (
    DocumentKind,
    Ground,
    NoticeState,
    ObjectionState,
    ReminderKind,
    RevocationState,
    SampleState,
)

PERSON = settings.AUTH_USER_MODEL


class Document(models.Model):
    """A document that was issued: number, text and PDF, frozen with their digest.

    `content` is what the text and the PDF are made from; `application` or `batch` is what it is about.
    """

    kind = models.CharField(_("文种"), max_length=20, choices=DocumentKind.choices)
    number = models.CharField(_("文号"), max_length=60, unique=True)
    title = models.CharField(_("标题"), max_length=200)
    content = models.JSONField(_("内容"), default=dict)
    digest = models.CharField(_("内容摘要"), max_length=64)
    file = models.ForeignKey(
        "kit.StoredFile", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("PDF")
    )
    application = models.ForeignKey(
        Application, models.PROTECT, null=True, blank=True, related_name="documents", verbose_name=_("申报")
    )
    batch = models.ForeignKey(
        Batch, models.PROTECT, null=True, blank=True, related_name="documents", verbose_name=_("批次")
    )
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("送达单位")
    )
    public = models.BooleanField(_("公开"), default=False)
    issued_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", verbose_name=_("签发人"))
    issued_at = models.DateTimeField(_("签发时间"))
    #: When what it says was taken back; its number stays used.
    void_at = models.DateTimeField(_("作废时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("公文")
        indexes = (models.Index(fields=["kind", "-issued_at"], name="document_kind"),)

    def __str__(self) -> str:
        return f"{self.title} {self.number}"


class Notice(models.Model):
    """A list shown to the public from one moment until the end of a day; `entries` are frozen as published.

    `entries`: a list of {application, name, uscc, division, …} in the order shown; `digest` covers them and the text.
    """

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="notices", verbose_name=_("批次"))
    title = models.CharField(_("标题"), max_length=200)
    text = models.TextField(_("正文"))
    entries = models.JSONField(_("公示名单"), default=list)
    count = models.PositiveIntegerField(_("家数"), default=0)
    digest = models.CharField(_("内容摘要"), max_length=64, blank=True)
    document = models.ForeignKey(
        Document, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("公文")
    )
    state = models.CharField(_("状态"), max_length=10, choices=NoticeState.choices, default=NoticeState.DRAFT)
    working_days = models.PositiveSmallIntegerField(_("公示工作日数"))
    made_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", verbose_name=_("拟稿人"))
    made_at = models.DateTimeField(_("拟稿时间"))
    published_by = models.ForeignKey(
        PERSON, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("发布人")
    )
    published_at = models.DateTimeField(_("发布时间"), null=True, blank=True)
    #: The last day on which an objection may be filed.
    ends_on = models.DateField(_("公示截止"), null=True, blank=True)
    ended_at = models.DateTimeField(_("结束时间"), null=True, blank=True)
    #: Who ended or took it down; empty where it ended by itself.
    ended_by = models.ForeignKey(
        PERSON, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("结束人")
    )
    withdrawn_reason = models.CharField(_("撤下原因"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("公示")
        constraints = (
            models.UniqueConstraint(
                fields=["batch"], condition=Q(state__in=["draft", "published"]), name="one_running_notice_a_batch"
            ),
            models.CheckConstraint(
                condition=~Q(state="withdrawn") | ~Q(withdrawn_reason=""), name="a_withdrawn_notice_says_why"
            ),
            models.CheckConstraint(
                condition=Q(state="draft", published_at__isnull=True)
                | (~Q(state="draft") & Q(published_at__isnull=False, ends_on__isnull=False) & ~Q(digest="")),
                name="a_published_notice_is_frozen",
            ),
        )

    def __str__(self) -> str:
        return self.title


class Objection(models.Model):
    """Somebody objects under their real name to an entry of a notice: a case with its own clock."""

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="objections", verbose_name=_("公示"))
    application = models.ForeignKey(Application, models.PROTECT, related_name="objections", verbose_name=_("申报"))
    name = models.CharField(_("异议人姓名或单位名称"), max_length=100)
    mobile = models.CharField(_("联系电话"), max_length=20)
    employer = models.CharField(_("所在单位"), max_length=200, blank=True)
    text = models.TextField(_("异议内容和依据"))
    evidence = models.ForeignKey(
        "kit.StoredFile", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("佐证材料")
    )
    receipt = models.CharField(_("查询码"), max_length=20, unique=True)
    state = models.CharField(_("状态"), max_length=14, choices=ObjectionState.choices, default=ObjectionState.FILED)
    due_on = models.DateField(_("办理期限"), null=True, blank=True)
    filed_at = models.DateTimeField(_("提出时间"))
    handled_by = models.ForeignKey(
        PERSON, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("经办人")
    )
    answer = models.TextField(_("处理意见"), blank=True)
    ended_at = models.DateTimeField(_("办结时间"), null=True, blank=True)
    #: What was looked into: a list of {at, by, text}.
    notes = models.JSONField(_("调查记录"), default=list)
    #: Counts what was done: a form that was made before the last change is stale.
    version = models.PositiveIntegerField(_("版本"), default=0)
    reminded_on = models.DateField(_("最近提醒日期"), null=True, blank=True)

    class Meta:
        verbose_name = _("异议")
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=["filed", "accepted"], ended_at__isnull=True)
                | (Q(state__in=["not_accepted", "dismissed", "upheld"], ended_at__isnull=False) & ~Q(answer="")),
                name="an_ended_objection_is_answered",
            ),
        )
        indexes = (models.Index(fields=["state", "due_on"], name="objection_desk"),)

    def __str__(self) -> str:
        return f"{self.notice_id} {self.pk}"


class Recognition(models.Model):
    """What an enterprise was recognised as: a number or certificate, from when until when, and by which document.

    `rung` is that of the ladder (`sme`). A revoked one keeps its days: it held until `revoked_on`.
    """

    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="recognitions", verbose_name=_("单位")
    )
    programme = models.CharField(_("业务"), max_length=60)
    rung = models.CharField(_("资格"), max_length=20)
    number = models.CharField(_("编号"), max_length=60)
    year = models.PositiveSmallIntegerField(_("年度"))
    application = models.OneToOneField(
        Application, models.PROTECT, null=True, blank=True, related_name="recognition", verbose_name=_("申报")
    )
    row = models.ForeignKey(
        ExchangeRow, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("国家平台回复")
    )
    document_number = models.CharField(_("文号"), max_length=60, blank=True)
    document_date = models.DateField(_("文件日期"), null=True, blank=True)
    valid_from = models.DateField(_("有效期自"))
    valid_until = models.DateField(_("有效期至"))
    announced_at = models.DateTimeField(_("公告时间"), null=True, blank=True)
    announcement = models.ForeignKey(
        Document, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("公告文件")
    )
    revoked_on = models.DateField(_("撤销日期"), null=True, blank=True)
    barred_until = models.DateField(_("限制期至"), null=True, blank=True)
    recorded_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", verbose_name=_("登记人"))
    recorded_at = models.DateTimeField(_("登记时间"))

    class Meta:
        verbose_name = _("认定资格")
        constraints = (
            models.UniqueConstraint(fields=["programme", "number"], name="a_number_is_given_once"),
            models.UniqueConstraint(
                fields=["programme", "organisation", "year"], condition=Q(revoked_on__isnull=True),
                name="one_recognition_a_year",
            ),
            models.CheckConstraint(
                condition=Q(valid_until__gte=F("valid_from")), name="recognition_ends_after_it_begins"
            ),
        )
        indexes = (
            models.Index(fields=["programme", "year", "organisation"], name="recognition_year"),
            models.Index(fields=["number"], name="recognition_number"),
        )

    def __str__(self) -> str:
        return self.number


class Revocation(models.Model):
    """A recognition is to be revoked: ground, evidence, what the enterprise replied, what two people decided."""

    recognition = models.ForeignKey(Recognition, models.PROTECT, related_name="revocations", verbose_name=_("认定资格"))
    ground = models.CharField(_("撤销情形"), max_length=20, choices=Ground.choices)
    evidence = models.TextField(_("事实和依据"))
    file = models.ForeignKey(
        "kit.StoredFile", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("佐证材料")
    )
    state = models.CharField(_("状态"), max_length=10, choices=RevocationState.choices, default=RevocationState.OPENED)
    opened_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", verbose_name=_("提出人"))
    opened_for = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name=_("提出单位"))
    opened_at = models.DateTimeField(_("提出时间"))
    told_at = models.DateTimeField(_("告知时间"), null=True, blank=True)
    reply_due = models.DateField(_("申辩期限"), null=True, blank=True)
    reply = models.TextField(_("企业申辩"), blank=True)
    replied_by = models.ForeignKey(
        PERSON, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("申辩人")
    )
    replied_at = models.DateTimeField(_("申辩时间"), null=True, blank=True)
    reply_file = models.ForeignKey(
        "kit.StoredFile", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("申辩材料")
    )
    told_by = models.ForeignKey(
        PERSON, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("告知人")
    )
    proposed_by = models.ForeignKey(
        PERSON, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("拟办人")
    )
    proposed_at = models.DateTimeField(_("拟办时间"), null=True, blank=True)
    opinion = models.TextField(_("拟办意见"), blank=True)
    effective_on = models.DateField(_("撤销生效日期"), null=True, blank=True)
    bar_until = models.DateField(_("限制期至"), null=True, blank=True)
    decided_by = models.ForeignKey(
        PERSON, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("复核人")
    )
    decided_at = models.DateTimeField(_("决定时间"), null=True, blank=True)
    #: Why the last proposal was sent back, or why the whole was dropped.
    answer = models.TextField(_("复核意见或不予撤销的理由"), blank=True)
    document = models.ForeignKey(
        Document, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("决定书")
    )
    sample = models.ForeignKey(
        "Sample", models.PROTECT, null=True, blank=True, related_name="revocations", verbose_name=_("抽查")
    )

    class Meta:
        verbose_name = _("撤销")
        constraints = (
            models.UniqueConstraint(
                fields=["recognition"], condition=~Q(state__in=["decided", "dropped"]), name="one_open_revocation"
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | Q(proposed_by__isnull=True) | ~Q(decided_by=F("proposed_by")),
                name="a_revocation_is_decided_by_two",
            ),
            models.CheckConstraint(
                condition=~Q(state="decided")
                | Q(proposed_by__isnull=False, decided_by__isnull=False, decided_at__isnull=False,
                    effective_on__isnull=False, bar_until__isnull=False),
                name="a_decided_revocation_is_complete",
            ),
        )
        indexes = (models.Index(fields=["state", "reply_due", "id"], name="revocation_desk"),)

    def __str__(self) -> str:
        return f"{self.recognition_id} {self.ground}"


class Sampling(models.Model):
    """A sampling check of the enterprises recognised in a year: drawn by a seed that was published before the list."""

    programme = models.CharField(_("业务"), max_length=60)
    year = models.PositiveSmallIntegerField(_("年度"))
    batch = models.ForeignKey(
        Batch, models.PROTECT, null=True, blank=True, related_name="samplings", verbose_name=_("批次")
    )
    share = models.PositiveSmallIntegerField(_("抽查比例(%)"))
    population = models.JSONField(_("抽取范围"), default=list)
    population_digest = models.CharField(_("范围摘要"), max_length=64)
    seed = models.CharField(_("种子"), max_length=200, blank=True)
    #: Where the seed will come from, and the day on which it becomes known: later than that of the freezing.
    seed_source = models.CharField(_("种子来源"), max_length=200)
    seed_on = models.DateField(_("种子公布日期"))
    #: How many are drawn, and how many were left out because a high-tech certificate confirmed them.
    size = models.PositiveIntegerField(_("抽取家数"))
    excluded = models.PositiveIntegerField(_("凭高企证书确认、不在抽取范围的家数"), default=0)
    frozen_at = models.DateTimeField(_("范围封存时间"))
    frozen_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", verbose_name=_("封存人"))
    drawn_at = models.DateTimeField(_("抽取时间"), null=True, blank=True)
    drawn_by = models.ForeignKey(
        PERSON, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("抽取人")
    )

    class Meta:
        verbose_name = _("抽查")
        constraints = (
            models.CheckConstraint(
                condition=Q(seed="", drawn_at__isnull=True, drawn_by__isnull=True)
                | (~Q(seed="") & Q(drawn_at__isnull=False, drawn_by__isnull=False)),
                name="a_drawn_sampling_has_its_seed",
            ),
        )

    def __str__(self) -> str:
        return f"{self.programme} {self.year}"


class Sample(models.Model):
    """One recognition to be checked, by the unit that recommends it, and what came of it."""

    sampling = models.ForeignKey(Sampling, models.PROTECT, related_name="samples", verbose_name=_("抽查"))
    recognition = models.ForeignKey(Recognition, models.PROTECT, related_name="samples", verbose_name=_("认定资格"))
    unit = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("核查单位")
    )
    due_on = models.DateField(_("核查期限"), null=True, blank=True)
    file = models.ForeignKey(
        "kit.StoredFile", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("核查材料")
    )
    state = models.CharField(_("结果"), max_length=10, choices=SampleState.choices, default=SampleState.WAITING)
    note = models.TextField(_("核查情况"), blank=True)
    checked_by = models.ForeignKey(
        PERSON, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("核查人")
    )
    checked_at = models.DateTimeField(_("核查时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("抽查企业")
        constraints = (
            models.UniqueConstraint(fields=["sampling", "recognition"], name="sampled_once"),
            models.CheckConstraint(
                condition=Q(state="waiting", checked_at__isnull=True)
                | (~Q(state="waiting") & Q(checked_at__isnull=False, checked_by__isnull=False) & ~Q(note="")),
                name="a_checked_sample_says_what_was_found",
            ),
        )
        indexes = (models.Index(fields=["unit", "state", "due_on"], name="sample_desk"),)

    def __str__(self) -> str:
        return f"{self.sampling_id} {self.recognition_id}"


class Reminder(models.Model):
    """An enterprise was reminded to update what it is recognised by: once for each occasion (`key`).

    `due_on` is the last day to do it, where there is one.
    """

    recognition = models.ForeignKey(
        Recognition, models.PROTECT, related_name="reminders", verbose_name=_("认定资格")
    )
    call = models.ForeignKey(
        Call, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("申报通知")
    )
    kind = models.CharField(_("提醒事项"), max_length=12, choices=ReminderKind.choices)
    key = models.CharField(max_length=60, editable=False)
    due_on = models.DateField(_("办理期限"), null=True, blank=True)
    sent_at = models.DateTimeField(_("提醒时间"))

    class Meta:
        verbose_name = _("年度更新提醒")
        constraints = (models.UniqueConstraint(fields=["recognition", "kind", "key"], name="reminded_once"),)

    def __str__(self) -> str:
        return f"{self.recognition_id} {self.kind} {self.key}"


# What belongs to one part of the way lies in a file of its own.
from tidui.recognition.models_certificates import Certificate, SigningKey  # noqa: E402
from tidui.recognition.models_decisions import Decision, Meeting  # noqa: E402
from tidui.recognition.models_preview import PolicyPreview, PreviewRow  # noqa: E402
from tidui.recognition.models_years import Change, YearlyReturn  # noqa: E402

__all__ = [
    "Call",
    "Certificate",
    "Change",
    "Decision",
    "Document",
    "Meeting",
    "Notice",
    "Objection",
    "PolicyPreview",
    "PreviewRow",
    "Recognition",
    "Reminder",
    "Revocation",
    "Sample",
    "Sampling",
    "SigningKey",
    "YearlyReturn",
]
