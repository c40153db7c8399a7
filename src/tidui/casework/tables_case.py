"""The tables of a case on its page and on the desk: folded, with what changed and boxes for what is to be corrected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest

from tidui.accounts.standing import standing
from tidui.casework import panels, tables, tables_compare
from tidui.casework.models import Application, Submission
from tidui.casework.panels import Panel
from tidui.casework.programme import CORRECTION, Table, programme
from tidui.casework.queries import decides_on
from tidui.casework.tables import Row, is_wide
from tidui.kit import formats
from tidui.kit.visibility import visible_to

#: Tables of more rows than these are folded.
_SHORT: Final = 6
#: Pages on which what is to be corrected is ticked.
_PICKED: Final = frozenset({"review", "decide"})


@dataclass(frozen=True, slots=True)
class Line:
    """A row as the case shows it: what it says, which of its cells changed, whether it was to be corrected."""

    row: Row
    cells: list[tuple[str, str, bool]]
    fresh: bool
    asked: bool
    ticked: bool


@dataclass(frozen=True, slots=True)
class Listed:
    """A table as the case shows it."""

    table: Table
    field: str
    lines: list[Line]
    folded: bool
    wide: bool
    changed: int
    asked: bool
    ticked: bool


@panels.add("case", order=58)
def listed(request: HttpRequest, application: Application) -> Panel | None:
    """Every table of the newest submission. Three queries, however long they are."""
    if not programme(application.programme).form.tables:
        return None
    newest = list(visible_to(request.user, Submission).filter(application=application).order_by("-number")[:2])
    if not newest:
        return None
    for one in newest:
        one.application = application
    changes = {told[0] for told in tables_compare.changed(newest[1], newest[0])} if len(newest) > 1 else set()
    step = application.steps.filter(to=CORRECTION).order_by("-number").first()
    picks = request.resolver_match is not None and request.resolver_match.url_name in _PICKED
    shown = _Shown(
        changes, frozenset(step.fields) if step is not None else frozenset(),
        frozenset(request.POST.getlist("fields")[:200]), _clear(request.user, application),
    )  # fmt: skip
    context = {
        "tables": [shown.of(table, found) for table, found in tables.of_submission(newest[0])], "pick": picks,
    }  # fmt: skip
    return Panel("casework/desk/_tables.html", context)


def _clear(user: Any, application: Application) -> bool:
    """May the person read names whole? The applicant, and who decides."""
    return application.organisation_id in standing(user).ids or decides_on(user, application)


@dataclass(frozen=True, slots=True)
class _Shown:
    """What is to be marked in the tables."""

    changes: set[str]
    asked: frozenset[str]
    ticked: frozenset[str]
    clear: bool

    def of(self, table: Table, rows: list[Row]) -> Listed:
        """A table with its marks."""
        field = tables.field_of(table.name)
        lines = [self._line(table, row) for row in rows]
        changed = {".".join(one.split(".")[:3]) for one in self.changes if one.startswith(field + ".")}
        return Listed(
            table, field, lines, len(rows) > _SHORT and not changed, is_wide(table), len(changed),
            any(one == field or one.startswith(field + ".") for one in self.asked), field in self.ticked,
        )  # fmt: skip

    def _line(self, table: Table, row: Row) -> Line:
        cells = []
        for column, cell in zip(table.columns, row.cells, strict=True):
            text = cell.text
            if column.personal and not self.clear and text != formats.NOTHING:
                text = formats.desensitise(text, "name")
            cells.append((cell.label, text, f"{row.field}.{column.name}" in self.changes))
        asked = any(one == row.field or one.startswith(row.field + ".") for one in self.asked)
        return Line(row, cells, row.field in self.changes, asked, row.field in self.ticked)


def known_fields(application: Application) -> set[str]:
    """The tables and rows that a return for correction may name."""
    newest = application.submissions.order_by("-number").first()
    if newest is None:
        return set()
    newest.application = application
    found = tables.of_submission(newest)
    named = {tables.field_of(table.name) for table, _rows in found}
    return named | {row.field for _table, rows in found for row in rows}

