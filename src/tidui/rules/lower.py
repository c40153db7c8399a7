"""From the graph to whole-number arithmetic: ranges, unknown and none spelled out, ratios cross-multiplied.

A number becomes two ends, each an exact quotient n/d of whole numbers (d > 0), and four truths: whether each end is
there (otherwise it is unbounded), whether the value is none, and whether there certainly is a value. A condition
becomes two truths: certainly true, certainly false; neither is unknown.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from tidui.rules import integers
from tidui.rules.integers import Word
from tidui.rules.nodes import Leaf, Node, Table
from tidui.rules.quotients import Quotient, Quotients
from tidui.rules.values import Catalogue, FactType

FEN: Final = 100


@dataclass(frozen=True, slots=True)
class Number:
    """A number's two ends and what is known of it."""

    low: Quotient
    high: Quotient
    has_low: Word
    has_high: Word
    none: Word
    value: Word  # there certainly is a value

    @property
    def single(self) -> bool:
        """Whether both ends are the same expression."""
        return self.low == self.high and self.has_low is self.has_high


@dataclass(frozen=True, slots=True)
class Truth:
    """A condition: certainly true, certainly false."""

    yes: Word
    no: Word


class Lowering(Quotients):
    """Turns nodes into words, once each. `complete` names the leaves that are known in every row."""

    def __init__(self, catalogue: Catalogue, complete: Callable[[Leaf], bool] = lambda leaf: False) -> None:
        super().__init__()
        self.catalogue, self.complete = catalogue, complete
        self._numbers: dict[int, Number] = {}
        self._truths: dict[int, Truth] = {}
        self._signs: dict[int, bool] = {}

    # ------------------------------------------------------------------ entry
    def number(self, node: Node) -> Number:
        """A node of type num or date."""
        found = self._numbers.get(node.id)
        if found is None:
            found = self._numbers[node.id] = getattr(self, f"_num_{node.op}")(node)
        return found

    def truth(self, node: Node) -> Truth:
        """A node of type bool."""
        found = self._truths.get(node.id)
        if found is None:
            found = self._truths[node.id] = getattr(self, f"_bool_{node.op}")(node)
        return found

    def exact(self, number: Number) -> Word:
        """Whether the number is known exactly."""
        ends = self.words.both(number.has_low, number.has_high)
        return ends if number.single else self.words.both(ends, self.same(number.low, number.high))

    def known(self, number: Number) -> Word:
        """Whether the number is known exactly, or known to be none."""
        return self.words.either(self.exact(number), number.none)

    # ------------------------------------------------------------------ numbers
    def point(self, quotient: Quotient, there: Word | None = None, none: Word | None = None) -> Number:
        """A number whose two ends are one expression."""
        w = self.words
        there = w.true if there is None else there
        return Number(quotient, quotient, there, there, none or w.false, there)

    def _num_lit(self, node: Node) -> Number:
        return self.point(self.fixed(Fraction(node.value)))

    def _num_unknown(self, node: Node) -> Number:
        nothing, never = self.fixed(Fraction(0)), self.words.false
        return Number(nothing, nothing, never, never, never, never)

    def _bool_unknown(self, node: Node) -> Truth:
        return Truth(self.words.false, self.words.false)

    def _num_ctx(self, node: Node) -> Number:
        return self.point(Quotient(self.words.context(node.value), self.one))

    def _num_leaf(self, node: Node) -> Number:
        leaf: Leaf = node.value
        w = self.words
        kind = self.catalogue[leaf.fact]
        low, high, scale, assumed = leaf_bounds(leaf, kind)
        floor, ceiling = (-assumed if low is None else low), (assumed if high is None else high)
        word = w.leaf("value", leaf, min(floor, 0), max(ceiling, 0))
        divisor = w.const(scale)
        if self.complete(leaf):
            return self.point(Quotient(word, divisor))
        known = w.leaf("known", leaf)
        none = w.leaf("none", leaf) if can_be_none(leaf, kind) else w.false
        at_low = word if low == 0 else word if low is None else w.choose(known, word, w.const(low))
        at_high = word if high is None else w.choose(known, word, w.const(high))
        return Number(
            Quotient(at_low, divisor), Quotient(at_high, divisor),
            known if low is None else w.true, known if high is None else w.true, none, known,
        )  # fmt: skip

    def _num_add(self, node: Node) -> Number:
        a, b = (self.number(arg) for arg in node.args)
        w = self.words
        return Number(
            self.plus(a.low, b.low), self.plus(a.high, b.high), w.both(a.has_low, b.has_low),
            w.both(a.has_high, b.has_high), w.either(a.none, b.none), w.both(a.value, b.value),
        )  # fmt: skip

    def _num_sub(self, node: Node) -> Number:
        a, b = (self.number(arg) for arg in node.args)
        w = self.words
        return Number(
            self.minus(a.low, b.high), self.minus(a.high, b.low), w.both(a.has_low, b.has_high),
            w.both(a.has_high, b.has_low), w.either(a.none, b.none), w.both(a.value, b.value),
        )  # fmt: skip

    def _num_mul(self, node: Node) -> Number:
        a, b = (self.number(arg) for arg in node.args)
        w = self.words
        none, value = w.either(a.none, b.none), w.both(a.value, b.value)
        for fixed, other in ((a, b), (b, a)):
            if fixed.low.n.op == "const" and fixed.single and fixed.has_low is w.true:
                low, high = (other.low, other.high) if fixed.low.n.value >= 0 else (other.high, other.low)
                oks = (other.has_low, other.has_high) if low is other.low else (other.has_high, other.has_low)
                low, high = self.times(fixed.low, low), self.times(fixed.low, high)
                return Number(low, high, *oks, none, value)
        if all(self.never_negative(arg) for arg in node.args):
            a, b = self._from_zero(a), self._from_zero(b)
            low, high = self.times(a.low, b.low), self.times(a.high, b.high)
            return Number(low, high, w.both(a.has_low, b.has_low), w.both(a.has_high, b.has_high), none, value)
        both = w.both(self.exact(a), self.exact(b))
        return self.point(self.times(a.low, b.low), both, none)

    def never_negative(self, node: Node) -> bool:
        """Whether a number can never be negative, as far as the catalogue and the text tell.

        Told from the graph alone, so that every reading takes the same way whichever facts it is given.
        """
        found = self._signs.get(node.id)
        if found is None:
            found = self._signs[node.id] = self._sign(node)
        return found

    def _sign(self, node: Node) -> bool:
        if node.op == "lit":
            return bool(node.value >= 0)
        if node.op == "leaf":
            low = leaf_bounds(node.value, self.catalogue[node.value.fact])[0]
            return node.type == "num" and low is not None and low >= 0
        if node.op == "bands":
            table: Table = node.value
            return min([table.else_low, *(band.low for band in table.bands)]) >= 0
        if node.op == "max":
            return any(self.never_negative(arg) and arg.op == "lit" for arg in node.args) or all(
                self.never_negative(arg) for arg in node.args
            )
        if node.op in ("add", "mul", "sum", "min", "ratio", "first_known"):
            return all(self.never_negative(arg) for arg in node.args)
        return node.op == "count" or (node.op == "if" and all(self.never_negative(arg) for arg in node.args[1:]))

    def _from_zero(self, number: Number) -> Number:
        """A number that is never negative, its low end at 0 where nothing more is known."""
        low = self.pick(number.has_low, number.low, self.fixed(Fraction(0)))
        return Number(low, number.high, self.words.true, number.has_high, number.none, number.value)

    def _num_ratio(self, node: Node) -> Number:
        top, bottom = (self.number(arg) for arg in node.args[:2])
        zero = self.number(node.args[2]) if len(node.args) == 3 else None
        if bottom.single and top.single:
            return self._point_ratio(top, bottom, zero)
        if all(self.never_negative(arg) for arg in node.args[:2]):
            return self._range_ratio(self._from_zero(top), self._from_zero(bottom), zero)
        w = self.words
        exact = self._point_ratio(top, bottom, zero)
        sure = w.both(self.exact(top), self.exact(bottom))
        there = [w.both(sure, word) for word in (exact.has_low, exact.has_high, exact.value)]
        return Number(exact.low, exact.high, there[0], there[1], exact.none, there[2])

    def _point_ratio(self, top: Number, bottom: Number, zero: Number | None) -> Number:
        w = self.words
        result, is_zero = self._quotient(top.low, bottom.low)
        none = w.either(top.none, bottom.none)
        there = w.both(top.has_low, top.has_high, bottom.has_low, bottom.has_high)
        known_zero = w.both(bottom.has_low, bottom.has_high, is_zero)
        if zero is None:
            return self.point(result, w.both(there, w.negate(is_zero)), none)
        low, high = self.pick(known_zero, zero.low, result), self.pick(known_zero, zero.high, result)
        ends = (
            w.choose(known_zero, zero.has_low, there),
            w.choose(known_zero, zero.has_high, there),
        )
        return Number(low, high, *ends, none, w.choose(known_zero, zero.value, there))

    def _range_ratio(self, top: Number, bottom: Number, zero: Number | None) -> Number:
        """a ÷ b for a, b that are never negative."""
        w = self.words
        nothing = self.fixed(Fraction(0))
        small, high_zero = self._quotient(top.low, bottom.high)
        large, low_zero = self._quotient(top.high, bottom.low)
        surely_zero = w.both(bottom.has_high, high_zero)
        maybe_zero = low_zero
        low = self.pick(w.both(bottom.has_high, w.negate(high_zero)), small, nothing)
        has_low, has_high = w.true, w.both(top.has_high, bottom.has_low, w.negate(maybe_zero))
        high = large
        if zero is None:
            keep = w.negate(maybe_zero)
            there = [w.both(word, keep) for word in (has_low, has_high, w.both(top.value, bottom.value))]
            return Number(low, high, there[0], there[1], w.either(top.none, bottom.none), there[2])
        hull = self.extreme("min", low, zero.low)
        low = self.pick(surely_zero, zero.low, self.pick(maybe_zero, hull, low))
        high = self.pick(surely_zero, zero.high, high)
        has_low = w.choose(maybe_zero, zero.has_low, has_low)
        has_high = w.choose(surely_zero, zero.has_high, has_high)
        value = w.both(bottom.value, w.either(top.value, w.both(surely_zero, zero.value)))
        return Number(low, high, has_low, has_high, w.either(top.none, bottom.none), value)

    def _num_min(self, node: Node) -> Number:
        return self._fold_extreme("min", [self.number(arg) for arg in node.args])

    def _num_max(self, node: Node) -> Number:
        return self._fold_extreme("max", [self.number(arg) for arg in node.args])

    def _fold_extreme(self, op: str, numbers: list[Number]) -> Number:
        result = numbers[0]
        for number in numbers[1:]:
            result = self._extreme_pair(op, result, number)
        return result

    def _extreme_pair(self, op: str, a: Number, b: Number) -> Number:
        w = self.words
        if a == b:
            return a
        low, has_low = self._extreme_end(op, a.low, b.low, a.has_low, b.has_low, decisive=op == "min")
        high, has_high = self._extreme_end(op, a.high, b.high, a.has_high, b.has_high, decisive=op == "max")
        for one, other in ((a, b), (b, a)):
            low, high = self.pick(one.none, other.low, low), self.pick(one.none, other.high, high)
            has_low = w.choose(one.none, other.has_low, has_low)
            has_high = w.choose(one.none, other.has_high, has_high)
        return Number(low, high, has_low, has_high, w.both(a.none, b.none), w.either(a.value, b.value))

    def _extreme_end(
        self, op: str, a: Quotient, b: Quotient, has_a: Word, has_b: Word, *, decisive: bool
    ) -> tuple[Quotient, Word]:
        """One end of a minimum or maximum. A missing end is without bound on the outer side: it decides where it
        is the end that the extreme seeks (the low end of a minimum), and never counts at the other."""
        w = self.words
        both = self.extreme(op, a, b)
        if decisive:
            return both, w.both(has_a, has_b)
        return self.pick(w.negate(has_a), b, self.pick(w.negate(has_b), a, both)), w.either(has_a, has_b)

    def _num_sum(self, node: Node) -> Number:
        w = self.words
        nothing = self.fixed(Fraction(0))
        low = high = nothing
        has_low = has_high = w.true
        none, value = w.true, w.false
        for arg in node.args:
            item = self.number(arg)
            low = self.plus(low, self.pick(item.none, nothing, item.low))
            high = self.plus(high, self.pick(item.none, nothing, item.high))
            has_low = w.both(has_low, w.either(item.has_low, item.none))
            has_high = w.both(has_high, w.either(item.has_high, item.none))
            none, value = w.both(none, item.none), w.either(value, item.value)
        return Number(low, high, has_low, has_high, none, value)

    def _num_count(self, node: Node) -> Number:
        w = self.words
        low = high = self.zero
        for arg in node.args:
            truth = self.truth(arg)
            low = w.add(low, w.choose(truth.yes, self.one, self.zero))
            high = w.add(high, w.choose(truth.no, self.zero, self.one))
        return Number(Quotient(low, self.one), Quotient(high, self.one), w.true, w.true, w.false, w.true)

    def _num_if(self, node: Node) -> Number:
        w = self.words
        truth = self.truth(node.args[0])
        a, b = self.number(node.args[1]), self.number(node.args[2])
        if w.contrary(truth.yes, truth.no):
            yes = truth.yes
            return Number(
                self.pick(yes, a.low, b.low), self.pick(yes, a.high, b.high), w.choose(yes, a.has_low, b.has_low),
                w.choose(yes, a.has_high, b.has_high), w.choose(yes, a.none, b.none), w.choose(yes, a.value, b.value),
            )  # fmt: skip
        hull = self._hull(a, b)
        low = self.pick(truth.yes, a.low, self.pick(truth.no, b.low, hull.low))
        high = self.pick(truth.yes, a.high, self.pick(truth.no, b.high, hull.high))

        def choose(one: Word, other: Word, open_: Word) -> Word:
            return w.choose(truth.yes, one, w.choose(truth.no, other, open_))

        return Number(
            low, high, choose(a.has_low, b.has_low, hull.has_low), choose(a.has_high, b.has_high, hull.has_high),
            choose(a.none, b.none, hull.none), choose(a.value, b.value, hull.value),
        )  # fmt: skip

    def _hull(self, a: Number, b: Number) -> Number:
        w = self.words
        no_none = w.negate(w.either(a.none, b.none))
        return Number(
            self.extreme("min", a.low, b.low), self.extreme("max", a.high, b.high),
            w.both(a.has_low, b.has_low, no_none), w.both(a.has_high, b.has_high, no_none),
            w.both(a.none, b.none), w.both(a.value, b.value),
        )  # fmt: skip

    def _num_first_known(self, node: Node) -> Number:
        result = self.number(node.args[-1])
        w = self.words
        for arg in reversed(node.args[:-1]):
            item = self.number(arg)
            known = self.known(item)
            result = Number(
                self.pick(known, item.low, result.low), self.pick(known, item.high, result.high),
                w.choose(known, item.has_low, result.has_low), w.choose(known, item.has_high, result.has_high),
                w.choose(known, item.none, result.none), w.choose(known, item.value, result.value),
            )  # fmt: skip
        return result

    def _num_bands(self, node: Node) -> Number:
        table: Table = node.value
        x = self.number(node.args[0])
        w = self.words
        lows = [band.low for band in table.bands] + [table.else_low]
        highs = [band.high for band in table.bands] + [table.else_high]
        if x.single and x.has_low is w.true:
            return Number(
                self._step(table, x.low, lows), self._step(table, x.low, highs), w.true, w.true, x.none, x.value
            )
        low = self._band_end(table, x, lows, "min")
        high = self._band_end(table, x, highs, "max")
        return Number(low, high, w.true, w.true, x.none, x.value)

    def _step(self, table: Table, x: Quotient, values: list[Fraction]) -> Quotient:
        """The band's value at one point; `values` has one more than there are bands."""
        common = math.lcm(*(value.denominator for value in values))
        w = self.words
        result = w.const(int(values[-1] * common))
        for band, value in reversed(list(zip(table.bands, values, strict=False))):
            reached = self._reaches(table, band.threshold, band.strict, x)
            result = w.choose(reached, w.const(int(value * common)), result)
        return Quotient(result, w.const(common))

    def _reaches(self, table: Table, threshold: Fraction, strict: bool, x: Quotient) -> Word:
        at = self.fixed(threshold)
        if table.rising:
            return self.below(at, x) if strict else self.at_most(at, x)
        return self.below(x, at) if strict else self.at_most(x, at)

    def _band_end(self, table: Table, x: Number, values: list[Fraction], op: str) -> Quotient:
        """The smallest or largest value of the bands that the range of x touches."""
        w = self.words
        common = math.lcm(*(value.denominator for value in values))
        whole = [int(value * common) for value in values]
        worst = max(whole) if op == "min" else min(whole)
        # A band is touched unless x surely reached an earlier one, or surely fails its own threshold.
        near, far, has_near, has_far = (
            (x.low, x.high, x.has_low, x.has_high) if table.rising else (x.high, x.low, x.has_high, x.has_low)
        )
        result = w.const(worst)
        untaken = w.true
        for band, value in zip(table.bands, whole, strict=False):
            surely = w.both(has_near, self._reaches(table, band.threshold, band.strict, near))
            possibly = w.either(w.negate(has_far), self._reaches(table, band.threshold, band.strict, far))
            touched = w.both(untaken, possibly)
            result = w.choose(touched, self._merge(op, result, value), result)
            untaken = w.both(untaken, w.negate(surely))
        result = w.choose(untaken, self._merge(op, result, whole[-1]), result)
        return Quotient(result, w.const(common))

    def _merge(self, op: str, word: Word, value: int) -> Word:
        return (self.words.least if op == "min" else self.words.most)(word, self.words.const(value))

    # ------------------------------------------------------------------ conditions
    def _bool_lit(self, node: Node) -> Truth:
        return Truth(self.words.truth(bool(node.value)), self.words.truth(not node.value))

    def _bool_leaf(self, node: Node) -> Truth:
        leaf: Leaf = node.value
        yes = self.words.leaf("yes", leaf)
        return Truth(yes, self.words.negate(yes) if self.complete(leaf) else self.words.leaf("no", leaf))

    def _bool_and(self, node: Node) -> Truth:
        parts = [self.truth(arg) for arg in node.args]
        return Truth(self.words.both(*(p.yes for p in parts)), self.words.either(*(p.no for p in parts)))

    def _bool_or(self, node: Node) -> Truth:
        parts = [self.truth(arg) for arg in node.args]
        return Truth(self.words.either(*(p.yes for p in parts)), self.words.both(*(p.no for p in parts)))

    def _bool_not(self, node: Node) -> Truth:
        inner = self.truth(node.args[0])
        return Truth(inner.no, inner.yes)

    def _bool_if(self, node: Node) -> Truth:
        c, a, b = (self.truth(arg) for arg in node.args)
        w = self.words
        yes = w.either(w.both(c.yes, a.yes), w.both(c.no, b.yes), w.both(a.yes, b.yes))
        no = w.either(w.both(c.yes, a.no), w.both(c.no, b.no), w.both(a.no, b.no))
        return Truth(yes, no)

    def _bool_first_known(self, node: Node) -> Truth:
        result = self.truth(node.args[-1])
        w = self.words
        for arg in reversed(node.args[:-1]):
            item = self.truth(arg)
            open_ = w.negate(w.either(item.yes, item.no))
            result = Truth(w.either(item.yes, w.both(open_, result.yes)), w.either(item.no, w.both(open_, result.no)))
        return result

    def _bool_has(self, node: Node) -> Truth:
        if node.args[0].type == "bool":
            known = self.truth(node.args[0])
            return Truth(self.words.either(known.yes, known.no), self.words.false)
        number = self.number(node.args[0])
        return Truth(self.words.both(number.value, self.words.negate(number.none)), number.none)

    def _bool_known(self, node: Node) -> Truth:
        if node.args[0].type == "bool":
            inner = self.truth(node.args[0])
            known = self.words.either(inner.yes, inner.no)
        else:
            known = self.known(self.number(node.args[0]))
        return Truth(known, self.words.negate(known))

    def _bool_outside(self, node: Node) -> Truth:
        x, span = (self.number(arg) for arg in node.args)
        w = self.words
        exact = w.both(self.exact(x), span.has_low, span.has_high)
        out = w.either(self.below(x.low, span.low), self.below(span.high, x.low))
        # A band that may yet move decides that a value lies outside it only where no move could reach the value;
        # that a value lies inside is certain once every fact below the band is known.
        return Truth(w.both(exact, out), w.both(exact, w.negate(out), self._settled(node.args[1])))

    def _settled(self, node: Node) -> Word:
        """Whether every fact below a node is known, or known to be none."""
        w = self.words
        if node.op == "leaf":
            if node.type == "bool":
                truth = self.truth(node)
                return w.either(truth.yes, truth.no)
            return self.known(self.number(node))
        return w.both(*(self._settled(arg) for arg in node.args))

    def _bool_lt(self, node: Node) -> Truth:
        return self._less(*node.args, strict=True)

    def _bool_le(self, node: Node) -> Truth:
        return self._less(*node.args, strict=False)

    def _bool_gt(self, node: Node) -> Truth:
        return self._less(node.args[1], node.args[0], strict=True)

    def _bool_ge(self, node: Node) -> Truth:
        return self._less(node.args[1], node.args[0], strict=False)

    def _less(self, left: Node, right: Node, *, strict: bool) -> Truth:
        a, b = self.number(left), self.number(right)
        w = self.words
        test = self.below if strict else self.at_most
        surely = test(a.high, b.low)
        never = w.negate(test(a.low, b.high))
        return Truth(w.both(a.has_high, b.has_low, surely), w.both(a.has_low, b.has_high, never))

    def _bool_eq(self, node: Node) -> Truth:
        a, b = (self.number(arg) for arg in node.args)
        w = self.words
        yes = w.both(self.exact(a), self.exact(b), self.same(a.low, b.low))
        if self.exact(a) is w.true and self.exact(b) is w.true:
            return Truth(yes, w.negate(yes))
        apart = w.either(
            w.both(a.has_high, b.has_low, self.below(a.high, b.low)),
            w.both(b.has_high, a.has_low, self.below(b.high, a.low)),
        )
        return Truth(yes, apart)


