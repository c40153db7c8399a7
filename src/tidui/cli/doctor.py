"""tidui doctor: what is there, what is missing, and what that costs."""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import os
import platform
import shutil

import tidui

PARTS = [
    ("llvmlite", "native", "screening by machine code", "screening runs the Python reading: right, but far slower"),
    ("ortools", "plan", "plans", "tidui plan is not available, and the ladder has no plan costs"),
    ("duckdb", "duckdb", "running the SQL reading in DuckDB", "tidui sql still writes the query"),
    ("psycopg", "postgres", "running the SQL reading on PostgreSQL", "tidui sql still writes the query"),
    ("pyspark", "spark", "screening on Spark", "screening runs on this machine only"),
]


def run(options: argparse.Namespace) -> int:
    """Prints one line for each part; always 0."""
    print(f"tidui {tidui.__version__} · Python {platform.python_version()} · {os.cpu_count()} cores")
    for package in ("PyYAML", "numpy", "pyarrow", "python-calamine", "XlsxWriter"):
        print(f"  ok       {package} {_version(package)}")
    for module, extra, gives, without in PARTS:
        if importlib.util.find_spec(module):
            print(f"  ok       {module} {_version(module)}: {gives}")
        else:
            print(f"  missing  {module}: {without}; install tidui[{extra}]")
    if importlib.util.find_spec("pyspark") and not shutil.which("java"):
        print("  missing  java: Spark needs Java 17 or newer")
    from tidui.rules.kernel_cache import describe

    print(f"  cache    {describe()}")
    return 0


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "(version unknown)"
