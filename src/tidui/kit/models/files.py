"""Files that people have handed in: one row for every upload, one copy on disk for every content."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class StoredFile(models.Model):
    """One upload. The content lies below MEDIA_ROOT under its SHA-256; what it is about is said by `kind` and owner.

    `about_model` (`registry.return`) and `about_id` name the record it belongs to; a file of a kind that needs no
    record, or one that other records point to by foreign key, leaves them empty.
    """

    sha256 = models.CharField(_("内容摘要"), max_length=64, db_index=True)
    size = models.BigIntegerField(_("大小(字节)"))
    media_type = models.CharField(_("文件类型"), max_length=100)
    name = models.CharField(_("文件名"), max_length=200)
    kind = models.CharField(_("用途"), max_length=60)
    about_model = models.CharField(_("所属表"), max_length=100, blank=True)
    about_id = models.CharField(_("所属记录"), max_length=36, blank=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("上传人")
    )
    uploaded_at = models.DateTimeField(_("上传时间"), default=timezone.now)

    class Meta:
        verbose_name = _("文件")
        indexes = (models.Index(fields=["about_model", "about_id"], name="file_about"),)
        constraints = (
            models.CheckConstraint(condition=Q(size__gt=0), name="file_is_not_empty"),
            models.CheckConstraint(
                condition=Q(about_model="", about_id="") | (~Q(about_model="") & ~Q(about_id="")),
                name="file_names_its_record_whole",
            ),
        )

    def __str__(self) -> str:
        return self.name


class Upload(models.Model):
    """A file that is arriving in pieces; what has arrived of it lies below MEDIA_ROOT until it is whole or swept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("用途"), max_length=60)
    name = models.CharField(_("文件名"), max_length=200)
    size = models.BigIntegerField(_("大小(字节)"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("上传人"))
    started_at = models.DateTimeField(_("开始时间"), default=timezone.now)
    #: What the form sends along, once the file is whole and checked; empty before.
    token = models.TextField(_("凭证"), blank=True)

    class Meta:
        verbose_name = _("上传中的文件")
        constraints = (models.CheckConstraint(condition=Q(size__gt=0), name="upload_is_not_empty"),)

    def __str__(self) -> str:
        return self.name
