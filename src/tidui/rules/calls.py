"""The functions of the grammar: each checks its arguments and makes its node."""

from __future__ import annotations

import ast
import datetime as dt
from collections.abc import Callable
from fractions import Fraction
from typing import Final, TypeAlias

from tidui.rules import units
from tidui.rules.errors import TextError, suggestion
from tidui.rules.nodes import Context, Leaf, Node, Type
from tidui.rules.text import Builder, _as_context, date_literal, describe

Arguments: TypeAlias = "list[ast.expr]"
Named: TypeAlias = "dict[str, ast.expr]"
FOUNDING: Final = "established_on"


def _take(name: str, args: Arguments, named: Named, least: int, most: int | None = None) -> None:
    most = least if most is None else most
    if named:
        raise TextError(f"{name} has no argument named {next(iter(named))!r}")
    if not least <= len(args) <= most:
        expected = str(least) if least == most else f"{least} or more" if most > 100 else f"{least} to {most}"
        raise TextError(f"{name} takes {expected} arguments, found {len(args)}")


def _ratio(build: Builder, args: Arguments, named: Named) -> Node:
    if len(args) != 2 or set(named) != {"if_zero"}:
        raise TextError("ratio takes two numbers and if_zero: ratio(a, b, if_zero: 0)")
    top, bottom = build.number(args[0]), build.number(args[1])
    build.uses_ratio = True
    unit = units.product(top.unit, bottom.unit, -1)
    fallback = named["if_zero"]
    if isinstance(fallback, ast.Name) and fallback.id == "unknown":
        return build.pool.make("ratio", (top, bottom), type="num", unit=unit)
    zero = build.number(fallback)
    build.common_unit(build.pool.make("ratio", (top, bottom), type="num", unit=unit), zero, "choose between")
    return build.pool.make("ratio", (top, bottom, zero), type="num", unit=unit)


def _joined(op: str) -> Callable[[Builder, Arguments, Named], Node]:
    """min, max, sum, first_known: all arguments of one kind and unit."""

    def call(build: Builder, args: Arguments, named: Named) -> Node:
        _take(op, args, named, 1, 1_000)
        nodes = [build.build(arg) for arg in args]
        if op == "sum" and any(node.type == "date" for node in nodes):
            raise TextError("dates cannot be summed")
        return joined(build, op, nodes)

    return call


def joined(build: Builder, op: str, nodes: list[Node]) -> Node:
    """One node over several of the same kind and unit."""
    first = nodes[0]
    allowed = ("num", "date", "bool") if op == "first_known" else ("num", "date")
    unit = first.unit
    for node in nodes:
        if node.type != first.type or node.type not in allowed:
            raise TextError(f"{op} cannot take {describe(node)} here")
    for node in nodes if first.type == "num" else ():
        # Every pair is held against the first that has a unit, so that a bare 0 may stand anywhere.
        measured = next((other for other in nodes if other.unit is not None), first)
        unit = build.common_unit(measured, node, op)
    if len(nodes) == 1:
        return first
    return build.pool.make(op, tuple(nodes), type=first.type, unit=unit)


def _count(build: Builder, args: Arguments, named: Named) -> Node:
    if len(args) == 1 and not named:
        node = build.build(args[0])
        if node.type == "dates":
            return build.leaf(_leaf(node).then("count"), "num")
    _take("count", args, named, 1, 1_000)
    return build.pool.make("count", tuple(build.boolean(a) for a in args), type="num", unit=units.PLAIN)


def _bands(build: Builder, args: Arguments, named: Named) -> Node:
    _take("bands", args, named, 2)
    value = build.number(args[0])
    if not isinstance(args[1], ast.Name):
        raise TextError("the second argument of bands is the name of a table")
    found = build.scope.table(args[1].id)
    if found is None:
        raise TextError(f"unknown table {args[1].id!r}{suggestion(args[1].id, build.scope.names())}")
    table, by, gives = found
    if value.unit is not None and value.unit != by:
        raise TextError(f"table {args[1].id} is by {units.show(by)}, found {units.show(value.unit)}")
    return build.pool.make("bands", (value,), type="num", value=table, unit=gives)


def _leaf(node: Node) -> Leaf:
    if node.op != "leaf":
        raise TextError("expected a fact, or the first or last of a list")
    leaf: Leaf = node.value
    return leaf


def _has(build: Builder, args: Arguments, named: Named) -> Node:
    _take("has", args, named, 1)
    node = build.build(args[0])
    if node.type in ("code", "dates", "list"):
        return build.leaf(_leaf(node).then("has"), "bool")
    return build.pool.make("has", (node,), type="bool")


def _known(build: Builder, args: Arguments, named: Named) -> Node:
    _take("known", args, named, 1)
    node = build.build(args[0])
    if node.type in ("code", "dates", "list"):
        node = build.leaf(_leaf(node).then("has"), "bool")
    return build.pool.make("known", (node,), type="bool")


