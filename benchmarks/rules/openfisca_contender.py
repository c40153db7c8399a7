"""Runs OpenFisca-Core on the population, in its own environment; prints one line of JSON.

Its settings: `double` or `single` precision, the whole population at once or in chunks that fit the processor's cache.
The columns are converted to OpenFisca's own types before the clock starts.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from typing import Any

import numpy as np
from openfisca_core.simulations import SimulationBuilder

from benchmarks.rules import openfisca_model as model
from benchmarks.rules.measure import measured, peak_memory
from benchmarks.rules.population import YEAR, Population, population
from benchmarks.rules.wanted import SAMPLE, names

Inputs = dict[tuple[str, str], Any]
EPOCH = 719_163  # the ordinal of 1970-01-01
LISTS = {
    "last_incident": "major_incidents", "last_dishonesty": "research_dishonesty",
    "hte_last_recognised": "hte_recognised_on",
}  # fmt: skip


def inputs(people: Population, *, double: bool) -> Inputs:
    """The columns as OpenFisca wants them; what is unknown is OpenFisca's default."""
    real = np.float64 if double else np.float32
    found: Inputs = {}
    for name in (*model.YEARLY_MONEY, *model.MONEY):
        for back in (0, 1, 2) if name in model.YEARLY_MONEY else (0,):
            found[name, str(YEAR - back)] = _values(people, (name, -back), 0).astype(real) / real(100)
    for name in model.COUNTS:
        found[name, str(YEAR)] = (_values(people, (name, 0), 0) / 240_000).astype(real)
    for name in model.WHOLE:
        found[name, str(YEAR)] = _values(people, (name, None), 0).astype(np.int32)
    for back in (0, 1, 2):
        found["conversions", str(YEAR - back)] = _values(people, ("conversions", -back), 0).astype(np.int32)
    for name in model.MARKS:
        found[name, str(YEAR)] = (_values(people, (name, None), 0) / 90_090_000).astype(real)
    for name in model.FLAGS:
        if name != "has_field":
            found[name, str(YEAR)] = _values(people, (name, None), 0).astype(np.bool_)
    found["has_field", str(YEAR)] = people.columns["field", None].states() == 1
    never = model.NEVER.toordinal() - EPOCH
    for name in model.DATES:
        found[name, "ETERNITY"] = _days(people, name, never).astype("datetime64[D]")
    return found


def _values(people: Population, key: tuple[str, int | None], missing: int) -> Any:
    column = people.columns[key]
    return column.values if column.state is None else np.where(column.state == 1, column.values, missing)


def _days(people: Population, name: str, never: int) -> Any:
    if name not in LISTS:
        return _values(people, (name, None), never)
    column = people.columns[LISTS[name], None]
    lists: Any = column.vocab
    last = np.array([days[-1].toordinal() - EPOCH for days in lists], dtype=np.int64)
    return np.where(column.states() == 1, last[column.values], never)


def calculate(system: Any, columns: Inputs, rows: int, chunk: int) -> dict[str, Any]:
    """All wanted results."""
    wanted = {name: _openfisca_name(name) for name in names()}
    found: dict[str, list[Any]] = {name: [] for name in wanted}
    for start in range(0, rows, chunk):
        stop = min(start + chunk, rows)
        simulation = SimulationBuilder().build_default_simulation(system, stop - start)
        for (name, period), column in columns.items():
            simulation.set_input(name, period, column[start:stop])
        for name, own in wanted.items():
            found[name].append(simulation.calculate(own, str(YEAR)))
    return {name: np.concatenate(parts) for name, parts in found.items()}


def _openfisca_name(name: str) -> str:
    policy, rule = name.split(".")
    return ("sme_" if policy == "cn/tech-sme" else "hte_") + rule


def single_latency(system: Any, columns: Inputs) -> list[float]:
    """Seconds to answer for one enterprise, again and again."""
    taken = []
    for row in range(60):
        begun = time.perf_counter()
        calculate(system, {key: column[row : row + 1] for key, column in columns.items()}, 1, 1)
        taken.append(time.perf_counter() - begun)
    return sorted(taken)


def main() -> None:
    rows, missing, chunk, precision, repeats, sample = sys.argv[1:7]
    warnings.filterwarnings("ignore")
    double = precision == "double"
    people = population(int(rows), float(missing))
    columns, system = inputs(people, double=double), model.system(double=double)
    del people
    before = peak_memory()
    size = int(chunk) or int(rows)
    result, timing = measured(lambda: calculate(system, columns, int(rows), size), int(repeats))
    single = single_latency(system, columns)
    np.savez(sample, **{name: column[:SAMPLE] for name, column in result.items()})
    print(json.dumps({**timing, "memory": (peak_memory() - before) / int(rows), "single": single[len(single) // 2]}))


if __name__ == "__main__":
    main()
