"""Rows of the tables of a form as they were submitted: their numbers, and what their cells say to people.

A row's number comes from its key (`RD02`), and stays its own through every correction. Fields are named
`t.<table>.<row>.<column>`; `t.<table>.<row>` is a whole row and `t.<table>` a whole table.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _

from tidui.casework.models import Submission
from tidui.casework.programme import Column, Programme, Table, programme
from tidui.codes.fields import SECOND_LEVEL
from tidui.kit import formats, lang
from tidui.registry.showing import amount

#: Fields of tables begin so, and answers to them.
FIELD: Final = "t."
ANSWER: Final = "table."
#: More columns than these do not fit across a page.
_WIDE: Final = 6


@dataclass(frozen=True, slots=True)
class Cell:
    """What a row says in a column: the label of the column, and the text as people read it."""

    column: str
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row that was submitted; `plain` is what is kept of it."""

    table: str
    key: str
    number: str
    cells: tuple[Cell, ...]
    plain: Mapping[str, Any]

    @property
    def field(self) -> str:
        """As fields to be corrected name it."""
        return field_of(self.table, self.key)

    @property
    def title(self) -> str:
        """What its first column says."""
        return self.cells[0].text

    def text(self, column: str) -> str:
        """What it says in a column; KeyError where there is no such column."""
        for cell in self.cells:
            if cell.column == column:
                return cell.text
        raise KeyError(column)


# ---------------------------------------------------------------------- names
def field_of(table: str, row: str = "", column: str = "") -> str:
    """The name of a cell's field, of a row, of a table: `t.rd.2.spent`, `t.rd.2`, `t.rd`."""
    return FIELD + ".".join(part for part in (table, row, column) if part)


def parts_of(field: str) -> tuple[str, str, str] | None:
    """The table, row and column that a field names, empty where it names none. None: it is no field of a table."""
    if not field.startswith(FIELD):
        return None
    table, _dot, rest = field.removeprefix(FIELD).partition(".")
    row, _dot, column = rest.partition(".")
    if row and not (row.isascii() and row.isdigit() and len(row) < 7):
        return None
    return table, row, column


def number_of(table: Table, key: int | str) -> str:
    """The number of a row: RD02."""
    return f"{table.prefix}{int(key):02d}"


def label_of(owner: Programme, field: str) -> str | None:
    """What a field of a table is called; None where the form has no such field."""
    found = parts_of(field)
    table = owner.form.table(found[0]) if found is not None else None
    if found is None or table is None:
        return None
    said = [str(table.title)]
    if found[1]:
        said.append(number_of(table, found[1]))
    if found[2]:
        column = next((one for one in table.columns if one.name == found[2]), None)
        if column is None:
            return None
        said.append(str(column.title))
    return " ".join(said)


def is_wide(table: Table) -> bool:
    """Is a row too wide for one line of a page?"""
    return len(table.columns) > _WIDE or any(column.kind == "text" for column in table.columns)


# ---------------------------------------------------------------------- rows
def plain_rows(answers: Mapping[str, Any], table: Table | str) -> list[Mapping[str, Any]]:
    """What is kept of the rows of a table, in their order."""
    name = table if isinstance(table, str) else table.name
    return list(answers.get(ANSWER + name) or ())


def rows_of(submission: Submission, table: Table | str) -> list[Row]:
    """The rows of a table of a submission, numbered and in words. No query beyond those of its application."""
    owner = programme(submission.application.programme)
    found = owner.form.table(table) if isinstance(table, str) else table
    return [] if found is None else worded(owner, found, plain_rows(submission.answers, found))


def worded(owner: Programme, table: Table, rows: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Kept rows in words."""
    titles = [(column, str(column.title)) for column in table.columns]
    return [
        Row(
            table.name, str(row["key"]), number_of(table, row["key"]),
            tuple(Cell(column.name, title, text_of(owner, column, row.get(column.name))) for column, title in titles),
            row,
        )
        for row in rows
    ]  # fmt: skip


def of_submission(submission: Submission) -> list[tuple[Table, list[Row]]]:
    """Every table of the form with its rows."""
    owner = programme(submission.application.programme)
    return [(table, rows_of(submission, table)) for table in owner.form.tables]


def text_of(owner: Programme, column: Column, value: Any) -> str:
    """What a cell says, as a person reads it; a dash where it says nothing."""
    if column.kind == "tick":
        return formats.yes_no(bool(value))
    if value is None or value == "" or value == []:
        return formats.NOTHING
    if column.kind == "money":
        if formats.english():
            return formats.money(value)
        return _("%(amount)s 万元") % {"amount": amount(value, "万元")}
    if column.kind == "date":
        return formats.day(dt.date.fromisoformat(value), short=True)
    if column.kind == "number":
        return formats.number(value)
    if column.kind == "field":
        held = SECOND_LEVEL.get(value)
        return f"{value} {lang.of(held.zh, held.en)}" if held else str(value)
    if column.kind == "refs":
        table = owner.form.table(column.refs)
        return _("、").join(number_of(table, key) for key in value) if table else formats.NOTHING
    if column.kind == "choices":
        known = dict(column.options)
        return _("、").join(str(known.get(code, code)) for code in value)
    if column.kind == "choice":
        return str(dict(column.options).get(str(value), value))
    return str(value)
