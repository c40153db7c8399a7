"""What the audit watches of the parts of pages, and which personal data they hold."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tidui.audit import personal, tamper
from tidui.audit.personal import WITH_RECORDS, Retention
from tidui.kit.models import (
    CalendarDay,
    CalendarYear,
    Delivery,
    DivisionChange,
    Job,
    Message,
    ParameterValue,
    PeriodicRun,
    SavedView,
    SearchEntry,
    StoredFile,
    TextVersion,
    Upload,
    WorkerPulse,
)

for _model in (CalendarDay, CalendarYear, DivisionChange, ParameterValue, TextVersion):
    tamper.watch(_model)
tamper.watch(StoredFile, brief=True)

personal.declare(
    Message, subject="recipient", delete=True, retention=WITH_RECORDS,
    fields={"subject": _("告知本人"), "body": _("告知本人")},
)  # fmt: skip
personal.declare(
    Delivery, subject="message__recipient",
    fields={"address": _("发送通知"), "error": _("查明为什么没有送达")},
    retention=Retention(_("发送后保留六个月，以备查明是否送达"), months=6, since="sent_at"),
)  # fmt: skip
personal.declare(
    Job, subject="owner",
    fields={"arguments": _("说明任务处理的范围"), "result": _("说明任务的结果")},
    retention=Retention(_("任务结束后保留两年"), months=24, since="created_at"),
)  # fmt: skip
personal.declare(SavedView, subject="user", fields={"name": _("方便本人查看"), "query": _("方便本人查看")}, delete=True)
personal.declare(Upload, subject="by", fields={"name": _("续传文件")}, delete=True)
personal.none(StoredFile, because=_("文件的名称和内容随其所属记录保存和删除"))
personal.none(SearchEntry, because=_("只收录单位名称和代码"))
personal.none(CalendarDay, CalendarYear, DivisionChange, ParameterValue, PeriodicRun, TextVersion, WorkerPulse)
