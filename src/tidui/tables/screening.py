"""Screening a population into a sheet of results: batch by batch, each for the year that it is assessed for."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

import pyarrow as pa

from tidui.rules.columns import Batch
from tidui.rules.errors import NoVersion
from tidui.rules.outputs import Output, outputs
from tidui.rules.program import Program
from tidui.rules.screen import Reading, Screener
from tidui.rules.screen_result import VERDICTS, PolicyResult
from tidui.tables.reading import BATCH_ROWS, Population
from tidui.tables.sheetspec import CellKind, ColumnSpec, Lang, SheetSpec
from tidui.tables.wide import Texts
from tidui.tables.writing import OutputWriter, fault_rows, fault_sheet

#: The columns before those of the policies: the credit code, and the fiscal year that the enterprise is assessed for.
FIXED: Final = (
    ColumnSpec("uscc", "统一社会信用代码", "unified social credit code", width=22),
    ColumnSpec("fiscal_year", "所评会计年度", "fiscal year assessed", "int", width=12),
)
_KINDS: Final[dict[str, CellKind]] = {
    "verdict": "text", "points": "number", "number": "number", "yuan": "money", "truth": "bool", "option": "text",
    "date": "date",
}  # fmt: skip
_ENDS: Final = {"low": ("（低）", " (low)"), "high": ("（高）", " (high)"), "": ("", "")}

#: Gives the program of a policy for one year assessed, such as `shelf.program`. It may raise NoVersion.
ProgramFor = Callable[[str, int], Program]


class Writer(Protocol):
    """Where results go; `tidui.tables.writing.OutputWriter` is one."""

    def write_arrow(self, sheet: str, table: Any) -> None:
        """Appends a table to a sheet."""
        ...


@dataclass(slots=True)
class Counts:
    """How many enterprises were screened, and how many have each verdict under each policy that gives one."""

    rows: int = 0
    verdicts: dict[str, Counter[str]] = field(default_factory=dict)

    def add(self, result: PolicyResult) -> None:
        """Counts one batch of one policy."""
        if result.verdict is not None:
            counter = self.verdicts.setdefault(result.policy, Counter())
            for number, name in enumerate(VERDICTS[:3]):
                counter[name] += int((result.verdict == number).sum())


class Screening:
    """Policies over a population. `years` are the fiscal years that its batches are assessed for, the usual one first.

    `sheet` describes the result: `uscc`, `fiscal_year`, then `<policy>.<column>` for each policy in turn, with the
    columns of `tidui.rules.outputs`. A column that the policy has for one of the years only is empty for the others.
    """

    def __init__(
        self,
        policies: Sequence[str],
        program: ProgramFor,
        *,
        on: dt.date,
        years: Sequence[int],
        rows: int | None = None,
        reading: Reading = "auto",
        threads: int | None = None,
    ) -> None:
        self._screeners: dict[int, Screener] = {}
        self._missing: dict[int, NoVersion] = {}
        columns: dict[str, ColumnSpec] = {}
        for year in dict.fromkeys(years):
            try:
                programs = [program(policy, year) for policy in dict.fromkeys(policies)]
            except NoVersion as error:
                if year == years[0]:
                    raise
                self._missing[year] = error  # a fault only if an enterprise is assessed for this year
                continue
            self._screeners[year] = Screener(programs, on=on, year=year, rows=rows, reading=reading, threads=threads)
            for one in programs:
                for output in outputs(one):
                    spec = _column(one, output)
                    columns.setdefault(spec.name, spec)
        self.sheet = SheetSpec("screen", "筛查结果", "screening", (*FIXED, *columns.values()))

    def run(
        self,
        population: Population,
        writer: Writer,
        *,
        progress: Callable[[int], None] | None = None,
        batch_rows: int = BATCH_ROWS,
    ) -> Counts:
        """Screens every enterprise that goes on, in the order of the input; `progress` is told of each batch's rows."""
        counts = Counts()
        with ExitStack() as stack:
            for screener in self._screeners.values():
                stack.enter_context(screener)
            for batch in population.batches(batch_rows):
                writer.write_arrow(self.sheet.name, self.table(batch, counts))
                if progress is not None:
                    progress(batch.n)
        return counts

    def table(self, batch: Batch, counts: Counts | None = None) -> Any:
        """The results of one batch, with the columns of `sheet`; money is whole fen."""
        if batch.year in self._missing:
            raise self._missing[batch.year]
        result = self._screeners[batch.year].batch(batch)
        found: dict[str, Any] = {
            "uscc": _codes(batch.ids),
            "fiscal_year": pa.array([batch.year] * batch.n, pa.int64()),
        }
        for policy, one in result.policies.items():
            if counts is not None:
                counts.add(one)
            found |= {f"{policy}.{output.name}": array for output, array in one.columns(fen=True)}
        if counts is not None:
            counts.rows += batch.n
        names = [column.name for column in self.sheet.columns]
        return pa.table([found.get(name, pa.nulls(batch.n)) for name in names], names=names)


def _codes(ids: Sequence[str]) -> Any:
    """Credit codes as an Arrow array; those of an Arrow file are one already."""
    return ids.array.cast(pa.string()) if isinstance(ids, Texts) else pa.array(list(ids), pa.string())


def _column(program: Program, output: Output) -> ColumnSpec:
    label = output.built.rule.label or {}
    after = _ENDS[output.end]
    name = output.built.rule.id
    title = program.file.title
    zh = f"{title.get('zh', program.file.policy)}·{label.get('zh', name)}{after[0]}"
    en = f"{title.get('en', program.file.policy)}: {label.get('en', name)}{after[1]}"
    return ColumnSpec(f"{program.file.policy}.{output.name}", zh, en, _KINDS[output.kind], width=14)


def screen_population(
    population: Population,
    policies: Sequence[str],
    program: ProgramFor,
    *,
    on: dt.date,
    out: Path,
    lang: Lang = "zh",
    progress: Callable[[int], None] | None = None,
    reading: Reading = "auto",
) -> Counts:
    """Screens a population into OUT, with a sheet of the population's faults and warnings. OUT appears whole or not
    at all. Raises NoVersion where a policy has no version in force."""
    years = [population.year, population.young_year or population.year]
    screening = Screening(policies, program, on=on, years=years, rows=population.count, reading=reading)
    faults = fault_sheet()
    with OutputWriter(out, [screening.sheet, faults], lang=lang) as writer:
        counts = screening.run(population, writer, progress=progress)
        writer.write_rows(faults.name, fault_rows(population.faults))
    return counts
