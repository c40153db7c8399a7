"""Plans: the least-cost change that makes one enterprise qualify under a policy on a day.

A plan is found by integer programming over the units of the levers (`plan_model.py`, `plan_solver.py`) and checked
again by the explain reading before it is given; what only time can meet is found by reading the verdict on later days
(`plan_time.py`). It holds at the low end of every range: what is unknown counts at its worst.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final, Literal, NamedTuple

from tidui.rules import units
from tidui.rules.answers import Answer, Explainer, Layout, Range, leaves_of, read_leaves
from tidui.rules.explain import path, shown_fact, yuan
from tidui.rules.integers import Word
from tidui.rules.levers import Changed, Lever, Levers, Place, apply
from tidui.rules.nodes import Leaf, Node
from tidui.rules.plan_linear import TooHard
from tidui.rules.plan_model import Case, Planner, planner, units_of
from tidui.rules.plan_solver import Solver, total_cost
from tidui.rules.plan_time import Timed
from tidui.rules.program import Built, decimal
from tidui.rules.values import Facts, Value

Status = Literal["qualified", "plan", "wait", "impossible", "unknown"]

#: Why a condition stays unmet: no lever moves it; no combination of the levers meets it; it is
#: unknown; it can be met, but not together with the others.
Reason = Literal["no_lever", "beyond_levers", "unknown", "together"]

REASONS: Final[dict[Reason, dict[str, str]]] = {
    "no_lever": {
        "zh": "没有可用措施能改变，五年内也不会因时间推移而满足",
        "en": "no lever moves it, and time does not meet it within five years",
    },
    "beyond_levers": {"zh": "所列措施的任何组合都不能满足", "en": "no combination of the levers meets it"},
    "unknown": {"zh": "取决于尚未查明的指标", "en": "it depends on facts that are not known"},
    "together": {
        "zh": "单独可以满足，但不能与其他条件同时满足",
        "en": "it can be met alone, but not together with the others",
    },
}
_TRIES: Final = 8
_DAYS_TRIED: Final = 6


@dataclass(frozen=True, slots=True)
class Step:
    """One lever of a plan: how many units, what they change, and which conditions need them."""

    lever: Lever
    units: int
    cost: Fraction
    changes: tuple[tuple[Place, Value, Value], ...]
    serves: tuple[str, ...]
    raises: tuple[tuple[str, Fraction | None, Fraction | None], ...]


@dataclass(frozen=True, slots=True)
class Alternative:
    """A checked way to qualify. `holds_from` is the first day on which it does; `ready_on` when it is done as well.

    `when_ready` is what explain says on `ready_on`, the facts of the fiscal year being the same.
    """

    steps: tuple[Step, ...]
    cost: Fraction
    lead_days: int
    holds_from: dt.date
    ready_on: dt.date
    verdict: str
    score: Range | None
    when_ready: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A condition that only time can meet, and the first day on which it holds, all else being equal."""

    condition: str
    holds_on: dt.date


@dataclass(frozen=True, slots=True)
class Blocked:
    """A condition that neither levers nor five years of time can meet."""

    condition: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Plan:
    """What an enterprise can do to qualify. `exact` is False where cheaper plans could not be ruled out."""

    answer: Answer
    levers: Levers
    status: Status
    alternatives: tuple[Alternative, ...] = ()
    time: tuple[Waiting, ...] = ()
    blocked: tuple[Blocked, ...] = ()
    find_out: tuple[str, ...] = ()
    unusable: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    exact: bool = True


class Cheapest(NamedTuple):
    """The short form of a plan: cost in yuan (None unless there is a plan, 0 if nothing is to be paid), the day from
    which it can hold, and the condition that stands in the way where it cannot."""

    status: Status
    cost: Fraction | None
    ready_on: dt.date | None
    reason: str | None


# ---------------------------------------------------------------------- entry
def plan(explainer: Explainer, facts: Facts, levers: Levers, *, on: dt.date, year: int, alternatives: int = 3) -> Plan:
    """Up to `alternatives` cheapest plans, each with another set of levers; what time meets; or why it cannot be.

    Raises ValueError for a policy without a verdict, PlanningUnavailable where OR-tools is needed and missing.
    """
    return _Search(explainer, facts, levers, on, year).plan(alternatives)


