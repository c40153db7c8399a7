"""What an enterprise can use today, and what each policy is worth to it."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tidui.cultivation.rules import policies
from tidui.policies.library import default_year
from tidui.rules import yamlfile
from tidui.rules.answers import Answer
from tidui.rules.errors import NoVersion
from tidui.rules.explain import explained_missing
from tidui.rules.values import Facts

FILE: Final = Path(__file__).with_name("benefits.yaml")


@dataclass(frozen=True, slots=True)
class Entry:
    """One policy that may be of use: the rule that says its worth, what must be done, the month and day it is due."""

    policy: str
    do: Mapping[str, str]
    worth: str = ""
    by: str = ""
    carriers: bool = False


@dataclass(frozen=True, slots=True)
class Benefit:
    """What one policy offers one enterprise.

    `state` is usable (worth something, or its verdict is pass), nothing (worth nothing, or fail) or unknown; `low` and
    `high` are the ends of its worth in fen, None where there is no bound or no amount.
    """

    entry: Entry
    title: Mapping[str, str]
    worth_label: Mapping[str, str] | None
    state: str
    low: int | None
    high: int | None
    due: dt.date | None
    missing: tuple[str, ...]


@functools.cache
def entries() -> tuple[Entry, ...]:
    """The policies in the order in which they are shown."""
    return tuple(Entry(**item) for item in yamlfile.load(FILE))


def benefits(facts: Facts, *, on: dt.date, carrier: bool) -> list[Benefit]:
    """What each policy in force offers on a day, the fiscal year before it being assessed."""
    year = default_year(on, facts)
    found = []
    for entry in entries():
        if entry.carriers and not carrier:
            continue
        try:
            answer = policies().explain(entry.policy, facts, on=on, year=year)
        except NoVersion:
            continue
        found.append(_benefit(entry, answer, year))
    order = {"usable": 0, "unknown": 1, "nothing": 2}
    return sorted(found, key=lambda one: order[one.state])


def _benefit(entry: Entry, answer: Answer, year: int) -> Benefit:
    built = answer.program.rules[entry.worth] if entry.worth else None
    low = high = None
    if built is not None:
        low, high, _exact = answer.amount(entry.worth)
        low = None if low is None else max(low, 0)  # a relief that facts still unknown could make negative is not taken
        state = "usable" if low else "nothing" if high is not None and high <= 0 else "unknown"
    else:
        state = {True: "usable", False: "nothing", None: "unknown"}[answer.truth("verdict")]
    due = dt.date(year + 1, int(entry.by[:2]), int(entry.by[3:])) if entry.by else None
    missing = tuple(explained_missing(answer)) if state == "unknown" else ()
    label = built.rule.label if built is not None else None
    return Benefit(entry, answer.program.file.title, label, state, low, high, due, missing)
