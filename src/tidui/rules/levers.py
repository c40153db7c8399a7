"""Levers: what an enterprise can do to change its facts, what it costs and how long it takes.

The engine is handed levers as data (see `tidui.policies.levers`). One unit of a lever adds `per_unit` to each fact
that it names, or turns a condition true; no lever ever lowers a fact. What is unknown stays unknown, and what there
is none of stays none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from tidui.rules.lower import FEN
from tidui.rules.values import Catalogue, Facts, FactType, Value

#: A fact and its fiscal year; None for a fact that is not yearly.
Place = tuple[str, int | None]


@dataclass(frozen=True, slots=True)
class Change:
    """What one unit of a lever does to a fact: adds `per_unit` (yuan for money, else the fact's own number), or turns
    it true where `per_unit` is None. `offset` is the fiscal year, counted from the one assessed; None if not yearly.
    """

    fact: str
    offset: int | None
    per_unit: Fraction | None


@dataclass(frozen=True, slots=True)
class Limit:
    """After the change, a fact is at most another one of the same year."""

    fact: str
    at_most: str
    offset: int | None


@dataclass(frozen=True, slots=True)
class Lever:
    """Something that an enterprise can do. `step` and `maximum` count units; `cost` is in yuan a unit.

    `house_default` says why these numbers were chosen; None where the user has given all of them.
    """

    id: str
    label: Mapping[str, str] = field(hash=False)
    changes: tuple[Change, ...]
    cost: Fraction
    lead_days: int
    maximum: int
    step: int = 1
    unit: Mapping[str, str] = field(default_factory=dict, hash=False)
    limits: tuple[Limit, ...] = ()
    house_default: Mapping[str, str] | None = field(default=None, hash=False)

    @property
    def once(self) -> bool:
        """Whether the lever turns conditions true, and is pulled once."""
        return any(change.per_unit is None for change in self.changes)

    @property
    def steps(self) -> int:
        """How often the lever can be pulled."""
        return 1 if self.once else self.maximum // self.step


Levers = tuple[Lever, ...]


@dataclass(frozen=True, slots=True)
class Changed:
    """The facts of an enterprise with some of them replaced."""

    base: Facts
    values: Mapping[Place, Value]

    def get(self, name: str, year: int | None) -> Value | None:
        """The new value of a fact where it has one, the old one elsewhere."""
        found = self.values.get((name, year))
        return self.base.get(name, year) if found is None else found


def added(kind: FactType, change: Change) -> Fraction:
    """What one unit adds, in the unit in which the engine holds the fact (fen for money)."""
    assert change.per_unit is not None
    return change.per_unit * FEN if kind.kind == "money" else change.per_unit


def movable(value: Value | None, change: Change) -> bool:
    """Whether a lever can move a fact of this value: it must be known, and not true already."""
    if change.per_unit is None:
        return value is False
    return isinstance(value, int | Fraction) and not isinstance(value, bool)


def apply(
    facts: Facts, pulled: Mapping[Lever, int], kinds: Catalogue, *, year: int
) -> dict[Place, tuple[Value, Value]]:
    """The facts that change, with old and new values, when each lever is pulled by so many units."""
    found: dict[Place, tuple[Value, Value]] = {}
    for lever, units in pulled.items():
        for change in lever.changes:
            place = (change.fact, None if change.offset is None else year + change.offset)
            old = facts.get(*place)
            if old is None or not movable(old, change):
                continue
            old, now = found.get(place, (old, old))
            new: Value = True
            if change.per_unit is not None:
                more = added(kinds[change.fact], change) * units
                total = now + (more.numerator if more.denominator == 1 else more)  # type: ignore[operator]
                new = total.numerator if total.denominator == 1 else total
            found[place] = (old, new)
    return found
