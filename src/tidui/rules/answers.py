"""The explain reading: one program over one enterprise's facts, exactly, with everything a person may ask about it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, Final

from tidui.rules import leaves as leaf_values
from tidui.rules.integers import Word
from tidui.rules.lower import Lowering, Number, Truth
from tidui.rules.nodes import Leaf, Node, below
from tidui.rules.program import Built, Program
from tidui.rules.pycode import PythonReading
from tidui.rules.values import Facts

RELATIONS: Final = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "=="}
_FLIPPED: Final = {"lt": "gt", "le": "ge", "gt": "lt", "ge": "le", "eq": "eq"}


@dataclass(frozen=True, slots=True)
class Range:
    """What is known of a number: its ends (None: unbounded), and whether there is none."""

    low: Fraction | None
    high: Fraction | None
    none: bool = False

    @property
    def exact(self) -> Fraction | None:
        """The value, where both ends agree; None where it is unknown or none."""
        return self.low if self.low == self.high and not self.none else None


@dataclass(frozen=True, slots=True)
class Side:
    """A comparison read as "value relation threshold"; `node` is the value's."""

    node: Node
    relation: str
    threshold: Node


def comparison(node: Node) -> Side | None:
    """The sides of a comparison, the one that reads facts first; None for any other condition."""
    if node.op not in RELATIONS:
        return None
    left, right = node.args
    if left.op in ("lit", "ctx") and right.op not in ("lit", "ctx"):
        return Side(right, _FLIPPED[node.op], left)
    return Side(left, node.op, right)


def leaves_of(nodes: Sequence[Node], follow: Callable[[Node], Sequence[Node]] = lambda node: node.args) -> list[Leaf]:
    """Every leaf below these nodes, once each, in the order in which the text names them.

    `follow` says which parts of a node are looked at: all, unless it is given.
    """
    seen: set[int] = set()
    found: dict[Leaf, None] = {}
    stack = list(reversed(nodes))
    while stack:
        node = stack.pop()
        if node.id in seen:
            continue
        seen.add(node.id)
        if node.op == "leaf":
            found[node.value] = None
        stack.extend(reversed(follow(node)))
    return list(found)


class Layout:
    """Which places of a reading's output tuple hold which node; words wanted twice are computed once."""

    def __init__(self, lowering: Lowering) -> None:
        self.lowering = lowering
        self.words: list[Word] = []
        self._places: dict[int, int] = {}
        self._spans: dict[int, tuple[int, ...]] = {}

    def place(self, word: Word) -> int:
        """Where this word will stand."""
        if word.id not in self._places:
            self._places[word.id] = len(self.words)
            self.words.append(word)
        return self._places[word.id]

    def want(self, node: Node) -> None:
        """Asks for a node's value."""
        if node.id in self._spans:
            return
        if node.type == "bool":
            truth: Truth = self.lowering.truth(node)
            words = [truth.yes, truth.no]
        else:
            n: Number = self.lowering.number(node)
            words = [n.low.n, n.low.d, n.high.n, n.high.d, n.has_low, n.has_high, n.none]
        self._spans[node.id] = tuple(self.place(word) for word in words)

    def truth(self, node: Node, row: Sequence[Any]) -> bool | None:
        """True, false or unknown (None)."""
        yes, no = self._spans[node.id]
        return True if row[yes] else False if row[no] else None

    def range(self, node: Node, row: Sequence[Any]) -> Range:
        """The ends of a number or date."""
        ln, ld, hn, hd, has_low, has_high, none = self._spans[node.id]
        low = Fraction(row[ln], row[ld]) if row[has_low] else None
        high = low if (ln, ld, has_low) == (hn, hd, has_high) else Fraction(row[hn], row[hd]) if row[has_high] else None
        return Range(low, high, bool(row[none]))

    def __contains__(self, node: Node) -> bool:
        return node.id in self._spans


