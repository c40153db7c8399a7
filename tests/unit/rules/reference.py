"""A slow and obvious interpreter of the graph, for tests alone: exact fractions, three-valued, no ranges.

It shares nothing with the lowering. `UNKNOWN` is any number or condition that it cannot decide; it never guesses, so
the engine may know more than it does, but must never contradict it.
"""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import Any

from tidui.rules.leaves import context_value, read
from tidui.rules.nodes import Node
from tidui.rules.values import Catalogue, Facts

UNKNOWN = "unknown"
NOTHING = "none"


class Interpreter:
    def __init__(self, catalogue: Catalogue, facts: Facts, on: dt.date, year: int) -> None:
        self.catalogue, self.facts, self.on, self.year = catalogue, facts, on, year

    def value(self, node: Node) -> Any:
        return getattr(self, f"do_{node.op}")(node)

    def args(self, node: Node) -> list[Any]:
        return [self.value(arg) for arg in node.args]

    def do_lit(self, node: Node) -> Any:
        return node.value if isinstance(node.value, bool) else Fraction(node.value)

    def do_ctx(self, node: Node) -> Any:
        return Fraction(context_value(node.value, self.on, self.year))

    def do_leaf(self, node: Node) -> Any:
        leaf = node.value
        kind = self.catalogue[leaf.fact]
        raw = self.facts.get(leaf.fact, None if leaf.offset is None else self.year + leaf.offset)
        value, state = read(leaf, raw, kind, self.on, self.year)
        if state == 0:
            return UNKNOWN
        if state == 2:
            return NOTHING if node.type != "bool" else False
        if node.type == "bool":
            return value == 1
        return Fraction(value) / (1 if leaf.steps else kind.scale)

    def arithmetic(self, node: Node, function: Any) -> Any:
        args = self.args(node)
        if NOTHING in args:
            return NOTHING
        return UNKNOWN if UNKNOWN in args else function(*args)

    def do_add(self, node: Node) -> Any:
        return self.arithmetic(node, lambda a, b: a + b)

    def do_sub(self, node: Node) -> Any:
        return self.arithmetic(node, lambda a, b: a - b)

    def do_mul(self, node: Node) -> Any:
        return self.arithmetic(node, lambda a, b: a * b)

    def do_ratio(self, node: Node) -> Any:
        top, bottom, *rest = self.args(node)
        if NOTHING in (top, bottom):
            return NOTHING
        if UNKNOWN in (top, bottom):
            return UNKNOWN
        if bottom == 0:
            return rest[0] if rest else UNKNOWN
        return top / bottom

    def fold(self, node: Node, function: Any) -> Any:
        there = [arg for arg in self.args(node) if arg != NOTHING]
        if not there:
            return NOTHING
        return UNKNOWN if UNKNOWN in there else function(there)

    def do_min(self, node: Node) -> Any:
        return self.fold(node, min)

    def do_max(self, node: Node) -> Any:
        return self.fold(node, max)

    def do_sum(self, node: Node) -> Any:
        return self.fold(node, sum)

    def do_count(self, node: Node) -> Any:
        args = self.args(node)
        return UNKNOWN if UNKNOWN in args else Fraction(sum(args))

    def do_if(self, node: Node) -> Any:
        condition, *branches = node.args
        chosen = self.value(condition)
        if chosen == UNKNOWN:
            one, other = (self.value(branch) for branch in branches)
            return one if one == other else UNKNOWN
        return self.value(branches[0 if chosen else 1])

    def do_first_known(self, node: Node) -> Any:
        for arg in node.args:
            value = self.value(arg)
            if value != UNKNOWN:
                return value
        return UNKNOWN

    def ends(self, node: Node) -> Any:
        """The lowest and the highest that a node may be, where it is no single value by its text."""
        if node.op != "bands":
            value = self.value(node)
            return value if value in (UNKNOWN, NOTHING) else (value, value)
        x = self.value(node.args[0])
        if x in (UNKNOWN, NOTHING):
            return x
        table = node.value
        for band in table.bands:
            beyond = x > band.threshold if table.rising else x < band.threshold
            if beyond or (x == band.threshold and not band.strict):
                return band.low, band.high
        return table.else_low, table.else_high

    def do_bands(self, node: Node) -> Any:
        ends = self.ends(node)
        if ends in (UNKNOWN, NOTHING):
            return ends
        return ends[0] if ends[0] == ends[1] else UNKNOWN

    def do_and(self, node: Node) -> Any:
        args = self.args(node)
        return False if False in args else UNKNOWN if UNKNOWN in args else True

    def do_or(self, node: Node) -> Any:
        args = self.args(node)
        return True if True in args else UNKNOWN if UNKNOWN in args else False

    def do_not(self, node: Node) -> Any:
        (value,) = self.args(node)
        return value if value == UNKNOWN else not value

    def do_has(self, node: Node) -> Any:
        (value,) = self.args(node)
        return False if value == NOTHING else UNKNOWN if value == UNKNOWN else True

    def do_known(self, node: Node) -> Any:
        (value,) = self.args(node)
        return value != UNKNOWN

    def do_outside(self, node: Node) -> Any:
        x, ends = self.value(node.args[0]), self.ends(node.args[1])
        if x in (UNKNOWN, NOTHING) or ends in (UNKNOWN, NOTHING):
            return UNKNOWN
        return not ends[0] <= x <= ends[1]

    def compare(self, node: Node, function: Any) -> Any:
        args = self.args(node)
        return UNKNOWN if UNKNOWN in args or NOTHING in args else function(*args)

    def do_lt(self, node: Node) -> Any:
        return self.compare(node, lambda a, b: a < b)

    def do_le(self, node: Node) -> Any:
        return self.compare(node, lambda a, b: a <= b)

    def do_gt(self, node: Node) -> Any:
        return self.compare(node, lambda a, b: a > b)

    def do_ge(self, node: Node) -> Any:
        return self.compare(node, lambda a, b: a >= b)

    def do_eq(self, node: Node) -> Any:
        return self.compare(node, lambda a, b: a == b)
