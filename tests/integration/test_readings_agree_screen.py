"""Explain, the machine code and the chunked Python function say the same of the same enterprises, policy by policy."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import Any

import pytest

from tests.integration.random_facts import enterprises, programs
from tidui.facts import catalogue
from tidui.facts.factset import FactSet
from tidui.policies.library import Version
from tidui.rules.answers import Explainer, Range
from tidui.rules.columns import Batch, batch_of
from tidui.rules.kernel_cache import KernelCache
from tidui.rules.outputs import Output, outputs, value_of
from tidui.rules.screen import Reading, Screener
from tidui.rules.screen_result import IS_EXACT, VERDICTS, PolicyResult

ROWS = 150
CASES = [pytest.param(version, day, id=f"{version.policy}@{version.name} on {day}") for version, day in programs()]


def columns_of(explainer: Explainer, year: int, firms: list[FactSet]) -> Batch:
    keys = dict.fromkeys((leaf.fact, leaf.offset) for leaf in explainer.reading.leaves)
    return batch_of(firms, keys, catalogue=catalogue.load(), year=year)


def screened(explainer: Explainer, batch: Batch, reading: Reading) -> PolicyResult:
    program = explainer.program
    with Screener(
        [program], on=program.on, year=batch.year, reading=reading, threads=1, cache=KernelCache(None)
    ) as screener:
        return screener.batch(batch).policies[program.file.policy]


def differences(explainer: Explainer, year: int, result: PolicyResult, firms: list[FactSet]) -> list[str]:
    """Everything that screening says otherwise than explain."""
    program, found = explainer.program, []
    for row, firm in enumerate(firms):
        answer = explainer(firm, on=program.on, year=year)
        for name, codes in result.truths.items():
            is_condition = program.rules[name].rule.kind == "condition"
            truth = {True: "pass", False: "fail", None: "unknown"}[answer.truth(name)]
            if VERDICTS[codes[row]] != (answer.verdict(name) if is_condition else truth):
                found.append(f"row {row} {name}: {VERDICTS[codes[row]]}, explain {truth}")
        for name, column in result.numbers.items():
            said = (column.range(row), bool(column.flags[row] & IS_EXACT))
            ends = answer.number(name)
            expected = (ends, ends.exact is not None)
            if program.rules[name].rule.kind == "amount":
                low, high, exact = answer.amount(name)
                expected = (Range(_whole(low), _whole(high), ends.none), exact)
            if said != expected:
                found.append(f"row {row} {name}: {said}, explain {expected}")
    return found


def _whole(fen: int | None) -> Fraction | None:
    return None if fen is None else Fraction(fen)


@pytest.mark.parametrize(("version", "day"), CASES)
def test_the_machine_code_says_what_explain_says(version: Version, day: dt.date) -> None:
    explainer, year, firms = enterprises(version, day, ROWS, seed=1)
    result = screened(explainer, columns_of(explainer, year, firms), "kernel")
    assert set(result.truths) | set(result.numbers) == {one.built.rule.id for one in outputs(explainer.program)}
    assert differences(explainer, year, result, firms) == []
    columns = [(output, array.to_pylist()) for output, array in result.columns()]
    for row, firm in enumerate(firms):
        answer = explainer(firm, on=explainer.program.on, year=year)
        for output, cells in columns:
            expected = value_of(answer, output)
            assert _alike(output, cells[row], expected), f"row {row} {output.name}: {cells[row]}, explain {expected}"


@pytest.mark.parametrize(("version", "day"), CASES)
def test_the_chunked_python_function_says_what_explain_says(version: Version, day: dt.date) -> None:
    explainer, year, firms = enterprises(version, day, ROWS, seed=1)
    firms = firms[:60]
    result = screened(explainer, columns_of(explainer, year, firms), "python")
    assert differences(explainer, year, result, firms) == []


def _alike(output: Output, cell: Any, expected: Any) -> bool:
    """Whether a cell shows a value; points and plain numbers are doubles, shown by others to six decimals."""
    if cell is None or expected is None or output.kind not in ("points", "number"):
        return bool(cell == expected)
    return abs(float(expected) - cell) <= 0.5000001e-6


def test_enough_rows_are_decided_by_the_machine_itself() -> None:
    """Settling row by row must stay the exception, or the agreement above would say little of the machine code."""
    settled = rows = 0
    for version, day in programs():
        explainer, year, firms = enterprises(version, day, ROWS, seed=1)
        settled += screened(explainer, columns_of(explainer, year, firms), "kernel").settled
        rows += len(firms)
    assert settled < rows / 2
