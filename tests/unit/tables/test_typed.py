"""Reading Arrow and Parquet files: wide ones without copying, sections of a folder, and their faults."""

from __future__ import annotations

import datetime as dt
import decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from tests.unit.tables.making import A, B, C, arrow_file, code, faults_of, only_fault, read, row_of, rows_of
from tidui.facts.faults import Faults
from tidui.rules.columns import EXACT, VALUE
from tidui.rules.values import NONE
from tidui.tables.reading import open_population


@pytest.mark.parametrize("suffix", [".arrow", ".feather", ".parquet"])
def test_a_wide_file_gives_the_same_values_in_every_form(tmp_path: Path, suffix: str) -> None:
    columns = {
        "uscc": [A, B, C],
        "name": pa.array(["甲", None, "丙"]),
        "established_on": pa.array([dt.date(2015, 3, 1), dt.date(2020, 6, 30), None]),
        "industry": pa.array(["C3571", "M7320", "C3571"]).dictionary_encode(),
        "resident": pa.array([True, None, False]),
        "ip_class1": pa.array([1, None, 3], pa.int16()),
        "sales_revenue(分)@0": pa.array([5, None, 7], pa.int64()),
        "sales_revenue(元)@-1": pa.array([1.25, float("nan"), 3.0]),
        "total_income(万元)@2023": pa.array([decimal.Decimal("1.5"), None, decimal.Decimal("0.01")]),
        "employees@0": pa.array([33.5, 100 / 3, None]),
        "major_incidents": pa.array([[], None, [dt.date(2023, 1, 5), dt.date(2021, 2, 3)]], pa.list_(pa.date32())),
    }
    rows = rows_of(read(arrow_file(tmp_path / f"in{suffix}", columns)), batch_rows=2)
    assert [rows[one].get("name", None) for one in (A, B, C)] == ["甲", None, "丙"]
    assert [rows[one].get("established_on", None) for one in (A, C)] == [dt.date(2015, 3, 1), None]
    assert [rows[one].get("industry", None) for one in (A, B)] == ["C3571", "M7320"]
    assert [rows[one].get("resident", None) for one in (A, B, C)] == [True, None, False]
    assert [rows[one].get("ip_class1", None) for one in (A, B, C)] == [1, None, 3]
    assert [rows[one].get("sales_revenue", 2023) for one in (A, B, C)] == [5, None, 7]
    assert [rows[one].get("sales_revenue", 2022) for one in (A, B, C)] == [125, None, 300]
    assert [rows[one].get("total_income", 2023) for one in (A, B, C)] == [1_500_000, None, 10_000]
    assert [rows[one].get("employees", 2023) for one in (A, B, C)] == [Fraction(67, 2), Fraction(100, 3), None]
    assert [rows[one].get("major_incidents", None) for one in (A, B)] == [NONE, None]
    assert rows[C].get("major_incidents", None) == (dt.date(2021, 2, 3), dt.date(2023, 1, 5))


def test_columns_of_the_right_type_are_not_copied(tmp_path: Path) -> None:
    columns = {
        "uscc": [code(number) for number in range(64)],
        "established_on": pa.array(np.full(64, 16_000, np.int32)).cast(pa.date32()),
        "sales_revenue(分)@0": pa.array(np.arange(64)),
    }
    (batch,) = read(arrow_file(tmp_path / "in.arrow", columns, rows=64)).batches()
    assert not batch.columns[("sales_revenue", 0)].values.flags.owndata
    assert not batch.columns[("sales_revenue", 0)].values.flags.writeable
    assert not batch.columns[("established_on", None)].values.flags.writeable
    assert batch.columns[("sales_revenue", 0)].state is None


def test_slices_that_begin_inside_a_byte_of_the_bitmaps_keep_their_nulls(tmp_path: Path) -> None:
    columns = {
        "uscc": [code(number) for number in range(40)],
        "resident": pa.array([[True, False, None][number % 3] for number in range(40)]),
        "ip_class1": pa.array([None if number % 5 == 0 else number for number in range(40)]),
    }
    population = read(arrow_file(tmp_path / "in.arrow", columns, rows=40))
    rows = [row for batch in population.batches(7) for row in batch]
    assert [row.get("resident", None) for row in rows] == [[True, False, None][number % 3] for number in range(40)]
    assert [row.get("ip_class1", None) for row in rows] == [None if n % 5 == 0 else n for n in range(40)]


