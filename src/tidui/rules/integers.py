"""The lowest form of a policy: straight-line arithmetic on whole numbers and two-valued truth.

`lower.py` turns the graph into it; explain, the kernel and SQL only have to write it down in their own language.
Whole numbers are exact here. `low` and `high` bound each number under the assumptions on facts in `ASSUMED`, so that
a reading with machine words knows where they suffice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

Kind = Literal["int", "bool"]

#: What a machine reading may assume of a fact's value; rows beyond it are settled by exact arithmetic.
ASSUMED_MONEY: Final = 2**44
ASSUMED_COUNT: Final = 2**31
ASSUMED_NUMBER: Final = 2**42
ASSUMED_MARK: Final = 2**34
ASSUMED_DAY: Final = 2**22


@dataclass(frozen=True, slots=True, eq=False)
class Word:
    """One whole number (kind int) or truth (kind bool). `value` holds a constant, a leaf or a context expression.

    ints:  const · value(leaf) · context · add sub mul min max · choose(truth, a, b) · floordiv(a, b > 0)
    bools: true false · known none yes no (of a leaf) · lt le eq · and or not
    """

    op: str
    args: tuple[Word, ...]
    value: Any
    kind: Kind
    low: int | None
    high: int | None
    id: int

    def __repr__(self) -> str:
        return f"Word#{self.id}({self.op} {self.value!r} {[a.id for a in self.args]} [{self.low},{self.high}])"


class Words:
    """Makes words, one for each distinct expression, folding what is constant."""

    def __init__(self) -> None:
        self._words: dict[object, Word] = {}
        self.true = self._make("true", (), None, "bool", None, None)
        self.false = self._make("false", (), None, "bool", None, None)

    def __len__(self) -> int:
        return len(self._words)

    def _make(
        self, op: str, args: tuple[Word, ...], value: object, kind: Kind, low: int | None, high: int | None
    ) -> Word:
        key = (op, tuple(arg.id for arg in args), value)
        found = self._words.get(key)
        if found is None:
            found = self._words[key] = Word(op, args, value, kind, low, high, len(self._words))
        return found

    # ------------------------------------------------------------------ atoms
    def const(self, value: int) -> Word:
        """A fixed whole number."""
        return self._make("const", (), int(value), "int", int(value), int(value))

    def truth(self, value: bool) -> Word:
        """Always true or always false."""
        return self.true if value else self.false

    def leaf(self, op: str, leaf: object, low: int | None = None, high: int | None = None) -> Word:
        """What is read of a leaf: its value, or whether it is known, none, yes, no."""
        return self._make(op, (), leaf, "int" if op == "value" else "bool", low, high)

    def context(self, expression: object) -> Word:
        """A number made of `on` and the year assessed."""
        return self._make("context", (), expression, "int", -ASSUMED_DAY, ASSUMED_DAY)

    # ------------------------------------------------------------------ truth
    def both(self, *parts: Word) -> Word:
        """All of these."""
        left = self._flat("and", parts, self.true, self.false)
        return left

    def either(self, *parts: Word) -> Word:
        """Any of these."""
        return self._flat("or", parts, self.false, self.true)

    def _flat(self, op: str, parts: tuple[Word, ...], neutral: Word, absorbing: Word) -> Word:
        kept: dict[int, Word] = {}
        for part in parts:
            for item in part.args if part.op == op else (part,):
                if item is absorbing:
                    return absorbing
                if item is not neutral:
                    kept[item.id] = item
        for item in kept.values():
            if item.op == "not" and item.args[0].id in kept:
                return absorbing
        if not kept:
            return neutral
        words = tuple(kept[key] for key in sorted(kept))
        return words[0] if len(words) == 1 else self._make(op, words, None, "bool", None, None)

    def negate(self, word: Word) -> Word:
        """The contrary."""
        if word.op in ("true", "false"):
            return self.truth(word is self.false)
        if word.op == "not":
            return word.args[0]
        return self._make("not", (word,), None, "bool", None, None)

    def contrary(self, one: Word, other: Word) -> bool:
        """Whether one truth is plainly the opposite of the other."""
        if one is self.negate(other):
            return True
        if {one.op, other.op} != {"and", "or"} or len(one.args) != len(other.args):
            return False
        return all(any(self.contrary(part, against) for against in other.args) for part in one.args)

    def compare(self, op: str, left: Word, right: Word) -> Word:
        """left < right (lt), left <= right (le) or left == right (eq)."""
        if left is right:
            return self.truth(op != "lt")
        if left.op == right.op == "const":
            a, b = left.value, right.value
            return self.truth(a < b if op == "lt" else a <= b if op == "le" else a == b)
        return self._make(op, (left, right), None, "bool", None, None)

    # ------------------------------------------------------------------ numbers
    def add(self, left: Word, right: Word) -> Word:
        """Sum."""
        for one, other in ((left, right), (right, left)):
            if one.op == "const":
                if one.value == 0:
                    return other
                if other.op == "const":
                    return self.const(one.value + other.value)
        low, high = _plus(left.low, right.low), _plus(left.high, right.high)
        return self._make("add", _ordered(left, right), None, "int", low, high)

    def sub(self, left: Word, right: Word) -> Word:
        """Difference."""
        if right.op == "const":
            return self.add(left, self.const(-right.value))
        if left is right:
            return self.const(0)
        low = None if left.low is None or right.high is None else left.low - right.high
        high = None if left.high is None or right.low is None else left.high - right.low
        return self._make("sub", (left, right), None, "int", low, high)

    def mul(self, left: Word, right: Word) -> Word:
        """Product."""
        for one, other in ((left, right), (right, left)):
            if one.op == "const":
                if one.value in (0, 1):
                    return other if one.value else one
                if other.op == "const":
                    return self.const(one.value * other.value)
                if other.op == "mul" and other.args[0].op == "const":
                    return self.mul(self.const(one.value * other.args[0].value), other.args[1])
                return self._make("mul", (one, other), None, "int", *_times(one, other))
        return self._make("mul", _ordered(left, right), None, "int", *_times(left, right))

    def least(self, left: Word, right: Word) -> Word:
        """The smaller."""
        return self._extreme("min", left, right)

    def most(self, left: Word, right: Word) -> Word:
        """The larger."""
        return self._extreme("max", left, right)

    def _extreme(self, op: str, left: Word, right: Word) -> Word:
        if left is right:
            return left
        pick = min if op == "min" else max
        if left.op == right.op == "const":
            return self.const(pick(left.value, right.value))
        low = _pick(pick, left.low, right.low, keep=op == "max")
        high = _pick(pick, left.high, right.high, keep=op == "min")
        return self._make(op, _ordered(left, right), None, "int", low, high)

    def choose(self, truth: Word, yes: Word, no: Word) -> Word:
        """yes where truth, otherwise no; of two numbers or two truths."""
        if yes is no or truth is self.true:
            return yes
        if truth is self.false:
            return no
        if truth.op == "not":
            return self.choose(truth.args[0], no, yes)
        if yes.kind == "bool":
            return self.either(self.both(truth, yes), self.both(self.negate(truth), no))
        low = None if yes.low is None or no.low is None else min(yes.low, no.low)
        high = None if yes.high is None or no.high is None else max(yes.high, no.high)
        return self._make("choose", (truth, yes, no), None, "int", low, high)

    def floordiv(self, left: Word, right: Word) -> Word:
        """left ÷ right rounded down; right is positive."""
        if right.op == "const" and right.value == 1:
            return left
        if left.op == right.op == "const":
            return self.const(left.value // right.value)
        least = max(right.low or 1, 1)
        low = None if left.low is None else min(left.low // least, 0)
        high = None if left.high is None else max(left.high // least, 0)
        return self._make("floordiv", (left, right), None, "int", low, high)


def order(outputs: list[Word]) -> list[Word]:
    """Every word that the outputs need, each after its parts; deep programs included."""
    seen: set[int] = set()
    result: list[Word] = []
    stack: list[tuple[Word, bool]] = [(word, False) for word in reversed(outputs)]
    while stack:
        word, ready = stack.pop()
        if ready:
            result.append(word)
        elif word.id not in seen:
            seen.add(word.id)
            stack.append((word, True))
            stack.extend((arg, False) for arg in reversed(word.args) if arg.id not in seen)
    return result


def _ordered(left: Word, right: Word) -> tuple[Word, Word]:
    return (left, right) if left.id <= right.id else (right, left)


def _plus(left: int | None, right: int | None) -> int | None:
    return None if left is None or right is None else left + right


def _times(left: Word, right: Word) -> tuple[int | None, int | None]:
    if left.low is None or left.high is None or right.low is None or right.high is None:
        neither_negative = left.low is not None and left.low >= 0 and right.low is not None and right.low >= 0
        return (0 if neither_negative else None), None
    corners = [a * b for a in (left.low, left.high) for b in (right.low, right.high)]
    return min(corners), max(corners)


def _pick(pick: object, left: int | None, right: int | None, *, keep: bool) -> int | None:
    """The bound of a minimum or maximum; with `keep`, one bound alone already holds."""
    if left is None or right is None:
        return (left if right is None else right) if keep else None
    return pick(left, right)  # type: ignore[operator, no-any-return]
