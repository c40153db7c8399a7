"""The desk of an officer: what waits on which stage, the queue of one filter, and which file comes next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count, Q
from django.http import QueryDict

from tidui.casework import presenting
from tidui.casework.lists_desk import DESK, open_proposals, returned_rows
from tidui.casework.programme import programmes
from tidui.casework.queries import on_desk
from tidui.kit import clock, lists

#: A queue is followed to here; behind it the desk is opened anew.
LONGEST: Final = 2_000
#: So many of the next ones a form remembers: a colleague may take some of them meanwhile.
AHEAD: Final = 20
_QUEUE: Final = frozenset({"q", "sort", *(name for one in DESK.filters for name in one.parameters)})


@dataclass(frozen=True, slots=True)
class Heap:
    """The applications of one stage of one programme on a desk."""

    programme: str
    stage: str
    title: str
    count: int
    overdue: int
    doubtful: int

    @property
    def key(self) -> str:
        """As the filter of the desk names it."""
        return f"{self.programme}:{self.stage}"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a file lies in its queue; `ahead` are those after it, the nearest first."""

    number: int | None
    total: int
    previous: int | None
    ahead: tuple[int, ...]

    @property
    def following(self) -> int | None:
        """The one after it."""
        return self.ahead[0] if self.ahead else None


def heaps(user: Any) -> list[Heap]:
    """What lies on the person's desk, by programme and stage in their order. One query."""
    today = clock.today()
    rows = (
        on_desk(user).order_by().values_list("programme", "stage")
        .annotate(
            count=Count("*"), overdue=Count("pk", filter=Q(due_on__lt=today)),
            doubtful=Count("pk", filter=Q(doubts__gt=0)),
        )
    )  # fmt: skip
    found = {(name, stage): counts for name, stage, *counts in rows}
    order = [(owner.name, stage.name) for owner in programmes().values() for stage in owner.stages]
    keys = [key for key in order if key in found] + sorted(key for key in found if key not in order)
    several = len({name for name, _stage in keys}) > 1
    return [_heap(key, found[key], several) for key in keys]


def _heap(key: tuple[str, str], counts: Sequence[int], several: bool) -> Heap:
    name, stage = key
    title = presenting.stage_title(name, stage)
    if several:
        title = f"{presenting.programme_title(name)} · {title}"
    return Heap(name, stage, title, *counts)


def waiting(user: Any) -> int | None:
    """How many applications wait for the person's organisations; None for none."""
    return on_desk(user).count() or None


def to_confirm(user: Any) -> int | None:
    """How many proposals of colleagues wait for a second person; None for none."""
    return open_proposals(user).exclude(by=user).count() or None


def sent_back(user: Any) -> tuple[int, int]:
    """How many applications are out for correction, and how many of them are overdue."""
    found = returned_rows(user).aggregate(
        count=Count("*"), overdue=Count("pk", filter=Q(due_on__lt=clock.today()))
    )
    return found["count"], found["overdue"]


def queue_of(query: QueryDict) -> str:
    """The parameters of the desk that say which queue it is: words, filters, order; not the page."""
    kept = query.copy()
    for name in [name for name in kept if name not in _QUEUE]:
        del kept[name]
    return kept.urlencode()


def keys(user: Any, queue: str, most: int = LONGEST) -> list[int]:
    """The applications of a queue in its order."""
    rows = lists.rows_of(DESK, user, queue)
    return list(rows.values_list("pk", flat=True)[:most])


def place(user: Any, key: int, queue: str) -> Place:
    """Where this application lies in the queue."""
    found = keys(user, queue)
    if key not in found:
        return Place(None, len(found), None, tuple(found[:AHEAD]))
    at = found.index(key)
    return Place(at + 1, len(found), found[at - 1] if at else None, tuple(found[at + 1 : at + 1 + AHEAD]))


def next_of(user: Any, queue: str, ahead: Sequence[int]) -> int | None:
    """The file to open after a decision: the nearest of those that followed and are still there, else the first."""
    found = keys(user, queue) if ahead else keys(user, queue, 1)
    there = set(found)
    return next((key for key in ahead if key in there), found[0] if found else None)
