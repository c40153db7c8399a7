"""Calls, applications and what happens to them. What was submitted and what was decided is never changed."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from tidui.accounts.models import Organisation
from tidui.casework import models_indexes
from tidui.casework.enums import ENDED, CallState, ExchangeState, FindingKind, Scope, State, Turn, Weight
from tidui.casework.models_passing import Passing
from tidui.casework.models_series import Series as Series
from tidui.casework.models_tables import DraftRow as DraftRow

PERSON, _ENDED = settings.AUTH_USER_MODEL, sorted(ENDED)


class Call(models.Model):
    """A call for applications of a programme: open from one moment to another by the server's clock.

    `settings` are the programme's settings as they were when the call was published: what follows goes by them.
    """

    programme = models.CharField(_("业务"), max_length=60, db_index=True)
    year = models.PositiveSmallIntegerField(_("年度"))
    title = models.CharField(_("标题"), max_length=200)
    text = models.TextField(_("正文"), blank=True)
    document_number = models.CharField(_("文号"), max_length=60, blank=True)
    opens_at = models.DateTimeField(_("开始受理"))
    closes_at = models.DateTimeField(_("截止受理"))
    state = models.CharField(_("状态"), max_length=10, choices=CallState.choices, default=CallState.DRAFT)
    settings = models.JSONField(_("办理设置"), default=dict)
    created_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", verbose_name=_("拟稿人"))
    created_at = models.DateTimeField(_("拟稿时间"))
    published_by = models.ForeignKey(
        PERSON, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("发布人")
    )
    published_at = models.DateTimeField(_("发布时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("申报通知")
        constraints = (
            models.CheckConstraint(condition=Q(closes_at__gt=F("opens_at")), name="call_closes_after_it_opens"),
            models.CheckConstraint(
                condition=Q(state="draft", published_at__isnull=True, published_by__isnull=True)
                | (~Q(state="draft") & Q(published_at__isnull=False, published_by__isnull=False)),
                name="a_published_call_says_by_whom",
            ),
        )
        indexes = (models.Index(fields=["programme", "-opens_at"], name="call_of_programme"),)

    def __str__(self) -> str:
        return self.title


class Quota(models.Model):
    """How many applications of a call a unit may recommend."""

    call = models.ForeignKey(Call, models.CASCADE, related_name="quotas", verbose_name=_("申报通知"))
    unit = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name=_("推荐单位"))
    most = models.PositiveIntegerField(_("推荐名额"))

    class Meta:
        verbose_name = _("推荐名额")
        constraints = (models.UniqueConstraint(fields=["call", "unit"], name="one_quota_a_unit"),)

    def __str__(self) -> str:
        return f"{self.call_id} {self.unit_id} {self.most}"


class Batch(models.Model):
    """Applications of a call that go on together: `number` counts within the call, `stage` is where the batch is."""

    call = models.ForeignKey(Call, models.PROTECT, related_name="batches", verbose_name=_("申报通知"))
    number = models.PositiveSmallIntegerField(_("批次"))
    title = models.CharField(_("名称"), max_length=200)
    stage = models.CharField(_("环节"), max_length=60, blank=True)
    #: Applications are taken in until the batch is closed.
    closed_at = models.DateTimeField(_("封闭时间"), null=True, blank=True)
    closed_by = models.ForeignKey(
        PERSON, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("封闭人")
    )
    ended_at = models.DateTimeField(_("办结时间"), null=True, blank=True)
    made_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", verbose_name=_("建立人"))
    made_at = models.DateTimeField(_("建立时间"))

    class Meta:
        verbose_name = _("批次")
        constraints = (models.UniqueConstraint(fields=["call", "number"], name="one_batch_of_a_number"),)

    def __str__(self) -> str:
        return self.title


class Application(Passing, models.Model):
    """One organisation's application under a call: where it is, whose turn it is, and until when.

    `answers` is what is being written: field name to {text, version, unit, by, at} (see `tidui.casework.writing`).
    `version` counts the moves: a form that was made before the last one is stale. `holder` is the organisation whose
    turn it is. `due_on` is the last day of the running clock; while it is suspended, `days_left` holds what is left.
    """

    call = models.ForeignKey(Call, models.PROTECT, related_name="applications", verbose_name=_("申报通知"))
    programme = models.CharField(_("业务"), max_length=60, editable=False)
    organisation = models.ForeignKey(  # its index is `application_of`
        Organisation, models.PROTECT, related_name="applications", db_index=False, verbose_name=_("申报单位")
    )
    unit = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("推荐单位")
    )
    agency = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("评价机构")
    )
    batch = models.ForeignKey(  # its index is `application_batch`
        Batch, models.PROTECT, null=True, blank=True, related_name="applications", db_index=False,
        verbose_name=_("批次"),
    )  # fmt: skip
    number = models.CharField(_("受理编号"), max_length=40, null=True, blank=True, unique=True)
    state = models.CharField(_("状态"), max_length=12, choices=State.choices, default=State.DRAFT)
    stage = models.CharField(_("环节"), max_length=60)
    turn = models.CharField(_("轮到"), max_length=12, choices=Turn.choices, default=Turn.APPLICANT)
    holder = models.ForeignKey(  # it is asked for what waits for it: a desk's indexes
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", db_index=False,
        verbose_name=_("办理单位"),
    )  # fmt: skip
    due_on = models.DateField(_("办理期限"), null=True, blank=True)
    days_left = models.SmallIntegerField(_("剩余工作日"), null=True, blank=True)
    version = models.PositiveIntegerField(_("版本"), default=0)
    corrections = models.PositiveSmallIntegerField(_("补正次数"), default=0)
    answers = models.JSONField(_("填写内容"), default=dict)
    #: Of each table the highest key of a row that was taken off: given again, a stale tab would write there.
    spent_keys = models.JSONField(_("已用行号"), default=dict, editable=False)
    #: What the rules said at the last submission: pass, fail, unknown; the score as hundredths of a point.
    verdict = models.CharField(_("结论"), max_length=10, blank=True)
    score_low = models.IntegerField(_("得分下限"), null=True, blank=True)
    score_high = models.IntegerField(_("得分上限"), null=True, blank=True)
    doubts = models.PositiveSmallIntegerField(_("存疑项"), default=0)
    #: When the checks last looked at it (see `tidui.casework.findings`).
    looked_at = models.DateTimeField(_("最近核查时间"), null=True, blank=True)
    begun_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", verbose_name=_("填报人"))
    begun_at = models.DateTimeField(_("开始填写"))
    submitted_at = models.DateTimeField(_("提交时间"), null=True, blank=True)
    ended_at = models.DateTimeField(_("办结时间"), null=True, blank=True)
    changed_at = models.DateTimeField(_("最近变动"))
    #: Which unit recommends the enterprise now (None: the department), and since when that is no longer `unit`.
    unit_now = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("现推荐单位")
    )
    unit_changed_at = models.DateTimeField(_("推荐单位变化时间"), null=True, blank=True)
    #: Who waits for its correction: who sent it back, or has been given it since (index `application_sent_back`).
    sent_back_by = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", db_index=False, editable=False,
        verbose_name=_("退回单位"),
    )  # fmt: skip

    class Meta:
        verbose_name = _("申报")
        constraints = (
            models.UniqueConstraint(
                fields=["call", "organisation"],
                condition=~Q(state__in=["withdrawn", "lapsed", "refused"]),
                name="one_open_application_a_call",
            ),
            models.CheckConstraint(
                condition=Q(state__in=_ENDED, ended_at__isnull=False, turn="nobody", holder__isnull=True)
                | (~Q(state__in=_ENDED) & Q(ended_at__isnull=True) & ~Q(turn="nobody")),
                name="an_ended_application_is_nobodys",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "lapsed", "withdrawn"])
                | Q(submitted_at__isnull=False, number__isnull=False),
                name="a_submitted_application_has_a_number",
            ),
            models.CheckConstraint(
                condition=Q(sent_back_by__isnull=True) | Q(state="correction"),
                name="what_was_sent_back_waits_for_a_correction",
            ),
        )
        indexes = models_indexes.APPLICATION

    def __str__(self) -> str:
        return f"{self.number or self.pk}"

    @property
    def is_begun(self) -> bool:
        """Is there a row of it? A page can show the form of one that is not kept yet."""
        return not self._state.adding


class Submission(models.Model):
    """What was submitted, once for each time: the facts, the answers, and what the rules said of them. Never changed.

    `facts` is a whole FACTS mapping: the accepted facts with what the applicant states over them; `stated` names what
    the form itself said, by field; `differs` lists stated facts whose accepted value is another one.
    """

    application = models.ForeignKey(Application, models.PROTECT, related_name="submissions", verbose_name=_("申报"))
    number = models.PositiveSmallIntegerField(_("第几次提交"))
    facts = models.JSONField(_("指标"))
    stated = models.JSONField(_("所填内容"), default=dict)
    answers = models.JSONField(_("其他内容"), default=dict)
    differs = models.JSONField(_("与档案不一致"), default=list)
    policy = models.CharField(_("政策"), max_length=80)
    policy_version = models.CharField(_("政策版本"), max_length=20)
    policy_hash = models.CharField(_("政策摘要"), max_length=64)
    on = models.DateField(_("截至"))
    year = models.PositiveSmallIntegerField(_("所评会计年度"))
    verdict = models.CharField(_("结论"), max_length=10)
    result = models.JSONField(_("测算结果"))
    #: Of which version of the programme's form; together with the digest it is printed on every page.
    form_version = models.CharField(_("表单版本"), max_length=20, blank=True)
    digest = models.CharField(_("内容摘要"), max_length=64)
    submitted_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", verbose_name=_("提交人"))
    submitted_at = models.DateTimeField(_("提交时间"))

    class Meta:
        verbose_name = _("提交")
        constraints = (
            models.UniqueConstraint(fields=["application", "number"], name="one_submission_of_a_number"),
            models.CheckConstraint(condition=~Q(digest=""), name="submission_has_a_digest"),
        )

    def __str__(self) -> str:
        return f"{self.application_id} {self.number}"


class Step(models.Model):
    """One thing that happened to an application: who moved it from which stage to where, and why. Never changed.

    `to` is a stage, `correction`, an end, or empty where nothing moved. `fields` names what is to be corrected.
    `reverses` is the step that this one took back.
    """

    application = models.ForeignKey(Application, models.PROTECT, related_name="steps", verbose_name=_("申报"))
    number = models.PositiveIntegerField(_("序号"))
    stage = models.CharField(_("环节"), max_length=60)
    move = models.CharField(_("动作"), max_length=60)
    to = models.CharField(_("去向"), max_length=60, blank=True)
    reason = models.TextField(_("理由"), blank=True)
    fields = models.JSONField(_("需补正的内容"), default=list)
    details = models.JSONField(_("其他"), default=dict)
    by = models.ForeignKey(PERSON, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("办理人"))
    by_unit = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("办理单位")
    )
    second = models.ForeignKey(
        PERSON, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("复核人")
    )
    at = models.DateTimeField(_("时间"))
    reverses = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="reversed_by", verbose_name=_("所撤销的步骤")
    )
    before = models.JSONField(_("此前状态"), default=dict)

    class Meta:
        verbose_name = _("办理记录")
        constraints = (models.UniqueConstraint(fields=["application", "number"], name="one_step_of_a_number"),)
        indexes = (
            models.Index(fields=["by", "-at"], name="step_by"),
            models.Index(fields=["by_unit", "-at"], name="step_unit"),
        )

    def __str__(self) -> str:
        return f"{self.application_id} {self.number} {self.move}"


class Proposal(models.Model):
    """A decision that a colleague has to confirm: four eyes. It ends by being confirmed, declined or overtaken."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="proposals", verbose_name=_("申报"))
    version = models.PositiveIntegerField(_("版本"))
    move = models.CharField(_("动作"), max_length=60)
    reason = models.TextField(_("理由"), blank=True)
    fields = models.JSONField(_("需补正的内容"), default=list)
    by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", verbose_name=_("提出人"))
    by_unit = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name=_("提出单位"))
    at = models.DateTimeField(_("提出时间"))
    ended_by = models.ForeignKey(
        PERSON, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("复核人")
    )
    ended_at = models.DateTimeField(_("复核时间"), null=True, blank=True)
    confirmed = models.BooleanField(_("复核同意"), null=True, blank=True)
    answer = models.TextField(_("复核意见"), blank=True)

    class Meta:
        verbose_name = _("复核")
        constraints = (
            models.UniqueConstraint(
                fields=["application"], condition=Q(ended_at__isnull=True), name="one_open_proposal"
            ),
            models.CheckConstraint(
                condition=Q(ended_by__isnull=True) | ~Q(ended_by=F("by")) | Q(confirmed__isnull=True),
                name="four_eyes_are_two_people",
            ),
        )

    def __str__(self) -> str:
        return f"{self.application_id} {self.move}"


