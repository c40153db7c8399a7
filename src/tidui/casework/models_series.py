"""Series of numbers without gaps."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Series(models.Model):
    """A series of numbers without gaps, such as those of the applications of a year; `last` is the last one given."""

    name = models.CharField(_("编号序列"), max_length=80, primary_key=True)
    last = models.PositiveIntegerField(_("已用至"), default=0)

    class Meta:
        verbose_name = _("编号序列")

    def __str__(self) -> str:
        return f"{self.name} {self.last}"
