"""Levers over the invented catalogue, and plans by trying everything."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any

from tests.unit.rules.invented import FACTS, ON, YEAR, Plain, program
from tidui.rules.answers import Explainer
from tidui.rules.levers import Change, Lever, Levers

Values = dict[tuple[str, int | None], Any]


def lever(name: str, cost: int | str, most: int, *changes: tuple[str, int | str | None], **more: Any) -> Lever:
    """A lever by the facts it adds to (in yuan for money), or turns true (None)."""
    moved = tuple(
        Change(fact, 0 if FACTS[fact].yearly else None, None if by is None else Fraction(by)) for fact, by in changes
    )
    return Lever(name, {"zh": name, "en": name}, moved, Fraction(cost), more.pop("lead", 30), most, **more)


LEVERS: Levers = (
    lever("earn", 40, 3, ("cash", 300)),
    lever("hire", 90, 3, ("staff", 1), ("patents", 1)),
    lever("tidy", 70, 1, ("clean", None)),
    lever("shift", "25.5", 2, ("part", "1/10")),
    lever("train", 60, 6, ("mark", 1), ("cash", 50), step=2),
)


def judged(condition: str, **more: str) -> Explainer:
    """The explainer of a policy whose verdict is this text."""
    zero = ", zero: {cites: 第三条}" if "ratio(" in condition else ""
    line = f'  - {{id: verdict, kind: verdict, cites: 第一条, label: {{zh: 甲, en: a}}, is: "{condition}"{zero}}}\n'
    return Explainer(program(line, **more))


def passes(explainer: Explainer, values: Values) -> bool:
    """Whether explain says that these facts pass."""
    return explainer(Plain(values), on=ON, year=YEAR).truth("verdict") is True


def pulled(values: Values, units: dict[Lever, int]) -> Values | None:
    """The facts after pulling levers; None where a lever has nothing to move or would leave the catalogue's bounds."""
    after = dict(values)
    for one, count in units.items():
        moves = 0
        for change in one.changes:
            place = (change.fact, None if change.offset is None else YEAR + change.offset)
            value = after.get(place)
            if change.per_unit is None:
                moves += value is False and values.get(place) is False
                after.update({place: True} if value is False else {})
            elif isinstance(value, int | Fraction) and not isinstance(value, bool):
                kind = FACTS[change.fact]
                value += change.per_unit * count * (100 if kind.kind == "money" else 1)
                if kind.high is not None and value > kind.high:
                    return None
                after[place] = value
                moves += 1
        if not moves:
            return None
    return after


def everything(levers: Levers) -> Iterator[dict[Lever, int]]:
    """Every way to pull the levers, doing nothing included."""
    for counts in itertools.product(*(range(one.steps + 1) for one in levers)):
        yield {one: count * one.step for one, count in zip(levers, counts, strict=True) if count}


def best(explainer: Explainer, values: Values, levers: Levers, without: Iterable[set[Lever]] = ()) -> Fraction | None:
    """The lowest cost at which explain says pass, by trying everything but what uses all of an excluded set."""
    excluded = list(without)
    costs = []
    for units in everything(levers):
        if any(one <= set(units) for one in excluded):
            continue
        after = pulled(values, units)
        if after is not None and passes(explainer, after):
            costs.append(sum((one.cost * count for one, count in units.items()), Fraction(0)))
    return min(costs, default=None)