class Attachment(models.Model):
    """A document attached to an application; one that is taken off again is marked, never removed.

    `evidence` is the name in the programme's form; `stamped` for the stamped pages of the printed application.
    """

    application = models.ForeignKey(Application, models.PROTECT, related_name="attachments", verbose_name=_("申报"))
    evidence = models.CharField(_("材料"), max_length=60)
    file = models.ForeignKey("kit.StoredFile", models.PROTECT, related_name="+", verbose_name=_("文件"))
    note = models.CharField(_("说明"), max_length=200, blank=True)
    added_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", verbose_name=_("上传人"))
    added_at = models.DateTimeField(_("上传时间"))
    submission = models.ForeignKey(
        Submission, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("提交")
    )
    removed_at = models.DateTimeField(_("移除时间"), null=True, blank=True)
    removed_by = models.ForeignKey(
        PERSON, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("移除人")
    )

    class Meta:
        verbose_name = _("申报材料")
        indexes = (models.Index(fields=["application", "evidence"], name="attachment_of"),)

    def __str__(self) -> str:
        return f"{self.application_id} {self.evidence}"


class Archive(models.Model):
    """The package of a case: a zip with an index, everything that was submitted, decided and issued, and digests.

    It holds what whoever had it made may see, and `scope` says who else may read it; the system (no `made_by`) packs
    the whole of a case that has ended. `version` is the application's when it was packed. Kept until `keep_until`.
    """

    application = models.ForeignKey(Application, models.PROTECT, related_name="archives", verbose_name=_("申报"))
    version = models.PositiveIntegerField(_("版本"))
    scope = models.CharField(_("范围"), max_length=8, choices=Scope.choices)
    file = models.ForeignKey("kit.StoredFile", models.PROTECT, related_name="+", verbose_name=_("案卷包"))
    entries = models.PositiveIntegerField(_("件数"))
    final = models.BooleanField(_("已办结"))
    keep_until = models.DateField(_("保管期限至"))
    made_by = models.ForeignKey(PERSON, models.PROTECT, null=True, related_name="+", verbose_name=_("生成人"))
    made_at = models.DateTimeField(_("生成时间"))

    class Meta:
        verbose_name = _("案卷包")
        indexes = (models.Index(fields=["application", "-made_at"], name="archive_newest"),)

    def __str__(self) -> str:
        return f"{self.application_id} {self.version}"