def _starts(build: Builder, args: Arguments, named: Named) -> Node:
    _take("starts", args, named, 2, 1_000)
    node = build.build(args[0])
    if node.type != "code":
        raise TextError(f"starts reads a fact that is a code, found {describe(node)}")
    prefixes = [arg.value for arg in args[1:] if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
    if len(prefixes) != len(args) - 1 or not all(prefixes):
        raise TextError("starts takes quoted beginnings of codes")
    return build.leaf(_leaf(node).then("starts", *sorted(prefixes)), "bool")


def _date_part(step: str, unit: units.Unit) -> Callable[[Builder, Arguments, Named], Node]:
    def call(build: Builder, args: Arguments, named: Named) -> Node:
        _take(step, args, named, 1)
        return date_part(build, step, build.build(args[0]), unit)

    return call


def date_part(build: Builder, step: str, node: Node, unit: units.Unit) -> Node:
    """The year, month index or day of the month of a date."""
    if node.type != "date":
        raise TextError(f"{step} reads a date, found {describe(node)}")
    if node.op == "ctx":
        return build.context((step, node.value), "num", unit)
    if node.op == "lit":
        return build.context((step, ("number", node.value)), "num", unit)
    return build.leaf(_leaf(node).then(step), "num", unit)


def _day(build: Builder, args: Arguments, named: Named) -> Node:
    _take("day", args, named, 3)
    try:
        return date_literal(build, dt.date(*(build.whole(arg) for arg in args)))
    except (ValueError, OverflowError):
        raise TextError(f"{ast.unparse(ast.Tuple(args, ast.Load()))} is not a date") from None


def _year_end(step: str) -> Callable[[Builder, Arguments, Named], Node]:
    def call(build: Builder, args: Arguments, named: Named) -> Node:
        _take(step, args, named, 1)
        return build.context((step, _context(build, args[0])), "date")

    return call


def _context(build: Builder, tree: ast.expr) -> Context:
    node = build.build(tree)
    expression = _as_context(node) if node.op in ("ctx", "lit") and node.type in ("num", "date") else None
    if expression is None:
        raise TextError(f"{ast.unparse(tree)} may be made of on, assessed and whole numbers only")
    return expression


def _days(build: Builder, args: Arguments, named: Named) -> Node:
    _take("days", args, named, 2)
    start, end = build.build(args[0]), build.build(args[1])
    if start.type != "date" or end.type != "date":
        raise TextError("days takes two dates: days(from, to)")
    return build.arithmetic("sub", end, start)


def _months(build: Builder, args: Arguments, named: Named) -> Node:
    _take("months", args, named, 2)
    start, end = build.build(args[0]), build.build(args[1])
    unit = units.NAMES["months"]
    months = build.arithmetic("sub", *(date_part(build, "month_index", d, unit) for d in (end, start)))
    earlier = build.compare("lt", *(date_part(build, "day_of_month", d, units.NAMES["days"]) for d in (end, start)))
    step = [build.literal(Fraction(n), unit) for n in (1, 0)]
    short = build.pool.make("if", (earlier, *step), type="num", unit=unit)
    return build.arithmetic("sub", months, short)


def _add_months(build: Builder, args: Arguments, named: Named) -> Node:
    _take("add_months", args, named, 2)
    node = build.build(args[0])
    if node.type != "date" or node.op != "leaf":
        raise TextError("add_months reads a date fact, or the first or last of a list")
    months = build.build(args[1])
    value = Fraction(months.value) if months.op == "lit" and months.type == "num" else None
    if value is None or value.denominator != 1 or abs(value) > 1_200:
        raise TextError("add_months takes a whole number of months, or a parameter")
    return build.leaf(_leaf(node).then("add_months", int(value)), "date")


def _list_end(step: str) -> Callable[[Builder, Arguments, Named], Node]:
    def call(build: Builder, args: Arguments, named: Named) -> Node:
        _take(step, args, named, 1)
        node = build.build(args[0])
        if node.type != "dates":
            raise TextError(f"{step} reads a list of dates, found {describe(node)}")
        return build.leaf(_leaf(node).then(step), "date")

    return call


def _within(build: Builder, args: Arguments, named: Named) -> Node:
    _take("within", args, named, 2, 3)
    node = build.build(args[0])
    if node.type != "dates":
        raise TextError(f"within reads a list of dates, found {describe(node)}")
    if len(args) == 3:
        span = (_context(build, args[1]), _context(build, args[2]))
    else:
        span = (("sub", ("on",), _context(build, args[1])), ("on",))
    return build.leaf(_leaf(node).then("within", *span), "bool")


def _filters(build: Builder, fields: set[str], named: Named) -> tuple[object, ...]:
    found = []
    for name, tree in sorted(named.items()):
        if name not in fields:
            raise TextError(f"records have no field {name!r}{suggestion(name, fields)}")
        found.append((name, _filter(build, tree)))
    return tuple(found)


def _filter(build: Builder, tree: ast.expr) -> tuple[object, ...]:
    if isinstance(tree, ast.Constant) and isinstance(tree.value, str):
        return ("in", tree.value)
    if isinstance(tree, ast.Set):
        return ("in", *sorted(build._codes_of(tree)))
    if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and tree.func.id == "span":
        if len(tree.args) != 2 or tree.keywords:
            raise TextError("span takes two ends: span(a, b)")
        return ("span", _context(build, tree.args[0]), _context(build, tree.args[1]))
    return ("equals", _context(build, tree))


def _records(step: str) -> Callable[[Builder, Arguments, Named], Node]:
    def call(build: Builder, args: Arguments, named: Named) -> Node:
        wanted = 1 if step == "tally" else 2
        if len(args) != wanted:
            raise TextError(f"{step} takes a list of records" + (" and the name of a field" if wanted == 2 else ""))
        node = build.build(args[0])
        if node.type != "list":
            raise TextError(f"{step} reads a list of records, found {describe(node)}")
        kind = build.scope.fact(_leaf(node).fact)
        fields = dict(kind.fields) if kind else {}
        filters = _filters(build, set(fields), named)
        if step == "tally":
            return build.leaf(_leaf(node).then("tally", filters), "num")
        if not isinstance(args[1], ast.Name) or args[1].id not in fields:
            raise TextError(f"{ast.unparse(args[1])} is not a field of the list; it has {', '.join(fields)}")
        field = args[1].id
        if step == "total" and fields[field] not in ("money", "int"):
            raise TextError(f"{field} cannot be added up")
        type_: Type = "date" if fields[field] == "date" else "num"
        unit = units.NAMES["yuan"] if fields[field] == "money" else units.PLAIN
        return build.leaf(_leaf(node).then(step, field, filters), type_, unit)

    return call


def _years(op: str) -> Callable[[Builder, Arguments, Named], Node]:
    def call(build: Builder, args: Arguments, named: Named) -> Node:
        name = "sum_years" if op == "sum" else "any_year"
        _take(name, args, named, 3)
        if not isinstance(args[0], ast.Name):
            raise TextError(f"{name} takes the name of a yearly fact or rule and two offsets")
        start, end = build.whole(args[1]), build.whole(args[2])
        if not start <= end or end - start > 30:
            raise TextError(f"{name}: the first offset is the earlier one, at most 30 years before the second")
        nodes = [build.named(args[0].id, offset) for offset in range(start, end + 1)]
        if op == "sum":
            return joined(build, "sum", nodes)
        if any(node.type != "bool" for node in nodes):
            raise TextError("any_year takes a condition")
        return build.join("or", nodes)

    return call


def _exists(build: Builder, args: Arguments, named: Named) -> Node:
    _take("exists", args, named, 1)
    year = build.context(("assessed", build.shift + build.whole(args[0])), "num", units.PLAIN)
    return build.compare("le", date_part(build, "year", build.named(FOUNDING, 0), units.PLAIN), year)


def _fact(build: Builder, args: Arguments, named: Named) -> Node:
    _take("fact", args, named, 1)
    tree = args[0]
    offset = build.whole(tree.slice) if isinstance(tree, ast.Subscript) else 0
    name = tree.value if isinstance(tree, ast.Subscript) else tree
    if not isinstance(name, ast.Name):
        raise TextError("fact takes the name of a fact")
    return build.fact(name.id, offset)


def _outside(build: Builder, args: Arguments, named: Named) -> Node:
    _take("outside", args, named, 2)
    value, span = (build.number(arg) for arg in args)
    build.common_unit(value, span, "compare")
    return build.pool.make("outside", (value, span), type="bool")


def _of(build: Builder, args: Arguments, named: Named) -> Node:
    _take("of", args, named, 2)
    names = [arg.value for arg in args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
    if len(names) != 2:
        raise TextError("of takes a policy and a rule, quoted: of('cn/hte', 'score')")
    return build.scope.other(names[0], names[1], build.shift)


FUNCTIONS: Final[dict[str, Callable[[Builder, Arguments, Named], Node]]] = {
    "ratio": _ratio, "min": _joined("min"), "max": _joined("max"), "sum": _joined("sum"),
    "first_known": _joined("first_known"), "count": _count, "bands": _bands, "has": _has, "known": _known,
    "starts": _starts, "year": _date_part("year", units.PLAIN),
    "month_index": _date_part("month_index", units.NAMES["months"]), "day": _day,
    "first_day": _year_end("first_day"), "last_day": _year_end("last_day"), "days": _days, "months": _months,
    "add_months": _add_months, "first": _list_end("first"), "last": _list_end("last"), "within": _within,
    "total": _records("total"), "tally": _records("tally"), "earliest": _records("earliest"),
    "latest": _records("latest"), "sum_years": _years("sum"), "any_year": _years("or"), "exists": _exists, "of": _of,
    "fact": _fact, "outside": _outside,
}  # fmt: skip
