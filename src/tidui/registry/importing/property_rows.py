"""Items of intellectual property that a file names: new ones enter the register, spent ones are marked as used."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.core.exceptions import ValidationError

from tidui.accounts.models import Organisation, User
from tidui.kit import clock
from tidui.registry.actions.property import Details, checked, complete_property, enter_many
from tidui.registry.enums import Acquisition
from tidui.registry.importing.contents import Contents, Firm, Placed
from tidui.registry.importing.declared_rows import RowPlan
from tidui.registry.importing.importer import Importer
from tidui.registry.importing.preparing import Prepared
from tidui.registry.importing.tally import Tally
from tidui.registry.models import Enterprise, IntellectualProperty

#: The sheets that name items.
SHEETS: Final = (("official", "property"), ("takeover", "property"))


@dataclass(slots=True)
class _Item:
    """An item that the file names, and the one of the register with the same number."""

    firm: Firm
    organisation: Organisation
    placed: Placed
    details: Details
    key: str
    used_year: int | None
    held: IntellectualProperty | None = None

    @property
    def sort(self) -> str:
        """What becomes of it."""
        if self.held is None:
            return "new"
        return "changed" if self.used_year is not None and self.held.used_year is None else "unchanged"


def check(prepared: Prepared, contents: Contents, at: dt.datetime) -> None:
    """Faults of items that the register cannot hold, or that stand twice; warnings where the register differs."""
    today = clock.day_of(at)
    for firm in prepared.firms:
        for sheet in SHEETS:
            seen: dict[tuple[Any, str], int] = {}
            for placed in firm.of(*sheet):
                _check_row(firm, placed, seen, contents, today)
    for one in _items(prepared, at):
        _compare(one, contents)


def _check_row(
    firm: Firm, placed: Placed, seen: dict[tuple[Any, str], int], contents: Contents, today: dt.date
) -> None:
    table, row = placed
    details = _details(row)
    if details is None or firm.organisation is None:
        return
    try:
        values = checked(details, firm.organisation, today=today, needs_filing=False)
    except ValidationError as wrong:
        firm.bad = True
        for name, texts in wrong.message_dict.items():
            contents.read.faults.add(table.fault(row, name, " ".join(texts), None))
        return
    first = seen.setdefault((row.get("declared_year"), values["key"]), row.number)
    if first != row.number:
        firm.bad = True
        message = f"{values['number']} stands in row {first} too"
        contents.read.faults.add(table.fault(row, "number", message, "one row for each"))


def _details(row: Any) -> Details | None:
    """An item as the register takes it; None where the row lacks what it must have."""
    if row.bad or not all(row.get(name) for name in ("name", "kind", "number", "granted_on")):
        return None
    return Details(
        name=row.get("name"), kind=row.get("kind"), number=row.get("number"),
        acquisition=row.get("acquisition") or Acquisition.OTHER, granted_on=row.get("granted_on"),
        filed_on=row.get("filed_on"),
    )  # fmt: skip


def _items(prepared: Prepared, at: dt.datetime) -> list[_Item]:
    """The items of a chunk, each with the one of the register that has the same number. One query."""
    items = list(_named(prepared, clock.day_of(at)))
    keys = {one.organisation.pk for one in items if one.organisation.pk is not None}
    rows = IntellectualProperty.objects.filter(organisation__in=keys, struck_at__isnull=True) if keys else ()
    held = {(row.organisation_id, row.key): row for row in rows}
    for one in items:
        one.held = held.get((one.organisation.pk, one.key))
    return items


def _named(prepared: Prepared, today: dt.date) -> Iterator[_Item]:
    for firm in prepared.firms:
        found: dict[str, _Item] = {}
        for sheet in SHEETS if firm.organisation is not None and not firm.bad else ():
            for placed in firm.of(*sheet):
                details = _details(placed[1])
                if details is None or firm.organisation is None:
                    continue
                key = checked(details, firm.organisation, today=today, needs_filing=False)["key"]
                used = placed[1].get("used_year")
                one = found.setdefault(key, _Item(firm, firm.organisation, placed, details, key, used))
                one.used_year = one.used_year or used
        yield from found.values()


def _compare(one: _Item, contents: Contents) -> None:
    if one.held is None:
        return
    table, row = one.placed
    for name in ("kind", "granted_on"):
        given, held = row.get(name), getattr(one.held, name)
        if given is not None and given != held:
            shown = table.spec.column(name).options.get(str(held), str(held))
            message = f"{table.spec.column(name).zh} differs from the register of property, which has {shown}"
            instead = "nothing is changed here; correct it in the register if it is right"
            contents.read.faults.add(table.fault(row, name, message, instead, "warning"))
    if one.used_year is not None and one.held.used_year not in (None, one.used_year):
        message = f"the item was used in {one.held.used_year} already"
        contents.read.faults.add(table.fault(row, "used_year", message, "an item counts once only", "warning"))


def compare(prepared: Prepared, rows: RowPlan, tally: Tally, at: dt.datetime) -> None:
    """Count what would become of the items."""
    for one in _items(prepared, at):
        if one.sort != "unchanged":
            rows.note_change(one.firm.code)
        tally.counts[f"property_{one.sort}"] += 1


def write(prepared: Prepared, importer: Importer, *, by: User, at: dt.datetime, note: str) -> None:
    """Enter new items and mark spent ones, in the transaction of the caller.

    Where an enterprise has said that its register is complete, its counts follow what it imports.
    """
    items = [one for one in _items(prepared, at) if one.sort != "unchanged"]
    if not items:
        return
    enter_many(items=[(one.organisation, one.details, one.used_year) for one in items], by=by, at=at, note=note)
    complete = Enterprise.objects.filter(pk=importer.filed_for.pk, property_complete_at__isnull=False)
    if importer.own and complete.exists():
        complete_property(organisation=importer.filed_for, by=by, at=at)