def cheapest(explainer: Explainer, facts: Facts, levers: Levers, *, on: dt.date, year: int) -> Cheapest:
    """The same, as short as a table wants it: the cost of the cheapest plan, checked by explain as well."""
    search = _Search(explainer, facts, levers, on, year)
    found = search.outcome(1)
    if found.blocked:
        return Cheapest(found.status, None, None, found.blocked[0].condition)
    if found.status == "qualified":
        return Cheapest("qualified", Fraction(0), on, None)
    day = found.day or on
    if found.status == "wait":
        last = max(found.time, key=lambda waiting: waiting.holds_on, default=None)
        return Cheapest("wait", Fraction(0), day, last.condition if last else None)
    pulled = found.solutions[0]
    ready = max(day, on + dt.timedelta(days=max(lever.lead_days for lever in pulled)))
    return Cheapest("plan", total_cost(pulled), ready, None)


# ---------------------------------------------------------------------- the search
@dataclass(slots=True)
class _Outcome:
    status: Status
    day: dt.date | None = None
    solutions: list[dict[Lever, int]] = field(default_factory=list)
    time: tuple[Waiting, ...] = ()
    blocked: tuple[Blocked, ...] = ()
    exact: bool = True
    unusable: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class _Search:
    def __init__(self, explainer: Explainer, facts: Facts, levers: Levers, on: dt.date, year: int) -> None:
        if "verdict" not in explainer.program.rules:
            raise ValueError(f"{explainer.program.file.policy} has no verdict, so there is nothing to plan for")
        self.planner: Planner = planner(explainer, levers)
        self.explainer, self.facts, self.levers = explainer, facts, levers
        self.on, self.year = on, year
        self.answer = explainer(facts, on=on, year=year)

    # ------------------------------------------------------------------ what there is
    def outcome(self, wanted: int) -> _Outcome:
        if self.answer.truth("verdict") is True:
            return _Outcome("qualified", self.on)
        case = Case(self.planner, self.facts, self.on, self.year)
        self.form = case.form
        solutions = self._solutions(case, wanted, self.on)
        if solutions:
            return _Outcome("plan", self.on, solutions, exact=case.exact, unusable=case.unusable)
        stuck = self._stuck(case)
        for day in self._later_days(stuck):
            if self.explainer(self.facts, on=day, year=self.year).truth("verdict") is True:
                return _Outcome("wait", day, time=self._waits(stuck, day), unusable=case.unusable)
            then = Case(self.planner, self.facts, day, self.year)
            solutions = self._solutions(then, wanted, day)
            if solutions:
                return _Outcome("plan", day, solutions, self._waits(stuck, day), (), then.exact, then.unusable)
        return self._impossible(case, stuck)

    def _solutions(self, case: Case, wanted: int, day: dt.date) -> list[dict[Lever, int]]:
        """The cheapest sets of levers that explain agrees with, as of this day."""
        if not case.pulls or any(part is False for part in case.parts):
            return []
        found: list[dict[Lever, int]] = []
        try:
            solver = Solver(case)
            for _ in range(wanted + _TRIES):
                solution = solver.solve()
                if solution is None:
                    break
                pulled = units_of(case, solution)
                if not pulled:
                    break
                if self._passes(pulled, day):
                    found.append(self._without_idle(pulled, day, case.exact))
                else:
                    case.exact = False
                if len(found) == wanted:
                    break
                solver.exclude([lever.id for lever in (found[-1] if self._agrees(found, pulled) else pulled)])
        except TooHard:
            case.exact = False
        return found

    @staticmethod
    def _agrees(found: list[dict[Lever, int]], pulled: dict[Lever, int]) -> bool:
        return bool(found) and set(found[-1]) <= set(pulled)

    def _changed(self, pulled: Mapping[Lever, int]) -> Changed:
        moved = apply(self.facts, pulled, self.planner.catalogue, year=self.year)
        return Changed(self.facts, {place: new for place, (_, new) in moved.items()})

    def _passes(self, pulled: Mapping[Lever, int], day: dt.date) -> bool:
        return self.explainer(self._changed(pulled), on=day, year=self.year).truth("verdict") is True

    def _without_idle(self, pulled: dict[Lever, int], day: dt.date, exact: bool) -> dict[Lever, int]:
        """The plan without steps that it does not need, the dearest first."""
        if exact and all(lever.cost for lever in pulled):
            # A cheapest plan whose levers all cost something has no such step.
            return pulled
        kept = dict(pulled)
        for lever in sorted(pulled, key=lambda one: (-one.cost * pulled[one], one.id)):
            fewer = {one: units for one, units in kept.items() if one is not lever}
            if fewer and self._passes(fewer, day):
                kept = fewer
        return kept

    # ------------------------------------------------------------------ what is in the way
    def _stuck(self, case: Case) -> list[tuple[Word, Reason]]:
        """The parts of the verdict that the levers cannot make true."""
        pairs = list(zip(self.form.parts, case.parts, strict=True))
        closed = [part for part, formula in pairs if formula is False]
        if closed:
            moved = self.form.depends
            return [(part, "beyond_levers" if part.id in moved else "no_lever") for part in closed]
        open_ = [(index, part) for index, (part, formula) in enumerate(pairs) if formula is not True]
        alone = [part for index, part in open_ if not self._solvable(index)]
        return [(part, "beyond_levers") for part in alone] or [(part, "together") for _, part in open_]

    def _solvable(self, index: int) -> bool:
        """Whether the levers could make one part of the verdict true, the others aside."""
        case = Case(self.planner, self.facts, self.on, self.year)
        case.parts = (case.parts[index],)
        try:
            return Solver(case).solve() is not None
        except TooHard:
            return False

    def _later_days(self, stuck: list[tuple[Word, Reason]]) -> list[dt.date]:
        """Later days on which what is stuck may hold, all else being equal; the earliest first."""
        need = [part for part, _ in stuck if self.form.timed([part]).depends_on_day]
        if not need or any(reason == "no_lever" and part not in need for part, reason in stuck):
            return []
        need += [part for part in self.form.parts if part not in need and self.form.timed([part]).depends_on_day]
        sure = [part.id not in self.form.depends for part in need]
        timed = self.form.timed(need)
        days = timed.turning_days(self.facts, self.on, self.year)
        found: list[dt.date] = []
        for day, truths in timed.read(self.facts, days, self.year):
            if all(truth for truth, certain in zip(truths, sure, strict=True) if certain):
                found.append(day)
                if all(sure):
                    # Nothing that levers move depends on the day, so a later one would be no better.
                    return found
        return self._turns(timed, found)

    def _turns(self, timed: Timed, days: list[dt.date]) -> list[dt.date]:
        """Of these days, those on which something is different from the day before them."""
        found: list[dt.date] = []
        last: tuple[bool, ...] | None = None
        for day, truths in timed.read(self.facts, days, self.year):
            if truths != last:
                found.append(day)
            last = truths
        return found[:_DAYS_TRIED]

    def _waits(self, stuck: list[tuple[Word, Reason]], day: dt.date) -> tuple[Waiting, ...]:
        """The first day of each condition that is stuck now and holds on this day."""
        found: list[Waiting] = []
        parts = [part for part, _ in stuck]
        for built, words in self._blamed(parts) or [(self.explainer.program.rules["verdict"], parts)]:
            timed = self.form.timed(words)
            if not timed.depends_on_day:
                continue
            days = [one for one in timed.turning_days(self.facts, self.on, self.year) if one <= day]
            first = next((one for one, truths in timed.read(self.facts, days, self.year) if all(truths)), None)
            if first is not None:
                found.append(Waiting(built.rule.id, first))
        return tuple(found)

    def _blamed(self, parts: list[Word]) -> list[tuple[Built, list[Word]]]:
        """The conditions that these parts of the verdict come from, each with what is wrong in it."""
        below: dict[int, Word] = {}
        stack = list(parts)
        while stack:
            word = stack.pop()
            if word.id not in below:
                below[word.id] = word
                stack.extend(word.args if word.op in ("and", "or") else ())
        found: list[tuple[Built, list[Word]]] = []
        for built in self.explainer.program.of_kind("condition"):
            word = self.form.conditions[built.rule.id]
            if self.answer.verdict(built.rule.id) in ("pass", "not_needed"):
                continue
            if word.op == "or" and word.id not in below:
                wrong = list(word.args) if all(arg.id in below for arg in word.args) else []
            else:
                wrong = [one for one in (word, *(word.args if word.op == "and" else ())) if one.id in below]
            if wrong:
                found.append((built, wrong))
        return found

    def _impossible(self, case: Case, stuck: list[tuple[Word, Reason]]) -> _Outcome:
        waits = self._waits(stuck, dt.date.max)
        in_time = {waiting.condition for waiting in waits}
        blocked: dict[str, Blocked] = {}
        for part, reason in stuck:
            names = [built.rule.id for built, _ in self._blamed([part]) if built.rule.id not in in_time]
            open_ = [name for name in names if self.answer.truth(name) is None]
            # Of several ways to meet one part, those that are not decided yet are what is in the way.
            for name in open_ if open_ and part.op == "or" else names:
                blocked.setdefault(name, Blocked(name, "unknown" if name in open_ else reason))
        if not blocked:
            undecided = self.answer.truth("verdict") is None
            blocked = {one.condition: Blocked(one.condition, "together") for one in waits} or {
                "verdict": Blocked("verdict", "unknown" if undecided else stuck[0][1])
            }
        known = [one for one in blocked.values() if one.reason != "unknown"]
        status: Status = "impossible" if known else "unknown"
        order = sorted(blocked.values(), key=lambda one: one.reason == "unknown")
        return _Outcome(status, None, [], waits, tuple(order), case.exact, case.unusable)

    # ------------------------------------------------------------------ in full
    def plan(self, wanted: int) -> Plan:
        found = self.outcome(wanted)
        find_out = () if found.status == "qualified" else self._find_out()
        return Plan(
            self.answer, self.levers, found.status,
            tuple(self._alternative(pulled, found.day or self.on) for pulled in found.solutions),
            found.time, found.blocked, find_out, found.unusable, found.exact,
        )  # fmt: skip

    def _find_out(self) -> tuple[str, ...]:
        """Unknown facts below conditions that are not met: knowing them may make a plan cheaper, or possible."""
        answer = self.answer
        roots = [
            built.node for built in self.explainer.program.of_kind("condition")
            if answer.verdict(built.rule.id) in ("fail", "unknown")
        ] or [self.explainer.program.rules["verdict"].node]  # fmt: skip
        unknown = {leaf for leaf in leaves_of(roots) if self.facts.get(*leaf_place(leaf, self.year)) is None}
        if not unknown:
            return ()
        layout, reading = self.explainer.trace()
        kinds = [self.planner.catalogue[leaf.fact] for leaf in reading.leaves]
        row = reading(*read_leaves(reading.leaves, kinds, self.facts, self.on, self.year), self.on, self.year)
        found: dict[str, None] = {}
        seen: set[int] = set()
        stack = list(reversed(roots))
        while stack:
            node = stack.pop()
            if node.id in seen or (node not in roots and _settled(layout, node, row)):
                continue
            seen.add(node.id)
            if node.op == "leaf" and node.value in unknown:
                found[path(answer, node.value)] = None
            stack.extend(reversed(node.args))
        return tuple(found)

    def _alternative(self, pulled: dict[Lever, int], day: dt.date) -> Alternative:
        facts = self._changed(pulled)
        answer = self.explainer(facts, on=day, year=self.year)
        lead = max(lever.lead_days for lever in pulled)
        ready = max(day, self.on + dt.timedelta(days=lead))
        when_ready = self.explainer(facts, on=ready, year=self.year).verdict("verdict")
        steps = tuple(self._step(lever, pulled, day, answer) for lever in self.levers if lever in pulled)
        totals = self.explainer.program.of_kind("total")
        score = answer.number(totals[0].rule.id) if totals else None
        return Alternative(steps, total_cost(pulled), lead, day, ready, answer.verdict("verdict"), score, when_ready)

    def _step(self, lever: Lever, pulled: dict[Lever, int], day: dt.date, whole: Answer) -> Step:
        """A step with what the plan would lose without it."""
        moved = apply(self.facts, {lever: pulled[lever]}, self.planner.catalogue, year=self.year)
        fewer = {one: units for one, units in pulled.items() if one is not lever}
        without = self.explainer(self._changed(fewer), on=day, year=self.year)
        program = self.explainer.program
        serves = tuple(
            built.rule.id for built in program.of_kind("condition")
            if whole.verdict(built.rule.id) == "pass" and without.verdict(built.rule.id) != "pass"
        )  # fmt: skip
        raises = []
        for built in program.of_kind("score"):
            before, after = (answer.number(built.rule.id).low for answer in (without, whole))
            if before != after:
                raises.append((built.rule.id, before, after))
        changes = tuple((place, old, new) for place, (old, new) in moved.items())
        return Step(lever, pulled[lever], lever.cost * pulled[lever], changes, serves, tuple(raises))


