"""From words to layers of SQL columns: each word that is used more than once is computed once, in the earliest
layer in which its parts are there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from tidui.rules.integers import Word, order
from tidui.rules.nodes import Leaf
from tidui.rules.sql_dialects import NARROW, Dialect
from tidui.rules.sql_leaves import NEVER, SqlLeaf

_SIGNS: Final = {"add": "+", "sub": "-", "mul": "*", "lt": "<", "le": "<=", "eq": "="}
_CALLS: Final = {"min": "LEAST", "max": "GREATEST"}
_JOINS: Final = {"and": " AND ", "or": " OR "}
#: Expressions that are used once are written into one another up to this length and depth.
_INLINE: Final = 900
_DEPTH: Final = 24
#: Where the larger factor of a product is cut that may leave the wide type.
_CUT: Final = 2**60
#: Shorter ones are repeated rather than carried from layer to layer.
_TRIVIAL: Final = 22


@dataclass(frozen=True, slots=True)
class Text:
    """An expression: its text, the columns that it reads, how deep it is nested, its bounds and its type."""

    sql: str
    columns: frozenset[str]
    depth: int
    low: int = 0
    high: int = 0
    wide: bool = False

    @property
    def size(self) -> int:
        """The largest absolute value."""
        return max(abs(self.low), abs(self.high))


@dataclass(slots=True)
class Layers:
    """The columns of a statement, layer by layer; layer 0 reads the relation."""

    layers: list[dict[str, str]] = field(default_factory=lambda: [{}])
    place: dict[str, int] = field(default_factory=dict)
    reads: dict[str, frozenset[str]] = field(default_factory=dict)

    def add(self, name: str, text: Text) -> None:
        """A column, in the first layer after all that it reads."""
        layer = 1 + max((self.place[column] for column in text.columns), default=-1) if text.columns else 0
        self.put(name, text.sql, layer, text.columns)

    def put(self, name: str, sql: str, layer: int, reads: frozenset[str] = frozenset()) -> None:
        """A column in this layer."""
        while len(self.layers) <= layer:
            self.layers.append({})
        self.layers[layer][name] = sql
        self.place[name], self.reads[name] = layer, reads

    def carried(self, results: Iterable[str]) -> list[list[str]]:
        """For each layer, the earlier columns that it must pass on because a later layer or the result reads them."""
        last = len(self.layers)
        until = dict.fromkeys(results, last)
        for name, reads in self.reads.items():
            for column in reads:
                until[column] = max(until.get(column, 0), self.place[name])
        return [
            [name for name, place in self.place.items() if place < layer < until.get(name, 0)]
            for layer in range(len(self.layers))
        ]


class WordWriter:
    """Writes words for one dialect. `leaf` gives the expressions of a leaf; `wanted` are the words of the results."""

    def __init__(self, wanted: Sequence[Word], dialect: Dialect, leaf: Callable[[Leaf], SqlLeaf]) -> None:
        self.dialect, self.layers = dialect, Layers()
        self._leaf, self._leaves, self._texts = leaf, {}, {}  # type: ignore[var-annotated]
        words = order(list(wanted))
        self._uses = _uses(words, wanted)
        for word in words:
            self._texts[word.id] = self._settle(word, self._write(word))

    def __getitem__(self, word: Word) -> Text:
        found: Text = self._texts[word.id]
        return found

    # ------------------------------------------------------------------ columns or not
    def _settle(self, word: Word, text: Text) -> Text:
        uses = self._uses.get(word.id, 0)
        once = uses < 2 and len(text.sql) <= _INLINE and text.depth <= _DEPTH
        if once or not text.columns or len(text.sql) <= _TRIVIAL or (word.op == "mul" and self._beyond(text)):
            return text
        name = f"w{word.id}"
        self.layers.add(name, text)
        return Text(name, frozenset({name}), 0, text.low, text.high, text.wide)

    def _beyond(self, text: Text) -> bool:
        """A number that might be too large for the wide type; a comparison of such numbers is written with care."""
        return self.dialect.widest is not None and text.size > self.dialect.widest

    def _column(self, name: str, sql: str) -> str:
        if name not in self.layers.place:
            self.layers.put(name, sql, 0)
        return name

    # ------------------------------------------------------------------ words
    def _write(self, word: Word) -> Text:
        if word.op in ("value", "known", "none", "yes", "no"):
            return self._of_leaf(word)
        if word.op == "const":
            value: int = word.value
            return Text(str(value) if value >= 0 else f"({value})", frozenset(), 0, value, value, abs(value) >= NARROW)
        if word.op in ("true", "false"):
            return Text(word.op.upper(), frozenset(), 0)
        args = [self._texts[arg.id] for arg in word.args]
        columns = frozenset().union(*(arg.columns for arg in args))
        depth = 1 + max(arg.depth for arg in args)
        if word.kind == "bool":
            if any(self._beyond(arg) for arg in args):
                return self._careful(word)
            return Text(self._truth(word, args), columns, depth)
        low, high = _bounds(word.op, args)
        numbers = [arg for arg, one in zip(args, word.args, strict=True) if one.kind == "int"]
        wide = max(abs(low), abs(high)) >= NARROW or any(arg.wide for arg in numbers)
        return Text(self._number(word, args, wide), columns, depth, low, high, wide)

    def _of_leaf(self, word: Word) -> Text:
        leaf: Leaf = word.value
        if leaf not in self._leaves:
            self._leaves[leaf] = (len(self._leaves), self._leaf(leaf))
        number, sql = self._leaves[leaf]
        if word.op == "none":
            if sql.none == NEVER:
                return Text("FALSE", frozenset(), 0)
            name = self._column(f"n{number}", sql.none)
            return Text(name, frozenset({name}), 0)
        name = self._column(f"v{number}", sql.value)
        form = {"value": "COALESCE({}, 0)", "known": "({} IS NOT NULL)", "yes": "({} IS TRUE)", "no": "({} IS FALSE)"}
        low = 0 if word.low is not None and word.low >= 0 else -sql.limit
        return Text(form[word.op].format(name), frozenset({name}), 0, low, sql.limit, sql.limit >= NARROW)

    def _truth(self, word: Word, args: list[Text]) -> str:
        if word.op in _JOINS:
            return "(" + _JOINS[word.op].join(arg.sql for arg in args) + ")"
        if word.op == "not":
            return f"(NOT {args[0].sql})"
        return f"({args[0].sql} {_SIGNS[word.op]} {args[1].sql})"

    def _number(self, word: Word, args: list[Text], wide: bool) -> str:
        left, right = args[-2].sql, args[-1].sql
        if word.op in ("add", "sub", "mul"):
            if wide and not (args[0].wide or args[1].wide):
                left = f"CAST({left} AS {self.dialect.wide})"
            return f"({left} {_SIGNS[word.op]} {right})"
        if word.op == "floordiv":
            return self._floordiv(args, wide)
        fixed = all(not arg.columns for arg in args[-2:])
        if word.op in _CALLS:
            return f"{_CALLS[word.op]}({left}, {right})"
        chosen = f"CASE WHEN {args[0].sql} THEN {left} ELSE {right} END"
        return f"CAST({chosen} AS {self.dialect.wide if wide else self.dialect.narrow})" if fixed else f"({chosen})"

    def _floordiv(self, args: list[Text], wide: bool) -> str:
        left, right = args
        whole = self.dialect.quotient(left.sql, right.sql, wide)
        if left.low >= 0:
            return whole
        return f"({whole} - CASE WHEN {left.sql} % {right.sql} < 0 THEN 1 ELSE 0 END)"

    # ------------------------------------------------------------------ numbers beyond the wide type
    def _careful(self, word: Word) -> Text:
        """A comparison of products that may leave the wide type. The larger factor of each is cut in two, b = b₁B + b₀;
        then ab − cd = pB + q with p and q within the type, and its sign is that of p and the carry of q, then q's rest.
        """
        (a, b), (c, d) = (self._halves(arg) for arg in word.args)
        if not (self._fits(a, b) and self._fits(c, d)):
            whole = [self._texts[arg.id] for arg in word.args]
            return Text(f"({whole[0].sql} {_SIGNS[word.op]} {whole[1].sql})", whole[0].columns | whole[1].columns, 1)
        p, q = f"p{word.id}", f"q{word.id}"
        columns = frozenset().union(*(factor.columns for factor in (a, b, c, d)))
        for name, part in ((p, "//"), (q, "%")):
            left, right = (f"{one.sql} * ({other.sql} {part} {_CUT})" for one, other in ((a, b), (c, d)))
            self.layers.add(name, Text(f"{left} - {right}", columns, 0))
        high, low = f"{p} + {q} // {_CUT}", f"{q} % {_CUT}"
        test = f"({high} = 0 AND {low} {_SIGNS[word.op]} 0)"
        return Text(test if word.op == "eq" else f"({high} < 0 OR {test})", frozenset({p, q}), 1)

    @property
    def _most(self) -> int:
        """How large a part may be, with room for a difference of two."""
        return (self.dialect.widest or 0) // 4

    def _fits(self, small: Text, large: Text) -> bool:
        """Whether both parts of a product that is cut stay within the wide type."""
        return large.size < self._most and small.size * max(_CUT, large.size // _CUT + 1) < self._most

    def _halves(self, word: Word) -> tuple[Text, Text]:
        """A number as the product of two: the larger as large as the wide type allows."""
        small = large = Text("1", frozenset(), 0, 1, 1)
        for factor in sorted(self._factors(word), key=lambda factor: -factor.size):
            if large.size * factor.size < self._most:
                large = self._product(large, factor)
            else:
                small = self._product(small, factor)
        return small, large

    def _factors(self, word: Word) -> list[Text]:
        """The factors of a product that may leave the wide type; any other number alone."""
        text = self._texts[word.id]
        if word.op != "mul" or not self._beyond(text):
            return [text]
        return [factor for arg in word.args for factor in self._factors(arg)]

    def _product(self, one: Text, other: Text) -> Text:
        low, high = _bounds("mul", [one, other])
        sql = f"CAST({other.sql} AS {self.dialect.wide})"
        return Text(sql if one.sql == "1" else f"({one.sql} * {sql})", one.columns | other.columns, 0, low, high, True)


def _uses(words: Sequence[Word], wanted: Sequence[Word]) -> dict[int, int]:
    uses: dict[int, int] = {}
    for word in words:
        for arg in word.args:
            # A division rounded down, and a comparison of very large numbers, name their parts more than once.
            uses[arg.id] = uses.get(arg.id, 0) + (2 if word.op == "floordiv" else 1)
    for word in wanted:
        uses[word.id] = uses.get(word.id, 0) + 1
    return uses


def _bounds(op: str, args: list[Text]) -> tuple[int, int]:
    """The bounds of a number, from those of its parts."""
    a, b = args[-2], args[-1]
    if op == "add":
        return a.low + b.low, a.high + b.high
    if op == "sub":
        return a.low - b.high, a.high - b.low
    if op == "mul":
        corners = [one * other for one in (a.low, a.high) for other in (b.low, b.high)]
        return min(corners), max(corners)
    if op in ("min", "max"):
        pick: Any = min if op == "min" else max
        return pick(a.low, b.low), pick(a.high, b.high)
    if op == "choose":
        return min(a.low, b.low), max(a.high, b.high)
    least = max(b.low, 1)  # a division rounded down, by what is at least one
    return min(a.low // least, 0), max(a.high // least, 0)