def test_texts_in_a_typed_file_are_read_as_in_a_spreadsheet(tmp_path: Path) -> None:
    columns = {"uscc": [A.lower(), B], "总收入(元)@0": ["1,234.5", ""], "hte_valid_until": ["无", "2024年1月5日"]}
    rows = rows_of(read(arrow_file(tmp_path / "in.parquet", columns)))
    assert list(rows) == [A, B]
    assert [rows[one].get("total_income", 2023) for one in (A, B)] == [123_450, None]
    assert [rows[one].get("hte_valid_until", None) for one in (A, B)] == [NONE, dt.date(2024, 1, 5)]


def test_lists_of_records_and_a_column_that_says_where_there_is_none(tmp_path: Path) -> None:
    prizes = pa.list_(pa.struct([("edition", pa.int64()), ("rank", pa.int64())]))
    columns = {
        "uscc": [A, B],
        "national_contest_prizes": pa.array([[{"edition": 11, "rank": 2}], []], prizes),
        "hte_valid_until": pa.array([None, dt.date(2026, 1, 1)], pa.date32()),
        "hte_valid_until#none": pa.array([True, False]),
    }
    rows = rows_of(read(arrow_file(tmp_path / "in.arrow", columns)))
    assert rows[A].get("national_contest_prizes", None) == ((("edition", 11), ("rank", 2)),)
    assert rows[B].get("national_contest_prizes", None) is NONE
    assert rows[A].get("hte_valid_until", None) is NONE
    assert rows[B].get("hte_valid_until", None) == dt.date(2026, 1, 1)


def test_numbers_beyond_the_scale_are_exact_beside_the_column(tmp_path: Path) -> None:
    columns = {"uscc": [A, B], "employees@0": pa.array([0.00001, 3.0])}
    (batch,) = read(arrow_file(tmp_path / "in.arrow", columns)).batches()
    assert batch.columns[("employees", 0)].states().tolist() == [EXACT, VALUE]
    assert batch.row(0).get("employees", 2023) == Fraction(1, 100_000)


@pytest.mark.parametrize(
    ("name", "values", "message"),
    [
        ("总收入(分)@0", pa.array([1, 2**50]), "more money than there is"),
        ("总收入(分)@0", pa.array([1, -1]), "negative"),
        ("总收入(元)@0", pa.array([1.0, float("inf")]), "not a number"),
        ("总收入(元)@0", pa.array([1.0, 1.005]), "whole number of fen"),
        ("总收入(元)@0", pa.array([decimal.Decimal("1"), decimal.Decimal(2**50)]), "more money than there is"),
        ("manufacturing_share@0", pa.array([1.0, 1.01]), "share over 1"),
        ("ip_class1", pa.array([1.0, 1.5]), "not a whole number"),
        ("ip_class1", pa.array([1, -1]), "negative"),
        ("established_on", pa.array([16_000, 900_000], pa.int32()).cast(pa.date32()), "not between"),
        ("industry", pa.array(["C3571", "Q3571"]), "Q3571"),
        ("resident", pa.array([1, 2]), "neither yes nor no"),
    ],
)
def test_a_cell_that_cannot_be_is_a_fault_with_row_and_column(
    tmp_path: Path, name: str, values: object, message: str
) -> None:
    fault = only_fault(arrow_file(tmp_path / "in.arrow", {"uscc": [A, B], name: values}))
    assert message in fault.message
    assert (fault.sheet, fault.row, fault.column) == ("in.arrow", 2, name)


def test_bad_missing_and_repeated_credit_codes_are_faults(tmp_path: Path) -> None:
    path = arrow_file(tmp_path / "in.arrow", {"uscc": [A, "x", B, None, A, C]})
    found = {fault.row: fault.message for fault in faults_of(path)}
    assert set(found) == {2, 4, 5}
    assert found[5] == f"the credit code {A} stands in row 1 too"
    assert list(rows_of(read(path, keep_going=True))) == [B, C]


def test_keep_going_leaves_bad_rows_out_of_every_batch(tmp_path: Path) -> None:
    counts = [1.5 if number in (3, 9) else number for number in range(12)]
    columns = {"uscc": [code(number) for number in range(12)], "ip_class1": pa.array(counts)}
    population = read(arrow_file(tmp_path / "in.arrow", columns, rows=5), keep_going=True)
    kept = [number for number in range(12) if number not in (3, 9)]
    assert [row.get("ip_class1", None) for batch in population.batches() for row in batch] == kept
    assert [int(place) for batch in population.batches() for place in batch.rows] == kept  # type: ignore[union-attr]
    assert (population.total, population.count) == (12, 10)


