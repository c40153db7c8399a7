"""Runs Tidui's own readings on the population; prints one line of JSON."""

from __future__ import annotations

import json
import sys
import tracemalloc
from typing import Any

import numpy as np

from benchmarks.rules.measure import measured
from benchmarks.rules.population import ON, YEAR, Population, population
from benchmarks.rules.wanted import KINDS, NUMBERS, POLICIES, SAMPLE, TRUTHS
from tidui.policies.library import shelf
from tidui.rules.screen import Screener
from tidui.rules.screen_result import HAS_HIGH, HAS_LOW, ScreenResult

#: Rows of a batch: so many that what is done once a batch does not count, and few enough for 30 MiB of results.
BATCH = 262_144


def read_once(people: Population) -> int:
    """The floor: every column read once, by numpy's sum."""
    total = 0
    for column in people.columns.values():
        for array in (column.values, column.state):
            if array is not None:
                total += int(array.view(np.int64 if array.nbytes % 8 == 0 else np.uint8).sum())
    return total


def screen(screener: Screener, people: Population) -> list[ScreenResult]:
    """All batches; what they hold is dropped but for the sample, as when results are written and forgotten."""
    kept = []
    for start in range(0, people.rows, BATCH):
        result = screener.batch(people.batch(start, min(start + BATCH, people.rows)))
        if start < SAMPLE:
            kept.append(result)
    return kept


def working_memory(screener: Screener, people: Population) -> int:
    """The most that screening holds beside the columns: results of a batch, lookup tables, arguments, in bytes."""
    tracemalloc.start()
    screen(screener, people)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def sampled(results: list[ScreenResult]) -> dict[str, Any]:
    """The compared results of the sample: truths as 0, 1, 2 and numbers as low and high ends."""
    found: dict[str, Any] = {}
    for policy in POLICIES:
        parts = [result.policies[policy] for result in results]
        for rule in TRUTHS[policy]:
            found[f"{policy}.{rule}"] = np.concatenate([part.truths[rule] for part in parts])[:SAMPLE]
        for rule in NUMBERS[policy]:
            columns = [part.numbers[rule] for part in parts]
            lows = np.concatenate([column.real(column.low, HAS_LOW) for column in columns])
            highs = np.concatenate([column.real(column.high, HAS_HIGH) for column in columns])
            found[f"{policy}.{rule}"] = np.stack([lows, highs])[:, :SAMPLE]
    return found


def main() -> None:
    rows, missing, repeats, sample = sys.argv[1:5]
    people = population(int(rows), float(missing))
    programs = [shelf().program(policy, on=ON, year=YEAR) for policy in POLICIES]
    _, floor = measured(lambda: read_once(people), int(repeats))
    found: dict[str, Any] = {"floor": floor, "bytes": people.bytes_a_row}
    for threads in (1, 2):
        with Screener(programs, on=ON, year=YEAR, threads=threads, only=KINDS) as screener:
            screener.batch(people.batch(0, min(BATCH, people.rows)))
            results, timing = measured(lambda: screen(screener, people), int(repeats))
            found[f"threads_{threads}"] = {**timing, "memory": working_memory(screener, people) / int(rows)}
    found["settled"] = sum(one.settled for result in results for one in result.policies.values())
    np.savez(sample, **sampled(results))
    print(json.dumps(found))


if __name__ == "__main__":
    main()