class Finding(models.Model):
    """Something that a check found. `params` fill its words (see `tidui.casework.findings`); `key` makes it one."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="findings", verbose_name=_("申报"))
    submission = models.ForeignKey(
        Submission, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("提交")
    )
    kind = models.CharField(_("类别"), max_length=20, choices=FindingKind.choices)
    weight = models.CharField(_("轻重"), max_length=8, choices=Weight.choices)
    key = models.CharField(max_length=160, editable=False)
    place = models.CharField(_("位置"), max_length=80, blank=True)
    source = models.CharField(_("来源"), max_length=200, blank=True)
    params = models.JSONField(_("内容"), default=dict)
    other = models.ForeignKey(
        Application, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("另一份申报")
    )
    found_at = models.DateTimeField(_("发现时间"))
    #: A finding of an earlier run that the last one did not find again.
    gone_at = models.DateTimeField(_("已消失"), null=True, blank=True)
    cleared_by = models.ForeignKey(
        PERSON, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("核销人")
    )
    cleared_at = models.DateTimeField(_("核销时间"), null=True, blank=True)
    cleared_reason = models.CharField(_("核销理由"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("核查发现")
        constraints = (
            models.UniqueConstraint(fields=["application", "key"], name="one_finding_of_a_key"),
            models.CheckConstraint(
                condition=Q(cleared_at__isnull=True, cleared_by__isnull=True)
                | (Q(cleared_at__isnull=False, cleared_by__isnull=False) & ~Q(cleared_reason="")),
                name="a_cleared_finding_says_why",
            ),
        )

    def __str__(self) -> str:
        return f"{self.application_id} {self.kind}"


class Trace(models.Model):
    """What of an application's newest submission leads to others like it: a telephone, a person, a piece of a text.

    `value` is a digest (see `tidui.casework.checks.traces`); the rows are made again from the submission at any time.
    """

    application = models.ForeignKey(Application, models.CASCADE, related_name="traces", verbose_name=_("申报"))
    kind = models.CharField(_("类别"), max_length=10)
    value = models.BigIntegerField(_("摘要"))

    class Meta:
        verbose_name = _("比对线索")
        constraints = (
            models.UniqueConstraint(fields=["kind", "value", "application"], name="a_trace_stands_once"),
        )

    def __str__(self) -> str:
        return f"{self.application_id} {self.kind}"


class Urge(models.Model):
    """A reminder that went out: once for each application, clock and step of escalation."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="urges", verbose_name=_("申报"))
    version = models.PositiveIntegerField(_("版本"))
    level = models.CharField(_("级别"), max_length=20)
    to = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name=_("催办对象"))
    by = models.ForeignKey(PERSON, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("催办人"))
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("催办")
        constraints = (
            models.UniqueConstraint(
                fields=["application", "version", "level", "to"], condition=Q(by__isnull=True),
                name="one_reminder_a_clock",
            ),
        )
        indexes = (models.Index(fields=["application", "version", "level"], name="urge_of"),)

    def __str__(self) -> str:
        return f"{self.application_id} {self.level}"


