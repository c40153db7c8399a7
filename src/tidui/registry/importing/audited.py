"""What the audit watches of imports and declared tables; they hold no personal data of their own."""

from __future__ import annotations

from tidui.audit import personal, tamper
from tidui.registry.importing.models import (
    Conversion,
    DeclaredProperty,
    Import,
    PastEvent,
    Product,
    RdActivity,
    RdYearCost,
)

DECLARED = (DeclaredProperty, RdActivity, RdYearCost, Product, Conversion, PastEvent)

for _model in (Import, *DECLARED):
    tamper.watch(_model, brief=True)

personal.none(Import, *DECLARED)
