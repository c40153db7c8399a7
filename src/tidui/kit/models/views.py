"""Filters of a list that a person has named, to come back to them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class SavedView(models.Model):
    """A person's own name for the filters, the search and the order of one list."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_views", verbose_name=_("人员")
    )
    list_name = models.CharField(_("列表"), max_length=100)
    name = models.CharField(_("名称"), max_length=40)
    query = models.CharField(_("条件"), max_length=2000, blank=True)
    saved_at = models.DateTimeField(_("保存时间"), default=timezone.now)

    class Meta:
        verbose_name = _("常用筛选")
        constraints = (
            models.UniqueConstraint(fields=["user", "list_name", "name"], name="one_saved_view_per_name"),
        )

    def __str__(self) -> str:
        return self.name