def leaf_bounds(leaf: Leaf, kind: FactType) -> tuple[int | None, int | None, int, int]:
    """Lowest and highest value (in the leaf's own whole numbers; None: no bound), scale, and what may be assumed."""
    if leaf.steps:
        return _step_bounds(leaf, kind)
    if kind.kind == "date":
        return None, None, 1, integers.ASSUMED_DAY
    scale = FEN if kind.kind == "money" else kind.scale
    ends = [None if end is None else int(end * scale) for end in (kind.low, kind.high)]
    assumed = {"money": integers.ASSUMED_MONEY, "int": integers.ASSUMED_COUNT}.get(kind.kind, integers.ASSUMED_NUMBER)
    if kind.section == "expert":
        assumed = integers.ASSUMED_MARK
    return ends[0], ends[1], 1 if kind.kind == "money" else kind.scale, assumed


def _step_bounds(leaf: Leaf, kind: FactType) -> tuple[int | None, int | None, int, int]:
    name, *args = leaf.steps[-1]
    if name in ("first", "last", "add_months"):
        return None, None, 1, integers.ASSUMED_DAY
    if name in ("count", "tally"):
        return 0, None, 1, integers.ASSUMED_COUNT
    if name == "year":
        return 1, 9999, 1, 9999
    if name == "month_index":
        return 12, 120_000, 1, 120_000
    if name == "day_of_month":
        return 1, 31, 1, 31
    field = kind.fields.get(str(args[0]))
    if field == "date":
        return None, None, 1, integers.ASSUMED_DAY
    low = 0 if field in ("money", "int") else None
    return low, None, 1, integers.ASSUMED_MONEY if field == "money" else integers.ASSUMED_COUNT


def can_be_none(leaf: Leaf, kind: FactType) -> bool:
    """Whether a leaf may say that there is none: an absent fiscal year, an empty list, a date that never came."""
    if leaf.steps and leaf.steps[-1][0] in ("count", "tally", "total"):
        return False
    return leaf.offset is not None or kind.can_be_none or bool(leaf.steps)
