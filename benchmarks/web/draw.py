"""The draw of experts against the min-max method that review systems use, on one instance, in one run.

    python -m benchmarks.web.draw [--files 10000 --experts 1500 --seats 5] [--out benchmarks/web/DRAW.md]

The instance: files and experts are mixtures of 24 topics, of which some are crowded; one pair in a few hundred is
forbidden; loads add up to 1.15 times the seats. Each method is a process of its own and gets the same fits in
thousandths, the same forbidden pairs, the same loads.

- **ours**: `tidui.review.drawing.solving.allocate`, fit 100, with and without the fairness loop, tickets by SHA-256.
- **min-max**: the two flows of that method, written anew: every allowed pair is an arc, added one by one; the first
  flow fills each expert up to half of the mean load, the second gives out the rest.

Worst is the lowest mean fit of a file; that is what an applicant feels. Times are CPU seconds of one process.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np

from tidui.review.drawing import model, seeding, solving

TOPICS: Final = 24
SEED: Final = "7" * 64
METHODS: Final = ("ours, fairness on", "ours, fairness off", "min-max")


def instance(files: int, experts: int, seats: int) -> tuple[solving.Market, int]:
    """Fits in thousandths, forbidden pairs, loads: the same for every method."""
    pick = np.random.default_rng(20_260_601)
    wanted, offered = pick.dirichlet(np.full(TOPICS, 0.6)), pick.dirichlet(np.full(TOPICS, 0.6))
    of_files = _mixtures(pick, files, 0.9 * wanted + 0.1 / TOPICS, (1.0, 0.6))
    of_experts = _mixtures(pick, experts, 0.4 * wanted + 0.4 * offered + 0.2 / TOPICS, (1.0, 0.7, 0.4))
    alike = of_files @ of_experts.T
    noise = pick.random((files, experts), dtype=np.float32)
    fit = np.clip(0.75 * alike + 0.25 * noise * (alike > 0) + 0.05 * noise, 0, 1)
    forbidden = pick.integers(0, 400, files)[:, None] == pick.integers(0, 400, experts)[None, :]
    share = files * seats / experts * 1.15
    loads = np.maximum(2, np.round(share * pick.uniform(0.7, 1.3, experts))).astype(np.int64)
    market = solving.Market((fit * 1000).astype(np.int16), ~forbidden, np.full(files, seats, np.int64), loads)
    return market, int(forbidden.sum())


def _mixtures(pick: np.random.Generator, count: int, shares: Any, weights: tuple[float, ...]) -> Any:
    made = np.zeros((count, TOPICS), np.float32)
    drawn = pick.choice(TOPICS, size=(count, len(weights)), p=shares / shares.sum())
    for place, weight in enumerate(weights):
        np.add.at(made, (np.arange(count), drawn[:, place]), weight)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


def ours(rounds: int) -> Callable[[solving.Market], tuple[Any, Any]]:
    """Our draw with so many rounds of the fairness loop."""

    def drawn(market: solving.Market) -> tuple[Any, Any]:
        files, experts = market.allowed.shape
        names = ([f"F{one:06d}" for one in range(files)], [f"E{one:06d}" for one in range(experts)])
        found = solving.allocate(market, 100, rounds, solving.Chance(SEED, *names))
        assert found is not None
        return found

    return drawn


def min_max(market: solving.Market) -> tuple[Any, Any]:
    """Two flows over all pairs: up to the least load of everybody, then the rest."""
    experts = market.allowed.shape[1]
    least = np.minimum(market.room, max(1, int(market.demand.sum() / experts / 2)))
    first = _dense(market, market.allowed, least, market.demand)
    left = market.allowed & ~first
    second = _dense(market, left, market.room - first.sum(axis=0), market.demand - first.sum(axis=1))
    rows, columns = np.nonzero(first | second)
    return rows, columns


def _dense(market: solving.Market, allowed: Any, room: Any, demand: Any) -> Any:
    from ortools.graph.python import min_cost_flow

    files, experts = allowed.shape
    source, sink = files + experts, files + experts + 1
    graph = min_cost_flow.SimpleMinCostFlow()
    pairs = []
    for expert in range(experts):
        graph.add_arc_with_capacity_and_unit_cost(source, expert, int(room[expert]), 0)
        for file in range(files):
            if allowed[file, expert]:
                cost = -int(market.fit[file, expert])
                pairs.append((graph.add_arc_with_capacity_and_unit_cost(expert, experts + file, 1, cost), file, expert))
    for file in range(files):
        graph.add_arc_with_capacity_and_unit_cost(experts + file, sink, int(demand[file]), 0)
    flow = int(min(room.sum(), demand.sum()))
    graph.set_node_supply(source, flow)
    graph.set_node_supply(sink, -flow)
    assert graph.solve_max_flow_with_min_cost() == graph.OPTIMAL
    made = np.zeros(allowed.shape, np.bool_)
    for arc, file, expert in pairs:
        if graph.flow(arc):
            made[file, expert] = True
    return made


# ---------------------------------------------------------------------- a frozen file
def frozen(files: int, experts: int, size: int) -> dict[str, Any]:
    """A frozen file as the site makes it: panels of `size` files, five experts each, one of them financial."""
    pick = np.random.default_rng(7)
    fields = [f"{wide}0{one}" for wide in (1, 2, 4, 5, 8) for one in range(1, 5)]
    codes = [f"F{one:06d}" for one in range(files)]
    people = []
    for one in range(experts):
        kind = model.FINANCIAL if one % 5 == 4 else model.TECHNICAL
        known = list(pick.choice(fields, 3, replace=False)) if kind == model.TECHNICAL else []
        load = max(size, -(-files * 5 * 3 // experts // 2))
        people.append({"id": f"E{one:06d}", "kind": kind, "level": model.LEVELS[one % 3], "fields": [
            str(field) for field in known], "load": load, "available": True})  # fmt: skip
    panels = [
        {"id": f"P{place:06d}", "files": codes[start : start + size], "technical": 4, "financial": 1, "seated": [],
         "lead": "all"}
        for place, start in enumerate(range(0, files, size))
    ]  # fmt: skip
    pairs = sorted({(codes[pick.integers(files)], f"E{pick.integers(experts):06d}") for _place in range(files)})
    rules = {
        "size": 5, "technical": 4, "financial": 1, "technical_share": 60, "financial_least": 1, "fit": 50,
        "reach": "any", "cover": 50, "fair": 8 if size == 1 else 0,
    }  # fmt: skip
    units = [{"unit": name, "salt": "0" * 32, "commitment": seeding.commitment("0" * 32, name)} for name in "AB"]
    return {
        "layout": model.LAYOUT, "draw": {"review": "benchmark", "number": 1, "reason": ""}, "rules": rules,
        "experts": people, "panels": panels, "forbidden": [[*pair, "employer"] for pair in pairs], "units": units,
        "files": [{"id": one, "field": str(pick.choice(fields))} for one in codes], "frozen_on": "2026-06-01",
        "public": {"source": "x", "on": "2026-06-02"}, "names": "",
    }  # fmt: skip


# ---------------------------------------------------------------------- running
def measure(name: str, size: tuple[int, int, int]) -> dict[str, Any]:
    """One method on the instance, in this process."""
    market, _forbidden = instance(*size)
    method = {METHODS[0]: ours(8), METHODS[1]: ours(0), METHODS[2]: min_max}[name]
    cpu, wall = time.process_time(), time.perf_counter()
    rows, columns = method(market)
    spent = {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}
    fit = market.fit[rows, columns].astype(np.int64)
    each = np.bincount(rows, fit, len(market.demand)) / market.demand
    sound = bool(
        (np.bincount(rows, minlength=len(market.demand)) == market.demand).all()
        and (np.bincount(columns, minlength=len(market.room)) <= market.room).all()
        and market.allowed[rows, columns].all()
    )
    return {
        **spent, "total": int(fit.sum()), "worst": float(each.min()), "hundredth": float(np.quantile(each, 0.01)),
        "sound": sound, "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }  # fmt: skip


def measure_file(files: int, experts: int, size: int) -> dict[str, Any]:
    """A frozen file, read, checked and drawn."""
    raw = frozen(files, experts, size)
    cpu = time.process_time()
    read = model.load(raw)
    known = read.digest
    panels = solving.solve(read, SEED)
    return {"cpu": time.process_time() - cpu, "panels": len(panels), "digest": known}


def _apart(*arguments: object) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.web.draw", "--one", *map(str, arguments)]
    found: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return found


def report(size: tuple[int, int, int], results: dict[str, Any], drawn: list[tuple[str, dict[str, Any]]]) -> str:
    """The results as Markdown."""
    files, experts, seats = size
    peer, mine = results[METHODS[2]], results[METHODS[0]]
    lines = [
        "# Draw of experts", "",
        f"{files:,} files, {experts:,} experts, {seats} seats a file. Python {platform.python_version()}, 2 cores; "
        "each method in a process of its own. Fit in thousandths.", "",
        "| method | CPU s | wall s | sum of fits | worst file | 1 % quantile | rules kept | peak memory MiB |",
        "|---|---:|---:|---:|---:|---:|---|---:|",
        *(
            f"| {name} | {one['cpu']:.1f} | {one['wall']:.1f} | {one['total']:,} | {one['worst']:.1f} | "
            f"{one['hundredth']:.1f} | {'yes' if one['sound'] else 'NO'} | {one['memory']:,} |"
            for name, one in results.items()
        ), "",
        f"Promised with fairness on: at most 0.2 of the CPU, the sum not lower, the worst file at least 1.15 times. "
        f"Here: {mine['cpu'] / peer['cpu']:.3f} of the CPU, {mine['total'] / peer['total']:.4f} of the sum, "
        f"{mine['worst'] / peer['worst']:.2f} times the worst.", "",
        "Frozen files as the site makes them (checked, digested, drawn; technical and financial flow, leaders):", "",
        "| file | panels | CPU s |", "|---|---:|---:|",
        *(f"| {name} | {one['panels']:,} | {one['cpu']:.2f} |" for name, one in drawn), "",
    ]  # fmt: skip
    return "\n".join(lines)


def main() -> None:
    """Run all methods, each apart, and write the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--files", type=int, default=10_000)
    options.add_argument("--experts", type=int, default=1_500)
    options.add_argument("--seats", type=int, default=5)
    options.add_argument("--out", type=Path)
    options.add_argument("--one", nargs="+", help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.one:
        name, *numbers = given.one
        three = (int(numbers[0]), int(numbers[1]), int(numbers[2]))
        print(json.dumps(measure_file(*three) if name == "file" else measure(name, three)))
        return
    size = (given.files, given.experts, given.seats)
    results = {name: _apart(name, *size) for name in METHODS}
    shapes = ((160, 60, 30), (1_000, 200, 1), (given.files, given.experts, 1))
    drawn = [
        (f"{files:,} files, {experts:,} experts, a panel for {each} file{'s' if each > 1 else ''}",
         _apart("file", files, experts, each))
        for files, experts, each in shapes
    ]  # fmt: skip
    text = report(size, results, drawn)
    print(text)
    if given.out is not None:
        given.out.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
