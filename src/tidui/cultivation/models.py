"""Where each enterprise stands on the ladder, as last worked out: what the register is filtered by."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from tidui.accounts.models import Organisation


class Placement(models.Model):
    """One enterprise on one day: worked out again when its facts change, and for all enterprises every night.

    Rungs, policies' verdicts (pass, fail, unknown) and conditions are those of `tidui.policies`. `open` are the
    conditions that fail, or that are unknown where none fails; `only` is the one that fails where it is the only one.
    """

    organisation = models.OneToOneField(
        Organisation, models.CASCADE, primary_key=True, related_name="placement", verbose_name=_("企业")
    )
    on = models.DateField(_("截至"))
    year = models.PositiveSmallIntegerField(_("所评会计年度"))
    rung = models.CharField(_("现处梯级"), max_length=20, blank=True, db_index=True)
    held = models.JSONField(_("有效资格"), default=list)
    unclear = models.JSONField(_("待查明资格"), default=list)
    next = models.CharField(_("下一梯级"), max_length=20, blank=True)
    verdict = models.CharField(_("结论"), max_length=10, blank=True)
    open = models.JSONField(_("未满足的条件"), default=list)
    open_count = models.PositiveSmallIntegerField(_("未满足条件数"), default=0)
    only = models.CharField(_("只差的条件"), max_length=60, blank=True)
    score_low = models.FloatField(_("得分下限"), null=True)
    score_high = models.FloatField(_("得分上限"), null=True)
    placed_at = models.DateTimeField(_("测算时间"))

    class Meta:
        verbose_name = _("梯级测算")
        indexes = (
            models.Index(fields=["next", "verdict", "only"], name="placement_next_verdict"),
        )

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.rung} {self.next} {self.verdict}"


class SelfMarks(models.Model):
    """The marks that an enterprise gives itself where a panel will mark: they serve its plan, and decide nothing.

    `marks` holds numbers as text ("6.5") by the names of the facts of the section `expert`.
    """

    organisation = models.OneToOneField(
        Organisation, models.CASCADE, primary_key=True, related_name="self_marks", verbose_name=_("企业")
    )
    marks = models.JSONField(_("自评分"), default=dict)
    marked_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+", verbose_name=_("自评人"))
    marked_at = models.DateTimeField(_("自评时间"))

    class Meta:
        verbose_name = _("创新能力自评")

    def __str__(self) -> str:
        return str(self.organisation_id)
