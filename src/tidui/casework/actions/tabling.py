"""What the applicant does with the tables of a form: cells, a page at once, rows, a whole table from elsewhere."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from tidui.accounts.models import User
from tidui.audit import events
from tidui.casework import hooks, tables, tables_cells, tabling, writing
from tidui.casework.actions import moving
from tidui.casework.models import Application, DraftRow, Step, Submission
from tidui.casework.programme import CORRECTION, Column, Table, programme
from tidui.casework.tabling import Tables
from tidui.kit import access
from tidui.kit.access import NotAllowed, Refused
from tidui.registry.actions.drafts import NO_SUCH_FIELD, TOO_LONG, Kept, Newer
from tidui.registry.assessing import Told
from tidui.registry.entry import MOST_TEXT, Merged, Texts

GONE: Final = Refused("row-gone", _("这一行已被移除，请刷新页面查看。"))
FULL: Final = Refused("table-full", _("行数已达上限。"))

#: A row as it comes from elsewhere: column to text.
Given = Mapping[str, str]


def _open(application: Application, by: User) -> Tables:
    """The tables of an application, held until the transaction ends, for somebody who may write."""
    held = moving.locked(application)
    access.require("casework.write", by, held)
    return tabling.tables_of(held)


def _table(found: Tables, name: str) -> Table:
    table = found.owner.form.table(name)
    if table is None:
        raise NotAllowed(NO_SUCH_FIELD)
    return table


def _cell(found: Tables, name: str) -> tuple[DraftRow, Column]:
    """The row and column that a field names."""
    parts = tables.parts_of(name)
    table = found.owner.form.table(parts[0]) if parts is not None else None
    column = next((one for one in table.columns if one.name == parts[2]), None) if table and parts else None
    if parts is None or table is None or column is None:
        raise NotAllowed(NO_SUCH_FIELD)
    row = next((one for one in found.held[table.name] if str(one.key) == parts[1]), None)
    if row is None:
        raise NotAllowed(GONE)
    return row, column


def _clean(text: str) -> str:
    """A text that may be kept: neither too long nor classified."""
    if len(text) > MOST_TEXT:
        raise NotAllowed(TOO_LONG)
    why = tables_cells.secret(text)
    if why:
        raise NotAllowed(Refused("classified", why))
    return text.replace("\x00", "").replace("\r\n", "\n")


def _put(found: Tables, row: DraftRow, column: Column, text: str, by: User, at: dt.datetime) -> int:
    """Set a cell of a row, not saved; gives its version, which always rises."""
    before = int(row.cells.get(column.name, {}).get("version", 0))
    version = max(before + 1, int(at.timestamp() * 1000))
    held: dict[str, Any] = {"version": version, "by": by.pk, "at": at.isoformat()}
    keys = tables_cells.keys_of(text, found.numbered(column.refs)) if column.kind == "refs" else None
    if keys is not None:
        held["keys"] = keys
    else:
        held["text"] = tables_cells.kept(column, text)
    row.cells[column.name] = held
    row.carried, row.changed_by, row.changed_at = False, by, at
    return version


@transaction.atomic
def save_cell(
    *, application: Application, name: str, text: str, base: int, by: User, at: dt.datetime
) -> Kept[Told] | Newer:
    """Keep what was typed into one cell, unless somebody typed something else since version `base` of it."""
    found = _open(application, by)
    row, column = _cell(found, name)
    text = _clean(text)
    said = found.said(column, text)
    wrong = found.fault(column, said)
    fault = Told(name, wrong, "", "fault") if wrong else None
    held = row.cells.get(column.name, {})
    version = int(held.get("version", 0))
    if base < version:
        theirs = found.text(row, column)
        if theirs != said:
            return Newer(version, theirs, User.objects.filter(pk=held.get("by")).first(), held.get("at", ""))
        return Kept(version, fault)
    version = _put(found, row, column, text, by, at)
    row.save(update_fields=["cells", "carried", "changed_by", "changed_at"])
    return Kept(version, fault)


@transaction.atomic
def save_page(
    *, application: Application, table: str, mine: Texts, was: Texts, by: User, at: dt.datetime
) -> tuple[Merged, dict[str, str]]:
    """Keep a page of a table that was sent at once. Cells that only this person changed are taken.

    One that somebody else changed too is a conflict, and left as it is; one that may not be kept is told of by field.
    """
    found = _open(application, by)
    theirs = found.texts(_table(found, table))
    mine = {name: text for name, text in mine.items() if name in theirs}
    stamps = {name: row.cells.get(column.name, {}) for name in mine for row, column in [_cell(found, name)]}
    said = {name: found.said(_cell(found, name)[1], text) for name, text in mine.items()}
    merged = writing.merge(said, was, theirs, stamps)
    contested = {conflict.name for conflict in merged.conflicts}
    refused: dict[str, str] = {}
    touched: dict[int, DraftRow] = {}
    for name in said:
        text = merged.texts[name]
        if name in contested or text == theirs[name]:
            continue
        row, column = _cell(found, name)
        try:
            _put(found, row, column, _clean(text), by, at)
        except NotAllowed as wrong:
            refused[name] = str(wrong.refused.reason)
            continue
        touched[row.pk] = row
    DraftRow.objects.bulk_update(touched.values(), ["cells", "carried", "changed_by", "changed_at"], batch_size=100)
    return merged, refused


# ---------------------------------------------------------------------- rows
def _next_key(held: Application, table: str) -> int:
    """A key that no row of this table ever had: not while it was written, and not in what was submitted."""
    drafted = held.draft_rows.filter(table=table).aggregate(last=Max("key"))["last"] or 0
    sent = held.submissions.order_by("-number").values_list("answers", flat=True)
    submitted = [int(row["key"]) for answers in sent for row in tables.plain_rows(answers, table)]
    return max(drafted, int(held.spent_keys.get(table, 0)), *submitted) + 1


def _spend(held: Application, table: str, keys: Iterable[int]) -> None:
    """Remember that these keys are gone; in a transaction that holds the application."""
    last = max((int(held.spent_keys.get(table, 0)), *keys))
    if last != held.spent_keys.get(table):
        held.spent_keys = held.spent_keys | {table: last}
        Application.objects.filter(pk=held.pk).update(spent_keys=held.spent_keys)


def _make(
    found: Tables, table: Table, rows: Sequence[Given], by: User, at: dt.datetime, *, first: int,
    refused: dict[str, str],
) -> list[DraftRow]:  # fmt: skip
    """New rows with these texts, from this key on. What may not be kept is left out, and told of by field."""
    made = []
    for key, given in enumerate(rows, start=first):
        row = DraftRow(application=found.application, table=table.name, key=key, changed_by=by, changed_at=at)
        for column in table.columns:
            text = given.get(column.name, "")
            if not text:
                continue
            try:
                _put(found, row, column, _clean(text), by, at)
            except NotAllowed as wrong:
                refused[tables.field_of(table.name, str(key), column.name)] = str(wrong.refused.reason)
        made.append(row)
    return list(DraftRow.objects.bulk_create(made))


def _room(found: Tables, table: Table, more: int) -> None:
    if len(found.held[table.name]) + more > table.most:
        raise NotAllowed(FULL)


@transaction.atomic
def add_rows(*, application: Application, table: str, count: int, by: User, at: dt.datetime) -> list[DraftRow]:
    """Add empty rows at the end; NotAllowed where the table is full."""
    found = _open(application, by)
    wanted = _table(found, table)
    count = max(1, min(count, wanted.most - len(found.held[table])))
    _room(found, wanted, count)
    return _make(found, wanted, [{}] * count, by, at, first=_next_key(found.application, table), refused={})


@transaction.atomic
def remove_row(*, application: Application, table: str, key: int, by: User, at: dt.datetime) -> None:
    """Take a row off, and every reference to it. NotAllowed where it is gone already."""
    found = _open(application, by)
    wanted = _table(found, table)
    row = next((one for one in found.held[table] if one.key == key), None)
    if row is None:
        raise NotAllowed(GONE)
    said = [found.text(row, column) for column in wanted.columns if not column.personal]
    number = found.numbers[table][str(key)]
    row.delete()
    _spend(found.application, table, [key])
    _forget_references(found, table, {str(key)}, at)
    _record("casework.remove_row", found, wanted, by, at, row=number, said=[text for text in said if text])


def _forget_references(found: Tables, table: str, keys: set[str], at: dt.datetime) -> None:
    changed = []
    for one in found.owner.form.tables:
        for column in (column for column in one.columns if column.refs == table):
            for row in found.held[one.name]:
                held = row.cells.get(column.name, {})
                if keys & set(held.get("keys", ())):
                    held["keys"] = [key for key in held["keys"] if key not in keys]
                    held["version"] = max(int(held["version"]) + 1, int(at.timestamp() * 1000))
                    changed.append(row)
    DraftRow.objects.bulk_update({row.pk: row for row in changed}.values(), ["cells"], batch_size=100)


def _record(verb: str, found: Tables, table: Table, by: User, at: dt.datetime, **details: Any) -> None:
    held = found.application
    events.record(
        verb, actor=by, subject=held, at=at, organisation_id=held.organisation_id,
        details={"application": held.pk, "table": table.name, **details},
    )  # fmt: skip


@transaction.atomic
def load_rows(
    *, application: Application, table: str, rows: Sequence[Given], replace: bool, by: User, at: dt.datetime
) -> dict[str, str]:
    """Take rows in from a workbook or from what was pasted, after those that are there or in their place.

    What is wrong in a cell is kept and shown beside it; what may not be kept at all is told of by field.
    """
    found = _open(application, by)
    wanted = _table(found, table)
    first = _next_key(found.application, table)
    if replace:
        old = {str(row.key) for row in found.held[table]}
        _spend(found.application, table, (row.key for row in found.held[table]))
        DraftRow.objects.filter(application=found.application, table=table).delete()
        found.held[table] = []
        _forget_references(found, table, old, at)
    _room(found, wanted, len(rows))
    refused: dict[str, str] = {}
    made = _make(found, wanted, rows, by, at, first=first, refused=refused)
    _record("casework.load_table", found, wanted, by, at, rows=len(made), replaced=replace)
    return refused


@transaction.atomic
def confirm_carried(*, application: Application, table: str, by: User, at: dt.datetime) -> int:
    """Everything in a table that was carried over was looked at and still holds; how many rows it was."""
    found = _open(application, by)
    wanted = _table(found, table)
    rows = DraftRow.objects.filter(application=found.application, table=table, carried=True)
    count = rows.update(carried=False, changed_by=by, changed_at=at)
    _record("casework.confirm_carried", found, wanted, by, at, rows=count)
    return count


# ---------------------------------------------------------------------- from what was submitted
def seed(application: Application, submission: Submission, at: dt.datetime, *, carried: bool) -> int:
    """Write the rows of a submission as rows that are being written, in the place of what was there; how many.

    In a transaction. Rows of another application are `carried` over: somebody has to say that they still hold.
    """
    DraftRow.objects.filter(application=application).delete()
    made = tabling.rows_of(application, submission, at, carried=carried)
    return len(DraftRow.objects.bulk_create(made, batch_size=200))


@hooks.when_moved
def follow(application: Application, step: Step, at: dt.datetime) -> None:
    """What was submitted is in the submission; what was sent back is written again from it."""
    if not programme(application.programme).form.tables:
        return
    if step.move in ("submit", "resubmit"):
        DraftRow.objects.filter(application=application).delete()
    elif step.to == CORRECTION:
        newest = application.submissions.order_by("-number").first()
        if newest is not None:
            seed(application, newest, at, carried=False)

