"""Exact quotients of whole-number words, with a denominator that is always positive."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from tidui.rules.integers import Word, Words


@dataclass(frozen=True, slots=True)
class Quotient:
    """n/d with d > 0."""

    n: Word
    d: Word


class Quotients:
    """Arithmetic and comparison of quotients; everything becomes sums and products of whole numbers."""

    def __init__(self) -> None:
        self.words = Words()
        self.one, self.zero = self.words.const(1), self.words.const(0)

    def fixed(self, value: Fraction) -> Quotient:
        """A constant."""
        return Quotient(self.words.const(value.numerator), self.words.const(value.denominator))

    def _aligned(self, a: Quotient, b: Quotient) -> tuple[Word, Word, Word]:
        """Both numerators over one denominator."""
        w = self.words
        if a.d is b.d:
            return a.n, b.n, a.d
        if a.d.op == b.d.op == "const":
            common = math.lcm(a.d.value, b.d.value)
            up = [w.mul(w.const(common // q.d.value), q.n) for q in (a, b)]
            return up[0], up[1], w.const(common)
        return w.mul(a.n, b.d), w.mul(b.n, a.d), w.mul(a.d, b.d)

    def below(self, a: Quotient, b: Quotient) -> Word:
        """a < b."""
        left, right, _ = self._aligned(a, b)
        return self.words.compare("lt", left, right)

    def at_most(self, a: Quotient, b: Quotient) -> Word:
        """a ≤ b."""
        left, right, _ = self._aligned(a, b)
        return self.words.compare("le", left, right)

    def same(self, a: Quotient, b: Quotient) -> Word:
        """a = b."""
        if a == b:
            return self.words.true
        left, right, _ = self._aligned(a, b)
        return self.words.compare("eq", left, right)

    def plus(self, a: Quotient, b: Quotient) -> Quotient:
        """a + b."""
        left, right, d = self._aligned(a, b)
        return Quotient(self.words.add(left, right), d)

    def minus(self, a: Quotient, b: Quotient) -> Quotient:
        """a − b."""
        left, right, d = self._aligned(a, b)
        return Quotient(self.words.sub(left, right), d)

    def times(self, a: Quotient, b: Quotient) -> Quotient:
        """a × b."""
        return self._reduced(self.words.mul(a.n, b.n), self.words.mul(a.d, b.d))

    def _reduced(self, n: Word, d: Word) -> Quotient:
        """Cancels what is constant above and below, so that numbers stay small."""
        if d.op == "const" and n.op == "mul" and n.args[0].op == "const":
            common = math.gcd(n.args[0].value, d.value)
            if common > 1:
                w = self.words
                n = w.mul(w.const(n.args[0].value // common), n.args[1])
                d = w.const(d.value // common)
        return Quotient(n, d)

    def pick(self, truth: Word, a: Quotient, b: Quotient) -> Quotient:
        """a where truth, otherwise b."""
        if a == b:
            return a
        left, right, d = (a.n, b.n, a.d) if a.d is b.d else (None, None, None)
        if d is None and a.d.op == b.d.op == "const":
            left, right, d = self._aligned(a, b)
        w = self.words
        if d is not None and left is not None and right is not None:
            return Quotient(w.choose(truth, left, right), d)
        return Quotient(w.choose(truth, a.n, b.n), w.choose(truth, a.d, b.d))

    def extreme(self, op: str, a: Quotient, b: Quotient) -> Quotient:
        """The smaller or larger of two quotients."""
        if a == b:
            return a
        w = self.words
        if a.d is b.d or a.d.op == b.d.op == "const":
            left, right, d = self._aligned(a, b)
            return Quotient((w.least if op == "min" else w.most)(left, right), d)
        first = self.at_most(a, b)
        return self.pick(first, a, b) if op == "min" else self.pick(first, b, a)

    def _quotient(self, a: Quotient, b: Quotient) -> tuple[Quotient, Word]:
        """a ÷ b where b is not zero (a ÷ 1 where it is), and whether b is zero."""
        w = self.words
        is_zero = w.compare("eq", b.n, self.zero)
        bottom = w.choose(is_zero, self.one, b.n)
        top, down = self._divide(a, Quotient(bottom, b.d))
        if b.n.low is None or b.n.low < 0:
            negative = w.compare("lt", bottom, self.zero)
            top = w.choose(negative, w.sub(self.zero, top), top)
            down = w.choose(negative, w.sub(self.zero, down), down)
            down = self._at_least_one(down)
        return Quotient(top, down), is_zero

    def _divide(self, a: Quotient, b: Quotient) -> tuple[Word, Word]:
        w = self.words
        if a.d is b.d:
            return a.n, b.n
        if a.d.op == b.d.op == "const":
            common = math.gcd(a.d.value, b.d.value)
            return (
                w.mul(w.const(b.d.value // common), a.n),
                w.mul(w.const(a.d.value // common), b.n),
            )
        return w.mul(a.n, b.d), w.mul(a.d, b.n)

    def _at_least_one(self, word: Word) -> Word:
        return self.words.most(word, self.one)

    def rounded(self, quotient: Quotient) -> Word:
        """The quotient rounded half-up to a whole number."""
        w = self.words
        if quotient.d.op == "const" and quotient.d.value == 1:
            return quotient.n
        two = w.const(2)
        return w.floordiv(w.add(w.mul(two, quotient.n), quotient.d), w.mul(two, quotient.d))
