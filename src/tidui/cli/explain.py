"""tidui explain: one enterprise under one policy."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from tidui.facts.factset import FactSet
from tidui.facts.read import read_facts
from tidui.policies.library import Shelf, default_year, read_overlay, shelf
from tidui.rules.explain import explanation


def run(options: argparse.Namespace) -> int:
    """Prints the explanation, as text or JSON; 0 whatever the verdict."""
    using = shelf()
    if options.params is not None:
        using = using.with_overlay(read_overlay(options.params, using))
    using.versions_of(options.policy)
    facts = read_facts(options.facts)
    for warning in facts.warnings:
        print(warning, file=sys.stderr)
    found = explained(using, options.policy, facts, options)
    if options.json:
        print(json.dumps(found, ensure_ascii=False, indent=1))
    else:
        from tidui.policies.words import explanation_text

        print(explanation_text(found, options.lang))
    return 0


def explained(using: Shelf, policy: str, facts: FactSet, options: argparse.Namespace) -> dict[str, Any]:
    """The explanation as data; `estimated` says that the year assessed is the founding year, still running."""
    year = options.year if options.year is not None else default_year(options.on, facts)
    found = explanation(using.explain(policy, facts, on=options.on, year=year))
    found["estimated"] = year >= options.on.year
    return found
