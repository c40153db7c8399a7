"""Which workers there are, and when periodic work is due."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class WorkerPulse(models.Model):
    """A worker process that is there, or was when it was last seen."""

    #: The name that the worker writes on the tasks it takes.
    name = models.CharField(_("名称"), max_length=64, primary_key=True)
    #: The machine (its boot, and the room of process numbers in it): only there does the number mean something.
    place = models.CharField(_("所在机器"), max_length=100)
    pid = models.PositiveIntegerField(_("进程号"))
    #: When the process began, in the clock ticks of its machine: numbers of processes are used again.
    born = models.CharField(_("进程启动时刻"), max_length=30)
    since = models.DateTimeField(_("自"))
    seen_at = models.DateTimeField(_("最近在线"))

    class Meta:
        verbose_name = _("后台进程")

    def __str__(self) -> str:
        return self.name


class PeriodicRun(models.Model):
    """When a piece of periodic work is due next, and how it went the last time."""

    name = models.CharField(_("名称"), max_length=80, primary_key=True)
    due_at = models.DateTimeField(_("下次运行"))
    started_at = models.DateTimeField(_("上次开始"), null=True, blank=True)
    finished_at = models.DateTimeField(_("上次完成"), null=True, blank=True)
    failures = models.PositiveIntegerField(_("连续失败次数"), default=0)
    error = models.CharField(_("失败原因"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("定时工作")

    def __str__(self) -> str:
        return self.name
