"""An input opened for a command, and the place of its output, before any work is done."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path
from typing import Final

from tidui.cli.main import UsageError
from tidui.facts.faults import Faults
from tidui.tables.reading import Population, open_population
from tidui.tables.writing import OutputWriter, SheetSpec

SAID: Final = 50


def open_input(path: Path, *, year: int, young_year: int | None, keep_going: bool) -> Population:
    """The enterprises of an input. Without `keep_going` any fault raises Faults, which names them all."""
    check_input(path)
    population = open_population(path, year=year, young_year=young_year, keep_going=keep_going)
    for fault in population.faults[:SAID]:
        print(fault, file=sys.stderr)
    if len(population.faults) > SAID:
        print(f"… {len(population.faults) - SAID} more; all are in the sheet of faults", file=sys.stderr)
    return population


def check_input(path: Path) -> None:
    """FileNotFoundError where there is nothing at this place."""
    if not path.exists():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))


def check_output(out: Path, source: Path, *sheets: str) -> None:
    """UsageError where OUT cannot be written, or is the input or a part of it."""
    ours, theirs = out.resolve(), source.resolve()
    try:
        writer = OutputWriter(out, [SheetSpec(name, name, name, ()) for name in sheets])  # looks; touches nothing
    except Faults as error:
        raise UsageError(str(error.faults[0])) from None
    if theirs in {ours, *ours.parents, *(place.resolve() for place in writer.places)} or ours in theirs.parents:
        raise UsageError(f"{out} is the input, or a part of it; choose another place")
    if not os.access(ours.parent, os.W_OK):
        raise UsageError(f"{out}: its folder cannot be written to")
