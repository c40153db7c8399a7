"""The tables of the enterprise file."""

from tidui.registry.importing.models import (
    Conversion,
    DeclaredProperty,
    Import,
    PastEvent,
    Product,
    RdActivity,
    RdYearCost,
)
from tidui.registry.models.accepted import (
    IDENTITY,
    TABLES,
    Accepted,
    AcceptedYear,
    CarrierYear,
    Enterprise,
    TaxYear,
    YearFigures,
)
from tidui.registry.models.property import IntellectualProperty
from tidui.registry.models.returns import Difference, Draft, Return, Verification

__all__ = [
    "IDENTITY",
    "TABLES",
    "Accepted",
    "AcceptedYear",
    "CarrierYear",
    "Conversion",
    "DeclaredProperty",
    "Difference",
    "Draft",
    "Enterprise",
    "Import",
    "IntellectualProperty",
    "PastEvent",
    "Product",
    "RdActivity",
    "RdYearCost",
    "Return",
    "TaxYear",
    "Verification",
    "YearFigures",
]
