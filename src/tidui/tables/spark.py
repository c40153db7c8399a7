"""Screening on a Spark cluster: every task reads Arrow record batches of a wide frame by the machine code.

The frame has a column `uscc` and columns named as in wide files (`established_on`, `sales_revenue@-1`,
`tenant_since#none`). Workers need this package, and `PYSPARK_PYTHON` must name a Python that has it; where a worker
has no llvmlite, the exact Python reading does its part, more slowly, with the same results.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from tidui.facts import catalogue as fact_catalogue
from tidui.facts.faults import Fault, Faults
from tidui.policies.library import SHELF, Shelf
from tidui.rules.columns import Batch
from tidui.rules.errors import NoVersion
from tidui.rules.screen import Reading, Screener
from tidui.tables.collect import FaultList
from tidui.tables.headings import Heading, HeadingError, HeadingReader
from tidui.tables.wide import TypedFile, WideFile, code_signs, read_layout

#: How faults call what has no file name.
FRAME: Final = Path("frame")


@dataclass(frozen=True, slots=True)
class Task:
    """What every worker has to know. `year` None: the year before `on`, for firms founded in that of `on` that one."""

    policies: tuple[str, ...]
    on: dt.date
    year: int | None = None
    keep_going: bool = False
    reading: Reading = "auto"
    root: Path = SHELF

    @property
    def assessed(self) -> int:
        """The fiscal year that firms are assessed for, unless they are young."""
        return self.on.year - 1 if self.year is None else self.year

    @property
    def young_year(self) -> int | None:
        """The founding year of firms that are assessed for it."""
        return self.on.year if self.year is None else None


@dataclass(frozen=True, slots=True)
class _FrameFile(TypedFile):
    """Record batches in memory, read as if they were a file."""

    held: tuple[Any, ...] = ()

    def batches(self, rows: int, columns: Sequence[str] | None = None) -> Iterator[Any]:
        """The record batches, whole."""
        for one in self.held:
            yield one if columns is None else one.select(columns)


def arrow_mapper(task: Task) -> Callable[[Iterator[Any]], Iterator[Any]]:
    """The function that `DataFrame.mapInArrow` is given: from record batches of facts to those of results.

    In a worker it raises Faults for the first record batch in which a row has a fault, all of its faults at once; with
    `keep_going` such rows are left out. A code that stands twice is found only where both are in one record batch.
    """

    def screened(record_batches: Iterator[Any]) -> Iterator[Any]:
        for record_batch in record_batches:
            yield from screen_record_batch(record_batch, task)

    return screened


def screen_record_batch(record_batch: Any, task: Task) -> Iterator[Any]:
    """The results of one Arrow record batch of facts, as record batches with the columns of `result_schema`."""
    faults = FaultList()
    file = _FrameFile(FRAME, record_batch.schema, record_batch.num_rows, (record_batch,))
    layout = read_layout(file, HeadingReader(fact_catalogue.load()), faults)
    if layout is None or any(fault.level == "fault" for fault in faults.all()):
        raise Faults(faults.all())
    wide = WideFile(file, layout, fact_catalogue.load())
    rows = max(record_batch.num_rows, 1)
    wide.check(rows, faults)
    if len(wide.bad) and not task.keep_going:
        raise Faults(faults.all())
    for batch in wide.batches(rows, task.assessed, task.young_year):
        named = _with_codes(batch, record_batch.column(layout.code))
        yield from _plain(screener(task, named.year).batch(named).table()).to_batches()


def _with_codes(batch: Batch, codes: Any) -> Batch:
    """The batch with its credit codes as they stand, where all are in normal form: sooner than reading each anew."""
    here = codes.take(pa.array(batch.rows))
    return dataclasses.replace(batch, ids=here.to_pylist()) if code_signs(here)[1].all() else batch


def screener(task: Task, year: int) -> Screener:
    """The screener of this worker: made once, then kept for all its tasks."""
    return _screener(task.policies, task.on, year, task.reading, task.root)


@functools.lru_cache(maxsize=8)
def _screener(policies: tuple[str, ...], on: dt.date, year: int, reading: Reading, root: Path) -> Screener:
    shelf = Shelf(root)
    programs = [shelf.program(policy, on=on, year=year) for policy in policies]
    # Spark gives every core a task of its own.
    return Screener(programs, on=on, year=year, reading=reading, threads=1)


def result_schema(task: Task) -> Any:
    """The Arrow schema of the results."""
    nobody = Batch(0, {}, {}, [], fact_catalogue.load(), task.assessed)
    made = _screener(task.policies, task.on, task.assessed, "python", task.root)
    return _plain(made.batch(nobody).table()).schema


def _plain(table: Any) -> Any:
    """The table with texts as texts, which Spark wants, not as dictionaries."""
    for place, one in enumerate(table.schema):
        if pa.types.is_dictionary(one.type):
            table = table.set_column(place, one.name, pc.cast(table.column(place), one.type.value_type))
    return table


def input_names(names: Sequence[str], task: Task) -> list[str]:
    """Those of a frame's columns that the policies read: only they are sent to Python. Raises Faults without a code."""
    reader = HeadingReader(fact_catalogue.load())
    wanted = {"uscc", "established_on", *_facts_read(task, task.assessed)}
    if task.young_year is not None:
        wanted.update(_facts_read(task, task.young_year))
    found: dict[str, str] = {}
    for name in names:
        try:
            meaning = reader.read(name, section=None)
        except HeadingError:
            continue
        if isinstance(meaning, Heading) and meaning.fact.name in wanted:
            found[name] = meaning.fact.name
    if "uscc" not in found.values():
        raise Faults([Fault("", "the frame has no column of credit codes", "a column uscc")])
    return list(found)


def _facts_read(task: Task, year: int) -> set[str]:
    try:
        made = _screener(task.policies, task.on, year, "python", task.root)
    except NoVersion:
        if year == task.assessed:
            raise
        return set()  # no policy for young firms: an error only if there are any
    return {leaf.fact for one in made.screeners for leaf in one.rows.reading.leaves}


def screen_frame(frame: Any, task: Task) -> Any:
    """A Spark DataFrame with the results for every row of a wide DataFrame; Spark computes it when it is asked for."""
    from pyspark.sql import functions
    from pyspark.sql.pandas.types import from_arrow_schema

    columns = [functions.col("`" + name.replace("`", "``") + "`") for name in input_names(frame.columns, task)]
    return frame.select(*columns).mapInArrow(arrow_mapper(task), from_arrow_schema(result_schema(task)))
