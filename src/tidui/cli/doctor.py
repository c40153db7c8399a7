"""tidui doctor: what is there, what is missing, and what that costs."""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import os
import platform
import shutil
from collections.abc import Iterator

import tidui

PARTS = [
    ("llvmlite", "native", "screening by machine code", "screening runs the Python reading: right, but far slower"),
    ("ortools", "plan", "plans, draws of experts", "no tidui plan, no plan costs on the ladder, no draws, no replay"),
    ("django", "site", "the web site", "the command line only: no site, no accounts, no enterprise files"),
    ("duckdb", "duckdb", "running the SQL reading in DuckDB", "tidui sql still writes the query"),
    ("psycopg", "postgres", "PostgreSQL, for the site and the SQL reading", "the site runs on SQLite"),
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
    if importlib.util.find_spec("django"):
        print("site")
        for state, told in _site():
            print(f"  {state:<8} {told}")
    return 0


def _site() -> Iterator[tuple[str, str]]:
    """What of the site is there; it is only looked at, nothing is made."""
    import django
    from django.core.exceptions import ImproperlyConfigured

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tidui.site.settings")
    try:
        django.setup()
    except ImproperlyConfigured as error:
        yield "wrong", str(error)
        return
    from tidui.site import diagnosis

    yield from diagnosis.findings()


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "(version unknown)"
