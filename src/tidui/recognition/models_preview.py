"""A trial run of a policy: which open applications and valid recognitions would be judged otherwise, and why."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from tidui.accounts.models import Organisation
from tidui.casework.models import Application


class PolicyPreview(models.Model):
    """A version of a policy, with some values set otherwise, tried for a day; `counts` sums it up once it has run.

    Before is the text in force when it was made, with the values of that day.
    """

    programme = models.CharField(_("业务"), max_length=60)
    policy = models.CharField(_("政策"), max_length=80)
    version = models.CharField(_("试用版本"), max_length=20)
    base = models.CharField(_("现行版本"), max_length=20)
    #: Parameters that were set otherwise: name to the number as it was typed.
    values = models.JSONField(_("试改参数"), default=dict)
    on = models.DateField(_("试算日期"))
    note = models.CharField(_("说明"), max_length=200, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("试算人")
    )
    made_at = models.DateTimeField(_("试算时间"))
    job = models.ForeignKey("kit.Job", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("任务"))
    counts = models.JSONField(_("汇总"), default=dict)
    finished_at = models.DateTimeField(_("完成时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("政策试算")
        indexes = (models.Index(fields=["-made_at", "-id"], name="preview_newest"),)

    def __str__(self) -> str:
        return f"{self.policy} {self.version} {self.on}"


class PreviewRow(models.Model):
    """One that would be judged otherwise: an open application or a valid recognition, both verdicts, and why.

    `changes` lists the conditions that differ, as explain gives them before and after: {before, after}.
    """

    preview = models.ForeignKey(PolicyPreview, models.CASCADE, related_name="rows", verbose_name=_("试算"))
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name=_("单位"))
    application = models.ForeignKey(
        Application, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("申报")
    )
    recognition = models.ForeignKey(
        "recognition.Recognition", models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("认定资格")
    )
    before = models.CharField(_("现行结论"), max_length=10)
    after = models.CharField(_("试算结论"), max_length=10)
    changes = models.JSONField(_("原因"), default=list)

    class Meta:
        verbose_name = _("试算变化")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(application__isnull=False, recognition__isnull=True)
                | models.Q(application__isnull=True, recognition__isnull=False),
                name="a_preview_row_is_about_one_thing",
            ),
        )
        indexes = (models.Index(fields=["preview", "id"], name="preview_rows"),)

    def __str__(self) -> str:
        return f"{self.preview_id} {self.before} {self.after}"
