"""One min-cost flow for each kind of expert: panels want seats, experts have room, every allowed pair has a cost.

    cost of a pair = fit * miss + max(1, 100 - fit) * ticket

`fit` is the rule (0 to 100), `miss` is 2**32 times what the pair lacks of a perfect fit, rounded down, `ticket` a
number below 2**32 from the seed (see `seeding`). With fit 0 chance alone decides among the suitable; with 100 only a
lack of less than a hundredth may be made up by chance. Costs are whole numbers of 39 bits that come from a hash, so two
different best results are as good as impossible, and the result does not depend on the version of the optimiser.

Where panels are many, the worst served are lifted: their costs of fit are raised and the flow is solved again, some
rounds; the round whose worst panel is best served counts. Large draws keep only the best pairs of each panel and of
each expert (`PAIRS`); where that leaves no result, they are doubled until nothing is left out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tidui.review.drawing import seeding
from tidui.review.drawing.model import FINANCIAL, KINDS, LEVELS, TECHNICAL, Input, NeedsSolver, Panel, fit_of, reached

#: Up to so many allowed pairs all are given to the optimiser.
PAIRS: Final = 400_000
#: Pairs that are kept of each panel where there are more.
KEPT: Final = 128
_ONE: Final = seeding.TICKETS
_PERFECT: Final = 1000
#: Costs of fit are raised at most so much, in hundredths.
_MOST_LIFTED: Final = 2_000

Ints = NDArray[np.int64]


class Impossible(ValueError):
    """No panels fulfil the rules; `explaining.explain` says which one blocks."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"no panels fulfil the rules: {kind} experts")
        self.kind = kind


@dataclass(frozen=True)
class Market:
    """Panels and experts of one kind: fit in thousandths of each pair, which pairs are allowed, what is wanted."""

    fit: NDArray[np.int16]
    allowed: NDArray[np.bool_]
    demand: Ints
    room: Ints


def solve(frozen: Input, drawn_by: str) -> list[dict[str, Any]]:
    """The panels of a frozen file under a seed, in their order; Impossible, or NeedsSolver without OR-Tools."""
    drawn: dict[str, dict[str, list[str]]] = {panel.id: {} for panel in frozen.panels}
    for kind in KINDS:
        experts, found = frozen.of_kind(kind), market(frozen, kind)
        names = [panel.id for panel in frozen.panels]
        chance = Chance(drawn_by, names, [one.id for one in experts])
        pairs = allocate(found, frozen.rules.fit, frozen.rules.fair, chance)
        if pairs is None:
            raise Impossible(kind)
        for panel in frozen.panels:
            drawn[panel.id][kind] = []
        for row, column in zip(*(one.tolist() for one in pairs), strict=True):
            drawn[names[row]][kind].append(experts[column].id)
    return [
        {
            "id": panel.id, "technical": sorted(drawn[panel.id][TECHNICAL]),
            "financial": sorted(drawn[panel.id][FINANCIAL]),
            "leader": leader(frozen, panel, drawn[panel.id][TECHNICAL], drawn_by),
        }
        for panel in frozen.panels
    ]  # fmt: skip


def leader(frozen: Input, panel: Panel, drawn: list[str], drawn_by: str) -> str:
    """Who leads: who does already, else the smallest leader's ticket of the highest title; "" for nobody."""
    for one in panel.seated:
        if one.leader:
            return one.expert
    stays = [one.expert for one in panel.seated if one.kind == TECHNICAL and panel.lead == "all"]
    there = [frozen.expert(key) for key in (*drawn, *stays)]
    ranked = sorted(
        there, key=lambda one: (LEVELS.index(one.level), seeding.ticket(drawn_by, f"{panel.id} leader", one.id), one.id)
    )
    return ranked[0].id if ranked else ""


@dataclass(frozen=True)
class Chance:
    """The tickets of panels and experts under a seed."""

    drawn_by: str
    panels: Sequence[str]
    experts: Sequence[str]

    def of(self, rows: Ints, columns: Ints) -> Ints:
        """The tickets of pairs, by the places of panels and of experts."""
        panels, experts = self.panels, self.experts
        pairs = ((panels[row], experts[one]) for row, one in zip(rows.tolist(), columns.tolist(), strict=True))
        return np.frombuffer(seeding.tickets(self.drawn_by, pairs), ">u4").astype(np.int64)

    def rough(self, rows: slice) -> NDArray[np.uint64]:
        """A number of 24 bits for every pair of some panels: decides which pairs a large draw keeps, and nothing else.

        It is mixed from one hash of the panel and one of the expert (the finaliser of SplitMix64).
        """
        mixed = self._hashes(self.panels[rows])[:, None] ^ self._hashes(self.experts)[None, :]
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
            mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
        return (mixed ^ (mixed >> np.uint64(31))) >> np.uint64(40)

    def _hashes(self, names: Sequence[str]) -> NDArray[np.uint64]:
        digests = (hashlib.sha256(f"{self.drawn_by}\n{name}".encode()).digest()[:8] for name in names)
        return np.frombuffer(b"".join(digests), ">u8").astype(np.uint64)


