"""A small integer programme: linear expressions over bounded whole variables, and what must hold of them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias

Exact: TypeAlias = int | Fraction
#: A variable that is 0 or 1, as its number, or ~number for its contrary.
Literal: TypeAlias = int

#: The solver computes in 64 bits; sums stay below this.
LIMIT = 2**60


class TooHard(Exception):
    """An expression that this reading cannot state linearly within 64 bits."""


@dataclass(frozen=True, slots=True)
class Linear:
    """constant + Σ coefficient × variable, exactly, with the ends that the variables' bounds allow."""

    constant: Exact
    terms: dict[int, Exact]
    low: Exact
    high: Exact


@dataclass(frozen=True, slots=True, eq=False)
class Atom:
    """Σ coefficient × variable ≥ bound, in whole numbers without a common divisor."""

    terms: tuple[tuple[int, int], ...]
    bound: int


@dataclass(frozen=True, slots=True, eq=False)
class Join:
    """All (`every`) or any of some formulas; none of them is a plain truth."""

    every: bool
    parts: tuple[Formula, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Switch:
    """A literal."""

    literal: Literal


Formula: TypeAlias = "bool | Atom | Join | Switch"


def join(every: bool, parts: list[Formula]) -> Formula:
    """All or any of these, without what is decided."""
    kept: list[Formula] = []
    for part in parts:
        if isinstance(part, bool):
            if part is not every:
                return part
            continue
        kept.append(part)
    if not kept:
        return every
    return kept[0] if len(kept) == 1 else Join(every, tuple(kept))


def common_scale(a: Linear) -> int:
    """The least whole number that makes every number of an expression whole."""
    return math.lcm(a.constant.denominator, *(value.denominator for value in a.terms.values()))


@dataclass(slots=True)
class Model:
    """Variables with their bounds, and constraints, each of which may be bound to a literal."""

    bounds: list[tuple[int, int]] = field(default_factory=list)
    rows: list[tuple[Literal | None, tuple[tuple[int, int], ...], int]] = field(default_factory=list)
    clauses: list[tuple[Literal | None, tuple[Literal, ...]]] = field(default_factory=list)
    groups: list[tuple[Literal, ...]] = field(default_factory=list)
    products: list[tuple[int, int, int]] = field(default_factory=list)
    _literals: dict[object, Literal] = field(default_factory=dict)

    # ------------------------------------------------------------------ expressions
    def variable(self, low: int, high: int) -> int:
        """A new whole variable."""
        if max(abs(low), abs(high)) >= LIMIT:
            raise TooHard
        self.bounds.append((low, high))
        return len(self.bounds) - 1

    def fixed(self, value: Exact) -> Linear:
        """A constant."""
        return Linear(value, {}, value, value)

    def linear(self, constant: Exact, terms: dict[int, Exact]) -> Linear:
        """constant + Σ coefficient × variable."""
        terms = {variable: coefficient for variable, coefficient in terms.items() if coefficient}
        low = high = constant
        for variable, coefficient in terms.items():
            least, most = self.bounds[variable]
            if coefficient < 0:
                least, most = most, least
            low += coefficient * least
            high += coefficient * most
        return Linear(constant, terms, low, high)

    def plus(self, a: Linear, b: Linear, sign: int = 1) -> Linear:
        """a + b, or a − b with sign −1."""
        if not b.terms:
            more = sign * b.constant
            return Linear(a.constant + more, a.terms, a.low + more, a.high + more)
        terms = dict(a.terms)
        for variable, coefficient in b.terms.items():
            terms[variable] = terms.get(variable, 0) + sign * coefficient
        return self.linear(a.constant + sign * b.constant, terms)

    def times(self, factor: Exact, a: Linear) -> Linear:
        """factor × a."""
        ends = (factor * a.low, factor * a.high)
        if not factor:
            return self.fixed(0)
        terms = {variable: factor * coefficient for variable, coefficient in a.terms.items()}
        return Linear(factor * a.constant, terms, min(ends), max(ends))

    # ------------------------------------------------------------------ conditions
    def at_least(self, a: Linear, strict: bool) -> Formula:
        """a ≥ 0, or a > 0."""
        if a.low > 0 or (a.low == 0 and not strict):
            return True
        if a.high < 0 or (a.high == 0 and strict):
            return False
        scale = common_scale(a)
        whole = {variable: int(c * scale) for variable, c in a.terms.items()}
        bound = int(strict) - int(a.constant * scale)
        common = math.gcd(*whole.values())
        terms = tuple(sorted((variable, c // common) for variable, c in whole.items()))
        bound = -(-bound // common)
        if sum(abs(c) * max(abs(end) for end in self.bounds[v]) for v, c in terms) + abs(bound) >= LIMIT:
            raise TooHard
        return Atom(terms, bound)

    def literal(self, formula: Formula) -> Literal:
        """A literal that is true only if the formula is."""
        if isinstance(formula, Switch):
            return formula.literal
        key: object = (formula.terms, formula.bound) if isinstance(formula, Atom) else formula
        found = self._literals.get(key)
        if found is None:
            found = self._literals[key] = self.variable(0, 1)
            self.require(formula, found)
        return found

    def require(self, formula: Formula, where: Literal | None = None) -> None:
        """The formula must hold (where the literal is true)."""
        if formula is True:
            return
        if formula is False:
            self.clauses.append((where, ()))
        elif isinstance(formula, Atom):
            self.rows.append((where, formula.terms, formula.bound))
        elif isinstance(formula, Switch):
            self.clauses.append((where, (formula.literal,)))
        elif formula.every:
            for part in formula.parts:
                self.require(part, where)
        else:
            self.clauses.append((where, tuple(self.literal(part) for part in formula.parts)))

    # ------------------------------------------------------------------ choices
    def whole(self, *ends: Linear) -> tuple[int, int]:
        """A new variable that can take every value between these, times the scale that is returned with it."""
        scale = math.lcm(*(common_scale(end) for end in ends))
        low, high = min(end.low for end in ends), max(end.high for end in ends)
        return self.variable(math.floor(low * scale), math.ceil(high * scale)), scale

    def beside(self, variable: int, scale: int, end: Linear, want: int, where: Literal | None) -> None:
        """The variable is at most (want +1) or at least (want −1) this end, where the literal is true."""
        gap = self.plus(end, self.linear(0, {variable: 1 if scale == 1 else Fraction(1, scale)}), -1)
        self.require(self.at_least(self.times(want, gap), strict=False), where)