def test_an_unchecked_file_raises_when_the_bad_column_is_asked_for(tmp_path: Path) -> None:
    path = arrow_file(tmp_path / "in.arrow", {"uscc": [A, B], "ip_class1": [1.5, 2], "ip_class2": [3, 4]})
    (batch,) = open_population(path, year=2023, check=False).batches()
    assert batch.row(1).get("ip_class2", None) == 4
    with pytest.raises(Faults, match="row 1, column ip_class1"):
        batch.row(1).get("ip_class1", None)


def test_years_before_the_founding_are_none_and_a_figure_there_is_a_fault(tmp_path: Path) -> None:
    founded = pa.array([dt.date(2015, 3, 1), dt.date(2023, 6, 30)])
    columns = {"uscc": [A, B], "established_on": founded, "总收入(元)@-1": [5, 0], "总收入(元)@0": [6, 7]}
    rows = rows_of(read(arrow_file(tmp_path / "a.arrow", columns)))
    assert [rows[one].get("total_income", 2022) for one in (A, B)] == [500, NONE]
    assert [rows[one].get("employees", 2022) for one in (A, B)] == [None, NONE]
    fault = only_fault(arrow_file(tmp_path / "b.arrow", {**columns, "总收入(元)@-1": [5, 1]}))
    assert (fault.row, fault.column) == (2, "总收入(元)@-1")


def test_facts_that_contradict_each_other_are_found_in_a_wide_file(tmp_path: Path) -> None:
    columns = {"uscc": [A, B], "employees@0": [10, 10], "st_staff@0": [10, 11]}
    fault = only_fault(arrow_file(tmp_path / "in.arrow", columns))
    assert (fault.place, fault.row, fault.column) == ("years.2023.st_staff", 2, "st_staff@0")


def test_a_folder_may_hold_typed_files(tmp_path: Path) -> None:
    arrow_file(tmp_path / "enterprise.arrow", {"uscc": [A, B], "ip_class1": [1, 2]})
    arrow_file(tmp_path / "years.parquet", {"uscc": [B, A, B], "year": [2023, 2023, 2022], "总收入(分)": [1, 2, 3]})
    rows = rows_of(read(tmp_path))
    assert [rows[one].get("total_income", 2023) for one in (A, B)] == [2, 1]
    assert [rows[one].get("total_income", 2022) for one in (A, B)] == [None, 3]
    assert rows[B].get("ip_class1", None) == 2


def test_a_folder_lists_faults_of_typed_files_by_record(tmp_path: Path) -> None:
    arrow_file(tmp_path / "enterprise.arrow", {"uscc": [A, B], "ip_class1": [1, -2]})
    fault = only_fault(tmp_path)
    assert (fault.sheet, fault.row, fault.column) == ("enterprise.arrow", 2, "ip_class1")


def test_a_file_cut_short_is_refused(tmp_path: Path) -> None:
    whole = arrow_file(tmp_path / "in.parquet", {"uscc": [A, B]})
    whole.write_bytes(whole.read_bytes()[:40])
    with pytest.raises(Faults, match="not a readable Parquet file"):
        read(whole)


def test_a_wide_file_without_credit_codes_or_with_an_unknown_column_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Faults, match="no column of credit codes"):
        read(arrow_file(tmp_path / "a.arrow", {"name": ["甲"]}))
    fault = only_fault(arrow_file(tmp_path / "b.arrow", {"uscc": [A], "sales_revenu@0": [1]}))
    assert fault.instead == "销售收入 (sales_revenue)"


def test_one_row_reads_alike_from_a_workbook_cell_and_a_typed_column(tmp_path: Path) -> None:
    from tests.unit.tables.making import workbook

    years = {"总收入(元)": 1234.5, "职工总数": 33.5, "销售收入(万元)": 7}
    wide = {f"{name}@2023": [value] for name, value in years.items()}
    sheet = [["uscc", "年度", *years], [A, 2023, *years.values()]]
    one = row_of(workbook(tmp_path / "in.xlsx", 企业=[["uscc"], [A]], 年度=sheet))
    other = row_of(arrow_file(tmp_path / "in.arrow", {"uscc": [A], **wide}))
    for name in ("total_income", "employees", "sales_revenue"):
        assert one.get(name, 2023) == other.get(name, 2023)
