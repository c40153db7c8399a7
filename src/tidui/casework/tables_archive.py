"""The tables of each submission in the package of a case, as CSV."""

# tidui: data

from __future__ import annotations

from collections.abc import Iterator

from tidui.accounts.models import User
from tidui.casework import archiving, tables
from tidui.casework.archiving import Entry
from tidui.casework.models import Application


@archiving.part(15)
def listed(application: Application, reader: User) -> Iterator[Entry]:
    """Every table that has rows, for each submission."""
    for one in application.submissions.select_related("application").order_by("number"):
        for table, rows in tables.of_submission(one):
            if rows:
                head = ("编号", *(column.title.zh for column in table.columns))
                lines = [(row.number, *(cell.text for cell in row.cells)) for row in rows]
                path = f"01-申报书/第{one.number}次提交-{table.title.zh}.csv"
                entry = archiving.table(path, f"{table.title.zh}（第{one.number}次提交）", head, lines)
                yield Entry(entry.path, entry.title, one.submitted_at, entry.content)
