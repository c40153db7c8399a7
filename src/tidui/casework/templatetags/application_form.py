"""`{% load application_form %}`: the fields of the form of an application, and the score beside them."""

from __future__ import annotations

from collections.abc import Sequence

from django import template
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from tidui.casework import drawing
from tidui.casework.form import FormCell
from tidui.registry.drawing import Frame, fields

register = template.Library()
register.simple_tag(drawing.parts, name="score_parts")
register.simple_tag(drawing.conditions, name="score_conditions")
register.simple_tag(drawing.routes, name="score_routes")
register.simple_tag(drawing.missing, name="score_missing")
register.simple_tag(drawing.evidence, name="evidence_rows")


@register.simple_tag
def form_cells(cells: Sequence[FormCell], organisation: int) -> SafeString:
    """`{% form_cells block.cells application.organisation_id %}`"""

    def address(cell: FormCell) -> str:
        found = reverse("registry:fact", args=[organisation, cell.fact])
        return f"{found}?year={cell.year}" if cell.year else found

    return fields(cells, Frame(organisation, _("档案"), address))


@register.simple_tag
def form_cell(cell: FormCell, organisation: int) -> SafeString:
    """The same for a single field."""
    return form_cells([cell], organisation)
