"""How fast 100,000 rows are imported, how much memory that takes, and how long others wait meanwhile.

    python -m benchmarks.web.importing [--rows N] [--databases sqlite,postgres] [--out RESULTS.md]

Each run is a process of its own with a new database: a quarter of the rows are enterprises that are not in the
register, the others their figures of three years. It reads (the dry run), writes, and imports the same file again. A
second process writes one small row every 50 ms all the while: its longest wait is what a person would feel.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import xlsxwriter

from benchmarks.web.environment import site_of

YEARS: Final = (2023, 2024, 2025)
POLICIES: Final = ("keep", "all")


def write_workbook(path: Path, rows: int) -> None:
    """A workbook of so many rows of data: the firms of the sample, again and again under other credit codes."""
    from tidui.codes.uscc import check_character
    from tidui.facts import catalogue
    from tidui.tables.sample.invent import invent
    from tidui.tables.sample.make import cell, heading

    facts = catalogue.load()
    made = [one for one in invent() if all(year in one.years for year in YEARS)]
    firms = rows // (1 + len(YEARS))
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    names = {
        section: [name for name in facts.sections[section] if name != "uscc"] for section in ("enterprise", "years")
    }
    for section, title in (("enterprise", "企业"), ("years", "年度")):
        page = book.add_worksheet(title)
        keys = ["统一社会信用代码", *(["年度"] if section == "years" else [])]
        page.write_row(0, 0, [*keys, *(heading(facts[name]) for name in names[section])])
        number = 0
        for firm in range(firms):
            one = made[firm % len(made)]
            body = f"91620102BM{firm:07d}"
            code = body + check_character(body)
            given = [(None, {**one.enterprise, "name": f"{one.enterprise['name']}{firm}"})]
            for year, row in given if section == "enterprise" else [(year, one.years[year]) for year in YEARS]:
                number += 1
                cells = [code, *([year] if year else []), *(cell(row.get(name)) for name in names[section])]
                for place, value in enumerate(cells):
                    if hasattr(value, "isoformat"):
                        page.write_datetime(number, place, value, day)
                    elif value is not None:
                        page.write(number, place, value)
    book.close()


def child(workbook: str, policy: str) -> None:
    """One run, in a process of its own; prints what it measured."""
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    by, department = _officer()
    other = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.web.importing", "--write"], stdout=subprocess.PIPE, text=True
    )
    one, read, write = _run(Path(workbook), by, department, policy)
    measured: dict[str, Any] = {"read": read, "write": write, "written": one.result["written"], "state": one.state}
    _, again_read, again_write = _run(Path(workbook), by, department, policy)
    measured |= {"again_read": again_read, "again_write": again_write}
    other.terminate()
    measured["wait"] = float(other.communicate()[0].strip().splitlines()[-1])
    measured["rss"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps(measured))


def _officer() -> tuple[Any, Any]:
    import datetime as dt

    from django.utils import timezone

    from tidui.accounts.enums import OrganisationKind, Role
    from tidui.accounts.models import Membership, Organisation, OrganisationState, User

    department = Organisation.objects.create(kind=OrganisationKind.DEPARTMENT, name="省科技厅")
    OrganisationState.objects.create(organisation=department, name=department.name, since=dt.date(2020, 1, 1))
    by = User.objects.create(username="officer", name="经办人")
    Membership.objects.create(user=by, organisation=department, role=Role.OFFICER, since=timezone.now())
    return by, department


def _run(path: Path, by: Any, department: Any, policy: str) -> tuple[Any, float, float]:
    """Import a file; the import, and the seconds that reading and writing took."""
    from django.utils import timezone

    from tidui.kit import files, jobs
    from tidui.registry.importing import actions
    from tidui.registry.importing.stored import UPLOAD

    received = files.receive(path, kind=UPLOAD, name=path.name)
    one = actions.hand_in(
        received=received, filed_for=department, source="takeover", policy=policy, by=by, at=timezone.now()
    )
    begun = time.perf_counter()
    jobs.work_off()
    read = time.perf_counter() - begun
    one.refresh_from_db()
    actions.start(one=one, policy=policy, sha256=one.file.sha256, by=by, at=timezone.now())
    begun = time.perf_counter()
    jobs.work_off()
    write = time.perf_counter() - begun
    one.refresh_from_db()
    if one.state != "applied":
        raise SystemExit(f"{one.state}: {one.error} {one.preview.get('first')}")
    return one, read, write


def write_now_and_then() -> None:
    """Another writer: one small change every 50 ms; prints its longest wait in seconds when it is ended."""
    import signal

    import django

    longest, ended = 0.0, []
    # Before anything slow: an import of a few rows is over before this process has begun.
    signal.signal(signal.SIGTERM, lambda *_: ended.append(1))
    django.setup()
    from tidui.accounts.models import User

    while not ended:
        begun = time.perf_counter()
        User.objects.filter(username="officer").update(mobile=str(int(begun)))
        longest = max(longest, time.perf_counter() - begun)
        time.sleep(0.05)
    print(longest)


def runs(workbook: Path, databases: list[str], home: Path) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every database with every policy."""
    for database in databases:
        for policy in POLICIES:
            yield database, policy, _in_process(workbook, database, policy, home / f"{database}-{policy}")


def _in_process(workbook: Path, database: str, policy: str, home: Path) -> dict[str, Any]:
    with site_of(database, home) as environment:
        command = [sys.executable, "-m", "benchmarks.web.importing", "--child", str(workbook), policy]
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def report(rows: int, size: int, found: list[tuple[str, str, dict[str, Any]]]) -> str:
    """The results as Markdown."""
    words = {"keep": "keep going", "all": "all or nothing"}
    lines = [
        "# Import of enterprise files",
        "",
        f"{rows:,} rows ({rows // 4:,} new enterprises and {rows - rows // 4:,} yearly rows) in one workbook of "
        f"{size / 2**20:.1f} MiB; Python {platform.python_version()}, {os.cpu_count()} cores. Times in seconds; "
        "rows/s count reading and writing together.",
        "",
        "| database | policy | dry run | write | rows/s | same file again: dry run, write | peak memory MiB "
        "| longest wait of another writer |",
        "|---|---|---:|---:|---:|---:|---:|---:|",
    ]
    for database, policy, one in found:
        speed = rows / (one["read"] + one["write"])
        again = f"{one['again_read']:.1f}, {one['again_write']:.1f}"
        lines.append(
            f"| {database} | {words[policy]} | {one['read']:.1f} | {one['write']:.1f} | {speed:,.0f} | {again} "
            f"| {one['rss'] / 2**20:,.0f} | {one['wait']:.2f} |"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--databases", default="sqlite,postgres")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("IMPORTING.md"))
    parser.add_argument("--child", nargs=2, metavar=("WORKBOOK", "POLICY"))
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    if asked.child:
        child(*asked.child)
    elif asked.write:
        write_now_and_then()
    else:
        with tempfile.TemporaryDirectory(prefix="tidui-import-benchmark-") as folder:
            workbook = Path(folder) / "register.xlsx"
            write_workbook(workbook, asked.rows)
            found = list(runs(workbook, asked.databases.split(","), Path(folder)))
            text = report(asked.rows, workbook.stat().st_size, found)
        asked.out.write_text(text, encoding="utf-8")
        print(text)


if __name__ == "__main__":
    main()
