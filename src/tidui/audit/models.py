"""The tables of the event chain and of the tamper log. Rows are added, never changed, except by `tidui forget`.

Audit stands below people and organisations: it keeps their keys as numbers, without foreign keys.
"""

from __future__ import annotations

import json
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from tidui.audit import digests


class Event(models.Model):
    """What one person (or the system, when `actor_id` is empty) did to one thing.

    `digest` covers every field. The name of the actor, the text of the subject and the details enter it through a
    salted digest each: when one of them is forgotten, that salted digest takes the place of its salt, the content goes,
    and `digest` can still be worked out (see `digests.event_digest`).
    """

    at = models.DateTimeField(_("时间"), db_index=True)
    verb = models.CharField(_("事项"), max_length=100)
    actor_id = models.BigIntegerField(_("人员编号"), null=True)
    actor_name = models.CharField(_("人员"), max_length=100, blank=True)
    organisation_id = models.BigIntegerField(_("单位编号"), null=True)
    subject_model = models.CharField(_("对象类别"), max_length=100)
    subject_pk = models.CharField(_("对象编号"), max_length=64)
    subject_text = models.CharField(_("对象"), max_length=200, blank=True)
    #: Canonical JSON; read it through `details`.
    details_text = models.TextField(_("详情"), default="{}")
    actor_salt = models.CharField(max_length=64)
    subject_salt = models.CharField(max_length=64)
    details_salt = models.CharField(max_length=64)
    digest = models.CharField(_("摘要"), max_length=64)

    class Meta:
        verbose_name = _("事件")
        indexes = (
            models.Index(fields=["subject_model", "subject_pk"], name="event_subject"),
            models.Index(fields=["actor_id"], name="event_actor"),
            models.Index(fields=["organisation_id"], name="event_organisation"),
        )

    def __str__(self) -> str:
        return f"{self.verb} {self.subject_text}"

    @property
    def details(self) -> dict[str, Any]:
        """The details as recorded; empty when there were none or they were forgotten."""
        return json.loads(self.details_text) if self.details_text else {}

    @property
    def forgotten(self) -> bool:
        """Was some personal part of this event removed?"""
        return any(digests.is_mark(salt) for salt in (self.actor_salt, self.subject_salt, self.details_salt))


class Operation(models.TextChoices):
    """What was done to a row."""

    INSERT = "I", _("新增")
    UPDATE = "U", _("修改")
    DELETE = "D", _("删除")
    BASELINE = "B", _("开始记录")
    TRUNCATE = "T", _("清空")


class TamperRow(models.Model):
    """One change of one row of a watched table, written by a trigger in the transaction of the change.

    `image` is the salted digest of the row as it then stood (empty after a deletion); `changes` is JSON, column to
    [old, new]. `digest` covers all of it and is worked out by the trigger.
    """

    at = models.DateTimeField(_("时间"))
    table = models.CharField(_("数据表"), max_length=63)
    row = models.CharField(_("行"), max_length=200)
    operation = models.CharField(_("操作"), max_length=1, choices=Operation.choices)
    actor_id = models.BigIntegerField(_("人员编号"), null=True)
    organisation_id = models.BigIntegerField(_("单位编号"), null=True)
    shape = models.IntegerField(_("列表编号"))
    changes = models.TextField(_("变更"), blank=True)
    salt = models.CharField(max_length=64, blank=True)
    image = models.CharField(max_length=64, blank=True)
    digest = models.CharField(_("摘要"), max_length=64)

    class Meta:
        verbose_name = _("数据变更")
        indexes = (models.Index(fields=["table", "row", "id"], name="tamper_row"),)

    def __str__(self) -> str:
        return f"{self.table} {self.row} {self.get_operation_display()}"


class Shape(models.Model):
    """The columns that the row images of a watched table cover, from one migration to another."""

    table = models.CharField(_("数据表"), max_length=63)
    #: `[[column, kind], …]` in the order of the image.
    columns = models.JSONField(_("列"))
    since = models.DateTimeField(_("自"))

    class Meta:
        verbose_name = _("受监视的数据表")
        indexes = (models.Index(fields=["table"], name="shape_table"),)

    def __str__(self) -> str:
        return self.table


class Seal(models.Model):
    """A batch of events and of tamper rows, closed: their digests, and the digest of the seal before."""

    number = models.BigIntegerField(_("序号"), primary_key=True)
    sealed_at = models.DateTimeField(_("封存时间"))
    #: The batch holds what has an id above the previous seal's and up to this one.
    last_event = models.BigIntegerField(_("最后事件"))
    last_tamper = models.BigIntegerField(_("最后变更"))
    events = models.IntegerField(_("事件数"))
    tampers = models.IntegerField(_("变更数"))
    event_root = models.CharField(max_length=64)
    tamper_root = models.CharField(max_length=64)
    previous = models.CharField(_("上一封存"), max_length=64)
    digest = models.CharField(_("摘要"), max_length=64)
    #: 24 bytes a row: its id, and the first half of its digest. They tell which row differs; the roots cover them.
    event_leaves = models.BinaryField()
    tamper_leaves = models.BinaryField()

    class Meta:
        verbose_name = _("封存")

    def __str__(self) -> str:
        return f"{self.number} {self.digest[:12]}"


class Publication(models.Model):
    """The head of the chain as it was made public on one day."""

    day = models.DateField(_("日期"), unique=True)
    seal = models.BigIntegerField(_("封存序号"))
    digest = models.CharField(_("摘要"), max_length=64)
    published_at = models.DateTimeField(_("公布时间"))

    class Meta:
        verbose_name = _("公布的链首")

    def __str__(self) -> str:
        return f"{self.day} {self.seal}"


class Forgetting(models.Model):
    """Which personal parts of the history were removed, when: only these may be missing."""

    class Place(models.TextChoices):
        """Where the content stood."""

        ACTOR = "actor", _("事件的人员")
        SUBJECT = "subject", _("事件的对象")
        DETAILS = "details", _("事件的详情")
        CHANGES = "changes", _("变更的内容")

    place = models.CharField(_("位置"), max_length=8, choices=Place.choices)
    row = models.BigIntegerField(_("编号"))
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("删除的个人信息")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["place", "row"], name="a_part_is_forgotten_once")
        ]

    def __str__(self) -> str:
        return f"{self.get_place_display()} {self.row}"
