"""What the audit watches of recognition, and which personal data it holds."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tidui.audit import personal, tamper
from tidui.audit.personal import Retention
from tidui.recognition.models import Document, Notice, Objection, Recognition, Reminder, Revocation, Sample, Sampling

for _model in (Document, Notice, Objection, Recognition, Revocation, Sampling, Sample, Reminder):
    tamper.watch(_model, brief=True)

personal.declare(
    Objection,
    subject=lambda person: Objection.objects.none(),  # whoever objects need not be one who signs in
    fields={
        "name": _("实名异议须署名"), "mobile": _("核实身份和答复异议"), "employer": _("核实身份"),
    },
    retention=Retention(_("随公示案卷保存，归档期满后删除"), with_records=True),
)  # fmt: skip
personal.none(Document, Notice, Recognition, Revocation, Sampling, Sample, Reminder)
