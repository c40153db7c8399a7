"""How a programme's experts mark: items, who marks them, and the bands that the facts suggest. Data, like programmes.

The official mean of an item is taken over the experts who mark it, unrounded; the total is the sum of the means.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from tidui.kit.lang import Pair
from tidui.review.enums import ExpertKind


@dataclass(frozen=True, slots=True)
class Band:
    """A grade of an item and the marks that it allows, both included."""

    letter: str
    title: Pair
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Item:
    """Something that is marked in whole points from 0 to `most` by experts of one kind.

    `by`: a function of the scheme's policy that gives the marks which the facts allow, as the id of its rule; empty
    where only the expert can judge. A mark outside the band asks for a written reason. `facts` are shown beside it, and
    `tables` of the form.
    """

    name: str
    title: Pair
    most: int
    kind: ExpertKind
    cites: str
    bands: tuple[Band, ...] = ()
    by: str = ""
    facts: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    bonus: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """Items that are marked together; `most` caps their sum (a bonus does not lift it)."""

    name: str
    title: Pair
    most: int
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Scheme:
    """A way of marking: parts of items, and the line above which a file is recommended (`over`: not reached by it).

    `house`: why it is as it is where the published text does not say; it is shown wherever the scheme decides.
    """

    name: str
    title: Pair
    policy: str
    parts: tuple[Part, ...]
    line: int
    over: bool = True
    house: Pair | None = None

    @property
    def items(self) -> tuple[Item, ...]:
        """All items, in their order."""
        return tuple(item for part in self.parts for item in part.items)

    def marked_by(self, kind: str) -> tuple[Item, ...]:
        """The items that experts of a kind mark."""
        return tuple(item for item in self.items if item.kind == kind)

    def item(self, name: str) -> Item:
        """The item of this name; KeyError if there is none."""
        for one in self.items:
            if one.name == name:
                return one
        raise KeyError(name)


_SCHEMES: Final[dict[str, Scheme]] = {}


def register(scheme: Scheme) -> Scheme:
    """Make a scheme known; ValueError if its name is taken or its items do not fit together."""
    if scheme.name in _SCHEMES:
        raise ValueError(f"two schemes are called {scheme.name}")
    names = [item.name for item in scheme.items]
    if len(set(names)) != len(names):
        raise ValueError(f"{scheme.name}: an item stands twice")
    for item in scheme.items:
        covered = sorted(mark for band in item.bands for mark in range(band.low, band.high + 1))
        if item.bands and covered != list(range(item.most + 1)):
            raise ValueError(f"{scheme.name}: the bands of {item.name} do not cover 0 to {item.most} once")
    _SCHEMES[scheme.name] = scheme
    return scheme


def schemes() -> Mapping[str, Scheme]:
    """All schemes by name."""
    return MappingProxyType(_SCHEMES)


def scheme(name: str) -> Scheme:
    """The scheme of this name; KeyError if there is none."""
    return _SCHEMES[name]
