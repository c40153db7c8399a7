"""Measures screening, explaining and planning against their peers and writes RESULTS.md.

    python -m benchmarks.rules --rows 1e6 --rows 1e7

Every contender runs in a process of its own, one after another, on the same columns. Times are the least of several
runs. OpenFisca-Core is installed into an environment of its own, build/openfisca, when it is not there yet.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.rules.population import population
from benchmarks.rules.referee import disagreements, explained, judged_by_hand
from benchmarks.rules.report import report
from benchmarks.rules.wanted import SAMPLE

ROOT = Path(__file__).resolve().parents[2]
OPENFISCA = ROOT / "build" / "openfisca"
REQUIREMENTS = Path(__file__).with_name("requirements-openfisca.txt")
RESULTS = Path(__file__).with_name("RESULTS.md")
#: Precision and rows a chunk (0: all at once) that OpenFisca is tried with; the best is the one compared with.
SETTINGS = (("double", 0), ("double", 50_000), ("double", 10_000), ("single", 50_000))
SMALL = 1_000_000


def openfisca_python() -> str:
    """The Python that has OpenFisca."""
    python = OPENFISCA / "bin" / "python"
    done = OPENFISCA / ".done"
    if not done.exists():
        print("installing OpenFisca-Core into an environment of its own", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(OPENFISCA)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", "-r", str(REQUIREMENTS)], check=True)
        done.touch()
    return str(python)


def run(python: str, module: str, *arguments: object) -> dict[str, Any]:
    """One contender; what it printed."""
    print(f"  {module} {' '.join(map(str, arguments))}", file=sys.stderr, flush=True)
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}", "OMP_NUM_THREADS": "1"}
    command = [python, "-m", f"benchmarks.rules.{module}", *map(str, arguments)]
    found = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if found.returncode:
        return {"failed": (found.stderr.strip().splitlines() or ["no message"])[-1]}
    return dict(json.loads(found.stdout.strip().splitlines()[-1]))


def bulk(rows: int, missing: float, repeats: int, folder: Path) -> dict[str, Any]:
    """All contenders over so many rows."""
    ours, theirs = (folder / f"{name}-{rows}-{missing}.npz" for name in ("tidui", "openfisca"))
    found: dict[str, Any] = {"rows": rows, "missing": missing}
    found["tidui"] = run(sys.executable, "tidui_contender", rows, missing, repeats, ours)
    tried = SETTINGS if rows <= SMALL else SETTINGS[1:2]
    found["openfisca"] = {}
    for precision, chunk in reversed(tried):
        times = min(repeats, 3) if rows <= SMALL else 1
        arguments = (rows, missing, chunk, precision, times, theirs)
        found["openfisca"][f"{precision} {chunk or 'whole'}"] = run(
            openfisca_python(), "openfisca_contender", *arguments
        )
    found |= compared(rows, missing, ours, theirs)
    if rows <= SMALL:
        found["file"] = run(sys.executable, "other_contenders", "file", rows, missing, 2)
        found["duckdb"] = run(sys.executable, "other_contenders", "duckdb", rows // 5, missing, 1)
        found["duckdb_rows"] = rows // 5
    return found


def compared(rows: int, missing: float, ours: Path, theirs: Path) -> dict[str, Any]:
    """Disagreements with exact fractions over the first rows."""
    count = min(SAMPLE, rows)
    people = population(min(rows, SMALL), missing)
    exact = explained(people, count)
    found: dict[str, Any] = {"compared": count}
    for name, path in (("tidui", ours), ("openfisca", theirs)):
        found[f"{name}_wrong"] = {"not run": count}
        if path.exists():
            held = np.load(path)
            said = {key: held[key][..., :count] for key in held}
            found[f"{name}_wrong"] = disagreements(said, exact)
            if name == "tidui" and not missing:
                found["by_hand_wrong"] = disagreements(said, judged_by_hand(people, count))
    return found


def machine() -> str:
    """The machine without its name."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    cores = len(os.sched_getaffinity(0))
    return f"{cores} cores, {memory:.0f} GiB of memory, {platform.system()}, Python {platform.python_version()}"


def main() -> None:
    """Measures and writes the report."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rules", description=__doc__)
    parser.add_argument("--rows", type=float, action="append", help="how many enterprises (default: 1e6 and 1e7)")
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--without-spark", action="store_true")
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    found: dict[str, Any] = {"machine": machine(), "load": os.getloadavg()[0], "bulk": []}
    with tempfile.TemporaryDirectory() as folder:
        for rows in options.rows or [1e6, 1e7]:
            for missing in (0.0, 0.1):
                print(f"{int(rows):,} rows, {missing:.0%} missing", file=sys.stderr)
                repeats = options.repeats if rows <= SMALL else 3
                found["bulk"].append(bulk(int(rows), missing, repeats, Path(folder)))
    other = "other_contenders"
    found["start"] = run(sys.executable, other, "start", 1000, 0, 10)
    found["explain"] = run(sys.executable, other, "explain", 2000, 0, 3)
    found["plan"] = run(sys.executable, other, "plan", 400, 0, 5)
    if not options.without_spark:
        found["spark"] = run(sys.executable, other, "spark", SMALL // 5, 0, 2)
        found["spark_rows"] = SMALL // 5
    options.out.write_text(report(found), encoding="utf-8")
    print(options.out)


if __name__ == "__main__":
    main()
