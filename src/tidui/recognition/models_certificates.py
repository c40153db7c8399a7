"""Certificates of what the department itself recognises, and the public halves of the keys that sign them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

PERSON = settings.AUTH_USER_MODEL


class SigningKey(models.Model):
    """The public half of a key; the private half lies outside the database. Old ones stay, so that what they signed
    can be verified for ever."""

    name = models.CharField(_("密钥编号"), max_length=60, unique=True)
    scheme = models.CharField(_("签名算法"), max_length=20)
    public = models.TextField(_("公钥"))
    fingerprint = models.CharField(_("公钥指纹"), max_length=64)
    made_at = models.DateTimeField(_("启用时间"))
    retired_at = models.DateTimeField(_("停用时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("签名公钥")
        constraints = (
            models.UniqueConstraint(
                fields=["scheme"], condition=Q(retired_at__isnull=True), name="one_signing_key_a_scheme"
            ),
        )

    def __str__(self) -> str:
        return self.name


class Certificate(models.Model):
    """A certificate as it was issued. `content` is what was signed; one recognition may have several issues, of which
    the last holds and the others are void since a day."""

    recognition = models.ForeignKey(
        "recognition.Recognition", models.PROTECT, related_name="certificates", verbose_name=_("认定资格")
    )
    issue = models.PositiveSmallIntegerField(_("第几次颁发"), default=1)
    number = models.CharField(_("证书编号"), max_length=60, db_index=True)
    name = models.CharField(_("企业名称"), max_length=200)
    content = models.JSONField(_("证书内容"))
    signature = models.JSONField(_("签名"))
    digest = models.CharField(_("内容摘要"), max_length=64)
    #: What the sealing service drew, as SVG.
    picture = models.TextField(_("电子印章图形"), blank=True)
    file = models.ForeignKey(
        "kit.StoredFile", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("PDF")
    )
    reason = models.CharField(_("换发原因"), max_length=300, blank=True)
    issued_on = models.DateField(_("颁发日期"))
    issued_by = models.ForeignKey(
        PERSON, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("颁发人")
    )
    issued_at = models.DateTimeField(_("颁发时间"))
    void_on = models.DateField(_("作废日期"), null=True, blank=True)
    void_reason = models.CharField(_("作废原因"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("证书")
        constraints = (
            models.UniqueConstraint(fields=["recognition", "issue"], name="one_certificate_of_an_issue"),
            models.UniqueConstraint(
                fields=["recognition"], condition=Q(void_on__isnull=True), name="one_certificate_in_force"
            ),
            models.CheckConstraint(
                condition=Q(void_on__isnull=True) | ~Q(void_reason=""), name="a_void_certificate_says_why"
            ),
        )

    def __str__(self) -> str:
        return f"{self.number} {self.issue}"
