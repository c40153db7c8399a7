"""An answer as data: the JSON of `tidui explain`."""

from __future__ import annotations

import datetime as dt
import math
from fractions import Fraction
from typing import Any

from tidui.rules import units
from tidui.rules.answers import RELATIONS, Answer, Range, comparison
from tidui.rules.nodes import Leaf, Node
from tidui.rules.program import Built, decimal
from tidui.rules.values import NONE, FactType, day_of


def explanation(answer: Answer) -> dict[str, Any]:
    """Everything that is known of one enterprise under one policy; see docs/users/command-line.md for the shape."""
    program = answer.program
    verdict = program.rules.get("verdict")
    return {
        "policy": program.file.policy,
        "version": program.file.version,
        "title": dict(program.file.title),
        "on": answer.on.isoformat(),
        "fiscal_year": answer.year,
        "hash": program.hash,
        "verdict": answer.verdict("verdict") if verdict else None,
        "score": _score(answer),
        "amounts": {b.rule.id: _amount(answer, b) for b in program.of_kind("amount")},
        "amount_ranges": _amount_ranges(answer),
        "outcomes": {b.rule.id: outcome(answer, b) for b in program.of_kind("outcome")},
        "conditions": [condition_of(answer, built) for built in program.of_kind("condition")],
        "flags": [
            {"id": b.rule.id, "label": b.rule.label, "cites": list(b.rule.cites)}
            for b in program.of_kind("flag")
            if answer.truth(b.rule.id)
        ],
        "missing": [{"fact": path(answer, leaf), "matters": matters} for leaf, matters in answer.missing()],
        "house_defaults": [{"id": d.id, "value": d.value, "why": d.why} for d in program.house_defaults()],
    }


# ---------------------------------------------------------------------- parts
def _score(answer: Answer) -> dict[str, Any] | None:
    totals = answer.program.of_kind("total")
    if not totals:
        return None
    parts = [{**_points(answer, b), "cites": list(b.rule.cites)} for b in answer.program.of_kind("score")]
    groups = [
        {**_points(answer, b), "parts": list(b.rule.parts), "cites": list(b.rule.cites)}
        for b in answer.program.of_kind("group")
    ]
    whole = _points(answer, totals[0])
    whole.pop("id")
    whole.pop("label")
    return {**whole, "parts": parts, "groups": groups}


def _points(answer: Answer, built: Built) -> dict[str, Any]:
    ends = answer.number(built.rule.id)
    found: dict[str, Any] = {
        "id": built.rule.id, "label": built.rule.label, "low": _plain(ends.low), "high": _plain(ends.high),
        "max": _plain(built.rule.maximum),
    }  # fmt: skip
    inexact = [end for end in (ends.low, ends.high) if end is not None and end.denominator != 1]
    if inexact:
        found["exact"] = {"low": str(ends.low), "high": str(ends.high)}
    return found


def _plain(value: Fraction | None) -> int | float | None:
    if value is None:
        return None
    return int(value) if value.denominator == 1 else float(value)


def yuan(fen: int | Fraction) -> str:
    """Fen as yuan with two decimals."""
    whole = int(fen)
    sign = "-" if whole < 0 else ""
    return f"{sign}{abs(whole) // 100}.{abs(whole) % 100:02d}"


def _amount(answer: Answer, built: Built) -> str | None:
    low, _, exact = answer.amount(built.rule.id)
    return yuan(low) if exact and low is not None else None


def _amount_ranges(answer: Answer) -> dict[str, dict[str, str | None]]:
    found = {}
    for built in answer.program.of_kind("amount"):
        low, high, exact = answer.amount(built.rule.id)
        if not exact:
            ends = {"low": low, "high": high}
            found[built.rule.id] = {key: None if fen is None else yuan(fen) for key, fen in ends.items()}
    return found


def outcome(answer: Answer, built: Built) -> Any:
    """An outcome's value as JSON: an option's code, a boolean, a date, a number; None when it is unknown."""
    if built.node.type == "bool":
        return answer.truth(built.rule.id)
    ends = answer.number(built.rule.id)
    if ends.exact is None:
        return None
    if built.rule.options:
        return built.rule.options[int(ends.exact)]
    share = built.rule.is_share or _is_share(built.node) or ends.exact.denominator != 1
    return rendered(ends, built.node, share=share)


def condition_of(answer: Answer, built: Built) -> dict[str, Any]:
    """One condition as explain gives it: verdict, citation, value, relation, threshold, shortfall, facts, tests."""
    rule = built.rule
    tests = [
        _test(answer, node, str(test.text), test.label, test.cites)
        for node, test in zip(built.tests, rule.tests, strict=True)
    ]
    whole = tests[0] if rule.how == "is" else {"value": None, "relation": None, "threshold": None, "shortfall": None}
    return {
        "id": rule.id,
        "verdict": answer.verdict(rule.id),
        "cites": list(rule.cites),
        "label": rule.label,
        "value": whole["value"],
        "relation": whole["relation"],
        "threshold": whole["threshold"],
        "shortfall": whole["shortfall"],
        "facts": {path(answer, leaf): raw(answer, leaf) for leaf in answer.explainer.below(built.node)},
        "join": None if rule.how == "is" else rule.how,
        "house_default": rule.house_default,
        "tests": tests,
    }


