"""The words of every record that a person can search for."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class SearchEntry(models.Model):
    """The text of one record, ready to be searched; made from the record, so it can be made again (`kit.search`)."""

    model = models.CharField(_("表"), max_length=100)
    object_id = models.BigIntegerField(_("记录"))
    text = models.TextField(_("文字"))
    tokens = models.TextField(_("检索词"))

    class Meta:
        verbose_name = _("检索条目")
        constraints = (models.UniqueConstraint(fields=["model", "object_id"], name="one_search_entry_per_record"),)

    def __str__(self) -> str:
        return f"{self.model} {self.object_id}"
