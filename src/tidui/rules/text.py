"""From syntax trees to graph nodes: names are resolved, types and units are checked, equal parts are shared."""

from __future__ import annotations

import ast
import datetime as dt
from collections.abc import Callable
from fractions import Fraction
from typing import Final, Protocol

from tidui.rules import units
from tidui.rules.errors import TextError, suggestion
from tidui.rules.nodes import Context, Leaf, Node, Pool, Table, Type
from tidui.rules.syntax import exact
from tidui.rules.values import FactType, day_number

COMPARISONS: Final[dict[type[ast.cmpop], str]] = {
    ast.Lt: "lt", ast.LtE: "le", ast.Gt: "gt", ast.GtE: "ge", ast.Eq: "eq", ast.NotEq: "ne",
}  # fmt: skip
ARITHMETIC: Final[dict[type[ast.operator], str]] = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul"}
MAX_OFFSET: Final = 30


class Scope(Protocol):
    """What a text may name, as the program that is being built knows it."""

    pool: Pool

    def fact(self, name: str) -> FactType | None:
        """The fact of this name."""
        ...

    def parameter(self, name: str) -> Node | None:
        """The parameter of this name, as it stands on the day."""
        ...

    def table(self, name: str) -> tuple[Table, units.Unit, units.Unit] | None:
        """The table of this name, with the units of its argument and its result."""
        ...

    def rule(self, name: str, shift: int) -> Node | None:
        """The rule of this name, its years shifted."""
        ...

    def shadows(self, name: str) -> bool:
        """Whether a name means a rule, though a fact has it too."""
        ...

    def other(self, policy: str, rule: str, shift: int) -> Node:
        """A rule of another policy."""
        ...

    def names(self) -> list[str]:
        """Every name that could stand in a text."""
        ...


