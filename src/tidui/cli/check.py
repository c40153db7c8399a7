"""tidui check: the load-time checks."""

from __future__ import annotations

import argparse
import sys

from tidui.policies.checks import check


def run(options: argparse.Namespace) -> int:
    """Prints each problem as file:line: message; 1 if there is any."""
    count, problems = check(options.path)
    for problem in problems:
        print(problem)
    said = {0: "no problems", 1: "1 problem"}.get(len(problems), f"{len(problems)} problems")
    print(f"{count} policy files checked: {said}", file=sys.stderr)
    return 1 if problems else 0
