"""One enterprise's verdict as an integer programme over the units of its levers.

The words of the verdict (see `integers.py`) are the whole truth about it: ranges, unknown and none are spelled out
there, and "certainly passes" is one of them. What no lever can move is computed once, by a generated function; what
depends on a lever becomes a linear expression of its units, and comparisons become constraints. Since only "certainly
passes" is asked for, a plan holds at the low end of every range.

Numbers are stated in one direction: where more helps (want +1) the expression may claim less than the truth, where
less helps (want −1) it may claim more, and it can always claim the truth itself.
"""

from __future__ import annotations

import datetime as dt
import functools
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from tidui.rules.answers import Explainer, read_leaves
from tidui.rules.integers import Word, order
from tidui.rules.levers import Lever, Levers, Limit, added, movable
from tidui.rules.lower import Lowering
from tidui.rules.nodes import Leaf
from tidui.rules.plan_linear import Exact, Formula, Linear, Model, Switch, TooHard, join
from tidui.rules.plan_time import Timed
from tidui.rules.pycode import PythonReading
from tidui.rules.values import Facts

_MOVED: Final = ("value", "yes", "no")


class Planner:
    """A program and the levers to plan with; serves any enterprise.

    Which of the facts that levers move are known decides which form of the verdict is prepared: known facts are
    plain numbers there, without ends of a range. A form takes milliseconds, and most enterprises share one.
    """

    def __init__(self, explainer: Explainer, levers: Levers) -> None:
        self.explainer, self.levers = explainer, levers
        self.program = explainer.program
        self.catalogue = self.program.catalogue
        self.moving: dict[Leaf, list[tuple[Lever, Fraction | None]]] = {}
        for lever in levers:
            for change in lever.changes:
                kind = self.catalogue[change.fact]
                per_unit = None if change.per_unit is None else added(kind, change) * kind.scale
                self.moving.setdefault(Leaf(change.fact, change.offset), []).append((lever, per_unit))
        verdict = explainer.lowering.truth(self.program.rules["verdict"].node).yes
        read = {word.value for word in order([verdict]) if word.op in _MOVED}
        self.leaves = [leaf for leaf in self.moving if leaf in read]
        self.kinds = [self.catalogue[leaf.fact] for leaf in self.leaves]
        #: Those that are conditions: whether they are known makes no difference to the form.
        self.conditions = frozenset(leaf for leaf in self.leaves if self.catalogue[leaf.fact].kind == "bool")
        self.form = functools.lru_cache(maxsize=256)(self._form)

    def _form(self, known: frozenset[Leaf]) -> Form:
        return Form(self, known)

    def relevant(self, lever: Lever) -> bool:
        """Whether the verdict reads any fact that the lever changes."""
        return any(Leaf(change.fact, change.offset) in self.leaves for change in lever.changes)


class Form:
    """The words of a verdict where certain facts are known: what depends on levers, and a function for the rest."""

    def __init__(self, planner: Planner, known: frozenset[Leaf]) -> None:
        self.catalogue = planner.catalogue
        self._lowering = lowering = Lowering(planner.catalogue, complete=known.__contains__)
        self._rules = planner.program.of_kind("condition")
        verdict = lowering.truth(planner.program.rules["verdict"].node).yes
        #: What must hold all together: the arguments of the verdict's outermost "and".
        self.parts: tuple[Word, ...] = verdict.args if verdict.op == "and" else (verdict,)
        words = order([verdict])
        moving = known | planner.conditions
        self.depends: set[int] = set()
        for word in words:
            moved = word.op in _MOVED and word.value in moving
            if moved or any(arg.id in self.depends for arg in word.args):
                self.depends.add(word.id)
        self.frontier = self._frontier(words)
        self.reading = PythonReading(self.frontier)
        self.kinds = [self.catalogue[leaf.fact] for leaf in self.reading.leaves]
        self._timed: dict[tuple[int, ...], Timed] = {}

    def _frontier(self, words: list[Word]) -> list[Word]:
        found = {part.id: part for part in self.parts if part.id not in self.depends}
        for word in words:
            if word.id in self.depends:
                found.update({arg.id: arg for arg in word.args if arg.id not in self.depends})
        return list(found.values())

    @functools.cached_property
    def conditions(self) -> dict[str, Word]:
        """Each condition's own "certainly true"."""
        return {built.rule.id: self._lowering.truth(built.node).yes for built in self._rules}

    def timed(self, words: Sequence[Word]) -> Timed:
        """These truths, ready to be read on many days."""
        key = tuple(word.id for word in words)
        found = self._timed.get(key)
        if found is None:
            found = self._timed[key] = Timed(words, self.catalogue)
        return found


