"""Tables on the form's own page: how far each is, what is wrong in them at submission, what was carried over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from tidui.casework import hooks, tables, tabling
from tidui.casework.form import FormView, Read
from tidui.casework.models import Application
from tidui.casework.programme import CORRECTION
from tidui.casework.tabling import CARRIED
from tidui.casework.writing import QUESTION
from tidui.kit import formats
from tidui.registry.assessing import Told
from tidui.registry.entry import ON


def shown(view: FormView, post: Mapping[str, Any]) -> dict[str, Any]:
    """What the page shows of them; nothing where the form has none. At most two queries."""
    carried = _mark_carried(view)
    if not view.programme.form.tables:
        return {"tables": [], "carried": False, "carried_checked": False}
    found = tabling.tables_of(view.application)
    listed = tabling.summaries(found, _returned(view))
    return {
        "tables": listed, "carried": carried or any(one.carried for one in listed),
        "carried_checked": post.get(CARRIED) == ON,
    }  # fmt: skip


def _mark_carried(view: FormView) -> bool:
    """Mark the answers that were carried over; is there any?"""
    names = _carried(view)
    for name, cell in view.cells.items():
        cell.carried = name in names
    return bool(names)


def _carried(view: FormView) -> set[str]:
    """The fields that say what the last application said, and that nobody has changed since."""
    return {name for name, held in view.application.answers.items() if held.get("carried")}


def _returned(view: FormView) -> list[str]:
    step = view.correction.step if view.correction is not None else None
    return list(step.fields) if step is not None and step.to == CORRECTION else []


def ended(application: Application) -> list[tuple[str, list[tuple[str, str]]]]:
    """What was written into the tables of a draft that came to nothing: their titles, then each row in a line."""
    found = tabling.tables_of(application)
    listed = []
    for table in found.owner.form.tables:
        rows = [row for row in found.rows(table) if not row.blank]
        lines = [(row.number, formats.listed(cell.text for cell in row.cells if cell.text)) for row in rows]
        if lines:
            listed.append((str(table.title), lines))
    return listed


def holds(name: str) -> bool:
    """Is this the field of a table?"""
    return tables.parts_of(name) is not None


def read_into(view: FormView, found: Read, *, carried_checked: bool) -> dict[str, Told]:
    """Add what the tables say to the answers; the faults, also those that higher rooms find in the answers.

    `carried_checked`: the person says that what was carried over has been looked at.
    """
    said = tabling.read(tabling.tables_of(view.application))
    found.answers.update(said.answers)
    faults = dict(said.faults)
    for name, message in hooks.answer_faults(view.application, found.answers).items():
        faults[QUESTION + name] = Told(QUESTION + name, message, "", "fault")
    # No field is drawn for who only submits: a page that shows the form again marks what was carried over itself.
    carried = bool(said.carried) or bool(_carried(view))
    if view.programme.form.tables and carried and not carried_checked:
        faults[CARRIED] = Told(CARRIED, _("请核对沿用的内容并勾选确认"), "", "fault")
    return faults


def linked(view: FormView, faults: Mapping[str, Told]) -> list[tuple[str, str, Told]]:
    """The faults of tables, each with the address of its cell and what it is called."""
    named = [name for name in faults if holds(name)]
    if not named:
        return []
    found = tabling.tables_of(view.application)
    return [(_address(found, name), tabling.label_in(found, name) or name, faults[name]) for name in named]


def _address(found: tabling.Tables, name: str) -> str:
    table, row, column = tables.parts_of(name) or ("", "", "")
    base = reverse("casework:table", args=[found.application.pk, table])
    if not row:
        return f"{base}?check=1"
    anchor = f"id_{name}" if column else f"row-{row}"
    return f"{base}?check=1&page={tabling.page_of(found, table, row)}#{anchor}"
