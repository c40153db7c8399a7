"""Screening says of every row what explain says, in machine code or not, and shows it in exact columns."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.unit.rules.invented import (
    CATALOGUE,
    MONEY,
    ON,
    POINTS,
    YEAR,
    Plain,
    cells,
    conditions,
    facts,
    numbers,
    program,
    rule,
    shares,
)
from tidui.rules import kernel
from tidui.rules.answers import Explainer, Range
from tidui.rules.columns import Batch, batch_of
from tidui.rules.errors import PolicyError
from tidui.rules.kernel_cache import KernelCache
from tidui.rules.program import Program
from tidui.rules.screen import MAX_VARIANTS, Reading, Screener
from tidui.rules.screen_result import IS_EXACT, VERDICTS, PolicyResult

LABEL = "label: {zh: 试, en: test}, cites: 第一条"
RULES = f"""
  - {{id: rich, kind: condition, is: cash >= enough, {LABEL}}}
  - {{id: known_mark, kind: condition, is: mark >= 5, needed: clean, {LABEL}}}
  - {{id: marks, kind: score, max: 10, is: mark, {LABEL}}}
  - {{id: whole, kind: score, max: 9, is: "bands(part, steps)", {LABEL}}}
  - {{id: score, kind: total, max: 19, parts: [marks, whole], {LABEL}}}
  - {{id: third, kind: amount, is: "cash / 3", {LABEL}}}
  - {{id: gap, kind: outcome, is: cash - profit, {LABEL}}}
  - {{id: size, kind: outcome, options: [small, large], is: "'small' if staff < few else 'large'", {LABEL}}}
  - {{id: ends, kind: outcome, is: until - 1, {LABEL}}}
  - {{id: warned, kind: flag, is: listed, {LABEL}}}
  - {{id: verdict, kind: verdict, is: rich and score > 5, {LABEL}}}