class Builder:
    """Builds the nodes of one text. `shift` moves every yearly fact and `assessed`; `options` are the codes that
    an outcome may have, so that a quoted one becomes its number."""

    def __init__(self, scope: Scope, *, shift: int = 0, options: tuple[str, ...] = ()) -> None:
        self.scope, self.pool, self.shift, self.options = scope, scope.pool, shift, options
        self.uses_ratio = False

    # ------------------------------------------------------------------ entry
    def build(self, tree: ast.expr) -> Node:
        """The node of this tree; TextError says what was expected."""
        method: Callable[[ast.expr], Node] | None = getattr(self, f"_{type(tree).__name__}", None)
        if method is None:
            raise TextError(f"{type(tree).__name__} cannot stand here")
        return method(tree)

    def boolean(self, tree: ast.expr) -> Node:
        """A node that must be true, false or unknown."""
        node = self.build(tree)
        if node.type != "bool":
            raise TextError(f"expected a condition, found {describe(node)}: {ast.unparse(tree)}")
        return node

    def number(self, tree: ast.expr) -> Node:
        """A node that must be a number."""
        node = self.build(tree)
        if node.type != "num":
            raise TextError(f"expected a number, found {describe(node)}: {ast.unparse(tree)}")
        return node

    def literal(self, value: Fraction, unit: units.Unit = None) -> Node:
        """A number as a node."""
        return self.pool.make("lit", type="num", value=value, unit=unit)

    def truth(self, value: bool) -> Node:
        """True or false as a node."""
        return self.pool.make("lit", type="bool", value=value)

    def context(self, expression: Context, type: Type, unit: units.Unit = None) -> Node:
        """A node that depends on `on` and the year assessed alone."""
        return self.pool.make("ctx", type=type, value=expression, unit=unit)

    def leaf(self, leaf: Leaf, type: Type, unit: units.Unit = units.PLAIN) -> Node:
        """A node that reads one fact."""
        return self.pool.make("leaf", type=type, value=leaf, unit=unit if type == "num" else None)

    # ------------------------------------------------------------------ atoms
    def _Constant(self, tree: ast.Constant) -> Node:
        value = tree.value
        if isinstance(value, bool):
            return self.truth(value)
        if isinstance(value, str):
            if value in self.options:
                return self.literal(Fraction(self.options.index(value)), units.PLAIN)
            expected = f"one of {', '.join(self.options)}" if self.options else "a code beside a fact that is a code"
            raise TextError(f"the text {value!r} cannot stand alone here; expected {expected}")
        return self.literal(exact(value))

    def _Name(self, tree: ast.Name) -> Node:
        return self.named(tree.id, 0)

    def named(self, name: str, offset: int) -> Node:
        """What a name stands for, at a year offset (0 unless it is written)."""
        shift = self.shift + offset
        if name in ("true", "false"):
            return self.truth(name == "true")
        if name == "on":
            return self.context(("on",), "date")
        if name == "assessed":
            return self.context(("assessed", shift), "num", units.PLAIN)
        kind = self.scope.fact(name)
        if kind is not None and not self.scope.shadows(name):
            return self._fact(kind, shift if kind.yearly else None, offset)
        found = self.scope.rule(name, shift)
        if found is None and offset == 0:
            found = self.scope.parameter(name)
        if found is None:
            if offset and self.scope.parameter(name) is not None:
                raise TextError(f"{name} is a parameter and has no year offset")
            raise TextError(f"unknown name {name!r}{suggestion(name, self.scope.names())}")
        return found

    def fact(self, name: str, offset: int = 0) -> Node:
        """The fact of this name, even where a rule has the same."""
        kind = self.scope.fact(name)
        if kind is None:
            raise TextError(f"there is no fact {name!r}{suggestion(name, self.scope.names())}")
        return self._fact(kind, self.shift + offset if kind.yearly else None, offset)

    def _fact(self, kind: FactType, shift: int | None, offset: int) -> Node:
        if shift is None and offset:
            raise TextError(f"{kind.name} is not a yearly fact and has no year offset")
        if shift is not None and abs(shift) > MAX_OFFSET:
            raise TextError(f"the year offset of {kind.name} reaches {shift}; the limit is {MAX_OFFSET}")
        types: dict[str, Type] = {
            "bool": "bool", "date": "date", "code": "code", "text": "code", "dates": "dates", "list": "list",
        }  # fmt: skip
        return self.leaf(Leaf(kind.name, shift), types.get(kind.kind, "num"), units.parse(unit_name(kind)))

    def _Subscript(self, tree: ast.Subscript) -> Node:
        if not isinstance(tree.value, ast.Name):
            raise TextError("a year offset belongs behind the name of a fact or rule")
        return self.named(tree.value.id, self.whole(tree.slice))

    def whole(self, tree: ast.expr) -> int:
        """A whole number written out, such as −2."""
        sign = 1
        if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.USub):
            sign, tree = -1, tree.operand
        if isinstance(tree, ast.Constant) and type(tree.value) is int:
            return sign * tree.value
        raise TextError(f"expected a whole number, found {ast.unparse(tree)}")

    # ------------------------------------------------------------------ arithmetic
    def _UnaryOp(self, tree: ast.UnaryOp) -> Node:
        if isinstance(tree.op, ast.Not):
            return self.negate(self.boolean(tree.operand))
        node = self.number(tree.operand)
        return self.arithmetic("mul", self.literal(Fraction(-1)), node)

    def _BinOp(self, tree: ast.BinOp) -> Node:
        if isinstance(tree.op, ast.Div):
            divisor = self.number(tree.right)
            if divisor.op != "lit" or not divisor.value:
                raise TextError("an unguarded / is refused; write ratio(a, b, if_zero: …)")
            inverse = self.literal(1 / Fraction(divisor.value), units.product(units.PLAIN, divisor.unit, -1) or None)
            return self.arithmetic("mul", self.number(tree.left), inverse)
        return self.arithmetic(ARITHMETIC[type(tree.op)], self.build(tree.left), self.build(tree.right))

    def arithmetic(self, op: str, left: Node, right: Node) -> Node:
        """a + b, a − b or a × b, with types and units checked."""
        if "date" in (left.type, right.type):
            return self._date_arithmetic(op, left, right)
        for side in (left, right):
            if side.type != "num":
                raise TextError(f"expected a number, found {describe(side)}")
        unit = units.product(left.unit, right.unit) if op == "mul" else self.common_unit(left, right, op)
        if left.op in ("ctx", "lit") and right.op in ("ctx", "lit") and op != "mul":
            whole = self._context_arithmetic(op, left, right, "num", unit)
            if whole is not None:
                return whole
        if left.op == right.op == "lit":
            a, b = Fraction(left.value), Fraction(right.value)
            return self.literal(a + b if op == "add" else a - b if op == "sub" else a * b, unit)
        return self.pool.make(op, (left, right), type="num", unit=unit)

    def _context_arithmetic(self, op: str, left: Node, right: Node, type: Type, unit: units.Unit) -> Node | None:
        if "ctx" not in (left.op, right.op):
            return None
        parts = [_as_context(side) for side in (left, right)]
        return None if None in parts else self.context((op, *parts), type, unit)

    def _date_arithmetic(self, op: str, left: Node, right: Node) -> Node:
        both = left.type == right.type == "date"
        if op == "sub" and both:
            result: Type = "num"
        elif op in ("add", "sub") and left.type == "date" and right.type == "num":
            if right.unit not in (None, units.PLAIN, units.NAMES["days"]):
                raise TextError(f"days are added to a date, not {units.show(right.unit)}")
            result = "date"
        else:
            raise TextError(f"cannot {op} {describe(left)} and {describe(right)}")
        unit = units.NAMES["days"] if result == "num" else None
        folded = self._context_arithmetic(op, left, right, result, unit)
        return folded or self.pool.make(op, (left, right), type=result, unit=unit)

    def common_unit(self, left: Node, right: Node, doing: str) -> units.Unit:
        """The one unit of two things that are added or compared; TextError if they have not one."""
        if left.unit == right.unit:
            return left.unit
        for bare, other in ((left, right), (right, left)):
            if bare.unit is None:
                if units.guarded(other.unit) and not (bare.op == "lit" and bare.value == 0):
                    raise TextError(
                        f"a bare number beside {units.show(other.unit)}: put it into a parameter with its unit"
                    )
                return other.unit
        raise TextError(f"cannot {doing} {units.show(left.unit)} and {units.show(right.unit)}")

    # ------------------------------------------------------------------ conditions
    def _BoolOp(self, tree: ast.BoolOp) -> Node:
        op = "and" if isinstance(tree.op, ast.And) else "or"
        return self.join(op, [self.boolean(value) for value in tree.values])

    def join(self, op: str, parts: list[Node]) -> Node:
        """The conjunction or disjunction of conditions."""
        if not parts:
            raise TextError(f"an {op!r} of nothing")
        if len(parts) == 1:
            return parts[0]
        return self.pool.make(op, tuple(parts), type="bool")

    def negate(self, node: Node) -> Node:
        """The contrary of a condition."""
        return node.args[0] if node.op == "not" else self.pool.make("not", (node,), type="bool")

    def _Compare(self, tree: ast.Compare) -> Node:
        if len(tree.ops) != 1:
            raise TextError("one comparison at a time: write a <= x and x <= b")
        op, left, right = tree.ops[0], tree.left, tree.comparators[0]
        if isinstance(op, ast.In | ast.NotIn):
            return self._membership(left, self._codes_of(right), isinstance(op, ast.NotIn))
        for subject, other in ((left, right), (right, left)):
            if isinstance(other, ast.Constant) and isinstance(other.value, str) and other.value not in self.options:
                if not isinstance(op, ast.Eq | ast.NotEq):
                    raise TextError("codes are compared with == and != only")
                return self._membership(subject, [other.value], isinstance(op, ast.NotEq))
        return self.compare(COMPARISONS[type(op)], self.build(left), self.build(right))

    def compare(self, op: str, left: Node, right: Node) -> Node:
        """A comparison of two numbers or two dates."""
        if left.type == right.type == "bool" and op in ("eq", "ne"):
            both, neither = ([left, right], [self.negate(left), self.negate(right)])
            same = self.join("or", [self.join("and", both), self.join("and", neither)])
            return same if op == "eq" else self.negate(same)
        if left.type != right.type or left.type not in ("num", "date"):
            raise TextError(f"cannot compare {describe(left)} with {describe(right)}")
        if left.type == "num":
            self.common_unit(left, right, "compare")
        if op == "ne":
            return self.negate(self.compare("eq", left, right))
        return self.pool.make(op, (left, right), type="bool")

    def _codes_of(self, tree: ast.expr) -> list[str]:
        items = tree.elts if isinstance(tree, ast.Set) else None
        if not items or not all(isinstance(i, ast.Constant) and isinstance(i.value, str) for i in items):
            raise TextError("'in' takes quoted codes in braces: x in {'a', 'b'}")
        return [str(item.value) for item in items]  # type: ignore[attr-defined]

    def _membership(self, subject: ast.expr, codes: list[str], negated: bool) -> Node:
        node = self.build(subject)
        if node.type != "code":
            raise TextError(f"expected a fact that is a code, found {describe(node)}: {ast.unparse(subject)}")
        leaf: Leaf = node.value
        kind = self.scope.fact(leaf.fact)
        for code in codes:
            if kind is not None and kind.options and code not in kind.options:
                raise TextError(f"{leaf.fact} is never {code!r}{suggestion(code, kind.options)}")
        found = self.leaf(leaf.then("in", *sorted(codes)), "bool")
        return self.negate(found) if negated else found

    def _IfExp(self, tree: ast.IfExp) -> Node:
        condition = self.boolean(tree.test)
        yes, no = self.build(tree.body), self.build(tree.orelse)
        if yes.type != no.type or yes.type not in ("num", "date", "bool"):
            raise TextError(f"both branches of an if must be of one kind: {describe(yes)} and {describe(no)}")
        unit = self.common_unit(yes, no, "choose between") if yes.type == "num" else None
        if condition.op == "lit":
            return yes if condition.value else no
        return self.pool.make("if", (condition, yes, no), type=yes.type, unit=unit)

    # ------------------------------------------------------------------ calls
    def _Call(self, tree: ast.Call) -> Node:
        from tidui.rules.calls import FUNCTIONS

        if not isinstance(tree.func, ast.Name):
            raise TextError("only the functions of the grammar can be called")
        function = FUNCTIONS.get(tree.func.id)
        if function is None:
            raise TextError(f"unknown function {tree.func.id!r}{suggestion(tree.func.id, FUNCTIONS)}")
        named = {keyword.arg: keyword.value for keyword in tree.keywords if keyword.arg}
        if len(named) != len(tree.keywords):
            raise TextError("stars have no place in a call")
        return function(self, tree.args, named)


def _as_context(node: Node) -> Context | None:
    if node.op == "ctx":
        expression: Context = node.value
        return expression
    if node.op == "lit" and node.type == "date":
        return ("number", node.value)
    if node.op != "lit" or node.type != "num":
        return None
    value = Fraction(node.value)
    return ("number", int(value)) if value.denominator == 1 else None


def unit_name(kind: FactType) -> str:
    """The unit of a fact: its own, or that of its kind."""
    return kind.unit or {"money": "yuan"}.get(kind.kind, "")


def describe(node: Node) -> str:
    """A node's kind, in words for an error message."""
    return {
        "num": f"a number ({units.show(node.unit)})", "bool": "a condition", "date": "a date", "code": "a code",
        "dates": "a list of dates", "list": "a list of records",
    }[node.type]  # fmt: skip


def date_literal(builder: Builder, day: dt.date) -> Node:
    """A fixed date as a node."""
    return builder.pool.make("lit", type="date", value=day_number(day))
