"""What the audit watches of casework, and which personal data it holds."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tidui.audit import personal, tamper
from tidui.audit.personal import Retention
from tidui.casework.models import (
    AnswerFile,
    Application,
    Archive,
    Attachment,
    Batch,
    Call,
    DraftRow,
    Exchange,
    ExchangeRow,
    Finding,
    HeldAnswer,
    Proposal,
    Quota,
    Series,
    Step,
    Submission,
    Trace,
    Urge,
)

for _model in (
    Call, Quota, Batch, Application, Submission, Step, Proposal, Attachment, Archive, Exchange, ExchangeRow, AnswerFile,
    HeldAnswer, Finding,
):  # fmt: skip
    tamper.watch(_model, brief=True)

_CASE = Retention(_("随申报案卷保存，归档期满后删除"), with_records=True)
# The contact person of an application need not be one who signs in: there is no account that leads to the rows.
personal.declare(
    Application,
    subject=lambda person: Application.objects.none(),
    fields={"answers": _("申报联系人的姓名和电话，供办理单位联系")},
    retention=_CASE,
)
personal.declare(
    Submission,
    subject=lambda person: Submission.objects.none(),
    fields={"answers": _("申报联系人的姓名和电话，研发人员等名单中的姓名，供办理单位联系、核对")},
    retention=_CASE,
)
personal.declare(
    DraftRow,
    subject=lambda person: DraftRow.objects.none(),
    fields={"cells": _("研发人员等名单中的姓名，供填报")},
    retention=_CASE,
)
personal.declare(
    Trace,
    subject=lambda person: Trace.objects.none(),  # a digest of what the submission says; it goes with the application
    fields={"value": _("申报联系人电话的摘要，供查重")},
    retention=_CASE,
)
personal.none(
    Call, Quota, Batch, Step, Proposal, Attachment, Archive, Finding, Urge, Exchange, ExchangeRow, AnswerFile,
    HeldAnswer, Series,
)

personal.hold_acts(
    (
        (Step, "by", "at"),
        (Submission, "submitted_by", "submitted_at"),
        (Proposal, "by", "at"),
        (Attachment, "added_by", "added_at"),
        (Archive, "made_by", "made_at"),
    ),
    _("申报案卷中有其经办的记录：%(kind)s"),
)
