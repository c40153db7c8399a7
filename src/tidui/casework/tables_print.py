"""Tables in the printed application: one paper table each; rows that are too wide for it are a small table each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from tidui.casework import tables, tabling
from tidui.casework.models import Application
from tidui.casework.programme import Programme, Table


def content(owner: Programme, answers: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every table of a form as it is printed: title, heading, rows of texts with their numbers first."""
    return [_one(owner, table, place, answers) for place, table in enumerate(owner.form.tables, start=1)]


def _one(owner: Programme, table: Table, place: int, answers: Mapping[str, Any]) -> dict[str, Any]:
    rows = tables.worded(owner, table, tables.plain_rows(answers, table))
    title = _("表%(place)s　%(title)s") % {"place": place, "title": table.title}
    return {
        "title": title, "none": _("没有填写。"), "head": [_("编号"), *(str(one.title) for one in table.columns)],
        "rows": [[row.number, *(cell.text for cell in row.cells)] for row in rows],
        "wide": tables.is_wide(table),
    }  # fmt: skip


def drafted(application: Application) -> dict[str, Any]:
    """What is being written of the tables, as far as it can be read."""
    return tabling.read(tabling.tables_of(application)).answers
