"""Rows of a table that are copied from the enterprise's register of intellectual property."""

from __future__ import annotations

from typing import Final

from tidui.casework import tabling
from tidui.casework.models import Application
from tidui.casework.programme import Table
from tidui.casework.tables_cells import same
from tidui.kit import clock
from tidui.registry.enums import Acquisition
from tidui.registry.models import IntellectualProperty
from tidui.registry.property_facts import valid_on

#: How the register's words of obtaining are called in the forms of casework.
OBTAINED: Final = {
    Acquisition.OWN: "own", Acquisition.ASSIGNED: "bought", Acquisition.GIVEN: "given", Acquisition.MERGER: "merged",
    Acquisition.OTHER: "other",
}  # fmt: skip


def missing(application: Application, table: Table) -> list[dict[str, str]]:
    """What is valid in the register and not in the table yet, as texts by column; what the table lacks is left out."""
    found = tabling.tables_of(application)
    there = {same(text) for name, text in found.texts(table).items() if name.endswith(".number")}
    columns = {column.name for column in table.columns}
    items = IntellectualProperty.objects.filter(valid_on(clock.today()), organisation=application.organisation_id)
    return [
        {name: text for name, text in _row(item).items() if name in columns}
        for item in items.order_by("-granted_on", "pk")
        if same(item.number) not in there
    ]


def _row(item: IntellectualProperty) -> dict[str, str]:
    return {
        "name": item.name, "class": item.kind, "number": item.number,
        "obtained": OBTAINED.get(Acquisition(item.acquisition), ""), "granted_on": item.granted_on.isoformat(),
    }  # fmt: skip
