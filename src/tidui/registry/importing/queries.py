"""Which imports and declared rows a person may know of."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from tidui.accounts.standing import standing
from tidui.kit.visibility import door
from tidui.registry.importing.importer import bodies_of
from tidui.registry.importing.models import (
    Conversion,
    DeclaredProperty,
    Import,
    PastEvent,
    Product,
    RdActivity,
    RdYearCost,
)


@door(Import)
def imports(user: Any) -> QuerySet[Import]:
    """Those of the organisations that the person imports for; the department and inspection know all."""
    if not getattr(user, "is_authenticated", False):
        return Import.objects.none()
    if standing(user).sees_everything:
        return Import.objects.all()
    return Import.objects.filter(filed_for__in=[one.pk for one in bodies_of(user)])


def _doors() -> None:
    """Rows of declared tables are seen with the file of the enterprise that they are of."""
    for model in (DeclaredProperty, RdActivity, RdYearCost, Product, Conversion, PastEvent):

        def rows(user: Any, model: Any = model) -> QuerySet[Any]:
            return model.objects.filter(standing(user).reach_q("organisation__"))  # type: ignore[no-any-return]

        door(model)(rows)


_doors()