class Explainer:
    """A program compiled for one enterprise at a time. Building it costs milliseconds; using it, microseconds."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.lowering = Lowering(program.catalogue)
        self.layout = Layout(self.lowering)
        self.roots = [built.node for built in program.of_kind(*RESULT_KINDS)]
        for built in program.rules.values():
            self._want(built)
        self.rounded = {
            built.rule.id: tuple(self.layout.place(word) for word in self._rounded(built.node))
            for built in program.of_kind("amount")
        }
        self.reading = PythonReading(self.layout.words)
        self.kinds = [program.catalogue[leaf.fact] for leaf in self.reading.leaves]
        self._trace: tuple[Layout, PythonReading] | None = None
        self._below: dict[int, tuple[Leaf, ...]] = {}
        self.leaves = tuple(leaves_of(self.roots))

    def below(self, node: Node) -> tuple[Leaf, ...]:
        """Every leaf below a node of the program, as `leaves_of` finds them: they are the same for all enterprises."""
        found = self._below.get(node.id)
        if found is None:
            found = self._below[node.id] = tuple(leaves_of([node]))
        return found

    def _want(self, built: Built) -> None:
        nodes = [built.node, *built.tests, *([built.needed] if built.needed else [])]
        for node in nodes:
            self.layout.want(node)
            side = comparison(node)
            if (side and side.node.type == "num") or (side and side.node.type == "date"):
                self.layout.want(side.node)
                self.layout.want(side.threshold)

    def _rounded(self, node: Node) -> tuple[Word, Word]:
        number = self.lowering.number(node)
        return self.lowering.rounded(number.low), self.lowering.rounded(number.high)

    def __call__(self, facts: Facts, *, on: dt.date, year: int) -> Answer:
        """Reads one enterprise as of `on`, the fiscal year `year` being assessed."""
        values, states = read_leaves(self.reading.leaves, self.kinds, facts, on, year)
        return Answer(self, facts, on, year, self.reading(values, states, on, year))

    def trace(self) -> tuple[Layout, PythonReading]:
        """The same program with every node among its outputs; built when it is first needed."""
        if self._trace is None:
            layout = Layout(self.lowering)
            for node in below(self.roots):
                if node.type in ("bool", "num", "date"):
                    layout.want(node)
            self._trace = layout, PythonReading(layout.words)
        return self._trace


RESULT_KINDS: Final = ("verdict", "total", "score", "group", "condition", "amount", "outcome")


def read_leaves(
    leaves: Sequence[Leaf], kinds: Sequence[Any], facts: Facts, on: dt.date, year: int
) -> tuple[list[int | Fraction], list[int]]:
    """The values and states of leaves, from one enterprise's facts."""
    values: list[int | Fraction] = []
    states: list[int] = []
    get = facts.get
    for leaf, kind in zip(leaves, kinds, strict=True):
        offset = leaf.offset
        raw = get(leaf.fact, None if offset is None else year + offset)
        if raw.__class__ is int and not leaf.steps:
            values.append(raw * kind.scale)
            states.append(1)
            continue
        value, state = leaf_values.read(leaf, raw, kind, on, year)
        values.append(value)
        states.append(state)
    return values, states


