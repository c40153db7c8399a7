"""The file of enterprise `b`: returns, differences, a verification, a draft, intellectual property."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from tests import walk
from tidui.kit import search
from tidui.registry import actions
from tidui.registry.actions import Details
from tidui.registry.models import Difference, IntellectualProperty
from tidui.registry.property_numbers import check_digit

#: A draft is the enterprise's own until it is filed.
OWN = frozenset({"administrator_b", "clerk_b"})
_NUMBER = "202220007654"


@walk.plants
def file(garden: walk.Garden) -> None:
    """Returns with their notes, an open and a settled difference, a verification."""
    world, now = garden.world, timezone.now()
    common = {"organisation": world.b, "section": "years", "year": 2025, "at": now}
    filed = actions.file_return(
        facts={"employees": 41, "st_staff": 7, "conversions": 3}, source="self", by=world.clerk_b, filed_for=world.b,
        note=garden.mark("note of a return of b"), **common,
    )  # fmt: skip
    other = actions.file_return(
        facts={"employees": 39, "conversions": 2}, source="unit", by=world.other_county_officer,
        filed_for=world.other_county, note=garden.mark("note of the county's return of b"), **common,
    )  # fmt: skip
    settled = other.differences[1]
    actions.settle(
        difference=settled, accept=False, reason=garden.mark("why a difference of b was settled so"),
        by=world.other_county_officer, at=now, settled_for=world.other_county,
    )  # fmt: skip
    actions.verify(
        filed=filed.filed, facts=["st_staff"], by=world.other_county_officer, at=now, verified_for=world.other_county,
        note=garden.mark("note of a verification of b"),
    )  # fmt: skip
    actions.file_return(
        organisation=world.b, section="enterprise", year=None, facts={"industry": "C3571", "listed": False},
        source="self", by=world.clerk_b, at=now, filed_for=world.b,
    )  # fmt: skip
    for section in ("tax_years", "carrier_years"):
        name = "west_development" if section == "tax_years" else "half_relief"
        actions.file_return(
            organisation=world.b, section=section, year=2025, facts={name: True}, source="self", by=world.clerk_b,
            at=now, filed_for=world.b,
        )  # fmt: skip
    actions.save_field(
        organisation=world.b, section="years", year=2025, name="net_assets", base=0, unit="元", by=world.clerk_b, at=now,
        text=garden.mark("draft of b", seers=OWN),
    )  # fmt: skip
    garden.things |= {"return": filed.filed, "other return": other.filed, "difference": other.differences[0]}
    garden.things["settled"] = Difference.objects.get(pk=settled.pk)


@walk.plants
def property_of_b(garden: walk.Garden) -> None:
    """An item of `b` that was used up, and one that was struck out."""
    world, now = garden.world, timezone.now()
    item = actions.enter_property(
        organisation=world.b, by=world.clerk_b, at=now,
        details=Details(
            name=garden.mark("name of an item of b"), owners=(garden.mark("owner of an item of b"),), kind="2",
            number=f"ZL{_NUMBER}.{check_digit(_NUMBER)}", acquisition="2", filed_on=dt.date(2022, 5, 1),
            granted_on=dt.date(2023, 2, 1),
        ),
    )  # fmt: skip
    actions.use_property(
        items=[item], year=2023, note=garden.mark("where an item of b was used"), by=world.other_county_officer, at=now
    )
    struck = actions.enter_property(
        organisation=world.b, by=world.clerk_b, at=now,
        details=Details(name="录错的一项", kind="4", number="2020SR123456", acquisition="2", granted_on=dt.date(2020, 3, 1)),
    )  # fmt: skip
    actions.strike_property(item=struck, reason=garden.mark("why an item of b was struck out"), by=world.clerk_b, at=now)
    assert search.matching(IntellectualProperty.objects.all(), item.name).get() == item
    garden.things["item"] = item


def _b(garden: walk.Garden) -> list[object]:
    return [garden.world.b.pk]


for _name in ("file", "file_on", "file_returns", "file_differences", "property", "property_enter", "property_complete"):
    walk.example(f"registry:{_name}", _b)
for _name in ("say", "unverify"):
    walk.example(f"registry:{_name}", lambda garden: [garden.world.b.pk, "industry"])
    walk.post(f"registry:{_name}", lambda garden: {"value": "C3572", "source": "unit", "note": "执照", "reason": "误核"})
walk.example("registry:fact", lambda garden: [garden.world.b.pk, "industry"])
for _name in ("form", "draft", "check", "verify"):
    walk.example(f"registry:{_name}", lambda garden: [garden.world.b.pk, "enterprise"])
    for _section in ("years", "tax_years", "carrier_years"):
        walk.example(f"registry:{_name}_of_year", lambda garden, section=_section: [garden.world.b.pk, section, 2025])
walk.example("registry:form_of_year", lambda garden: [garden.world.b.pk, "years", 2025])
for _name in ("return", "receipt", "verify_return"):
    walk.example(f"registry:{_name}", lambda garden: [garden.things["return"].pk])
    walk.example(f"registry:{_name}", lambda garden: [garden.things["other return"].pk])
walk.example("registry:compare", lambda garden: [garden.things["other return"].pk, garden.things["return"].pk])
walk.example("registry:difference", lambda garden: [garden.things["difference"].pk])
walk.example("registry:difference", lambda garden: [garden.things["settled"].pk])
for _name in ("property_item", "property_change", "property_strike", "property_use"):
    walk.example(f"registry:{_name}", lambda garden: [garden.things["item"].pk])

for _name in ("returns", "differences", "property"):
    walk.scope(f"registry.{_name}", lambda garden: {"organisation": garden.world.b.pk})

for _name in ("form", "form_of_year"):
    walk.post(f"registry:{_name}", lambda garden: {"do": "save", "was": "{}", "employees": "5", "listed": "true"})
walk.post("registry:draft", lambda garden: {"field": "listed", "value": "true"})
walk.post("registry:draft_of_year", lambda garden: {"field": "employees", "value": "1"})
for _name in ("check", "check_of_year"):
    walk.post(f"registry:{_name}", lambda garden: {"employees": "5"})
walk.post("registry:verify", lambda garden: {"fact": ["industry"]})
walk.post("registry:verify_of_year", lambda garden: {"fact": ["conversions"]})
walk.post("registry:verify_return", lambda garden: {"fact": ["employees"]})
walk.post("registry:difference", lambda garden: {"accept": "yes", "reason": "已核对"})
_ITEM = {
    "kind": "4", "number": "2021SR222333", "name": "软件", "acquisition": "2", "granted_on": "2021-05-01",
}  # fmt: skip
walk.post("registry:property_enter", lambda garden: _ITEM)
walk.post("registry:property_change", lambda garden: _ITEM)
walk.post("registry:property_strike", lambda garden: {"reason": "录错"})
walk.post("registry:property_use", lambda garden: {"year": "", "reason": "更正"})
walk.post("registry:property_complete", lambda garden: {})
