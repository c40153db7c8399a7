"""tidui plan: the least change that makes an enterprise qualify."""

from __future__ import annotations

import argparse
import json
import sys

from tidui.cli.main import UsageError
from tidui.facts.read import read_facts
from tidui.policies import levers
from tidui.policies.library import default_year, shelf


def run(options: argparse.Namespace) -> int:
    """Prints up to three plans, what only time can meet, or why it is not possible; 0 in each case."""
    from tidui.rules.plan import plan, plan_json
    from tidui.rules.plan_solver import PlanningUnavailable

    using = shelf()
    using.versions_of(options.policy)
    facts = read_facts(options.facts)
    for warning in facts.warnings:
        print(warning, file=sys.stderr)
    known = levers.load(options.levers)
    year = default_year(options.on, facts)
    explainer = using.explainer(options.policy, on=options.on, year=year)
    try:
        found = plan_json(plan(explainer, facts, known, on=options.on, year=year))
    except (ValueError, PlanningUnavailable) as error:
        raise UsageError(str(error)) from None
    last = using.last_day(using.version_for(options.policy, on=options.on, year=year))
    found["version_ends"] = last.isoformat() if last else None
    if options.json:
        print(json.dumps(found, ensure_ascii=False, indent=1))
    else:
        from tidui.cli.plan_words import plan_text

        print(plan_text(found, options.lang))
    return 0
