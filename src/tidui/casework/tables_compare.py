"""What changed in the tables between two submissions, row by row and cell by cell.

Within an application a row is the same by its key. Between two applications, which number their rows each for itself,
it is the same by what may stand only once in its table (a number), else by its first column.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from tidui.casework import tables
from tidui.casework.models import Submission
from tidui.casework.programme import Table, programme
from tidui.casework.tables import Row
from tidui.casework.tables_cells import same
from tidui.kit import formats

#: Field, label, before, after.
Told = tuple[str, str, str, str]


def changed(before: Submission, after: Submission) -> Iterator[Told]:
    """The rows that are new or gone, and the cells that say something else."""
    owner = programme(after.application.programme)
    own = before.application_id == after.application_id
    for table in owner.form.tables:
        old, new = tables.rows_of(before, table), tables.rows_of(after, table)
        if old or new:
            yield from _between(table, old, new, own=own)


def _between(table: Table, old: Sequence[Row], new: Sequence[Row], *, own: bool) -> Iterator[Told]:
    held = _named(table, old, own)
    for name, row in _named(table, new, own).items():
        before = held.pop(name, None)
        if before is None:
            yield row.field, f"{table.title} {row.number}", formats.NOTHING, _("新增：%(row)s") % {"row": said(row)}
            continue
        for column, was, now in zip(table.columns, before.cells, row.cells, strict=True):
            if was.text != now.text and (own or column.kind != "refs"):
                field = tables.field_of(table.name, row.key, column.name)
                yield field, f"{table.title} {row.number} {column.title}", was.text, now.text
    for row in held.values():
        yield row.field, f"{table.title} {row.number}", said(row), _("移除")


def _named(table: Table, rows: Sequence[Row], own: bool) -> dict[Any, Row]:
    """Rows by what makes them the same; of several alike each keeps its place among them."""
    if own:
        return {row.key: row for row in rows}
    by = next((column.name for column in table.columns if column.once), table.columns[0].name)
    found: dict[Any, Row] = {}
    counts: dict[str, int] = {}
    for row in rows:
        name = same(row.text(by))
        counts[name] = counts.get(name, 0) + 1
        found[name, counts[name]] = row
    return found


def said(row: Row) -> str:
    """A whole row in one line: what it says, without its blanks."""
    return formats.listed(cell.text for cell in row.cells if cell.text != formats.NOTHING)


def by_row(changes: Mapping[str, Any]) -> dict[str, set[str]]:
    """The changed columns of each row, by table and key; an empty name for a whole row."""
    found: dict[str, set[str]] = {}
    for field in changes:
        parts = tables.parts_of(field)
        if parts is not None:
            found.setdefault(tables.field_of(parts[0], parts[1]), set()).add(parts[2])
    return found