# ---------------------------------------------------------------------- who may sit where
def market(frozen: Input, kind: str) -> Market:
    """The panels and the experts of a kind, with what stands between them."""
    fit = fits(frozen, kind)
    allowed = suited(frozen, kind) & ~barred(frozen, kind)
    sizes = np.array([len(panel.files) for panel in frozen.panels], np.int64)
    demand = np.array([panel.wants(kind) for panel in frozen.panels], np.int64)
    loads = np.array([one.load if one.available else 0 for one in frozen.of_kind(kind)], np.int64)
    allowed &= (sizes[:, None] <= loads[None, :]) & (demand > 0)[:, None]
    return Market(fit, allowed, demand, room(allowed, sizes, loads))


def room(allowed: NDArray[np.bool_], sizes: Ints, loads: Ints) -> Ints:
    """In how many panels an expert may sit: as many of the largest that they could get as their load holds.

    Whichever of them they get, the load is kept.
    """
    order = np.argsort(-sizes, kind="stable")
    ranked = allowed[order]
    filled = np.cumsum(np.where(ranked, sizes[order][:, None], 0), axis=0) <= loads[None, :]
    made: Ints = (ranked & filled).sum(axis=0).astype(np.int64)
    return made


def fits(frozen: Input, kind: str) -> NDArray[np.int16]:
    """How well each expert of a kind fits each panel: the mean over its files, rounded down; financial ones all do."""
    experts = frozen.of_kind(kind)
    if kind == FINANCIAL:
        return np.full((len(frozen.panels), len(experts)), _PERFECT, np.int16)
    table = _by_field(frozen, kind)
    made = np.zeros((len(frozen.panels), len(experts)), np.int16)
    for place, panel in enumerate(frozen.panels):
        rows = [table[frozen.fields[file]] for file in panel.files]
        made[place] = rows[0] if len(rows) == 1 else np.sum(rows, axis=0) // len(rows)
    return made


def _by_field(frozen: Input, kind: str) -> Mapping[str, Ints]:
    experts = frozen.of_kind(kind)
    return {
        field: np.array([fit_of(one.fields, field) for one in experts], np.int64)
        for field in set(frozen.fields.values())
    }


def suited(frozen: Input, kind: str) -> NDArray[np.bool_]:
    """Which experts reach enough files of which panels; any financial expert reaches any file."""
    experts, reach = frozen.of_kind(kind), frozen.rules.reach
    made = np.ones((len(frozen.panels), len(experts)), np.bool_)
    if kind == FINANCIAL or reach == "any":
        return made
    table = _by_field(frozen, kind)
    near = {field: np.array([reached(int(fit), reach) for fit in row], np.bool_) for field, row in table.items()}
    for place, panel in enumerate(frozen.panels):
        rows = [near[frozen.fields[file]] for file in panel.files]
        counted = rows[0].astype(np.int64) if len(rows) == 1 else np.sum(rows, axis=0)
        made[place] = counted * 100 >= frozen.rules.cover * len(rows)
    return made


def barred(frozen: Input, kind: str) -> NDArray[np.bool_]:
    """Who does not sit where: recused from any of its files, or there already."""
    columns = {one.id: place for place, one in enumerate(frozen.of_kind(kind))}
    of_file = {file: place for place, panel in enumerate(frozen.panels) for file in panel.files}
    made = np.zeros((len(frozen.panels), len(columns)), np.bool_)
    for file, expert in frozen.forbidden:
        if file in of_file and expert in columns:
            made[of_file[file], columns[expert]] = True
    for place, panel in enumerate(frozen.panels):
        for one in panel.seated:
            if one.expert in columns:
                made[place, columns[one.expert]] = True
    return made


# ---------------------------------------------------------------------- the flow
def allocate(given: Market, weight: int, rounds: int, chance: Chance) -> tuple[Ints, Ints] | None:
    """The pairs (panels, experts) of the cheapest flow; None where there is none."""
    if not given.demand.sum():
        empty = np.zeros(0, np.int64)
        return empty, empty
    if (given.allowed.sum(axis=1) < given.demand).any() or given.room.sum() < given.demand.sum():
        return None
    kept = KEPT
    while True:
        rows, columns = _pairs(given, weight, chance, kept)
        found = _fairest(given, weight, rounds, chance, rows, columns)
        if found is not None or len(rows) == int(given.allowed.sum()):
            return found
        kept *= 2


