"""Pages measured at several sizes of the database: one process for each run, and a table of what they took.

A benchmark fills a new database in a child process (`--child SIZE`), asks `page_of` for each of its pages and prints
what it found as JSON; `table` puts the runs side by side, each against the smallest of its database.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from benchmarks.web.environment import site_of

TIMES: Final = 40

#: A run: the database, the size, and what the child printed.
Run = tuple[str, int, dict[str, Any]]


def page_of(client: Any, url: str) -> dict[str, Any]:
    """The median and the 95th percentile of the seconds that a page takes, and its queries. SystemExit if not 200."""
    client.get(url)
    queries = _queries(client, url)
    taken = sorted(_seconds(client, url) for _time in range(TIMES))
    return {"p50": statistics.median(taken), "p95": taken[round(0.95 * (TIMES - 1))], "queries": queries}


def _queries(client: Any, url: str) -> int:
    from django.db import connection

    counted: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        counted.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        answer = client.get(url)
    if answer.status_code != 200:
        raise SystemExit(f"{url} answers {answer.status_code}")
    return len(counted)


def _seconds(client: Any, url: str) -> float:
    begun = time.perf_counter()
    client.get(url)
    return time.perf_counter() - begun


def runs(module: str, databases: list[str], sizes: list[int], home: Path) -> Iterator[Run]:
    """Every database at every size, each in a process of its own with a new database."""
    for database in databases:
        for size in sizes:
            with site_of(database, home / f"{database}-{size}") as environment:
                command = [sys.executable, "-m", module, "--child", str(size)]
                done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
            yield database, size, json.loads(done.stdout.strip().splitlines()[-1])


def table(title: str, counted: str, larger: str, found: list[Run]) -> list[str]:
    """The runs as the lines of a Markdown page: `counted` names what there are so many of, `larger` the larger one."""
    lines = [
        f"# {title}",
        "",
        f"Milliseconds, {TIMES} requests a page in one process (whole Django stack, no network); Python "
        f"{platform.python_version()}, {os.cpu_count()} cores. The last column is the promise: p95 of the larger "
        f"{larger}.",
        "",
        f"| database | page | {counted} | p50 | p95 | queries | p95 over smallest |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    smallest: dict[tuple[str, str], float] = {}
    for database, size, measured in found:
        for page, one in measured["pages"].items():
            ratio = one["p95"] / smallest.setdefault((database, page), one["p95"])
            lines.append(
                f"| {database} | {page} | {size:,} | {one['p50'] * 1000:.0f} | {one['p95'] * 1000:.0f} "
                f"| {one['queries']} | {ratio:.2f} |"
            )
    return lines


def main(
    module: str, about: str, out: Path, child: Callable[[int], None], report: Callable[[list[Run]], str]
) -> None:
    """The command line of such a benchmark: run what was asked for, write the page and print it."""
    parser = argparse.ArgumentParser(description=about.splitlines()[0])
    parser.add_argument("--sizes", default="1000,100000")
    parser.add_argument("--databases", default="sqlite,postgres")
    parser.add_argument("--out", type=Path, default=out)
    parser.add_argument("--child", type=int)
    asked = parser.parse_args()
    if asked.child:
        child(asked.child)
        return
    with tempfile.TemporaryDirectory(prefix=f"tidui-{out.stem.lower()}-benchmark-") as folder:
        sizes = [int(size) for size in asked.sizes.split(",")]
        text = report(list(runs(module, asked.databases.split(","), sizes, Path(folder))))
    asked.out.write_text(text, encoding="utf-8")
    print(text)