def _test(
    answer: Answer, node: Node, text: str, label: dict[str, str] | None, cites: tuple[str, ...]
) -> dict[str, Any]:
    truth = answer.layout.truth(node, answer.row)
    found: dict[str, Any] = {
        "verdict": {True: "pass", False: "fail", None: "unknown"}[truth], "text": text, "label": label,
        "cites": list(cites), "value": truth, "relation": None, "threshold": None, "shortfall": None,
    }  # fmt: skip
    side = comparison(node)
    if side is None or side.node not in answer.layout:
        return found
    value, threshold = (answer.layout.range(n, answer.row) for n in (side.node, side.threshold))
    share = any(_is_share(n) for n in (side.node, side.threshold)) or any(
        end is not None and end.denominator != 1 for end in (value.exact, threshold.exact)
    )
    found["value"] = rendered(value, side.node, share=share)
    found["relation"] = RELATIONS[side.relation]
    found["threshold"] = rendered(threshold, side.threshold, share=share, unit=side.node.unit)
    found["shortfall"] = _shortfall(side.relation, value, threshold, side.node, truth, share)
    return found


def _shortfall(relation: str, value: Range, threshold: Range, node: Node, truth: bool | None, share: bool) -> Any:
    """How far the value is from its threshold; the low end of a range counts. None where nothing is short."""
    if truth is True or relation == "eq":
        return None
    upward = relation in ("ge", "gt")
    ours = value.low if upward else value.high
    theirs = threshold.exact
    if ours is None or theirs is None:
        return None
    gap = theirs - ours if upward else ours - theirs
    if node.type == "date":
        return int(gap)
    found = rendered(Range(gap, gap), node, share=share)
    if isinstance(found, dict) and found.get("shown", "").endswith("%"):
        found["shown"] = percent(gap, up=True)  # who makes up the shortfall that is shown has made it up
    return found


def rendered(ends: Range, node: Node, *, share: bool = False, unit: units.Unit = None) -> Any:
    """A number as JSON: yuan as a decimal string, a share as {exact, shown}, a date as text, a range as {low, high}."""
    if ends.none:
        return ""
    if ends.exact is None:
        if ends.low is None and ends.high is None:
            return None
        parts = {"low": ends.low, "high": ends.high}
        return {k: None if v is None else _one(v, node, share, unit) for k, v in parts.items()}
    return _one(ends.exact, node, share, unit)


def _one(value: Fraction, node: Node, share: bool, unit: units.Unit) -> Any:
    if node.type == "date":
        return day_of(int(value)).isoformat()
    power = units.fen_power(node.unit or unit)
    if power == 1:
        return yuan(value) if value.denominator == 1 else decimal(value / 100)
    value = value / Fraction(100) ** power
    if share and (node.unit or ()) == units.PLAIN:
        return {"exact": f"{value.numerator}/{value.denominator}", "shown": percent(value)}
    if value.denominator == 1:
        return int(value)
    return {"exact": f"{value.numerator}/{value.denominator}", "shown": decimal(round(value, 4))}


def percent(value: Fraction, *, up: bool = False) -> str:
    """A share in per cent, to two decimals, cut so that nothing short of a threshold looks as if it had reached it."""
    hundredths = value * 10_000
    whole = math.ceil(hundredths) if up else math.floor(hundredths)
    return f"{decimal(Fraction(whole, 100))}%"


def _is_share(node: Node) -> bool:
    return node.op == "ratio" and node.unit == units.PLAIN


# ---------------------------------------------------------------------- facts
def explained_missing(answer: Answer) -> list[str]:
    """The unknown facts that could still change a result, as paths."""
    return [path(answer, leaf) for leaf, matters in answer.missing() if matters]


def path(answer: Answer, leaf: Leaf) -> str:
    """Where a fact stands in a FACTS file: enterprise.employees, years.2022.sales_revenue."""
    kind: FactType = answer.program.catalogue[leaf.fact]
    year = "" if leaf.offset is None else f"{answer.year + leaf.offset}."
    return f"{kind.section}.{year}{leaf.fact}"


def raw(answer: Answer, leaf: Leaf) -> Any:
    """A fact's value as it would stand in a FACTS file; None when unknown, "" or [] when there is none."""
    kind: FactType = answer.program.catalogue[leaf.fact]
    value = answer.facts.get(leaf.fact, None if leaf.offset is None else answer.year + leaf.offset)
    return shown_fact(value, kind.kind)


def shown_fact(value: Any, kind: str) -> Any:
    """One fact's value as JSON."""
    if value is None:
        return None
    if value is NONE:
        return [] if kind in ("dates", "list") else ""
    if isinstance(value, bool | str):
        return value
    if isinstance(value, dt.date):
        return value.isoformat()
    if kind == "money":
        return yuan(value)
    if isinstance(value, tuple):
        return [_shown_item(item) for item in value]
    return int(value) if Fraction(value).denominator == 1 else decimal(Fraction(value))


def _shown_item(item: Any) -> Any:
    if isinstance(item, dt.date):
        return item.isoformat()
    return {
        name: yuan(value) if name == "amount" and isinstance(value, int) else shown_fact(value, "text")
        for name, value in item
    }
