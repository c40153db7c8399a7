"""What the lists of applications are counted and sorted by: indexes that hold all of it, of those rows alone.

A partial index answers a query only where the database sees that the query asks for no other rows. SQLite sees that of
values that stand in the statement itself, so `waits` writes them there, in the words of the index.
"""

from __future__ import annotations

from typing import Any, Final

from django.db.models import BooleanField, F, Func, Index, Q

from tidui.casework.enums import DECIDED, State

_ACTIVE: Final = State.ACTIVE.value
_TURNS: Final = [one.value for one in DECIDED]
_WAITING: Final = Q(state=_ACTIVE, turn__in=_TURNS)
_SUBMITTED: Final = Q(submitted_at__isnull=False)


class _Waits(Func):
    """The condition of the indexes of a desk, its values in the statement."""

    output_field = BooleanField()

    def as_sql(self, compiler: Any, connection: Any, **context: Any) -> Any:  # type: ignore[override]
        """None of these words comes from outside."""
        state, turn = (compiler.compile(one)[0] for one in self.source_expressions)
        turns = ", ".join(f"'{one}'" for one in _TURNS)
        return f"({state} = '{_ACTIVE}' AND {turn} IN ({turns}))", []


def waits(prefix: str = "") -> _Waits:
    """Applications on which their holder has to decide, as a condition; `prefix` leads to the application."""
    return _Waits(F(f"{prefix}state"), F(f"{prefix}turn"))


APPLICATION: Final = (
    # A desk: its heaps, and its rows in their order.
    Index(
        fields=["holder", "programme", "stage", "doubts", "due_on", "id"], condition=_WAITING, name="application_desk"
    ),
    Index(fields=["holder", "-doubts", "due_on", "id"], condition=_WAITING, name="application_queue"),
    # What was sent back and is waited for: who may see it is told from the index too.
    Index(
        fields=["sent_back_by", "due_on", "agency", "unit", "organisation", "submitted_at", "id"],
        condition=Q(sent_back_by__isnull=False), name="application_sent_back",
    ),
    # A batch: how many there are of each kind, and what its list needs to be sorted.
    Index(
        fields=["batch", "state", "stage", "verdict", "doubts", "organisation", "submitted_at", "id"],
        condition=Q(batch__isnull=False), name="application_batch",
    ),
    # All that were submitted, the last changed first; with the organisation, by whose place they are looked for.
    Index(fields=["-changed_at", "-id", "organisation"], condition=_SUBMITTED, name="application_changed"),
    Index(fields=["call", "stage", "state", "id"], name="application_stage"),
    Index(fields=["programme", "state", "id"], name="application_state"),
    # An organisation's, with what tells which of them are in a list of all and where.
    Index(fields=["organisation", "-id", "submitted_at", "changed_at"], name="application_of"),
    Index(fields=["-submitted_at", "id"], name="application_newest"),
    Index(
        fields=["unit_changed_at"], condition=Q(unit_changed_at__isnull=False), name="application_moved"
    ),
)  # fmt: skip
