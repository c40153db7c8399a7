"""What the audit watches of the enterprise file, and which personal data it holds."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tidui.audit import personal, tamper
from tidui.audit.personal import Retention
from tidui.registry.models import (
    CarrierYear,
    Difference,
    Draft,
    Enterprise,
    IntellectualProperty,
    Return,
    TaxYear,
    Verification,
    YearFigures,
)

for _model in (Return, Verification, Difference, Enterprise, YearFigures, TaxYear, CarrierYear, IntellectualProperty):
    tamper.watch(_model, brief=True)

personal.declare(
    IntellectualProperty,
    subject=lambda person: IntellectualProperty.objects.none(),  # owners are not people who sign in
    fields={"owners": _("说明知识产权归谁所有")},
    retention=Retention(_("公开登记的信息，随企业档案保存")),
)  # fmt: skip
personal.none(Return, Verification, Difference, Draft, Enterprise, YearFigures, TaxYear, CarrierYear)

personal.hold_acts(
    (
        (Return, "filed_by", "filed_at"),
        (Verification, "verified_by", "verified_at"),
        (Difference, "settled_by", "settled_at"),
    ),
    _("企业档案中有其经办的记录：%(kind)s"),
)
