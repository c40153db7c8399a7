"""What the audit watches of review, and which personal data it holds."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from tidui.audit import personal, tamper
from tidui.audit.personal import Retention
from tidui.review import models
from tidui.review.models import Expert, FeeLine, Photo, Tie, Visit

_ALL = [getattr(models, name) for name in models.__all__]
for _model in _ALL:
    tamper.watch(_model, brief=True)

_CASE = Retention(_("随评审案卷保存，归档期满后删除"), with_records=True)


def _own(person: Any) -> Any:
    return Expert.objects.filter(user=person.pk)


personal.declare(
    Expert, subject=_own,
    fields={
        "name": _("评审须实名"), "mobile": _("通知评审"), "email": _("通知评审"), "title": _("核对资格"),
        "employer": _("核对回避"), "bank": _("发放评审费"), "account": _("发放评审费"),
    },
    retention=_CASE,
)  # fmt: skip
personal.declare(
    Tie, subject=lambda person: Tie.objects.filter(expert__user=person.pk),
    fields={"name": _("核对回避"), "note": _("核对回避")}, retention=_CASE,
)  # fmt: skip
personal.declare(
    FeeLine, subject=lambda person: FeeLine.objects.filter(expert__user=person.pk),
    fields={"bank": _("发放评审费"), "account": _("发放评审费")}, retention=_CASE,
)  # fmt: skip
personal.declare(
    Photo, subject=lambda person: Photo.objects.filter(by=person.pk),
    fields={"latitude": _("证明在现场拍摄"), "longitude": _("证明在现场拍摄")}, retention=_CASE,
)  # fmt: skip
personal.declare(
    Visit, subject=lambda person: Visit.objects.none(),  # visitors are named as text; no account leads to them
    fields={"visitors": _("现场考察报告须署名")}, retention=_CASE,
)  # fmt: skip
personal.none(*(model for model in _ALL if model not in (Expert, Tie, FeeLine, Photo, Visit)))