@functools.lru_cache(maxsize=64)
def planner(explainer: Explainer, levers: Levers) -> Planner:
    """The same planner for the same explainer and levers."""
    return Planner(explainer, levers)


@dataclass(slots=True)
class Pull:
    """A lever in the programme: its variable (how often it is pulled) and how often it can be."""

    lever: Lever
    variable: int
    most: int


class Case:
    """One enterprise as of one day: the formula of each part of the verdict, over the levers that can be used."""

    def __init__(self, planner: Planner, facts: Facts, on: dt.date, year: int) -> None:
        self.planner, self.facts, self.on, self.year = planner, facts, on, year
        self.model = Model()
        #: Whether every condition could be stated; if not, what could not counts as not met.
        self.exact = True
        values, states = read_leaves(planner.leaves, planner.kinds, facts, on, year)
        self.base = {
            leaf: value for leaf, value, state in zip(planner.leaves, values, states, strict=True) if state == 1
        }
        self.form = form = planner.form(frozenset(self.base) - planner.conditions)
        values, states = read_leaves(form.reading.leaves, form.kinds, facts, on, year)
        row = form.reading(values, states, on, year)
        self.known: dict[int, Any] = {word.id: value for word, value in zip(form.frontier, row, strict=True)}
        self._formulas: dict[tuple[int, bool], Formula] = {}
        self._numbers: dict[tuple[int, int], Linear] = {}
        self.pulls: dict[str, Pull] = {}
        self.unusable: dict[str, tuple[str, ...]] = {}
        for lever in planner.levers:
            self._offer(lever)
        self.parts: tuple[Formula, ...] = tuple(self.formula(part, True) for part in form.parts)

    # ------------------------------------------------------------------ levers
    def _place(self, fact: str, offset: int | None) -> tuple[str, int | None]:
        return fact, None if offset is None else self.year + offset

    def _offer(self, lever: Lever) -> None:
        """A variable for a lever that the verdict reads, and the bounds of the facts that it moves."""
        if not self.planner.relevant(lever) or not lever.steps:
            return
        raw = {change: self.facts.get(*self._place(change.fact, change.offset)) for change in lever.changes}
        read = [change for change in lever.changes if Leaf(change.fact, change.offset) in self.planner.leaves]
        if not any(movable(raw[change], change) for change in read):
            unknown = tuple(change.fact for change in read if raw[change] is None)
            if unknown:
                self.unusable[lever.id] = unknown
            return
        most = lever.steps
        for change, value in raw.items():
            kind = self.planner.catalogue[change.fact]
            if movable(value, change) and change.per_unit is not None and kind.high is not None:
                room = (kind.high * (100 if kind.kind == "money" else 1) - Fraction(value)) / added(kind, change)  # type: ignore[arg-type]
                most = min(most, max(int(room // lever.step), 0))
        if most:
            self.pulls[lever.id] = Pull(lever, self.model.variable(0, most), most)

    def bind(self) -> None:
        """States what the catalogue and the levers say of the facts after the change."""
        for leaf, value in self.base.items():
            kind = self.planner.catalogue[leaf.fact]
            moved = self._moved(leaf, value)
            if kind.high is not None and len(moved.terms) > 1:
                ceiling = kind.high * kind.scale * (100 if kind.kind == "money" else 1)
                room = self.model.plus(self.model.fixed(max(ceiling, value)), moved, -1)
                self.model.require(self.model.at_least(room, strict=False))
        for pull in self.pulls.values():
            for limit in pull.lever.limits:
                self._bind_limit(limit)

    def _bind_limit(self, limit: Limit) -> None:
        ours_now, theirs_now = (
            self.facts.get(*self._place(fact, limit.offset)) for fact in (limit.fact, limit.at_most)
        )
        if not (isinstance(ours_now, int | Fraction) and isinstance(theirs_now, int | Fraction)):
            return
        scale = self.planner.catalogue[limit.fact].scale
        ours = self._moved(Leaf(limit.fact, limit.offset), ours_now * scale)
        theirs = self._moved(Leaf(limit.at_most, limit.offset), theirs_now * scale)
        if ours.constant <= theirs.constant:
            self.model.require(self.model.at_least(self.model.plus(theirs, ours, -1), strict=False))

    def _moved(self, leaf: Leaf, value: Exact) -> Linear:
        terms: dict[int, Exact] = {}
        for lever, per_unit in self.planner.moving.get(leaf, ()):
            pull = self.pulls.get(lever.id)
            if pull is not None and per_unit is not None:
                step = per_unit * lever.step
                terms[pull.variable] = int(step) if step.denominator == 1 else step
        return self.model.linear(value, terms)

    def _turned(self, leaf: Leaf, positive: bool) -> Formula:
        """Whether a condition that is a fact is true after the change (positive), or is not."""
        if self.base[leaf] == 1:
            return positive
        pulls = [self.pulls.get(lever.id) for lever, _ in self.planner.moving[leaf]]
        return join(not positive, [Switch(p.variable if positive else ~p.variable) for p in pulls if p is not None])

    # ------------------------------------------------------------------ truth
    def formula(self, word: Word, positive: bool) -> Formula:
        """Whether a truth holds, or does not (positive False)."""
        if word.id in self.known:
            return bool(self.known[word.id]) is positive
        key = (word.id, positive)
        found = self._formulas.get(key)
        if found is None:
            try:
                found = self._formula(word, positive)
            except (TooHard, RecursionError):
                self.exact, found = False, False
            self._formulas[key] = found
        return found

    def _formula(self, word: Word, positive: bool) -> Formula:
        op = word.op
        if op in ("and", "or"):
            every = (op == "and") is positive
            parts: list[Formula] = []
            for arg in word.args:
                part = self.formula(arg, positive)
                if isinstance(part, bool) and part is not every:
                    return part
                parts.append(part)
            return join(every, parts)
        if op == "not":
            return self.formula(word.args[0], not positive)
        if op in ("true", "false"):
            return (op == "true") is positive
        if op in ("yes", "no"):
            if word.value not in self.base:
                return not positive
            return self._turned(word.value, (op == "yes") is positive)
        left, right = word.args
        if op == "eq":
            sides = [self._gap(left, right, not positive), self._gap(right, left, not positive)]
            return join(positive, sides)
        if positive:
            return self._gap(left, right, op == "lt")
        return self._gap(right, left, op == "le")

    def _gap(self, small: Word, large: Word, strict: bool) -> Formula:
        """small ≤ large, or small < large."""
        gap = self.model.plus(self.number(large, 1), self.number(small, -1), -1)
        return self.model.at_least(gap, strict)

    # ------------------------------------------------------------------ numbers
    def number(self, word: Word, want: int) -> Linear:
        """A whole number as a linear expression; see the head of this file for `want`."""
        if word.id in self.known:
            return self.model.fixed(self.known[word.id])
        if word.op == "const":
            return self.model.fixed(word.value)
        key = (word.id, want)
        found = self._numbers.get(key)
        if found is None:
            found = self._numbers[key] = getattr(self, f"_num_{word.op}")(word, want)
        return found

    def _num_value(self, word: Word, want: int) -> Linear:
        return self._moved(word.value, self.base[word.value])

    def _num_add(self, word: Word, want: int) -> Linear:
        return self.model.plus(self.number(word.args[0], want), self.number(word.args[1], want))

    def _num_sub(self, word: Word, want: int) -> Linear:
        return self.model.plus(self.number(word.args[0], want), self.number(word.args[1], -want), -1)

    def _num_mul(self, word: Word, want: int) -> Linear:
        left, right = word.args
        for one, other in ((left, right), (right, left)):
            factor = self.known.get(one.id, one.value if one.op == "const" else None)
            if factor is not None:
                return self.model.times(factor, self.number(other, want if factor >= 0 else -want))
        a, b = self.number(left, want), self.number(right, want)
        if not a.terms or not b.terms:
            factor, other = (a.constant, right) if not a.terms else (b.constant, left)
            return self.model.times(factor, self.number(other, want if factor >= 0 else -want))
        if a.low < 0 or b.low < 0:
            raise TooHard
        return self._product(a, b)

    def _product(self, a: Linear, b: Linear) -> Linear:
        """The product of two expressions that are never negative, as a variable of its own."""
        model = self.model
        factors = []
        for one in (a, b):
            variable, scale = model.whole(one)
            for want in (1, -1):
                model.beside(variable, scale, one, want, None)
            factors.append((variable, scale, one))
        (first, scale_a, _), (second, scale_b, _) = factors
        scale = scale_a * scale_b
        result = model.variable(int(a.low * b.low * scale), int(a.high * b.high * scale))
        model.products.append((result, first, second))
        return model.linear(0, {result: Fraction(1, scale)})

    def _num_min(self, word: Word, want: int) -> Linear:
        return self._extreme(word, want, 1)

    def _num_max(self, word: Word, want: int) -> Linear:
        return self._extreme(word, want, -1)

    def _extreme(self, word: Word, want: int, sign: int) -> Linear:
        """The smaller (sign +1) or the larger (sign −1) of two numbers."""
        a, b = (self.number(arg, want) for arg in word.args)
        for one, other in ((a, b), (b, a)):
            if sign * (self.model.plus(other, one, -1).low if sign > 0 else self.model.plus(other, one, -1).high) >= 0:
                return one
        variable, scale = self.model.whole(a, b)
        if want == sign:
            for end in (a, b):
                self.model.beside(variable, scale, end, want, None)
        else:
            which = self.model.variable(0, 1)
            self.model.beside(variable, scale, a, want, which)
            self.model.beside(variable, scale, b, want, ~which)
        return self.model.linear(0, {variable: _part(scale)})

    def _num_choose(self, word: Word, want: int) -> Linear:
        chain, last = self._chain(word, want)
        if not chain:
            return last
        if not last.terms and all(not value.terms for _, value in chain):
            steps = self._staircase(chain, last, want)
            if steps is not None:
                return steps
        for truth, value in reversed(chain):
            last = self._either(truth, value, last, want)
        return last

    def _chain(self, word: Word, want: int) -> tuple[list[tuple[Word, Linear]], Linear]:
        """The cases of nested choices that are still open, in their order, and what remains."""
        chain: list[tuple[Word, Linear]] = []
        while word.op == "choose" and word.id not in self.known:
            truth, yes, no = word.args
            decided = self.formula(truth, True)
            if decided is True:
                return chain, self.number(yes, want)
            if decided is not False:
                chain.append((truth, self.number(yes, want)))
            word = no
        return chain, self.number(word, want)

    def _staircase(self, chain: list[tuple[Word, Linear]], last: Linear, want: int) -> Linear | None:
        """Fixed values, the best first: one may be claimed if its own condition holds, whatever the others say."""
        values = [value.constant * want for _, value in chain] + [last.constant * want]
        if any(one < other for one, other in itertools.pairwise(values)):
            return None
        terms: dict[int, Exact] = {}
        for truth, value in chain:
            step = self.model.variable(0, 1)
            self.model.require(self.formula(truth, True), step)
            if value.constant != last.constant:
                terms[step] = value.constant - last.constant
        if len(terms) > 1:
            self.model.groups.append(tuple(terms))
        ends = [value.constant for _, value in chain] + [last.constant]
        return Linear(last.constant, terms, min(ends), max(ends))

    def _either(self, truth: Word, yes: Linear, no: Linear, want: int) -> Linear:
        which = self.model.variable(0, 1)
        self.model.require(self.formula(truth, True), which)
        gap = self.model.plus(yes, no, -1)
        if (gap.low if want > 0 else -gap.high) < 0:
            self.model.require(self.formula(truth, False), ~which)
        if not yes.terms and not no.terms:
            return self.model.linear(no.constant, {which: yes.constant - no.constant})
        variable, scale = self.model.whole(yes, no)
        self.model.beside(variable, scale, yes, want, which)
        self.model.beside(variable, scale, no, want, ~which)
        return self.model.linear(0, {variable: _part(scale)})

    def _num_floordiv(self, word: Word, want: int) -> Linear:
        top, bottom = self.number(word.args[0], want), self.number(word.args[1], -want)
        if bottom.terms or any(Fraction(value).denominator != 1 for value in (top.constant, *top.terms.values())):
            raise TooHard
        divisor = int(bottom.constant)
        exact = self.model.times(Fraction(1, divisor), top)
        variable = self.model.variable(int(exact.low // 1), int(exact.high // 1))
        slack = exact if want > 0 else self.model.plus(exact, self.model.fixed(Fraction(1 - divisor, divisor)))
        self.model.beside(variable, 1, slack, want, None)
        return self.model.linear(0, {variable: 1})


def units_of(case: Case, solution: Mapping[int, int]) -> dict[Lever, int]:
    """The units of each lever that a solution pulls."""
    return {
        pull.lever: solution[pull.variable] * pull.lever.step
        for pull in case.pulls.values()
        if solution.get(pull.variable, 0)
    }


def _part(scale: int) -> Exact:
    return 1 if scale == 1 else Fraction(1, scale)