class Exchange(models.Model):
    """A list that goes out to another authority or platform, and whose answers come back.

    `purpose` names how it is written and read (see `tidui.casework.exchanging`): `joint:credit`, `tax`, `platform`.
    """

    purpose = models.CharField(_("用途"), max_length=60)
    layout = models.CharField(_("格式版本"), max_length=20)
    #: The stage at which its applications wait; empty where the list decides nothing by itself.
    stage = models.CharField(_("环节"), max_length=60, blank=True)
    title = models.CharField(_("名称"), max_length=200)
    call = models.ForeignKey(
        Call, models.PROTECT, null=True, blank=True, related_name="exchanges", verbose_name=_("申报通知")
    )
    batch = models.ForeignKey(
        Batch, models.PROTECT, null=True, blank=True, related_name="exchanges", verbose_name=_("批次")
    )
    partner = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("对方单位")
    )
    state = models.CharField(_("状态"), max_length=10, choices=ExchangeState.choices, default=ExchangeState.PREPARED)
    file = models.ForeignKey(
        "kit.StoredFile", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("清单文件")
    )
    #: The same list as CSV. Both are made after the rows, outside of transactions, and are missing until then.
    csv = models.ForeignKey(
        "kit.StoredFile", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("CSV 文件")
    )
    digest = models.CharField(_("内容摘要"), max_length=64)
    count = models.PositiveIntegerField(_("家数"))
    due_on = models.DateField(_("回复期限"), null=True, blank=True)
    made_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", verbose_name=_("生成人"))
    made_at = models.DateTimeField(_("生成时间"))
    sent_by = models.ForeignKey(
        PERSON, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("发出人")
    )
    sent_at = models.DateTimeField(_("发出时间"), null=True, blank=True)
    sent_note = models.CharField(_("发出方式、文号"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("数据交换")
        indexes = (models.Index(fields=["purpose", "-made_at"], name="exchange_purpose"),)

    def __str__(self) -> str:
        return self.title


class ExchangeRow(models.Model):
    """One line of a list: what was sent of an application, and what was answered."""

    exchange = models.ForeignKey(Exchange, models.PROTECT, related_name="rows", verbose_name=_("数据交换"))
    application = models.ForeignKey(
        Application, models.PROTECT, null=True, blank=True, related_name="exchange_rows", verbose_name=_("申报")
    )
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name=_("单位"))
    uscc = models.CharField(_("统一社会信用代码"), max_length=18)
    sent = models.JSONField(_("发出内容"), default=dict)
    #: That of the exchange, so that the database itself keeps an application out of two open lists.
    purpose = models.CharField(_("用途"), max_length=60, editable=False, default="")
    #: Is an answer waited for? Not once it is there, nor after the list was taken back.
    open = models.BooleanField(_("待回复"), default=True)
    #: Empty until it is answered; then a word of the purpose: ok, hit, refused, number …
    outcome = models.CharField(_("回复结论"), max_length=20, blank=True)
    answer = models.JSONField(_("回复内容"), default=dict)
    answered_at = models.DateTimeField(_("回复时间"), null=True, blank=True)
    answer_file = models.ForeignKey(
        "AnswerFile", models.PROTECT, null=True, blank=True, related_name="rows", verbose_name=_("回复文件")
    )

    class Meta:
        verbose_name = _("交换明细")
        constraints = (
            models.UniqueConstraint(fields=["exchange", "uscc"], name="one_line_of_a_code"),
            models.UniqueConstraint(
                fields=["application", "purpose"], condition=Q(open=True), name="in_one_open_list_of_a_purpose"
            ),
            models.CheckConstraint(
                condition=Q(outcome="", answered_at__isnull=True) | (~Q(outcome="") & Q(answered_at__isnull=False)),
                name="an_answer_says_when",
            ),
        )
        indexes = (models.Index(fields=["organisation", "outcome"], name="exchange_row_of"),)

    def __str__(self) -> str:
        return f"{self.exchange_id} {self.uscc}"


class AnswerFile(models.Model):
    """A file of answers as it was read: the same content twice changes nothing.

    `faults` are the lines that were not taken, each with its row and why; `report` counts the others.
    """

    exchange = models.ForeignKey(Exchange, models.PROTECT, related_name="answers", verbose_name=_("数据交换"))
    file = models.ForeignKey("kit.StoredFile", models.PROTECT, related_name="+", verbose_name=_("回复文件"))
    digest = models.CharField(_("内容摘要"), max_length=64)
    document_number = models.CharField(_("文号"), max_length=60, blank=True)
    document_date = models.DateField(_("文件日期"), null=True, blank=True)
    report = models.JSONField(_("结果"), default=dict)
    faults = models.JSONField(_("未采用的行"), default=list)
    read_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", verbose_name=_("导入人"))
    read_at = models.DateTimeField(_("导入时间"))
    finished_at = models.DateTimeField(_("处理完成时间"), null=True, blank=True)
    job = models.ForeignKey(
        "kit.Job", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("后台任务")
    )
    #: Why nothing of the file could be read.
    error = models.TextField(_("未完成的原因"), blank=True)

    class Meta:
        verbose_name = _("回复文件")
        constraints = (models.UniqueConstraint(fields=["exchange", "digest"], name="an_answer_is_read_once"),)

    def __str__(self) -> str:
        return f"{self.exchange_id} {self.digest[:8]}"


class HeldAnswer(models.Model):
    """An answer that does not fit, or says otherwise than an earlier one: a person settles it.

    `faults` say why: {code, zh, en, hard}. `key` is a digest of what it says, so that reading it again holds it once.
    """

    row = models.ForeignKey(ExchangeRow, models.PROTECT, related_name="held", verbose_name=_("交换明细"))
    file = models.ForeignKey(
        AnswerFile, models.PROTECT, null=True, blank=True, related_name="held", verbose_name=_("回复文件")
    )
    line = models.PositiveIntegerField(_("行号"), default=0)
    outcome = models.CharField(_("回复结论"), max_length=20)
    answer = models.JSONField(_("回复内容"), default=dict)
    document_number = models.CharField(_("文号"), max_length=60, blank=True)
    document_date = models.DateField(_("文件日期"), null=True, blank=True)
    faults = models.JSONField(_("存疑原因"), default=list)
    key = models.CharField(max_length=64, editable=False)
    held_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", verbose_name=_("导入人"))
    held_at = models.DateTimeField(_("时间"))
    ended_by = models.ForeignKey(
        PERSON, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("核定人")
    )
    ended_at = models.DateTimeField(_("核定时间"), null=True, blank=True)
    accepted = models.BooleanField(_("采用"), null=True, blank=True)
    reason = models.CharField(_("核定理由"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("待核定回复")
        constraints = (
            models.UniqueConstraint(
                fields=["row", "key"], condition=Q(ended_at__isnull=True), name="an_answer_is_held_once"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by__isnull=True, accepted__isnull=True)
                | (Q(ended_at__isnull=False, ended_by__isnull=False, accepted__isnull=False) & ~Q(reason="")),
                name="a_settled_answer_says_why",
            ),
        )

    def __str__(self) -> str:
        return f"{self.row_id} {self.outcome}"
