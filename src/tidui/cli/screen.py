"""tidui screen: policies over every enterprise of an input."""

from __future__ import annotations

import argparse

from tidui.cli.population import check_output, open_input
from tidui.cli.progress import Progress
from tidui.policies.library import shelf
from tidui.tables.screening import screen_population


def run(options: argparse.Namespace) -> int:
    """Writes one row of results for each enterprise and prints the verdicts' totals."""
    check_output(options.out, options.input, "screen", "faults")
    using = shelf()
    for policy in options.policy:
        using.versions_of(policy)
    year = options.on.year - 1 if options.year is None else options.year
    young = options.on.year if options.year is None else None
    for policy in options.policy:
        using.version_for(policy, on=options.on, year=year)
    population = open_input(options.input, year=year, young_year=young, keep_going=options.keep_going)
    with Progress(population.count, "tidui screen") as progress:
        counts = screen_population(
            population,
            options.policy,
            lambda policy, assessed: using.program(policy, on=options.on, year=assessed),
            on=options.on,
            out=options.out,
            progress=progress.advance,
        )
    print(f"{counts.rows} enterprises · {options.out}")
    for policy, verdicts in counts.verdicts.items():
        print(f"  {policy}: " + " · ".join(f"{name} {verdicts[name]}" for name in ("pass", "fail", "unknown")))
    return 0