def leaf_place(leaf: Leaf, year: int) -> Place:
    """Where a leaf's fact stands."""
    return leaf.fact, None if leaf.offset is None else year + leaf.offset


def _settled(layout: Layout, node: Node, row: Sequence[Any]) -> bool:
    """Whether a node is known, so that no fact below it matters."""
    if node not in layout:
        return node.op != "leaf"
    if node.type == "bool":
        return layout.truth(node, row) is not None
    ends = layout.range(node, row)
    return ends.none or ends.exact is not None


# ---------------------------------------------------------------------- as data
def plan_json(plan: Plan) -> dict[str, Any]:
    """A plan as the JSON of `tidui plan`; docs/users/plan.md describes it."""
    answer = plan.answer
    program = answer.program
    return {
        "policy": program.file.policy,
        "version": program.file.version,
        "on": answer.on.isoformat(),
        "fiscal_year": answer.year,
        "hash": program.hash,
        "verdict_now": answer.verdict("verdict"),
        "status": plan.status,
        "alternatives": [_alternative(answer, one) for one in plan.alternatives],
        "time": [
            {"condition": one.condition, "holds_on": one.holds_on.isoformat(), **_named(answer, one.condition)}
            for one in plan.time
        ],
        "blocked": [
            {
                "condition": one.condition,
                "reason": {"code": one.reason, **REASONS[one.reason]},
                **_named(answer, one.condition),
            }
            for one in plan.blocked
        ],
        "find_out": list(plan.find_out),
        "unusable": [{"lever": lever, "unknown": list(facts)} for lever, facts in plan.unusable.items()],
        "cheapest_proved": plan.exact,
        "house_defaults": _defaults(plan),
    }


