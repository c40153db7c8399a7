"""What the register of intellectual property says of an enterprise on a day, and items that stand in two registers."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.db.models import Exists, OuterRef, Q, QuerySet

from tidui.accounts.models import Organisation
from tidui.registry.enums import CLASS_TWO, Acquisition
from tidui.registry.models import IntellectualProperty
from tidui.rules.values import Value

#: The facts that the register gives.
NAMES: Final = ("core_ip", "self_developed_ip", "ip_class1", "ip_class2", "ip_class2_unused")


def valid_on(day: dt.date) -> Q:
    """Items that are granted, within protection, and not struck out, on a day."""
    within = Q(valid_until__isnull=True) | Q(valid_until__gte=day)
    alive = Q(lapsed_on__isnull=True) | Q(lapsed_on__gt=day)
    return Q(granted_on__lte=day, struck_at__isnull=True) & within & alive


def facts_on(organisation: Organisation | int, day: dt.date) -> dict[str, Value]:
    """The counts and yes-no facts that the register gives on a day."""
    rows = list(
        IntellectualProperty.objects.filter(valid_on(day), organisation=organisation).values_list(
            "kind", "core", "acquisition", "used_year"
        )
    )
    second = [row for row in rows if row[0] in CLASS_TWO]
    return {
        "core_ip": any(core for _, core, _, _ in rows),
        "self_developed_ip": any(acquisition == Acquisition.OWN for _, _, acquisition, _ in rows),
        "ip_class1": len(rows) - len(second),
        "ip_class2": len(second),
        "ip_class2_unused": sum(used is None for *_, used in second),
    }


def with_sharing(items: QuerySet[IntellectualProperty]) -> QuerySet[IntellectualProperty]:
    """The items, each with `shared`: does another enterprise's register hold the same one? For officers alone."""
    return items.annotate(shared=Exists(_twins()))


def shared_only(items: QuerySet[IntellectualProperty]) -> QuerySet[IntellectualProperty]:
    """Those of the items that another enterprise's register holds too. For officers alone."""
    return items.filter(Exists(_twins()))


def _twins() -> QuerySet[Any]:
    same = IntellectualProperty.objects.filter(key=OuterRef("key"), struck_at__isnull=True)
    return same.exclude(organisation=OuterRef("organisation"))


def sharing(item: IntellectualProperty) -> QuerySet[IntellectualProperty]:
    """The same item in the registers of other enterprises."""
    same = IntellectualProperty.objects.filter(key=item.key, struck_at__isnull=True)
    return same.exclude(organisation=item.organisation).select_related("organisation").order_by("pk")