class Answer:
    """What a program says of one enterprise."""

    def __init__(self, explainer: Explainer, facts: Facts, on: dt.date, year: int, row: Sequence[Any]) -> None:
        self.explainer, self.facts, self.on, self.year, self.row = explainer, facts, on, year, row
        self.program = explainer.program
        self.layout = explainer.layout

    @cached_property
    def traced(self) -> tuple[Layout, Sequence[Any]]:
        """The same answer with every node of the program at hand."""
        layout, reading = self.explainer.trace()
        kinds = [self.program.catalogue[leaf.fact] for leaf in reading.leaves]
        return layout, reading(*read_leaves(reading.leaves, kinds, self.facts, self.on, self.year), self.on, self.year)

    # ------------------------------------------------------------------ results
    def truth(self, rule: str) -> bool | None:
        """A rule that is a condition: true, false or unknown."""
        return self.layout.truth(self.program.rules[rule].node, self.row)

    def number(self, rule: str) -> Range:
        """A rule that is a number (yuan are fen here) or a date (days since 1970-01-01)."""
        return self.layout.range(self.program.rules[rule].node, self.row)

    def needed(self, rule: str) -> bool | None:
        """Whether a condition is needed at all."""
        node = self.program.rules[rule].needed
        return True if node is None else self.layout.truth(node, self.row)

    def amount(self, rule: str) -> tuple[int | None, int | None, bool]:
        """Low and high end in fen, rounded (None: unbounded), and whether the exact amount is known."""
        ends = self.number(rule)
        low_at, high_at = self.explainer.rounded[rule]
        low = None if ends.low is None else int(self.row[low_at])
        high = None if ends.high is None else int(self.row[high_at])
        return low, high, ends.exact is not None

    def verdict(self, rule: str) -> str:
        """pass, fail, unknown or (for a condition that is not needed) not_needed."""
        if self.needed(rule) is False:
            return "not_needed"
        return {True: "pass", False: "fail", None: "unknown"}[self.truth(rule)]

    # ------------------------------------------------------------------ what is missing
    def missing(self) -> list[tuple[Leaf, bool]]:
        """The facts that are unknown, and whether knowing each could still change a result.

        A fact matters where a path of undecided nodes leads to it from a result that is itself undecided. What the
        text does not read with these facts (the items behind a total that is given) is not missing.
        """
        if all(self._raw(leaf) is not None for leaf in self.explainer.leaves):
            return []
        layout, row = self.traced
        open_leaves = self._open_leaves(layout, row)
        merged: dict[tuple[str, int | None], tuple[Leaf, bool]] = {}
        # Not what stands behind a value that is given, nor in a branch that these facts do not take.
        for leaf in leaves_of(self.explainer.roots, lambda node: self._followed(layout, node, row)):
            if self._raw(leaf) is None:
                key = (leaf.fact, leaf.offset)
                merged[key] = leaf, leaf in open_leaves or (key in merged and merged[key][1])
        return list(merged.values())

    def _followed(self, layout: Layout, node: Node, row: Sequence[Any]) -> Sequence[Node]:
        if node.op == "first_known":
            known = [self._decided(layout, arg, row) for arg in node.args]
            return node.args[: known.index(True) + 1] if True in known else node.args
        if node.op == "if" and node.type in ("bool", "num", "date"):
            choice = layout.truth(node.args[0], row)
            return node.args if choice is None else (node.args[0], node.args[1 if choice else 2])
        return node.args

    def _raw(self, leaf: Leaf) -> Any:
        return self.facts.get(leaf.fact, None if leaf.offset is None else self.year + leaf.offset)

    def _open_leaves(self, layout: Layout, row: Sequence[Any]) -> set[Leaf]:
        kinds = ("verdict", "amount") if self.program.of_kind("verdict", "amount") else RESULT_KINDS
        stack = [built.node for built in self.program.of_kind(*kinds)]
        seen: set[int] = set()
        found: set[Leaf] = set()
        while stack:
            node = stack.pop()
            if node.id in seen or node.type not in ("bool", "num", "date"):
                continue
            seen.add(node.id)
            if self._decided(layout, node, row):
                continue
            if node.op == "leaf":
                found.add(node.value)
            if node.op == "if":
                choice = layout.truth(node.args[0], row)
                stack.extend(node.args if choice is None else (node.args[1 if choice else 2],))
                stack.extend(self._asked(layout, node.args[0], row))
            else:
                stack.extend(node.args)
        return found

    @staticmethod
    def _asked(layout: Layout, condition: Node, row: Sequence[Any]) -> list[Node]:
        """What a condition asks known() of in vain: were it known, another branch would be taken."""
        return [n.args[0] for n in below([condition]) if n.op == "known" and layout.truth(n, row) is False]

    @staticmethod
    def _decided(layout: Layout, node: Node, row: Sequence[Any]) -> bool:
        if node.type == "bool":
            return layout.truth(node, row) is not None
        ends = layout.range(node, row)
        return ends.none or ends.exact is not None
