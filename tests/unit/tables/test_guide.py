"""The guide of inputs and outputs says what is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from tests.unit.tables.making import A, B, csv_file, faults_of, rows_of, workbook
from tidui.facts import catalogue
from tidui.facts.read import from_mapping
from tidui.tables.headings import HeadingReader
from tidui.tables.reading import open_population
from tidui.tables.sample import WORKBOOK

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "users" / "input.md"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)


def test_the_example_of_facts_is_read() -> None:
    (text,) = blocks("yaml")
    assert from_mapping(yaml.safe_load(text)).get("sales_revenue", 2025) == 1_260_000_000


def test_the_table_of_years_is_read(tmp_path: Path) -> None:
    rows = [
        line
        for line in GUIDE.read_text("utf-8").splitlines()
        if line.startswith(f"| {A}") or "销售收入(万元) |" in line
    ]
    cells = [[f'"{cell.strip()}"' for cell in line.strip("|").split("|")] for line in rows]
    csv_file(tmp_path / "years.csv", "\n".join(",".join(row) for row in cells))
    csv_file(tmp_path / "enterprise.csv", f"uscc\n{A}\n")
    row = rows_of(open_population(tmp_path, year=2025))[A]
    assert [row.get("sales_revenue", year) for year in (2025, 2024)] == [1_260_000_000, 1_180_000_000]


@pytest.mark.parametrize("name", re.findall(r"^\| `([a-z_]+[^`]*@[^`]*|[a-z_]+#none)`", GUIDE.read_text("utf-8"), re.M))
def test_every_column_name_in_the_guide_is_known(name: str) -> None:
    assert HeadingReader(catalogue.load()).read(name, section=None)


def test_the_faults_in_the_guide_are_those_that_are_given(tmp_path: Path) -> None:
    years = [["uscc", "年度", "销售收入(元)"], [A, 2022, 1], [A, 2023, -1]]
    path = workbook(tmp_path / "in.xlsx", 企业=[["uscc"], [A], [B], [A]], 年度=years)
    (text,) = blocks("text")
    assert sorted(str(fault) for fault in faults_of(path)) == sorted(text.splitlines())


def test_the_program_in_the_guide_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "enterprises.xlsx").symlink_to(WORKBOOK)
    monkeypatch.chdir(tmp_path)
    (program,) = blocks("python")
    exec(compile(program, str(GUIDE), "exec"), {})
    assert (tmp_path / "out.xlsx").stat().st_size > 10_000
