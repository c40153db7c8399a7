"""DuckDB with the SQL reading, Spark with mapInArrow, explain, plan and the start from the cache; JSON on one line."""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from benchmarks.rules.measure import measured
from benchmarks.rules.population import ON, YEAR, Population, one, population
from benchmarks.rules.wanted import KINDS, POLICIES
from tidui.codes.uscc import check_character
from tidui.facts import catalogue
from tidui.facts.factset import FactSet
from tidui.policies.library import shelf
from tidui.rules.columns import Column, Key


# ---------------------------------------------------------------------- wide files
def wide_table(people: Population) -> pa.Table:
    """The population as a wide Arrow table: money as decimal yuan, dates, booleans, codes, lists."""
    names, arrays = ["uscc"], [pa.array([_code(row) for row in range(people.rows)])]
    for (name, offset), column in people.columns.items():
        place = "" if offset is None else f"@{offset}"
        names.append(name + place)
        arrays.append(_array(name, column))
        if column.state is not None and (column.state == 2).any() and not column.vocab:
            names.append(f"{name}{place}#none")
            arrays.append(pa.array(column.state == 2))
    return pa.table(arrays, names=names)


def _code(row: int) -> str:
    body = f"91620100{row:09d}"
    return body + check_character(body)


def _array(name: str, column: Column) -> Any:
    fact = catalogue.load()[name]
    states, values = column.states(), column.values
    if column.vocab is not None:
        items: list[Any] = [list(item) if isinstance(item, tuple) else item for item in column.vocab]
        empty = [] if fact.kind == "dates" else None
        pairs = zip(values.tolist(), states.tolist(), strict=True)
        cells = [items[value] if state == 1 else empty if state == 2 else None for value, state in pairs]
        return pa.array(cells, pa.list_(pa.date32()) if fact.kind == "dates" else pa.string())
    gone = states != 1
    if fact.kind == "money":
        halves = np.empty((len(values), 2), dtype=np.int64)
        halves[:, 0], halves[:, 1] = values, values >> 63
        return pa.Array.from_buffers(
            pa.decimal128(20, 2), len(values), [pa.array(~gone).buffers()[1], pa.py_buffer(halves)]
        )
    if fact.kind == "date":
        return pa.array(values, mask=gone).cast(pa.date32())
    if fact.kind == "bool":
        return pa.array(values.astype(np.bool_), mask=gone)
    if fact.scale != 1:
        return pa.array(values / fact.scale, mask=gone)
    return pa.array(values, mask=gone)


# ---------------------------------------------------------------------- contenders
def duckdb(rows: int, missing: float, repeats: int) -> dict[str, Any]:
    """Both statements of the SQL reading over a table in DuckDB's memory, one thread."""
    import duckdb as engine

    from tidui.rules.sql import sql, sql_columns, sql_input
    from tidui.rules.sql_dialects import identifier

    people = population(rows, missing)
    table = wide_table(people)
    total = 0.0
    with engine.connect() as connection:
        connection.execute("SET threads = 1")
        connection.register("wide", table)
        for policy in POLICIES:
            program = shelf().program(policy, on=ON, year=YEAR)
            connection.execute(sql_input(program, "duckdb", on=ON, year=YEAR, source="firms"))
            columns = sql_columns(program, "duckdb", on=ON, year=YEAR)
            given = [column.name for column in columns if column.name in table.column_names]
            names = ", ".join(identifier(name) for name in given)
            connection.execute(f"INSERT INTO firms ({names}) SELECT {names} FROM wide")
            statement = sql(program, "duckdb", on=ON, year=YEAR, source="firms")
            count = f"SELECT count(verdict), max(\"score.high\") FROM ({statement})"
            _, timing = measured(lambda: connection.execute(count).fetchall(), repeats)  # noqa: B023
            total += timing["processor"]
            connection.execute("DROP TABLE firms")
    return {"processor": total}


def spark(rows: int, missing: float, repeats: int) -> dict[str, Any]:
    """mapInArrow over a Parquet file on a local Spark of two workers: the wall clock of the whole job."""
    import os

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    from pyspark.sql import SparkSession

    from tidui.tables.spark import Task, screen_frame

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "wide.parquet"
        pa.parquet.write_table(wide_table(population(rows, missing)), path, row_group_size=65_536)
        session = (
            SparkSession.builder.master("local[2]").appName("tidui")
            .config("spark.ui.enabled", "false").config("spark.sql.execution.arrow.maxRecordsPerBatch", "65536")
            .getOrCreate()
        )  # fmt: skip
        session.sparkContext.setLogLevel("ERROR")
        task = Task(POLICIES, ON, YEAR)
        frame = screen_frame(session.read.parquet(str(path)), task)

        def job() -> Any:
            return frame.groupBy("`cn/hte.verdict`").count().collect()

        job()
        _, timing = measured(job, repeats)
        session.stop()
    return {"wall": timing["wall"]}


