"""Two versions of a policy over one population with the same facts: who flips, and by which conditions.

The verdicts are read by screening where the population comes in batches, and by the explain reading otherwise; the
rows that flip are explained by both versions. A row flips when its verdict differs. Under a policy without a verdict
a row flips when an amount, a score or an outcome differs.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tidui.rules.answers import Answer, Explainer
from tidui.rules.columns import Batch
from tidui.rules.explain import outcome, yuan
from tidui.rules.values import Facts

#: What is said of a condition that the version does not have.
ABSENT: Final = "absent"
#: A name for each enterprise, and its facts.
Population = Iterable[tuple[str, Facts]]

COLUMNS: Final = ("uscc", "verdict_old", "verdict_new", "conditions", "results")


@dataclass(frozen=True, slots=True)
class Shift:
    """A condition or a result that the two versions do not see alike; a side is None where there is no such result."""

    id: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class Flip:
    """An enterprise that the two versions judge differently: both verdicts (None: the version has none) and why.

    `conditions` differ in their own verdict, or stand in one version only and are not passed there; `results` are
    the amounts, scores and outcomes that differ.
    """

    id: str
    old: str | None
    new: str | None
    conditions: tuple[Shift, ...]
    results: tuple[Shift, ...]


@dataclass(slots=True)
class Summary:
    """Counts over the rows read so far: all, those that flip, by both verdicts, and by condition."""

    rows: int = 0
    flips: int = 0
    verdicts: Counter[tuple[str | None, str | None]] = field(default_factory=Counter)
    conditions: Counter[str] = field(default_factory=Counter)


class Diff:
    """Two versions ready to be compared. Iterate over `flips(…)`; `summary` counts along."""

    def __init__(self, old: Explainer, new: Explainer, *, on: dt.date, year: int) -> None:
        self.old, self.new, self.on, self.year = old, new, on, year
        self.summary = Summary()
        self._screeners: dict[Explainer, Any] = {}
        self._judged = all("verdict" in one.program.rules for one in (old, new))

    def flips(self, population: Population | Batch) -> Iterator[Flip]:
        """The rows that flip, in their order."""
        if isinstance(population, Batch):
            yield from self._of_batch(population)
            return
        for name, facts in population:
            self._count(1)
            yield from self._row(name, facts)

    # ------------------------------------------------------------------ rows
    def _answers(self, facts: Facts) -> tuple[Answer, Answer]:
        return tuple(one(facts, on=self.on, year=self.year) for one in (self.old, self.new))  # type: ignore[return-value]

    def _row(self, name: str, facts: Facts) -> Iterator[Flip]:
        old, new = self._answers(facts)
        before, after = (self._verdict(answer) for answer in (old, new))
        self.summary.verdicts[before, after] += 1
        if self._judged and before == after:
            return
        results = tuple(_shifts(_results(old), _results(new)))
        if before == after and not results:
            return
        conditions = tuple(_conditions(old, new))
        self.summary.flips += 1
        self.summary.conditions.update(shift.id for shift in conditions)
        yield Flip(name, before, after, conditions, results)

    def _count(self, rows: int) -> None:
        self.summary.rows += rows

    @staticmethod
    def _verdict(answer: Answer) -> str | None:
        return answer.verdict("verdict") if "verdict" in answer.program.rules else None

    # ------------------------------------------------------------------ batches
    def _of_batch(self, batch: Batch) -> Iterator[Flip]:
        if not self._judged:
            yield from self.flips(zip(batch.ids, batch, strict=True))
            return
        self._count(batch.n)
        from tidui.rules.screen_result import VERDICTS

        old, new = (self._screened(one, batch) for one in (self.old, self.new))
        differ = old != new
        for row in (~differ).nonzero()[0].tolist():
            verdict = VERDICTS[int(old[row])]
            self.summary.verdicts[verdict, verdict] += 1
        for row in differ.nonzero()[0].tolist():
            yield from self._row(batch.ids[row], batch.row(row))

    def _screened(self, explainer: Explainer, batch: Batch) -> Any:
        """The verdicts of a batch as small numbers."""
        # Screening needs numpy and, if there is one, the compiler: only populations in batches pay for them.
        from tidui.rules.screen import Screener

        screener = self._screeners.get(explainer)
        if screener is None:
            screener = Screener([explainer.program], on=self.on, year=self.year, rows=batch.n, threads=1)
            self._screeners[explainer] = screener
        return screener.batch(batch).policies[explainer.program.file.policy].verdict


def diff(
    old: Explainer, new: Explainer, population: Population | Batch, *, on: dt.date, year: int
) -> tuple[list[Flip], Summary]:
    """All rows that flip, and the counts."""
    both = Diff(old, new, on=on, year=year)
    return list(both.flips(population)), both.summary


# ---------------------------------------------------------------------- what differs
def _conditions(old: Answer, new: Answer) -> Iterator[Shift]:
    """Conditions whose verdicts differ; one that stands in one version only counts unless it is passed there."""
    before, after = ({b.rule.id: a.verdict(b.rule.id) for b in a.program.of_kind("condition")} for a in (old, new))
    for name in dict.fromkeys([*before, *after]):
        one, other = before.get(name, ABSENT), after.get(name, ABSENT)
        harmless = ABSENT in (one, other) and {one, other} & {"pass", "not_needed"}
        if one != other and not harmless:
            yield Shift(name, one, other)


def _results(answer: Answer) -> dict[str, Any]:
    """Amounts in yuan, scores as [low, high], outcomes."""
    found: dict[str, Any] = {}
    for built in answer.program.of_kind("amount"):
        low, high, exact = answer.amount(built.rule.id)
        ends = [None if end is None else yuan(end) for end in (low, high)]
        found[built.rule.id] = ends[0] if exact else ends
    for built in answer.program.of_kind("total", "group", "score"):
        ends_of = answer.number(built.rule.id)
        found[built.rule.id] = [None if end is None else str(end) for end in (ends_of.low, ends_of.high)]
    for built in answer.program.of_kind("outcome"):
        found[built.rule.id] = outcome(answer, built)
    return found


def _shifts(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Shift]:
    for name in dict.fromkeys([*old, *new]):
        if old.get(name) != new.get(name):
            yield Shift(name, old.get(name), new.get(name))


# ---------------------------------------------------------------------- as data
def flip_row(flip: Flip) -> dict[str, Any]:
    """One flip as a row of the output, with the columns of `COLUMNS`; lists are written as "id: old → new"."""
    return {
        "uscc": flip.id,
        "verdict_old": flip.old,
        "verdict_new": flip.new,
        "conditions": "; ".join(f"{shift.id}: {shift.old} → {shift.new}" for shift in flip.conditions),
        "results": "; ".join(f"{shift.id}: {shift.old} → {shift.new}" for shift in flip.results),
    }


def summary_json(summary: Summary) -> dict[str, Any]:
    """The counts as JSON: {rows, flips, verdicts: [{old, new, rows}], conditions: [{id, rows}]}."""
    return {
        "rows": summary.rows,
        "flips": summary.flips,
        "verdicts": [
            {"old": old, "new": new, "rows": rows}
            for (old, new), rows in sorted(summary.verdicts.items(), key=lambda item: (-item[1], str(item[0])))
        ],
        "conditions": [{"id": name, "rows": rows} for name, rows in summary.conditions.most_common()],
    }
