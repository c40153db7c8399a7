"""What signing in keeps about a person beside the password itself."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class PasswordDuty(models.Model):
    """Somebody else knows or chose this person's password: it must be changed at the next sign-in."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="password_duty", verbose_name=_("人员")
    )
    since = models.DateTimeField(_("自"), default=timezone.now)
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("由谁设定")
    )

    class Meta:
        verbose_name = _("须修改密码")

    def __str__(self) -> str:
        return str(self.user)
