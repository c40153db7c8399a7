"""The ladder: which statuses an enterprise holds, its rung, and what stands between it and the next one."""

from __future__ import annotations

import datetime as dt
import functools
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from tidui.policies.library import Shelf, default_year
from tidui.rules import yamlfile
from tidui.rules.answers import Answer
from tidui.rules.errors import NoVersion
from tidui.rules.explain import condition_of, explained_missing
from tidui.rules.levers import Levers
from tidui.rules.values import Facts, Value

FILE: Final = Path(__file__).with_name("rungs.yaml")
STATUSES: Final = "tidui/rungs"


@dataclass(frozen=True, slots=True)
class Rung:
    """One rung: its name, the policy that recognises it, and the rule of tidui/rungs that says whether it is held.

    A rung that is `optional` is passed by unless its policy already says pass: nobody has to be a tenant.
    """

    id: str
    zh: str
    en: str
    policy: str
    status: str
    optional: bool = False


@functools.lru_cache(maxsize=1)
def rungs() -> tuple[Rung, ...]:
    """The rungs, lowest first."""
    return tuple(Rung(**item) for item in yamlfile.load(FILE))


@dataclass(frozen=True, slots=True)
class Place:
    """Where one enterprise stands.

    `held` are the statuses in force and `unclear` those that the facts do not settle; `rung` is the highest held,
    `next` the one to reach. `verdict` is what the next rung's policy says, `reasons` its unmet conditions as explain
    words them, `missing` the facts that keep it open, `score` its lowest and highest score. `plan` is qualified, plan,
    wait, impossible or unknown (None without a planner), `cost` in yuan, `ready_on` the day from which a plan can hold.
    """

    held: tuple[str, ...]
    unclear: tuple[str, ...]
    rung: Rung | None
    next: Rung | None
    verdict: str | None = None
    reasons: tuple[dict[str, Any], ...] = ()
    missing: tuple[str, ...] = ()
    plan: str | None = None
    cost: Fraction | None = None
    ready_on: dt.date | None = None
    score: tuple[float, float] | None = None


class Remembered:
    """Facts that are looked up once: the same few are read by every policy and every step of a plan."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._known: dict[tuple[str, int | None], Value | None] = {}

    def get(self, name: str, year: int | None) -> Value | None:
        """The value, as the facts behind give it."""
        key = (name, year)
        if key not in self._known:
            self._known[key] = self._facts.get(name, year)
        return self._known[key]


@dataclass
class Ladder:
    """Places enterprises on the ladder as of one day; with levers, plans the next rung too."""

    shelf: Shelf
    on: dt.date
    levers: Levers | None = None

    def place(self, facts: Facts, year: int | None = None) -> Place:
        """Where this enterprise stands on the day, the fiscal year before it being assessed unless one is given."""
        known = Remembered(facts)
        assessed = default_year(self.on, known) if year is None else year
        held, unclear = self._statuses(known, assessed)
        highest = max((index for index, rung in enumerate(rungs()) if rung.id in held), default=-1)
        rung = rungs()[highest] if highest >= 0 else None
        for following in rungs()[highest + 1 :]:
            try:
                answer = self.shelf.explain(following.policy, known, on=self.on, year=assessed)
            except NoVersion:
                continue
            if following.optional and answer.truth("verdict") is not True:
                continue
            return self._towards(answer, known, assessed, held, unclear, rung, following)
        return Place(held, unclear, rung, None)

    def _statuses(self, facts: Facts, year: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
        answer = self.shelf.explain(STATUSES, facts, on=self.on, year=year)
        truths = {rung.id: answer.truth(rung.status) for rung in rungs()}
        held = tuple(name for name, truth in truths.items() if truth is True)
        return held, tuple(name for name, truth in truths.items() if truth is None)

    def _towards(
        self, answer: Answer, facts: Facts, year: int, held: tuple[str, ...], unclear: tuple[str, ...],
        rung: Rung | None, following: Rung,
    ) -> Place:  # fmt: skip
        verdict = answer.verdict("verdict")
        open_ = [built for built in answer.program.of_kind("condition") if answer.verdict(built.rule.id) == "fail"]
        if not open_:
            open_ = [b for b in answer.program.of_kind("condition") if answer.verdict(b.rule.id) == "unknown"]
        reasons = () if verdict == "pass" else tuple(condition_of(answer, built) for built in open_)
        missing = tuple(explained_missing(answer)) if verdict == "unknown" else ()
        status, cost, ready_on = self._plan(answer, facts, year, following)
        score = _score(answer)
        return Place(held, unclear, rung, following, verdict, reasons, missing, status, cost, ready_on, score)

    def _plan(
        self, answer: Answer, facts: Facts, year: int, following: Rung
    ) -> tuple[str | None, Fraction | None, dt.date | None]:
        if self.levers is None:
            return None, None, None
        from tidui.rules.plan import cheapest

        found = cheapest(answer.explainer, facts, self.levers, on=self.on, year=year)
        return found.status, found.cost, found.ready_on


def _score(answer: Answer) -> tuple[float, float] | None:
    """The lowest and the highest score, of a policy that scores."""
    if "score" not in answer.program.rules:
        return None
    ends = answer.number("score")
    return None if ends.low is None or ends.high is None else (float(ends.low), float(ends.high))


def summary(places: Iterable[Place]) -> dict[str, Counter[str]]:
    """How many enterprises stand on each rung, and what is said of those that look to each next one."""
    result: dict[str, Counter[str]] = {"rung": Counter(), "held": Counter(), "next": Counter()}
    for place in places:
        result["rung"][place.rung.id if place.rung else "none"] += 1
        result["held"].update(place.held)
        if place.next:
            result["next"][f"{place.next.id}.{place.verdict}"] += 1
            if place.verdict == "fail" and len(place.reasons) == 1:
                result["next"][f"{place.next.id}.one_short"] += 1
    return result
