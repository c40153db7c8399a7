"""Tables of a form while they are written: the rows with what is typed in them, and what a submission takes of them.

Rows are numbered by their place until the first submission, which gives them their keys for good; from then on by key.
A row in which nothing is written does not count.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.translation import gettext as _

from tidui.casework import tables_cells
from tidui.casework.enums import State
from tidui.casework.models import Application, DraftRow, Submission
from tidui.casework.programme import Column, Programme, Table, programme
from tidui.casework.tables import ANSWER, field_of, number_of, parts_of, plain_rows
from tidui.casework.tables_cells import CellFault
from tidui.registry.assessing import Told
from tidui.registry.entry import ON, Conflict

#: Rows on one page of the editor.
AT_A_TIME: Final = 50
#: The form carries this field where something was carried over from an earlier application.
CARRIED: Final = "carried"


@dataclass(slots=True)
class Cell:
    """A cell as the editor shows it."""

    name: str
    column: Column
    text: str
    version: int = 0
    fault: str = ""
    conflict: Conflict | None = None
    returned: bool = False

    @property
    def ticked(self) -> bool:
        """Is the box ticked?"""
        return self.text == ON


@dataclass(slots=True)
class Row:
    """A row as the editor shows it."""

    key: int
    number: str
    cells: list[Cell]
    carried: bool = False
    returned: bool = False

    @property
    def blank(self) -> bool:
        """Is nothing written in it?"""
        return not any(cell.text for cell in self.cells)

    @property
    def faulty(self) -> bool:
        """Is something wrong in it?"""
        return any(cell.fault for cell in self.cells)


@dataclass
class Tables:
    """All tables of an application as they are being written; one query makes them."""

    application: Application
    owner: Programme
    held: dict[str, list[DraftRow]]
    numbers: dict[str, dict[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        first = self.application.state == State.DRAFT
        for table in self.owner.form.tables:
            rows = self.held.setdefault(table.name, [])
            self.numbers[table.name] = {
                str(row.key): number_of(table, place if first else row.key) for place, row in enumerate(rows, start=1)
            }

    # -- what stands in the cells
    def text(self, row: DraftRow, column: Column) -> str:
        """What stands in a cell."""
        held = row.cells.get(column.name)
        if held is None:
            return ""
        if "keys" in held:
            numbered = self.numbers.get(column.refs, {})
            return tables_cells.listed(numbered[key] for key in held["keys"] if key in numbered)
        return str(held["text"])

    def texts(self, table: Table) -> dict[str, str]:
        """What stands in every cell of a table, by field."""
        return {
            field_of(table.name, str(row.key), column.name): self.text(row, column)
            for row in self.held[table.name]
            for column in table.columns
        }

    def numbered(self, table: str) -> dict[str, str]:
        """The rows of a table by their numbers: number to key."""
        return {number: key for key, number in self.numbers.get(table, {}).items()}

    def fault(self, column: Column, text: str) -> str:
        """What is wrong with a text in a column; empty where nothing is."""
        try:
            self.value(column, text)
        except CellFault as wrong:
            return str(wrong)
        return ""

    def value(self, column: Column, text: str) -> Any:
        """The plain value of a text; CellFault."""
        if column.kind != "refs":
            return tables_cells.read(column, text)
        if not text.strip():
            return []
        keys = tables_cells.keys_of(text, self.numbered(column.refs))
        if keys is None:
            table = self.owner.form.table(column.refs)
            raise CellFault(_("请填“%(table)s”中已有的编号，如 %(number)s") % {
                "table": table.title if table else column.refs, "number": number_of(table, 1) if table else "",
            })  # fmt: skip
        return keys

    def said(self, column: Column, text: str) -> str:
        """A text as the cell would show it: words of a choice become its code, references are spelt alike."""
        keys = tables_cells.keys_of(text, self.numbered(column.refs)) if column.kind == "refs" else None
        if keys is None:
            return tables_cells.kept(column, text)
        return tables_cells.listed(self.numbers[column.refs][key] for key in keys)

    # -- the editor
    def rows(self, table: Table, returned: Iterable[str] = ()) -> list[Row]:
        """The rows of a table for the editor, with the faults of what is written in them."""
        named = frozenset(returned)
        found = []
        for held in self.held[table.name]:
            key = str(held.key)
            cells = []
            for column in table.columns:
                name = field_of(table.name, key, column.name)
                text = self.text(held, column)
                version = int(held.cells.get(column.name, {}).get("version", 0))
                cells.append(Cell(name, column, text, version, self.fault(column, text), returned=name in named))
            row = Row(held.key, self.numbers[table.name][key], cells, held.carried)
            row.returned = field_of(table.name, key) in named or any(cell.returned for cell in cells)
            found.append(row)
        return found


def tables_of(application: Application) -> Tables:
    """The tables of an application as they are being written. One query, none where the form has no tables."""
    owner = programme(application.programme)
    held: dict[str, list[DraftRow]] = {}
    if owner.form.tables:
        for row in _drafted(application):
            held.setdefault(row.table, []).append(row)
    return Tables(application, owner, held)


def _drafted(application: Application) -> Iterable[DraftRow]:
    if not application.is_begun:
        return application.rows_to_begin
    return DraftRow.objects.filter(application=application).order_by("table", "key")


def rows_of(
    application: Application, submission: Submission, at: dt.datetime, *, carried: bool
) -> list[DraftRow]:
    """The rows of a submission as rows that are being written for an application; not saved."""
    return [
        DraftRow(
            application=application, table=table.name, key=int(row["key"]), carried=carried, changed_at=at,
            cells=_cells_of(table, row, at),
        )
        for table in programme(application.programme).form.tables
        for row in plain_rows(submission.answers, table)
    ]  # fmt: skip


def _cells_of(table: Table, row: Mapping[str, Any], at: dt.datetime) -> dict[str, Any]:
    stamp = {"version": int(at.timestamp() * 1000), "by": None, "at": at.isoformat()}
    return {
        column.name: stamp | (
            {"keys": [str(key) for key in row[column.name]]} if column.kind == "refs"
            else {"text": tables_cells.typed(column, row[column.name])}
        )
        for column in table.columns if row.get(column.name) is not None
    }  # fmt: skip


# ---------------------------------------------------------------------- what a submission takes
@dataclass(slots=True)
class Read:
    """What the tables say: answers by `table.<name>`, the faults by field, and what is carried over unseen."""

    answers: dict[str, Any] = field(default_factory=dict)
    faults: dict[str, Told] = field(default_factory=dict)
    #: Tables with rows that were carried over and not touched since.
    carried: list[str] = field(default_factory=list)
    numbers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def read(found: Tables) -> Read:
    """The rows as they would be submitted. The first submission numbers them anew; afterwards they keep their keys."""
    said = Read(numbers=found.numbers)
    first = found.application.state == State.DRAFT
    lines = {table.name: [row for row in found.rows(table) if not row.blank] for table in found.owner.form.tables}
    keys = {
        name: {str(row.key): str(place if first else row.key) for place, row in enumerate(rows, start=1)}
        for name, rows in lines.items()
    }
    for table in found.owner.form.tables:
        rows = lines[table.name]
        said.answers[ANSWER + table.name] = [_plain(found, table, row, keys, said) for row in rows]
        _complain(table, rows, said)
        if any(row.carried for row in rows):
            said.carried.append(table.name)
    return said


def _plain(
    found: Tables, table: Table, row: Row, keys: Mapping[str, Mapping[str, str]], said: Read
) -> dict[str, Any]:
    plain: dict[str, Any] = {"key": keys[table.name][str(row.key)]}
    for cell in row.cells:
        column = cell.column
        try:
            value = found.value(column, cell.text)
        except CellFault as wrong:
            said.faults[cell.name] = _told(cell.name, str(wrong))
            continue
        if column.kind == "refs":
            value = [keys[column.refs][key] for key in value if key in keys[column.refs]]
        if value is None or value == []:
            if column.required:
                said.faults[cell.name] = _told(cell.name, _("必填，请填写"))
            if value is None:
                continue
        plain[column.name] = value
    return plain


def _told(field: str, message: str) -> Told:
    return Told(field, message, "", "fault")


def _complain(table: Table, rows: Sequence[Row], said: Read) -> None:
    """What rows say against each other, and how many there are."""
    place = field_of(table.name)
    if len(rows) < table.least:
        message = _("至少填 %(least)s 行，现有 %(count)s 行") % {"least": table.least, "count": len(rows)}
        said.faults.setdefault(place, _told(place, message))
    if len(rows) > table.most:
        message = _("最多 %(most)s 行，现有 %(count)s 行") % {"most": table.most, "count": len(rows)}
        said.faults.setdefault(place, _told(place, message))
    plain = said.answers[ANSWER + table.name]
    for column in table.columns:
        if column.once:
            _twice(column, rows, said)
        if column.after:
            for row, values in zip(rows, plain, strict=True):
                before, after = values.get(column.after), values.get(column.name)
                if before and after and before > after:
                    name = field_of(table.name, str(row.key), column.name)
                    label = str(table.column(column.after).title)
                    said.faults.setdefault(name, _told(name, _("早于“%(label)s”") % {"label": label}))


def _twice(column: Column, rows: Sequence[Row], said: Read) -> None:
    seen: dict[str, str] = {}
    for row in rows:
        cell = next(one for one in row.cells if one.column is column)
        text = tables_cells.same(cell.text)
        if not text:
            continue
        if text in seen:
            said.faults.setdefault(cell.name, _told(cell.name, _("与 %(number)s 重复") % {"number": seen[text]}))
        seen.setdefault(text, row.number)


# ---------------------------------------------------------------------- on the form's page
@dataclass(slots=True)
class Summary:
    """A table as the form's page lists it."""

    table: Table
    count: int
    faults: int
    carried: int
    returned: bool

    @property
    def name(self) -> str:
        """As fields name it."""
        return field_of(self.table.name)

    @property
    def short(self) -> int:
        """How many rows are missing."""
        return max(0, self.table.least - self.count)


