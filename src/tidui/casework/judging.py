"""What the rules say of an application: the snapshot of facts, and the verdict with the text that it was given by."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from tidui.casework.models import Application, Submission
from tidui.facts import catalogue
from tidui.facts.factset import FactSet, Key
from tidui.policies.library import default_year, shelf
from tidui.registry.values import of_plain
from tidui.rules.answers import Answer
from tidui.rules.errors import NoVersion, UnknownPolicy
from tidui.rules.explain import explanation
from tidui.rules.values import Value

#: Scores are kept as hundredths of a point.
POINT = 100


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a policy says of a set of facts on a day. `result` is the JSON of `tidui explain`; scores in hundredths."""

    policy: str
    version: str
    hash: str
    on: dt.date
    year: int
    verdict: str
    score_low: int | None
    score_high: int | None
    result: dict[str, Any]
    answer: Answer


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A judgement that was made before it was certain on which facts: it holds where they are these."""

    facts: FactSet
    judgement: Judgement

    def of(self, policy: str, facts: FactSet, on: dt.date, year: int) -> Judgement | None:
        """The judgement, where it is that of these facts, on this day, for this year."""
        made = self.judgement
        same = (made.policy, made.on, made.year) == (policy, on, year) and self.facts == facts
        return made if same else None


def judge(policy: str, facts: FactSet, *, on: dt.date, year: int | None = None) -> Judgement:
    """Run a policy; the year assessed follows from the day and the founding unless given. NoVersion, UnknownPolicy."""
    assessed = default_year(on, facts) if year is None else year
    answer = shelf().explain(policy, facts, on=on, year=assessed)
    found = explanation(answer)
    score = found["score"]
    return Judgement(
        policy=policy, version=found["version"], hash=found["hash"], on=on, year=assessed,
        verdict=found["verdict"] or "", result=found, answer=answer,
        score_low=_hundredths(score and score["low"], -1), score_high=_hundredths(score and score["high"], 1),
    )  # fmt: skip


def again(submission: Submission, on: dt.date) -> dict[str, Any] | None:
    """What the rules of a day say of the facts that were submitted: verdict, score, version and hash of the text.

    None where no text is in force on that day, or the programme's policy is gone.
    """
    try:
        found = judge(submission.policy, facts_of(submission), on=on, year=submission.year)
    except (NoVersion, UnknownPolicy):
        return None
    return {
        "verdict": found.verdict, "score_low": found.score_low, "score_high": found.score_high,
        "version": found.version, "hash": found.hash, "on": on.isoformat(),
    }  # fmt: skip


def year_of(application: Application, facts: FactSet, today: dt.date) -> int:
    """The fiscal year that an application is about: that of the day of its first submission, whatever comes later."""
    first = None
    if application.submitted_at is not None:  # kept since the first submission, whatever became of it
        first = application.submissions.order_by("number").values_list("on", flat=True).first()
    return default_year(first or today, facts)


def _hundredths(points: Any, side: int) -> int | None:
    """A score as hundredths; an inexact one is widened to its side, so that the range never says too much."""
    if points is None:
        return None
    exact = Fraction(str(points)) * POINT
    return int(exact) if exact.denominator == 1 else (exact.__floor__() if side < 0 else exact.__ceil__())


def facts_of(submission: Submission) -> FactSet:
    """The facts that a submission was made on, exactly as they were."""
    return FactSet.of(_values(submission.facts))


def _values(mapping: Mapping[str, Any]) -> dict[Key, Value]:
    known = catalogue.load()
    found: dict[Key, Value] = {}
    for section in mapping.values():
        for name, held in section.items():
            rows = {int(name): held} if name.isdigit() else {None: {name: held}}
            for year, facts in rows.items():
                for fact, raw in facts.items():
                    value = of_plain(known[fact], raw)
                    if value is not None:
                        found[fact, year] = value
    return found


def digest(content: Mapping[str, Any]) -> str:
    """SHA-256 over a JSON content in one spelling."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()