def _named(answer: Answer, rule: str) -> dict[str, Any]:
    found = answer.program.rules[rule].rule
    return {"label": found.label, "cites": list(found.cites)}


def _alternative(answer: Answer, one: Alternative) -> dict[str, Any]:
    score = None
    if one.score is not None:
        score = {"low": _plain(one.score.low), "high": _plain(one.score.high)}
    return {
        "cost": _yuan(one.cost),
        "lead_days": one.lead_days,
        "holds_from": one.holds_from.isoformat(),
        "ready_on": one.ready_on.isoformat(),
        "steps": [_step(answer, step) for step in one.steps],
        "check": {"verdict": one.verdict, "score": score, "when_ready": one.when_ready},
    }


def _step(answer: Answer, step: Step) -> dict[str, Any]:
    program = answer.program
    kinds = program.catalogue
    rules = [program.rules[name].rule for name in (*step.serves, *(part for part, _, _ in step.raises))]
    return {
        "lever": step.lever.id,
        "label": dict(step.lever.label),
        "units": step.units,
        "unit": dict(step.lever.unit),
        "cost": _yuan(step.cost),
        "lead_days": step.lever.lead_days,
        "changes": [
            {
                "fact": kinds[name].section + (f".{year}" if year is not None else "") + f".{name}",
                "from": shown_fact(old, kinds[name].kind),
                "to": shown_fact(new, kinds[name].kind),
            }
            for (name, year), old, new in step.changes
        ],
        "serves": list(step.serves),
        "raises": [{"id": part, "from": _plain(old), "to": _plain(new)} for part, old, new in step.raises],
        "cites": list(dict.fromkeys(cite for rule in rules for cite in rule.cites)),
    }


def _plain(value: Fraction | None) -> int | str | None:
    if value is None:
        return None
    return int(value) if value.denominator == 1 else decimal(value)


def _yuan(value: Fraction) -> str:
    """Yuan with two decimals, rounded up: a plan never costs more than it says."""
    fen = value * 100 ** units.fen_power(units.NAMES["yuan"])
    return yuan(-(-fen.numerator // fen.denominator))


def _defaults(plan: Plan) -> list[dict[str, Any]]:
    used = {step.lever.id: step.lever for one in plan.alternatives for step in one.steps}
    return [
        {
            "id": f"levers.{name}",
            "value": {"cost_yuan": decimal(lever.cost), "lead_days": lever.lead_days, "max": lever.maximum},
            "why": dict(lever.house_default),
        }
        for name, lever in used.items()
        if lever.house_default
    ]