"""


def batch(rows: list[dict[tuple[str, int | None], Any]]) -> Batch:
    """Rows as columns."""
    keys = [(name, None if year is None else year - YEAR) for name, year in cells()]
    return batch_of([Plain(row) for row in rows], keys, catalogue=CATALOGUE, year=YEAR)


def screened(of: Program, rows: list[dict[tuple[str, int | None], Any]], reading: Reading) -> PolicyResult:
    with Screener([of], on=ON, year=YEAR, reading=reading, threads=1, cache=KernelCache(None)) as screener:
        return screener.batch(batch(rows)).policies["test/invented"]


def said(result: PolicyResult, row: int) -> dict[str, Any]:
    """All results of a row."""
    found: dict[str, Any] = {name: VERDICTS[codes[row]] for name, codes in result.truths.items()}
    found |= {
        name: (column.range(row), bool(column.flags[row] & IS_EXACT)) for name, column in result.numbers.items()
    }
    return found


def explained(explainer: Explainer, known: dict[tuple[str, int | None], Any]) -> dict[str, Any]:
    """The same from explain."""
    answer, found = explainer(Plain(known), on=ON, year=YEAR), {}
    for name, built in explainer.program.rules.items():
        if built.rule.kind == "amount":
            low, high, exact = answer.amount(name)
            ends = Range(*(None if end is None else Fraction(end) for end in (low, high)), answer.number(name).none)
            found[name] = (ends, exact)
        elif built.node.type == "bool":
            found[name] = answer.verdict(name)
        else:
            found[name] = (answer.number(name), answer.number(name).exact is not None)
    return found


OUTCOME = {"kind": "outcome", "cites": "第四条", "label": "{zh: 结果, en: result}"}
TEXTS = st.tuples(conditions(2), numbers(MONEY, 2), shares(2), numbers(POINTS, 1))


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(TEXTS, st.lists(st.one_of(facts(), facts(complete=True)), min_size=1, max_size=12))
def test_random_policies_over_random_facts_are_read_alike(texts: Any, rows: list[Any]) -> None:
    try:
        named = zip(("truth", "number", "share", "points"), texts, strict=True)
        explainer = Explainer(program("".join(rule(name, text, **OUTCOME) for name, text in named)))
    except PolicyError as error:
        assume("bare number" not in str(error))
        raise
    expected = [explained(explainer, row) for row in rows]
    for reading in ("kernel", "python"):
        result = screened(explainer.program, rows, reading)  # type: ignore[arg-type]
        assert [said(result, row) for row in range(len(rows))] == expected, reading


FULL = {
    ("cash", YEAR): 100_000_00, ("profit", YEAR): -50, ("staff", None): 9, ("part", None): Fraction(3, 10),
    ("mark", None): Fraction(22, 3), ("listed", None): True, ("clean", None): True, ("until", None): dt.date(2024, 1, 1),
}  # fmt: skip
EMPTY: dict[tuple[str, int | None], Any] = {}


@pytest.mark.parametrize("reading", ["kernel", "python"])
def test_the_columns_of_the_result(reading: Reading) -> None:
    of = program(RULES)
    with Screener([of], on=ON, year=YEAR, reading=reading, cache=KernelCache(None)) as screener:
        table = screener.batch(batch([FULL, EMPTY])).table()
    full, empty = table.to_pylist()
    assert list(full) == ["uscc", *(f"test/invented.{name}" for name in [
        "verdict", "score.low", "score.high", "marks.low", "marks.high", "whole.low", "whole.high", "rich", "known_mark",
        "third", "third.low", "third.high", "gap", "size", "ends", "warned",
    ])]  # fmt: skip
    assert [value for key, value in full.items() if key != "uscc"] == [
        "pass", 22 / 3 + 9, 22 / 3 + 9, 22 / 3, 22 / 3, 9, 9, "pass", "pass", *[Decimal("33333.33")] * 3,
        Decimal("100000.50"), "small", dt.date(2023, 12, 31), True,
    ]  # fmt: skip
    assert [value for key, value in empty.items() if key != "uscc"] == [
        "unknown", 0, 19, 0, 10, 0, 9, "unknown", "unknown", None, Decimal("0.00"), None, None, None, None, None,
    ]
    assert table.schema.field("test/invented.whole.low").type == pa.int64()
    assert table.schema.field("test/invented.score.low").type == pa.float64()


def test_money_may_be_asked_for_in_whole_fen() -> None:
    with Screener([program(RULES)], on=ON, year=YEAR, threads=1, cache=KernelCache(None)) as screener:
        table = screener.batch(batch([FULL, EMPTY])).table(fen=True)
    assert table.column("test/invented.third").to_pylist() == [3_333_333, None]
    assert table.column("test/invented.gap").to_pylist() == [10_000_050, None]


@pytest.mark.parametrize("reading", ["kernel", "python"])
def test_numbers_that_no_machine_holds_stay_exact(reading: Reading) -> None:
    of = program(
        f"  - {{id: huge, kind: amount, is: \"cash * 1000000 * part\", {LABEL}}}\n"
        f"  - {{id: odd, kind: outcome, is: mark, {LABEL}}}\n"
    )
    rows = [
        {("cash", YEAR): 2**50 - 1, ("part", None): 1, ("mark", None): Fraction(1, 17)},
        {("cash", YEAR): 100, ("part", None): Fraction(1, 7), ("mark", None): 3},
    ]
    result = screened(of, rows, reading)
    explainer = Explainer(of)
    assert [said(result, row) for row in (0, 1)] == [explained(explainer, row) for row in rows]
    huge = dict(zip((output.name for output, _ in result.columns()), (array for _, array in result.columns()), strict=True))
    assert huge["huge"].to_pylist() == [Decimal((2**50 - 1) * 10**6).scaleb(-2), Decimal("142857.14")]


def test_a_batch_with_gaps_after_one_without_is_read_as_well() -> None:
    of = program(RULES)
    explainer = Explainer(of)
    sparse = {key: value for key, value in FULL.items() if key[0] not in ("mark", "cash")}
    partly = {key: value for key, value in FULL.items() if key[0] != "part"}
    with Screener([of], on=ON, year=YEAR, reading="kernel", threads=1, cache=KernelCache(None)) as screener:
        for rows in ([FULL] * 3, [EMPTY], [FULL, EMPTY], [sparse, sparse], [partly], [FULL], [sparse, FULL, EMPTY]):
            result = screener.batch(batch(rows)).policies["test/invented"]
            assert [said(result, at) for at in range(len(rows))] == [explained(explainer, row) for row in rows]
        assert 1 < len(screener.screeners[0].variants) <= MAX_VARIANTS


def test_threads_do_not_change_the_result() -> None:
    of = program(RULES)
    rows = [{**FULL, ("cash", YEAR): place} for place in range(50_000)]
    made = batch(rows)
    tables = []
    for threads in (1, 3):
        with Screener([of], on=ON, year=YEAR, threads=threads, cache=KernelCache(None)) as screener:
            tables.append(screener.batch(made).table())
    assert tables[0].equals(tables[1])
    expected = Explainer(of)
    for row in (0, 16_383, 16_384, 49_999):
        assert tables[0].column("test/invented.rich")[row].as_py() == expected(
            Plain(rows[row]), on=ON, year=YEAR
        ).verdict("rich")


def test_few_rows_are_not_compiled_for_and_many_are() -> None:
    of = program(RULES)
    for rows, compiled in ((100, 0), (100_000, 1), (None, 1)):
        with Screener([of], on=ON, year=YEAR, rows=rows, threads=1, cache=KernelCache(None)) as screener:
            screener.batch(batch([FULL]))
            assert len(screener.screeners[0].variants) == compiled


def test_without_llvmlite_the_python_function_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    of = program(RULES)
    expected = screened(of, [FULL, EMPTY], "kernel")
    monkeypatch.setattr(kernel, "available", lambda: False)
    result = screened(of, [FULL, EMPTY], "auto")
    assert [said(result, row) for row in (0, 1)] == [said(expected, row) for row in (0, 1)]
    with pytest.raises(RuntimeError, match="llvmlite is not installed"):
        screened(of, [FULL], "kernel")


def test_a_batch_of_another_year_is_refused() -> None:
    other = batch_of([Plain(FULL)], [("cash", 0)], catalogue=CATALOGUE, year=YEAR - 1)
    with (
        Screener([program(RULES)], on=ON, year=YEAR, cache=KernelCache(None)) as screener,
        pytest.raises(ValueError, match="cannot be assessed"),
    ):
        screener.batch(other)


def test_the_second_process_takes_the_code_from_the_cache(tmp_path: Path) -> None:
    made = []
    for _ in range(2):
        with Screener([program(RULES)], on=ON, year=YEAR, threads=1, cache=KernelCache.open(tmp_path)) as screener:
            result = screener.batch(batch([FULL, EMPTY])).policies["test/invented"]
            made.append((screener.screeners[0].variants[0].kernel.from_cache, said(result, 0)))
    assert [from_cache for from_cache, _ in made] == [False, True]
    assert made[0][1] == made[1][1]


def test_an_empty_batch_has_empty_results() -> None:
    table = screened(program(RULES), [], "kernel")
    assert all(len(codes) == 0 for codes in table.truths.values())
    assert table.settled == 0


def test_the_verdict_is_a_small_number() -> None:
    result = screened(program(RULES), [FULL, EMPTY, {**FULL, ("cash", YEAR): 1}], "kernel")
    assert result.verdict is not None
    assert result.verdict.dtype == np.int8
    assert result.verdict.tolist() == [1, 2, 0]
    assert {name: codes.tolist() for name, codes in result.conditions.items()} == {
        "rich": [1, 2, 0], "known_mark": [1, 2, 1]
    }  # fmt: skip


@pytest.mark.parametrize("reading", ["kernel", "python"])
def test_only_the_wanted_kinds_of_results_are_computed(reading: Reading) -> None:
    of = program(RULES)
    with Screener([of], on=ON, year=YEAR, reading=reading, only={"verdict", "total"}, cache=KernelCache(None)) as screener:
        result = screener.batch(batch([FULL, EMPTY]))
    assert result.table().column_names == ["uscc", *(f"test/invented.{one}" for one in ("verdict", "score.low", "score.high"))]
    assert result.policies["test/invented"].truths["verdict"].tolist() == [1, 2]
