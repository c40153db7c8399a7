"""What the audit watches of recognition, and which personal data it holds."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tidui.audit import personal, tamper
from tidui.audit.personal import Retention
from tidui.recognition.models import (
    Certificate,
    Change,
    Decision,
    Document,
    Meeting,
    Notice,
    Objection,
    Recognition,
    Reminder,
    Revocation,
    Sample,
    Sampling,
    SigningKey,
    YearlyReturn,
)

for _model in (Document, Notice, Objection, Recognition, Revocation, Sampling, Sample, Reminder):
    tamper.watch(_model, brief=True)

for _later in (Meeting, Decision, Certificate, SigningKey, YearlyReturn, Change):
    tamper.watch(_later, brief=True)

personal.declare(
    Meeting,
    subject=lambda person: Meeting.objects.none(),  # names of members, who need not be people who sign in
    fields={
        "chair": _("会议纪要须载明主持人"), "present": _("会议纪要须载明出席人员"),
        "absent": _("会议纪要须载明缺席人员"),
    },
    retention=Retention(_("随会议纪要保存，归档期满后删除"), with_records=True),
)  # fmt: skip
personal.declare(
    Decision,
    subject=lambda person: Decision.objects.none(),
    fields={"recused": _("审定意见须载明回避人员")},
    retention=Retention(_("随会议纪要保存，归档期满后删除"), with_records=True),
)
personal.none(Certificate, SigningKey, YearlyReturn, Change)
personal.declare(
    Objection,
    subject=lambda person: Objection.objects.none(),  # whoever objects need not be one who signs in
    fields={
        "name": _("实名异议须署名"), "mobile": _("核实身份和答复异议"), "employer": _("核实身份"),
    },
    retention=Retention(_("随公示案卷保存，归档期满后删除"), with_records=True),
)  # fmt: skip
personal.none(Document, Notice, Recognition, Revocation, Sampling, Sample, Reminder)

from tidui.recognition.models import PolicyPreview, PreviewRow  # noqa: E402  a trial changes nothing

tamper.watch(PolicyPreview, brief=True)
personal.none(PolicyPreview, PreviewRow)