def summaries(found: Tables, returned: Iterable[str] = ()) -> list[Summary]:
    """Every table: how many rows, how many of them with faults or carried over, and whether it was sent back."""
    named = {(parts_of(one) or ("",))[0] for one in returned}
    listed = []
    for table in found.owner.form.tables:
        rows = [row for row in found.rows(table) if not row.blank]
        listed.append(
            Summary(
                table, len(rows), sum(row.faulty for row in rows), sum(row.carried for row in rows),
                table.name in named,
            )
        )  # fmt: skip
    return listed


def page_of(found: Tables, table: str, key: int | str) -> int:
    """The page of the editor on which a row stands."""
    keys = [str(row.key) for row in found.held.get(table, ())]
    return keys.index(str(key)) // AT_A_TIME + 1 if str(key) in keys else 1


def label_in(found: Tables, field: str) -> str | None:
    """What a field of a table is called, with the number that its row has now."""
    parts = parts_of(field)
    table = found.owner.form.table(parts[0]) if parts else None
    if parts is None or table is None:
        return None
    number = found.numbers[table.name].get(parts[1], number_of(table, parts[1])) if parts[1] else ""
    column = next((str(one.title) for one in table.columns if one.name == parts[2]), "")
    return " ".join(part for part in (str(table.title), number, column) if part)
