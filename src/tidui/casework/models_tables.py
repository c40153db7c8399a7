"""Rows of a form's tables while they are being written; what was submitted of them is in the submission's answers."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class DraftRow(models.Model):
    """A row of a table that an applicant is writing: one record, so that two people at two rows never meet.

    `key` stays the row's own. `cells` is column name to {text, version, by, at}; references to other tables are
    {keys, version, by, at}. `carried`: it comes from an earlier application, and nobody has looked at it since.
    """

    application = models.ForeignKey(
        "casework.Application", models.CASCADE, related_name="draft_rows", verbose_name=_("申报")
    )
    table = models.CharField(_("表格"), max_length=40)
    key = models.PositiveIntegerField(_("行"))
    cells = models.JSONField(_("内容"), default=dict)
    carried = models.BooleanField(_("沿用自上次申报"), default=False)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("填写人")
    )
    changed_at = models.DateTimeField(_("填写时间"))

    class Meta:
        verbose_name = _("表格填写行")
        constraints = (
            models.UniqueConstraint(fields=["application", "table", "key"], name="a_draft_row_stands_once"),
        )

    def __str__(self) -> str:
        return f"{self.application_id} {self.table} {self.key}"
