"""One generated Python function: the exact reading of a program for one enterprise."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, Final

from tidui.rules.integers import Word, order
from tidui.rules.leaves import context_value
from tidui.rules.nodes import Leaf

_INFIX: Final = {"add": "+", "sub": "-", "mul": "*", "floordiv": "//", "lt": "<", "le": "<=", "eq": "=="}
#: Expressions are written into one another up to this many characters; beyond it they get a name.
_INLINE: Final = 240


class PythonReading:
    """Computes the wanted words from the values and states of the leaves.

    `leaves` lists what must be supplied, in order. Numbers may be `int` or, where a value is no whole multiple of its
    scale, `Fraction`: the generated code is exact with both.
    """

    def __init__(self, outputs: Sequence[Word]) -> None:
        words = order(list(outputs))
        self.leaves: list[Leaf] = _distinct([w.value for w in words if w.op in _LEAF_OPS])
        self.contexts: list[Any] = _distinct([w.value for w in words if w.op == "context"])
        self.source = _source(words, list(outputs), self.leaves, self.contexts)
        space: dict[str, Any] = {}
        exec(compile(self.source, "<policy>", "exec"), space)
        self._function: Callable[..., tuple[Any, ...]] = space["read"]

    def __call__(
        self, values: Sequence[int | Fraction], states: Sequence[int], on: dt.date, year: int
    ) -> tuple[Any, ...]:
        """The outputs, in order: exact numbers and truths."""
        contexts = [context_value(expression, on, year) for expression in self.contexts]
        return self._function(values, states, contexts)


_LEAF_OPS: Final = ("value", "known", "none", "yes", "no")


def _distinct(items: list[Any]) -> list[Any]:
    return list(dict.fromkeys(items))


def _source(words: list[Word], outputs: list[Word], leaves: list[Leaf], contexts: list[Any]) -> str:
    places = {leaf: index for index, leaf in enumerate(leaves)}
    uses: dict[int, int] = {}
    for word in words:
        for arg in word.args:
            # A minimum names its parts twice, so they had better have names.
            uses[arg.id] = uses.get(arg.id, 0) + (2 if word.op in ("min", "max") else 1)
    for word in outputs:
        uses[word.id] = uses.get(word.id, 0) + 2
    text: dict[int, str] = {}
    lines = ["def read(v, s, c):"]
    for word in words:
        expression = _expression(word, text, places, contexts)
        trivial = not word.args and word.op in ("const", "true", "false", "value", "context")
        if trivial or (uses.get(word.id, 0) < 2 and len(expression) < _INLINE):
            text[word.id] = expression
        else:
            lines.append(f" w{word.id} = {expression}")
            text[word.id] = f"w{word.id}"
    lines.append(f" return ({''.join(text[word.id] + ', ' for word in outputs)})")
    return "\n".join(lines)


def _expression(word: Word, text: dict[int, str], places: dict[Leaf, int], contexts: list[Any]) -> str:
    args = [text[arg.id] for arg in word.args]
    if word.op == "const":
        return f"({word.value})" if word.value < 0 else str(word.value)
    if word.op in ("true", "false"):
        return word.op.capitalize()
    if word.op == "context":
        return f"c[{contexts.index(word.value)}]"
    if word.op in _LEAF_OPS:
        place = places[word.value]
        return {
            "value": f"v[{place}]", "known": f"(s[{place}] == 1)", "none": f"(s[{place}] == 2)",
            "yes": f"(s[{place}] == 1 and v[{place}] == 1)", "no": f"(s[{place}] == 1 and v[{place}] == 0)",
        }[word.op]  # fmt: skip
    if word.op in _INFIX:
        return f"({args[0]} {_INFIX[word.op]} {args[1]})"
    if word.op in ("and", "or"):
        return "(" + f" {word.op} ".join(args) + ")"
    if word.op == "not":
        return f"(not {args[0]})"
    if word.op in ("min", "max"):
        return f"({args[0]} if {args[0]} {'<=' if word.op == 'min' else '>='} {args[1]} else {args[1]})"
    if word.op == "choose":
        return f"({args[1]} if {args[0]} else {args[2]})"
    raise AssertionError(word.op)
