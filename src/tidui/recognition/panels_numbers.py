"""The number that an application was given, on the page of its case."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from tidui.casework.models import Application
from tidui.casework.panels import Panel, add
from tidui.kit import formats
from tidui.kit.visibility import visible_to
from tidui.recognition.models import Recognition


@add("case", order=5)
def number(request: HttpRequest, application: Application) -> Panel | None:
    """The number, how long it holds, and where anybody may verify it."""
    held = visible_to(request.user, Recognition).filter(application=application).first()
    if held is None:
        return None
    facts = [
        (_("入库登记编号"), held.number),
        (_("有效期自"), formats.day(held.valid_from)),
        (_("有效期至"), formats.day(held.valid_until)),
    ]
    verify = f"{reverse('recognition:verify')}?number={held.number}" if held.announced_at else ""
    return Panel("recognition/numbers/_case.html", {"number": held, "facts": facts, "verify": verify})
