"""A population is screened into one sheet, each enterprise for the year that it is assessed for."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest

from tests.integration.random_facts import credit_code
from tidui.policies.library import shelf
from tidui.rules.errors import NoVersion
from tidui.rules.program import Program
from tidui.tables.reading import open_population
from tidui.tables.screening import Counts, Screening, screen_population

ON = dt.date(2024, 6, 30)
HEADER = "uscc,established_on,resident,employees@0,sales_revenue@0 (元),rd_expense@0 (元),name\n"


def program(policy: str, year: int) -> Program:
    return shelf().program(policy, on=ON, year=year)


def firms(tmp_path: Path) -> Path:
    """Three enterprises: an old one, one founded in the year of the decision, an old one that is too large."""
    rows = [
        f"{credit_code(1)},2015-03-01,是,100,20000000,500000,甲",
        f"{credit_code(2)},2024-02-01,是,5,100000,50000,乙",
        f"{credit_code(3)},2010-01-01,是,900,300000000,1,丙",
    ]
    path = tmp_path / "firms.csv"
    path.write_text(HEADER + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def screened(
    tmp_path: Path, *policies: str, name: str = "out.parquet", **more: Any
) -> tuple[list[dict[str, Any]], Counts]:
    population = open_population(firms(tmp_path), year=2023, young_year=2024)
    out = tmp_path / name
    counts = screen_population(population, policies, program, on=ON, out=out, **more)
    return pyarrow.parquet.read_table(out).to_pylist(), counts


def test_each_enterprise_is_assessed_for_its_year(tmp_path: Path) -> None:
    rows, _ = screened(tmp_path, "cn/tech-sme")
    assert {row["uscc"]: row["fiscal_year"] for row in rows} == {
        credit_code(1): 2023, credit_code(2): 2024, credit_code(3): 2023
    }  # fmt: skip


@pytest.mark.parametrize("reading", ["kernel", "python"])
def test_the_sheet_holds_what_explain_says(tmp_path: Path, reading: str) -> None:
    rows, counts = screened(tmp_path, "cn/tech-sme", "cn/small-low-profit", reading=reading)
    expected: dict[str, int] = {"pass": 0, "fail": 0, "unknown": 0}
    for batch in open_population(firms(tmp_path), year=2023, young_year=2024).batches():
        for firm in batch:
            (row,) = [one for one in rows if one["uscc"] == firm.id]
            answer = shelf().explainer("cn/tech-sme", on=ON, year=batch.year)(firm, on=ON, year=batch.year)
            assert row["cn/tech-sme.verdict"] == answer.verdict("verdict")
            assert row["cn/tech-sme.size"] == answer.verdict("size")
            assert row["cn/tech-sme.score.low"] == answer.number("score").low
            expected[answer.verdict("verdict")] += 1
            tax = shelf().explainer("cn/small-low-profit", on=ON, year=batch.year)(firm, on=ON, year=batch.year)
            low, _, exact = tax.amount("tax")
            assert row["cn/small-low-profit.tax.low"] == (None if low is None else Decimal(low).scaleb(-2))
            assert (row["cn/small-low-profit.tax"] is not None) == exact
    assert counts.rows == 3
    assert counts.verdicts["cn/tech-sme"] == expected


def test_progress_is_told_of_every_row(tmp_path: Path) -> None:
    told: list[int] = []
    screened(tmp_path, "cn/tech-sme", progress=told.append)
    assert sum(told) == 3


def test_columns_are_named_for_machines_and_labelled_for_people() -> None:
    sheet = Screening(["cn/tech-sme"], program, on=ON, years=[2023]).sheet
    columns = {column.name: column for column in sheet.columns}
    assert list(columns)[:4] == ["uscc", "fiscal_year", "cn/tech-sme.verdict", "cn/tech-sme.score.low"]
    title = shelf().file(shelf().versions_of("cn/tech-sme")[-1]).title
    assert columns["cn/tech-sme.size"].zh == f"{title['zh']}·规模"
    assert columns["cn/tech-sme.score.low"].zh.endswith("（低）")


def test_a_policy_given_twice_is_screened_once() -> None:
    sheet = Screening(["cn/tech-sme", "cn/tech-sme"], program, on=ON, years=[2023]).sheet
    names = [column.name for column in sheet.columns]
    assert len(names) == len(set(names))


def test_a_year_without_a_version_matters_only_where_an_enterprise_is_assessed_for_it(tmp_path: Path) -> None:
    def only_2023(policy: str, year: int) -> Program:
        if year != 2023:
            raise NoVersion("nothing is in force")
        return program(policy, year)

    screening = Screening(["cn/small-low-profit"], only_2023, on=ON, years=[2023, 2024])
    batches = {batch.year: batch for batch in open_population(firms(tmp_path), year=2023, young_year=2024).batches()}
    assert screening.table(batches[2023]).num_rows == 2
    with pytest.raises(NoVersion, match="nothing is in force"):
        screening.table(batches[2024])
    with pytest.raises(NoVersion):
        Screening(["cn/small-low-profit"], only_2023, on=ON, years=[2024])
