"""The typed, hash-consed graph that a policy's texts become.

Equal expressions are one node, so every reading shares its common parts. A node of type `num` or `date` stands for
a number with a low and a high end; one of type `bool` for true, false or unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, TypeAlias

from tidui.rules.errors import TextError
from tidui.rules.units import Unit

Type = Literal["num", "bool", "date", "code", "dates", "list"]

#: An expression of `on`, `assessed` and whole numbers, as nested tuples; see `tidui.rules.leaves.context_value`.
Context: TypeAlias = "tuple[Any, ...]"

#: One thing done to a fact's value before the graph reads it: ('last',), ('add_months', 36), ('starts', 'C16') …
Step: TypeAlias = "tuple[Any, ...]"

MAX_NODES = 5_000
#: How many facts may be multiplied or divided into one number, and how many bits a fixed number may have.
MAX_DEGREE = 40
MAX_BITS = 1_024


@dataclass(frozen=True, slots=True)
class Leaf:
    """What the graph reads of one fact: the fact, its year offset (None if not yearly), and steps that reduce
    a code, date or list to a number, a date or a boolean."""

    fact: str
    offset: int | None
    steps: tuple[Step, ...] = ()

    def then(self, *step: object) -> Leaf:
        """The same leaf with one more step."""
        return Leaf(self.fact, self.offset, (*self.steps, step))


@dataclass(frozen=True, slots=True)
class Band:
    """One row of a table: from this threshold (strictly beyond it, if strict) the value lies in low..high."""

    threshold: Fraction
    strict: bool
    low: Fraction
    high: Fraction


@dataclass(frozen=True, slots=True)
class Table:
    """Bands in the order in which they are tried; `rising` means "where x >= t", otherwise "where x <= t"."""

    rising: bool
    bands: tuple[Band, ...]
    else_low: Fraction
    else_high: Fraction


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """One expression. `value` holds what is not a child: a literal, a leaf, a table, a context expression."""

    op: str
    args: tuple[Node, ...]
    value: Any
    type: Type
    unit: Unit
    id: int

    def __repr__(self) -> str:
        return f"Node({self.op} {self.value!r} {[arg.id for arg in self.args]})"


class Pool:
    """Makes nodes, one for each distinct expression."""

    def __init__(self) -> None:
        self._nodes: dict[object, Node] = {}
        self._degrees: dict[int, tuple[int, int]] = {}

    def make(
        self, op: str, args: tuple[Node, ...] = (), *, type: Type, value: object = None, unit: Unit = None
    ) -> Node:
        """The node of this expression; TextError when the program has grown past its limit."""
        key = (op, tuple(arg.id for arg in args), value.__class__, value, type, unit)
        found = self._nodes.get(key)
        if found is None:
            if len(self._nodes) >= MAX_NODES:
                raise TextError(f"the program has more than {MAX_NODES} nodes")
            found = self._nodes[key] = Node(op, args, value, type, unit, len(self._nodes))
            self._limit_size(found)
        return found

    def _limit_size(self, node: Node) -> None:
        """Refuses numbers that would grow without bound when rules square one another."""
        if isinstance(node.value, Fraction) and max(map(int.bit_length, node.value.as_integer_ratio())) > MAX_BITS:
            raise TextError(f"a fixed number has more than {MAX_BITS} bits")
        above, below = self._degrees[node.id] = _degree(node, [self._degrees[arg.id] for arg in node.args])
        if above + below > MAX_DEGREE:
            raise TextError(f"more than {MAX_DEGREE} facts are multiplied or divided into one number")

    def __len__(self) -> int:
        return len(self._nodes)


def below(roots: Iterable[Node]) -> Iterator[Node]:
    """These nodes and all that they read, each once."""
    seen: set[int] = set()
    stack = list(roots)
    while stack:
        node = stack.pop()
        if node.id not in seen:
            seen.add(node.id)
            yield node
            stack.extend(node.args)


def _degree(node: Node, parts: list[tuple[int, int]]) -> tuple[int, int]:
    """How many facts are multiplied into the numerator and the denominator of a node."""
    if node.op == "leaf":
        return 1, 0
    if not parts or node.type == "bool" or node.op in ("bands", "count"):
        return 0, 0
    if node.op == "mul":
        return parts[0][0] + parts[1][0], parts[0][1] + parts[1][1]
    if node.op == "ratio":
        above, below = parts[0][0] + parts[1][1], parts[0][1] + parts[1][0]
        return max(above, *(part[0] for part in parts[2:]), 0), below
    if node.op in ("add", "sub", "sum") and any(below for _, below in parts):
        below = sum(part[1] for part in parts)
        return max(part[0] + below - part[1] for part in parts), below
    return max(part[0] for part in parts), max(part[1] for part in parts)
