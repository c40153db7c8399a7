"""The shipped sample: fictional, the same every time, without faults, and of every sort."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path

import pytest
import python_calamine

from tidui.codes import divisions, uscc
from tidui.rules.columns import BatchRow
from tidui.rules.values import NONE
from tidui.tables.reading import open_population
from tidui.tables.sample import WORKBOOK, make
from tidui.tables.sample.invent import COUNT, SCREENED_ON


@pytest.fixture(scope="module")
def rows() -> list[BatchRow]:
    population = open_population(WORKBOOK, year=SCREENED_ON.year - 1, young_year=SCREENED_ON.year)
    assert population.faults == []
    assert population.count == COUNT
    return [row for batch in population.batches() for row in batch]


def cells(path: Path) -> dict[str, list[list[object]]]:
    book = python_calamine.CalamineWorkbook.from_path(str(path))
    return {name: list(book.get_sheet_by_name(name).to_python()) for name in book.sheet_names}


def test_making_it_again_gives_the_same_cells(tmp_path: Path) -> None:
    make.write(tmp_path / "again.xlsx")
    assert cells(tmp_path / "again.xlsx") == cells(WORKBOOK)


def test_it_is_small_and_says_first_that_it_is_fictional() -> None:
    assert WORKBOOK.stat().st_size < 1_500_000
    (name, first), *_ = cells(WORKBOOK).items()
    assert name == "说明"
    assert "全部为虚构" in str(first[0][0])
    assert "fictional" in str(first[1][0])


def test_every_code_and_name_is_valid_and_its_own(rows: list[BatchRow]) -> None:
    assert all(uscc.problem(row.id) is None for row in rows)
    assert len({row.id for row in rows}) == COUNT
    assert len({row.get("name", None) for row in rows}) == COUNT


def test_every_prefecture_is_there(rows: list[BatchRow]) -> None:
    found = {str(row.get("division", None))[:4] + "00" for row in rows}
    assert found == {division.code for division in divisions.prefectures()}


def test_all_four_rungs_are_held_and_none(rows: list[BatchRow]) -> None:
    def in_force(row: BatchRow, name: str) -> bool:
        until = row.get(name, None)
        return isinstance(until, dt.date) and until >= SCREENED_ON

    held: Counter[str] = Counter()
    for row in rows:
        statuses = [name for name in ("hte", "provincial", "sme") if in_force(row, f"{name}_valid_until")]
        statuses += ["tenant"] if row.get("tenant_of", None) is not NONE else []
        held.update(statuses or ["none"])
    assert min(held[name] for name in ("hte", "provincial", "sme", "tenant", "none")) > 80


def test_there_are_young_firms_unknown_facts_and_tax_years(rows: list[BatchRow]) -> None:
    founded = Counter(str(row.get("established_on", None))[:4] for row in rows)
    assert founded["2025"] > 10
    assert founded["2026"] > 10
    assert sum(row.get("collects_rd_costs", None) is None for row in rows) > 20
    assert sum(row.get("adjusted_income", 2025) not in (None, NONE) for row in rows) > 200
    estimated = [row for row in rows if row.get("estimated", 2026) is True]
    assert len(estimated) == founded["2026"]
    assert {row.batch.year for row in estimated} == {2026}
