"""Screen a wide Parquet file on Spark: one row in for each enterprise, one row of results out.

    python examples/spark_screen.py --fictional 200000 population.parquet
    python examples/spark_screen.py population.parquet --policy cn/tech-sme --on 2024-05-31 --out results

The first command writes fictional enterprises, the second screens them. Without --master Spark runs on this machine;
on a cluster every worker needs tidui in the Python that PYSPARK_PYTHON names.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tidui.codes.uscc import check_character


def main() -> int:
    """Writes fictional enterprises, or screens a file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("input", type=Path)
    parser.add_argument("--fictional", type=int, metavar="ROWS", help="write so many fictional enterprises to INPUT")
    parser.add_argument("--policy", action="append", default=[])
    parser.add_argument("--on", type=dt.date.fromisoformat, default=dt.date(2024, 5, 31))
    parser.add_argument("--master", default="local[2]")
    parser.add_argument("--out", type=Path, help="folder for the results, as Parquet; otherwise they are counted")
    options = parser.parse_args()
    if options.fictional:
        pq.write_table(fictional(options.fictional), options.input, row_group_size=65_536)
        return 0
    screen(options)
    return 0


def screen(options: argparse.Namespace) -> None:
    """Screens the file on Spark and says how many rows have which verdict."""
    from pyspark.sql import SparkSession

    from tidui.tables.spark import Task, screen_frame

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    session = (
        SparkSession.builder.master(options.master)
        .appName("tidui screen")
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", "65536")
        .config("spark.ui.enabled", "false")
        .getOrCreate()
    )
    task = Task(tuple(options.policy or ["cn/tech-sme"]), options.on)
    started = time.perf_counter()
    results = screen_frame(session.read.parquet(str(options.input)), task)
    if options.out:
        results.write.mode("overwrite").parquet(str(options.out))
        results = session.read.parquet(str(options.out))
    for policy in task.policies:
        if f"{policy}.verdict" in results.columns:
            for verdict, count in sorted(results.groupBy(f"`{policy}.verdict`").count().collect()):
                print(f"{policy}: {verdict} {count}")
    print(f"{time.perf_counter() - started:.1f} s")
    session.stop()


def fictional(rows: int) -> pa.Table:
    """Enterprises that do not exist, with some figures missing, in the columns that cn/tech-sme reads."""
    random = np.random.default_rng(2024)
    staff = random.integers(1, 700, rows).astype(np.float64)
    sales = random.integers(10**4, 10**10, rows)

    def gaps(values: object, part: float = 0.1) -> pa.Array:
        return pa.array(values, mask=random.random(rows) < part)

    def all_of(value: object, kind: pa.DataType) -> pa.Array:
        return pa.array([value] * rows, kind)

    bodies = [f"91620100{number:09d}" for number in range(rows)]
    columns = {
        "uscc": pa.array([body + check_character(body) for body in bodies]),
        "established_on": pa.array(random.integers(11_000, 19_700, rows).astype(np.int32)).cast(pa.date32()),
        "resident": gaps(random.random(rows) < 0.98, 0.02),
        "prohibited_products": gaps(random.random(rows) < 0.02, 0.02),
        "abnormal_listed": gaps(random.random(rows) < 0.03, 0.02),
        "dishonesty_listed": gaps(random.random(rows) < 0.01, 0.02),
        "ip_class1": gaps(random.integers(0, 3, rows)),
        "ip_class2": gaps(random.integers(0, 6, rows)),
        "provincial_rd_institution": pa.array(random.random(rows) < 0.05),
        "employees@0": gaps(staff),
        "st_staff@0": gaps(np.floor(staff * random.random(rows) * 0.6)),
        "sales_revenue@0": pa.array(sales / 100).cast(pa.decimal128(20, 2), safe=False),
        "total_cost@0": pa.array(sales / 110).cast(pa.decimal128(20, 2), safe=False),
        "rd_deductible@0": gaps(np.round(sales * random.random(rows) * 0.001, 2)),
        "total_assets@0": gaps(np.round(sales * 0.02, 2)),
    }
    truths = {
        True: ["audit_collection", "sound_accounts", "collects_rd_costs", "pays_income_tax"],
        False: ["national_award_top3", "standard_lead", "estimated@0", "restricted_industry@0"],
    }
    columns |= {name: all_of(truth, pa.bool_()) for truth, names in truths.items() for name in names}
    never = ["major_incidents", "serious_fraud", "research_dishonesty", "hte_recognised_on"]
    columns |= {name: all_of([], pa.list_(pa.date32())) for name in never}
    none = ["sme_revoked_on", "sme_barred_until", "hte_valid_until", "hte_revoked_on"]
    columns |= {name: all_of(None, pa.date32()) for name in none}
    columns |= {f"{name}#none": all_of(True, pa.bool_()) for name in none}
    columns |= {"industry": all_of("C3571", pa.string()), "excluded_industry_share@0": all_of(0.0, pa.float64())}
    return pa.table(columns)


if __name__ == "__main__":
    sys.exit(main())
