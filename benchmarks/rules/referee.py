"""Exact fractions decide who was right: the explain reading, and, where all is known, a referee written by hand.

The second knows nothing of the policy files; it is the one that the tests hold against them.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from tests.unit.policies import test_recognition_referee as by_hand

from benchmarks.rules.population import MARKS, ON, YEAR, Population, one
from benchmarks.rules.wanted import NUMBERS, POLICIES, TRUTHS
from tidui.policies.library import shelf
from tidui.rules.values import NONE

CODES = {"fail": 0, "pass": 1, "unknown": 2}
#: What the referee by hand gives of each policy.
JUDGED = {
    "cn/tech-sme": ("size", "clean", "verdict", "score"),
    "cn/hte": (
        "registered", "in_field", "staff_share", "rd_share", "rd_in_china", "high_tech_share", "innovative", "clean",
        "verdict", "score",
    ),
}  # fmt: skip


def explained(people: Population, rows: int) -> dict[str, Any]:
    """What explain says of the first rows: truths as 0, 1, 2, numbers as exact (low, high)."""
    found: dict[str, list[Any]] = {}
    batch = people.batch(0, rows)
    for policy in POLICIES:
        explainer = shelf().explainer(policy, on=ON, year=YEAR)
        for row in range(rows):
            answer = explainer(batch.row(row), on=ON, year=YEAR)
            for rule in TRUTHS[policy]:
                truth = {True: 1, False: 0, None: 2}[answer.truth(rule)]
                found.setdefault(f"{policy}.{rule}", []).append(truth)
            for rule in NUMBERS[policy]:
                ends = answer.number(rule)
                found.setdefault(f"{policy}.{rule}", []).append((ends.low, ends.high))
    return found


def judged_by_hand(people: Population, rows: int) -> dict[str, Any]:
    """The same from the referee by hand; all facts have to be known."""
    found: dict[str, list[Any]] = {}
    batch = people.batch(0, rows)
    for row in range(rows):
        firm = _firm(one(batch, row))
        for policy, judge in zip(POLICIES, (by_hand.sme, by_hand.hte), strict=True):
            said = judge(firm)
            for rule in JUDGED[policy]:
                value = said[rule]
                if isinstance(value, str):
                    value = CODES[value]
                elif not isinstance(value, tuple):
                    value = (Fraction(value), Fraction(value))
                found.setdefault(f"{policy}.{rule}", []).append(value)
    return found


def _firm(values: dict[Any, Any]) -> by_hand.Firm:
    facts: dict[str, Any] = {}
    years: dict[int, dict[str, Any]] = {YEAR - back: {} for back in (0, 1, 2)}
    marks: dict[str, Fraction] = {}
    for (name, offset), value in values.items():
        if offset is not None:
            years[YEAR + offset][name] = value
        elif name in MARKS:
            marks[name] = Fraction(value)
        else:
            facts[name] = () if value is NONE and name in _LISTS else value
    return by_hand.Firm(ON, facts, years, marks)


_LISTS = frozenset({"major_incidents", "research_dishonesty", "hte_recognised_on"})


def disagreements(said: Any, exact: dict[str, Any]) -> dict[str, int]:
    """Rows on which a contender differs from the exact results, by result. Numbers agree where they are the nearest
    double; a contender without ranges is compared with the low end, and its truths have no unknown."""
    found = {}
    for name, expected in exact.items():
        column = said[name]
        if isinstance(expected[0], tuple):
            ends = [np.array([float(end[at]) for end in expected]) for at in (0, 1)]
            mine = column if column.ndim == 2 else np.stack([column, column]).astype(np.float64)
            wrong = (np.abs(mine[0] - ends[0]) > 1e-9) | (np.abs(mine[1] - ends[1]) > 1e-9)
        else:
            wrong = column.astype(np.int8) != np.array(expected, dtype=np.int8)
        if wrong.any():
            found[name] = int(wrong.sum())
    return found