def file(rows: int, missing: float, repeats: int) -> dict[str, Any]:
    """A memory-mapped Arrow file to a result table, batch by batch, both cores; results are made and dropped."""
    import pyarrow.ipc

    from tidui.tables.reading import open_population
    from tidui.tables.screening import Screening

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "wide.arrow"
        table = wide_table(population(rows, missing))
        with pyarrow.ipc.new_file(str(path), table.schema) as writer:
            writer.write_table(table, max_chunksize=65_536)
        del table
        screening = Screening(POLICIES, lambda p, y: shelf().program(p, on=ON, year=y), on=ON, years=[YEAR])

        def run() -> int:
            people = open_population(path, year=YEAR, check=False)
            return sum(screening.table(batch).num_rows for batch in people.batches())

        _, timing = measured(run, repeats)
    return timing


def explain(rows: int, missing: float, repeats: int) -> dict[str, Any]:
    """Explaining one enterprise after another, in process: seconds at the middle and at the 99th of 100 enterprises.

    Each enterprise counts with its best of the repeats, so that it is the program's tail, not the machine's.
    """
    firms = _firms(rows, missing)
    found = {}
    for policy in POLICIES:
        explainer = shelf().explainer(policy, on=ON, year=YEAR)
        best = [float("inf")] * len(firms)
        for _ in range(repeats):
            for place, firm in enumerate(firms):
                begun = time.perf_counter()
                explainer(firm, on=ON, year=YEAR)
                best[place] = min(best[place], time.perf_counter() - begun)
        taken = sorted(best)
        found[policy] = {"p50": taken[len(taken) // 2], "p99": taken[len(taken) * 99 // 100]}
    return found


def _firms(rows: int, missing: float) -> list[FactSet]:
    people = population(rows, missing)
    batch = people.batch(0, rows)
    found = []
    for row in range(rows):
        known = {_absolute(key): value for key, value in one(batch, row).items() if value is not None}
        found.append(FactSet.of(known))
    return found


def _absolute(key: Key) -> tuple[str, int | None]:
    return key[0], None if key[1] is None else YEAR + key[1]


def plan(rows: int, missing: float, repeats: int) -> dict[str, Any]:
    """Plans for enterprises that do not qualify, in process."""
    from tidui.policies import levers
    from tidui.rules.plan import plan as make

    known = levers.load()
    found = {}
    for policy in POLICIES:
        explainer = shelf().explainer(policy, on=ON, year=YEAR)
        firms = [f for f in _firms(rows, missing) if explainer(f, on=ON, year=YEAR).verdict("verdict") == "fail"]
        random.Random(1).shuffle(firms)
        taken = []
        for firm in firms[: 20 * repeats]:
            begun = time.perf_counter()
            make(explainer, firm, known, on=ON, year=YEAR)
            taken.append(time.perf_counter() - begun)
        taken.sort()
        found[policy] = {"p50": taken[len(taken) // 2], "p95": taken[len(taken) * 95 // 100]}
    return found


def start(rows: int, missing: float, repeats: int) -> dict[str, Any]:
    """The code of both policies from the cache, with the rules built: seconds until the first row can be read."""
    from tidui.rules.screen import Screener

    batch = population(64, missing).batch(0, 64)
    programs = [shelf().program(policy, on=ON, year=YEAR) for policy in POLICIES]
    taken: dict[str, list[float]] = {policy: [] for policy in POLICIES}
    for _ in range(repeats + 1):
        with Screener(programs, on=ON, year=YEAR, threads=1, only=KINDS) as screener:
            for one_ in screener.screeners:
                begun = time.perf_counter()
                one_.compile_for(batch)
                taken[one_.program.file.policy].append(time.perf_counter() - begun)
    return {policy: min(times[1:]) for policy, times in taken.items()}


CONTENDERS: dict[str, Callable[[int, float, int], dict[str, Any]]] = {
    "duckdb": duckdb, "spark": spark, "file": file, "explain": explain, "plan": plan, "start": start
}  # fmt: skip


if __name__ == "__main__":
    name, count, share, times = sys.argv[1:5]
    print(json.dumps(CONTENDERS[name](int(count), float(share), int(times))))
