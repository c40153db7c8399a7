"""What a reading of many enterprises says of each: the result columns, their names and their meaning."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, Literal

from tidui.rules import units
from tidui.rules.answers import Answer
from tidui.rules.program import Built, Program
from tidui.rules.values import day_of

#: What a column holds. verdict: pass, fail, unknown or not_needed · points, number: a decimal with `DECIMALS` places ·
#: yuan: a decimal with two places · truth: a boolean · option: a code · date. All but verdicts are empty if unknown.
OutputKind = Literal["verdict", "points", "yuan", "truth", "option", "date", "number"]

#: Points and plain numbers are shown rounded half-up to so many places; every comparison is made before rounding.
DECIMALS: Final = 6


@dataclass(frozen=True, slots=True)
class Output:
    """One result column. `end` is the end of the range that it shows; empty: the value, where it is exact."""

    name: str
    kind: OutputKind
    built: Built
    end: Literal["low", "high", ""] = ""


def outputs(program: Program) -> list[Output]:
    """The result columns of a policy: verdict, scores, conditions, amounts, outcomes, flags, in this order."""
    found = [Output("verdict", "verdict", built) for built in program.of_kind("verdict")]
    for kind in ("total", "group", "score"):
        for built in program.of_kind(kind):
            found.append(Output(f"{built.rule.id}.low", "points", built, "low"))
            found.append(Output(f"{built.rule.id}.high", "points", built, "high"))
    found += [Output(built.rule.id, "verdict", built) for built in program.of_kind("condition")]
    for built in program.of_kind("amount"):
        found.append(Output(built.rule.id, "yuan", built))
        found.append(Output(f"{built.rule.id}.low", "yuan", built, "low"))
        found.append(Output(f"{built.rule.id}.high", "yuan", built, "high"))
    found += [Output(built.rule.id, _outcome_kind(built), built) for built in program.of_kind("outcome")]
    found += [Output(built.rule.id, "truth", built) for built in program.of_kind("flag")]
    return found


def _outcome_kind(built: Built) -> OutputKind:
    if built.rule.options:
        return "option"
    if built.node.type == "bool":
        return "truth"
    if built.node.type == "date":
        return "date"
    return "yuan" if units.fen_power(built.node.unit) == 1 else "number"


def value_of(answer: Answer, output: Output) -> Any:
    """What the explain reading puts into a result column: a text, a Decimal, a boolean, a date, or None."""
    rule = output.built.rule
    if output.kind == "verdict":
        return answer.verdict(rule.id)
    if output.kind == "truth":
        return answer.truth(rule.id)
    if rule.kind == "amount":
        low, high, exact = answer.amount(rule.id)
        fen = {"low": low, "high": high, "": low if exact else None}[output.end]
        return None if fen is None else Decimal(fen).scaleb(-2)
    ends = answer.number(rule.id)
    value = {"low": ends.low, "high": ends.high, "": ends.exact}[output.end]
    if value is None:
        return None
    if output.kind == "option":
        return rule.options[int(value)]
    if output.kind == "date":
        return day_of(int(value))
    return rounded(value, 2, 100) if output.kind == "yuan" else rounded(value, DECIMALS)


def rounded(value: Fraction, places: int, divisor: int = 1) -> Decimal:
    """value ÷ divisor as a decimal with so many places, halves rounded up."""
    whole = (2 * value * 10**places / divisor + 1) // 2
    return Decimal(int(whole)).scaleb(-places)
