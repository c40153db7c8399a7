"""Rows of declared tables as they are kept: a row that says something else follows the one before it, which ends."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from tidui.registry.importing.contents import Firm
from tidui.registry.importing.enums import PastKind
from tidui.registry.importing.models import MODELS, Declared, Import, PastEvent
from tidui.registry.importing.preparing import Prepared

_ROWS: Final = 400

#: The key of a row within its organisation.
Key = tuple[Any, ...]


@dataclass(slots=True)
class _Wanted:
    """A row that the file gives."""

    firm: Firm
    table: str
    model: type[Declared]
    values: dict[str, Any]
    sort: str = "new"
    held: Declared | None = None

    @property
    def key(self) -> Key:
        """What makes it the same row as one that is held."""
        return tuple(self.values[name] for name in self.model.KEY)


@dataclass(slots=True)
class RowPlan:
    """What would become of the rows of a chunk."""

    wanted: list[_Wanted] = field(default_factory=list)
    _changing: set[str] = field(default_factory=set)

    def sorts(self) -> Iterator[tuple[str, str]]:
        """For each row its table and whether it is new, changed or unchanged."""
        return ((one.table, one.sort) for one in self.wanted)

    def changes(self, firm: Firm) -> bool:
        """Whether rows of this enterprise are new or changed."""
        return firm.code in self._changing

    def note_change(self, code: str) -> None:
        """Rows of this enterprise, also of tables that are kept elsewhere, are new or changed."""
        self._changing.add(code)


def plan(prepared: Prepared) -> RowPlan:
    """Hold the rows of a chunk against those that are in force. One query for each table that the file has."""
    found = RowPlan(list(_wanted(prepared)))
    held: dict[tuple[type[Declared], int, Key], Declared] = {}
    keys = [firm.organisation.pk for firm in prepared.firms if firm.organisation and not firm.new]
    for model in {one.model for one in found.wanted}:
        for row in model._default_manager.filter(organisation__in=keys, ended_at__isnull=True):
            held[model, row.organisation_id, tuple(getattr(row, name) for name in model.KEY)] = row
    for one in found.wanted:
        organisation = one.firm.organisation.pk if one.firm.organisation else None
        one.held = held.get((one.model, organisation, one.key)) if organisation is not None else None
        if one.held is not None:
            same = all(getattr(one.held, name) == one.values[name] for name in one.model.CONTENT)
            one.sort = "unchanged" if same else "changed"
        if one.sort != "unchanged":
            found.note_change(one.firm.code)
    return found


def write(found: RowPlan, batch: Import, at: dt.datetime) -> None:
    """Write what is new or changed, in the transaction of the caller; the organisations are saved by now."""
    by_model: dict[type[Declared], list[_Wanted]] = {}
    for one in found.wanted:
        if one.sort != "unchanged":
            by_model.setdefault(one.model, []).append(one)
    for model, wanted in by_model.items():
        manager: Any = model._default_manager
        ended = [one.held.pk for one in wanted if one.held is not None]
        manager.filter(pk__in=ended).update(ended_at=at)
        rows = [model(organisation=one.firm.organisation, batch=batch, filed_at=at, **one.values) for one in wanted]
        manager.bulk_create(rows, batch_size=_ROWS)


def _wanted(prepared: Prepared) -> Iterator[_Wanted]:
    for firm in prepared.firms:
        for (book, sheet), placed in firm.rows.items():
            model = MODELS.get((book, sheet))
            if model is None:
                continue
            twins: set[Key] = set()
            for table, row in placed:
                one = _Wanted(firm, table.spec.zh, model, _values(model, row.values))
                if one.key not in twins:
                    twins.add(one.key)
                    yield one
        yield from _past(firm, prepared)


def _past(firm: Firm, prepared: Prepared) -> Iterator[_Wanted]:
    seen: set[Key] = set()
    for event, (table, row) in prepared.events.get(firm.code, ()):
        values = {
            "kind": event.kind, "on": event.on, "detail": event.detail, "number": event.number, "until": event.until,
            "amount": event.amount, "document": row.get("document") or "", "note": row.get("note") or "",
        }  # fmt: skip
        one = _Wanted(firm, table.spec.zh, PastEvent, values)
        if one.key not in seen:
            seen.add(one.key)
            yield one


def _values(model: type[Declared], given: dict[str, Any]) -> dict[str, Any]:
    """The columns of a model from the values of a row: blank texts and lists are empty, not null."""
    found: dict[str, Any] = {}
    for name in (*model.KEY, *model.CONTENT):
        value = given.get(name)
        column: Any = model._meta.get_field(name)
        if isinstance(value, tuple):
            value = list(value)
        if value is None and not column.null:
            value = column.get_default() if column.has_default() else ""
        found[name] = value
    return found


def rows_of(organisations: Sequence[int], model: type[Declared]) -> list[Declared]:
    """The rows in force of a table, in the order of their keys."""
    manager: Any = model._default_manager
    rows: list[Declared] = list(manager.filter(organisation__in=organisations, ended_at__isnull=True))
    return sorted(rows, key=lambda row: (row.organisation_id, *(getattr(row, name) for name in model.KEY)))


__all__ = ["PastKind", "RowPlan", "plan", "rows_of", "write"]
