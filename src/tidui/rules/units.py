"""Units of measure, so that yuan are never added to people.

A unit is a sorted tuple of (base, power). A share and a plain count have none: the empty tuple. A literal number
has the unit `None`: it takes that of its neighbour, unless the neighbour is money, people or ground.
"""

from __future__ import annotations

from typing import Final, TypeAlias

from tidui.rules.errors import TextError

Unit: TypeAlias = "tuple[tuple[str, int], ...] | None"

PLAIN: Final[Unit] = ()
NAMES: Final[dict[str, Unit]] = {
    "yuan": (("yuan", 1),),
    "people": (("people", 1),),
    "items": PLAIN,
    "share": PLAIN,
    "number": PLAIN,
    "": PLAIN,
    "points": (("points", 1),),
    "days": (("days", 1),),
    "months": (("months", 1),),
    "years": PLAIN,
    "sqm": (("sqm", 1),),
    "yuan/sqm": (("sqm", -1), ("yuan", 1)),
}
#: Bare numbers may not be added to or compared with these: such a number belongs in a cited parameter.
GUARDED: Final = frozenset({"yuan", "people", "sqm"})


def parse(name: str) -> Unit:
    """The unit of this name; TextError if there is none."""
    if name not in NAMES:
        raise TextError(f"unknown unit {name!r}; expected one of {', '.join(n for n in NAMES if n)}")
    return NAMES[name]


def show(unit: Unit) -> str:
    """A unit as it is written in a policy."""
    if unit is None:
        return "a bare number"
    for name, known in NAMES.items():
        if known == unit and name:
            return "a plain number" if unit == PLAIN else name
    return " ".join(base if power == 1 else f"{base}^{power}" for base, power in unit)


def guarded(unit: Unit) -> bool:
    """Whether a bare number may not stand beside this unit."""
    return unit is not None and any(base in GUARDED for base, _ in unit)


def product(left: Unit, right: Unit, sign: int = 1) -> Unit:
    """The unit of a product (of a quotient, with sign −1)."""
    powers = dict(left or ())
    for base, power in right or ():
        powers[base] = powers.get(base, 0) + sign * power
    if left is None and right is None:
        return None
    return tuple(sorted((base, power) for base, power in powers.items() if power))


def fen_power(unit: Unit) -> int:
    """How many times 100 turns a number of this unit, as written, into the engine's (fen for yuan)."""
    return dict(unit or ()).get("yuan", 0)
