"""Why no panels can be drawn: the rule that blocks, and the smallest change of each sort that would help.

Every change that is named was tried: the changed file has panels. Recusals are never among what may be changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from tidui.review.drawing import model, solving
from tidui.review.drawing.model import KINDS, REACHES, TECHNICAL, Input, NeedsSolver

#: Codes of rules, in the order in which they take experts away.
REGISTER, FIELD, RECUSAL, LOAD, TOGETHER = "register", "field", "recusal", "load", "together"
#: Codes of changes.
MORE_LOAD, WIDER, MORE_EXPERTS, WIDER_AND_LOAD = "more_load", "wider", "more_experts", "wider_and_load"
#: Neither a load nor a number of experts is sought beyond this.
_MOST: Final = 4096


@dataclass(frozen=True)
class Blocked:
    """A panel, or several together, that cannot get what they want of a kind.

    `rule` is the first after which too few are left; `left` counts them after each of the rules: in the register and
    available, of a near field, not recused, with enough load. For `together`: how many of the seats can be filled.
    """

    kind: str
    rule: str
    panels: tuple[str, ...]
    fields: tuple[str, ...]
    wanted: int
    left: Mapping[str, int]


@dataclass(frozen=True)
class Change:
    """A change that helps: so many files more for each expert, a wider reach, so many experts more."""

    kind: str
    sort: str
    by: int
    to: str = ""


@dataclass(frozen=True)
class Explanation:
    """Whether panels are possible, and if not, why, and what would help."""

    possible: bool
    blocked: tuple[Blocked, ...] = ()
    changes: tuple[Change, ...] = ()
    #: How many experts could sit somewhere, by kind, and how many seats there are.
    suitable: Mapping[str, int] = field(default_factory=dict)
    seats: Mapping[str, int] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "possible": self.possible, "suitable": dict(self.suitable), "seats": dict(self.seats),
            "blocked": [
                {"kind": one.kind, "rule": one.rule, "panels": list(one.panels), "fields": list(one.fields),
                 "wanted": one.wanted, "left": dict(one.left)}
                for one in self.blocked
            ],
            "changes": [{"kind": one.kind, "sort": one.sort, "by": one.by, "to": one.to} for one in self.changes],
        }  # fmt: skip


def explain(frozen: Input) -> Explanation:
    """Why a file has no panels; that it has some, where it has. NeedsSolver without OR-Tools."""
    blocked: list[Blocked] = []
    changes: list[Change] = []
    suitable, seats = {}, {}
    for kind in KINDS:
        given = solving.market(frozen, kind)
        suitable[kind] = int(given.allowed.any(axis=0).sum())
        seats[kind] = int(given.demand.sum())
        if not possible(given):
            blocked += _blocked(frozen, kind, given)
            changes += _changes(frozen, kind)
    return Explanation(not blocked, tuple(blocked), tuple(changes), suitable, seats)


def possible(given: solving.Market) -> bool:
    """Is there a flow that gives every panel what it wants?"""
    return _most(given)[0] == int(given.demand.sum())


def _most(given: solving.Market) -> tuple[int, set[int]]:
    """How many seats can be filled, and the panels on the short side of the smallest cut."""
    try:
        from ortools.graph.python import max_flow
    except ImportError:
        raise NeedsSolver from None
    panels, experts = given.allowed.shape
    source, sink = panels + experts, panels + experts + 1
    rows, columns = np.nonzero(given.allowed)
    graph = max_flow.SimpleMaxFlow()
    tails = np.concatenate([np.full(panels, source), rows, np.arange(panels, source)]).astype(np.int32)
    heads = np.concatenate([np.arange(panels), columns + panels, np.full(experts, sink)]).astype(np.int32)
    capacity = np.concatenate([given.demand, np.ones(len(rows), np.int64), given.room]).astype(np.int64)
    graph.add_arcs_with_capacity(tails, heads, capacity)
    if graph.solve(source, sink) != graph.OPTIMAL:
        raise RuntimeError("the optimiser found no flow")
    return int(graph.optimal_flow()), {node for node in graph.get_source_side_min_cut() if node < panels}


# ---------------------------------------------------------------------- what blocks
def _blocked(frozen: Input, kind: str, given: solving.Market) -> list[Blocked]:
    alone = list(_alone(frozen, kind, given))
    if alone:
        return alone
    filled, short = _most(given)
    names = tuple(frozen.panels[place].id for place in sorted(short))
    fields = sorted({frozen.fields[file] for place in short for file in frozen.panels[place].files})
    wanted = int(given.demand[sorted(short)].sum())
    missing = int(given.demand.sum()) - filled
    return [Blocked(kind, TOGETHER, names, tuple(fields), wanted, {"there": wanted - missing})]


def _alone(frozen: Input, kind: str, given: solving.Market) -> Iterator[Blocked]:
    """Panels that lack experts even if they could have all of them, with the rule after which too few are left."""
    experts = frozen.of_kind(kind)
    there = np.array([one.available for one in experts], np.bool_)
    near = solving.suited(frozen, kind) & there[None, :]
    free = near & ~solving.barred(frozen, kind)
    for place, panel in enumerate(frozen.panels):
        wanted = panel.wants(kind)
        left = {
            REGISTER: int(there.sum()), FIELD: int(near[place].sum()), RECUSAL: int(free[place].sum()),
            LOAD: int(given.allowed[place].sum()),
        }  # fmt: skip
        short = next((rule for rule, count in left.items() if count < wanted), None)
        if wanted and short is not None:
            fields = tuple(sorted({frozen.fields[file] for file in panel.files}))
            yield Blocked(kind, short, (panel.id,), fields, wanted, left)


# ---------------------------------------------------------------------- what would help
def _changes(frozen: Input, kind: str) -> list[Change]:
    """The smallest change of each sort that helps by itself; where none does, a wider reach together with more load."""
    found = []
    load = _least(lambda by: possible(solving.market(with_load(frozen, kind, by), kind)))
    if load is not None:
        found.append(Change(kind, MORE_LOAD, load))
    wider = _wider(frozen, kind)
    for reach in wider:
        if possible(solving.market(with_reach(frozen, reach), kind)):
            found.append(Change(kind, WIDER, 0, reach))
            break
    more = _least(lambda by: possible(solving.market(with_experts(frozen, kind, by), kind)))
    if more is not None:
        found.append(Change(kind, MORE_EXPERTS, more))
    if load is None and wider and not any(one.sort == WIDER for one in found):
        found += _both(frozen, kind, wider)
    return found


def _both(frozen: Input, kind: str, wider: tuple[str, ...]) -> Iterator[Change]:
    for reach in wider:
        near = with_reach(frozen, reach)
        by = _least(lambda by, near=near: possible(solving.market(with_load(near, kind, by), kind)))  # type: ignore[misc]
        if by is not None:
            yield Change(kind, WIDER_AND_LOAD, by, reach)
            return


def _wider(frozen: Input, kind: str) -> tuple[str, ...]:
    return REACHES[REACHES.index(frozen.rules.reach) + 1 :] if kind == TECHNICAL else ()


def _least(helps: Callable[[int], bool]) -> int | None:
    """The smallest number from 1 that helps, where more helps as well; None if even many do not."""
    high = 1
    while not helps(high):
        high *= 2
        if high > _MOST:
            return None
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if helps(middle) else (middle, high)
    return high


def apply(frozen: Input, change: Change) -> Input:
    """The file with a change."""
    if change.sort == MORE_LOAD:
        return with_load(frozen, change.kind, change.by)
    if change.sort == MORE_EXPERTS:
        return with_experts(frozen, change.kind, change.by)
    near = with_reach(frozen, change.to)
    return near if change.sort == WIDER else with_load(near, change.kind, change.by)


def with_load(frozen: Input, kind: str, by: int) -> Input:
    """The file with so many files more for each expert of a kind."""
    experts = [{**one, "load": one["load"] + by * (one["kind"] == kind)} for one in frozen.raw["experts"]]
    return model.load({**frozen.raw, "experts": experts})


def with_reach(frozen: Input, reach: str) -> Input:
    """The file with a wider reach of fields."""
    return model.load({**frozen.raw, "rules": {**frozen.raw["rules"], "reach": reach}})


def with_experts(frozen: Input, kind: str, count: int) -> Input:
    """The file with so many more experts of a kind, who know every field, have room for the largest panel, no ties."""
    fields = sorted(set(frozen.fields.values()))
    load = max((len(panel.files) for panel in frozen.panels), default=0)
    more = [
        {"id": f"~{place:05d}", "kind": kind, "level": "senior", "fields": fields, "load": load, "available": True}
        for place in range(count)
    ]
    return model.load({**frozen.raw, "experts": [*frozen.raw["experts"], *more]})
