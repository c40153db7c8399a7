"""A local Spark, by mapInArrow, says of the same enterprises what explain says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from tests.integration.random_facts import Maker, credit_code
from tidui.facts import catalogue
from tidui.facts.factset import FactSet
from tidui.facts.faults import Faults
from tidui.policies.library import shelf
from tidui.rules.answers import Explainer
from tidui.rules.errors import NoVersion
from tidui.rules.outputs import outputs, value_of
from tidui.rules.sql import FOUNDED_SECTIONS
from tidui.rules.sql_input import InputColumn, input_columns, input_row
from tidui.tables.spark import Task, result_schema, screen_frame, screen_record_batch

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

ON, YEAR = dt.date(2024, 5, 31), 2023
ROWS = 300
TYPES = {
    "money": pa.decimal128(20, 2), "int": pa.int64(), "number": pa.float64(), "share": pa.float64(),
    "bool": pa.bool_(), "date": pa.date32(), "code": pa.string(), "text": pa.string(),
    "dates": pa.list_(pa.date32()), "list": pa.string(),
}  # fmt: skip


def explainers() -> dict[str, Explainer]:
    """Every policy that is in force on the day."""
    found = {}
    for policy in shelf().versions:
        try:
            found[policy] = shelf().explainer(policy, on=ON, year=YEAR)
        except NoVersion:
            continue
    return found


def wide_table(columns: Sequence[InputColumn], firms: Sequence[FactSet], year: int = YEAR) -> pa.Table:
    rows = [input_row(columns, firm, year) for firm in firms]
    arrays = []
    for place, column in enumerate(columns):
        type_ = pa.bool_() if column.none else TYPES[column.fact.kind]
        values = [row[place] for row in rows]
        if type_ == pa.float64():
            values = [None if value is None else float(value) for value in values]
        arrays.append(pa.array(values, type_))
    return pa.table(arrays, names=[column.name for column in columns])


def made() -> tuple[dict[str, Explainer], list[FactSet], pa.Table]:
    readers = explainers()
    maker = Maker(*readers.values(), on=ON, year=YEAR, seed=7)
    firms = [maker.enterprise(number) for number in range(ROWS)]
    return readers, firms, wide_table(input_columns(maker.leaves, catalogue.load(), FOUNDED_SECTIONS), firms)


def assert_same(readers: dict[str, Explainer], firms: Sequence[FactSet], rows: dict[str, dict[str, Any]]) -> None:
    assert len(rows) == len(firms)
    for firm in firms:
        row = rows[str(firm.get("uscc"))]
        for policy, explainer in readers.items():
            answer = explainer(firm, on=ON, year=YEAR)
            for output in outputs(explainer.program):
                expected, found = value_of(answer, output), row[f"{policy}.{output.name}"]
                if output.kind in ("points", "number") and expected is not None:
                    assert found == pytest.approx(float(expected), abs=1e-6), (policy, output.name, firm.get("uscc"))
                else:
                    assert found == expected, (policy, output.name, firm.get("uscc"))


def test_a_local_spark_says_what_explain_says_for_every_policy(spark: SparkSession) -> None:
    readers, firms, table = made()
    task = Task(tuple(readers), ON, YEAR)
    frame = spark.createDataFrame(table).repartition(2)
    result = screen_frame(frame, task)
    rows = {row["uscc"]: row.asDict() for row in result.collect()}
    assert_same(readers, firms, rows)


def test_a_record_batch_gives_the_columns_of_the_schema_whatever_reads_it() -> None:
    readers, firms, table = made()
    task = Task(tuple(readers), ON, YEAR, reading="python")
    [part] = screen_record_batch(table.combine_chunks().to_batches()[0], task)
    assert part.schema == result_schema(task)
    assert_same(readers, firms, {row["uscc"]: row for row in part.to_pylist()})


def test_young_firms_are_assessed_for_the_year_of_their_founding() -> None:
    young = FactSet.of({("uscc", None): credit_code(1), ("established_on", None): dt.date(2024, 2, 1),
                        ("employees", 2024): 3, ("employees", 2023): 900})  # fmt: skip
    readers = {"cn/tech-sme": shelf().explainer("cn/tech-sme", on=ON, year=2024)}
    columns = input_columns(readers["cn/tech-sme"].reading.leaves, catalogue.load(), FOUNDED_SECTIONS)
    table = wide_table([column for column in columns if column.offset is None], [young])
    table = table.append_column("employees@2024", pa.array([3.0])).append_column("employees@2023", pa.array([900.0]))
    [part] = screen_record_batch(table.to_batches()[0], Task(("cn/tech-sme",), ON, reading="python"))
    answer = readers["cn/tech-sme"](young, on=ON, year=2024)
    found = part.to_pylist()[0]
    assert {o.name: found[f"cn/tech-sme.{o.name}"] for o in outputs(answer.program) if o.kind == "verdict"} == {
        o.name: value_of(answer, o) for o in outputs(answer.program) if o.kind == "verdict"
    }


def test_rows_with_faults_stop_the_batch_or_are_left_out() -> None:
    codes = [credit_code(1), "911", credit_code(2)]
    table = pa.table({"uscc": codes, "employees@0": pa.array([5.0, 6.0, -1.0])})
    batch = table.to_batches()[0]
    with pytest.raises(Faults) as caught:
        list(screen_record_batch(batch, Task(("cn/tech-sme",), ON, YEAR)))
    assert {(fault.row, fault.column) for fault in caught.value.faults} == {(2, "uscc"), (3, "employees@0")}
    kept = screen_record_batch(batch, Task(("cn/tech-sme",), ON, YEAR, keep_going=True, reading="python"))
    assert [row["uscc"] for part in kept for row in part.to_pylist()] == [credit_code(1)]
