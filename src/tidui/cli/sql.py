"""tidui sql: one policy as one query."""

from __future__ import annotations

import argparse

from tidui.policies.library import shelf
from tidui.rules import sql


def run(options: argparse.Namespace) -> int:
    """Prints the query, with the input relation that it expects described at its head."""
    year = options.year if options.year is not None else options.on.year - 1
    program = shelf().program(options.policy, on=options.on, year=year)
    print(sql.sql_script(program, options.dialect, on=options.on, year=year))
    return 0
