"""`{% load sheets %}`: the fields of a section of the file."""

from __future__ import annotations

from collections.abc import Sequence

from django import template
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from tidui.accounts.models import Organisation
from tidui.registry import drawing
from tidui.registry.sheet import Cell

register = template.Library()


@register.simple_tag
def sheet_fields(cells: Sequence[Cell], organisation: Organisation, year: int | None) -> SafeString:
    """`{% sheet_fields block.cells organisation sheet.year %}`"""

    def address(cell: Cell) -> str:
        found = reverse("registry:fact", args=[organisation.pk, cell.name])
        return f"{found}?year={year}" if year else found

    return drawing.fields(cells, drawing.Frame(organisation.pk, _("现值"), address))
