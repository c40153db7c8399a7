"""The review of a batch: its groups and files, the draws of experts with their secrets, and who sits where."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tidui.accounts.models import Organisation
from tidui.casework.models import Application, Batch
from tidui.review.enums import DrawState, ExpertKind, FieldReach, Per, ReviewState, SeatState
from tidui.review.models.experts import Expert

PERSON = settings.AUTH_USER_MODEL


class Review(models.Model):
    """The experts' review of a closed batch, by the settings that were stated before anything was drawn."""

    batch = models.OneToOneField(Batch, models.PROTECT, related_name="review", verbose_name=_("批次"))
    scheme = models.CharField(_("评分办法"), max_length=60)
    state = models.CharField(_("状态"), max_length=10, choices=ReviewState.choices, default=ReviewState.PREPARING)
    per = models.CharField(_("评审组"), max_length=6, choices=Per.choices, default=Per.GROUP)
    size = models.PositiveSmallIntegerField(_("每组专家人数"), default=5)
    technical = models.PositiveSmallIntegerField(_("其中技术专家"), default=4)
    #: How much fit may outweigh chance, 0 to 100: 0 is a plain draw among the suitable.
    fit = models.PositiveSmallIntegerField(_("匹配权重"), default=0)
    reach = models.CharField(_("专家领域要求"), max_length=6, choices=FieldReach.choices, default=FieldReach.FIRST)
    group_size = models.PositiveSmallIntegerField(_("每组申报份数"), default=30)
    load = models.PositiveSmallIntegerField(_("每位专家最多评审份数"), default=60)
    blind = models.BooleanField(_("盲评"), default=False)
    #: Marks whose spread within a file is larger than this ask for a second look.
    alarm = models.PositiveSmallIntegerField(_("分差预警（分）"), default=20)
    opens_on = models.DateField(_("评审开始"), null=True, blank=True)
    due_on = models.DateField(_("评审截止"), null=True, blank=True)
    made_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", verbose_name=_("建立人"))
    made_at = models.DateTimeField(_("建立时间"))
    closed_at = models.DateTimeField(_("结束时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("专家评审")

    def __str__(self) -> str:
        return f"{self.batch_id}"


class Group(models.Model):
    """Files that go to one panel, or that are shown together: those of one field."""

    review = models.ForeignKey(Review, models.CASCADE, related_name="groups", verbose_name=_("专家评审"))
    number = models.PositiveSmallIntegerField(_("组号"))
    title = models.CharField(_("名称"), max_length=200)
    fields = models.JSONField(_("技术领域"), default=list)

    class Meta:
        verbose_name = _("评审分组")
        constraints = (models.UniqueConstraint(fields=["review", "number"], name="one_group_of_a_number"),)

    def __str__(self) -> str:
        return self.title


class File(models.Model):
    """An application as it is reviewed. `code` stands for it where the applicant is not named.

    `total` is the official mean in millionths of a point, rounded down, to sort by; the exact fractions are in the
    leader's form.
    """

    review = models.ForeignKey(Review, models.CASCADE, related_name="files", verbose_name=_("专家评审"))
    application = models.OneToOneField(Application, models.PROTECT, related_name="file", verbose_name=_("申报"))
    group = models.ForeignKey(
        Group, models.PROTECT, null=True, blank=True, related_name="files", verbose_name=_("评审分组")
    )
    code = models.CharField(_("评审编号"), max_length=20)
    #: The second-level technical field that the applicant stated.
    field = models.CharField(_("技术领域"), max_length=3, blank=True)
    total = models.BigIntegerField(_("平均分（百万分之一分）"), null=True, blank=True)
    recommended = models.BooleanField(_("评审组推荐"), null=True, blank=True)
    done_at = models.DateTimeField(_("评审完成时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("评审文件")
        constraints = (models.UniqueConstraint(fields=["review", "code"], name="one_file_of_a_code"),)
        indexes = (models.Index(fields=["review", "-total", "id"], name="file_by_mark"),)

    def __str__(self) -> str:
        return self.code


class Draw(models.Model):
    """A draw of experts that anybody who holds its file can replay.

    `input` is the file that was frozen, `digest` its SHA-256; `seed` comes from the opened secrets and `public_number`.
    """

    review = models.ForeignKey(Review, models.PROTECT, related_name="draws", verbose_name=_("专家评审"))
    number = models.PositiveSmallIntegerField(_("第几次"))
    state = models.CharField(_("状态"), max_length=10, choices=DrawState.choices, default=DrawState.PREPARED)
    reason = models.CharField(_("抽取事由"), max_length=200, blank=True)
    #: Which seats are to be filled: {"groups": [...], "files": [...]} by key, with how many of each kind.
    wanted = models.JSONField(_("需抽取席位"), default=list)
    public_source = models.CharField(_("公开随机数来源"), max_length=200)
    public_on = models.DateField(_("公开随机数日期"))
    public_number = models.CharField(_("公开随机数"), max_length=200, blank=True)
    input = models.ForeignKey(
        "kit.StoredFile", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("封存文件")
    )
    digest = models.CharField(_("封存文件摘要"), max_length=64, blank=True)
    #: Who the pseudonyms of the frozen file are; the file holds the digest of this.
    names = models.JSONField(_("化名对照"), default=dict)
    frozen_at = models.DateTimeField(_("封存时间"), null=True, blank=True)
    frozen_by = models.ForeignKey(
        PERSON, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("封存人")
    )
    seed = models.CharField(_("种子"), max_length=64, blank=True)
    output = models.ForeignKey(
        "kit.StoredFile", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("抽取结果文件")
    )
    output_digest = models.CharField(_("结果摘要"), max_length=64, blank=True)
    #: Which rule blocks and the smallest relaxation, where no panels are possible; the composition, where they are.
    result = models.JSONField(_("结果"), default=dict)
    drawn_at = models.DateTimeField(_("抽取时间"), null=True, blank=True)
    drawn_by = models.ForeignKey(
        PERSON, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("抽取人")
    )
    void_reason = models.CharField(_("作废原因"), max_length=300, blank=True)
    made_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+", verbose_name=_("建立人"))
    made_at = models.DateTimeField(_("建立时间"))

    class Meta:
        verbose_name = _("抽取")
        constraints = (
            models.UniqueConstraint(fields=["review", "number"], name="one_draw_of_a_number"),
            models.CheckConstraint(
                condition=~Q(state__in=["frozen", "drawn"]) | (~Q(digest="") & Q(frozen_at__isnull=False)),
                name="a_frozen_draw_has_its_digest",
            ),
            models.CheckConstraint(
                condition=~Q(state="drawn") | (~Q(seed="") & ~Q(output_digest="") & Q(drawn_at__isnull=False)),
                name="a_made_draw_has_its_seed",
            ),
            models.CheckConstraint(condition=~Q(state="void") | ~Q(void_reason=""), name="a_void_draw_says_why"),
        )

    def __str__(self) -> str:
        return f"{self.review_id} {self.number}"


class Secret(models.Model):
    """What one of the two units put into a draw: a digest before the freeze, the secret itself after."""

    draw = models.ForeignKey(Draw, models.CASCADE, related_name="secrets", verbose_name=_("抽取"))
    unit = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name=_("单位"))
    salt = models.CharField(_("盐值"), max_length=32)
    commitment = models.CharField(_("密码摘要"), max_length=64, blank=True)
    committed_by = models.ForeignKey(
        PERSON, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("提交人")
    )
    committed_at = models.DateTimeField(_("提交时间"), null=True, blank=True)
    secret = models.CharField(_("密码"), max_length=200, blank=True)
    opened_by = models.ForeignKey(
        PERSON, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("开启人")
    )
    opened_at = models.DateTimeField(_("开启时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("抽取密码")
        constraints = (models.UniqueConstraint(fields=["draw", "unit"], name="one_secret_a_unit"),)

    def __str__(self) -> str:
        return f"{self.draw_id} {self.unit_id}"


class Seat(models.Model):
    """A place in the panel of a group or of a file, and who was drawn for it."""

    review = models.ForeignKey(Review, models.PROTECT, related_name="seats", verbose_name=_("专家评审"))
    group = models.ForeignKey(
        Group, models.PROTECT, null=True, blank=True, related_name="seats", verbose_name=_("评审分组")
    )
    file = models.ForeignKey(
        File, models.PROTECT, null=True, blank=True, related_name="seats", verbose_name=_("评审文件")
    )
    expert = models.ForeignKey(Expert, models.PROTECT, related_name="seats", verbose_name=_("专家"))
    kind = models.CharField(_("类别"), max_length=10, choices=ExpertKind.choices)
    leader = models.BooleanField(_("组长"), default=False)
    draw = models.ForeignKey(Draw, models.PROTECT, related_name="seats", verbose_name=_("抽取"))
    state = models.CharField(_("状态"), max_length=10, choices=SeatState.choices, default=SeatState.CALLED)
    called_at = models.DateTimeField(_("通知时间"))
    answered_at = models.DateTimeField(_("答复时间"), null=True, blank=True)
    reason = models.CharField(_("原因"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("评审席位")
        constraints = (
            models.CheckConstraint(
                condition=Q(group__isnull=True, file__isnull=False) | Q(group__isnull=False, file__isnull=True),
                name="a_seat_is_in_a_group_or_at_a_file",
            ),
            models.UniqueConstraint(
                fields=["group", "expert"], condition=Q(group__isnull=False), name="one_seat_in_a_group"
            ),
            models.UniqueConstraint(
                fields=["file", "expert"], condition=Q(file__isnull=False), name="one_seat_at_a_file"
            ),
            models.UniqueConstraint(
                fields=["group"], condition=Q(leader=True, state__in=["called", "accepted", "done"]),
                name="one_leader_a_group",
            ),
            models.UniqueConstraint(
                fields=["file"], condition=Q(leader=True, state__in=["called", "accepted", "done"]),
                name="one_leader_a_file",
            ),
        )
        indexes = (models.Index(fields=["expert", "state", "id"], name="seat_of"),)

    def __str__(self) -> str:
        return f"{self.review_id} {self.expert_id}"