def _pairs(given: Market, weight: int, chance: Chance, kept: int) -> tuple[Ints, Ints]:
    """The pairs that the optimiser is given, in their order: all, or the best of each panel and of each expert."""
    panels, experts = given.allowed.shape
    chosen = given.allowed
    if int(given.allowed.sum()) > PAIRS and kept < experts:
        rank = _rank(given, weight, chance)
        each = min(panels, max(8, kept * panels // experts // 3))
        best = rank <= np.partition(rank, kept - 1, axis=1)[:, kept - 1 : kept]
        chosen = (best | (rank <= np.partition(rank, each - 1, axis=0)[each - 1 : each])) & given.allowed
    rows, columns = np.nonzero(chosen)
    return rows.astype(np.int64), columns.astype(np.int64)


def _rank(given: Market, weight: int, chance: Chance) -> NDArray[np.int32]:
    """About the cost of every pair, in 31 bits; pairs that are not allowed come last."""
    made = np.full(given.allowed.shape, np.iinfo(np.int32).max, np.int32)
    for start in range(0, len(made), 256):
        rows = slice(start, start + 256)
        miss = (_PERFECT - given.fit[rows].astype(np.int64)) * 2**24 // _PERFECT
        cost = weight * miss + max(1, 100 - weight) * chance.rough(rows).astype(np.int64)
        made[rows] = np.where(given.allowed[rows], cost, made[rows])
    return made


def _fairest(
    given: Market, weight: int, rounds: int, chance: Chance, rows: Ints, columns: Ints
) -> tuple[Ints, Ints] | None:
    """The flow whose worst served panel is served best, of the first one and of those with raised costs."""
    fit = given.fit[rows, columns].astype(np.int64)
    miss = (_PERFECT - fit) * _ONE // _PERFECT
    by_chance = max(1, 100 - weight) * chance.of(rows, columns)
    found = _flow(given, rows, columns, weight * miss + by_chance)
    if found is None or not weight:
        return None if found is None else (rows[found], columns[found])
    served = best = _served(given, rows[found], fit[found])
    chosen, lifted = found, np.full(len(given.demand), 100, np.int64)
    for _round in range(rounds):
        aim = int(np.sort(served)[len(served) // 10])
        if not aim or int(served.min()) == aim:
            break
        lifted = np.minimum(lifted + lifted * 150 * np.maximum(aim - served, 0) // (100 * aim), _MOST_LIFTED)
        found = _flow(given, rows, columns, weight * miss * lifted[rows] // 100 + by_chance)
        assert found is not None  # the costs changed, what is possible did not
        served = _served(given, rows[found], fit[found])
        if (int(served.min()), int(served.sum())) > (int(best.min()), int(best.sum())):
            chosen, best = found, served
    return rows[chosen], columns[chosen]


def _served(given: Market, rows: Ints, fit: Ints) -> Ints:
    """The mean fit of each panel in millionths; one that wants nobody is served perfectly."""
    summed = np.zeros(len(given.demand), np.int64)
    np.add.at(summed, rows, fit)
    made: Ints = np.where(given.demand > 0, summed * 1000 // np.maximum(given.demand, 1), _PERFECT * 1000)
    return made


def _flow(given: Market, rows: Ints, columns: Ints, cost: Ints) -> Ints | None:
    """The places of the pairs that the cheapest flow takes; None where there is no flow."""
    try:
        from ortools.graph.python import min_cost_flow
    except ImportError:
        raise NeedsSolver from None
    panels, experts = given.allowed.shape
    graph, sink = min_cost_flow.SimpleMinCostFlow(), panels + experts
    pairs = graph.add_arcs_with_capacity_and_unit_cost(
        rows.astype(np.int32), (columns + panels).astype(np.int32), np.ones(len(rows), np.int64), cost
    )
    graph.add_arcs_with_capacity_and_unit_cost(
        np.arange(panels, sink, dtype=np.int32), np.full(experts, sink, np.int32), given.room,
        np.zeros(experts, np.int64),
    )  # fmt: skip
    supplies = np.concatenate([given.demand, np.zeros(experts, np.int64), [-int(given.demand.sum())]])
    graph.set_nodes_supplies(np.arange(sink + 1, dtype=np.int32), supplies.astype(np.int64))
    status = graph.solve()
    if status == graph.INFEASIBLE:
        return None
    if status != graph.OPTIMAL:
        raise RuntimeError(f"the optimiser answered {status}")
    made: Ints = np.nonzero(graph.flows(pairs))[0].astype(np.int64)
    return made
