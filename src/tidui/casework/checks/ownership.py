"""Intellectual property that stands in two registers, or was bought just before the application."""

from __future__ import annotations

from collections.abc import Iterator

from tidui.accounts.models import Organisation
from tidui.audit.personal import months_after
from tidui.casework.checks import Found, Look, check, settings
from tidui.casework.enums import FindingKind, State, Weight
from tidui.casework.models import Application
from tidui.kit import clock
from tidui.registry.enums import Acquisition
from tidui.registry.models import IntellectualProperty
from tidui.registry.property_facts import valid_on

#: Ways of obtaining that are none of the enterprise's own research.
_BOUGHT = (Acquisition.ASSIGNED, Acquisition.GIVEN)


def _items(look: Look) -> list[IntellectualProperty]:
    rows = IntellectualProperty.objects.filter(valid_on(look.on), organisation=look.application.organisation_id)
    return list(rows.order_by("pk"))


@check
def same_property(look: Look) -> Iterator[Found]:
    """An item that another organisation's register holds too; joint owners are noted, others are in doubt."""
    items = {item.key: item for item in _items(look)}
    if not items:
        return
    twins: dict[str, list[int]] = {}
    held = IntellectualProperty.objects.filter(key__in=list(items), struck_at__isnull=True)
    rows = held.exclude(organisation=look.application.organisation_id).order_by("key", "organisation")
    for key, organisation in rows.values_list("key", "organisation_id"):
        twins.setdefault(key, []).append(organisation)
    everybody = sorted({organisation for found in twins.values() for organisation in found})
    names = dict(Organisation.objects.filter(pk__in=everybody).values_list("pk", "name"))
    applied = _applications(everybody)
    for key, organisations in twins.items():
        item = items[key]
        joint = all(names[one] in item.owners for one in organisations)
        yield Found(
            FindingKind.SAME_PROPERTY, f"property:{key}", "property_joint" if joint else "property_shared",
            weight=Weight.NOTE if joint else Weight.DOUBT,
            params={"number": item.number, "name": item.name, "n": len(organisations)}, place="ip",
            others=tuple(applied[one] for one in organisations if one in applied),
            organisations=tuple(one for one in organisations if one not in applied),
        )  # fmt: skip


def _applications(organisations: list[int]) -> dict[int, int]:
    """The newest submitted application of each organisation that has one."""
    rows = Application.objects.filter(organisation__in=organisations, submitted_at__isnull=False)
    rows = rows.exclude(state__in=(State.WITHDRAWN, State.LAPSED)).order_by("submitted_at")
    return dict(rows.values_list("organisation_id", "pk"))


@check
def bought(look: Look) -> Iterator[Found]:
    """An item that was assigned or given, and came into the register within the set months before.

    The register does not hold the day of the transfer; that of the entry stands for it, and the finding says so.
    """
    months = look.setting(settings.BOUGHT_MONTHS)
    since = months_after(look.on, -months)
    for item in _items(look):
        entered = clock.day_of(item.entered_at)
        if item.acquisition in _BOUGHT and entered >= since:
            yield Found(
                FindingKind.SAME_PROPERTY, f"bought:{item.key}", "property_bought",
                params={
                    "number": item.number, "name": item.name, "acquisition": item.acquisition,
                    "entered_on": entered.isoformat(), "months": months,
                },
                place="ip",
            )  # fmt: skip
